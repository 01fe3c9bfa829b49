#include "recorder.h"

#include <linux/ptrace.h>

/* Word by word: process_vm_readv takes a right that the recorder has given up, and a tracer needs none for this. */
usize memory_read(s32 pid, u64 address, u8 *to, usize size)
{
	usize done = 0;
	while (done < size) {
		u64 at = address + done, word;
		usize offset = at % sizeof word, count = sizeof word - offset;
		if (syscall4(__NR_ptrace, PTRACE_PEEKDATA, pid, at - offset, &word) != 0)
			break;
		if (count > size - done)
			count = size - done;
		memcpy(to + done, (const u8 *)&word + offset, count);
		done += count;
	}
	return done;
}

/* A text up to its end, which is not part of it. */
usize memory_text(s32 pid, u64 address, u8 *to, usize size)
{
	usize done = 0;
	while (done < size) {
		usize count = sizeof(u64) - (address + done) % sizeof(u64);
		if (count > size - done)
			count = size - done;
		usize read = memory_read(pid, address + done, to + done, count);
		for (usize i = 0; i < read; i++)
			if (!to[done + i])
				return done + i;
		if (read < count)
			return done + read;
		done += count;
	}
	return done;
}
