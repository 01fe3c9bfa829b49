#include "descriptors.h"
#include "event.h"
#include "outer.h"

/* As many sessions may have begun a line at a time; of more the one that wrote longest ago has its line given out. */
enum { BEGUN = 64 };

static struct begun {
	u32 session;
	u32 length; /* Zero: the entry is free. */
	u64 turn;   /* When it was written to. */
	u8 text[LOG_PIECE];
} begun[BEGUN];

static u64 turn;

static void give_out(struct begun *line)
{
	event_begin("log");
	event_number("session", line->session);
	event_bytes("text", line->text, line->length);
	event_end();
	line->length = 0;
}

/* The line that a session has begun, else an entry for one. */
static struct begun *line_of(u32 session)
{
	struct begun *found = &begun[0];
	for (u32 i = 0; i < BEGUN; i++) {
		struct begun *line = &begun[i];
		if (line->length && line->session == session)
			return line;
		if (found->length && (line->length == 0 || line->turn < found->turn))
			found = line;
	}
	if (found->length)
		give_out(found);
	found->session = session;
	return found;
}

static void take(struct begun *line, u8 byte)
{
	if (byte == '\n' || line->length == LOG_PIECE)
		give_out(line);
	if (byte != '\n')
		line->text[line->length++] = byte;
}

int relay_log(void)
{
	static struct log_frame frame;
	long size = syscall3(__NR_read, OUTER_LOG_FD, &frame, 8);
	if (size == -EINTR)
		return 1;
	/* The inner gate writes a frame whole, so its text is there when its head is. */
	if (size != 8 || frame.length > sizeof frame.text ||
	    (frame.length && syscall3(__NR_read, OUTER_LOG_FD, frame.text, frame.length) != (long)frame.length))
		return 0;
	struct begun *line = line_of(frame.session);
	line->turn = ++turn;
	for (u32 i = 0; i < frame.length; i++)
		take(line, frame.text[i]);
	if (frame.length == 0 && line->length)
		give_out(line);
	return 1;
}

void relay_rest(void)
{
	for (u32 i = 0; i < BEGUN; i++)
		if (begun[i].length)
			give_out(&begun[i]);
}
