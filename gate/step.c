#include "debug.h"
#include "event.h"
#include "gate.h"
#include "outer.h"

static u64 resolved(const struct process *self, u8 kind, u64 value)
{
	switch (kind) {
	case OPERAND_DATA:
		return (u64)(usize)(gate.image.data + value);
	case OPERAND_SLOT:
		return (u64)self->slots[value];
	default:
		return value;
	}
}

static u64 operand(const struct process *self, const struct step *step, u32 index)
{
	return resolved(self, argument_kind(step, index), argument(&gate.image, step, index));
}

/* The largest number of 32 bits has ten digits. */
static void write_decimal(u8 *target, u64 value)
{
	char text[24];
	usize length = number_text(text, (s64)(u32)value);
	memset(target, ' ', PATCH_DECIMAL);
	memcpy(target, text, length);
}

static void apply_patches(const struct process *self, const struct step *step)
{
	for (u32 i = 0; i < step->patch_count; i++) {
		const struct patch *patch = &gate.image.patches[step->patch_first + i];
		u64 value = resolved(self, patch->kind, patch->source);
		if (patch->width == PATCH_DECIMAL)
			write_decimal(gate.image.data + patch->target, value);
		else
			memcpy(gate.image.data + patch->target, &value, patch->width);
	}
}

static int is_expected(const struct step *step, long result)
{
	for (usize i = 0; i < sizeof step->tolerate; i++)
		if (step->tolerate[i] && result == -(long)step->tolerate[i])
			return 1;
	switch (step->expect) {
	case EXPECT_EQUAL:
		return result == step->value;
	case EXPECT_NOT_NEGATIVE:
		return !is_error(result);
	default:
		return result == -step->value;
	}
}

/* The first check that does not hold, from 1 on, and the value that it finds; zero: all hold. */
static u32 failed_check(const struct step *step, u64 *found)
{
	for (u32 i = 0; i < step->check_count; i++) {
		const struct check *check = &gate.image.checks[step->check_first + i];
		u64 value = 0;
		memcpy(&value, gate.image.data + check->offset, check->width);
		*found = value & check->mask;
		if (*found != check->equals)
			return i + 1;
	}
	return 0;
}

/*
 * As shells and env(1) tell it, to whoever waits for the gate itself: the program is not there, or cannot be executed;
 * everything else is the launch.
 */
static int status_of(const struct step *step, long result)
{
	int is_looked_for = step->verb == VERB_CALL && step->nr == __NR_faccessat;
	int is_awaited = step->verb == VERB_EXEC && gate.mode == SPLIT_FORWARD;
	if (gate.image.header->plan_text == 0 || (!is_looked_for && !is_awaited))
		return EXIT_LAUNCH_FAILED;
	return result == -ENOENT || result == -ENOTDIR ? EXIT_NOT_FOUND : EXIT_NOT_EXECUTABLE;
}

/*
 * A launch that does not do exactly what was asked ends here. Who cannot or may not write leaves word in shared memory:
 * of a session the inner gate tells it, of an inner gate that nobody supervises the outer one.
 */
__attribute__((noreturn)) static void fail(const struct process *self, struct failure failure)
{
	int status = status_of(&gate.image.steps[failure.step], failure.result);
	if (self->failure) {
		*self->failure = failure;
	} else if (gate.image.header->plan_text) {
		report_failure(&failure);
	} else {
		event_failed(failure.step, failure.result, 0);
		if (failure.check) {
			event_number("check", failure.check);
			event_word("found", failure.found);
		}
		event_end();
	}
	leave(status);
}

void step_failed(const struct process *self, u32 index, long result)
{
	fail(self, (struct failure){.failed = 1, .step = index, .result = result});
}

static void call(struct process *self, u32 index, const struct step *step)
{
	u64 a[IMAGE_MAX_ARGUMENTS];
	long result;
	for (u32 i = 0; i < IMAGE_MAX_ARGUMENTS; i++)
		a[i] = operand(self, step, i);
	do
		result = syscall6(step->nr, (long)a[0], (long)a[1], (long)a[2], (long)a[3], (long)a[4], (long)a[5]);
	while (result == -EINTR && step->value != EINTR);
	if (gate.debug_fd)
		debug_result(self, index, step, result);
	if (!is_expected(step, result))
		step_failed(self, index, result);
	if (step->store != NO_SLOT)
		self->slots[step->store] = result;
	struct failure failure = {.failed = 1, .step = index, .result = result};
	if (!is_error(result) && (failure.check = failed_check(step, &failure.found)))
		fail(self, failure);
}

/* A descriptor that was sent before it could be refused waits in the queue, and is received all the same. */
static void look_into_queue(const struct process *self, u32 index, const struct step *step)
{
	long waiting = queued_descriptors((s32)argument(&gate.image, step, 0));
	if (gate.debug_fd)
		debug_result(self, index, step, waiting);
	if (waiting != 0)
		step_failed(self, index, waiting);
}

static void inherit(const struct process *self, u32 index, const struct step *step)
{
	long result = take_passed(index, step);
	if (gate.debug_fd)
		debug_result(self, index, step, result);
	if (result != 0)
		step_failed(self, index, result);
}

__attribute__((noreturn)) static void exec(struct process *self, u32 index, const struct step *step)
{
	const u8 *vector = gate.image.data + argument(&gate.image, step, 1);
	step_failed(self, index, syscall3(__NR_execve, operand(self, step, 0), vector, self->environment));
}

/* Executes a step that a process can do alone. Returns zero when the step takes more. */
static int execute_step(struct process *self, u32 index, const struct step *step)
{
	switch (step->verb) {
	case VERB_CALL:
		call(self, index, step);
		return 1;
	case VERB_ENV:
		environment_build(self, step);
		return 1;
	case VERB_ENTER:
		system_call_entry = (const void *)argument(&gate.image, step, 0);
		return 1;
	case VERB_QUEUE:
		look_into_queue(self, index, step);
		return 1;
	case VERB_MARK:
		mark_session();
		return 1;
	case VERB_INHERIT:
		inherit(self, index, step);
		return 1;
	case VERB_EXEC:
		exec(self, index, step);
	default:
		return 0;
	}
}

const struct step *execute_plan(struct process *self)
{
	while (self->next < gate.image.header->step_count) {
		u32 index = self->next++;
		const struct step *step = &gate.image.steps[index];
		if (!(step->roles & self->role))
			continue;
		apply_patches(self, step);
		if (gate.debug_fd)
			debug_before(self, index, step);
		if (!execute_step(self, index, step))
			return step;
	}
	return NULL;
}
