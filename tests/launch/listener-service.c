/* Tells by which socket its client came, once the client has said something or nothing more. */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

static void tell_name(const struct sockaddr_storage *name, socklen_t length)
{
	char text[INET6_ADDRSTRLEN] = "";
	const struct sockaddr_in *v4 = (const void *)name;
	const struct sockaddr_in6 *v6 = (const void *)name;
	const struct sockaddr_un *local = (const void *)name;
	int size = (int)(length - sizeof local->sun_family);
	switch (name->ss_family) {
	case AF_INET:
		printf("%s %d", inet_ntop(AF_INET, &v4->sin_addr, text, sizeof text), ntohs(v4->sin_port));
		break;
	case AF_INET6:
		printf("%s %d", inet_ntop(AF_INET6, &v6->sin6_addr, text, sizeof text), ntohs(v6->sin6_port));
		break;
	case AF_UNIX:
		if (local->sun_path[0])
			printf("%.*s", size, local->sun_path);
		else
			printf("@%.*s", size - 1, local->sun_path + 1);
		break;
	}
}

int main(void)
{
	struct sockaddr_storage name;
	char said[64];
	int type = 0;
	socklen_t length = sizeof name, size = sizeof type;
	if (read(0, said, sizeof said) < 0 || getsockname(0, (struct sockaddr *)&name, &length) ||
	    getsockopt(0, SOL_SOCKET, SO_TYPE, &type, &size))
		return 1;
	tell_name(&name, length);
	printf("%s\n", type == SOCK_SEQPACKET ? " seqpacket" : "");
	return 0;
}
