#include "record.h"
#include "image.h"

#include <linux/audit.h>
#include <linux/netlink.h>
#include <linux/signal.h>

enum field { FIELD_SESSION, FIELD_PID, FIELD_SIGNAL, FIELD_MACHINE, FIELD_CALL, FIELD_ADDRESS, FIELDS };

/* Each stands in a record once. `most` is the largest value, or the largest below zero. */
static const struct {
	const char *key;
	u32 base;
	u64 most;
} fields[FIELDS] = {
	{"ses=", 10, 0xffffffff},  {"pid=", 10, 0x7fffffff},     {"sig=", 10, IMAGE_LAST_SIGNAL},
	{"arch=", 16, 0xffffffff}, {"syscall=", 10, 0x7fffffff}, {"ip=0x", 16, ~0ull},
};

/* The end of the word at this place. */
static usize word_end(const u8 *text, usize at, usize size)
{
	while (at < size && text[at] != ' ')
		at++;
	return at;
}

/* The place behind what the text begins with here, or zero. */
static usize behind(const u8 *text, usize at, usize end, const char *wanted)
{
	while (*wanted && at < end && text[at] == (u8)*wanted) {
		at++;
		wanted++;
	}
	return *wanted ? 0 : at;
}

static u32 digit_of(u8 character)
{
	if (character >= '0' && character <= '9')
		return character - '0';
	if (character >= 'a' && character <= 'f')
		return character - 'a' + 10u;
	return ~0u;
}

/* A whole number between two places, with nothing beside it. */
static int read_digits(u64 *value, const u8 *text, usize at, usize end, enum field field)
{
	u32 base = fields[field].base;
	*value = 0;
	if (at == end)
		return 0;
	for (; at < end; at++) {
		u32 digit = digit_of(text[at]);
		if (digit >= base || *value > (fields[field].most - digit) / base)
			return 0;
		*value = *value * base + digit;
	}
	return 1;
}

/* The kernel prints the number of a call with its sign. */
static int read_value(u64 *value, const u8 *text, usize at, usize end, enum field field)
{
	int is_negative = field == FIELD_CALL && at < end && text[at] == '-';
	int is_number = read_digits(value, text, at + (usize)is_negative, end, field);
	if (is_negative)
		*value = 0 - *value;
	return is_number;
}

/* Reads the fields, each of which is there once: with a second one, nobody could say which is the kernel's. */
static int read_fields(u64 values[FIELDS], const u8 *text, usize size)
{
	u32 found = 0;
	for (usize at = 0; at < size;) {
		usize end = word_end(text, at, size);
		for (u32 field = 0; field < FIELDS; field++) {
			usize value = behind(text, at, end, fields[field].key);
			if (!value)
				continue;
			if ((found & 1u << field) || !read_value(&values[field], text, value, end, (enum field)field))
				return 0;
			found |= 1u << field;
		}
		at = end + 1;
	}
	return found == (1u << FIELDS) - 1;
}

int record_read(struct kill_record *record, const u8 *bytes, usize size)
{
	struct nlmsghdr header;
	u64 values[FIELDS];
	if (size < sizeof header || size > RECORD_SIZE)
		return 0;
	memcpy(&header, bytes, sizeof header);
	if (header.nlmsg_type != AUDIT_SECCOMP || header.nlmsg_len < sizeof header || header.nlmsg_len > size)
		return 0;
	const u8 *text = bytes + sizeof header;
	usize length = header.nlmsg_len - sizeof header;
	if (!behind(text, 0, length, "audit(") || !read_fields(values, text, length))
		return 0;
	if (values[FIELD_PID] == 0 || values[FIELD_SIGNAL] != SIGSYS || values[FIELD_MACHINE] != MACHINE)
		return 0;
	record->pid = (s32)values[FIELD_PID];
	record->session = (u32)values[FIELD_SESSION];
	record->call = (s32)values[FIELD_CALL];
	record->ip = values[FIELD_ADDRESS];
	return 1;
}
