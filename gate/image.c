#include "image.h"

_Static_assert(sizeof(struct image_header) == 64, "src/plan/image/encode.ts writes 64 bytes");
_Static_assert(sizeof(struct step) == 40, "src/plan/image/encode.ts writes 40 bytes");
_Static_assert(sizeof(struct patch) == 16, "src/plan/image/encode.ts writes 16 bytes");
_Static_assert(sizeof(struct check) == 24, "src/plan/image/encode.ts writes 24 bytes");
_Static_assert(sizeof(struct serve) == 408, "src/plan/image/encode.ts writes 408 bytes");

/* One step of the remainder for each byte, from a table: by bits it would take as long as all namespaces together. */
static u32 crc32(const u8 *bytes, usize size)
{
	u32 table[256];
	for (u32 byte = 0; byte < 256; byte++) {
		table[byte] = byte;
		for (int bit = 0; bit < 8; bit++)
			table[byte] = (table[byte] >> 1) ^ (0xedb88320u & (0u - (table[byte] & 1u)));
	}
	u32 crc = ~0u;
	for (usize i = 0; i < size; i++)
		crc = (crc >> 8) ^ table[(u8)(crc ^ bytes[i])];
	return ~crc;
}

static int fits(u64 offset, u64 size, u32 whole)
{
	return offset <= whole && size <= whole - offset;
}

/* A structure in the data area that holds 64-bit fields lies on their boundary. */
static int holds(u64 offset, u64 size, u32 whole)
{
	return offset % 8 == 0 && fits(offset, size, whole);
}

/* Strings and structures that are checked here stay as they are: no step may write to them later. */
static int is_patched(const struct image *image, u64 offset, u64 size)
{
	for (u32 i = 0; i < image->header->patch_count; i++) {
		const struct patch *patch = &image->patches[i];
		if (patch->target < offset + size && offset < (u64)patch->target + patch->width)
			return 1;
	}
	return 0;
}

static const char *check_environment(const struct image *image, const struct step *step)
{
	u32 whole = image->header->data_size;
	u64 offset = argument(image, step, 0), count = argument(image, step, 1);
	if (count > IMAGE_MAX_ENVIRONMENT || !holds(offset, count * sizeof(struct environment), whole))
		return "the environment lies outside the image";
	if (is_patched(image, offset, count * sizeof(struct environment)))
		return "the environment is not constant";
	const struct environment *table = (const void *)(image->data + offset);
	for (u64 i = 0; i < count; i++)
		if (table[i].kind >= ENVIRONMENT_COUNT || table[i].text >= whole)
			return "a variable of the environment is not known";
	return NULL;
}

static int is_rate(u64 interval_ns, u32 burst)
{
	return interval_ns <= IMAGE_MAX_INTERVAL_NS && burst > 0 && burst <= IMAGE_MAX_SESSIONS;
}

static const char *check_admission(const struct serve *serve)
{
	if (!is_rate(serve->source_interval_ns, serve->source_burst) ||
	    !is_rate(serve->total_interval_ns, serve->total_burst))
		return "the rate of connections is not possible";
	if (serve->penalty_count > IMAGE_MAX_PENALTIES || serve->penalty_most_ns > IMAGE_MAX_INTERVAL_NS)
		return "the penalties are not possible";
	for (u32 i = 0; i < serve->penalty_count; i++)
		if (serve->penalties[i].cause >= PENALTY_COUNT || serve->penalties[i].added_ns > IMAGE_MAX_INTERVAL_NS)
			return "a penalty is not possible";
	return NULL;
}

/* Sessions' steps write nothing there, and no other step does: the gate reads the tables as they are. */
static int is_table(const struct image *image, u32 offset, u32 count, u32 width)
{
	u64 size = (u64)count * width;
	return count <= IMAGE_MAX_TURNS && holds(offset, size, image->header->data_size) &&
	       !is_patched(image, offset, size);
}

/* The limits of connections, and of peers of datagram sockets. */
static const char *check_limits(const struct image *image, const struct serve *serve)
{
	int is_peer = serve->handoff == HANDOFF_PEER;
	if (serve->handoff != HANDOFF_CONNECTION && (serve->first_byte_ms || (serve->idle_ms && !is_peer)))
		return "the limits of connections are not possible";
	if (is_peer &&
	    (!serve->datagram_interval_ns || serve->datagram_interval_ns > IMAGE_MAX_INTERVAL_NS ||
	     !serve->datagram_burst || serve->datagram_burst > IMAGE_MAX_INTERVAL_NS / serve->datagram_interval_ns ||
	     !serve->amplification))
		return "the limits of datagrams are not possible";
	if (serve->refused_port_count > IMAGE_MAX_PORTS ||
	    !is_table(image, serve->refused_ports, serve->refused_port_count, sizeof(u32)))
		return "the ports of services lie outside the image";
	return NULL;
}

