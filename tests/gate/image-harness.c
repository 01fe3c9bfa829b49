/*
 * The image parser in a hosted program, so that the sanitizers watch it: opens the image that it is given, then many
 * mutations of it. What the parser accepts is used as the gate would use it, every byte of it inside the image.
 */
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../gate/image.c"

enum { MAX_REASONS = 64 };

static struct {
	const char *text;
	unsigned count;
} reasons[MAX_REASONS];

static void count_reason(const char *text)
{
	int i = 0;
	while (reasons[i].text && strcmp(reasons[i].text, text) != 0)
		i++;
	reasons[i].text = text;
	reasons[i].count++;
}

static u64 state = 88172645463325252u;

static u64 random_below(u64 limit)
{
	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return state % limit;
}

static u32 crc_table[256];

static void fill_crc_table(void)
{
	for (u32 i = 0; i < 256; i++) {
		u32 crc = i;
		for (int bit = 0; bit < 8; bit++)
			crc = (crc >> 1) ^ (crc & 1 ? 0xedb88320u : 0);
		crc_table[i] = crc;
	}
}

static u32 fast_crc32(const u8 *bytes, usize size)
{
	u32 crc = ~0u;
	for (usize i = 0; i < size; i++)
		crc = (crc >> 8) ^ crc_table[(crc ^ bytes[i]) & 0xff];
	return ~crc;
}

static void require(int holds, const char *what)
{
	if (holds)
		return;
	fprintf(stderr, "accepted although it is out of bounds: %s\n", what);
	abort();
}

static u64 used; /* The sum of what was read, so that no read is left out. */

/* Patches write what is known only at launch: anything. */
static void use_patches(const struct image *image, const struct step *step)
{
	for (u32 i = 0; i < step->patch_count; i++) {
		const struct patch *patch = &image->patches[step->patch_first + i];
		u32 limit = patch->kind == OPERAND_DATA ? image->header->data_size : image->header->slot_count;
		require(patch->source < limit, "patch");
		memset(image->data + patch->target, 0xff, patch->width);
	}
}

static void use_step(const struct image *image, const struct step *step)
{
	const u32 whole = image->header->data_size, slots = image->header->slot_count;
	require(step->name < whole, "name");
	used += strlen((const char *)image->data + step->name);
	require(step->store == NO_SLOT || step->store < slots, "store");
	for (u32 i = 0; i < IMAGE_MAX_ARGUMENTS; i++) {
		u64 value = argument(image, step, i);
		if (argument_kind(step, i) == OPERAND_DATA)
			used += image->data[value];
		if (argument_kind(step, i) == OPERAND_SLOT)
			require(value < slots, "slot");
	}
	if (step->roles & ROLE_SESSION)
		require(step->store == NO_SLOT && step->check_count == 0 && step->verb != VERB_ENTER,
			"memory that sessions share");
	for (u32 i = 0; i < step->check_count; i++) {
		const struct check *check = &image->checks[step->check_first + i];
		u64 found = 0;
		memcpy(&found, image->data + check->offset, check->width);
		used += found & check->mask;
	}
	if (step->verb == VERB_ENV) {
		const struct environment *table = (const void *)(image->data + argument(image, step, 0));
		require(argument(image, step, 1) <= IMAGE_MAX_ENVIRONMENT, "variables");
		for (u64 i = 0; i < argument(image, step, 1); i++) {
			require(table[i].kind < ENVIRONMENT_COUNT, "kind of variable");
			used += strlen((const char *)image->data + table[i].text);
		}
	}
	if (step->verb == VERB_SERVE) {
		const struct serve *serve = (const void *)(image->data + argument(image, step, 0));
		require(serve->listener_count > 0 && serve->listener_count <= IMAGE_MAX_LISTENERS, "listeners");
		for (u32 i = 0; i < serve->listener_count; i++)
			require(serve->listener_slots[i] < slots, "listener");
		require(serve->epoll_slot < slots && serve->signal_slot < slots && serve->connection_slot < slots,
			"descriptors");
		require(serve->log_slot < slots || serve->log_slot == NO_SLOT, "log");
		require(serve->notify_slot < slots || serve->notify_slot == NO_SLOT, "notify");
		require(serve->penalty_count <= IMAGE_MAX_PENALTIES, "penalties");
		for (u32 i = 0; i < serve->penalty_count; i++)
			require(serve->penalties[i].cause < PENALTY_COUNT, "cause of a penalty");
		require(serve->source_burst > 0 && serve->total_burst > 0, "bursts");
		require(serve->handoff != HANDOFF_PEER || (serve->datagram_burst > 0 &&
							   serve->datagram_interval_ns > 0 && serve->amplification > 0),
			"limits of datagrams");
		require((u64)serve->refused_ports + 4ull * serve->refused_port_count <= whole, "ports");
		for (u32 i = 0; i < serve->refused_port_count; i++)
			used += ((const u32 *)(const void *)(image->data + serve->refused_ports))[i];
		require(serve->sessions > 0 && serve->sessions <= IMAGE_MAX_SESSIONS, "sessions");
	}
	if (step->verb == VERB_EXEC) {
		const u64 *argv = (const void *)(image->data + argument(image, step, 1));
		for (u64 i = 0; i <= argument(image, step, 2); i++)
			used += argv[i];
	}
}

