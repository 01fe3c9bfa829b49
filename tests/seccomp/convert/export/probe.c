/* Makes some calls and prints what each answers: 0, or its errno. Nothing else is asked of the kernel. */
#include <errno.h>
#include <stdio.h>
#include <sys/syscall.h>
#include <unistd.h>

static void say(const char *name, long result)
{
	printf("%s %d\n", name, result < 0 ? errno : 0);
}

int main(void)
{
	say("mkdirat 0700", syscall(SYS_mkdirat, -100, "/a", 0700));
	say("mkdirat 0750", syscall(SYS_mkdirat, -100, "/b", 0750));
	say("mkdirat 0702", syscall(SYS_mkdirat, -100, "/c", 0702));
	say("mkdirat 01700", syscall(SYS_mkdirat, -100, "/d", 01700));
	say("mkdirat 0700, high bits", syscall(SYS_mkdirat, -100, "/e", 0x1000001c0L));
	say("getpriority 0", syscall(SYS_getpriority, 0, 0));
	say("getpriority 1", syscall(SYS_getpriority, 1, 0));
	say("getpriority 2", syscall(SYS_getpriority, 2, 0));
	say("umask", syscall(SYS_umask, 022));
	say("sync", syscall(SYS_sync));
	return 0;
}
