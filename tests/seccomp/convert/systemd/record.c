/*
 * record UNIT ARCHITECTURE   prints the filters that systemd 252 makes of a unit file's [Service], one a line in the
 *                            order of installation, as hexadecimal struct sock_filter
 * record unknown NAME...     prints those names of system calls that libseccomp does not know, so that systemd
 *                            ignores them
 *
 * systemd's own parsers and generators are called, in its private libraries; only what `exec_child` does between them
 * is written here. A filter that libseccomp would load is written out instead, so nothing is confined.
 */
#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { KILL_PROCESS = 0x80000000, ERRNO = 0x00050000, LOG = 0x7ffc0000, ALLOW = 0x7fff0000 };
enum { X86_64 = 0xc000003e, AARCH64 = 0xc00000b7 };

typedef void *filter_context;
extern int seccomp_export_bpf(filter_context context, int fd);
extern int seccomp_syscall_resolve_name(const char *name);

/* libsystemd-shared and libsystemd-core export these, without headers. */
typedef int parser(const char *unit, const char *file, unsigned line, const char *section, unsigned section_line,
		   const char *key, int type, const char *value, void *data, void *userdata);
struct table_item {
	const char *section, *key;
	parser *parse;
	int type;
	void *data;
};
struct call_set {
	const char *name, *help, *value;
};
extern int config_parse(const char *unit, const char *file, FILE *stream, const char *sections, void *lookup,
			const void *table, int flags, void *userdata, void *status);
extern int config_item_table_lookup(void);
extern parser config_parse_bool, config_parse_personality, config_parse_syscall_filter, config_parse_syscall_log,
	config_parse_syscall_errno, config_parse_syscall_archs, config_parse_address_families,
	config_parse_restrict_namespaces;
extern unsigned _hashmap_size(void *map);
extern const struct call_set *syscall_filter_set_find(const char *name);
extern uint32_t seccomp_local_archs[];
extern int seccomp_load_syscall_filter_set(uint32_t otherwise, const struct call_set *set, uint32_t action, bool log);
extern int seccomp_load_syscall_filter_set_raw(uint32_t otherwise, void *calls, uint32_t action, bool log);
extern int seccomp_restrict_archs(void *set), seccomp_restrict_namespaces(unsigned long kept),
	seccomp_protect_sysctl(void), seccomp_protect_syslog(void),
	seccomp_restrict_address_families(void *set, bool allow), seccomp_restrict_realtime_full(int error),
	seccomp_memory_deny_write_execute(void), seccomp_lock_personality(unsigned long personality),
	seccomp_protect_hostname(void), seccomp_restrict_suid_sgid(void);

/* Takes the place of libseccomp's. */
int seccomp_load(filter_context context)
{
	unsigned char bytes[8 * 4096];
	FILE *file = tmpfile();
	if (file == NULL || seccomp_export_bpf(context, fileno(file)) != 0)
		exit(2);
	rewind(file);
	size_t count = fread(bytes, 1, sizeof bytes, file);
	fclose(file);
	for (size_t i = 0; i < count; i++)
		printf("%02x", bytes[i]);
	putchar('\n');
	return 0;
}

static void must(const char *what, int result)
{
	if (result < 0) {
		fprintf(stderr, "%s: %s\n", what, strerror(-result));
		exit(2);
	}
}

/* ExecContext: large enough for any version, as an object whose fields are found by what a parser changes. */
static _Alignas(16) unsigned char context[65536], before[65536];

static void parse_into_context(parser *parse, const char *value)
{
	memcpy(before, context, sizeof context);
	must("probe", parse("u", "f", 1, "Service", 1, "Key", 0, value, context, context));
}

static void *changed_pointer(void)
{
	for (size_t i = 0; i < sizeof context; i += sizeof(void *))
		if (memcmp(context + i, before + i, sizeof(void *)) != 0) {
			void *value;
			memcpy(&value, context + i, sizeof value);
			if ((uintptr_t)value > 0x10000)
				return context + i;
		}
	fprintf(stderr, "a parser of systemd changed no pointer\n");
	exit(2);
}

/* One bit of the context. */
struct flag {
	const unsigned char *byte;
	unsigned char bit;
};

static struct flag changed_flag(void *beside)
{
	for (size_t i = 0; i < sizeof context; i++) {
		ptrdiff_t distance = context + i - (unsigned char *)beside;
		if ((distance < 0 || distance >= (ptrdiff_t)sizeof(void *)) && context[i] > before[i])
			return (struct flag){context + i, context[i] & (unsigned char)~before[i]};
	}
	fprintf(stderr, "a parser of systemd changed no flag\n");
	exit(2);
}

static bool is_set(struct flag flag)
{
	return (*flag.byte & flag.bit) != 0;
}

static void *changed_word(size_t size)
{
	for (size_t i = 0; i < sizeof context; i += size)
		if (memcmp(context + i, before + i, size) != 0)
			return context + i;
	fprintf(stderr, "a parser of systemd changed no number\n");
	exit(2);
}

