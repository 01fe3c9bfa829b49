#include "event.h"
#include "serve.h"
#include "session.h"

#include <linux/ioctl.h>
#include <linux/seccomp.h>

/*
 * A session that tries without end fills no log, and hides no other's first: what is above this in a second is only
 * counted.
 */
enum { REFUSALS_A_SECOND = 16 };

/* A storm of denied calls: then those who ask wait, stopped as they are, and the gate does something else. */
enum { STORM = 256, STORM_NS = 100000000 };

static struct {
	u64 ends_ns; /* Of the time in which these are counted. */
	u32 asked;
	u64 paused_until_ns; /* Zero: the listener is polled. */
} storm;

/*
 * The kernel counts what was asked, and a question that a signal takes back stays in its count; when the count is full,
 * who hears waits for ever. Questions are numbered, so the one that is heard tells how many were asked at least: so
 * often can be heard without waiting.
 */
enum { HEARD_AT_ONCE = 4096 };

static struct {
	u64 first; /* The number of the first that was heard. */
	u64 asked; /* From that one on. */
	u64 heard; /* These, and those that were not there any more. */
} count;

static void report_refusal(struct session *session, const struct seccomp_notif *request)
{
	static u64 window_ns;
	static u32 told;
	u64 now = monotonic_ns();
	if (now - window_ns >= SECOND_NS) {
		window_ns = now;
		told = 0;
	}
	int is_first = session && !session->exec_refused;
	if (!is_first && told++ >= REFUSALS_A_SECOND) {
		event_count_dropped();
		return;
	}
	if (session)
		session->exec_refused = 1;
	event_begin("exec-refused");
	if (session)
		event_number("session", session->number);
	event_number("pid", request->pid);
	event_number("call", request->data.nr);
	event_end();
}

/*
 * Until its exec the only code that has run in a session is this program's, so the first exec of each session's
 * first process is the one of the plan and goes on. Every other is refused, with an event.
 */
static void answer_exec(const struct seccomp_notif *request)
{
	struct session *session = session_of((s32)request->pid);
	if (session && !session->executed && request->data.nr == __NR_execve) {
		session->executed = 1;
		notify_continue(request);
	} else {
		notify_refuse(request);
		report_refusal(session, request);
	}
}

/* Not where an exec asks too: that of another session would wait. */
static void count_storm(void)
{
	u64 now = monotonic_ns();
	if (now >= storm.ends_ns) {
		storm.ends_ns = now + STORM_NS;
		storm.asked = 0;
	}
	if (++storm.asked < STORM || service.numbers->exec_asks)
		return;
	poll_rest(notify_listener(), SOURCE_NOTIFY, 1);
	storm.paused_until_ns = now + STORM_NS;
}

/* Of a service that no call asks, it is when the rest of its denied calls is told. */
u64 notify_due(void)
{
	u64 paused = storm.paused_until_ns, told = denials_due();
	return paused && (!told || paused < told) ? paused : told;
}

void notify_keep(u64 now)
{
	if (storm.paused_until_ns && now >= storm.paused_until_ns) {
		storm.paused_until_ns = 0;
		poll_rest(notify_listener(), SOURCE_NOTIFY, 0);
	}
	if (denials_due() && now >= denials_due())
		denials_tell();
}

static void note_heard(const struct seccomp_notif *request)
{
	if (!count.asked)
		count.first = request->id;
	if (request->id - count.first >= count.asked)
		count.asked = request->id - count.first + 1;
}

static long hear(struct seccomp_notif *request)
{
	memset(request, 0, sizeof *request);
	long result = syscall3(__NR_ioctl, notify_listener(), SECCOMP_IOCTL_NOTIF_RECV, request);
	if (result == 0)
		note_heard(request);
	if (count.asked && (result == 0 || result == -ENOENT))
		count.heard++;
	return result;
}

/* True when an exec asked. One that a signal has taken back is not there any more. */
static int answer_one(void)
{
	struct seccomp_notif request;
	long result = hear(&request);
	if (result == 0 && service.numbers->exec_asks &&
	    (request.data.nr == __NR_execve || request.data.nr == __NR_execveat)) {
		answer_exec(&request);
		return 1;
	}
	if (result == 0)
		deny(&request);
	else if (result == -ENOENT)
		denial_gone();
	return 0;
}

/* One at a time, so that others have their turn, and what was taken back before it. */
void notify_answer(void)
{
	if (!answer_one())
		count_storm();
	for (u32 i = 0; i < HEARD_AT_ONCE && count.heard < count.asked; i++)
		answer_one();
}
