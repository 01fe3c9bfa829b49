/*
 * Compiles a profile with libseccomp, as container runtimes do, and writes the program to standard output.
 *
 * Standard input: one line each, numbers in hexadecimal.
 *   default ACTION
 *   rule ACTION NUMBER [INDEX OP FIRST SECOND]...
 */
#include <seccomp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const enum scmp_compare OPERATORS[] = {
	SCMP_CMP_NE, SCMP_CMP_LT, SCMP_CMP_LE, SCMP_CMP_EQ, SCMP_CMP_GE, SCMP_CMP_GT, SCMP_CMP_MASKED_EQ,
};

static _Noreturn void die(const char *step, int result)
{
	fprintf(stderr, "%s: %s\n", step, strerror(-result));
	exit(1);
}

static uint64_t next(char **text)
{
	return strtoull(*text, text, 16);
}

int main(void)
{
	scmp_filter_ctx context = NULL;
	char line[4096];

	while (fgets(line, sizeof line, stdin) != NULL) {
		char *rest = strchr(line, ' ');
		if (rest == NULL)
			die("a line without words", 0);
		if (strncmp(line, "default ", 8) == 0) {
			context = seccomp_init((uint32_t)next(&rest));
			if (context == NULL)
				die("seccomp_init", -22);
			continue;
		}
		uint32_t action = (uint32_t)next(&rest);
		int number = (int)next(&rest);
		struct scmp_arg_cmp tests[6];
		unsigned count = 0;
		while (rest[strspn(rest, " \n")] != '\0' && count < 6) {
			struct scmp_arg_cmp *test = &tests[count++];
			test->arg = (unsigned)next(&rest);
			test->op = OPERATORS[next(&rest)];
			test->datum_a = next(&rest);
			test->datum_b = next(&rest);
		}
		int result = seccomp_rule_add_array(context, action, number, count, tests);
		if (result != 0)
			die(line, result);
	}
	int result = seccomp_export_bpf(context, 1);
	if (result != 0)
		die("seccomp_export_bpf", result);
	return 0;
}
