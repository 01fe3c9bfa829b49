/* The few lines that all of these programs share. */
#ifndef SOCKETS_H
#define SOCKETS_H

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

/* Ends the program when a call has failed; returns its result otherwise. */
static inline int ok(int result, const char *call)
{
	if (result >= 0)
		return result;
	printf("%s: %s\n", call, strerror(errno));
	exit(1);
}

/* 127.0.0.1 and a port; 0 lets the kernel choose a free one. */
static inline struct sockaddr_in loopback(int port)
{
	return (struct sockaddr_in){
		.sin_family = AF_INET, .sin_port = htons((in_port_t)port), .sin_addr = {htonl(INADDR_LOOPBACK)}};
}

/* A socket of IPv4 that is bound to a free port of the loopback. */
static inline int bound_socket(int type)
{
	struct sockaddr_in address = loopback(0);
	int fd = ok(socket(AF_INET, type, 0), "socket");
	ok(bind(fd, (struct sockaddr *)&address, sizeof address), "bind");
	return fd;
}

static inline struct sockaddr_in address_of(int fd)
{
	struct sockaddr_in address;
	socklen_t size = sizeof address;
	ok(getsockname(fd, (struct sockaddr *)&address, &size), "getsockname");
	return address;
}

/* Reads what is there, as text. */
static inline const char *text_of(int fd)
{
	static char text[256];
	ssize_t length = read(fd, text, sizeof text - 1);
	ok((int)length, "read");
	text[length] = '\0';
	return text;
}

/* Parent and child print whole lines, each when it is complete. */
static inline void print_lines(void)
{
	setvbuf(stdout, NULL, _IOLBF, 0);
}

#endif