static const char *check_serve(const struct image *image, const struct step *step)
{
	u32 slots = image->header->slot_count;
	u64 offset = argument(image, step, 0);
	if (!holds(offset, sizeof(struct serve), image->header->data_size))
		return "the service's numbers lie outside the image";
	if (is_patched(image, offset, sizeof(struct serve)))
		return "the service's numbers are not constant";
	const struct serve *serve = (const void *)(image->data + offset);
	int inherited = serve->handoff == HANDOFF_INHERITED;
	if (serve->handoff > HANDOFF_PEER || (serve->listener_count == 0) != inherited ||
	    serve->listener_count > IMAGE_MAX_LISTENERS || (inherited && serve->sessions != 1) ||
	    (serve->handoff == HANDOFF_LISTENER && serve->listener_count != 1))
		return "the listeners are not possible";
	for (u32 i = 0; i < serve->listener_count; i++)
		if (serve->listener_slots[i] >= slots)
			return "a listener has no slot";
	if (serve->epoll_slot >= slots || serve->signal_slot >= slots ||
	    (serve->connection_slot >= slots && !inherited) ||
	    (serve->log_slot >= slots && serve->log_slot != NO_SLOT) ||
	    (serve->notify_slot >= slots && serve->notify_slot != NO_SLOT))
		return "a descriptor of the service has no slot";
	if (serve->sessions == 0 || serve->sessions > IMAGE_MAX_SESSIONS || serve->per_source == 0)
		return "the number of sessions is not possible";
	if (serve->end_signal == 0 || serve->end_signal > IMAGE_LAST_SIGNAL)
		return "the signal that ends a session is not possible";
	if (serve->access_asked > 1 || !is_table(image, serve->access_v4, serve->access_v4_count, 4) ||
	    !is_table(image, serve->access_v6, serve->access_v6_count, 16))
		return "the access list lies outside the image";
	if (serve->peers_asked > 1 || serve->peer_users > IMAGE_MAX_PEERS || serve->peer_groups > IMAGE_MAX_PEERS ||
	    !is_table(image, serve->peers, serve->peer_users + serve->peer_groups, sizeof(struct peer_user)))
		return "the list of users lies outside the image";
	const char *problem = check_limits(image, serve);
	return problem ? problem : check_admission(serve);
}

/* Below the first are the standard descriptors, and a plan has no number as high as the last. */
enum { FIRST_DESCRIPTOR = 3, LAST_DESCRIPTOR = 63 };

static const char *check_inherit(const struct image *image, const struct step *step)
{
	u32 whole = image->header->data_size;
	u64 offset = argument(image, step, 0), count = argument(image, step, 1);
	if (step->roles != ROLE_OUTER || count == 0 || count > IMAGE_MAX_LISTENERS ||
	    !is_table(image, (u32)offset, (u32)count, sizeof(struct wanted_socket)))
		return "the sockets that are passed lie outside the image";
	const struct wanted_socket *wanted = (const void *)(image->data + offset);
	for (u64 i = 0; i < count; i++)
		if (wanted[i].name >= whole || wanted[i].descriptor < FIRST_DESCRIPTOR ||
		    wanted[i].descriptor > LAST_DESCRIPTOR)
			return "a socket that is passed has no place";
	return NULL;
}

static const char *check_exec(const struct image *image, const struct step *step)
{
	/* The path is an address of page 0 or a string; argv is an array of argc pointers and a NULL. */
	u64 vector = argument(image, step, 1), count = argument(image, step, 2);
	if (count == 0 || count > IMAGE_MAX_SIZE || !holds(vector, 8 * (count + 1), image->header->data_size))
		return "the arguments of exec lie outside the image";
	return NULL;
}

/* Behind the last argument no kind is left over: there a zero is a zero. */
static const char *check_arguments(const struct image *image, const struct step *step)
{
	const struct image_header *header = image->header;
	if (step->argument_count > IMAGE_MAX_ARGUMENTS || step->kinds >> (OPERAND_BITS * step->argument_count) ||
	    !fits(step->argument_first, step->argument_count, header->word_count))
		return "a step's arguments lie outside the image";
	for (u32 i = 0; i < step->argument_count; i++) {
		enum operand kind = argument_kind(step, i);
		u32 limit = kind == OPERAND_DATA ? header->data_size : header->slot_count;
		if (kind >= OPERAND_COUNT)
			return "an argument is of no known kind";
		if (kind != OPERAND_VALUE && argument(image, step, i) >= limit)
			return "an argument lies outside the image";
	}
	return NULL;
}

/*
 * Sessions execute their steps in the gate's memory, many at a time. A result that one of them wrote there could be
 * taken for another's, so none is kept and none is compared; the addresses that they patch in are the same for all.
 */
