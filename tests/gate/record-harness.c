/*
 * What the gate reads in a record of the kernel's audit, in a hosted program. Its input is messages, each behind its
 * length; of each it prints the numbers, or that it is none. With the argument `filter` the input begins with a filter
 * for the socket of the audit, and of each message it prints how much passes.
 */
#include <linux/filter.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

/* The kernel's header of signals and the C library's do not stand beside each other. */
#define _LINUX_SIGNAL_H
#include <signal.h>

#include "../../gate/record.c"

/* The next block, in memory of exactly its size; NULL at the end. */
static u8 *next(u32 *size)
{
	if (fread(size, sizeof *size, 1, stdin) != 1)
		return NULL;
	u8 *bytes = malloc(*size ? *size : 1);
	if (!bytes || fread(bytes, 1, *size, stdin) != *size)
		exit(3);
	return bytes;
}

static void print_record(const u8 *bytes, u32 size)
{
	struct kill_record record;
	if (record_read(&record, bytes, size))
		printf("%u %d %d %llu\n", record.session, record.pid, record.call, (unsigned long long)record.ip);
	else
		printf("none\n");
}

static int filtered_socket(int ends[2])
{
	u32 size;
	struct sock_filter *code = (void *)next(&size);
	struct sock_fprog filter = {.len = (unsigned short)(size / sizeof *code), .filter = code};
	if (!code || socketpair(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK, 0, ends) != 0)
		return -1;
	int result = setsockopt(ends[1], SOL_SOCKET, SO_ATTACH_FILTER, &filter, sizeof filter);
	free(code);
	return result;
}

static void print_passed(const int ends[2], const u8 *bytes, u32 size)
{
	static u8 passed[RECORD_SIZE];
	send(ends[0], bytes, size, 0);
	printf("%ld\n", (long)recv(ends[1], passed, sizeof passed, 0));
}

int main(int argc, char **argv)
{
	int ends[2];
	int filters = argc > 1 && strcmp(argv[1], "filter") == 0;
	u32 size;
	u8 *bytes;
	if (filters && filtered_socket(ends) != 0)
		return 2;
	while ((bytes = next(&size)) != NULL) {
		if (filters)
			print_passed(ends, bytes, size);
		else
			print_record(bytes, size);
		free(bytes);
	}
	return 0;
}
