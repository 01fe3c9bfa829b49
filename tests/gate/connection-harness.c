/*
 * The reader of the kernel's answers about a connection in a hosted program, watched by the sanitizers: whole answers,
 * all that are cut short, and many that are damaged.
 *
 *   connection-harness ROUNDS SEED
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/sock_diag.h>
#include <linux/tcp.h>

#include "../../gate/connection.h"

enum { QUESTION = 77, LISTENS = 10, ESTABLISHED = 1 };
static const u64 COOKIE = 0x1234567800000009;

struct service service;

long system_call(long nr, long a, long b, long c, long d, long e, long f)
{
	return nr + a + b + c + d + e + f ? -ENOSYS : -ENOSYS;
}

void heap_set(struct session *session, enum heap heap, u64 due_ns)
{
	session->waits[heap].due_ns = due_ns;
}

static u64 state;

static u32 below(u32 limit)
{
	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return (u32)(state % limit);
}

static void require(int holds, const char *what)
{
	if (holds)
		return;
	fprintf(stderr, "wrong: %s\n", what);
	abort();
}

struct answer_bytes {
	struct nlmsghdr header;
	struct inet_diag_msg socket;
	struct nlattr shutdown;
	u8 shutdown_value[4];
	struct nlattr times;
	struct tcp_info info;
} __attribute__((packed));

static struct answer_bytes whole(void)
{
	struct answer_bytes bytes;
	memset(&bytes, 0, sizeof bytes);
	bytes.header =
		(struct nlmsghdr){.nlmsg_len = sizeof bytes, .nlmsg_type = SOCK_DIAG_BY_FAMILY, .nlmsg_seq = QUESTION};
	bytes.socket.idiag_state = ESTABLISHED;
	bytes.socket.idiag_inode = 5;
	bytes.socket.id.idiag_cookie[0] = (u32)COOKIE;
	bytes.socket.id.idiag_cookie[1] = (u32)(COOKIE >> 32);
	bytes.shutdown = (struct nlattr){.nla_len = sizeof(struct nlattr) + 1, .nla_type = INET_DIAG_SHUTDOWN};
	bytes.times = (struct nlattr){.nla_len = sizeof(struct nlattr) + sizeof bytes.info, .nla_type = INET_DIAG_INFO};
	bytes.info.tcpi_last_data_recv = 300;
	bytes.info.tcpi_last_data_sent = 200;
	bytes.info.tcpi_bytes_received = 7;
	return bytes;
}

/* In memory of exactly that size, so that a byte behind it is found. */
static enum answer read_exactly(const void *bytes, usize size, struct connection *connection)
{
	u8 *copy = malloc(size ? size : 1);
	memcpy(copy, bytes, size);
	enum answer answer = connection_read(size ? copy : copy + 1, size, QUESTION, COOKIE, connection);
	free(copy);
	return answer;
}

static void fixed(void)
{
	struct connection connection = {0, 0};
	struct answer_bytes bytes = whole();
	require(read_exactly(&bytes, sizeof bytes, &connection) == ANSWER_OPEN, "a whole answer is open");
	require(connection.received == 7 && connection.quiet_ms == 200, "the times of a whole answer");
	for (usize size = 0; size < sizeof bytes; size++)
		require(read_exactly(&bytes, size, &connection) != ANSWER_OPEN, "one that is cut short is not open");
	bytes.header.nlmsg_seq++;
	require(read_exactly(&bytes, sizeof bytes, &connection) == ANSWER_OTHER, "one to another question");
	bytes = whole();
	bytes.socket.idiag_state = LISTENS;
	require(read_exactly(&bytes, sizeof bytes, &connection) == ANSWER_ENDED, "the listener");
	bytes = whole();
	bytes.socket.id.idiag_cookie[1]++;
	require(read_exactly(&bytes, sizeof bytes, &connection) == ANSWER_ENDED, "a later connection");
	bytes = whole();
	bytes.socket.idiag_inode = 0;
	require(read_exactly(&bytes, sizeof bytes, &connection) == ANSWER_ENDED, "one that nobody has open");
	static const s32 errors[] = {-ENOENT, -ESTALE, -ENOMEM, 0};
	for (u32 i = 0; i < 4; i++) {
		bytes = whole();
		bytes.header.nlmsg_type = NLMSG_ERROR;
		memcpy(&bytes.socket, &errors[i], sizeof errors[i]);
		require(read_exactly(&bytes, sizeof bytes, &connection) == (i < 2 ? ANSWER_ENDED : ANSWER_UNKNOWN),
			"an error");
	}
}

int main(int argc, char **argv)
{
	if (argc != 3)
		return 2;
	u32 rounds = (u32)atoi(argv[1]), seen[4] = {0, 0, 0, 0};
	state = (u64)atoi(argv[2]) * 0x9e3779b97f4a7c15ull + 1;
	fixed();
	for (u32 round = 0; round < rounds; round++) {
		struct answer_bytes bytes = whole();
		struct connection connection = {0, 0};
		for (u32 changes = below(4); changes > 0; changes--)
			((u8 *)&bytes)[below(below(2) ? sizeof bytes : 112)] = (u8)below(256);
		usize size = below(2) ? sizeof bytes : below(sizeof bytes + 1);
		if (below(2) && size >= sizeof bytes.header)
			bytes.header.nlmsg_len = (u32)size;
		seen[read_exactly(&bytes, size, &connection)]++;
	}
	printf("%u %u %u %u\n", seen[0], seen[1], seen[2], seen[3]);
	return 0;
}
