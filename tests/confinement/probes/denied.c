/* A call that the policy denies, made in every way in which it might happen all the same, or its process might live. */
#include "probe.h"

#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <pthread.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ipc.h>
#include <sys/mman.h>
#include <sys/msg.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { MOST_THREADS = 32 };

/* The state that all processes of a probe share. */
static struct {
	unsigned happened, interrupted, survived;
} * shared;

static void share(void)
{
	shared = mmap(NULL, sizeof *shared, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (shared == MAP_FAILED)
		_exit(3);
}

/* The call makes a queue of messages. It is answered, or it is the last that this process does. */
static long denied_call(void)
{
	long result = syscall(SYS_msgget, IPC_PRIVATE, IPC_CREAT | 0600);
	if (result >= 0)
		__atomic_add_fetch(&shared->happened, 1, __ATOMIC_SEQ_CST);
	else if (errno == EINTR)
		__atomic_add_fetch(&shared->interrupted, 1, __ATOMIC_SEQ_CST);
	else
		__atomic_add_fetch(&shared->survived, 1, __ATOMIC_SEQ_CST);
	if (result >= 0)
		syscall(SYS_msgctl, result, IPC_RMID, NULL);
	return result;
}

static const char *fate(int status)
{
	static char text[48];
	if (WIFSIGNALED(status))
		snprintf(text, sizeof text, "killed by SIG%s", sigabbrev_np(WTERMSIG(status)));
	else
		snprintf(text, sizeof text, "status %d", WEXITSTATUS(status));
	return text;
}

static void plain(long argument)
{
	(void)argument;
	share();
	say("%s", outcome(denied_call()));
}

static void nothing(int signal)
{
	(void)signal;
}

static void interrupt_often(int flags)
{
	struct sigaction action = {.sa_handler = nothing, .sa_flags = flags};
	struct itimerval often = {{0, 50}, {0, 50}};
	sigaction(SIGALRM, &action, NULL);
	setitimer(ITIMER_REAL, &often, NULL);
}

/* Timers that a process makes for itself, of which it may have many. */
static void interrupt_by_many(void)
{
	struct sigaction action = {.sa_handler = nothing};
	sigaction(SIGALRM, &action, NULL);
	for (int i = 0; i < 8; i++) {
		struct sigevent event = {.sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGALRM};
		struct itimerspec often = {{0, 50000 + i}, {0, 50000 + i}};
		timer_t timer;
		if (timer_create(CLOCK_MONOTONIC, &event, &timer) != 0 || timer_settime(timer, 0, &often, NULL) != 0)
			_exit(3);
	}
}

/* Signals come in faster than anybody can look; 1: calls go on by themselves after them, 2: of several timers. */
static void under_timers(long again)
{
	share();
	if (again == 2)
		interrupt_by_many();
	else
		interrupt_often(again ? SA_RESTART : 0);
	for (int i = 0; i < 1000000; i++)
		if (denied_call() >= 0) {
			say("it happened");
			return;
		}
	say("it lives");
}

static void once(long argument)
{
	(void)argument;
	denied_call();
}

/* The child has the memory of its parent, which waits for it. */
static void in_vfork_child(long argument)
{
	int status = 0;
	(void)argument;
	share();
	pid_t child = vfork();
	if (child == 0) {
		denied_call();
		_exit(7);
	}
	waitpid(child, &status, 0);
	say("the child: %s, %u happened; the parent goes on", fate(status), shared->happened);
}

static void *in_thread(void *argument)
{
	denied_call();
	return argument;
}

/* Children that end for it keep the gate from looking, while a timer takes back what another one asks. */
static void taken_back(long least)
{
	share();
	for (int round = 0; round < 50 && shared->interrupted < (unsigned)least; round++) {
		int children = 0;
		for (; children < 400; children++) {
			pid_t child = fork();
			if (child == 0) {
				denied_call();
				_exit(0);
			}
			if (child < 0)
				break;
		}
		if (fork() == 0) {
			interrupt_often(0);
			for (;;)
				denied_call();
		}
		while (wait(NULL) > 0)
			;
	}
	say("%u taken back, %u happened", shared->interrupted, shared->happened);
}

/* So many threads at once, while the first one waits for them. */
static void in_threads(long count)
{
	pthread_t threads[MOST_THREADS];
	share();
	for (long i = 0; i < count && i < MOST_THREADS; i++)
		if (pthread_create(&threads[i], NULL, in_thread, NULL) != 0)
			count = i;
	for (long i = 0; i < count && i < MOST_THREADS; i++)
		pthread_join(threads[i], NULL);
	say("%u happened, %u survived", shared->happened, shared->survived);
}

/* One after the other so many children, up to eight at a time, each with a thread beside it. */
static void in_children(long count)
{
	int status = 0, running = 0;
	long killed = 0;
	share();
	for (long i = 0; i < count || running > 0;) {
		if (i < count && running < 8) {
			pid_t child = fork();
			if (child == 0) {
				pthread_t thread;
				if (i % 2 && pthread_create(&thread, NULL, in_thread, NULL) == 0)
					pthread_join(thread, NULL);
				denied_call();
				_exit(0);
			}
			if (child > 0) {
				running++, i++;
				continue;
			}
		}
		if (wait(&status) < 0)
			break;
		running--;
		killed += WIFSIGNALED(status);
	}
	say("%ld of %ld killed, %u happened, %u survived", killed, count, shared->happened, shared->survived);
}

/* A child that is stopped and goes on without end, while it tries. */
static void under_stops(long rounds)
{
	long killed = 0;
	share();
	for (long i = 0; i < rounds; i++) {
		int status = 0;
		pid_t child = fork();
		if (child == 0)
			for (;;)
				denied_call();
		for (int n = 0; n < 200; n++) {
			kill(child, SIGSTOP);
			kill(child, SIGCONT);
		}
		waitpid(child, &status, 0);
		killed += WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL;
	}
	say("%ld of %ld killed, %u happened", killed, rounds, shared->happened);
}

/* A thread tries while another one makes the process a new program, which is told by its status. */
static void under_exec(long rounds)
{
	long killed = 0, replaced = 0;
	share();
	for (long i = 0; i < rounds; i++) {
		int status = 0;
		pid_t child = fork();
		if (child == 0) {
			pthread_t thread;
			pthread_create(&thread, NULL, in_thread, NULL);
			for (int n = 0; n < i * 500; n++)
				__asm__ volatile("");
			execl(program, program, "nothing", NULL);
			_exit(3);
		}
		waitpid(child, &status, 0);
		killed += WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL;
		replaced += WIFEXITED(status) && WEXITSTATUS(status) != 3;
	}
	say("%ld of %ld killed or another program, %u happened", killed + replaced, rounds, shared->happened);
}

/* As somebody whom the gate may not signal. */
static void as_another_user(long user)
{
	share();
	if (setresuid((uid_t)user, (uid_t)user, (uid_t)user) != 0)
		say("the same user: %s", outcome(-1));
	denied_call();
	for (;;)
		pause();
}

/* A child that would stay, and then the call. */
static void with_a_child(long argument)
{
	share();
	if (fork() == 0)
		for (;;)
			pause();
	once(argument);
}

/* A filter of its own, whose answer to the call this is; every other call is allowed. */
static long load_own(unsigned answer, unsigned flags)
{
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_msgget, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, answer),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog filter = {.len = sizeof code / sizeof code[0], .filter = code};
	return syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, flags, &filter);
}

