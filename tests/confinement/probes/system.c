/* Calls that reach past the session: namespaces, other ABIs, rings, keys, IPC, the terminal, the root. */
#include "probe.h"

#include <fcntl.h>
#include <linux/keyctl.h>
#include <mqueue.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/msg.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/sem.h>
#include <sys/shm.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static void unshare_user(long unused)
{
	(void)unused;
	say("%s", outcome(unshare(CLONE_NEWUSER)));
}

/* Both processes come here; the parent says what became of the call. */
static void end_child(long child)
{
	if (child == 0)
		_exit(0);
	const char *text = outcome(child);
	if (child > 0)
		waitpid((pid_t)child, NULL, 0);
	say("%s", text);
}

static void clone_user(long unused)
{
	(void)unused;
	long child = syscall(SYS_clone, CLONE_NEWUSER | SIGCHLD, 0, 0, 0, 0);
	end_child(child);
}

/* Its flags are in memory, where no filter can look. */
static void clone_three(long unused)
{
	(void)unused;
	unsigned long long arguments[8] = {CLONE_NEWUSER, 0, 0, 0, SIGCHLD};
	long child = syscall(SYS_clone3, arguments, sizeof arguments);
	end_child(child);
}

static void open_ring(long unused)
{
	(void)unused;
	char parameters[120] = {0};
	say("%s", outcome(syscall(SYS_io_uring_setup, 1, parameters)));
}

static void read_keys(long unused)
{
	(void)unused;
	say("%s", outcome(syscall(SYS_keyctl, KEYCTL_GET_KEYRING_ID, KEY_SPEC_USER_KEYRING, 1)));
}

void start_with_key(char **arguments)
{
	syscall(SYS_keyctl, KEYCTL_JOIN_SESSION_KEYRING, NULL);
	long key = syscall(SYS_add_key, "user", "portcullis-probe", "x", 1, KEY_SPEC_SESSION_KEYRING);
	const long everything = 0x3f3f3f3f;
	if (key < 0 || syscall(SYS_keyctl, KEYCTL_SETPERM, key, everything) < 0 ||
	    syscall(SYS_keyctl, KEYCTL_SETPERM, KEY_SPEC_SESSION_KEYRING, everything) < 0)
		_exit(125);
	execvp(arguments[0], arguments);
	_exit(127);
}

/* The key of whoever started the service. */
static void read_key(long unused)
{
	(void)unused;
	char text[8];
	long key = syscall(SYS_keyctl, KEYCTL_SEARCH, KEY_SPEC_SESSION_KEYRING, "user", "portcullis-probe", 0);
	say("%s", outcome(key < 0 ? key : syscall(SYS_keyctl, KEYCTL_READ, key, text, sizeof text)));
}

static void unlock_secure_bits(long unused)
{
	(void)unused;
	say("%s", outcome(prctl(PR_SET_SECUREBITS, 0, 0, 0, 0)));
}

static void name_host(long unused)
{
	(void)unused;
	char name[64];
	gethostname(name, sizeof name);
	say("%s", outcome(sethostname(name, strlen(name))));
}

/* Every way from here to a file of the host that no root of the tests has. */
static void climb(long unused)
{
	(void)unused;
	static const char *const ways[] = {"..", "/..", "/proc/self/cwd/..", "/proc/self/root/..", "/proc/1/root"};
	const char *text = outcome(-1);
	for (size_t way = 0; way < sizeof ways / sizeof ways[0]; way++) {
		char path[512];
		snprintf(path, sizeof path, "%s/../../../../../../../../etc/passwd", ways[way]);
		text = outcome(open(path, O_RDONLY));
		if (strcmp(text, "done") == 0)
			break;
	}
	say("%s", text);
}

static void read_group_file(long unused)
{
	(void)unused;
	char path[512];
	snprintf(path, sizeof path, "%s-of-group", program);
	say("%s", outcome(open(path, O_RDONLY)));
}

static void open_terminal(long unused)
{
	(void)unused;
	say("%s", outcome(open("/dev/tty", O_RDONLY)));
}

static void change_personality(long unused)
{
	(void)unused;
	say("%s", outcome(personality(ADDR_NO_RANDOMIZE)));
}

/* The classic way out: with a second root below it, the first one is no longer where ".." ends. */
static void leave_root(long unused)
{
	(void)unused;
	struct stat root, reached;
	int above = open("/", O_RDONLY | O_DIRECTORY);
	if (fstat(above, &root) < 0 || chroot("/below") < 0 || fchdir(above) < 0) {
		say("%s", outcome(-1));
		return;
	}
	for (int i = 0; i < 64; i++)
		if (chdir("..") < 0)
			break;
	if (stat(".", &reached) < 0)
		say("%s", outcome(-1));
	else
		say(root.st_ino == reached.st_ino && root.st_dev == reached.st_dev ? "still inside" : "outside");
}

