/*
 * Reads cases from standard input and prints a line for each: what this kernel makes of some filters and a call.
 *
 * A case is little endian 32-bit words: the number of filters; of each its length as the kernel is told and its
 * instructions, two words each; the number of the call; twelve words of arguments, low before high.
 *
 * refused       the kernel does not take one of the filters
 * killed        the call ended the process with SIGSYS
 * answer N      what the call returned: 0 or an errno
 *
 * The first line is the address behind the call, which filters can see. Every case has a process of its own, which ends
 * by a trap, because after the filters not even exit is sure to be allowed.
 */
#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

enum { MOST_FILTERS = 8, MOST_INSTRUCTIONS = 5000 };

struct outcome {
	int installed;
	long result;
};

static struct sock_filter instructions[MOST_FILTERS][MOST_INSTRUCTIONS];
static struct sock_fprog programs[MOST_FILTERS];

extern const char behind_the_call[];

/* One place in the program makes the call, so that the address is the same in every process. */
__attribute__((noinline)) static long make_call(long nr, const uint64_t *args)
{
#if defined(__x86_64__)
	register uint64_t fourth __asm__("r10") = args[3];
	register uint64_t fifth __asm__("r8") = args[4];
	register uint64_t sixth __asm__("r9") = args[5];
	__asm__ volatile("syscall\n\t.globl behind_the_call\nbehind_the_call:"
			 : "+a"(nr)
			 : "D"(args[0]), "S"(args[1]), "d"(args[2]), "r"(fourth), "r"(fifth), "r"(sixth)
			 : "rcx", "r11", "memory");
	return nr;
#else
	register uint64_t x0 __asm__("x0") = args[0];
	register uint64_t x1 __asm__("x1") = args[1];
	register uint64_t x2 __asm__("x2") = args[2];
	register uint64_t x3 __asm__("x3") = args[3];
	register uint64_t x4 __asm__("x4") = args[4];
	register uint64_t x5 __asm__("x5") = args[5];
	register long x8 __asm__("x8") = nr;
	__asm__ volatile("svc 0\n\t.globl behind_the_call\nbehind_the_call:"
			 : "+r"(x0)
			 : "r"(x1), "r"(x2), "r"(x3), "r"(x4), "r"(x5), "r"(x8)
			 : "memory");
	return (long)x0;
#endif
}

static uint32_t word(void)
{
	uint32_t value = 0;
	if (fread(&value, sizeof value, 1, stdin) != 1) {
		fputs("the input ends within a case\n", stderr);
		exit(2);
	}
	return value;
}

static void try(unsigned count, long nr, const uint64_t *args, volatile struct outcome *outcome)
{
	for (unsigned index = 0; index < count; index += 1)
		if (syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &programs[index]) != 0)
			_exit(0);
	outcome->installed = 1;
	outcome->result = make_call(nr, args);
	__builtin_trap();
}

int main(void)
{
	struct rlimit none = {0, 0};
	volatile struct outcome *outcome =
		mmap(NULL, sizeof *outcome, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (outcome == MAP_FAILED || setrlimit(RLIMIT_CORE, &none) != 0 || prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
		return 2;
	printf("%lx\n", (unsigned long)behind_the_call);
	for (int first = getchar(); first != EOF; first = getchar()) {
		ungetc(first, stdin);
		unsigned count = word();
		for (unsigned index = 0; index < count && index < MOST_FILTERS; index += 1) {
			uint32_t length = word();
			programs[index] =
				(struct sock_fprog){.len = (unsigned short)length, .filter = instructions[index]};
			for (uint32_t at = 0; at < length && at < MOST_INSTRUCTIONS; at += 1) {
				uint32_t head = word();
				instructions[index][at] = (struct sock_filter){.code = (uint16_t)head,
									       .jt = (uint8_t)(head >> 16),
									       .jf = (uint8_t)(head >> 24),
									       .k = word()};
			}
		}
		long nr = (int)word();
		uint64_t args[6];
		for (int index = 0; index < 6; index += 1) {
			args[index] = word();
			args[index] |= (uint64_t)word() << 32;
		}
		*outcome = (struct outcome){0, 0};
		fflush(stdout);
		pid_t child = fork();
		if (child == 0)
			try(count, nr, args, outcome);
		int status = 0;
		if (child < 0 || waitpid(child, &status, 0) != child)
			return 2;
		if (!outcome->installed && WIFEXITED(status))
			puts("refused");
		else if (WIFSIGNALED(status) && WTERMSIG(status) == SIGSYS)
			puts("killed");
		else
			printf("answer %ld\n", -outcome->result);
	}
	return 0;
}