/* Stricter than the policy's: the kernel takes its answer, and the call does not happen either. */
static void under_own_filter(long argument)
{
	static const unsigned answers[] = {SECCOMP_RET_ALLOW, SECCOMP_RET_ERRNO | EACCES, SECCOMP_RET_USER_NOTIF};
	share();
	if (load_own(answers[argument], 0) != 0)
		say("no filter: %s", outcome(-1));
	else
		say("%s", outcome(denied_call()));
}

static void take_listener(long argument)
{
	(void)argument;
	long listener = load_own(SECCOMP_RET_USER_NOTIF, SECCOMP_FILTER_FLAG_NEW_LISTENER);
	say("%s", outcome(listener));
}

/* Its filter has a listener of its own and allows the call; the policy denies it. */
static void behind_own_listener(long argument)
{
	(void)argument;
	share();
	long listener = load_own(SECCOMP_RET_ALLOW, SECCOMP_FILTER_FLAG_NEW_LISTENER);
	if (listener < 0)
		say("no filter: %s", outcome(listener));
	else
		say("%s", outcome(denied_call()));
}

/* The signal of a denied call, from the program itself. */
static void own_signal(long argument)
{
	(void)argument;
	syscall(SYS_tgkill, getpid(), gettid(), SIGSYS);
	say("it lives");
}

/* Nobody is asked about any call that the program makes; another process holds the listener as long as it runs. */
void run_watched(char **arguments)
{
	long listener = load_own(SECCOMP_RET_ALLOW, SECCOMP_FILTER_FLAG_NEW_LISTENER);
	pid_t own = getpid();
	if (listener >= 0 && fork() == 0) {
		close(0), close(1), close(2);
		while (getppid() == own)
			usleep(20000);
		_exit(0);
	}
	if (listener >= 0)
		execv(arguments[0], arguments);
	perror(arguments[0]);
	_exit(3);
}

const struct probe denied_probes[] = {
	{"denied", plain},
	{"denied-under-timers", under_timers},
	{"denied-taken-back", taken_back},
	{"denied-in-vfork-child", in_vfork_child},
	{"denied-in-threads", in_threads},
	{"denied-in-children", in_children},
	{"denied-under-stops", under_stops},
	{"denied-under-exec", under_exec},
	{"denied-as-another-user", as_another_user},
	{"denied-with-a-child", with_a_child},
	{"denied-under-own-filter", under_own_filter},
	{"own-listener", take_listener},
	{"denied-behind-own-listener", behind_own_listener},
	{"signal-of-a-denied-call", own_signal},
	{NULL, NULL},
};
