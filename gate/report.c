#include "descriptors.h"
#include "outer.h"

#include <linux/fcntl.h>
#include <linux/signal.h>

/* The plan keeps the caller's standard error here; before that step it is still where it was. */
static void say(const char *text, usize size)
{
	if (syscall3(__NR_write, ERROR_FD, text, size) == -EBADF)
		syscall3(__NR_write, 2, text, size);
}

static usize length_of(const char *text)
{
	usize length = 0;
	while (text[length])
		length++;
	return length;
}

static void say_text(const char *text)
{
	say(text, length_of(text));
}

static const char *text_at(u32 offset)
{
	return (const char *)gate.image.data + offset;
}

/* No step has kept standard error under its number yet, which another file of the caller may have. */
void report_early(void)
{
	syscall3(__NR_dup3, 2, ERROR_FD, O_CLOEXEC);
}

void report_refused(const char *reason)
{
	report_early();
	say_text("portcullis: this executable is refused: ");
	say_text(reason);
	say_text("\n");
}

/* The names stand one behind the other; an empty one ends them. */
const char *errno_text(long number)
{
	u32 at = gate.image.header->errno_names;
	for (long i = 0; i < number && at < gate.image.header->data_size && *text_at(at); i++)
		at += (u32)length_of(text_at(at)) + 1;
	return at < gate.image.header->data_size && *text_at(at) ? text_at(at) : NULL;
}

static void say_errno(long number)
{
	const char *name = errno_text(number);
	char digits[24];
	number_text(digits, number);
	say_text(name ? name : "errno ");
	say_text(name ? "" : digits);
}

/* Two lines, the step and its reason: "  12  bind(...)". Of steps that are printed as one, the first has a number. */
static void say_step(u32 index)
{
	const char *found = NULL, *text = text_at(gate.image.header->plan_text);
	for (const char *line = text; *line;) {
		u32 number = 0;
		const char *at = line;
		while (*at == ' ')
			at++;
		int is_step = at > line && at - line < 5 && *at >= '0' && *at <= '9';
		for (; is_step && *at >= '0' && *at <= '9'; at++)
			number = number * 10 + (u32)(*at - '0');
		if (is_step && number <= index)
			found = line;
		while (*line && *line++ != '\n')
			;
	}
	for (int lines = 0; found && lines < 2 && *found; lines++) {
		usize length = 0;
		while (found[length] && found[length] != '\n')
			length++;
		say(found, length);
		say_text("\n");
		found += length + (found[length] != 0);
	}
}

/* Advice on an answer that comes from the executable's caller or the host, and not from its policy. */
static void say_mend(const struct step *step, long result)
{
	static const struct {
		long nr, result;
		const char *words;
	} mends[] = {
		{__NR_capset, -EPERM,
		 "start it as root; built with --unprivileged it needs: setcap cap_net_bind_service=ep FILE\n"},
		{__NR_bind, -EADDRINUSE, "another program listens there: `ss -anp` names it\n"},
		{__NR_mmap, 0, "everybody may map page 0 here: sysctl vm.mmap_min_addr=65536\n"},
	};
	if (step->verb == VERB_QUEUE && result > 0)
		say_text("its peer sent descriptors before it was started, which it would receive\n");
	if (step->verb == VERB_QUEUE && result == -EPROTOTYPE)
		say_text("it inherits a socket that sends to any address, past its filter: hand it a stream, a pipe or "
			 "a file\n");
	for (usize i = 0; i < sizeof mends / sizeof mends[0]; i++)
		if (step->verb == VERB_CALL && mends[i].nr == step->nr && mends[i].result == result)
			say_text(mends[i].words);
}

void report_begin(void)
{
	say_text(text_at(gate.image.header->service));
	say_text(": not started: ");
}

void report_words(const char *text)
{
	say_text(text);
}

void report_foreign(const char *text, usize length)
{
	for (usize i = 0; i < length; i++)
		say(text[i] >= ' ' && text[i] < 0x7f ? text + i : "?", 1);
}

void report_step(u32 index)
{
	say_step(index);
}