static void call_i386(long unused)
{
	(void)unused;
#if defined(__x86_64__)
	long result;
	__asm__ volatile("int $0x80" : "=a"(result) : "a"(20L) : "memory", "r8", "r9", "r10", "r11");
	say(result == getpid() ? "getpid answered" : "no answer");
#else
	say("this machine has no such call");
#endif
}

static void call_x32(long unused)
{
	(void)unused;
	say("%s", outcome(syscall(0x40000000 | SYS_getpid)));
}

static void call_unknown(long unused)
{
	(void)unused;
	say("%s", outcome(syscall(9999)));
}

static void make_shared_memory(long unused)
{
	(void)unused;
	int segment = shmget(IPC_PRIVATE, 4096, IPC_CREAT | 0600);
	const char *text = outcome(segment);
	if (segment >= 0)
		shmctl(segment, IPC_RMID, NULL);
	say("%s", text);
}

/* A queue that another process can find by its key; it is gone when the client is. */
static void make_queue(long key)
{
	char byte;
	int queue = msgget((key_t)key, IPC_CREAT | 0666);
	say("%s", outcome(queue));
	while (read(0, &byte, 1) > 0)
		continue;
	msgctl(queue, IPC_RMID, NULL);
}

static void find_queue(long key)
{
	say("%s", outcome(msgget((key_t)key, 0)));
}

static void make_message_queue(long unused)
{
	(void)unused;
	mqd_t queue = mq_open("/portcullis-test", O_CREAT | O_RDWR, 0600, NULL);
	const char *text = outcome(queue);
	if (queue >= 0)
		mq_unlink("/portcullis-test");
	say("%s", text);
}

/*
 * Types into the terminal of whoever started the service, if there is one. The argument is added to the number of the
 * call.
 */
static void type_ahead(long disguise)
{
	int terminal = open("/dev/tty", O_RDWR);
	const char *opened = outcome(terminal);
	const char *typed = outcome(syscall(SYS_ioctl, 0, TIOCSTI + disguise, "x"));
	say("terminal %s, TIOCSTI %s", opened, typed);
}

static void make_dumpable(long unused)
{
	(void)unused;
	say("%s", outcome(prctl(PR_SET_DUMPABLE, 1, 0, 0, 0)));
}

/* Any number of calls that nobody needs and root should not have. The argument chooses. */
static void rare_call(long index)
{
	static const struct {
		long number;
		long arguments[5];
	} calls[] = {
		{SYS_bpf, {0, 0, 0}},
		{SYS_perf_event_open, {0, 0, -1, -1, 0}},
		{SYS_userfaultfd, {1}},
		{SYS_add_key, {0, 0, 0, 0, KEY_SPEC_PROCESS_KEYRING}},
		{SYS_kexec_load, {0, 0, 0, 0}},
		{SYS_open_by_handle_at, {-1, 0, 0}},
		{SYS_mount, {0, 0, 0, 0, 0}},
		{SYS_fsopen, {0, 0}},
		{SYS_open_tree, {-100, 0, 0}},
		{SYS_move_mount, {-1, 0, -1, 0, 0}},
		{SYS_pivot_root, {0, 0}},
		{SYS_setns, {-1, 0}},
		{SYS_mknodat, {-100, 0, S_IFCHR | 0600, 0x101}},
		{SYS_kcmp, {1, 1, 0, 0, 0}},
		{SYS_seccomp, {1, 0, 0}},
		{SYS_process_madvise, {-1, 0, 0, 0, 0}},
	};
	const long *a = calls[index].arguments;
	say("%s", outcome(syscall(calls[index].number, a[0], a[1], a[2], a[3], a[4])));
}

const struct probe system_probes[] = {
	{"unshare-user", unshare_user},
	{"clone-user", clone_user},
	{"clone-three", clone_three},
	{"open-ring", open_ring},
	{"read-keys", read_keys},
	{"change-personality", change_personality},
	{"leave-root", leave_root},
	{"call-i386", call_i386},
	{"call-x32", call_x32},
	{"call-unknown", call_unknown},
	{"make-shared-memory", make_shared_memory},
	{"make-queue", make_queue},
	{"find-queue", find_queue},
	{"make-message-queue", make_message_queue},
	{"type-ahead", type_ahead},
	{"make-dumpable", make_dumpable},
	{"read-key", read_key},
	{"unlock-secure-bits", unlock_secure_bits},
	{"name-host", name_host},
	{"climb", climb},
	{"read-group-file", read_group_file},
	{"open-terminal", open_terminal},
	{"rare-call", rare_call},
	{0},
};
