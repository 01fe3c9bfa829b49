/* Calls that are harmless one by one: what an attacker makes of two of them. */
#include "probe.h"

#include <fcntl.h>
#include <linux/filter.h>
#include <linux/kd.h>
#include <linux/seccomp.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <unistd.h>

enum { MOST_INSTRUCTIONS = 4096 };

void filter_self(const char *path)
{
	static struct sock_filter instructions[MOST_INSTRUCTIONS];
	int fd = open(path, O_RDONLY);
	ssize_t size = read(fd, instructions, sizeof instructions);
	struct sock_fprog filter = {.len = (unsigned short)((size_t)size / sizeof instructions[0]),
				    .filter = instructions};
	close(fd);
	if (size <= 0 || prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 ||
	    prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter) < 0) {
		perror(path);
		exit(4);
	}
}

/* A path is a UNIX socket's, a number a port of this host. */
static socklen_t address_of(const char *text, struct sockaddr_storage *address)
{
	memset(address, 0, sizeof *address);
	if (text[0] == '/') {
		struct sockaddr_un *path = (void *)address;
		path->sun_family = AF_UNIX;
		snprintf(path->sun_path, sizeof path->sun_path, "%s", text);
		return sizeof *path;
	}
	struct sockaddr_in *port = (void *)address;
	port->sin_family = AF_INET;
	port->sin_port = htons((unsigned short)atoi(text));
	port->sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	return sizeof *port;
}

/*
 * "socketpair 2 sendmsg /path": the maker of the socket, its type, the sender, whom for. A UNIX socket gets
 * descriptor 0 as well.
 */
static void name_in_message(long unused)
{
	(void)unused;
	char maker[16], sender[16], whom[128];
	int type, pair[2] = {-1, -1};
	struct sockaddr_storage address;
	if (sscanf(request_words, "%15s %i %15s %127s", maker, &type, sender, whom) != 4)
		return;
	socklen_t size = address_of(whom, &address);
	int made = strcmp(maker, "socketpair") == 0 ? socketpair(AF_UNIX, type, 0, pair)
						    : (pair[0] = socket(address.ss_family, type, 0));
	if (made < 0) {
		say("no socket: %s", outcome(-1));
		return;
	}
	union {
		struct cmsghdr header;
		char space[CMSG_SPACE(sizeof(int))];
	} rights = {.header = {.cmsg_level = SOL_SOCKET, .cmsg_type = SCM_RIGHTS, .cmsg_len = CMSG_LEN(sizeof(int))}};
	memcpy(CMSG_DATA(&rights.header), &(int){0}, sizeof(int));
	struct iovec text = {.iov_base = "message", .iov_len = 7};
	struct mmsghdr message = {
		.msg_hdr = {.msg_name = &address, .msg_namelen = size, .msg_iov = &text, .msg_iovlen = 1}};
	if (address.ss_family == AF_UNIX) {
		message.msg_hdr.msg_control = &rights;
		message.msg_hdr.msg_controllen = sizeof rights.space;
	}
	int flags = MSG_NOSIGNAL | MSG_DONTWAIT;
	long sent = strcmp(sender, "sendmmsg") == 0 ? sendmmsg(pair[0], &message, 1, flags)
						    : sendmsg(pair[0], &message.msg_hdr, flags);
	say("%s", outcome(sent));
}

/* Somebody on the host, who hears one message. */
static void hear(long unused)
{
	(void)unused;
	struct sockaddr_storage address;
	socklen_t size = address_of(request_words, &address);
	int fd = socket(address.ss_family, SOCK_DGRAM, 0);
	int bound = bind(fd, (void *)&address, size);
	if (address.ss_family == AF_UNIX && bound == 0)
		bound = chmod(request_words, 0777);
	say("%s", outcome(bound));
	char bytes[64], control[256];
	struct iovec text = {.iov_base = bytes, .iov_len = sizeof bytes};
	struct msghdr message = {
		.msg_iov = &text, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof control};
	struct pollfd waiting[2] = {{.fd = fd, .events = POLLIN}, {.fd = 0, .events = POLLIN}};
	poll(waiting, 2, -1);
	ssize_t length = recvmsg(fd, &message, MSG_DONTWAIT);
	if (length < 0)
		say("nothing");
	else
		say("%.*s%s", (int)length, bytes, CMSG_FIRSTHDR(&message) ? " and a descriptor" : "");
}

