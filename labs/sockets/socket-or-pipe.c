/* The socket that inetd hands over: it is on 0 and 1, and goes both ways. A pipe goes one way. */
#include "sockets.h"

int main(void)
{
	print_lines();
	int pair[2];
	ok(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), "socketpair");
	if (ok(fork(), "fork") == 0) {
		/* The whole trick of inetd: a program that knows nothing of sockets reads 0 and writes 1. */
		dup2(pair[1], 0);
		dup2(pair[1], 1);
		close(pair[0]);
		close(pair[1]);
		execlp("tr", "tr", "a-z", "A-Z", NULL);
		ok(-1, "exec tr");
	}
	close(pair[1]);
	ok((int)write(pair[0], "a question\n", 11), "write");
	/* One half ends, and the other goes on: so the program sees the end, and its answer still comes. */
	ok(shutdown(pair[0], SHUT_WR), "shutdown");
	printf("socket: one descriptor asks and is answered: %s", text_of(pair[0]));
	wait(NULL);

	int ends[2];
	ok(pipe(ends), "pipe");
	printf("pipe: write to the end that reads: %s\n", write(ends[0], "x", 1) < 0 ? strerror(errno) : "done");
	printf("pipe: read from the end that writes: %s\n",
	       read(ends[1], &(char){0}, 1) < 0 ? strerror(errno) : "done");
	printf("pipe: shutdown: %s\n", shutdown(ends[1], SHUT_WR) < 0 ? strerror(errno) : "done");
}
