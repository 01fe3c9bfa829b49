/* The honest commands. */
#define _GNU_SOURCE
#include "service.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

static void hello(const struct request *request)
{
	char text[LINE_SIZE];
	strcpy(stpcpy(text, "hello "), request->rest);
	answer("", text);
}

/* %2e is a dot, as in a URL. */
static void decode(char *path)
{
	char *to = path;
	for (const char *from = path; *from != '\0'; from++) {
		char digits[3] = "";
		char *end = digits;
		if (*from == '%' && from[1] != '\0' && from[2] != '\0') {
			memcpy(digits, from + 1, 2);
			*to = (char)strtol(digits, &end, 16);
		}
		if (end == digits + 2)
			from += 2;
		else
			*to = *from;
		to++;
	}
	*to = '\0';
}

/* The fault of many servers of files: the name is put behind the folder, and nobody looks where that leads. */
static void get(const struct request *request)
{
	char path[LINE_SIZE * 2];
	strcpy(stpcpy(path, "/srv/www/"), request->rest);
	decode(path);
	int file = open(path, O_RDONLY | O_CLOEXEC);
	if (file < 0) {
		answer_errno("error");
		return;
	}
	char text[4096];
	for (ssize_t length; (length = read(file, text, sizeof text)) > 0;)
		write_all(1, text, (size_t)length);
	close(file);
}

/* The log of the system is a UNIX socket. */
static void log_text(const struct request *request)
{
	const struct sockaddr_un address = {.sun_family = AF_UNIX, .sun_path = "/dev/log"};
	int log = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (log < 0 || connect(log, (const struct sockaddr *)&address, sizeof address) != 0) {
		answer_errno("error");
	} else {
		write_all(log, request->rest, strlen(request->rest));
		answer("", "logged");
	}
	if (log >= 0)
		close(log);
}

static void store(const struct request *request)
{
	char path[LINE_SIZE * 2];
	strcpy(stpcpy(path, "/srv/spool/"), word(request, 1));
	const char *text = strchr(request->rest, ' ');
	int file = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	if (file < 0 || write(file, text ? text + 1 : "", text ? strlen(text + 1) : 0) < 0)
		answer_errno("error");
	else
		answer("", "stored");
	if (file >= 0)
		close(file);
}

static void quit(const struct request *request)
{
	(void)request;
	_exit(0);
}

const struct command honest_commands[] = {
	{"hello", hello}, {"get", get}, {"log", log_text}, {"store", store}, {"quit", quit}, {NULL, NULL},
};
