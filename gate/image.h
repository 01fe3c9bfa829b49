/*
 * A plan as bytes. src/plan/image/encode.ts writes what this file describes; all numbers are little-endian, every
 * table follows the one before it, and the data area ends with a zero byte so that each string in it ends.
 */
#ifndef IMAGE_H
#define IMAGE_H

#include "kernel.h"

#include <linux/audit.h>

#define IMAGE_MAGIC "PORTGATE"
#define IMAGE_VERSION 9u
#define IMAGE_MAX_SIZE (4u << 20)
#define IMAGE_MAX_ARGUMENTS 6u
#define IMAGE_MAX_SLOTS 64u
#define IMAGE_MAX_LISTENERS 16u
#define IMAGE_MAX_ENVIRONMENT 256u
#define IMAGE_MAX_SESSIONS 16384u
#define IMAGE_MAX_PENALTIES 8u
#define IMAGE_MAX_PORTS 65536u
#define IMAGE_MAX_INTERVAL_NS 86400000000000ull /* A day; times so many sessions it has room in 64 bits. */
#define IMAGE_MAX_TURNS 131072u
#define NO_SLOT 0xffffu

#if defined(__x86_64__)
#define MACHINE AUDIT_ARCH_X86_64
#else
#define MACHINE AUDIT_ARCH_AARCH64
#endif

/* Those behind it are real-time signals. */
#define IMAGE_LAST_SIGNAL 31u

struct image_header {
	u8 magic[8];
	u32 version;
	u32 machine;  /* AUDIT_ARCH_* of the plan's system-call numbers. */
	u32 size;     /* Of the whole image. */
	u32 checksum; /* CRC-32 (IEEE 802.3) of everything behind this field. */
	u32 step_count;
	u32 word_count;
	u32 patch_count;
	u32 check_count;
	u32 data_size;
	u32 slot_count;
	/* Of a plan that nobody supervises, in the data area; zero: the launcher tells people what happens. */
	u32 service;     /* The service's name. */
	u32 plan_text;   /* The plan as people read it. */
	u32 errno_names; /* The name of errno 0, 1, 2 and so on, each with its zero, and an empty one. */
	u32 kernel;      /* The oldest that it runs on: major << 16 | minor. */
};

enum verb {
	VERB_CALL,
	VERB_SPLIT,
	VERB_ENV,
	VERB_SERVE,
	VERB_EXEC,
	VERB_ENTER,
	VERB_QUEUE,
	VERB_MARK,
	VERB_INHERIT,
	VERB_COUNT
};
enum role { ROLE_OUTER = 1, ROLE_INNER = 2, ROLE_SESSION = 4 };
enum expectation { EXPECT_EQUAL, EXPECT_NOT_NEGATIVE, EXPECT_ERRNO, EXPECT_COUNT };
enum operand { OPERAND_VALUE, OPERAND_DATA, OPERAND_SLOT, OPERAND_COUNT };

#define OPERAND_BITS 2u

struct step {
	u8 verb;
	u8 roles; /* The processes that execute it: a set of enum role. */
	u8 expect;
	u8 argument_count; /* Those behind them, up to IMAGE_MAX_ARGUMENTS, are zero. */
	u16 nr;
	u16 kinds;      /* enum operand of each argument, the first in the lowest bits. */
	u16 store;      /* Slot for the result, or NO_SLOT. */
	u8 tolerate[4]; /* Errnos that are acceptable too; zero is none. */
	u16 patch_count;
	u32 patch_first;
	u16 check_first;
	u16 check_count;
	s32 value;          /* EXPECT_EQUAL: the result; EXPECT_ERRNO: the errno. */
	u32 argument_first; /* In the table of words, which steps share. */
	u32 line;           /* Of the policy; zero is a default. */
	u32 name;           /* Of the call, in the data area. */
};

#define PATCH_DECIMAL 10u

/* Writes an address or a slot into a structure in the data area before the call. */
struct patch {
	u32 target;
	u8 kind;  /* OPERAND_DATA or OPERAND_SLOT. */
	u8 width; /* 4 or 8; PATCH_DECIMAL is a number as text, spaces behind it. */
	u16 reserved;
	u64 source;
};

/* A value that must stand in the data area after the call. */
struct check {
	u32 offset;
	u32 width; /* 4 or 8. */
	u64 mask;
	u64 equals;
};

/* The argument of VERB_ENTER lies in page 0. */
#define IMAGE_PAGE_ZERO_SIZE 4096u

/* The argument of VERB_QUEUE is a standard descriptor. */
#define IMAGE_LAST_STANDARD 2u

/* One socket of the table of VERB_INHERIT: its name, where it goes, and the line of the policy. */
struct wanted_socket {
	u32 name;
	u32 descriptor;
	u32 line;
	u32 reserved;
};

/* The argument of VERB_SPLIT: what the outer gate does while the inner one serves. */
enum split_mode {
	SPLIT_WAIT,      /* Waits; a launcher reads the events and gives the orders. */
	SPLIT_SUPERVISE, /* Prints the events and takes SIGTERM and SIGINT for orders. */
	SPLIT_FORWARD,   /* Hands signals on to the service. */
	SPLIT_COUNT
};

