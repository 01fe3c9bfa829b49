#include "probe.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

char *program, *request_words;
static const char *probe_name;

static const struct probe *const tables[] = {exec_probes,    memory_probes, process_probes,  network_probes,
					     system_probes,  file_probes,   state_probes,    burden_probes,
					     call_probes,    own_probes,    together_probes, signal_probes,
					     written_probes, denied_probes, terminal_probes, host_process_probes};

void say(const char *format, ...)
{
	char line[4096];
	int length = snprintf(line, sizeof line, "%s: ", probe_name);
	va_list arguments;
	va_start(arguments, format);
	length += vsnprintf(line + length, sizeof line - (size_t)length - 1, format, arguments);
	va_end(arguments);
	line[length++] = '\n';
	if (write(1, line, (size_t)length) != length)
		_exit(3);
}

const char *outcome(long result)
{
	static char texts[8][32];
	static unsigned next;
	const char *name = strerrorname_np(errno);
	char *text = texts[next++ % 8];
	snprintf(text, sizeof texts[0], "%s", result >= 0 ? "done" : name ? name : "unknown errno");
	return text;
}

int in_child(void (*part)(long), long argument)
{
	int status = 0;
	pid_t child = fork();
	if (child == 0) {
		part(argument);
		_exit(0);
	}
	if (child < 0 || waitpid(child, &status, 0) != child) {
		say("no child: %s", outcome(-1));
		_exit(3);
	}
	return status;
}

int read_line(char *line, size_t size)
{
	size_t length = 0;
	ssize_t got = 0;
	while (length < size - 1 && (got = read(0, line + length, 1)) == 1 && line[length] != '\n')
		length++;
	line[length] = 0;
	return got == 1 || length > 0;
}

int main(int argc, char **argv)
{
	char line[256];
	program = argv[0];
	if (argc == 4 && strcmp(argv[1], "serve") == 0)
		serve_bare(atoi(argv[2]), (unsigned)atoi(argv[3]));
	if (argc == 2 && strcmp(argv[1], "accept") == 0)
		accept_without_end();
	if (argc == 2 && strcmp(argv[1], "again") == 0) {
		dprintf(1, "a second program runs, effective uid %u\n", geteuid());
		return 0;
	}
	if (argc == 2 && strcmp(argv[1], "nothing") == 0)
		return 0;
	if (argc == 2 && strcmp(argv[1], "able") == 0)
		return tell_capabilities();
	if (argc == 4 && strcmp(argv[1], "signal") == 0)
		return signal_after_exec(argv[2], argv[3]);
	if (argc == 3 && strcmp(argv[1], "own-listener") == 0)
		own_listener(atoi(argv[2]));
	if (argc == 4 && strcmp(argv[1], "urge") == 0)
		urge(atoi(argv[2]), argv[3]);
	if (argc > 2 && strcmp(argv[1], "with-key") == 0)
		start_with_key(argv + 2);
	if (argc > 6 && strcmp(argv[1], "pass") == 0)
		pass_file(argv + 2);
	if (argc >= 3 && strcmp(argv[1], "receive") == 0)
		return receive_file(atoi(argv[2]), argc > 3);
	if (argc > 5 && strcmp(argv[1], "hand") == 0)
		hand_socket(argv + 2);
	if (argc == 4 && strcmp(argv[1], "send-to-name") == 0)
		return send_to_name(atoi(argv[2]), argv[3]);
	if (argc == 5 && strcmp(argv[1], "visit") == 0)
		visit(argv[2], argv[3], atoi(argv[4]));
	if (argc > 2 && strcmp(argv[1], "watched") == 0)
		run_watched(argv + 2);
	if (argc == 3 && strcmp(argv[1], "filtered") == 0)
		filter_self(argv[2]);
	read_line(line, sizeof line);
	char *space = strchr(line, ' ');
	long argument = space ? atol(space) : 0;
	request_words = space ? space + 1 : "";
	if (space)
		*space = 0;
	probe_name = line;
	for (size_t table = 0; table < sizeof tables / sizeof tables[0]; table++)
		for (const struct probe *probe = tables[table]; probe->name; probe++)
			if (strcmp(probe->name, line) == 0) {
				probe->run(argument);
				return 0;
			}
	say("there is no such probe");
	return 2;
}
