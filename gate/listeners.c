#include "serve.h"
#include "table.h"

s32 listener_fd(u32 index)
{
	return (s32)gate.own.slots[service.numbers->listener_slots[index]];
}

/* At the limit the listeners leave the set: the kernel's backlog absorbs the burst and nobody is turned away. */
void listeners_poll(int wanted)
{
	if (wanted == service.polling)
		return;
	service.polling = wanted;
	for (u32 i = 0; i < service.numbers->listener_count; i++) {
		long result = 0;
		if (wanted)
			result = poll_add(listener_fd(i), SOURCE_LISTENER, i);
		else
			poll_remove(listener_fd(i));
		if (result != 0) {
			listeners_poll(0);
			pause_accepting(__NR_epoll_ctl, result);
			return;
		}
	}
}

void listeners_close(void)
{
	if (!service.listening)
		return;
	service.listening = 0;
	listeners_poll(0);
	for (u32 i = 0; i < service.numbers->listener_count; i++)
		syscall1(__NR_close, listener_fd(i));
}