/* The address that a socket has, which is not the one of its listener. */
static int say_address(const struct step *step)
{
	const u8 *found = gate.image.data + argument(&gate.image, step, 1);
	struct address address;
	char text[64];
	if (address_from(&address, found)) {
		address_text(text, &address);
		say_text(text);
		number_text(text, address.port);
		say_text(" port ");
		say_text(text);
		return 1;
	}
	if (found[0] != 1 /* AF_UNIX */)
		return 0;
	const char *name = (const char *)found + (found[2] ? 2 : 3);
	say_text(found[2] ? "" : "@");
	report_foreign(name, length_of(name));
	return 1;
}

/* The value in memory where the plan asks for another one. */
static void say_found(const struct step *step, const struct failure *failure)
{
	char text[24];
	say_text(": found ");
	if (step->verb == VERB_CALL && step->nr == __NR_getsockname && say_address(step))
		return;
	word_text(text, failure->found);
	say_text(text);
	say_text(", expected ");
	word_text(text, gate.image.checks[step->check_first + failure->check - 1].equals);
	say_text(text);
}

/* Names the step, the kernel's answer, the reason for the step and the line of the policy that asks for it. */
void report_failure(const struct failure *failure)
{
	char digits[24];
	report_begin();
	say_text(text_at(gate.image.steps[failure->step].name));
	say_text(" answered ");
	if (is_error(failure->result)) {
		say_errno(-failure->result);
	} else {
		number_text(digits, failure->result);
		say_text(digits);
		say_text(", which is not what the plan asks for");
		if (failure->check)
			say_found(&gate.image.steps[failure->step], failure);
	}
	say_text("\n");
	say_step(failure->step);
	say_mend(&gate.image.steps[failure->step], failure->result);
}

void report_plan(void)
{
	const char *text = text_at(gate.image.header->plan_text);
	syscall3(__NR_write, 1, text, length_of(text));
}

static int is_denial_told;

/* A program chooses its name, and this goes to a terminal: only plain characters are printed as they are. */
static void say_program(const struct word *word)
{
	char text[NAME_SIZE];
	usize length = 0;
	for (; length < sizeof text && word->program[length]; length++)
		text[length] =
			(char)(word->program[length] > ' ' && word->program[length] < 0x7f ? word->program[length]
											   : '?');
	say_text(length ? " in " : "");
	say(text, length);
}

static void say_arguments(const struct word *word)
{
	char text[24];
	for (u32 i = 0; i < sizeof word->args / sizeof word->args[0]; i++) {
		word_text(text, word->args[i]);
		say_text(i ? ", " : " (");
		say_text(text);
	}
	say_text(")");
}

/* Names the call and its program, at once. The kernel's audit tells no arguments. */
void report_denial(const struct word *word)
{
	char text[24];
	number_text(text, word->call);
	say_text(text_at(gate.image.header->service));
	say_text(": denied call ");
	say_text(text);
	if (word->kind == WORD_DENIED)
		say_arguments(word);
	say_program(word);
	say_text("\n");
	is_denial_told = 1;
}

/* Names the signal by which the policy ends a program. A shell would name the signal at most, and not what to do. */
void report_signal(int status)
{
	static const struct {
		int status;
		const char *words;
	} ends[] = {
		{128 + SIGSYS, "SIGSYS): a system call that its policy forbids"},
		{128 + SIGXCPU, "SIGXCPU): more time of the processor than rlimits.cpu; --rlimit cpu=TIME allows more"},
		{128 + SIGXFSZ, "SIGXFSZ): a file larger than rlimits.fsize; --rlimit fsize=SIZE allows larger ones"},
	};
	for (usize i = 0; i < sizeof ends / sizeof ends[0]; i++) {
		char digits[24];
		if (ends[i].status != status)
			continue;
		number_text(digits, status);
		say_text(text_at(gate.image.header->service));
		say_text(": ended with status ");
		say_text(digits);
		say_text(" (");
		say_text(ends[i].words);
		if (status == 128 + SIGSYS)
			say_text(is_denial_told ? "; portcullis why NUMBER POLICY names it"
						: "; the kernel log has the number (type=1326), and portcullis why "
						  "NUMBER POLICY names it");
		say_text("\n");
	}
}