/* 1 when it was accepted. The copy is as large as the image and not a byte larger. */
static int try_image(const u8 *bytes, usize size)
{
	u8 *copy = malloc(size ? size : 1);
	memcpy(copy, bytes, size);
	struct image image;
	const char *problem = image_open(&image, copy, size);
	if (problem)
		count_reason(problem);
	for (u32 i = 0; problem == NULL && i < image.header->step_count; i++)
		use_patches(&image, &image.steps[i]);
	for (u32 i = 0; problem == NULL && i < image.header->step_count; i++)
		use_step(&image, &image.steps[i]);
	if (problem == NULL) {
		require(image.header->slot_count <= IMAGE_MAX_SLOTS, "number of slots");
		require(image.data[image.header->data_size - 1] == 0, "the zero in which every string ends");
	}
	free(copy);
	return problem == NULL;
}

static void put(u8 *bytes, usize offset, usize width, u64 value)
{
	memcpy(bytes + offset, &value, width);
}

static u64 boundary(const struct image_header *header)
{
	const u64 values[] = {0,
			      1,
			      2,
			      3,
			      4,
			      7,
			      8,
			      0x7f,
			      0xff,
			      0xffff,
			      0x7fffffff,
			      0x80000000,
			      0xffffffff,
			      0x100000000,
			      1ull << 63,
			      ~0ull,
			      ~0ull - 7,
			      header->data_size,
			      header->data_size - 1,
			      header->data_size - 4,
			      header->data_size - 8,
			      header->slot_count,
			      header->slot_count - 1,
			      header->patch_count,
			      header->check_count,
			      header->step_count,
			      header->word_count,
			      header->word_count - 1,
			      IMAGE_MAX_SLOTS,
			      IMAGE_MAX_SESSIONS,
			      IMAGE_MAX_ENVIRONMENT,
			      IMAGE_MAX_SIZE};
	return values[random_below(sizeof values / sizeof values[0])] +
	       (random_below(4) == 0 ? random_below(3) - 1 : 0);
}

static usize random_field(usize size, usize width)
{
	/* Half of all hits are in the header and the first tables. */
	usize limit = random_below(2) && size > 512 ? 512 : size;
	return limit <= width ? 0 : random_below((limit - width) / width + 1) * width;
}

