/*
 * A naive inetd, to be attacked. It is the super-server of the 1980s: one process that is root for life reads which
 * programs it serves, makes all sockets, and starts a program as root for every client. Each option repairs one
 * weakness, so that a lecture can walk from one to the next:
 *
 *   inetd [OPTION]... CONFIGURATION
 *
 *   --user UID            children give their rights up: groups, then group, then user
 *   --uid-only UID        the wrong drop: groups and group of root stay
 *   --limit N             at most N children at once
 *   --close-descriptors   children keep no descriptor but 0, 1 and 2
 *   --no-new-privs        no program that children start has more rights than they
 *   --chroot DIR          children see DIR as their root
 *   --keep-only-bind      the father gives up every capability but CAP_NET_BIND_SERVICE
 *
 * A line of the configuration: PORT tcp|udp wait|nowait PROGRAM NAME [ARGUMENT]...
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <ifaddrs.h>
#include <linux/capability.h>
#include <poll.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

enum { MOST_SERVICES = 16, MOST_WORDS = 16, LONGEST_LINE = 512, BACKLOG = 512 };

struct service {
	int port;
	bool is_datagram, waits;
	int socket;
	pid_t waiting_for; /* the one child of a service that waits */
	char *program, *arguments[MOST_WORDS + 1];
};

static struct service services[MOST_SERVICES];
static int service_count;
static int children;

static struct {
	long uid, uid_only, limit;
	bool close_descriptors, no_new_privs, keep_only_bind;
	const char *root;
} options = {.uid = -1, .uid_only = -1};

static _Noreturn __attribute__((format(printf, 1, 2))) void fail(const char *format, ...)
{
	va_list arguments;
	va_start(arguments, format);
	fprintf(stderr, "inetd: ");
	vfprintf(stderr, format, arguments);
	fprintf(stderr, "\n");
	exit(1);
}

/* --- 1. Safe to attack: only where there is nobody but ourselves --- */

static void refuse_real_networks(void)
{
	struct ifaddrs *interfaces;
	if (getifaddrs(&interfaces) != 0)
		fail("the interfaces of this host: %s", strerror(errno));
	for (struct ifaddrs *each = interfaces; each != NULL; each = each->ifa_next)
		if (strcmp(each->ifa_name, "lo") != 0)
			fail("this host has the interface %s: start it in a network namespace of its own",
			     each->ifa_name);
	freeifaddrs(interfaces);
}

/* --- 2. The configuration --- */

static void read_line(char *line, const char *file, int number)
{
	struct service *service = &services[service_count];
	char *words[MOST_WORDS + 4] = {0};
	int count = 0;
	for (char *word = strtok(line, " \t\n"); word != NULL && count < MOST_WORDS + 3; word = strtok(NULL, " \t\n"))
		words[count++] = strdup(word);
	if (count == 0 || words[0][0] == '#')
		return;
	if (service_count == MOST_SERVICES)
		fail("%s:%d: more than %d services", file, number, MOST_SERVICES);
	if (count < 5)
		fail("%s:%d: expected PORT tcp|udp wait|nowait PROGRAM NAME, found %d words", file, number, count);
	service->port = atoi(words[0]);
	if (service->port < 1 || service->port > 65535)
		fail("%s:%d: '%s' is no port", file, number, words[0]);
	service->is_datagram = strcmp(words[1], "udp") == 0;
	if (!service->is_datagram && strcmp(words[1], "tcp") != 0)
		fail("%s:%d: expected tcp or udp, found '%s'", file, number, words[1]);
	service->waits = strcmp(words[2], "wait") == 0;
	if (!service->waits && strcmp(words[2], "nowait") != 0)
		fail("%s:%d: expected wait or nowait, found '%s'", file, number, words[2]);
	service->program = words[3];
	for (int i = 4; i < count; i++)
		service->arguments[i - 4] = words[i];
	service_count++;
}

static void read_configuration(const char *file)
{
	char line[LONGEST_LINE];
	FILE *lines = fopen(file, "r");
	if (lines == NULL)
		fail("%s: %s", file, strerror(errno));
	for (int number = 1; fgets(line, sizeof line, lines) != NULL; number++)
		read_line(line, file, number);
	fclose(lines);
	if (service_count == 0)
		fail("%s: no service", file);
}

/* --- 3. The sockets: the only thing for which the father needs to be root --- */

static int make_socket(const struct service *service)
{
	const struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)service->port)};
	const int yes = 1;
	/* Weakness: without SOCK_CLOEXEC every child inherits every listening socket. */
	int fd = socket(AF_INET, service->is_datagram ? SOCK_DGRAM : SOCK_STREAM, 0);
	if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes) != 0 ||
	    bind(fd, (const struct sockaddr *)&address, sizeof address) != 0 ||
	    (!service->is_datagram && listen(fd, BACKLOG) != 0))
		fail("port %d: %s", service->port, strerror(errno));
	return fd;
}

/* The father stays as powerful as before, unless it is told to keep the right to bind alone. */
static void keep_only_bind(void)
{
	struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
	struct __user_cap_data_struct sets[2] = {0};
	sets[0].permitted = sets[0].effective = 1U << CAP_NET_BIND_SERVICE;
	for (int capability = 0; capability <= CAP_LAST_CAP; capability++)
		if (capability != CAP_NET_BIND_SERVICE)
			prctl(PR_CAPBSET_DROP, capability, 0, 0, 0);
	if (syscall(SYS_capset, &header, sets) != 0)
		fail("capset: %s", strerror(errno));
}

