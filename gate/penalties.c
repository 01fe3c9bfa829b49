#include "accept.h"
#include "event.h"
#include "session.h"

#include <linux/signal.h>

static const char *const causes[PENALTY_COUNT] = {"crash", "filter", "time", "status", "first-byte", "idle"};

/* PENALTY_COUNT: it ended well, or by the order of somebody else. */
static enum penalty_cause cause_of(const struct session *session, int status)
{
	int signal = status & 0x7f;
	if (session->denied || signal == SIGSYS)
		return PENALTY_FILTER;
	if (session->cause == CAUSE_TIME)
		return PENALTY_TIME;
	if (session->cause == CAUSE_FIRST_BYTE)
		return PENALTY_FIRST_BYTE;
	if (session->cause == CAUSE_IDLE)
		return PENALTY_IDLE;
	if (session->cause != CAUSE_EXIT || session->last_signal || gate.failures[session_index(session)].failed)
		return PENALTY_COUNT;
	return signal ? PENALTY_CRASH : PENALTY_STATUS;
}

struct ending {
	const struct session *session;
	enum penalty_cause cause;
};

/* The eight bytes are the first of an IPv6 address, and the last of an IPv4 address that is mapped into one. */
static void source_text(char *text, const struct address *peer, u32 bits)
{
	struct address source = *peer;
	if (source.is_unix) {
		memcpy(text, "uid:", 4);
		number_text(text + 4, source.uid);
		return;
	}
	u32 first = source.is_v4 ? 8 : 0;
	for (u32 byte = first + bits / 8; byte < sizeof source.bytes; byte++)
		source.bytes[byte] = 0;
	usize length = address_text(text, &source);
	text[length++] = '/';
	number_text(text + length, source.is_v4 ? bits - 32 : bits);
}

static void tell(const void *of, u32 bits, u64 penalty_ns)
{
	const struct ending *ending = of;
	char text[64];
	source_text(text, &ending->session->peer, bits);
	event_begin("penalty");
	event_number("session", ending->session->number);
	event_text("source", text);
	event_text("cause", causes[ending->cause]);
	event_number("ms", (s64)(penalty_ns / MS_NS));
	event_end();
}

void punish(const struct session *session, int status)
{
	const struct serve *numbers = service.numbers;
	struct ending ending = {session, cause_of(session, status)};
	for (u32 i = 0; i < numbers->penalty_count; i++) {
		const struct penalty *penalty = &numbers->penalties[i];
		if (penalty->cause == ending.cause &&
		    (penalty->cause != PENALTY_STATUS || penalty->status == (u32)(status >> 8 & 0xff)))
			account_punish(session->accounts, penalty->added_ns, monotonic_ns(), tell, &ending);
	}
}
