/*
 * live FILTERS call NR A0 A1 A2 A3 A4 A5 ...   installs the filters, makes the calls, prints what each answered
 * live FILTERS exec PROGRAM [ARGUMENT...]      installs the filters and runs a program under them
 * live FILTERS i386 NR                         makes a call through the 32-bit entry of the kernel (x86-64 only)
 *
 * FILTERS are one or two files of struct sock_filter with a comma between, in the order of installation; all are read
 * before the first is on. Calls print 0 or the errno, one a line; numbers are hexadecimal.
 */
#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

static struct sock_filter instructions[2][4096];

static void die(const char *what)
{
	perror(what);
	exit(2);
}

static struct sock_fprog read_filter(const char *path, struct sock_filter *into)
{
	FILE *file = fopen(path, "rb");
	if (file == NULL)
		die(path);
	size_t count = fread(into, sizeof into[0], 4096, file);
	fclose(file);
	return (struct sock_fprog){.len = (unsigned short)count, .filter = into};
}

static void install(char *paths)
{
	struct sock_fprog programs[2];
	int count = 0;
	for (char *path = strtok(paths, ","); path != NULL && count < 2; path = strtok(NULL, ","), count += 1)
		programs[count] = read_filter(path, instructions[count]);
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
		die("no_new_privs");
	for (int i = 0; i < count; i += 1)
		if (syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &programs[i]) != 0)
			die("seccomp");
}

static unsigned long number(const char *text)
{
	return strtoul(text, NULL, 16);
}

static void make_calls(int count, char **words)
{
	for (int i = 0; i + 7 <= count; i += 7) {
		errno = 0;
		long result =
			syscall((long)number(words[i]), number(words[i + 1]), number(words[i + 2]),
				number(words[i + 3]), number(words[i + 4]), number(words[i + 5]), number(words[i + 6]));
		printf("%d\n", result == -1 ? errno : 0);
	}
}

static void call_i386(const char *nr)
{
#ifdef __x86_64__
	long result = (long)number(nr);
	__asm__ volatile("int $0x80" : "+a"(result) : "b"(0), "c"(0), "d"(0) : "memory", "r8", "r9", "r10", "r11");
	printf("%ld\n", result);
#else
	(void)nr;
	fputs("only x86-64 has a 32-bit entry\n", stderr);
	exit(2);
#endif
}

int main(int argc, char **argv)
{
	if (argc < 4)
		return 2;
	install(argv[1]);
	if (strcmp(argv[2], "exec") == 0) {
		execv(argv[3], argv + 3);
		die(argv[3]);
	} else if (strcmp(argv[2], "i386") == 0) {
		call_i386(argv[3]);
	} else {
		make_calls(argc - 3, argv + 3);
	}
	return 0;
}
