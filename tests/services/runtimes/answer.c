/* Answers one line from a second thread, after a signal to itself. */
#include <pthread.h>
#include <signal.h>
#include <stdio.h>

static char line[256];

static void *answer(void *unused)
{
	printf("musl:%s", line);
	return unused;
}

int main(void)
{
	pthread_t thread;
	signal(SIGUSR1, SIG_IGN);
	if (!fgets(line, sizeof line, stdin) || raise(SIGUSR1) != 0 || pthread_create(&thread, NULL, answer, NULL))
		return 1;
	return pthread_join(thread, NULL);
}
