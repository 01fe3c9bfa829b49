/* Looks for what the C library asks others: users, groups, hosts, interfaces; and writes to the log of the system. */

#include <arpa/inet.h>
#include <grp.h>
#include <ifaddrs.h>
#include <netdb.h>
#include <net/if.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <syslog.h>

static const char *host(const char *name, int flags)
{
	struct addrinfo *found, hints = {.ai_flags = flags, .ai_socktype = SOCK_STREAM};
	int error = getaddrinfo(name, "http", &hints, &found);
	if (error == 0)
		freeaddrinfo(found);
	return error == 0 ? "found" : "not found";
}

static const char *name_of(const char *address)
{
	static char text[256];
	struct sockaddr_in there = {.sin_family = AF_INET};
	inet_pton(AF_INET, address, &there.sin_addr);
	int error = getnameinfo((void *)&there, sizeof there, text, sizeof text, NULL, 0, 0);
	return error == 0 ? text : "an error";
}

int main(void)
{
	struct ifaddrs *interfaces;
	printf("root %s, ", getpwnam("root") ? "found" : "not found");
	printf("nobody-knows %s, ", getpwnam("nobody-knows") ? "found" : "not found");
	printf("group root %s, ", getgrnam("root") ? "found" : "not found");
	printf("localhost %s, ", host("localhost", 0));
	printf("configured localhost %s, ", host("localhost", AI_ADDRCONFIG));
	printf("nobody.invalid %s, ", host("nobody.invalid", 0));
	printf("192.0.2.1 is %s, ", name_of("192.0.2.1"));
	openlog("lookups", LOG_NDELAY, LOG_DAEMON);
	syslog(LOG_INFO, "nobody hears this");
	printf("logged, interfaces %s\n", getifaddrs(&interfaces) == 0 ? "listed" : "not listed");
	return 0;
}
