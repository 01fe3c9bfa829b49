#include "gate.h"

/* Every event fits: names and keys are ours, values are numbers and addresses. A pipe takes up to 4096 bytes at once. */
static char line[1024];
static usize length;
static u64 dropped;

static void put(const char *text)
{
	while (*text && length < sizeof line - 2)
		line[length++] = *text++;
}

static void put_key(const char *key)
{
	put(",\"");
	put(key);
	put("\":");
}

void event_begin(const char *name)
{
	length = 0;
	put("{\"event\":\"");
	put(name);
	put("\"");
}

void event_number(const char *key, s64 value)
{
	char text[24];
	number_text(text, value);
	put_key(key);
	put(text);
}

void event_text(const char *key, const char *value)
{
	put_key(key);
	put("\"");
	put(value);
	put("\"");
}

void event_address(const char *key, const char *port_key, const struct address *address)
{
	char text[48];
	address_text(text, address);
	event_text(key, text);
	event_number(port_key, address->port);
}

static int send_line(void)
{
	put("}\n");
	return syscall3(__NR_write, EVENTS_FD, line, length) == (long)length;
}

void event_end(void)
{
	if (!send_line()) {
		dropped++;
		return;
	}
	if (dropped) {
		u64 count = dropped;
		dropped = 0;
		event_begin("dropped");
		event_number("count", (s64)count);
		if (!send_line())
			dropped = count;
	}
}

void event_count_dropped(void)
{
	dropped++;
}

void event_failed(u32 index, s64 result)
{
	const struct step *step = &gate.image.steps[index];
	event_begin("failed");
	event_number("step", index);
	event_text("call", (const char *)gate.image.data + step->name);
	event_number("line", step->line);
	event_number("result", result);
}
