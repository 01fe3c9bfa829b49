/* What every server of the benchmark serves: one line, as a program that is linked with the C library of the host. */
#include <stdio.h>

int main(void)
{
	return puts("portcullis bench") < 0 || fflush(stdout) != 0;
}