/* The counts are the original's: a mutation before this one may have changed them. */
static usize mutate(u8 *bytes, usize size, usize whole, const struct image_header *header)
{
	static const usize widths[] = {1, 2, 4, 8};
	usize width = widths[random_below(4)];
	usize first = sizeof *header + random_below(header->step_count) * sizeof(struct step);
	usize second = sizeof *header + random_below(header->step_count) * sizeof(struct step);
	usize words = sizeof *header + header->step_count * sizeof(struct step);
	usize patches = words + header->word_count * sizeof(u64);
	usize checks = patches + header->patch_count * sizeof(struct patch);
	switch (random_below(12)) {
	case 0:
		bytes[random_below(whole)] ^= (u8)(1u << random_below(8));
		break;
	case 1:
		size = random_below(whole);
		break;
	case 2:
		memcpy(bytes + first, bytes + second, sizeof(struct step));
		break;
	case 3: /* A verb, with arguments that were written for another. */
		bytes[first] = (u8)random_below(VERB_COUNT + 1);
		break;
	case 4: /* An argument of any step, together with the kinds of one step's. */
		put(bytes, first + offsetof(struct step, kinds), 2,
		    random_below(1u << OPERAND_BITS * IMAGE_MAX_ARGUMENTS));
		put(bytes, words + 8 * random_below(header->word_count), 8, boundary(header));
		break;
	case 5: /* Patches of a step. */
		put(bytes, first + offsetof(struct step, patch_count), 2, boundary(header));
		put(bytes, first + offsetof(struct step, patch_first), 4, boundary(header));
		break;
	case 8: /* Checks of a step. */
		put(bytes, first + offsetof(struct step, check_first), 2, boundary(header));
		put(bytes, first + offsetof(struct step, check_count), 2, boundary(header));
		break;
	case 9: /* Where the arguments of a step are, and how many: a few more than there may be, or the last ones. */
		put(bytes, first + offsetof(struct step, argument_count), 1, random_below(IMAGE_MAX_ARGUMENTS + 2));
		put(bytes, first + offsetof(struct step, argument_first), 4,
		    random_below(2) ? header->word_count - random_below(IMAGE_MAX_ARGUMENTS + 1) : boundary(header));
		break;
	case 6: /* Where a patch writes, or what. */
		patches += random_below(header->patch_count) * sizeof(struct patch);
		put(bytes, patches + 8 * random_below(2), random_below(2) ? 4 : 8, boundary(header));
		if (random_below(2))
			put(bytes, patches, 4, random_below(header->data_size) & ~7u);
		bytes[patches + 5] = random_below(8) ? 8 : 4;
		break;
	case 7: /* Where a check reads. */
		checks += random_below(header->check_count) * sizeof(struct check);
		put(bytes, checks, 4, boundary(header));
		put(bytes, checks + 4, 4, random_below(8) ? 4 : 8);
		break;
	default:
		if (size >= width)
			put(bytes, random_field(size, width), width, boundary(header));
	}
	return size;
}

/* So that the checks behind the checksum are reached. */
static void seal(u8 *bytes, usize size)
{
	if (size < sizeof(struct image_header))
		return;
	put(bytes, 16, 4, size);
	put(bytes, 20, 4, fast_crc32(bytes + 24, size - 24));
}

int main(int argc, char **argv)
{
	if (argc != 3)
		return 2;
	FILE *file = fopen(argv[1], "rb");
	u8 *original = malloc(IMAGE_MAX_SIZE), *bytes = malloc(IMAGE_MAX_SIZE);
	if (!file || !original || !bytes)
		return 2;
	usize whole = fread(original, 1, IMAGE_MAX_SIZE, file);
	fclose(file);
	fill_crc_table();
	require(try_image(original, whole), "the image itself is refused");
	unsigned accepted = 0, refused = 0;
	for (long left = atol(argv[2]); left > 0; left--) {
		memcpy(bytes, original, whole);
		usize size = whole;
		for (u64 i = random_below(3) + 1; i > 0; i--)
			size = mutate(bytes, size, whole, (const void *)original);
		if (random_below(16))
			seal(bytes, size);
		if (try_image(bytes, size))
			accepted++;
		else
			refused++;
	}
	printf("accepted %u refused %u used %llu\n", accepted, refused, (unsigned long long)used);
	for (int i = 0; reasons[i].text; i++)
		printf("%u %s\n", reasons[i].count, reasons[i].text);
	free(original);
	free(bytes);
	return 0;
}
