#include "../text.h"
#include "recorder.h"

#include <linux/fcntl.h>

static usize read_file(s32 pid, const char *name, u8 *to, usize size)
{
	char path[48] = "/proc/";
	usize at = 6, done = 0;
	at += number_text(path + at, pid);
	while (*name)
		path[at++] = *name++;
	path[at] = 0;
	long file = syscall4(__NR_openat, AT_FDCWD, path, O_RDONLY | O_CLOEXEC, 0);
	if (is_error(file))
		return 0;
	while (done < size) {
		long count = syscall3(__NR_read, file, to + done, size - done);
		if (count <= 0)
			break;
		done += (usize)count;
	}
	syscall1(__NR_close, file);
	return done;
}

/* The last number of the line that begins so; zero without the line. A line begins behind the name of the program. */
static s32 number_behind(const u8 *text, usize size, const char *key, usize length)
{
	s32 number = 0;
	for (usize at = 0; at + length < size; at++) {
		if ((at > 0 && text[at - 1] != '\n') || memcmp(text + at, key, length) != 0)
			continue;
		for (at += length; at < size && text[at] != '\n'; at++) {
			if (text[at] < '0' || text[at] > '9')
				number = 0;
			else
				number = number * 10 + (text[at] - '0');
		}
		return number;
	}
	return 0;
}

void names_read(s32 pid, struct names *names)
{
	static const char group[] = "Tgid:\t", parent[] = "PPid:\t", tracer[] = "TracerPid:\t", inner[] = "NSpid:\t";
	u8 text[4096];
	memset(names, 0, sizeof *names);
	usize size = read_file(pid, "/status", text, sizeof text);
	names->group = number_behind(text, size, group, sizeof group - 1);
	names->parent = number_behind(text, size, parent, sizeof parent - 1);
	names->tracer = number_behind(text, size, tracer, sizeof tracer - 1);
	names->inner_pid = number_behind(text, size, inner, sizeof inner - 1);
	size = read_file(pid, "/comm", names->program, sizeof names->program);
	names->program_size = size - (size > 0 && names->program[size - 1] == '\n');
}
