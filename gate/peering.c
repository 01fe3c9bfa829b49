#include "peers.h"
#include "accept.h"
#include "descriptors.h"
#include "serve.h"
#include "session.h"

#include <asm/socket.h>
#include <linux/fcntl.h>

/* These are of include/linux/socket.h and include/linux/net.h, which the kernel does not export. */
enum { DOMAIN_UNIX = 1, TYPE_SEQPACKET = 5, SOCKET_CLOEXEC = O_CLOEXEC, SHUT_WRITE = 1 };

/* SO_PASSRIGHTS: headers before Linux 6.16 lack it. */
enum { OPTION_PASSRIGHTS = 83 };

/* So many are taken before others have their turn. */
enum { REQUESTS_AT_ONCE = 16, ANSWERS_AT_ONCE = 8, ENDS_AT_ONCE = 64 };

static struct peer_limits limits;
static u16 ports[IMAGE_MAX_LISTENERS];

/* The session of the peer that is entered next. */
static struct session *starting;

static int is_serving_peers(void)
{
	return service.numbers->handoff == HANDOFF_PEER;
}

static enum refusal judge(const struct ends *ends, u64 now)
{
	if (peer_is_refused(-1, &ends->peer))
		return REFUSED_ACCESS_LIST;
	enum refusal refusal = account_judge(&ends->peer, now);
	if (refusal != NOT_REFUSED)
		return refusal;
	if (admission_delayed_until(now))
		return REFUSED_TOTAL_RATE;
	if (service.live >= service.numbers->sessions || service.paused_until_ns)
		return REFUSED_SESSIONS;
	return NOT_REFUSED;
}

/* A session sends nothing but answers. Before 6.16 the kernel throws descriptors away when an answer is read. */
static void refuse_descriptors(s32 pair)
{
	const s32 off = 0;
	syscall5(__NR_setsockopt, pair, SOL_SOCKET, OPTION_PASSRIGHTS, &off, sizeof off);
}

/* Both ends; that of the gate has its room in the epoll set. */
static int make_pair(s32 pair[2])
{
	long result = syscall4(__NR_socketpair, DOMAIN_UNIX, TYPE_SEQPACKET | SOCKET_CLOEXEC, 0, pair);
	if (is_error(result)) {
		pause_accepting(__NR_socketpair, result);
		return 0;
	}
	pair[0] = descriptor_above(pair[0]);
	refuse_descriptors(pair[0]);
	result = poll_reserve(pair[0], SOURCE_PEER, 0);
	if (!is_error(result))
		return 1;
	syscall1(__NR_close, pair[0]);
	syscall1(__NR_close, pair[1]);
	pause_accepting(__NR_epoll_ctl, result);
	return 0;
}

static s32 start_session(const struct ends *ends)
{
	s32 pair[2];
	struct address local = ends->local;
	local.port = ports[ends->listener];
	if (!make_pair(pair))
		return -1;
	starting = session_start(pair[1], &ends->peer, &local);
	if (starting) {
		poll_pair(pair[0], session_index(starting), starting->number);
		return pair[0];
	}
	poll_remove(pair[0]);
	syscall1(__NR_close, pair[0]);
	syscall1(__NR_close, pair[1]);
	return -1;
}

static s32 start(const struct ends *ends)
{
	enum refusal refusal = judge(ends, monotonic_ns());
	s32 pair = refusal == NOT_REFUSED ? start_session(ends) : -1;
	if (pair < 0)
		refuse(refusal == NOT_REFUSED ? REFUSED_SESSIONS : refusal, &ends->peer);
	return pair;
}

static void started(struct peer *peer)
{
	peer->session = starting;
	starting->exchange = peer;
}

/* A session may go on without it. */
static void ended(struct peer *peer)
{
	poll_remove(peer->pair);
	peer->session->exchange = NULL;
}

