#include "peers.h"

#include <asm/socket.h>
#include <linux/in.h>
#include <linux/in6.h>
#include <linux/ipv6.h>
#include <linux/socket.h>
#include <linux/uio.h>

/* These are of include/linux/socket.h, which the kernel does not export. */
enum { FAMILY_IPV4 = 2, FAMILY_IPV6 = 10, LEVEL_IPV4 = 0, LEVEL_IPV6 = 41 };
enum { MESSAGE_CONTROL_LOST = 0x08, MESSAGE_WHOLE_SIZE = 0x20, MESSAGE_NO_WAIT = 0x40 };

struct message {
	void *name;
	s32 name_size;
	struct iovec *pieces;
	usize piece_count;
	void *control;
	usize control_size;
	u32 flags;
};

/* A control message; each is aligned to eight bytes. */
struct control {
	usize size; /* With this head. */
	s32 level;
	s32 type;
	union {
		struct in_pktinfo v4;
		struct in6_pktinfo v6;
	} about;
};
enum { CONTROL_HEAD = 16 };

static int is_link_local(const struct address *address)
{
	return address->bytes[0] == 0xfe && (address->bytes[1] & 0xc0) == 0x80;
}

/*
 * Of IPv4 the destination that stands in the datagram, not the one that the kernel would answer from: an answer to a
 * broadcast is refused by the kernel, so that one datagram has no answers of many hosts.
 */
static int local_from(struct address *local, u32 *interface, const struct control *control)
{
	struct sockaddr_in v4 = {.sin_family = FAMILY_IPV4};
	struct sockaddr_in6 v6 = {.sin6_family = FAMILY_IPV6};
	if (control->level == LEVEL_IPV4 && control->type == IP_PKTINFO) {
		v4.sin_addr = control->about.v4.ipi_addr;
		*interface = (u32)control->about.v4.ipi_ifindex;
		return address_from(local, &v4);
	}
	if (control->level == LEVEL_IPV6 && control->type == IPV6_PKTINFO) {
		v6.sin6_addr = control->about.v6.ipi6_addr;
		*interface = (u32)control->about.v6.ipi6_ifindex;
		return address_from(local, &v6);
	}
	return 0;
}

/* The socket has IP_PKTINFO or IPV6_RECVPKTINFO, which is the one control message that comes. */
long datagram_receive(s32 socket, void *bytes, usize room, struct ends *ends)
{
	struct sockaddr_in6 name;
	struct control control;
	struct iovec piece = {.iov_base = bytes, .iov_len = room};
	struct message message = {.name = &name,
				  .name_size = sizeof name,
				  .pieces = &piece,
				  .piece_count = 1,
				  .control = &control,
				  .control_size = sizeof control};
	u32 interface = 0;
	memset(&name, 0, sizeof name);
	memset(&control, 0, sizeof control);
	memset(ends, 0, sizeof *ends);
	long size = syscall3(__NR_recvmsg, socket, &message, MESSAGE_NO_WAIT | MESSAGE_WHOLE_SIZE);
	if (is_error(size))
		return size;
	if (message.control_size < CONTROL_HEAD || message.flags & MESSAGE_CONTROL_LOST ||
	    !local_from(&ends->local, &interface, &control) || !address_from(&ends->peer, &name))
		return -EINVAL;
	if (is_link_local(&ends->local) || is_link_local(&ends->peer))
		ends->scope = interface;
	ends->is_v4_socket = name.sin6_family == FAMILY_IPV4;
	return size;
}

static u16 network_port(u16 port)
{
	return (u16)(port >> 8 | port << 8);
}

static long answer_v4(s32 socket, struct message *message, const struct ends *ends)
{
	struct sockaddr_in name = {.sin_family = FAMILY_IPV4, .sin_port = network_port(ends->peer.port)};
	struct control control;
	memset(&control, 0, sizeof control);
	control.size = CONTROL_HEAD + sizeof control.about.v4;
	control.level = LEVEL_IPV4;
	control.type = IP_PKTINFO;
	memcpy(&name.sin_addr, ends->peer.bytes + 12, 4);
	memcpy(&control.about.v4.ipi_spec_dst, ends->local.bytes + 12, 4);
	message->name = &name;
	message->name_size = sizeof name;
	message->control = &control;
	message->control_size = sizeof control;
	return syscall3(__NR_sendmsg, socket, message, MESSAGE_NO_WAIT);
}

static long answer_v6(s32 socket, struct message *message, const struct ends *ends)
{
	struct sockaddr_in6 name = {.sin6_family = FAMILY_IPV6,
				    .sin6_port = network_port(ends->peer.port),
				    .sin6_scope_id = is_link_local(&ends->peer) ? ends->scope : 0};
	struct control control;
	memset(&control, 0, sizeof control);
	control.size = CONTROL_HEAD + sizeof control.about.v6;
	control.level = LEVEL_IPV6;
	control.type = IPV6_PKTINFO;
	memcpy(&name.sin6_addr, ends->peer.bytes, 16);
	memcpy(&control.about.v6.ipi6_addr, ends->local.bytes, 16);
	control.about.v6.ipi6_ifindex = (int)ends->scope;
	message->name = &name;
	message->name_size = sizeof name;
	message->control = &control;
	message->control_size = sizeof control;
	return syscall3(__NR_sendmsg, socket, message, MESSAGE_NO_WAIT);
}

/* From the address that was asked; the kernel would take another where the host has several. */
long datagram_answer(s32 socket, const void *bytes, usize size, const struct ends *ends)
{
	struct iovec piece = {.iov_base = (void *)bytes, .iov_len = size};
	struct message message = {.pieces = &piece, .piece_count = 1};
	return ends->is_v4_socket ? answer_v4(socket, &message, ends) : answer_v6(socket, &message, ends);
}