int main(int argc, char **argv)
{
	if (argc > 2 && strcmp(argv[1], "unknown") == 0) {
		for (int i = 2; i < argc; i++)
			if (seccomp_syscall_resolve_name(argv[i]) == -1)
				puts(argv[i]);
		return 0;
	}
	if (argc != 3)
		return 2;
	void **calls, **logged, **families;
	struct flag calls_allow, logged_allow, families_allow;
	parse_into_context(config_parse_syscall_filter, "read");
	calls = changed_pointer();
	calls_allow = changed_flag(calls);
	parse_into_context(config_parse_syscall_log, "read");
	logged = changed_pointer();
	logged_allow = changed_flag(logged);
	parse_into_context(config_parse_address_families, "AF_INET");
	families = changed_pointer();
	families_allow = changed_flag(families);
	parse_into_context(config_parse_restrict_namespaces, "no");
	unsigned long *namespaces = changed_word(sizeof *namespaces), all_namespaces = *namespaces;
	parse_into_context(config_parse_syscall_errno, "kill");
	int *refusal = changed_word(sizeof *refusal);
	int kill = *refusal;
	parse_into_context(config_parse_syscall_filter, "");
	parse_into_context(config_parse_syscall_log, "");
	parse_into_context(config_parse_address_families, "");
	parse_into_context(config_parse_restrict_namespaces, "");
	unsigned long untouched_namespaces = *namespaces;

	void *architectures = NULL;
	unsigned long personality = 0xffffffff;
	bool dynamic = 0, lock = 0, memory = 0, devices = 0, clock = 0, hostname = 0, logs = 0, modules = 0,
	     tunables = 0, realtime = 0, set_id = 0;
	struct table_item table[] = {
		{"Service", "SystemCallFilter", config_parse_syscall_filter, 0, context},
		{"Service", "SystemCallLog", config_parse_syscall_log, 0, context},
		{"Service", "SystemCallErrorNumber", config_parse_syscall_errno, 0, context},
		{"Service", "SystemCallArchitectures", config_parse_syscall_archs, 0, &architectures},
		{"Service", "RestrictAddressFamilies", config_parse_address_families, 0, context},
		{"Service", "RestrictNamespaces", config_parse_restrict_namespaces, 0, context},
		{"Service", "Personality", config_parse_personality, 0, &personality},
		{"Service", "DynamicUser", config_parse_bool, 0, &dynamic},
		{"Service", "LockPersonality", config_parse_bool, 0, &lock},
		{"Service", "MemoryDenyWriteExecute", config_parse_bool, 0, &memory},
		{"Service", "PrivateDevices", config_parse_bool, 0, &devices},
		{"Service", "ProtectClock", config_parse_bool, 0, &clock},
		{"Service", "ProtectHostname", config_parse_bool, 0, &hostname},
		{"Service", "ProtectKernelLogs", config_parse_bool, 0, &logs},
		{"Service", "ProtectKernelModules", config_parse_bool, 0, &modules},
		{"Service", "ProtectKernelTunables", config_parse_bool, 0, &tunables},
		{"Service", "RestrictRealtime", config_parse_bool, 0, &realtime},
		{"Service", "RestrictSUIDSGID", config_parse_bool, 0, &set_id},
		{NULL, NULL, NULL, 0, NULL},
	};
	must("config_parse", config_parse("u.service", argv[1], NULL, "Service\0", (void *)config_item_table_lookup,
					  table, 1, context, NULL));

	bool arm = strcmp(argv[2], "aarch64") == 0;
	seccomp_local_archs[0] = arm ? AARCH64 : X86_64;
	seccomp_local_archs[1] = UINT32_MAX;

	uint32_t refused = *refusal == kill ? (uint32_t)KILL_PROCESS : ERRNO | (uint32_t)*refusal;
	uint32_t denied = ERRNO | EPERM;
	if (hostname)
		must("hostname", seccomp_protect_hostname());
	if (is_set(families_allow) || _hashmap_size(*families) > 0)
		must("families", seccomp_restrict_address_families(*families, is_set(families_allow)));
	if (memory)
		must("memory", seccomp_memory_deny_write_execute());
	if (realtime)
		must("realtime", seccomp_restrict_realtime_full(EPERM));
	if (set_id || dynamic)
		must("set-id", seccomp_restrict_suid_sgid());
	if (*namespaces != untouched_namespaces && (*namespaces & all_namespaces) != all_namespaces)
		must("namespaces", seccomp_restrict_namespaces(*namespaces));
	if (tunables)
		must("sysctl", seccomp_protect_sysctl());
	if (modules)
		must("modules",
		     seccomp_load_syscall_filter_set(ALLOW, syscall_filter_set_find("@module"), denied, false));
	if (logs)
		must("syslog", seccomp_protect_syslog());
	if (clock)
		must("clock", seccomp_load_syscall_filter_set(ALLOW, syscall_filter_set_find("@clock"), denied, false));
	if (devices)
		must("devices",
		     seccomp_load_syscall_filter_set(ALLOW, syscall_filter_set_find("@raw-io"), denied, false));
	if (lock)
		must("personality", seccomp_lock_personality(personality == 0xffffffff ? 0 : personality));
	if (is_set(logged_allow) || _hashmap_size(*logged) > 0)
		must("log", seccomp_load_syscall_filter_set_raw(is_set(logged_allow) ? ALLOW : LOG, *logged,
								is_set(logged_allow) ? LOG : ALLOW, false));
	if (is_set(calls_allow) || _hashmap_size(*calls) > 0)
		must("calls", seccomp_load_syscall_filter_set_raw(is_set(calls_allow) ? refused : ALLOW, *calls,
								  is_set(calls_allow) ? ALLOW : refused, false));
	return 0;
}
