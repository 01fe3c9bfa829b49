#include "gate.h"

/* A connection that was inherited may be none: no peer has port 0, and variables about it are left out. */
static int is_about_peer(u32 kind)
{
	return kind != ENVIRONMENT_LITERAL && kind != ENVIRONMENT_PID;
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
		memcpy(out, "TCP", 4);
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
		if (computed == COMPUTED || (is_about_peer(table[i].kind) && self->peer.port == 0))
			continue;
		char *out = self->computed[computed++];
		usize length = 0;
		while (text[length] && length < COMPUTED_SIZE - 48) {
			out[length] = text[length];
			length++;
		}
		append_value(self, out + length, table[i].kind);
		self->environment[used++] = out;
	}
	self->environment[used] = NULL;
}
