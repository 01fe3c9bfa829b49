/* The socket that the session was handed, and sockets of its own. */
#include "probe.h"

#include <arpa/inet.h>
#include <net/if.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stddef.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

static struct sockaddr_in loopback(long port)
{
	return (struct sockaddr_in){.sin_family = AF_INET,
				    .sin_port = htons((unsigned short)port),
				    .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
}

/* On standard error, the log: the client of a socket that was redialled is gone. */
static void log_line(const char *what, const char *text)
{
	dprintf(2, "%s: %s\n", what, text);
}

static const char *forget_peer(void)
{
	struct sockaddr nobody = {.sa_family = AF_UNSPEC};
	return connect(0, &nobody, sizeof nobody) < 0 ? outcome(-1) : NULL;
}

static void redial(long port)
{
	struct sockaddr_in address = loopback(port);
	const char *problem = forget_peer();
	log_line("redial", problem ? problem : outcome(connect(0, (void *)&address, sizeof address)));
}

static void relisten(long port)
{
	struct sockaddr_in address = loopback(port);
	const char *problem = forget_peer();
	if (problem == NULL && bind(0, (void *)&address, sizeof address) < 0)
		problem = outcome(-1);
	log_line("relisten", problem ? problem : outcome(listen(0, 1)));
}

static void dial(long port)
{
	struct sockaddr_in address = loopback(port);
	int fd = socket(AF_INET, SOCK_STREAM, 0);
	say("%s", outcome(fd < 0 ? -1 : connect(fd, (void *)&address, sizeof address)));
}

static void dial_multipath(long port)
{
	struct sockaddr_in address = loopback(port);
	int fd = socket(AF_INET, SOCK_STREAM, 262 /* IPPROTO_MPTCP */);
	say("%s", outcome(fd < 0 ? -1 : connect(fd, (void *)&address, sizeof address)));
}

static void dial_fast_open(long port)
{
	struct sockaddr_in address = loopback(port);
	int fd = socket(AF_INET, SOCK_STREAM, 0);
	long sent = fd < 0 ? -1 : sendto(fd, "x", 1, MSG_FASTOPEN, (void *)&address, sizeof address);
	say("%s", outcome(sent));
}

static void fast_open_by(long port, int many)
{
	struct sockaddr_in address = loopback(port);
	struct iovec text = {.iov_base = "x", .iov_len = 1};
	struct mmsghdr message = {
		.msg_hdr = {.msg_name = &address, .msg_namelen = sizeof address, .msg_iov = &text, .msg_iovlen = 1}};
	int fd = socket(AF_INET, SOCK_STREAM, 0);
	long sent = -1;
	if (fd >= 0)
		sent = many ? sendmmsg(fd, &message, 1, MSG_FASTOPEN) : sendmsg(fd, &message.msg_hdr, MSG_FASTOPEN);
	say("%s", outcome(sent));
}

static void dial_fast_open_message(long port)
{
	fast_open_by(port, 0);
}

static void dial_fast_open_messages(long port)
{
	fast_open_by(port, 1);
}

/* The flags of the handed socket alone: no new one is needed to be refused. */
static void fast_open_here(long port)
{
	struct sockaddr_in address = loopback(port);
	say("%s", outcome(sendto(1, "x", 1, MSG_FASTOPEN, (void *)&address, sizeof address)));
}

static void send_datagram(long port)
{
	struct sockaddr_in address = loopback(port);
	int fd = socket(AF_INET, SOCK_DGRAM, 0);
	say("%s", outcome(fd < 0 ? -1 : sendto(fd, "x", 1, 0, (void *)&address, sizeof address)));
}

static void bind_port(long port)
{
	struct sockaddr_in address = loopback(port);
	int fd = socket(AF_INET, SOCK_STREAM, 0);
	say("%s", outcome(fd < 0 ? -1 : bind(fd, (void *)&address, sizeof address)));
}

/* The argument is the address family. */
static void open_family(long family)
{
	int type = family == AF_ALG                              ? SOCK_SEQPACKET
		   : family == AF_NETLINK || family == AF_PACKET ? SOCK_RAW
								 : SOCK_STREAM;
	say("%s", outcome(socket((int)family, type, 0)));
}

static void list_interfaces(long unused)
{
	(void)unused;
	struct ifreq interfaces[16];
	struct ifconf list = {.ifc_len = sizeof interfaces, .ifc_req = interfaces};
	if (ioctl(0, SIOCGIFCONF, &list) < 0)
		say("%s", outcome(-1));
	else
		say("%zu interfaces", (size_t)list.ifc_len / sizeof interfaces[0]);
}

/* The argument is the option's level times 1000 plus its number. */
static void set_option(long option)
{
	int value = 1;
	say("%s", outcome(setsockopt(0, (int)(option / 1000), (int)(option % 1000), &value, sizeof value)));
}

/* Options of the connection, which it has from its listener. */
static void show_options(long unused)
{
	static const struct {
		const char *name;
		int level, option;
	} options[] = {
		{"keepalive", SOL_SOCKET, SO_KEEPALIVE},  {"idle", IPPROTO_TCP, TCP_KEEPIDLE},
		{"interval", IPPROTO_TCP, TCP_KEEPINTVL}, {"count", IPPROTO_TCP, TCP_KEEPCNT},
		{"nodelay", IPPROTO_TCP, TCP_NODELAY},    {"receive", SOL_SOCKET, SO_RCVBUF},
		{"send", SOL_SOCKET, SO_SNDBUF},
	};
	(void)unused;
	for (unsigned i = 0; i < sizeof options / sizeof options[0]; i++) {
		int value = -1;
		socklen_t size = sizeof value;
		getsockopt(0, options[i].level, options[i].option, &value, &size);
		say("%s %d", options[i].name, value);
	}
}

/* The last to close the socket then waits until the client has taken what is written: the gate, if it were late. */
static void linger(long seconds)
{
	static const char text[65536];
	struct linger how = {.l_onoff = 1, .l_linger = (int)seconds};
	say("%s", outcome(setsockopt(0, SOL_SOCKET, SO_LINGER, &how, sizeof how)));
	while (send(0, text, sizeof text, MSG_DONTWAIT) > 0)
		continue;
}

static struct sockaddr_un abstract_address(long number, socklen_t *size)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int length = snprintf(address.sun_path + 1, sizeof address.sun_path - 1, "portcullis-test-%ld", number);
	*size = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1 + (size_t)length);
	return address;
}

