#include "gate.h"

/* As long as struct sockaddr_un, with a zero behind it. */
enum { PATH_OFFSET = 2, PATH_SIZE = 108 };

/*
 * Variables about a peer of another kind are left out. A connection that was inherited may be none: no peer has port 0.
 */
static int is_known(const struct process *self, u32 kind)
{
	int is_inet = !self->peer.is_unix && self->peer.port != 0;
	switch (kind) {
	case ENVIRONMENT_PID:
		return 1;
	case ENVIRONMENT_PROTOCOL:
		return is_inet || self->peer.is_unix;
	case ENVIRONMENT_PEER_UID:
	case ENVIRONMENT_PEER_GID:
	case ENVIRONMENT_PEER_PATH:
	case ENVIRONMENT_PEER_CONNECTIONS:
		return self->peer.is_unix;
	default:
		return is_inet;
	}
}

/* The path that a client has bound its own end to; it chooses every byte. Most have none, which is an empty one. */
static void append_path(char *out, s32 socket)
{
	u8 sockaddr[PATH_OFFSET + PATH_SIZE + 1] = {0};
	u32 size = PATH_OFFSET + PATH_SIZE;
	if (is_error(syscall3(__NR_getpeername, socket, sockaddr, &size)))
		size = 0;
	for (u32 i = PATH_OFFSET; i < size && sockaddr[i]; i++)
		*out++ = (char)sockaddr[i];
	*out = 0;
}

static void append_value(const struct process *self, char *out, u32 kind)
{
	switch (kind) {
	case ENVIRONMENT_PEER_ADDRESS:
		address_text(out, &self->peer);
		return;
	case ENVIRONMENT_PEER_PORT:
		number_text(out, self->peer.port);
		return;
	case ENVIRONMENT_LOCAL_ADDRESS:
		address_text(out, &self->local);
		return;
	case ENVIRONMENT_LOCAL_PORT:
		number_text(out, self->local.port);
		return;
	case ENVIRONMENT_PROTOCOL:
		memcpy(out, self->peer.is_unix ? "IPC" : "TCP", 4);
		return;
	case ENVIRONMENT_PEER_UID:
		number_text(out, self->peer.uid);
		return;
	case ENVIRONMENT_PEER_GID:
		number_text(out, self->peer.gid);
		return;
	case ENVIRONMENT_PEER_PATH:
		append_path(out, self->socket);
		return;
	case ENVIRONMENT_PEER_CONNECTIONS:
		number_text(out, self->connections);
		return;
	default:
		number_text(out, syscall0(__NR_getpid));
	}
}

void environment_build(struct process *self, const struct step *step)
{
	const struct environment *table = (const void *)(gate.image.data + argument(&gate.image, step, 0));
	u32 count = (u32)argument(&gate.image, step, 1), computed = 0, used = 0;
	for (u32 i = 0; i < count; i++) {
		char *text = (char *)gate.image.data + table[i].text;
		if (table[i].kind == ENVIRONMENT_LITERAL) {
			self->environment[used++] = text;
			continue;
		}
		if (computed == COMPUTED || !is_known(self, table[i].kind))
			continue;
		char *out = self->computed[computed++];
		usize length = 0;
		while (text[length] && length < COMPUTED_SIZE - PATH_SIZE - 1) {
			out[length] = text[length];
			length++;
		}
		append_value(self, out + length, table[i].kind);
		self->environment[used++] = out;
	}
	self->environment[used] = NULL;
}
