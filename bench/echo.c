/* The service behind a connection that stays: it answers each message with the same bytes. */
#include <unistd.h>

int main(void)
{
	char message[512];
	ssize_t size;
	while ((size = read(STDIN_FILENO, message, sizeof message)) > 0)
		if (write(STDOUT_FILENO, message, (size_t)size) != size)
			return 1;
	return size < 0;
}
