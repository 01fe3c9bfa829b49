/*
 * The service of the soak. Its client says in one byte how the session is to end: with an answer, by a crash, by a call
 * that the policy denies, or with a status that has a penalty. A client that says nothing is waited for.
 */
#include <stdio.h>
#include <sys/syscall.h>
#include <unistd.h>

int main(void)
{
	char wish;
	if (read(STDIN_FILENO, &wish, 1) != 1)
		return 0;
	if (wish == 'c') {
		/* The last line of its log has no end. */
		fputs("about to crash", stderr);
		__builtin_trap();
	}
	if (wish == 'd')
		return (int)syscall(SYS_personality, 0xffffffff);
	if (wish == 'p')
		return 77;
	return puts("portcullis bench") < 0 || fflush(stdout) != 0;
}
