#include "descriptors.h"
#include "event.h"
#include "session.h"

#include <linux/fcntl.h>
#include <linux/seccomp.h>
#include <linux/signal.h>

/* Killing is never limited. What is told is, so that no session fills the log. */
enum { DENIALS_A_SECOND = 16 };

/* Of a call. */
enum { REGISTERS = 6 };

static struct {
	u64 ends_ns; /* Of the present second; zero: nothing was denied in it. */
	u32 told;
	u64 more; /* Denied, and not told one by one. */
	u64 lost; /* So often the audit had no room for records of the whole host. */
	u64 gone; /* Taken back by a signal before the gate looked. */
} second;

static void begin_second(void)
{
	if (!second.ends_ns)
		second.ends_ns = monotonic_ns() + SECOND_NS;
}

/* When the rest is told; zero: there is none. */
u64 denials_due(void)
{
	return second.ends_ns;
}

void denials_tell(void)
{
	u64 more = second.more, gone = second.gone, lost = second.lost;
	second.ends_ns = 0;
	second.told = 0;
	second.more = 0;
	second.gone = 0;
	second.lost = 0;
	if (!more && !gone && !lost)
		return;
	event_begin("denied-more");
	event_number("count", (s64)more);
	event_number("gone", (s64)gone);
	if (lost)
		event_number("lost", (s64)lost);
	event_end();
}

/* The call did not happen; whoever made it lives, and asks again when it makes it again. */
void denial_gone(void)
{
	begin_second();
	second.gone++;
}

/* Records were thrown away, nobody knows of how many processes and whose. */
void denials_lost(void)
{
	begin_second();
	second.lost++;
}

/* The one of a child or a thread by its process group, which only a policy that opens a boundary lets it leave. */
static struct session *session_with(s32 pid)
{
	struct session *session = session_of(pid);
	if (session)
		return session;
	if (service.numbers->handoff == HANDOFF_INHERITED)
		return session_only();
	long group = syscall1(__NR_getpgid, pid);
	return group > 0 ? session_of((s32)group) : NULL;
}

/* The process, or one of its threads. */
static int is_first_process(const struct session *session, s32 pid)
{
	return session->pid == pid || syscall3(__NR_tgkill, session->pid, pid, 0) == 0;
}

static usize read_name(s32 pid, u8 name[NAME_SIZE])
{
	static const char before[] = "/proc/", behind[] = "/comm";
	char path[sizeof before + sizeof behind + 24];
	if (!service.numbers->names_programs)
		return 0;
	memcpy(path, before, sizeof before);
	usize at = sizeof before - 1;
	at += number_text(path + at, pid);
	memcpy(path + at, behind, sizeof behind);
	long file = syscall4(__NR_openat, AT_FDCWD, path, O_RDONLY | O_CLOEXEC, 0);
	if (is_error(file))
		return 0;
	long size = syscall3(__NR_read, file, name, NAME_SIZE);
	syscall1(__NR_close, file);
	if (size <= 0)
		return 0;
	return (usize)size - (name[size - 1] == '\n');
}

/* A denied call, as far as somebody has told it. */
struct denial {
	s32 pid;
	s32 call;
	const u64 *args; /* NULL: not known. */
	u64 ip;
};

/* Nobody reads the events of a wrapped program. */
static void tell_outer(const struct denial *denial, const u8 *name, usize size)
{
	struct word word;
	memset(&word, 0, sizeof word);
	word.kind = denial->args ? WORD_DENIED : WORD_DENIED_BY_KERNEL;
	word.call = denial->call;
	if (denial->args)
		memcpy(word.args, denial->args, sizeof word.args);
	memcpy(word.program, name, size);
	syscall3(__NR_write, STOPS_FD, &word, sizeof word);
}

/* Returns whether this call is told by itself, and counts it. */
static int is_told(struct session *session)
{
	int is_first = session && !session->denial_told;
	begin_second();
	if (!is_first && second.told++ >= DENIALS_A_SECOND) {
		second.more++;
		return 0;
	}
	if (session)
		session->denial_told = 1;
	return 1;
}

static void tell(const struct session *session, const struct denial *denial, const u8 *name, usize size)
{
	if (service.numbers->handoff == HANDOFF_INHERITED) {
		tell_outer(denial, name, size);
		return;
	}
	event_begin("denied");
	if (session)
		event_number("session", session->number);
	if (denial->pid)
		event_number("pid", denial->pid);
	if (size)
		event_bytes("program", name, size);
	event_number("call", denial->call);
	if (denial->args)
		event_words("args", denial->args, REGISTERS);
	event_word("ip", denial->ip);
	event_end();
}

/* A process that it cannot kill ends with this one, the first of the namespace. */
__attribute__((noreturn)) static void end_all(const struct seccomp_notif *request, long error)
{
	event_begin("kill-failed");
	event_number("pid", request->pid);
	event_number("call", request->data.nr);
	event_number("errno", -error);
	event_end();
	if (service.numbers->exec_asks)
		notify_refuse(request);
	leave(EXIT_LAUNCH_FAILED);
}

/*
 * A call that the policy denies. Nobody answers it: the thread that made it stands still until the process is dead. Its
 * session and its name are looked for before, because a parent may take a dead child at once. The numbers 0 and 1 are
 * the gate's.
 */
void deny(const struct seccomp_notif *request)
{
	s32 pid = (s32)request->pid;
	struct session *session = session_with(pid);
	int is_first = session && is_first_process(session, pid);
	int tells = is_told(session);
	u8 name[NAME_SIZE];
	usize size = tells ? read_name(pid, name) : 0;
	long result = pid > 1 ? syscall2(__NR_kill, pid, SIGKILL) : -EINVAL;
	if (result != 0 && result != -ESRCH)
		end_all(request, result);
	if (is_first)
		session->denied = 1;
	struct denial denial = {pid, request->data.nr, request->data.args, request->data.instruction_pointer};
	if (tells)
		tell(session, &denial, name, size);
}

/* A call for which the kernel has ended the process: it dies, or is dead. Zero: nobody knows its number any more. */
void denial_recorded(s32 pid, s32 call, u64 ip)
{
	struct session *session = pid || service.numbers->handoff == HANDOFF_INHERITED ? session_with(pid) : NULL;
	struct denial denial = {pid, call, NULL, ip};
	u8 name[NAME_SIZE];
	if (is_told(session))
		tell(session, &denial, name, pid ? read_name(pid, name) : 0);
	if (session && session->pid == pid)
		session_recorded(session);
}