/* A function that returns 42. */
#ifdef __x86_64__
static const unsigned char code[] = {0xb8, 42, 0, 0, 0, 0xc3};
#else
static const unsigned char code[] = {0x40, 0x05, 0x80, 0x52, 0xc0, 0x03, 0x5f, 0xd6};
#endif

/* The argument is what memfd_create is given as flags. */
static void code_in_memory(long flags)
{
	int fd = memfd_create("code", (unsigned)flags);
	if (fd < 0 || write(fd, code, sizeof code) < 0) {
		say("no file: %s", outcome(-1));
		return;
	}
	void *page = mmap(NULL, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE, fd, 0);
	if (page == MAP_FAILED)
		say("not mapped: %s", outcome(-1));
	else
		say("%d came back", ((int (*)(void))(uintptr_t)page)());
}

static void program_in_memory(long flags)
{
	char path[32];
	struct stat information;
	int from = open(program, O_RDONLY), to = memfd_create("program", (unsigned)flags);
	if (to < 0 || fstat(from, &information) < 0 || sendfile(to, from, NULL, (size_t)information.st_size) < 0) {
		say("no copy: %s", outcome(-1));
		return;
	}
	snprintf(path, sizeof path, "/proc/self/fd/%d", to);
	char *arguments[] = {program, "again", NULL};
	say("%s", outcome(execve(path, arguments, arguments + 2)));
}

static long lock_by(const char *how, int fd)
{
	struct flock range = {.l_type = F_RDLCK, .l_whence = SEEK_SET};
	if (strcmp(how, "flock") == 0)
		return flock(fd, LOCK_EX | LOCK_NB);
	if (strcmp(how, "shared") == 0)
		return flock(fd, LOCK_SH | LOCK_NB);
	if (strcmp(how, "lease") == 0)
		return fcntl(fd, F_SETLEASE, F_RDLCK);
	return fcntl(fd, strcmp(how, "record") == 0 ? F_SETLK : F_OFD_SETLK, &range);
}

/* "flock /path": takes the lock, of a file that it may only read, and holds it until the client has gone. */
static void hold_lock(long unused)
{
	(void)unused;
	char how[16], path[256], byte;
	if (sscanf(request_words, "%15s %255s", how, path) != 2)
		return;
	int fd = open(path, O_RDONLY);
	say("%s", outcome(fd < 0 ? -1 : lock_by(how, fd)));
	while (read(0, &byte, 1) > 0)
		continue;
}

/* The owner of the file, who does not want to wait. */
static void own_lock(long unused)
{
	(void)unused;
	struct flock range = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
	int fd = open(request_words, O_RDWR | O_NONBLOCK);
	const char *opened = outcome(fd);
	const char *whole = outcome(flock(fd, LOCK_EX | LOCK_NB));
	say("open %s, flock %s, record %s", opened, whole, outcome(fcntl(fd, F_SETLK, &range)));
}

/*
 * The console on descriptor 2: a key gets the meaning that it has, with a capability. The argument is added to the
 * number of the call.
 */
static void give_key(long more)
{
	struct kbentry entry = {.kb_table = 0, .kb_index = 30};
	if (ioctl(2, KDGKBENT, &entry) < 0)
		say("no console: %s", outcome(-1));
	else
		say("%s", outcome(syscall(SYS_ioctl, 2L, KDSKBENT + more, &entry)));
}

/* The mode of its keyboard, by which it can be made deaf, needs none. */
static void set_keyboard(long more)
{
	int mode;
	if (ioctl(2, KDGKBMODE, &mode) < 0)
		say("no console: %s", outcome(-1));
	else
		say("%s", outcome(syscall(SYS_ioctl, 2L, KDSKBMODE + more, (long)mode)));
}

const struct probe together_probes[] = {
	{"name-in-message", name_in_message},
	{"hear", hear},
	{"code-in-memory", code_in_memory},
	{"program-in-memory", program_in_memory},
	{"hold-lock", hold_lock},
	{"own-lock", own_lock},
	{"give-key", give_key},
	{"set-keyboard", set_keyboard},
	{0},
};
