#include "gate.h"

#include <linux/fcntl.h>

enum { NUMBER_SIZE = 16 };

/* The digits of a file of one number. */
static usize read_text(const char *path, char text[NUMBER_SIZE])
{
	long file = syscall4(__NR_openat, AT_FDCWD, path, O_RDONLY | O_CLOEXEC, 0);
	long size = is_error(file) ? 0 : syscall3(__NR_read, file, text, NUMBER_SIZE);
	if (!is_error(file))
		syscall1(__NR_close, file);
	return size > 0 ? (usize)size : 0;
}

static u32 number_of(const char *text, usize size)
{
	u32 number = 0;
	for (usize i = 0; i < size && text[i] >= '0' && text[i] <= '9'; i++)
		number = number * 10 + (u32)(text[i] - '0');
	return size ? number : NO_AUDIT_SESSION;
}

static u32 session_now(void)
{
	char text[NUMBER_SIZE];
	return number_of(text, read_text("/proc/self/sessionid", text));
}

/*
 * Begins a session of the audit: the kernel writes its number into every record about this process and its descendants,
 * and nobody else has it. Who logged in stays who it was, or is root where nobody did. Where the kernel does not allow
 * it, such as after a login that may not change, records are told apart by the processes that still are there.
 */
void mark_session(void)
{
	char login[NUMBER_SIZE];
	u32 before = session_now();
	usize size = read_text("/proc/self/loginuid", login);
	if (number_of(login, size) == NO_AUDIT_SESSION) {
		login[0] = '0';
		size = 1;
	}
	long file = syscall4(__NR_openat, AT_FDCWD, "/proc/self/loginuid", O_WRONLY | O_CLOEXEC, 0);
	if (!is_error(file)) {
		syscall3(__NR_write, file, login, size);
		syscall1(__NR_close, file);
	}
	u32 after = session_now();
	gate.audit_session = after == before ? NO_AUDIT_SESSION : after;
}
