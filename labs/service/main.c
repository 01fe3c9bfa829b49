/*
 * service        serves the connection on descriptor 0, or each client of a listening socket there, one after the other
 * service mux    is a launcher itself: it reads the first line of each client, as TCPMUX (RFC 1078) does, and starts a
 *                child for the rest. An attacker's line is run by the launcher: a fault of its parser.
 */
#define _GNU_SOURCE
#include "service.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

static const struct command *const tables[] = {honest_commands, read_commands,    jail_commands,
					       bomb_commands,   network_commands, process_commands};

const char *word(const struct request *request, size_t index)
{
	return index < request->count ? request->words[index] : "";
}

long number(const struct request *request, size_t index, long most)
{
	long value = strtol(word(request, index), NULL, 10);
	return value < 0 ? 0 : value > most ? most : value;
}

void write_all(int fd, const char *text, size_t length)
{
	while (length > 0) {
		ssize_t written = write(fd, text, length);
		if (written < 0 && errno == EINTR)
			continue;
		if (written <= 0)
			_exit(0);
		text += written;
		length -= (size_t)written;
	}
}

void answer(const char *name, const char *value)
{
	char line[LINE_SIZE];
	size_t end = 0;
	const char *const parts[] = {name, *name ? ": " : "", value};
	for (size_t i = 0; i < 3; i++)
		for (const char *c = parts[i]; *c != '\0' && end < sizeof line - 1; c++)
			line[end++] = *c;
	line[end++] = '\n';
	write_all(1, line, end);
}

void answer_number(const char *name, long value)
{
	char digits[24];
	size_t start = sizeof digits - 1;
	digits[start] = '\0';
	do
		digits[--start] = (char)('0' + value % 10);
	while ((value /= 10) > 0);
	answer(name, digits + start);
}

void answer_errno(const char *name)
{
	const char *known = strerrorname_np(errno);
	answer(name, known ? known : "an unknown error");
}

void answer_file(const char *name, int fd)
{
	char text[256];
	ssize_t length = fd < 0 ? -1 : read(fd, text, sizeof text - 1);
	if (length < 0) {
		answer_errno(name);
	} else {
		text[length] = '\0';
		text[strcspn(text, "\n")] = '\0';
		answer(name, text);
	}
	if (fd >= 0)
		close(fd);
}

static void run_line(char *line)
{
	struct request request = {0};
	const char *space = strchr(line, ' ');
	char rest[LINE_SIZE] = "";
	if (space != NULL)
		strcpy(rest, space + 1);
	request.rest = rest;
	for (char *next = line; next != NULL && request.count < MOST_WORDS;) {
		request.words[request.count++] = next;
		next = request.count < MOST_WORDS ? strchr(next, ' ') : NULL;
		if (next != NULL)
			*next++ = '\0';
	}
	for (size_t i = 0; i < sizeof tables / sizeof *tables; i++)
		for (const struct command *command = tables[i]; command->name != NULL; command++)
			if (strcmp(command->name, request.words[0]) == 0) {
				command->run(&request);
				return;
			}
	answer("unknown command", request.words[0]);
}

/* Bytes of the client that are not read yet. */
static char buffer[LINE_SIZE];
static size_t held;

/* Reads a line of the client, without its end. False: the client has ended. */
static bool read_line(char line[LINE_SIZE])
{
	for (;;) {
		char *end = memchr(buffer, '\n', held);
		if (end != NULL) {
			size_t length = (size_t)(end - buffer);
			memcpy(line, buffer, length);
			line[length] = '\0';
			if (length > 0 && line[length - 1] == '\r')
				line[length - 1] = '\0';
			held -= length + 1;
			memmove(buffer, end + 1, held);
			return true;
		}
		/* A line that does not fit is none of the protocol. */
		ssize_t got = held == sizeof buffer ? 0 : read(0, buffer + held, sizeof buffer - held);
		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0) {
			held = 0;
			return false;
		}
		held += (size_t)got;
	}
}

static void serve_client(void)
{
	char line[LINE_SIZE];
	while (read_line(line))
		run_line(line);
}

/* Takes the next client of the listening socket as descriptors 0 and 1. */
static bool take_client(int listener)
{
	int client = accept(listener, NULL, NULL);
	if (client < 0)
		return false;
	dup2(client, 0);
	dup2(client, 1);
	if (client > 1)
		close(client);
	return true;
}

/* Lets the client go, although the next one is not there. */
static void drop_client(int listener)
{
	dup2(listener, 0);
	dup2(listener, 1);
}

static void launch(int listener)
{
	while (waitpid(-1, NULL, WNOHANG) > 0)
		;
	char line[LINE_SIZE];
	if (!take_client(listener))
		return;
	bool has_line = read_line(line);
	/* The parser of the launcher, with its fault: such a line should never be run here. */
	if (has_line && line[0] == '!') {
		run_line(line);
	} else if (has_line) {
		pid_t child = fork();
		if (child < 0)
			answer_errno("fork");
		if (child == 0) {
			close(listener);
			run_line(line);
			serve_client();
			_exit(0);
		}
	}
	held = 0;
	drop_client(listener);
}

int main(int count, char **words)
{
	signal(SIGPIPE, SIG_IGN);
	int listening = 0;
	socklen_t size = sizeof listening;
	bool is_listener = getsockopt(0, SOL_SOCKET, SO_ACCEPTCONN, &listening, &size) == 0 && listening;
	if (!is_listener) {
		serve_client();
		return 0;
	}
	int listener = dup(0);
	if (listener < 0)
		return 1;
	for (;;) {
		if (count > 1 && strcmp(words[1], "mux") == 0)
			launch(listener);
		else if (take_client(listener)) {
			serve_client();
			drop_client(listener);
		}
	}
}
