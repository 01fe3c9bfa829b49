/*
 * Reads a line that names a place, writes code there, runs it, and says what it answered: memory that is writable and
 * executable although nobody asked for it by a call. "maps" says instead whether there is such memory at all.
 */
#include <pthread.h>
#include <stdio.h>
#include <string.h>

/* A function that answers 42. */
#if defined(__x86_64__)
static const unsigned char code[] = {0xb8, 42, 0, 0, 0, 0xc3};
#define COMMENT "#"
#else
static const unsigned char code[] = {0x40, 0x05, 0x80, 0x52, 0xc0, 0x03, 0x5f, 0xd6};
#define COMMENT "//"
#endif

/* The compiler adds flags of its own behind the name; the assembler is to read ours only. */
#define SECTION(flags, type) __attribute__((section(".place,\"" flags "\",@" type COMMENT)))

#if defined(WRITABLE_CODE)
SECTION("awx", "progbits") static unsigned char place[64] = {1};
#elif defined(CODE_WITHOUT_BYTES)
/* Longer than a page, so that it goes on where the file has ended. */
SECTION("ax", "nobits") static unsigned char place[16384];
#endif

#if defined(LIBRARY)
int of_library(void);
#endif

static void run(unsigned char *at)
{
	memcpy(at, code, sizeof code);
	__builtin___clear_cache((char *)at, (char *)at + sizeof code);
	printf("the code answered %d\n", ((int (*)(void))(void *)at)());
	fflush(stdout);
}

static void *on_stack(void *unused)
{
	unsigned char stack[64];
	run(stack);
	return unused;
}

static void in_thread(void)
{
	pthread_t thread;
	if (pthread_create(&thread, NULL, on_stack, NULL) == 0)
		pthread_join(thread, NULL);
}

static void look_at_maps(void)
{
	char line[512];
	int found = 0;
	FILE *maps = fopen("/proc/self/maps", "r");
	while (maps != NULL && fgets(line, sizeof line, maps) != NULL)
		found |= strstr(line, " rwxp ") != NULL;
	puts(found ? "writable and executable" : "none");
}

int main(void)
{
	char line[64];
	if (fgets(line, sizeof line, stdin) == NULL)
		return 1;
#if defined(LIBRARY)
	printf("the library answered %d\n", of_library());
	fflush(stdout);
#endif
	if (strcmp(line, "stack\n") == 0)
		on_stack(NULL);
	if (strcmp(line, "thread\n") == 0)
		in_thread();
	if (strcmp(line, "maps\n") == 0)
		look_at_maps();
#if defined(WRITABLE_CODE)
	if (strcmp(line, "segment\n") == 0)
		run(place);
#elif defined(CODE_WITHOUT_BYTES)
	if (strcmp(line, "segment\n") == 0)
		run(place + sizeof place - 64);
#endif
	return 0;
}
