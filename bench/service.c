/*
 * The program behind every server of the benchmark. It writes one line, and is linked with the C library of the host.
 */
#include <stdio.h>

int main(void)
{
	return puts("portcullis bench") < 0 || fflush(stdout) != 0;
}
