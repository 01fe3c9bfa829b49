#include "connection.h"
#include "descriptors.h"

#include <asm/socket.h>
#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/sock_diag.h>
#include <linux/tcp.h>

/* Of include/linux/socket.h, include/net/tcp_states.h and include/linux/stddef.h, which the kernel does not export. */
enum { FAMILY_INET6 = 10, STREAM_PROTOCOL = 6, STATE_LISTEN = 10, DO_NOT_WAIT = 0x40 };
#define END_OF(type, member) (__builtin_offsetof(type, member) + sizeof(((type *)0)->member))

/* A question has one answer; others are left from earlier ones. */
enum { MOST_ANSWERS = 8 };

static u32 last_question;

/*
 * The number of the connection is never given twice, while its addresses may be those of a later one. A connection of
 * one interface alone is found by that. Zero when it has no number.
 */
int connection_note(struct session *session, s32 socket)
{
	u32 size = sizeof session->cookie;
	if (syscall5(__NR_getsockopt, socket, SOL_SOCKET, SO_COOKIE, &session->cookie, &size) != 0)
		return 0;
	size = sizeof session->interface;
	if (syscall5(__NR_getsockopt, socket, SOL_SOCKET, SO_BINDTOIFINDEX, &session->interface, &size) != 0)
		session->interface = 0;
	return 1;
}

/* It is looked at when the first of its limits can be reached. */
void connection_watch(struct session *session)
{
	const struct serve *numbers = service.numbers;
	u64 first_byte_ms = numbers->first_byte_ms ? numbers->first_byte_ms : ~0ull;
	u64 idle_ms = numbers->idle_ms ? numbers->idle_ms : ~0ull;
	heap_set(session, HEAP_WATCHED,
		 session->started_ns + (idle_ms < first_byte_ms ? idle_ms : first_byte_ms) * MS_NS);
}

static enum answer read_error(const u8 *bytes, usize size)
{
	s32 error;
	if (size < sizeof error)
		return ANSWER_UNKNOWN;
	memcpy(&error, bytes, sizeof error);
	return error == -ENOENT || error == -ESTALE ? ANSWER_ENDED : ANSWER_UNKNOWN;
}

static enum answer read_times(const u8 *bytes, usize size, struct connection *connection)
{
	const usize needed = END_OF(struct tcp_info, tcpi_bytes_received);
	struct tcp_info info;
	if (size < needed)
		return ANSWER_UNKNOWN;
	memset(&info, 0, sizeof info);
	memcpy(&info, bytes, needed);
	connection->received = info.tcpi_bytes_received;
	connection->quiet_ms = info.tcpi_last_data_recv < info.tcpi_last_data_sent ? info.tcpi_last_data_recv
										   : info.tcpi_last_data_sent;
	return ANSWER_OPEN;
}

/* One that nobody has open any more has no inode. */
static enum answer read_socket(const u8 *bytes, usize size, u64 cookie, struct connection *connection)
{
	struct inet_diag_msg socket;
	struct nlattr attribute;
	if (size < sizeof socket)
		return ANSWER_UNKNOWN;
	memcpy(&socket, bytes, sizeof socket);
	u64 found = (u64)socket.id.idiag_cookie[1] << 32 | socket.id.idiag_cookie[0];
	if (socket.idiag_state == STATE_LISTEN || found != cookie || !socket.idiag_inode)
		return ANSWER_ENDED;
	for (usize at = sizeof socket; size - at >= sizeof attribute;) {
		memcpy(&attribute, bytes + at, sizeof attribute);
		if (attribute.nla_len < sizeof attribute || attribute.nla_len > size - at)
			return ANSWER_UNKNOWN;
		if ((attribute.nla_type & NLA_TYPE_MASK) == INET_DIAG_INFO)
			return read_times(bytes + at + sizeof attribute, attribute.nla_len - sizeof attribute,
					  connection);
		usize length = (usize)NLA_ALIGN((int)attribute.nla_len);
		at = length > size - at ? size : at + length;
	}
	return ANSWER_UNKNOWN;
}

enum answer connection_read(const u8 *bytes, usize size, u32 question, u64 cookie, struct connection *connection)
{
	struct nlmsghdr header;
	if (size < sizeof header)
		return ANSWER_UNKNOWN;
	memcpy(&header, bytes, sizeof header);
	if (header.nlmsg_seq != question)
		return ANSWER_OTHER;
	if (header.nlmsg_len < sizeof header || header.nlmsg_len > size)
		return ANSWER_UNKNOWN;
	usize length = header.nlmsg_len - sizeof header;
	if (header.nlmsg_type == NLMSG_ERROR)
		return read_error(bytes + sizeof header, length);
	if (header.nlmsg_type == SOCK_DIAG_BY_FAMILY)
		return read_socket(bytes + sizeof header, length, cookie, connection);
	return ANSWER_UNKNOWN;
}

static __be16 port_of(const struct address *address)
{
	return (__be16)(address->port >> 8 | address->port << 8);
}

/* IPv4 is asked as it is mapped into IPv6, which finds sockets of both families. */
static long ask(const struct session *session)
{
	struct {
		struct nlmsghdr header;
		struct inet_diag_req_v2 request;
	} question;
	memset(&question, 0, sizeof question);
	question.header.nlmsg_len = sizeof question;
	question.header.nlmsg_type = SOCK_DIAG_BY_FAMILY;
	question.header.nlmsg_flags = NLM_F_REQUEST;
	question.header.nlmsg_seq = ++last_question;
	struct inet_diag_req_v2 *request = &question.request;
	request->sdiag_family = FAMILY_INET6;
	request->sdiag_protocol = STREAM_PROTOCOL;
	request->idiag_ext = 1 << (INET_DIAG_INFO - 1);
	request->idiag_states = ~0u;
	request->id.idiag_sport = port_of(&session->local);
	request->id.idiag_dport = port_of(&session->peer);
	memcpy(request->id.idiag_src, session->local.bytes, sizeof session->local.bytes);
	memcpy(request->id.idiag_dst, session->peer.bytes, sizeof session->peer.bytes);
	request->id.idiag_if = session->interface;
	request->id.idiag_cookie[0] = (u32)session->cookie;
	request->id.idiag_cookie[1] = (u32)(session->cookie >> 32);
	return syscall6(__NR_sendto, TIMES_FD, (long)&question, sizeof question, DO_NOT_WAIT, 0, 0);
}

/* The kernel answers while it takes the question. */
enum answer connection_ask(const struct session *session, struct connection *connection)
{
	u8 bytes[ANSWER_SIZE];
	if (is_error(ask(session)))
		return ANSWER_UNKNOWN;
	for (u32 count = 0; count < MOST_ANSWERS; count++) {
		long size = syscall6(__NR_recvfrom, TIMES_FD, (long)bytes, sizeof bytes, DO_NOT_WAIT, 0, 0);
		if (is_error(size))
			return ANSWER_UNKNOWN;
		enum answer answer = connection_read(bytes, (usize)size, last_question, session->cookie, connection);
		if (answer != ANSWER_OTHER)
			return answer;
	}
	return ANSWER_UNKNOWN;
}
