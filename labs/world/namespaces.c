/*
 * A user namespace comes first, also for root: what is root in there has no right over the host. Root maps all numbers,
 * so that the world has several users; anybody else maps the own number alone.
 */
#define _GNU_SOURCE
#include "world.h"

#include <fcntl.h>
#include <net/if.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

static void write_file(pid_t pid, const char *name, const char *text)
{
	char path[64];
	snprintf(path, sizeof path, "/proc/%d/%s", pid, name);
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd < 0 || write(fd, text, strlen(text)) != (ssize_t)strlen(text))
		fail(path);
	close(fd);
}

/* A child of the host writes the maps: only there root may map every number. */
static _Noreturn void write_maps(int ready, pid_t parent, uid_t uid, gid_t gid)
{
	char byte;
	if (read(ready, &byte, 1) != 1)
		_exit(1);
	char users[64] = "0 0 4294967295";
	char groups[64] = "0 0 4294967295";
	if (uid != 0) {
		snprintf(users, sizeof users, "%u %u 1", uid, uid);
		snprintf(groups, sizeof groups, "%u %u 1", gid, gid);
		write_file(parent, "setgroups", "deny");
	}
	write_file(parent, "uid_map", users);
	write_file(parent, "gid_map", groups);
	_exit(0);
}

void leave_host(void)
{
	pid_t self = getpid();
	uid_t uid = geteuid();
	gid_t gid = getegid();
	int ready[2];
	if (pipe2(ready, O_CLOEXEC) != 0)
		fail("pipe2");
	pid_t writer = fork();
	if (writer < 0)
		fail("fork");
	if (writer == 0) {
		close(ready[1]);
		write_maps(ready[0], self, uid, gid);
	}
	if (unshare(CLONE_NEWUSER) != 0)
		fail("unshare(CLONE_NEWUSER), a user namespace: does this host forbid them?");
	int status;
	if (write(ready[1], "x", 1) != 1 || waitpid(writer, &status, 0) < 0)
		fail("the maps of users and groups");
	if (status != 0)
		_exit(70);
	close(ready[0]);
	close(ready[1]);
	if (unshare(CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWNET | CLONE_NEWIPC | CLONE_NEWUTS) != 0)
		fail("unshare of mounts, processes, network, IPC and name");
}

void set_up_network(void)
{
	if (sethostname("lab", 3) != 0)
		fail("sethostname");
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	struct ifreq loopback = {.ifr_name = "lo", .ifr_flags = IFF_UP | IFF_RUNNING};
	if (fd < 0 || ioctl(fd, SIOCSIFFLAGS, &loopback) != 0)
		fail("the loopback");
	close(fd);
}
