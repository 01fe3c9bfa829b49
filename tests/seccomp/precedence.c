/*
 * Reads stacks of answers from standard input, one a line, hexadecimal, the oldest first, and prints what this kernel
 * makes of a call under filters that answer so: every action is seen by what it does.
 *
 * process killed, thread killed, trap N, errno N, notified, trace N; ran: the call was made
 *
 * The call is made by a second thread, which a tracer watches; a third one listens to notifications.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <pthread.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

enum { MOST_FILTERS = 4, NONE = -1 };

static struct outcome {
	long trap, trace, error;
	int notified, returned;
} * outcome; /* Shared by the processes of a case. */

static unsigned answers[MOST_FILTERS];
static int answer_count;
static int from_caller[2], to_caller[2];

static void require(int holds, const char *what)
{
	if (holds)
		return;
	perror(what);
	exit(2);
}

static void trapped(int number, siginfo_t *info, void *context)
{
	(void)number;
	(void)context;
	outcome->trap = info->si_errno;
}

static void *listen_to(void *argument)
{
	struct seccomp_notif request;
	struct seccomp_notif_resp response = {0};
	int listener = (int)(long)argument;
	memset(&request, 0, sizeof request);
	require(ioctl(listener, SECCOMP_IOCTL_NOTIF_RECV, &request) == 0, "receive");
	outcome->notified = 1;
	response.id = request.id;
	require(ioctl(listener, SECCOMP_IOCTL_NOTIF_SEND, &response) == 0, "send");
	return NULL;
}

/* Of several filters that notify, the kernel asks the newest; only one of a stack may have a listener. */
static void install(void)
{
	int newest = NONE;
	for (int i = 0; i < answer_count; i++)
		if (answers[i] == SECCOMP_RET_USER_NOTIF)
			newest = i;
	for (int i = 0; i < answer_count; i++) {
		struct sock_filter code[] = {
			BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
			BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_getppid, 0, 1),
			BPF_STMT(BPF_RET | BPF_K, answers[i]),
			BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
		};
		struct sock_fprog program = {sizeof code / sizeof code[0], code};
		int flags = i == newest ? SECCOMP_FILTER_FLAG_NEW_LISTENER : 0;
		long made = syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, flags, &program);
		require(made >= 0, "seccomp");
		pthread_t thread;
		if (flags)
			require(pthread_create(&thread, NULL, listen_to, (void *)made) == 0, "listener");
	}
}

static void *make_call(void *unused)
{
	pid_t id = (pid_t)syscall(SYS_gettid);
	char go;
	install();
	require(write(from_caller[1], &id, sizeof id) == sizeof id, "write");
	require(read(to_caller[0], &go, 1) == 1, "read");
	errno = 0;
	long result = syscall(SYS_getppid);
	outcome->error = result == -1 ? errno : 0;
	outcome->returned = 1;
	return unused;
}

static void child(void)
{
	struct sigaction action = {.sa_sigaction = trapped, .sa_flags = SA_SIGINFO};
	pthread_t caller;
	sigaction(SIGSYS, &action, NULL);
	require(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0, "no_new_privs");
	require(pthread_create(&caller, NULL, make_call, NULL) == 0, "thread");
	pthread_join(caller, NULL);
	_exit(0);
}

/* Returns how the process ended. */
static int watch(pid_t process)
{
	pid_t caller, stopped;
	int status;
	require(read(from_caller[0], &caller, sizeof caller) == sizeof caller, "the caller's id");
	require(ptrace(PTRACE_SEIZE, caller, 0, PTRACE_O_TRACESECCOMP) == 0, "seize");
	require(write(to_caller[1], "", 1) == 1, "go");
	while ((stopped = waitpid(-1, &status, __WALL)) > 0) {
		if (stopped == process && !WIFSTOPPED(status))
			return status;
		if (!WIFSTOPPED(status))
			continue;
		int event = status >> 16;
		if (event == PTRACE_EVENT_SECCOMP)
			ptrace(PTRACE_GETEVENTMSG, stopped, 0, &outcome->trace);
		ptrace(PTRACE_CONT, stopped, 0, event ? 0 : WSTOPSIG(status));
	}
	return 0;
}

static void run_case(void)
{
	*outcome = (struct outcome){.trap = NONE, .trace = NONE};
	require(pipe(from_caller) == 0 && pipe(to_caller) == 0, "pipe");
	pid_t process = fork();
	require(process >= 0, "fork");
	if (process == 0)
		child();
	int status = watch(process);
	for (int i = 0; i < 2; i++) {
		close(from_caller[i]);
		close(to_caller[i]);
	}
	if (WIFSIGNALED(status))
		printf(WTERMSIG(status) == SIGSYS ? "process killed\n" : "another signal\n");
	else if (WEXITSTATUS(status) != 0)
		printf("failed\n");
	else if (outcome->trap != NONE)
		printf("trap %ld\n", outcome->trap);
	else if (outcome->trace != NONE)
		printf("trace %ld\n", outcome->trace);
	else if (outcome->notified)
		printf("notified\n");
	else if (!outcome->returned)
		printf("thread killed\n");
	else if (outcome->error)
		printf("errno %ld\n", outcome->error);
	else
		printf("ran\n");
}

int main(void)
{
	char line[256];
	setvbuf(stdout, NULL, _IOLBF, 0);
	outcome = mmap(NULL, sizeof *outcome, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	require(outcome != MAP_FAILED, "mmap");
	while (fgets(line, sizeof line, stdin)) {
		answer_count = 0;
		for (char *word = strtok(line, " \n"); word && answer_count < MOST_FILTERS; word = strtok(NULL, " \n"))
			answers[answer_count++] = (unsigned)strtoul(word, NULL, 16);
		run_case();
	}
	return 0;
}
