#include "gate.h"

/* Every event fits: names and keys are ours, texts of programs are cut in pieces. A pipe takes up to 4096 bytes at once. */
static char line[4096];
static usize length;
static u64 dropped;
static void (*printer)(const char *text, usize size);

/* The outer gate that nobody supervises prints its own. */
void event_to(void (*to)(const char *text, usize size))
{
	printer = to;
}

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
	/* A launcher knows when it reads, and whose events. */
	int is_own = gate.image.header && gate.image.header->service;
	length = 0;
	put("{");
	if (is_own) {
		char now[TIME_TEXT_SIZE];
		time_text(now, realtime_ms());
		put("\"time\":\"");
		put(now);
		put("\",");
	}
	put("\"event\":\"");
	put(name);
	put("\"");
	if (is_own)
		event_text("service", (const char *)gate.image.data + gate.image.header->service);
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

/* The bytes of a character of UTF-8 and its number; anything else is one byte and the replacement character. */
static usize decode(const u8 *bytes, usize size, u32 *character)
{
	usize count = bytes[0] < 0x80 ? 1 : bytes[0] >> 5 == 6 ? 2 : bytes[0] >> 4 == 14 ? 3 : bytes[0] >> 3 == 30 ? 4 : 0;
	static const u32 least[] = {0, 0, 0x80, 0x800, 0x10000};
	*character = 0xfffd;
	if (count == 0 || count > size)
		return 1;
	u32 value = count == 1 ? bytes[0] : bytes[0] & (0x7fu >> count);
	for (usize i = 1; i < count; i++) {
		if (bytes[i] >> 6 != 2)
			return 1;
		value = value << 6 | (bytes[i] & 0x3fu);
	}
	if (value < least[count] || value > 0x10ffff || value >> 11 == 0x1b)
		return 1;
	*character = value;
	return count;
}

/* Control and format characters, by which a text could move a cursor, forge a line or read other than it is. */
static int is_harmful(u32 character)
{
	static const u32 ranges[][2] = {{0, 8},		  {10, 31},	    {0x7f, 0x9f},     {0xad, 0xad},
					{0x600, 0x605},	  {0x61c, 0x61c},   {0x6dd, 0x6dd},   {0x70f, 0x70f},
					{0x180e, 0x180e}, {0x200b, 0x200f}, {0x2028, 0x202e}, {0x2060, 0x206f},
					{0xfeff, 0xfeff}, {0xfff9, 0xfffb}, {0x110bd, 0x110cd}, {0x13430, 0x1343f},
					{0x1bca0, 0x1bca3}, {0x1d173, 0x1d17a}, {0xe0000, 0xe0fff}};
	for (usize i = 0; i < sizeof ranges / sizeof ranges[0]; i++)
		if (character >= ranges[i][0] && character <= ranges[i][1])
			return 1;
	return 0;
}

static void put_escape(u32 character)
{
	char digit[2] = {0, 0};
	put("\\\\u{");
	for (int shift = 20, begun = 0; shift >= 0; shift -= 4) {
		digit[0] = "0123456789abcdef"[(character >> shift) & 15];
		begun |= digit[0] != '0' || shift == 0;
		if (begun)
			put(digit);
	}
	put("}");
}

/* Puts the first character of a text; returns how many bytes of it that is. */
static usize put_character(const u8 *bytes, usize size)
{
	u32 character;
	usize count = decode(bytes, size, &character);
	char text[5] = {0, 0, 0, 0, 0};
	memcpy(text, bytes, count);
	if (character == '\\')
		put("\\\\\\\\");
	else if (character == '"')
		put("\\\"");
	else if (character == '\t')
		put("\\t");
	else if (is_harmful(character) || (character == 0xfffd && count == 1))
		put_escape(character);
	else
		put(text);
	return count;
}

void event_bytes(const char *key, const u8 *bytes, usize size)
{
	put_key(key);
	put("\"");
	for (usize at = 0; at < size;)
		at += put_character(bytes + at, size - at);
	put("\"");
}

/* The bytes that event_bytes would make of a text of any length; between events. */
usize event_bytes_size(const u8 *bytes, usize size)
{
	usize sum = 0;
	for (usize at = 0; at < size; sum += length) {
		length = 0;
		at += put_character(bytes + at, size - at);
	}
	return sum;
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
	if (printer) {
		printer(line, length);
		return 1;
	}
	return syscall3(__NR_write, EVENTS_FD, line, length) == (long)length;
}

int event_sent(void)
{
	if (!send_line())
		return 0;
	if (dropped) {
		u64 count = dropped;
		dropped = 0;
		event_begin("dropped");
		event_number("count", (s64)count);
		if (!send_line())
			dropped = count;
	}
	return 1;
}

void event_end(void)
{
	if (!event_sent())
		dropped++;
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
	if (gate.image.header->errno_names && is_error(result) && errno_text(-result))
		event_text("errno", errno_text(-result));
}
