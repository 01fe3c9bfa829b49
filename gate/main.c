#include "debug.h"
#include "descriptors.h"
#include "entries.h"
#include "event.h"
#include "outer.h"
#include "serve.h"
#include "session.h"

#include <linux/auxvec.h>
#include <linux/mman.h>
#include <linux/utsname.h>

enum { SEEK_TO_END = 2 };

/*
 * An executable of its own has its image as a loaded segment: src/gate-protocol/executable.ts finds this mark in the
 * file and writes behind it where that is. Nothing is looked up at run time: the caller chooses neither path nor name.
 */
static const volatile struct {
	char mark[16];
	u64 address;
	u64 size;
	u64 debug; /* Each step is told. */
} embedded __attribute__((aligned(8))) = {"PORTCULLIS-PLAN", 0, 0, 0};

static const char *open_image(void)
{
	if (embedded.size)
		return image_open(&gate.image, (u8 *)embedded.address, embedded.size);
	long size = syscall3(__NR_lseek, IMAGE_FD, 0, SEEK_TO_END);
	if (is_error(size) || size == 0 || size > (long)IMAGE_MAX_SIZE)
		return "descriptor 6 holds no image";
	/* Private and writable: steps patch addresses and descriptors into the structures of their own copy. */
	long address = syscall6(__NR_mmap, 0, size, PROT_READ | PROT_WRITE, MAP_PRIVATE, IMAGE_FD, 0);
	if (is_error(address))
		return "the image cannot be mapped";
	syscall1(__NR_close, IMAGE_FD);
	return image_open(&gate.image, (u8 *)address, (usize)size);
}

static u32 most_sessions(void)
{
	u32 most = 0;
	for (u32 i = 0; i < gate.image.header->step_count; i++) {
		const struct step *step = &gate.image.steps[i];
		if (step->verb != VERB_SERVE)
			continue;
		const struct serve *serve = (const void *)(gate.image.data + argument(&gate.image, step, 0));
		if (serve->sessions > most)
			most = serve->sessions;
	}
	return most;
}

/* Sixteen bytes of the kernel's for each process; see getauxval(3). They lie behind arguments and environment. */
static const u8 *random_bytes(const s64 *stack)
{
	const s64 *at = stack + stack[0] + 2;
	while (*at++)
		;
	while (at[0] != AT_NULL && at[0] != AT_RANDOM)
		at += 2;
	return at[0] == AT_RANDOM ? (const u8 *)at[1] : NULL;
}

static const char *prepare_sessions(const s64 *stack)
{
	const u8 *key = random_bytes(stack);
	const char *problem = key ? gate_map_failures() : "the kernel gives it no random bytes";
	if (problem)
		return problem;
	hash_key(key);
	return berths_map(most_sessions());
}

/* The two numbers that a release begins with: 6.12.3-amd64. */
static u32 kernel_version(void)
{
	struct new_utsname system;
	u32 numbers[2] = {0, 0}, at = 0;
	if (syscall1(__NR_uname, &system) != 0)
		return 0;
	for (const char *text = system.release; *text && at < 2; text++) {
		if (*text >= '0' && *text <= '9')
			numbers[at] = numbers[at] * 10 + (u32)(*text - '0');
		else
			at++;
	}
	return numbers[0] << 16 | (numbers[1] & 0xffff);
}

static int is_request(const char *argument, const char *wanted)
{
	usize i = 0;
	while (wanted[i] && argument[i] == wanted[i])
		i++;
	return argument[i] == wanted[i];
}

/*
 * True when each step is to be told. An executable of its own may have capabilities of its file, and its caller chooses
 * its arguments: it was asked when it was built, or never. A caller that gives an image may give any.
 */
static int is_debugged(const s64 *stack)
{
	const char *const *arguments = (const void *)(stack + 1);
	return embedded.size ? embedded.debug != 0 : stack[0] == 2 && is_request(arguments[1], "--debug");
}

/*
 * The stack that the kernel made: the number of arguments, then their addresses. Of them one counts, and it asks for
 * words only.
 */
static void answer_request(const s64 *stack)
{
	const char *const *arguments = (const void *)(stack + 1);
	if (stack[0] != 2 || !is_request(arguments[1], "--plan"))
		return;
	report_plan();
	leave(0);
}

__attribute__((noreturn)) static void refuse_image(const char *problem)
{
	if (embedded.size) {
		report_refused(problem);
	} else {
		event_begin("refused-image");
		event_text("reason", problem);
		event_end();
	}
	leave(EXIT_LAUNCH_FAILED);
}

/* The process that started goes on as the outer gate, the one that is split off as the inner one, which serves. */
static void run_gate(void)
{
	const struct step *step;
	gate.own.role = ROLE_OUTER;
	while ((step = execute_plan(&gate.own)) != NULL) {
		if (step->verb == VERB_SPLIT)
			split((enum split_mode)argument(&gate.image, step, 0), argument(&gate.image, step, 1) != 0);
		else
			serve((const void *)(gate.image.data + argument(&gate.image, step, 0)));
	}
}

__attribute__((noreturn, used)) void gate_main(const s64 *stack)
{
	const char *problem = open_image();
	gate.started_with = (const void *)(stack + 1 + stack[0] + 1);
	if (!problem && embedded.size)
		answer_request(stack);
	if (!problem && kernel_version() < gate.image.header->kernel)
		problem = "the plan needs a newer kernel; --plan names it";
	if (!problem)
		problem = prepare_sessions(stack);
	if (problem)
		refuse_image(problem);
	if (is_debugged(stack))
		debug_open();
	run_gate();
	if (gate.own.role != ROLE_OUTER || !gate.child)
		leave(EXIT_LAUNCH_FAILED);
	switch (gate.mode) {
	case SPLIT_SUPERVISE:
		supervise();
	case SPLIT_FORWARD:
		forward_signals();
	default:
		wait_for_inner();
	}
}
