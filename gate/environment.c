#include "gate.h"

/* Variables with a value of their own: two addresses, two ports, and their aliases. */
enum { TEXT_SIZE = 96, COMPUTED = 12 };

/* A connection that was inherited may be none: no peer has port 0, and variables about it are left out. */
static int is_about_peer(u32 kind)
{
	return kind != ENVIRONMENT_LITERAL && kind != ENVIRONMENT_PID;
}


static char *vector[IMAGE_MAX_ENVIRONMENT + 1];
static char texts[COMPUTED][TEXT_SIZE];
static struct address peer_address, local_address;

void environment_set_peer(const struct address *peer, const struct address *local)
{
	peer_address = *peer;
	local_address = *local;
}

static void append_value(char *out, u32 kind)
{
	switch (kind) {
	case ENVIRONMENT_PEER_ADDRESS:
		address_text(out, &peer_address);
		return;
	case ENVIRONMENT_PEER_PORT:
		number_text(out, peer_address.port);
		return;
	case ENVIRONMENT_LOCAL_ADDRESS:
		address_text(out, &local_address);
		return;
	case ENVIRONMENT_LOCAL_PORT:
		number_text(out, local_address.port);
		return;
	case ENVIRONMENT_PROTOCOL:
		memcpy(out, "TCP", 4);
		return;
	default:
		number_text(out, syscall0(__NR_getpid));
	}
}

void environment_build(const struct step *step)
{
	const struct environment *table = (const void *)(gate.image.data + argument(&gate.image, step, 0));
	u32 count = (u32)argument(&gate.image, step, 1), computed = 0, used = 0;
	for (u32 i = 0; i < count; i++) {
		char *text = (char *)gate.image.data + table[i].text;
		if (table[i].kind == ENVIRONMENT_LITERAL) {
			vector[used++] = text;
			continue;
		}
		if (computed == COMPUTED || (is_about_peer(table[i].kind) && peer_address.port == 0))
			continue;
		char *out = texts[computed++];
		usize length = 0;
		while (text[length] && length < TEXT_SIZE - 48) {
			out[length] = text[length];
			length++;
		}
		append_value(out + length, table[i].kind);
		vector[used++] = out;
	}
	vector[used] = NULL;
}

char **environment_vector(void)
{
	return vector;
}
