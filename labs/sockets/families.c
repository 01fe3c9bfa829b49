/* Every family of sockets of the kernel, tried with one socket each. */
#include "sockets.h"

static const struct {
	int number, type, protocol;
	const char *name;
} families[] = {
	{AF_UNIX, SOCK_STREAM, 0, "AF_UNIX"},   {AF_INET, SOCK_STREAM, 0, "AF_INET"},
	{AF_INET6, SOCK_STREAM, 0, "AF_INET6"}, {AF_NETLINK, SOCK_RAW, 0, "AF_NETLINK"},
	{AF_PACKET, SOCK_RAW, 0, "AF_PACKET"},  {AF_ALG, SOCK_SEQPACKET, 0, "AF_ALG"},
	{AF_VSOCK, SOCK_STREAM, 0, "AF_VSOCK"}, {AF_BLUETOOTH, SOCK_RAW, 1, "AF_BLUETOOTH"},
	{AF_CAN, SOCK_RAW, 1, "AF_CAN"},        {AF_TIPC, SOCK_RDM, 0, "AF_TIPC"},
	{AF_KEY, SOCK_RAW, 2, "AF_KEY"},        {AF_XDP, SOCK_RAW, 0, "AF_XDP"},
	{AF_RDS, SOCK_SEQPACKET, 0, "AF_RDS"},  {AF_QIPCRTR, SOCK_DGRAM, 0, "AF_QIPCRTR"},
	{AF_SMC, SOCK_STREAM, 0, "AF_SMC"},
};

int main(void)
{
	print_lines();
	for (size_t i = 0; i < sizeof families / sizeof *families; i++) {
		int fd = socket(families[i].number, families[i].type, families[i].protocol);
		printf("%s: %s\n", families[i].name, fd >= 0 ? "a socket" : strerror(errno));
		if (fd >= 0)
			close(fd);
	}
}
