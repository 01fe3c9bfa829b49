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

/* One at a time, so that others have their turn. One that a signal has taken back is not there any more. */
void notify_answer(void)
{
	struct seccomp_notif request;
	memset(&request, 0, sizeof request);
	long result = syscall3(__NR_ioctl, notify_listener(), SECCOMP_IOCTL_NOTIF_RECV, &request);
	if (result == 0 && service.numbers->exec_asks &&
	    (request.data.nr == __NR_execve || request.data.nr == __NR_execveat)) {
		answer_exec(&request);
		return;
	}
	if (result == 0)
		deny(&request);
	else if (result == -ENOENT)
		denial_gone();
	count_storm();
}
