#include "text.h"

enum { MS_A_SECOND = 1000, SECONDS_A_DAY = 24 * 60 * 60, FIRST_YEAR = 1970, FEBRUARY = 1 };

static u32 is_leap(u32 year)
{
	return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
}

static u32 days_of(u32 month, u32 year)
{
	static const u8 days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
	return days[month] + (month == FEBRUARY ? is_leap(year) : 0);
}

/* Writes the last digits of a number and what stands behind them; returns what follows. */
static char *put_digits(char *out, u32 number, int digits, char behind)
{
	for (int i = digits - 1; i >= 0; i--, number /= 10)
		out[i] = (char)('0' + number % 10);
	out[digits] = behind;
	return out + digits + 1;
}

/*
 * ISO 8601 in UTC, with a year of four digits, which the clock of the kernel does not leave. Counts years, then
 * months.
 */
void time_text(char *out, u64 ms)
{
	u64 seconds = ms / MS_A_SECOND;
	u32 days = (u32)(seconds / SECONDS_A_DAY), rest = (u32)(seconds % SECONDS_A_DAY);
	u32 year = FIRST_YEAR, month = 0;
	for (; days >= 365 + is_leap(year); year++)
		days -= 365 + is_leap(year);
	for (; days >= days_of(month, year); month++)
		days -= days_of(month, year);
	out = put_digits(out, year, 4, '-');
	out = put_digits(out, month + 1, 2, '-');
	out = put_digits(out, days + 1, 2, 'T');
	out = put_digits(out, rest / 3600, 2, ':');
	out = put_digits(out, rest / 60 % 60, 2, ':');
	out = put_digits(out, rest % 60, 2, '.');
	out = put_digits(out, (u32)(ms % MS_A_SECOND), 3, 'Z');
	*out = 0;
}
