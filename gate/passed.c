#include "descriptors.h"
#include "outer.h"

#include <linux/fcntl.h>

/* SD_LISTEN_FDS_START of sd_listen_fds(3), and a number above all to which sockets are moved. */
enum { FIRST_PASSED = 3, IN_BETWEEN = 64 };

/* The variables of whoever started the gate, as sd_listen_fds(3) has them. NULL: it is not set. */
struct passed {
	const char *pid, *count, *names;
};

static int begins_with(const char *text, const char *wanted)
{
	while (*wanted && *text == *wanted) {
		text++;
		wanted++;
	}
	return *wanted == 0;
}

static const char *variable(const char *name)
{
	for (const char *const *at = gate.started_with; *at; at++) {
		const char *text = *at;
		if (!begins_with(text, name))
			continue;
		while (*text++ != '=')
			;
		return text;
	}
	return NULL;
}

/* A plain decimal number; -1 for everything else, and for one that no descriptor and no process has. */
static s64 number_in(const char *text)
{
	s64 number = 0;
	u32 digits = 0;
	while (text && text[digits] >= '0' && text[digits] <= '9' && digits < 10)
		number = number * 10 + (text[digits++] - '0');
	return digits && !text[digits] ? number : -1;
}

/* Without names all are called so. Source: sd_listen_fds_with_names(3). */
static const char unnamed[] = "unknown";

static usize length_of_name(const char *name)
{
	usize length = 0;
	while (name[length] && name[length] != ':')
		length++;
	return length;
}

/* The name of a socket by its place; NULL: there are fewer. An empty list has none. */
static const char *name_at(const struct passed *passed, u32 place)
{
	const char *name = passed->names;
	if (!name)
		return unnamed;
	if (!*name)
		return NULL;
	for (; place; place--) {
		name += length_of_name(name);
		if (!*name++)
			return NULL;
	}
	return name;
}

static int is_name(const char *name, const char *wanted)
{
	usize length = length_of_name(name);
	return begins_with(name, wanted) && !wanted[length] && memcmp(name, wanted, length) == 0;
}

static void tell_variable(const char *name, const char *value)
{
	usize length = 0;
	while (value && value[length])
		length++;
	report_words(name);
	if (value)
		report_foreign(value, length);
	else
		report_words("(not set)");
}

/* The line of the policy that asks for a socket. */
static void tell_line(u32 line)
{
	char digits[24];
	number_text(digits, line);
	report_words(" (line ");
	report_words(digits);
	report_words(" of the policy)");
}

/* Says what is wrong, what was passed, and how to pass it. The name and the line are of a socket, or NULL and zero. */
__attribute__((noreturn)) static void refuse(u32 index, const struct passed *passed, const char *words,
					     const char *name, u32 line)
{
	char digits[24];
	report_early();
	report_begin();
	report_words(words);
	if (name) {
		report_words(" '");
		report_foreign(name, length_of_name(name));
		report_words("'");
	}
	if (line)
		tell_line(line);
	tell_variable("\npassed were LISTEN_PID=", passed->pid);
	tell_variable(" LISTEN_FDS=", passed->count);
	tell_variable(" LISTEN_FDNAMES=", passed->names);
	number_text(digits, syscall0(__NR_getpid));
	report_words(", and this is process ");
	report_words(digits);
	report_words("\n");
	report_step(index);
	report_words(
		"each listener with inherit takes the socket of its name, and none may be left: a socket unit names it "
		"by FileDescriptorName=, systemd-socket-activate by --fdname=\n");
	leave(EXIT_LAUNCH_FAILED);
}

/* The place of the one socket of a name. */
static u32 find(u32 index, const struct passed *passed, u32 count, const struct wanted_socket *socket)
{
	const char *wanted = (const char *)gate.image.data + socket->name;
	u32 found = count;
	for (u32 place = 0; place < count; place++) {
		if (!is_name(name_at(passed, place), wanted))
			continue;
		if (found != count)
			refuse(index, passed, "two sockets are passed as", wanted, socket->line);
		found = place;
	}
	if (found == count)
		refuse(index, passed, "no socket is passed as", wanted, socket->line);
	return found;
}

/* The number of sockets that are passed to this very process, each with a name. */
static u32 count_passed(u32 index, const struct passed *passed)
{
	if (!passed->pid)
		refuse(index, passed, "no socket is passed", NULL, 0);
	if (number_in(passed->pid) != syscall0(__NR_getpid))
		refuse(index, passed, "the sockets are passed to another process", NULL, 0);
	s64 count = number_in(passed->count);
	if (count <= 0 || count > 0xffff)
		refuse(index, passed, "LISTEN_FDS is no number of sockets", NULL, 0);
	if (!name_at(passed, (u32)count - 1) || (passed->names && name_at(passed, (u32)count)))
		refuse(index, passed, "LISTEN_FDNAMES has another number of names than LISTEN_FDS says", NULL, 0);
	return (u32)count;
}

static void refuse_surplus(u32 index, const struct passed *passed, u32 count, const struct wanted_socket *wanted,
			   u32 listeners)
{
	for (u32 place = 0; place < count; place++) {
		int is_wanted = 0;
		for (u32 i = 0; i < listeners; i++)
			is_wanted |= is_name(name_at(passed, place), (const char *)gate.image.data + wanted[i].name);
		if (!is_wanted)
			refuse(index, passed, "no listener takes the socket", name_at(passed, place), 0);
	}
}

/*
 * Moves the sockets that are passed to the descriptors of their listeners. The numbers may overlap, so they go by way
 * of others above all of them. Returns 0 or -errno.
 */
long take_passed(u32 index, const struct step *step)
{
	const struct wanted_socket *wanted = (const void *)(gate.image.data + argument(&gate.image, step, 0));
	u32 listeners = (u32)argument(&gate.image, step, 1);
	const struct passed passed = {variable("LISTEN_PID="), variable("LISTEN_FDS="), variable("LISTEN_FDNAMES=")};
	u32 count = count_passed(index, &passed);
	s32 between[IMAGE_MAX_LISTENERS];
	for (u32 i = 0; i < listeners; i++) {
		u32 place = find(index, &passed, count, &wanted[i]);
		long copy = syscall3(__NR_fcntl, FIRST_PASSED + place, F_DUPFD_CLOEXEC, IN_BETWEEN);
		if (copy == -EBADF)
			refuse(index, &passed, "a closed descriptor is passed as",
			       (const char *)gate.image.data + wanted[i].name, wanted[i].line);
		if (is_error(copy))
			return copy;
		between[i] = (s32)copy;
	}
	refuse_surplus(index, &passed, count, wanted, listeners);
	syscall3(__NR_close_range, FIRST_PASSED, FIRST_PASSED + count - 1, 0);
	for (u32 i = 0; i < listeners; i++) {
		s32 to = (s32)wanted[i].descriptor;
		long result = syscall3(__NR_dup3, between[i], to, O_CLOEXEC);
		if (result != to)
			return result;
		syscall1(__NR_close, between[i]);
	}
	return 0;
}
