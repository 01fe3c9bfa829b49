/* Events: one JSON object a line; what does not fit is counted and reported later. */
#ifndef EVENT_H
#define EVENT_H

#include "text.h"

/* event.c */
void event_to(void (*to)(const char *text, usize size));
void event_begin(const char *name);
void event_number(const char *key, s64 value);
void event_text(const char *key, const char *value);
void event_bytes(const char *key, const u8 *bytes, usize size); /* Of a program: escaped. */
void event_word(const char *key, u64 value);                    /* In hexadecimal. */
void event_words(const char *key, const u64 *values, u32 count);
void event_peer(const struct address *peer);
void event_address(const char *key, const char *port_key, const struct address *address);
void event_end(void);
int event_sent(void); /* In the place of event_end: zero when there is no room now, and then it is not counted. */
usize event_bytes_size(const u8 *bytes, usize size);
void event_count_dropped(void);

/* Begins the event of a step that failed; session 0: in the launch. */
void event_failed(u32 index, s64 result, u32 session);

#endif