/* --- 4. The child: everything that it has not given up, the program has --- */

static void give_up_rights(void)
{
	if (options.root != NULL && (chroot(options.root) != 0 || chdir("/") != 0))
		fail("chroot %s: %s", options.root, strerror(errno));
	/* The order: a process that is no longer root may not change groups. */
	if (options.uid >= 0 &&
	    (setgroups(0, NULL) != 0 || setgid((gid_t)options.uid) != 0 || setuid((uid_t)options.uid) != 0))
		fail("user %ld: %s", options.uid, strerror(errno));
	/* Weakness: the user is another one, and the groups are still those of root. */
	if (options.uid_only >= 0 && setuid((uid_t)options.uid_only) != 0)
		fail("user %ld: %s", options.uid_only, strerror(errno));
	if (options.no_new_privs && prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
		fail("no_new_privs: %s", strerror(errno));
}

static _Noreturn void become(const struct service *service, int socket)
{
	dup2(socket, 0);
	dup2(socket, 1);
	/* Weakness: what is open stays open, the directory / and all listening sockets too. */
	if (options.close_descriptors)
		close_range(3, ~0U, 0);
	give_up_rights();
	/* Weakness: the program is as much root as we are. */
	execv(service->program, service->arguments);
	fail("%s: %s", service->program, strerror(errno));
}

/* --- 5. A client --- */

static pid_t start(const struct service *service, int socket)
{
	pid_t child = fork();
	if (child == 0)
		become(service, socket);
	children += child > 0;
	return child;
}

/* A socket for one peer: bound again and connected. Datagrams that arrive in between are lost or another peer's. */
static int socket_for_peer(struct service *service)
{
	struct sockaddr_in peer;
	socklen_t size = sizeof peer;
	if (recvfrom(service->socket, NULL, 0, MSG_PEEK, (struct sockaddr *)&peer, &size) < 0)
		return -1;
	int first = service->socket;
	service->socket = make_socket(service);
	if (connect(first, (struct sockaddr *)&peer, size) != 0)
		fail("connect: %s", strerror(errno));
	return first;
}

static void serve(struct service *service)
{
	if (service->waits) {
		/* Weakness: one program for all clients; while it looks at one, the others wait. */
		service->waiting_for = start(service, service->socket);
		return;
	}
	int client = service->is_datagram ? socket_for_peer(service) : accept(service->socket, NULL, NULL);
	if (client < 0)
		return;
	/* Weakness: a child for everybody who comes, without a number, for as long as he stays. */
	start(service, client);
	close(client);
}

static void reap(void)
{
	for (pid_t child; (child = waitpid(-1, NULL, WNOHANG)) > 0; children--)
		for (int i = 0; i < service_count; i++)
			if (services[i].waiting_for == child)
				services[i].waiting_for = 0;
}

static void serve_for_ever(void)
{
	for (;;) {
		struct pollfd watched[MOST_SERVICES];
		reap();
		bool is_full = options.limit > 0 && children >= options.limit;
		for (int i = 0; i < service_count; i++) {
			bool rests = is_full || services[i].waiting_for > 0;
			watched[i] = (struct pollfd){.fd = rests ? -1 : services[i].socket, .events = POLLIN};
		}
		/* Ten times a second it looks for children that have ended. */
		if (poll(watched, (nfds_t)service_count, 100) <= 0)
			continue;
		for (int i = 0; i < service_count; i++)
			if (watched[i].revents != 0 && (options.limit == 0 || children < options.limit))
				serve(&services[i]);
	}
}

/* --- 6. The command line --- */

static long number(const char *option, const char *text)
{
	char *end = "";
	long value = text == NULL ? -1 : strtol(text, &end, 10);
	if (value < 0 || *end != '\0')
		fail("%s takes a number, found '%s'", option, text == NULL ? "" : text);
	return value;
}

int main(int count, char **words)
{
	int at = 1;
	for (; at < count && words[at][0] == '-'; at++) {
		const char *option = words[at];
		if (strcmp(option, "--user") == 0)
			options.uid = number(option, words[++at]);
		else if (strcmp(option, "--uid-only") == 0)
			options.uid_only = number(option, words[++at]);
		else if (strcmp(option, "--limit") == 0)
			options.limit = number(option, words[++at]);
		else if (strcmp(option, "--close-descriptors") == 0)
			options.close_descriptors = true;
		else if (strcmp(option, "--no-new-privs") == 0)
			options.no_new_privs = true;
		else if (strcmp(option, "--keep-only-bind") == 0)
			options.keep_only_bind = true;
		else if (strcmp(option, "--chroot") == 0 && words[at + 1] != NULL)
			options.root = words[++at];
		else
			fail("unknown option '%s'", option);
	}
	if (at != count - 1)
		fail("usage: inetd [OPTION]... CONFIGURATION");
	printf("This inetd is unsafe on purpose: it is there to be attacked, in a network of its own.\n");
	refuse_real_networks();
	read_configuration(words[at]);
	/* The way back to / stays open, as daemons used to leave it. */
	if (chdir("/") != 0 || open("/", O_RDONLY | O_DIRECTORY) < 0)
		fail("/: %s", strerror(errno));
	for (int i = 0; i < service_count; i++)
		services[i].socket = make_socket(&services[i]);
	if (options.keep_only_bind)
		keep_only_bind();
	printf("ready\n");
	fflush(stdout);
	serve_for_ever();
}
