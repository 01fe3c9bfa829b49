/* Prints an image as JSON by the structures of gate/image.h, so that what is compared is what the gate would see. */
#include <stdio.h>
#include <stdlib.h>

#include "../../../gate/image.h"

#define FIELD(of, name) printf("\"%s\":\"%lld\",", #name, (long long)(of)->name)

static void print_serve(const struct serve *serve, const u8 *data)
{
	printf("\"serve\":{\"listener_slots\":[");
	for (u32 i = 0; i < serve->listener_count; i++)
		printf("%s\"%u\"", i ? "," : "", serve->listener_slots[i]);
	printf("],");
	FIELD(serve, handoff);
	FIELD(serve, backlog);
	FIELD(serve, sessions);
	FIELD(serve, per_source);
	FIELD(serve, loopback_exempt);
	FIELD(serve, time_ms);
	FIELD(serve, end_signal);
	FIELD(serve, grace_ms);
	FIELD(serve, client_gone_ms);
	FIELD(serve, first_byte_ms);
	FIELD(serve, idle_ms);
	FIELD(serve, drain_ms);
	FIELD(serve, epoll_slot);
	FIELD(serve, signal_slot);
	FIELD(serve, connection_slot);
	FIELD(serve, log_slot);
	FIELD(serve, notify_slot);
	FIELD(serve, local_address);
	FIELD(serve, exec_asks);
	FIELD(serve, source_interval_ns);
	FIELD(serve, source_burst);
	FIELD(serve, total_interval_ns);
	FIELD(serve, total_burst);
	FIELD(serve, datagram_interval_ns);
	FIELD(serve, datagram_burst);
	FIELD(serve, amplification);
	const u32 *ports = (const void *)(data + serve->refused_ports);
	printf("\"refused_ports\":[");
	for (u32 i = 0; i < serve->refused_port_count; i++)
		printf("%s\"%u\"", i ? "," : "", ports[i]);
	printf("],");
	FIELD(serve, penalty_least_ns);
	FIELD(serve, penalty_most_ns);
	printf("\"penalties\":[");
	for (u32 i = 0; i < serve->penalty_count; i++)
		printf("%s[\"%u\",\"%u\",\"%llu\"]", i ? "," : "", serve->penalties[i].cause,
		       serve->penalties[i].status, (unsigned long long)serve->penalties[i].added_ns);
	printf("],");
	printf("\"names_programs\":\"%u\"},", serve->names_programs);
}

static void print_environment(const struct environment *table, u64 count, const u8 *data)
{
	printf("\"environment\":[");
	for (u64 i = 0; i < count; i++)
		printf("%s[%u,\"%s\"]", i ? "," : "", table[i].kind, (const char *)data + table[i].text);
	printf("],");
}

static void print_sockets(const struct wanted_socket *table, u64 count, const u8 *data)
{
	printf("\"sockets\":[");
	for (u64 i = 0; i < count; i++)
		printf("%s[\"%s\",%u,%u]", i ? "," : "", (const char *)data + table[i].name, table[i].descriptor,
		       table[i].line);
	printf("],");
}

static void print_step(const struct image *image, const struct step *step)
{
	const u8 *data = image->data;
	printf("{");
	FIELD(step, verb);
	FIELD(step, roles);
	FIELD(step, expect);
	FIELD(step, nr);
	FIELD(step, value);
	FIELD(step, store);
	FIELD(step, line);
	FIELD(step, patch_count);
	FIELD(step, patch_first);
	FIELD(step, check_count);
	FIELD(step, check_first);
	printf("\"tolerate\":[%u,%u,%u,%u],\"arguments\":[", step->tolerate[0], step->tolerate[1], step->tolerate[2],
	       step->tolerate[3]);
	for (u32 i = 0; i < IMAGE_MAX_ARGUMENTS; i++)
		printf("%s[%u,\"%llu\"]", i ? "," : "", argument_kind(step, i), argument(image, step, i));
	printf("],");
	if (step->verb == VERB_SERVE)
		print_serve((const void *)(data + argument(image, step, 0)), data);
	if (step->verb == VERB_ENV)
		print_environment((const void *)(data + argument(image, step, 0)), argument(image, step, 1), data);
	if (step->verb == VERB_INHERIT)
		print_sockets((const void *)(data + argument(image, step, 0)), argument(image, step, 1), data);
	printf("\"name\":\"%s\"}", (const char *)data + step->name);
}

int main(void)
{
	u8 *bytes = malloc(IMAGE_MAX_SIZE);
	usize size = fread(bytes, 1, IMAGE_MAX_SIZE, stdin);
	struct image_header *header = (void *)bytes;
	struct step *steps = (void *)(header + 1);
	u64 *words = (void *)(steps + header->step_count);
	const struct patch *patches = (void *)(words + header->word_count);
	const struct check *checks = (void *)(patches + header->patch_count);
	u8 *data = (u8 *)(checks + header->check_count);
	const struct image image = {.header = header, .steps = steps, .words = words, .data = data};
	printf("{\"magic\":\"%.8s\",\"read\":\"%lu\",", (const char *)header->magic, size);
	FIELD(header, version);
	FIELD(header, machine);
	FIELD(header, size);
	FIELD(header, checksum);
	FIELD(header, data_size);
	FIELD(header, slot_count);
	printf("\"data_offset\":\"%lu\",\"steps\":[", (usize)(data - bytes));
	for (u32 i = 0; i < header->step_count; i++) {
		printf("%s", i ? "," : "");
		print_step(&image, &steps[i]);
	}
	printf("],\"patches\":[");
	for (u32 i = 0; i < header->patch_count; i++)
		printf("%s[%u,%u,%u,\"%llu\"]", i ? "," : "", patches[i].target, patches[i].kind, patches[i].width,
		       patches[i].source);
	printf("],\"checks\":[");
	for (u32 i = 0; i < header->check_count; i++)
		printf("%s[%u,%u,\"%llu\",\"%llu\"]", i ? "," : "", checks[i].offset, checks[i].width, checks[i].mask,
		       checks[i].equals);
	printf("]}\n");
	free(bytes);
	return 0;
}
