/*
 * What the gate writes as text, in a hosted program: numbers, addresses and events, one line of input each. With the
 * argument `drop` it writes events into a pipe that nobody reads, then into one with room; with `log` it reads frames.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../../gate/address.c"
#include "../../gate/budget.c"
#include "../../gate/event.c"
#include "../../gate/refusals.c"
#include "../../gate/relay.c"
#include "../../gate/time.c"

static struct image_header header;
struct gate gate = {.image.header = &header};
struct service service;

static u64 now_ns = 1;

u64 monotonic_ns(void)
{
	return now_ns;
}

const char *errno_text(long number)
{
	(void)number;
	return NULL;
}

u64 realtime_ms(void)
{
	return 0;
}

static void number(const char *argument)
{
	char text[32];
	usize size = number_text(text, strtoll(argument, NULL, 10));
	printf("%s %lu\n", text, size);
}

/* An IPv4 or IPv6 socket address as bytes in hexadecimal. */
static int read_address(struct address *address, const char *hex)
{
	u8 sockaddr[28] = {0};
	for (usize i = 0; i < sizeof sockaddr && hex[2 * i] > ' '; i++) {
		unsigned byte;
		sscanf(hex + 2 * i, "%2x", &byte);
		sockaddr[i] = (u8)byte;
	}
	return address_from(address, sockaddr);
}

static void print_address(const char *hex)
{
	struct address address;
	char text[48];
	if (!read_address(&address, hex)) {
		printf("none\n");
		return;
	}
	usize size = address_text(text, &address);
	printf("%s %d %d %lu\n", text, address.port, address_is_loopback(&address), size);
}

static void print_time(const char *ms)
{
	char text[TIME_TEXT_SIZE];
	time_text(text, strtoull(ms, NULL, 10));
	printf("%s\n", text);
}

static void compare(const char *hex)
{
	struct address a, b;
	read_address(&a, hex);
	read_address(&b, strchr(hex, ' ') + 1);
	printf("%d\n", address_same_source(&a, &b));
}

static void event(s64 value)
{
	struct address peer = {.bytes = {0x20, 1, 0xd, 0xb8, [15] = 1}, .port = 65535, .is_v4 = 0};
	event_begin("sample");
	event_number("value", value);
	event_text("word", "exit");
	event_address("peer", "port", &peer);
	event_end();
}

/* So many bytes as a log of them may take. */
static void cost(const char *hex)
{
	static u8 text[4096];
	usize size = 0;
	for (unsigned byte; size < sizeof text && sscanf(hex + 2 * size, "%2x", &byte) == 1; size++)
		text[size] = (u8)byte;
	printf("%llu\n", (unsigned long long)log_cost(text, size));
}

/* A connection that is refused for the reason of this number, or the end of so many milliseconds. */
static void refusal(const char *words)
{
	struct address peer;
	if (words[0] == '+') {
		now_ns += strtoull(words + 1, NULL, 10) * 1000000;
		if (refusals_due() && refusals_due() <= now_ns)
			refusals_tell();
	} else if (read_address(&peer, words + 2)) {
		refuse((enum refusal)(words[0] - '0'), &peer);
	}
}

static int drop(void)
{
	int ends[2];
	if (pipe2(ends, O_NONBLOCK) < 0)
		return 1;
	int reader = fcntl(ends[0], F_DUPFD, EVENTS_FD + 8);
	if (reader < 0 || dup2(ends[1], EVENTS_FD) < 0)
		return 1;
	fcntl(EVENTS_FD, F_SETPIPE_SZ, 4096);
	for (int i = 0; i < 1000; i++)
		event(i);
	event_count_dropped();
	char byte;
	while (read(reader, &byte, 1) == 1)
		putchar(byte);
	event(1000);
	event(1001);
	while (read(reader, &byte, 1) == 1)
		putchar(byte);
	return 0;
}

static void print_event(const char *text, usize size)
{
	fwrite(text, 1, size, stdout);
}

static int log_frames(void)
{
	if (dup2(STDIN_FILENO, OUTER_LOG_FD) < 0)
		return 1;
	event_to(print_event);
	while (relay_log())
		;
	relay_rest();
	return 0;
}

int main(int argc, char **argv)
{
	char input[2 * 4096 + 16];
	if (argc > 1 && strcmp(argv[1], "log") == 0)
		return log_frames();
	if (argc > 1)
		return strcmp(argv[1], "drop") == 0 ? drop() : 2;
	dup2(STDOUT_FILENO, EVENTS_FD);
	while (fgets(input, sizeof input, stdin)) {
		switch (input[0]) {
		case 'n':
			number(input + 2);
			break;
		case 'a':
			print_address(input + 2);
			break;
		case 't':
			print_time(input + 2);
			break;
		case 'c':
			compare(input + 2);
			break;
		case 'l':
			cost(input + 2);
			break;
		case 'r':
			refusal(input + 2);
			break;
		default:
			fflush(stdout);
			event(strtoll(input + 2, NULL, 10));
		}
	}
	return 0;
}
