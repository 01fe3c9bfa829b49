/*
 * libseccomp-filter LEVEL FILE   compiles the rules on standard input with libseccomp, writes the program to FILE, and
 *                                prints how many us it took. LEVEL is libseccomp's: 1 is a list, 2 a binary tree
 *
 * A line is `NUMBER ERRNO`, with 0 for a call that is allowed, and perhaps ` ARGUMENT COMPARISON VALUE VALUE`, where
 * the comparison is one of libseccomp's numbers. What no line names answers EPERM.
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <seccomp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

struct rule {
	int number;
	int error;
	int conditions;
	struct scmp_arg_cmp condition;
};

static struct rule rules[1024];

static void check(int result, const char *what)
{
	if (result >= 0)
		return;
	fprintf(stderr, "libseccomp-filter: %s: %s\n", what, strerror(-result));
	exit(1);
}

static int read_rules(void)
{
	char line[128];
	int count = 0;
	while (count < 1024 && fgets(line, sizeof line, stdin) != NULL) {
		struct rule *rule = &rules[count];
		unsigned argument;
		int comparison;
		uint64_t a, b;
		int found = sscanf(line, "%d %d %u %d %" SCNu64 " %" SCNu64, &rule->number, &rule->error, &argument,
				   &comparison, &a, &b);
		check(found == 2 || found == 6 ? 0 : -EINVAL, line);
		rule->conditions = found == 6;
		if (found == 6)
			rule->condition = (struct scmp_arg_cmp){argument, (enum scmp_compare)comparison, a, b};
		count += 1;
	}
	return count;
}

static double now_us(void)
{
	struct timespec time;
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
	return (double)time.tv_sec * 1e6 + (double)time.tv_nsec / 1e3;
}

int main(int argc, char **argv)
{
	if (argc != 3)
		return 2;
	int count = read_rules();
	int file = open(argv[2], O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	check(file < 0 ? -errno : 0, argv[2]);
	double start = now_us();
	scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ERRNO(EPERM));
	check(filter == NULL ? -ENOMEM : 0, "init");
	check(seccomp_attr_set(filter, SCMP_FLTATR_CTL_OPTIMIZE, (uint32_t)atoi(argv[1])), "level");
	for (int i = 0; i < count; i += 1) {
		uint32_t action = rules[i].error == 0 ? SCMP_ACT_ALLOW : SCMP_ACT_ERRNO((uint16_t)rules[i].error);
		check(seccomp_rule_add_array(filter, action, rules[i].number, (unsigned)rules[i].conditions,
					     &rules[i].condition),
		      "rule");
	}
	check(seccomp_export_bpf(filter, file), "export");
	printf("%.1f\n", now_us() - start);
	seccomp_release(filter);
	return 0;
}
