/* Other processes: the gate, which is pid 1 of the session's namespace and has its uid, and sibling sessions. */
#include "probe.h"

#include <dirent.h>
#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { IOPRIO_PROCESS = 1, IOPRIO_IDLE = 3 << 13 };

static void be_a_sibling(long unused)
{
	(void)unused;
	say("%d", getpid());
	/* Reads until the client is gone. */
	char byte;
	while (read(0, &byte, 1) > 0)
		continue;
}

static void limit(long pid)
{
	/* A soft limit that is above the present use: it harms nobody when it works. */
	struct rlimit limits = {.rlim_cur = 900, .rlim_max = 900};
	say("%s", outcome(prlimit((pid_t)pid, RLIMIT_SIGPENDING, &limits, NULL)));
}

static void read_limits(long pid)
{
	struct rlimit limits;
	say("%s", outcome(prlimit((pid_t)pid, RLIMIT_NOFILE, NULL, &limits)));
}

/* The argument is the number of descriptors. */
static void raise_own_limit(long wanted)
{
	struct rlimit limits = {.rlim_cur = (rlim_t)wanted, .rlim_max = (rlim_t)wanted};
	say("%s", outcome(setrlimit(RLIMIT_NOFILE, &limits)));
}

/* Lifts the limit that keeps core files from the program in core_pattern; both calls, where there are two. */
static void set_core_limit(long wanted)
{
	struct rlimit limits = {.rlim_cur = (rlim_t)wanted, .rlim_max = 1};
	const char *one = outcome(prlimit(0, RLIMIT_CORE, &limits, NULL));
	const char *other = outcome(syscall(SYS_setrlimit, RLIMIT_CORE, &limits));
	struct rlimit found;
	getrlimit(RLIMIT_CORE, &found);
	say("%s, %s, limit %ld", one, other, (long)found.rlim_cur);
}

static void schedule_idle(long pid)
{
	struct sched_param none = {0};
	say("%s", outcome(sched_setscheduler((pid_t)pid, SCHED_BATCH, &none)));
}

static void pin(long pid)
{
	cpu_set_t processors;
	CPU_ZERO(&processors);
	CPU_SET(0, &processors);
	say("%s", outcome(sched_setaffinity((pid_t)pid, sizeof processors, &processors)));
}

static void renice(long pid)
{
	say("%s", outcome(setpriority(PRIO_PROCESS, (id_t)pid, 1)));
}

static void renice_io(long pid)
{
	say("%s", outcome(syscall(SYS_ioprio_set, IOPRIO_PROCESS, pid, IOPRIO_IDLE)));
}

static void send_signal(long pid)
{
	say("%s", outcome(kill((pid_t)pid, SIGCONT)));
}

static void send_signal_to_thread(long pid)
{
	say("%s", outcome(syscall(SYS_tgkill, pid, pid, SIGCONT)));
}

static void queue_signal(long pid)
{
	say("%s", outcome(sigqueue((pid_t)pid, SIGCONT, (union sigval){0})));
}

static void open_pidfd(long pid)
{
	int fd = (int)syscall(SYS_pidfd_open, pid, 0);
	if (fd < 0) {
		say("no descriptor: %s", outcome(-1));
		return;
	}
	const char *signalled = outcome(syscall(SYS_pidfd_send_signal, fd, SIGCONT, NULL, 0));
	const char *taken = outcome(syscall(SYS_pidfd_getfd, fd, 0, 0));
	say("signal %s, descriptor %s", signalled, taken);
}

static void own_descriptor_signals(long pid)
{
	say("%s", outcome(fcntl(0, F_SETOWN, (int)pid)));
}

static void trace(long pid)
{
	say("%s", outcome(ptrace(PTRACE_SEIZE, (pid_t)pid, NULL, NULL)));
}

/* The parent, which is the gate, becomes the tracer of a child that stops and never ends. */
static void be_traced(long unused)
{
	(void)unused;
	const char *asked = outcome(ptrace(PTRACE_TRACEME, 0, NULL, NULL));
	say("%s", asked);
	raise(SIGSTOP);
	say("went on");
}

static int registers(pid_t child, unsigned long long *place, int write)
{
	struct user_regs_struct all;
	struct iovec vector = {.iov_base = &all, .iov_len = sizeof all};
	if (ptrace(PTRACE_GETREGSET, child, (void *)NT_PRSTATUS, &vector) != 0)
		return -1;
#if defined(__x86_64__)
	unsigned long long *counter = &all.rip;
#else
	unsigned long long *counter = &all.pc;
#endif
	if (!write) {
		*place = *counter;
		return 0;
	}
	*counter = *place;
	return (int)ptrace(PTRACE_SETREGSET, child, (void *)NT_PRSTATUS, &vector);
}

static void set_group_when_traced(void)
{
	ptrace(PTRACE_TRACEME, 0, NULL, NULL);
	raise(SIGSTOP);
	long result = syscall(SYS_setpgid, 0, 0);
	_exit(result == 0 ? 0 : errno);
}

/* A tracer may write the place that a call seems to come from before the filter looks at it. */
static void place_a_call(long address)
{
	int status;
	unsigned long long there, placed = (unsigned long long)address;
	pid_t child = fork();
	if (child == 0)
		set_group_when_traced();
	waitpid(child, &status, 0);
	/* To the entry of setpgid, to its end, and on. */
	if (ptrace(PTRACE_SYSCALL, child, NULL, NULL) != 0 || waitpid(child, &status, 0) != child ||
	    registers(child, &there, 0) != 0 || registers(child, &placed, 1) != 0 ||
	    ptrace(PTRACE_SYSCALL, child, NULL, NULL) != 0 || waitpid(child, &status, 0) != child ||
	    registers(child, &there, 1) != 0 || ptrace(PTRACE_CONT, child, NULL, NULL) != 0) {
		say("not traced: %s", outcome(-1));
		kill(child, SIGKILL);
		return;
	}
	waitpid(child, &status, 0);
	errno = WEXITSTATUS(status);
	say("%s", outcome(WIFEXITED(status) && errno == 0 ? 0 : -1));
}

