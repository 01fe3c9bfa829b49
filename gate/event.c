#include "descriptors.h"
#include "event.h"
#include "hidden-characters.h"
#include "outer.h"

enum { REPLACEMENT = 0xfffd };

/*
 * Every event fits: names and keys are ours, a piece of a program's text is at most seven times as long when it is
 * escaped. Without such a text none is longer than the 4096 bytes that a pipe takes at once.
 */
static char line[7 * LOG_PIECE + 1024];
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

static void put_word(u64 value)
{
	char text[24];
	word_text(text, value);
	put("\"");
	put(text);
	put("\"");
}

void event_word(const char *key, u64 value)
{
	put_key(key);
	put_word(value);
}

void event_words(const char *key, const u64 *values, u32 count)
{
	put_key(key);
	for (u32 i = 0; i < count; i++) {
		put(i ? "," : "[");
		put_word(values[i]);
	}
	put("]");
}

/*
 * The bytes of a character of UTF-8 and its number. Bytes that begin no character, or one that is cut off, are the
 * replacement character: one for all bytes that could have begun one, as in every other decoder (WHATWG Encoding,
 * "UTF-8 decoder").
 */
static usize decode(const u8 *bytes, usize size, u32 *character)
{
	u8 first = bytes[0], least = 0x80, most = 0xbf;
	usize count = first < 0x80 ? 1 : first < 0xc2 ? 0 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : first < 0xf5 ? 4 : 0;
	*character = REPLACEMENT;
	if (count == 0)
		return 1;
	if (first == 0xe0)
		least = 0xa0; /* Not in more bytes than it needs, */
	if (first == 0xf0)
		least = 0x90;
	if (first == 0xed)
		most = 0x9f; /* no surrogate, */
	if (first == 0xf4)
		most = 0x8f; /* and no larger one than there is. */
	u32 value = count == 1 ? first : first & (0x7fu >> count);
	for (usize i = 1; i < count; i++, least = 0x80, most = 0xbf) {
		if (i == size || bytes[i] < least || bytes[i] > most)
			return i;
		value = value << 6 | (bytes[i] & 0x3fu);
	}
	*character = value;
	return count;
}

static int is_hidden(u32 character)
{
	for (usize i = 0; i < sizeof hidden_characters / sizeof hidden_characters[0]; i++)
		if (character >= hidden_characters[i][0] && character <= hidden_characters[i][1])
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
	else if (character == REPLACEMENT)
		put("\xef\xbf\xbd");
	else if (is_hidden(character))
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

/* Of a UNIX socket the user and the group that connected. */
void event_peer(const struct address *peer)
{
	if (!peer->is_unix) {
		event_address("peer", "port", peer);
		return;
	}
	event_number("uid", peer->uid);
	event_number("gid", peer->gid);
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

void event_failed(u32 index, s64 result, u32 session)
{
	const struct step *step = &gate.image.steps[index];
	event_begin("failed");
	event_number("step", index);
	event_text("call", (const char *)gate.image.data + step->name);
	/* The launcher has the line of the step. */
	if (step->line || !gate.image.header->service)
		event_number("line", step->line);
	event_number("result", result);
	if (session)
		event_number("session", session);
	if (gate.image.header->errno_names && is_error(result) && errno_text(-result))
		event_text("errno", errno_text(-result));
}
