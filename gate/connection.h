/* The connection that only a session holds, as the kernel tells of it by inet_diag: sock_diag(7). */
#ifndef CONNECTION_H
#define CONNECTION_H

#include "table.h"

/* The largest answer that is read whole. */
enum { ANSWER_SIZE = 1024 };

enum answer {
	ANSWER_OPEN,   /* The session has it open. */
	ANSWER_ENDED,  /* It has ended, or the session has closed it. */
	ANSWER_OTHER,  /* To another question. */
	ANSWER_UNKNOWN /* The kernel had no room for the question, or its answer is not whole. */
};

struct connection {
	u64 received; /* Bytes; the end of the client's half counts as one. */
	u64 quiet_ms; /* For so long no data has come and none was sent. */
};

/* connection.c */
int connection_note(struct session *session, s32 socket);
void connection_watch(struct session *session);
enum answer connection_read(const u8 *bytes, usize size, u32 question, u64 cookie, struct connection *connection);
enum answer connection_ask(const struct session *session, struct connection *connection);

#endif
