/*
 * The service behind a gate that is measured with idle sessions. A client of 127.1.0.0/16 gets one byte, and its
 * session waits until it leaves; every other client gets the line of the benchmark.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int main(void)
{
	const char *peer = getenv("TCPREMOTEIP");
	char byte = '.';
	if (peer == NULL || strncmp(peer, "127.1.", 6) != 0)
		return puts("portcullis bench") < 0 || fflush(stdout) != 0;
	if (write(STDOUT_FILENO, &byte, 1) != 1)
		return 1;
	while (read(STDIN_FILENO, &byte, 1) > 0)
		;
	return 0;
}
