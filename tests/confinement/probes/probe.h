/*
 * What a session tries against its confinement. Each probe says in one line what happened; the test knows what
 * should.
 */
#ifndef PROBE_H
#define PROBE_H

#include <stddef.h>

struct probe {
	const char *name;
	/* The argument is a number that the test sends along: a sibling's pid, a port. */
	void (*run)(long argument);
};

/* One table for each file of probes; the last entry has no name. */
extern const struct probe exec_probes[], memory_probes[], process_probes[], network_probes[], system_probes[],
	file_probes[], state_probes[], burden_probes[], call_probes[], own_probes[], together_probes[], signal_probes[],
	written_probes[], denied_probes[], terminal_probes[], host_process_probes[];

/* The path of this program, as it was started. */
extern char *program;

/* What stands behind the probe's name in the request. */
extern char *request_words;

/*
 * Reads a line of the client without its end; 0 when there is none. Byte by byte: what follows it belongs to the
 * next.
 */
int read_line(char *line, size_t size);

/* Writes one line to the client: the probe's name and the text. */
__attribute__((format(printf, 1, 2))) void say(const char *format, ...);

/* "done", or the name of errno. Good until seven more are made. */
const char *outcome(long result);

/* Runs part of a probe in a child of its own; returns the wait status. */
int in_child(void (*part)(long), long argument);

/* Loads a filter for this process alone, the instructions of a file: what it answers to is tried without a launch. */
void filter_self(const char *path);

/* An inetd as it used to be: it accepts on the port and starts this program as the user, and that is all it does. */
void serve_bare(int port, unsigned user) __attribute__((noreturn));

/*
 * A client at one IPv6 address of one at another: it says what it is answered, and holds its session until its own
 * input ends.
 */
void visit(const char *from, const char *to, int port) __attribute__((noreturn));

/* Starts a program with a key in its session keyring that everybody may read. */
void start_with_key(char **arguments) __attribute__((noreturn));

/* Starts a program that inherits a UNIX socket, and sends it an open file; what such a program does. See pass.c. */
void pass_file(char **arguments) __attribute__((noreturn));
int receive_file(int from, int again);

/*
 * Starts a program that inherits a socket, beside a receiver that has a name; the second is what such a program does.
 * See inherited.c.
 */
void hand_socket(char **arguments) __attribute__((noreturn));
int send_to_name(int from, const char *name);

/* Sends a signal from a program that a session has started. */
int signal_after_exec(const char *way, const char *pid);

/* Accepts one client on descriptor 0, whose owner it sets, and another one without an answer. */
void own_listener(int owner) __attribute__((noreturn));

/* A client that sends one urgent byte when the service has said something. */
void urge(int port, const char *request) __attribute__((noreturn));

/* Starts a program under a filter with a listener, as a container may be watched. See denied.c. */
void run_watched(char **arguments) __attribute__((noreturn));

/* Writes the first 32 effective capabilities to standard output, in hexadecimal. */
int tell_capabilities(void);

/* A service that accepts for itself, on descriptor 0, and answers who it is; "leave", "shut" and "hurry" end it. */
void accept_without_end(void) __attribute__((noreturn));

#endif