/* Somebody on the host, for as long as the client stays. */
static void listen_abstract(long number)
{
	char byte;
	socklen_t size;
	struct sockaddr_un address = abstract_address(number, &size);
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);
	say("%s", outcome(bind(fd, (void *)&address, size) < 0 ? -1 : listen(fd, 1)));
	while (read(0, &byte, 1) > 0)
		continue;
}

/* Another session of the service, for as long as the client stays. */
static void listen_port(long port)
{
	char byte;
	struct sockaddr_in address = loopback(port);
	int fd = socket(AF_INET, SOCK_STREAM, 0);
	say("%s", outcome(bind(fd, (void *)&address, sizeof address) < 0 ? -1 : listen(fd, 1)));
	while (read(0, &byte, 1) > 0)
		continue;
}

static void dial_abstract(long number)
{
	socklen_t size;
	struct sockaddr_un address = abstract_address(number, &size);
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);
	say("%s", outcome(fd < 0 ? -1 : connect(fd, (void *)&address, size)));
}

const struct probe network_probes[] = {
	{"redial", redial},
	{"relisten", relisten},
	{"dial", dial},
	{"dial-multipath", dial_multipath},
	{"dial-fast-open", dial_fast_open},
	{"dial-fast-open-message", dial_fast_open_message},
	{"dial-fast-open-messages", dial_fast_open_messages},
	{"fast-open-here", fast_open_here},
	{"send-datagram", send_datagram},
	{"bind-port", bind_port},
	{"open-family", open_family},
	{"list-interfaces", list_interfaces},
	{"set-option", set_option},
	{"show-options", show_options},
	{"linger", linger},
	{"listen-abstract", listen_abstract},
	{"listen-port", listen_port},
	{"dial-abstract", dial_abstract},
	{0},
};
