#include "../event.h"
#include "recorder.h"

/* A program that fails without end fills no log: an answer is told once a session, and few are told in a second. */
enum { ANSWERS_A_SECOND = 16, REMEMBERED = 1024, LONGEST_PATH = 255, LARGEST_ADDRESS = 110 };

enum { UNIX = 1, SOCKADDR_HEAD = 2 };

static struct {
	u64 ends_ns; /* Of the present second; zero: nothing was told in it. */
	u32 told;
	u64 more;
} second;

static u64 remembered[REMEMBERED];
static u32 next_remembered;

/* The things that an answer is about. */
struct subject {
	u8 paths[2][LONGEST_PATH];
	usize path_sizes[2];
	struct address address;
	int has_address;
};

static u64 mix(u64 hash, const void *bytes, usize size)
{
	const u8 *at = bytes;
	for (usize i = 0; i < size; i++)
		hash = (hash ^ at[i]) * 1099511628211u;
	return hash;
}

/* Small numbers are flags and the like; large ones are addresses, which differ each time. */
static u64 key_of(const struct task *task, const struct subject *subject, s64 errno)
{
	u64 hash = 14695981039346656037u;
	hash = mix(hash, &task->session, sizeof task->session);
	hash = mix(hash, &task->nr, sizeof task->nr);
	hash = mix(hash, &errno, sizeof errno);
	for (u32 i = 0; i < REGISTERS; i++)
		if (task->args[i] < 65536 && subject->path_sizes[0] == 0)
			hash = mix(hash, &task->args[i], sizeof task->args[i]);
	for (u32 i = 0; i < 2; i++)
		hash = mix(hash, subject->paths[i], subject->path_sizes[i]);
	return subject->has_address ? mix(hash, subject->address.bytes, sizeof subject->address.bytes) : hash;
}

static int is_remembered(u64 key)
{
	for (u32 i = 0; i < REMEMBERED; i++)
		if (remembered[i] == key)
			return 1;
	remembered[next_remembered] = key;
	next_remembered = (next_remembered + 1) % REMEMBERED;
	return 0;
}

/* A path, or the name of a UNIX socket; an abstract one begins with a zero byte, here as people write it. */
static void read_address(const struct task *task, s32 at, struct subject *subject)
{
	u8 bytes[LARGEST_ADDRESS] __attribute__((aligned(8)));
	usize size = task->args[at + 1] < sizeof bytes ? task->args[at + 1] : sizeof bytes;
	memset(bytes, 0, sizeof bytes);
	if (memory_read(task->pid, task->args[at], bytes, size) < SOCKADDR_HEAD)
		return;
	subject->has_address = address_from(&subject->address, bytes);
	if (subject->has_address || bytes[0] != UNIX || bytes[1] != 0)
		return;
	int is_abstract = size > SOCKADDR_HEAD && bytes[SOCKADDR_HEAD] == 0;
	if (is_abstract)
		bytes[SOCKADDR_HEAD] = '@';
	usize length = 0;
	while (SOCKADDR_HEAD + length < size && bytes[SOCKADDR_HEAD + length])
		length++;
	memcpy(subject->paths[0], bytes + SOCKADDR_HEAD, length);
	subject->path_sizes[0] = length;
}

static void read_subject(const struct task *task, const struct wanted *wanted, struct subject *subject)
{
	memset(subject, 0, sizeof *subject);
	for (u32 i = 0; i < 2; i++)
		if (wanted->paths[i] >= 0)
			subject->path_sizes[i] =
				memory_text(task->pid, task->args[wanted->paths[i]], subject->paths[i], LONGEST_PATH);
	if (wanted->address >= 0)
		read_address(task, wanted->address, subject);
}

void tell_rest(int is_end)
{
	if (!second.ends_ns || (!is_end && monotonic_ns() < second.ends_ns))
		return;
	u64 more = second.more;
	memset(&second, 0, sizeof second);
	if (!more)
		return;
	event_begin("answered-more");
	event_number("count", (s64)more);
	event_end();
}

/* Returns whether this answer is told by itself, and counts it. */
static int is_told(u64 key)
{
	tell_rest(0);
	if (!second.ends_ns)
		second.ends_ns = monotonic_ns() + SECOND_NS;
	/* One for which this second has no room is told when it comes again. */
	if (second.told < ANSWERS_A_SECOND && !is_remembered(key)) {
		second.told++;
		return 1;
	}
	second.more++;
	return 0;
}

void tell_answer(const struct task *task, const struct wanted *wanted, s64 errno)
{
	struct subject subject;
	struct names names;
	read_subject(task, wanted, &subject);
	if (!is_told(key_of(task, &subject, errno)))
		return;
	names_read(task->pid, &names);
	event_begin("answered");
	if (task->session)
		event_number("session", task->session);
	event_number("pid", names.inner_pid ? names.inner_pid : task->pid);
	if (names.program_size)
		event_bytes("program", names.program, names.program_size);
	event_number("call", (s64)task->nr);
	event_words("args", task->args, REGISTERS);
	event_number("errno", errno);
	if (subject.path_sizes[0])
		event_bytes("path", subject.paths[0], subject.path_sizes[0]);
	if (subject.path_sizes[1])
		event_bytes("other_path", subject.paths[1], subject.path_sizes[1]);
	if (subject.has_address)
		event_address("address", "to_port", &subject.address);
	event_end();
}