static int is_for_sessions(const struct image *image, const struct step *step)
{
	if ((step->verb != VERB_CALL && step->verb != VERB_ENV && step->verb != VERB_EXEC) || step->store != NO_SLOT ||
	    step->check_count)
		return 0;
	for (u32 i = 0; i < step->patch_count; i++)
		if (image->patches[step->patch_first + i].kind != OPERAND_DATA)
			return 0;
	return 1;
}

static const char *check_step(const struct image *image, const struct step *step)
{
	const struct image_header *header = image->header;
	if (step->verb >= VERB_COUNT || step->expect >= EXPECT_COUNT || step->name >= header->data_size ||
	    step->roles == 0 || step->roles > (ROLE_OUTER | ROLE_INNER | ROLE_SESSION))
		return "a step is not known";
	const char *problem = check_arguments(image, step);
	if (problem)
		return problem;
	if (step->store != NO_SLOT && step->store >= header->slot_count)
		return "a result has no slot";
	if (!fits(step->patch_first, step->patch_count, header->patch_count) ||
	    !fits(step->check_first, step->check_count, header->check_count))
		return "a step's patches or checks lie outside the image";
	if ((step->roles & ROLE_SESSION) && !is_for_sessions(image, step))
		return "a session's step writes to memory that sessions share";
	switch (step->verb) {
	case VERB_SPLIT:
		return argument(image, step, 0) < SPLIT_COUNT && argument(image, step, 1) <= 1
			       ? NULL
			       : "what the outer gate does is not known";
	case VERB_ENV:
		return check_environment(image, step);
	case VERB_SERVE:
		return check_serve(image, step);
	case VERB_EXEC:
		return check_exec(image, step);
	case VERB_ENTER:
		return argument(image, step, 0) < IMAGE_PAGE_ZERO_SIZE ? NULL : "the instructions do not lie in page 0";
	case VERB_QUEUE:
		return argument(image, step, 0) <= IMAGE_LAST_STANDARD ? NULL : "a queue is of no standard descriptor";
	case VERB_INHERIT:
		return check_inherit(image, step);
	default:
		return NULL;
	}
}

static const char *check_tables(const struct image *image)
{
	const struct image_header *header = image->header;
	/* The last byte stays zero: every string ends. */
	for (u32 i = 0; i < header->patch_count; i++) {
		const struct patch *patch = &image->patches[i];
		u32 limit = patch->kind == OPERAND_DATA ? header->data_size : header->slot_count;
		if ((patch->kind != OPERAND_DATA && patch->kind != OPERAND_SLOT) || patch->source >= limit ||
		    (patch->width != 4 && patch->width != 8 && patch->width != PATCH_DECIMAL) || patch->reserved ||
		    (patch->width != PATCH_DECIMAL && patch->target % patch->width) ||
		    !fits(patch->target, patch->width, header->data_size - 1))
			return "a patch lies outside the image";
	}
	for (u32 i = 0; i < header->check_count; i++) {
		const struct check *check = &image->checks[i];
		if ((check->width != 4 && check->width != 8) || check->offset % check->width ||
		    !fits(check->offset, check->width, header->data_size))
			return "a check lies outside the image";
	}
	return NULL;
}

const char *image_open(struct image *image, u8 *bytes, usize size)
{
	struct image_header *header = (void *)bytes;
	if (size < sizeof *header || memcmp(header->magic, IMAGE_MAGIC, sizeof header->magic) != 0)
		return "this is no image";
	if (header->version != IMAGE_VERSION)
		return "the image is of another version";
	if (header->machine != MACHINE)
		return "the image is for another machine";
	if (header->size != size || size > IMAGE_MAX_SIZE)
		return "the image is not whole";
	if (header->checksum != crc32(bytes + 24, size - 24))
		return "the image is damaged";
	u64 tables = sizeof *header + (u64)header->step_count * sizeof(struct step) +
		     (u64)header->word_count * sizeof(u64) + (u64)header->patch_count * sizeof(struct patch) +
		     (u64)header->check_count * sizeof(struct check);
	if (tables + header->data_size != size || header->data_size == 0 || bytes[size - 1] != 0 ||
	    header->step_count == 0 || header->slot_count > IMAGE_MAX_SLOTS)
		return "the tables of the image do not fit";
	if (header->service >= header->data_size || header->plan_text >= header->data_size ||
	    header->errno_names >= header->data_size)
		return "the texts of the image lie outside it";

	image->header = header;
	image->steps = (void *)(bytes + sizeof *header);
	image->words = (void *)(image->steps + header->step_count);
	image->patches = (void *)(image->words + header->word_count);
	image->checks = (void *)(image->patches + header->patch_count);
	image->data = (u8 *)(image->checks + header->check_count);
	const char *problem = check_tables(image);
	for (u32 i = 0; problem == NULL && i < header->step_count; i++)
		problem = check_step(image, &image->steps[i]);
	return problem;
}
