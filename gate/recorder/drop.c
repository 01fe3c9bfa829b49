#include "recorder.h"

#include <linux/audit.h>
#include <linux/capability.h>
#include <linux/close_range.h>
#include <linux/fcntl.h>
#include <linux/filter.h>
#include <linux/landlock.h>
#include <linux/prctl.h>
#include <linux/ptrace.h>
#include <linux/seccomp.h>

enum { LAST_CAPABILITY = 63 };

#if defined(__x86_64__)
enum { MACHINE = AUDIT_ARCH_X86_64 };
#else
enum { MACHINE = AUDIT_ARCH_AARCH64 };
#endif

#define LOAD(field) BPF_STMT(BPF_LD | BPF_W | BPF_ABS, __builtin_offsetof(struct seccomp_data, field))
#define IS(value, then, otherwise) BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (u32)(value), then, otherwise)
#define ANSWER(value) BPF_STMT(BPF_RET | BPF_K, value)
/* The low word of a register: both machines are little-endian, and each tested argument is a number of 32 bits. */
#define ALLOW(call) IS(call, 0, 1), ANSWER(SECCOMP_RET_ALLOW)

/* Reading, writing what is told, and of ptrace nothing that changes a process. */
static const struct sock_filter filter[] = {
	LOAD(arch),
	IS(MACHINE, 1, 0),
	ANSWER(SECCOMP_RET_KILL_PROCESS),
	LOAD(nr),
	ALLOW(__NR_wait4),
	ALLOW(__NR_read),
	ALLOW(__NR_close),
	ALLOW(__NR_clock_gettime),
	ALLOW(__NR_exit_group),
	IS(__NR_write, 0, 6),
	LOAD(args[0]),
	ALLOW(EVENTS_FD),
	ALLOW(ANSWER_FD),
	ANSWER(SECCOMP_RET_KILL_PROCESS),
	IS(__NR_openat, 0, 4),
	LOAD(args[2]),
	IS(O_RDONLY | O_CLOEXEC, 0, 1),
	ANSWER(SECCOMP_RET_ALLOW),
	ANSWER(SECCOMP_RET_KILL_PROCESS),
	IS(__NR_ptrace, 1, 0),
	ANSWER(SECCOMP_RET_KILL_PROCESS),
	LOAD(args[0]),
	ALLOW(PTRACE_SYSCALL),
	ALLOW(PTRACE_CONT),
	ALLOW(PTRACE_LISTEN),
	ALLOW(PTRACE_PEEKDATA),
	ALLOW(PTRACE_GETEVENTMSG),
	ALLOW(PTRACE_GET_SYSCALL_INFO),
	ANSWER(SECCOMP_RET_KILL_PROCESS),
};

static long give_up_user(const struct nobody *nobody)
{
	if (nobody->uid < 0)
		return 0;
	for (long capability = 0; capability <= LAST_CAPABILITY; capability++)
		syscall2(__NR_prctl, PR_CAPBSET_DROP, capability);
	long result = syscall2(__NR_setgroups, 0, NULL);
	if (result == 0)
		result = syscall3(__NR_setresgid, nobody->gid, nobody->gid, nobody->gid);
	if (result == 0)
		result = syscall3(__NR_setresuid, nobody->uid, nobody->uid, nobody->uid);
	return result;
}

static long give_up_capabilities(void)
{
	struct __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, 0};
	struct __user_cap_data_struct none[2];
	memset(none, 0, sizeof none);
	return syscall2(__NR_capset, &header, none);
}

/* Of files it reads those of /proc. A kernel without Landlock leaves it what its user may read. */
static long give_up_files(void)
{
	struct landlock_ruleset_attr attributes;
	memset(&attributes, 0, sizeof attributes);
	attributes.handled_access_fs = (LANDLOCK_ACCESS_FS_MAKE_SYM << 1) - 1;
	long rules = syscall3(__NR_landlock_create_ruleset, &attributes, sizeof attributes.handled_access_fs, 0);
	if (is_error(rules))
		return rules == -ENOSYS || rules == -EOPNOTSUPP ? 0 : rules;
	long proc = syscall4(__NR_openat, AT_FDCWD, "/proc", O_PATH | O_CLOEXEC, 0);
	if (!is_error(proc)) {
		struct landlock_path_beneath_attr beneath;
		memset(&beneath, 0, sizeof beneath);
		beneath.allowed_access = LANDLOCK_ACCESS_FS_READ_FILE;
		beneath.parent_fd = (s32)proc;
		syscall4(__NR_landlock_add_rule, rules, LANDLOCK_RULE_PATH_BENEATH, &beneath, 0);
		syscall1(__NR_close, proc);
	}
	long result = syscall2(__NR_landlock_restrict_self, rules, 0);
	syscall1(__NR_close, rules);
	return result;
}

static long load_filter(void)
{
	const struct sock_fprog program = {sizeof filter / sizeof filter[0], (struct sock_filter *)filter};
	return syscall3(__NR_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program);
}

long drop_privilege(const struct nobody *nobody)
{
	long result = give_up_user(nobody);
	if (result == 0)
		result = give_up_capabilities();
	if (result == 0)
		result = syscall5(__NR_prctl, PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	if (result == 0)
		result = syscall5(__NR_prctl, PR_SET_DUMPABLE, 0, 0, 0, 0);
	if (result == 0)
		result = give_up_files();
	return result == 0 ? load_filter() : result;
}
