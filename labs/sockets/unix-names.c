/* UNIX sockets: a name is a file with an owner and a mode, or an abstract name, which has neither. */
#include "sockets.h"

#include <stddef.h>
#include <sys/stat.h>
#include <sys/un.h>

static int listener_at(const struct sockaddr_un *address, socklen_t size)
{
	int fd = ok(socket(AF_UNIX, SOCK_STREAM, 0), "socket");
	ok(bind(fd, (const struct sockaddr *)address, size), "bind");
	ok(listen(fd, 4), "listen");
	return fd;
}

static const char *dial(const struct sockaddr_un *address, socklen_t size)
{
	int fd = ok(socket(AF_UNIX, SOCK_STREAM, 0), "socket");
	int result = connect(fd, (const struct sockaddr *)address, size);
	const char *answer = result == 0 ? "connected" : strerror(errno);
	close(fd);
	return answer;
}

int main(void)
{
	print_lines();
	char folder[] = "/tmp/sockets-XXXXXX";
	if (mkdtemp(folder) == NULL)
		ok(-1, "mkdtemp");
	struct sockaddr_un path = {.sun_family = AF_UNIX};
	snprintf(path.sun_path, sizeof path.sun_path, "%s/socket", folder);
	int named = listener_at(&path, sizeof path);
	struct stat file;
	ok(stat(path.sun_path, &file), "stat");
	printf("a path: %s, and %s\n", S_ISSOCK(file.st_mode) ? "a file of the kind socket" : "?",
	       dial(&path, sizeof path));
	/* The file outlives its socket: the next server must remove it before bind. */
	close(named);
	printf("the path without its server: %s\n", dial(&path, sizeof path));
	unlink(path.sun_path);
	rmdir(folder);
	printf("the path without its file: %s\n", dial(&path, sizeof path));

	/* An abstract name begins with a zero byte and ends where its size says. Anybody in the network may dial. */
	struct sockaddr_un abstract = {.sun_family = AF_UNIX};
	int length = snprintf(abstract.sun_path + 1, sizeof abstract.sun_path - 1, "sockets-%d", getpid());
	socklen_t size = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1 + (size_t)length);
	int nameless = listener_at(&abstract, size);
	printf("an abstract name: no file, and %s\n", dial(&abstract, size));
	close(nameless);
	printf("the abstract name without its server: %s\n", dial(&abstract, size));
}
