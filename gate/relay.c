#include "gate.h"

/* The line that the last frame ended in the middle of. Frames of another session come between: then it is given out as it is. */
static struct {
	u32 session;
	usize length;
	u8 text[LOG_TEXT_SIZE];
} line;

static void give_out(void)
{
	event_begin("log");
	event_number("session", line.session);
	event_bytes("text", line.text, line.length);
	event_end();
	line.length = 0;
}

static void take(u8 byte)
{
	if (byte == '\n' || line.length == LOG_TEXT_SIZE)
		give_out();
	if (byte != '\n')
		line.text[line.length++] = byte;
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
	if (line.length && (line.session != frame.session || frame.length == 0))
		give_out();
	line.session = frame.session;
	for (u32 i = 0; i < frame.length; i++)
		take(frame.text[i]);
	return 1;
}
