#include "gate.h"

#include <linux/fcntl.h>
#include <linux/mman.h>

struct gate gate;

enum { SEEK_TO_END = 2 };

static const char *open_image(void)
{
	long size = syscall3(__NR_lseek, IMAGE_FD, 0, SEEK_TO_END);
	if (is_error(size) || size == 0 || size > (long)IMAGE_MAX_SIZE)
		return "descriptor 6 holds no image";
	/* Private and writable: steps patch addresses and descriptors into the structures of their own copy. */
	long address = syscall6(__NR_mmap, 0, size, PROT_READ | PROT_WRITE, MAP_PRIVATE, IMAGE_FD, 0);
	if (is_error(address))
		return "the image cannot be mapped";
	syscall1(__NR_close, IMAGE_FD);
	return image_open(&gate.image, (u8 *)address, (usize)size);
}

/* Pages that nobody touches cost nothing. */
static struct failure *map_failures(void)
{
	long address = syscall6(__NR_mmap, 0, IMAGE_MAX_SESSIONS * sizeof(struct failure), PROT_READ | PROT_WRITE,
				MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (is_error(address))
		leave(EXIT_LAUNCH_FAILED);
	return (struct failure *)address;
}

__attribute__((noreturn, used)) void gate_main(void)
{
	const char *problem = open_image();
	if (problem) {
		event_begin("refused-image");
		event_text("reason", problem);
		event_end();
		leave(EXIT_LAUNCH_FAILED);
	}
	gate.role = ROLE_OUTER;
	gate.failures = map_failures();
	execute_plan();
	if (gate.role == ROLE_OUTER && gate.child)
		wait_for_inner();
	leave(EXIT_LAUNCH_FAILED);
}