static void dropped(enum drop drop, const struct ends *ends)
{
	static const enum refusal reasons[DROPS] = {
		[DROP_SOURCE_PORT] = REFUSED_SOURCE_PORT,
		[DROP_SESSIONS] = REFUSED_SESSIONS,
		[DROP_EMPTY] = REFUSED_EMPTY,
		[DROP_RATE] = REFUSED_DATAGRAMS,
		[DROP_AMPLIFICATION] = REFUSED_AMPLIFICATION,
		[DROP_QUEUE_FULL] = REFUSED_QUEUE_FULL,
		[DROP_ENDED] = REFUSED_ENDED,
		[DROP_UNSENT] = REFUSED_UNSENT,
	};
	refuse(reasons[drop], &ends->peer);
}

/* The port that a listener is bound to. */
static u16 port_of(s32 socket)
{
	u8 sockaddr[28];
	u32 size = sizeof sockaddr;
	struct address local;
	memset(&local, 0, sizeof local);
	if (syscall3(__NR_getsockname, socket, sockaddr, &size) == 0)
		address_from(&local, sockaddr);
	return local.port;
}

void peering_open(void)
{
	static const struct exchange_host host = {start, started, ended, dropped};
	const struct serve *numbers = service.numbers;
	if (!is_serving_peers())
		return;
	limits = (struct peer_limits){.peers = numbers->sessions,
				      .burst = numbers->datagram_burst,
				      .interval_ns = numbers->datagram_interval_ns,
				      .idle_ns = numbers->idle_ms * MS_NS,
				      .amplification = numbers->amplification};
	const u32 *refused = (const void *)(gate.image.data + numbers->refused_ports);
	peers_open(&limits);
	exchange_open(&host);
	for (u32 i = 0; i < numbers->refused_port_count; i++)
		peers_refuse_port((u16)refused[i]);
	for (u32 i = 0; i < numbers->listener_count; i++)
		ports[i] = port_of(listener_fd(i));
}

/* The datagrams that wait at a listener. One that cannot be read is left alone for a time. */
void peering_ask(u32 listener)
{
	u64 now = monotonic_ns();
	long result = 1;
	for (u32 i = 0; i < REQUESTS_AT_ONCE && result > 0; i++)
		result = exchange_request(listener, listener_fd(listener), now);
	if (!is_error(result))
		return;
	listeners_poll(0);
	pause_accepting(__NR_recvmsg, result);
}

/* An answer of a session that had this entry before is for nobody. */
void peering_answer(u32 index, u32 number, int is_over)
{
	const struct session *session = &sessions[index];
	u64 now = monotonic_ns();
	for (u32 i = 0; i < ANSWERS_AT_ONCE; i++) {
		struct peer *peer = session->exchange;
		if (!session->pid || session->number != number || !peer ||
		    !exchange_answer(peer, listener_fd(peer->ends.listener), is_over, now))
			return;
	}
}

/* The session has ended; its last words are sent. */
void peering_end(const struct session *session)
{
	struct peer *peer = session->exchange;
	if (peer)
		exchange_end(peer, listener_fd(peer->ends.listener), monotonic_ns());
}

/* No datagram is read any more. A session finds the end behind those that it has, and may answer them. */
void peering_drain(void)
{
	service.listening = 0;
	for (u32 i = 0; i < service.numbers->sessions; i++)
		if (sessions[i].exchange)
			syscall2(__NR_shutdown, sessions[i].exchange->pair, SHUT_WRITE);
}

/* The next datagram of such a peer begins another session. */
void peering_keep(u64 now)
{
	struct peer *peer;
	for (u32 i = 0; i < ENDS_AT_ONCE && is_serving_peers() && (peer = peer_idle(now)) != NULL; i++) {
		struct session *session = peer->session;
		exchange_end(peer, listener_fd(peer->ends.listener), now);
		if (session->cause == CAUSE_EXIT)
			session_end(session, CAUSE_IDLE, now);
	}
}

u64 peering_due(void)
{
	return is_serving_peers() ? peer_idle_due() : ~0ull;
}
