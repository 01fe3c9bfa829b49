#include "session.h"
#include "accept.h"
#include "connection.h"
#include "event.h"
#include "log.h"
#include "serve.h"

#include <linux/close_range.h>
#include <linux/fcntl.h>
#include <linux/futex.h>
#include <linux/sched.h>
#include <linux/signal.h>

static struct address local_of(s32 socket)
{
	u8 sockaddr[28];
	u32 size = sizeof sockaddr;
	struct address local;
	memset(&local, 0, sizeof local);
	if (service.numbers->local_address && syscall3(__NR_getsockname, socket, sockaddr, &size) == 0)
		address_from(&local, sockaddr);
	return local;
}

/*
 * The last process that closes a connection may have to wait until its client has taken everything (SO_LINGER). So that
 * it is never the gate, the service does not begin before the gate has closed what it handed over.
 */
static void close_handed_over(const struct session *session, s32 socket)
{
	struct berth *berth = session->berth;
	if (hands_over())
		syscall1(__NR_close, socket);
	for (int descriptor = 0; descriptor < 3 && service.numbers->handoff == HANDOFF_INHERITED; descriptor++)
		syscall1(__NR_close, descriptor);
	/* One that has ended meanwhile may have left it to another. */
	if (berth->session != session)
		return;
	__atomic_store_n(&berth->alone, 1, __ATOMIC_SEQ_CST);
	if (__atomic_load_n(&berth->awaited, __ATOMIC_SEQ_CST))
		syscall3(__NR_futex, &berth->alone, FUTEX_WAKE_PRIVATE, 1);
}

static void wait_until_alone(struct berth *berth)
{
	__atomic_store_n(&berth->awaited, 1, __ATOMIC_SEQ_CST);
	while (!__atomic_load_n(&berth->alone, __ATOMIC_SEQ_CST))
		syscall4(__NR_futex, &berth->alone, FUTEX_WAIT_PRIVATE, 0, NULL);
}

/* Those between two that are kept. */
static long close_between(s32 low, s32 high)
{
	return high - low < 2 ? 0 : syscall3(__NR_close_range, low + 1, high - 1, 0);
}

/*
 * Of the gate's descriptors a session takes those of the plan, which are the lowest, and what it was handed. What
 * others that begin at the same time were handed it gives up at once: it might be the last to close it.
 */
static long take_own_descriptors(const struct process *process, int is_sharing)
{
	const struct serve *numbers = service.numbers;
	s32 last = service.last_descriptor;
	s32 low = (s32)process->slots[numbers->connection_slot];
	s32 high = numbers->log_slot == NO_SLOT ? low : (s32)process->slots[numbers->log_slot];
	if (high < low) {
		s32 swapped = low;
		low = high;
		high = swapped;
	}
	long result = syscall3(__NR_close_range, high + 1, ~0u, is_sharing ? CLOSE_RANGE_UNSHARE : 0);
	if (!is_error(result))
		result = close_between(last, low);
	/* A log may have the number of a listener that the drain has closed. */
	return is_error(result) ? result : close_between(low < last ? last : low, high);
}

/*
 * The gate hears of it by its own epoll, in which the session's socket can be written to. What fails is told as a
 * failure of the step in which the gate serves.
 */
static void part_descriptors(struct berth *berth)
{
	int is_sharing = (int)berth->is_sharing;
	long result = take_own_descriptors(&berth->process, is_sharing);
	__atomic_store_n(&berth->is_sharing, 0, __ATOMIC_SEQ_CST);
	if (!is_error(result) && is_sharing)
		result = poll_writable((s32)berth->process.slots[service.numbers->connection_slot], SOURCE_APART,
				       session_index(berth->session));
	/* The gate may have heard of the end of the connection, and have looked. */
	if (is_error(result) && result != -ENOENT)
		step_failed(&berth->process, berth->process.next - 1, result);
}

/* The rest of the plan is the session's own. */
__attribute__((noreturn)) static void run_session(void *argument)
{
	struct berth *berth = argument;
	if (hands_over())
		part_descriptors(berth);
	wait_until_alone(berth);
	execute_plan(&berth->process);
	leave(EXIT_LAUNCH_FAILED);
}

static void prepare_process(struct process *process, const struct session *session, s32 socket, int log)
{
	const struct serve *numbers = service.numbers;
	process->role = ROLE_SESSION;
	process->next = gate.own.next;
	process->failure = &gate.failures[session_index(session)];
	process->failure->failed = 0;
	process->number = session->number;
	process->is_mute = 0;
	for (u32 i = 0; i < gate.image.header->slot_count; i++)
		process->slots[i] = gate.own.slots[i];
	if (numbers->connection_slot != NO_SLOT)
		process->slots[numbers->connection_slot] = socket;
	if (numbers->log_slot != NO_SLOT)
		process->slots[numbers->log_slot] = log;
	process->peer = session->peer;
	process->local = session->local;
	process->socket = socket;
	process->connections = session->peer.is_unix ? account_live(&session->peer, session->started_ns) + 1 : 0;
}