enum handoff { HANDOFF_CONNECTION, HANDOFF_LISTENER, HANDOFF_INHERITED, HANDOFF_PEER };

/* The ways in which a session may end badly. */
enum penalty_cause {
	PENALTY_CRASH,
	PENALTY_FILTER,
	PENALTY_TIME,
	PENALTY_STATUS,
	PENALTY_FIRST_BYTE,
	PENALTY_IDLE,
	PENALTY_COUNT
};

struct penalty {
	u32 cause;
	u32 status; /* Of PENALTY_STATUS. */
	u64 added_ns;
};

/* A user or a group at the other end of a UNIX socket. */
#define IMAGE_MAX_PEERS 1024u
struct peer_user {
	u32 id;
	u32 is_allowed;
};

/* The argument of VERB_SERVE, in the data area. */
struct serve {
	u64 time_ms;        /* Of a session; zero is no limit. */
	u64 grace_ms;       /* Between SIGTERM and SIGKILL; zero: it is killed at once. */
	u64 client_gone_ms; /* That it may go on after its client; zero is no limit. */
	u64 first_byte_ms;  /* Until the client has sent something; zero is no limit. */
	u64 idle_ms;        /* Without data of either side, of a peer without a datagram; zero is no limit. */
	u64 drain_ms;
	u32 handoff;
	u32 listener_count;
	u32 listener_slots[IMAGE_MAX_LISTENERS];
	u32 backlog;
	u32 sessions;
	u32 per_source;
	u32 loopback_exempt; /* per_source does not count peers on the loopback. */
	u32 epoll_slot;
	u32 signal_slot;     /* A signalfd of SIGCHLD: a hint to wait, never an order. */
	u32 connection_slot; /* The session finds its socket there; NO_SLOT: what it inherits. */
	u32 log_slot;        /* The session finds its log pipe there; NO_SLOT is no log. */
	u32 notify_slot;     /* The first filter's listener; NO_SLOT when no call asks. */
	u32 local_address;   /* The environment names the local address. */
	u32 exec_asks;       /* Every exec asks and is answered; all others that ask are denied. */
	u32 names_programs;  /* The filter lets the gate read /proc. */
	u32 end_signal;      /* A session is asked to end by this one. */
	u32 audits;          /* The kernel ends a process for a denied call, and its audit tells it. */
	u32 penalty_count;
	/*
	 * The access list, if the gate asks it after it has accepted. Each table has the addresses at which the answer
	 * turns around, from "refused" on, in order, the first byte highest: four bytes of IPv4, sixteen of IPv6.
	 */
	u32 access_asked;
	u32 access_v4;
	u32 access_v4_count;
	u32 access_v6;
	u32 access_v6_count;
	/* The users that may connect to UNIX sockets: a table of struct peer_user, first the users, then the groups. */
	u32 peers_asked;
	u32 peers;
	u32 peer_users;
	u32 peer_groups;
	u64 source_interval_ns; /* Between connections of one source, in the long run; zero is no limit. */
	u64 total_interval_ns;  /* And of all. */
	u32 source_burst;       /* So many may come at once. */
	u32 total_burst;
	u64 penalty_least_ns; /* A source with less is not refused. */
	u64 penalty_most_ns;
	struct penalty penalties[IMAGE_MAX_PENALTIES];
	/* Of HANDOFF_PEER. */
	u64 datagram_interval_ns; /* Between datagrams of one peer, in the long run. */
	u32 datagram_burst;       /* So many may come at once. */
	u32 amplification;        /* Bytes of answers for each byte of requests, headers counted. */
	u32 refused_ports;        /* A table of u32: ports of services, from which no peer asks. */
	u32 refused_port_count;
};

/* One variable of VERB_ENV's table: the text up to and with '=', or whole when literal. */
enum environment_kind {
	ENVIRONMENT_LITERAL,
	ENVIRONMENT_PEER_ADDRESS,
	ENVIRONMENT_PEER_PORT,
	ENVIRONMENT_LOCAL_ADDRESS,
	ENVIRONMENT_LOCAL_PORT,
	ENVIRONMENT_PID,
	ENVIRONMENT_PROTOCOL,
	ENVIRONMENT_PEER_UID,
	ENVIRONMENT_PEER_GID,
	ENVIRONMENT_PEER_PATH,
	ENVIRONMENT_PEER_CONNECTIONS,
	ENVIRONMENT_COUNT
};

struct environment {
	u32 kind;
	u32 text;
};

struct image {
	struct image_header *header;
	struct step *steps;
	u64 *words;
	struct patch *patches;
	struct check *checks;
	u8 *data;
};

static inline enum operand argument_kind(const struct step *step, u32 index)
{
	return (enum operand)(step->kinds >> (OPERAND_BITS * index) & ((1u << OPERAND_BITS) - 1));
}

static inline u64 argument(const struct image *image, const struct step *step, u32 index)
{
	return index < step->argument_count ? image->words[step->argument_first + index] : 0;
}

/* NULL when the bytes are a whole image for this machine, else what is wrong with them. */
const char *image_open(struct image *image, u8 *bytes, usize size);

#endif
