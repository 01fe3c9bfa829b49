/* Connections that come in: the gate serves them or turns them away. */
#ifndef ACCEPT_H
#define ACCEPT_H

#include "text.h"

/* accounts.c: what each source has. As many as there may be sessions, so that none is ever counted with another. */
void accounts_open(u32 sessions);
u32 account_live(const struct address *peer);
u32 account_enter(const struct address *peer);
void account_leave(u32 account);

/* access.c */
int peer_is_refused(const struct address *peer);

/* admission.c */
int source_is_full(const struct address *peer);

/* refusals.c: connections that were closed without a session, summed up. */
enum refusal { REFUSED_PER_SOURCE, REFUSED_GONE, REFUSED_DRAINING, REFUSED_ACCESS_LIST, REFUSALS };
void refuse(enum refusal reason, const struct address *peer);
u64 refusals_due(void); /* When they are told next; zero: there are none. */
void refusals_tell(void);

/* accept.c */
int accept_connection(u32 listener);
void accept_pending(void);
void start_inherited(void);
void turn_away(s32 socket, enum refusal reason, const struct address *peer);

#endif
