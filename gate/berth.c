#include "session.h"

#include <linux/mman.h>

enum { KEPT = 16, LOOKS = 2 };

/* Those that are taken are in order of age. The kernel says of each when it is free again, and tells nobody. */
static struct {
	struct berth *all;
	u32 made; /* Berths that may be resident. */
	struct berth *free;
	struct berth *oldest;
	struct berth *youngest;
} berths;

/* Pages that nobody touches cost nothing, large ones would be resident whole. */
const char *berths_map(u32 most)
{
	usize size = (most + 1) * sizeof(struct berth);
	long address = syscall6(__NR_mmap, 0, (long)size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (is_error(address))
		return "there is no address space for its sessions: 8 KB for each of limits.sessions";
	syscall3(__NR_madvise, address, size, MADV_NOHUGEPAGE);
	berths.all = (struct berth *)address;
	return NULL;
}

static void unlink(struct berth *berth)
{
	*(berth->before ? &berth->before->behind : &berths.oldest) = berth->behind;
	*(berth->behind ? &berth->behind->before : &berths.youngest) = berth->before;
}

static void append(struct berth *berth)
{
	berth->before = berths.youngest;
	berth->behind = NULL;
	*(berths.youngest ? &berths.youngest->behind : &berths.oldest) = berth;
	berths.youngest = berth;
}

static void set_free(struct berth *berth)
{
	unlink(berth);
	berth->session = NULL;
	berth->behind = berths.free;
	berths.free = berth;
}

/*
 * A session that has a memory of its own may live for long: its berth is the next one's. Two looks for each that is
 * taken find them all.
 */
static void look_at_oldest(void)
{
	struct berth *berth = berths.oldest;
	if (!berth)
		return;
	if (__atomic_load_n(&berth->used, __ATOMIC_ACQUIRE) == 0) {
		set_free(berth);
		return;
	}
	unlink(berth);
	append(berth);
}

struct berth *berth_take(struct session *session)
{
	for (int look = 0; look < LOOKS; look++)
		look_at_oldest();
	struct berth *berth = berths.free;
	if (berth)
		berths.free = berth->behind;
	else
		berth = &berths.all[berths.made++];
	append(berth);
	berth->session = session;
	return berth;
}

/* The session has ended: if the berth is its own still, it is free. */
void berth_leave(struct berth *berth, const struct session *session)
{
	if (berth->session == session)
		set_free(berth);
}

/* When the last session has ended, the memory that more than a few at once began in is given back. */
void berths_give_back(void)
{
	if (berths.made > KEPT)
		syscall3(__NR_madvise, &berths.all[KEPT], (berths.made - KEPT) * sizeof(struct berth), MADV_DONTNEED);
	berths.made = 0;
	berths.free = NULL;
	berths.oldest = NULL;
	berths.youngest = NULL;
}
