#include "recorder.h"

/*
 * The list has an entry for each call: "257p1:1.13.30" is call 257, a path in register 1, and three errnos. "p" stands
 * before the register of a path, "a" before that of a socket's address, "b" is for brk.
 */
enum { CALLS = 512 };

static struct wanted calls[CALLS];
static u8 is_wanted[CALLS];

static const char *read_number(const char *at, u32 *number)
{
	if (*at < '0' || *at > '9')
		return NULL;
	*number = 0;
	for (; *at >= '0' && *at <= '9'; at++) {
		if (*number > 100000)
			return NULL;
		*number = *number * 10 + (u32)(*at - '0');
	}
	return at;
}

static const char *read_forms(const char *at, struct wanted *wanted)
{
	for (; *at && *at != ':'; at++) {
		char form = *at;
		if (form == 'b') {
			wanted->is_brk = 1;
			continue;
		}
		char index = *++at;
		if ((form != 'p' && form != 'a') || index < '0' || index > '4')
			return NULL;
		s32 *place = form == 'a' ? &wanted->address : &wanted->paths[wanted->paths[0] >= 0];
		*place = index - '0';
	}
	return *at == ':' ? at : NULL;
}

static const char *read_errnos(const char *at, struct wanted *wanted)
{
	u32 number;
	do {
		at = read_number(at + 1, &number);
		if (!at || number >= 8 * sizeof wanted->errnos)
			return NULL;
		wanted->errnos[number / 8] |= (u8)(1u << number % 8);
	} while (*at == '.');
	return at;
}

int wanted_read(const char *list)
{
	const char *at = list;
	while (*at) {
		u32 nr;
		at = read_number(at, &nr);
		if (!at || nr >= CALLS)
			return 0;
		struct wanted *wanted = &calls[nr];
		memset(wanted, 0, sizeof *wanted);
		wanted->paths[0] = wanted->paths[1] = wanted->address = -1;
		is_wanted[nr] = 1;
		at = read_forms(at, wanted);
		if (at)
			at = read_errnos(at, wanted);
		if (!at || (*at && *at != ','))
			return 0;
		at += *at == ',';
	}
	return 1;
}

const struct wanted *wanted_call(u64 nr)
{
	return nr < CALLS && is_wanted[nr] ? &calls[nr] : NULL;
}

int wanted_errno(const struct wanted *wanted, s64 errno)
{
	return errno > 0 && errno < (s64)(8 * sizeof wanted->errnos) &&
	       (wanted->errnos[errno / 8] >> errno % 8 & 1) != 0;
}