/* The gate is told of the client without a copy of the connection; see poll_client(). */
static int is_client_watched(void)
{
	return service.numbers->handoff == HANDOFF_CONNECTION && service.numbers->client_gone_ms != 0;
}

/*
 * A session shares the gate's descriptors until it has its own: to copy all and to close them again would cost it as
 * much as there are logs of others. The gate holds meanwhile what it hands over, so only so many share; others copy.
 * Closes what it hands over, the session's end of the log too, now or when the session has descriptors of its own.
 */
static long start_session_process(struct session *session, s32 socket, int log, int may_share)
{
	const long flags = CLONE_VM | CLONE_CHILD_CLEARTID | SIGCHLD;
	int is_sharing = may_share && poll_reserve(socket, SOURCE_APART, session_index(session)) == 0;
	int is_watched = !is_sharing && is_client_watched();
	long watched = is_watched ? poll_client(socket, 0, session_index(session), session->number) : 0;
	if (is_error(watched)) {
		if (log >= 0)
			syscall1(__NR_close, log);
		return watched;
	}
	struct berth *berth = berth_take(session);
	prepare_process(&berth->process, session, socket, log);
	berth->alone = 0;
	berth->awaited = 0;
	berth->used = 1;
	berth->is_sharing = (u32)is_sharing;
	session->berth = berth;
	if (is_sharing) {
		session->socket = socket;
		session->log_end = log;
	}
	long pid = start_process(is_sharing ? flags | CLONE_FILES : flags, berth + 1, run_session, berth, &berth->used);
	if (is_error(pid)) {
		berth->used = 0;
		berth_leave(berth, session);
		if (is_sharing || is_watched)
			poll_remove(socket);
		session->socket = -1;
	} else if (is_sharing) {
		service.sharing++;
		return pid;
	} else {
		close_handed_over(session, socket);
	}
	if (log >= 0)
		syscall1(__NR_close, log);
	return pid;
}

static void stop_sharing(struct session *session)
{
	if (session->log_end >= 0)
		syscall1(__NR_close, session->log_end);
	close_handed_over(session, session->socket);
	session->socket = -1;
	service.sharing--;
}

/* It has ended. */
void session_let_go(struct session *session)
{
	if (session->socket < 0)
		return;
	poll_remove(session->socket);
	stop_sharing(session);
}

/* A session says that it has its own. What was said by one that had this entry before is for nobody. */
void session_parted(struct session *session)
{
	const struct berth *berth = session->berth;
	if (!session->pid || session->socket < 0 || berth->session != session ||
	    __atomic_load_n(&berth->is_sharing, __ATOMIC_SEQ_CST))
		return;
	if (is_client_watched())
		poll_client(session->socket, 1, session_index(session), session->number);
	else
		poll_remove(session->socket);
	stop_sharing(session);
}

static void report_start(const struct session *session)
{
	event_begin("start");
	event_number("session", session->number);
	event_number("pid", session->pid);
	if (hands_over())
		event_peer(&session->peer);
	if (service.numbers->handoff == HANDOFF_PEER)
		event_address("local", "local_port", &session->local);
	event_end();
}

/*
 * Closes what it hands over. `local` is the address that the peer has asked; NULL: that of the socket. NULL when there
 * is no room for a process now: then nothing was closed.
 */
struct session *session_start(s32 socket, const struct address *peer, const struct address *local)
{
	struct session *session = session_take();
	int may_share = hands_over() && service.sharing < service.most_sharing;
	session->number = service.last_number + 1;
	session->peer = *peer;
	session->started_ns = monotonic_ns();
	session->local = local ? *local : local_of(socket);
	int is_looked_at = has_quiet_limits() && connection_note(session, socket);
	int log = service.numbers->log_slot == NO_SLOT ? -1 : log_open(session, may_share);
	int is_unlogged = is_error(log) && log != -1;
	long pid = is_unlogged ? log : start_session_process(session, socket, log, may_share);
	if (is_error(pid)) {
		log_close(session);
		session_leave(session);
		pause_accepting(is_unlogged ? __NR_pipe2 : __NR_clone, pid);
		return NULL;
	}
	service.last_number++;
	account_enter(peer, session->started_ns, session->accounts);
	admission_enter(session->started_ns);
	session_enter(session, (s32)pid);
	if (is_looked_at)
		connection_watch(session);
	report_start(session);
	return session;
}
