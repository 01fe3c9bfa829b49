/*
 * The service that the course attacks. Its honest commands are a small protocol of lines. A command that begins with
 * ! stands for an attacker that has taken the service over: it does in the process of the service what the attacker's
 * code would do, and answers with the result or the errno.
 */
#ifndef SERVICE_H
#define SERVICE_H

#include <stdbool.h>
#include <stddef.h>

enum { LINE_SIZE = 1024, MOST_WORDS = 8 };

/* The words of a line: the command is the first one. The last word has the rest of the line. */
struct request {
	size_t count;
	char *words[MOST_WORDS];
	/* Everything behind the command, as it was sent. */
	const char *rest;
};

struct command {
	const char *name;
	void (*run)(const struct request *request);
};

/* A word of the request, or "" where it has fewer. */
const char *word(const struct request *request, size_t index);
long number(const struct request *request, size_t index, long most);

/* Answers a line: `name: value`. Values may be the name of an errno. */
void answer(const char *name, const char *value);
void answer_number(const char *name, long value);
void answer_errno(const char *name);
void write_all(int fd, const char *text, size_t length);

/* Answers the first line of an open file, and closes it; a negative descriptor is an errno. */
void answer_file(const char *name, int fd);

extern const struct command honest_commands[];
extern const struct command read_commands[];
extern const struct command jail_commands[];
extern const struct command bomb_commands[];
extern const struct command network_commands[];
extern const struct command process_commands[];

#endif
