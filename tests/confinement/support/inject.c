/*
 * inject PID NUMBER [ARGUMENT...]: the process makes a system call, as it would for whoever has taken it over, from the
 * place of the call in which it waits. Prints the name of errno, "done", or the signal that ended it. It is killed
 * then.
 */
#include <elf.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <sys/user.h>
#include <sys/wait.h>

typedef unsigned long long word;

static void must(long result, const char *what)
{
	if (result >= 0)
		return;
	perror(what);
	exit(1);
}

static long registers(int request, pid_t pid, struct user_regs_struct *all)
{
	struct iovec vector = {.iov_base = all, .iov_len = sizeof *all};
	return ptrace(request, pid, (void *)NT_PRSTATUS, &vector);
}

#if defined(__x86_64__)
static void prepare(struct user_regs_struct *all, const word *call)
{
	all->rip -= 2;
	all->rax = call[0];
	all->orig_rax = (word)-1;
	all->rdi = call[1], all->rsi = call[2], all->rdx = call[3];
	all->r10 = call[4], all->r8 = call[5], all->r9 = call[6];
}

static long answer(const struct user_regs_struct *all)
{
	return (long)all->rax;
}
#else
static void prepare(struct user_regs_struct *all, const word *call)
{
	all->pc -= 4;
	all->regs[8] = call[0];
	for (int i = 0; i < 6; i++)
		all->regs[i] = call[i + 1];
}

static long answer(const struct user_regs_struct *all)
{
	return (long)all->regs[0];
}
#endif

int main(int argc, char **argv)
{
	word call[7] = {0};
	struct user_regs_struct all;
	int status = 0;
	if (argc < 3)
		return 2;
	pid_t pid = atoi(argv[1]);
	for (int i = 2; i < argc && i < 9; i++)
		call[i - 2] = strtoull(argv[i], NULL, 0);
	must(ptrace(PTRACE_SEIZE, pid, NULL, (void *)PTRACE_O_EXITKILL), "seize");
	must(ptrace(PTRACE_INTERRUPT, pid, NULL, NULL), "interrupt");
	must(waitpid(pid, &status, __WALL), "wait");
	must(registers(PTRACE_GETREGSET, pid, &all), "read registers");
	prepare(&all, call);
	must(registers(PTRACE_SETREGSET, pid, &all), "write registers");
	/*
	 * To the entry of the call, to its end, and on: who is to be killed by the filter is killed then, without an
	 * answer.
	 */
	for (int stop = 0; stop < 3 && !WIFSIGNALED(status) && !WIFEXITED(status); stop++) {
		must(ptrace(PTRACE_SYSCALL, pid, NULL, NULL), "go on");
		must(waitpid(pid, &status, __WALL), "wait");
		if (stop == 1 && WIFSTOPPED(status))
			must(registers(PTRACE_GETREGSET, pid, &all), "read registers");
	}
	const char *name = answer(&all) < 0 ? strerrorname_np((int)-answer(&all)) : "done";
	if (WIFSIGNALED(status))
		printf("SIG%s\n", sigabbrev_np(WTERMSIG(status)));
	else
		puts(WIFEXITED(status) ? "ended" : name ? name : "unknown errno");
	return 0;
}