static void stop_oneself(long unused)
{
	(void)unused;
	say("stopping");
	raise(SIGSTOP);
	say("went on");
}

static void read_memory(long pid)
{
	/* The same address in every process of this program. */
	static char there;
	char here;
	struct iovec local = {.iov_base = &here, .iov_len = 1}, remote = {.iov_base = &there, .iov_len = 1};
	say("%s", outcome(process_vm_readv((pid_t)pid, &local, 1, &remote, 1, 0)));
}

/* One bit for each way in which a process was reached. */
static int reach(pid_t pid)
{
	/* The code of the gate and of this program stands there, and of a session before its exec. */
	void *code = (void *)0x400000;
	char here;
	struct iovec local = {.iov_base = &here, .iov_len = 1}, remote = {.iov_base = code, .iov_len = 1};
	int signalled = kill(pid, SIGCONT) == 0;
	int read = process_vm_readv(pid, &local, 1, &remote, 1, 0) == 1;
	int traced = ptrace(PTRACE_SEIZE, pid, NULL, NULL) == 0;
	return signalled | read << 1 | traced << 2;
}

/* The sessions that begin after this one, from before their exec on: until then they are the gate's own code. */
static void hunt(long milliseconds)
{
	pid_t child = fork();
	if (child == 0)
		pause();
	int own = reach(child), met = 0, reached = 0;
	kill(child, SIGKILL);
	struct timespec start, now;
	clock_gettime(CLOCK_MONOTONIC, &start);
	long passed;
	do {
		for (pid_t pid = child + 1; pid < child + 300; pid++) {
			met |= kill(pid, 0) == 0 || errno == EPERM;
			reached |= reach(pid);
		}
		clock_gettime(CLOCK_MONOTONIC, &now);
		passed = (now.tv_sec - start.tv_sec) * 1000 + (now.tv_nsec - start.tv_nsec) / 1000000;
		/* Others have to run as well. */
		usleep(100);
	} while (passed < milliseconds || (!met && passed < 10 * milliseconds));
	say("own child %d, others %s %d", own, met ? "met" : "not met", reached);
}

static void look_into(long pid)
{
	static const char *const names[] = {"environ", "mem", "maps", "fd"};
	const char *texts[4];
	for (int i = 0; i < 4; i++) {
		char path[64];
		snprintf(path, sizeof path, "/proc/%ld/%s", pid, names[i]);
		int fd = open(path, O_RDONLY | (i == 3 ? O_DIRECTORY : 0));
		texts[i] = outcome(fd);
	}
	say("environ %s, mem %s, maps %s, fd %s", texts[0], texts[1], texts[2], texts[3]);
}

static void count_processes(long unused)
{
	(void)unused;
	int count = 0;
	DIR *directory = opendir("/proc");
	if (directory == NULL) {
		say("no /proc: %s", outcome(-1));
		return;
	}
	for (struct dirent *entry; (entry = readdir(directory));)
		if (atoi(entry->d_name) > 0)
			count++;
	say("%d", count);
}

static void linger(long unused)
{
	(void)unused;
	say("left behind");
	close(0);
	close(1);
	close(2);
	sleep(120);
}

static void leave_a_child(long unused)
{
	if (fork() == 0)
		linger(unused);
	else
		usleep(50000);
}

static void leave_a_daemon(long unused)
{
	if (fork() == 0) {
		if (setsid() < 0)
			say("%s", outcome(-1));
		else if (fork() == 0)
			linger(unused);
		_exit(0);
	}
	usleep(100000);
}

static void leave_a_group(long unused)
{
	if (fork() == 0) {
		if (setpgid(0, 0) < 0)
			say("%s", outcome(-1));
		else
			linger(unused);
		_exit(0);
	}
	usleep(100000);
}

/* Stays alive, without the signal that the end of its parent would bring. */
static void outlive_the_parent(long signal)
{
	say("%s", outcome(prctl(PR_SET_PDEATHSIG, signal, 0, 0, 0)));
	for (;;)
		pause();
}

const struct probe process_probes[] = {
	{"sibling", be_a_sibling},
	{"process-limit", limit},
	{"process-read-limits", read_limits},
	{"process-raise-own-limit", raise_own_limit},
	{"process-core-limit", set_core_limit},
	{"process-scheduler", schedule_idle},
	{"process-affinity", pin},
	{"process-nice", renice},
	{"process-io-priority", renice_io},
	{"process-signal", send_signal},
	{"process-thread-signal", send_signal_to_thread},
	{"process-queue-signal", queue_signal},
	{"process-pidfd", open_pidfd},
	{"process-descriptor-owner", own_descriptor_signals},
	{"process-trace", trace},
	{"process-traced", be_traced},
	{"process-place-a-call", place_a_call},
	{"process-stopped", stop_oneself},
	{"process-read-memory", read_memory},
	{"process-hunt", hunt},
	{"process-look-into", look_into},
	{"process-count", count_processes},
	{"process-leave-child", leave_a_child},
	{"process-leave-daemon", leave_a_daemon},
	{"process-leave-group", leave_a_group},
	{"process-outlive", outlive_the_parent},
	{0},
};
