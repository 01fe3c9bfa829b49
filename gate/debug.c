#include "debug.h"
#include "descriptors.h"
#include "outer.h"

#include <linux/fcntl.h>
#include <linux/poll.h>

/* The first number that a plan which nobody supervises has not spoken for. */
enum { FIRST_FREE = 10, STANDARD_ERROR = 2 };

/* A session tells by its gate's log, so that is a frame whole, of which only the text goes elsewhere. */
struct line {
	u32 session;
	u32 length;
	char text[120];
};

static void put(struct line *line, const char *text)
{
	while (*text && line->length < sizeof line->text - 1)
		line->text[line->length++] = *text++;
}

static void put_number(struct line *line, s64 number)
{
	char digits[24];
	number_text(digits, number);
	put(line, digits);
}

static void begin(struct line *line, const struct process *self, u32 index, const struct step *step)
{
	line->session = self->number;
	line->length = 0;
	put(line, self->role == ROLE_SESSION ? "session" : self->role == ROLE_INNER ? "inner" : "outer");
	put(line, " step ");
	put_number(line, index);
	put(line, ": ");
	put(line, (const char *)gate.image.data + step->name);
}

/* Standard error may be a pipe that never blocks: nothing is lost because its reader is slow. */
static void write_all(const char *text, usize size)
{
	struct pollfd watched = {gate.debug_fd, POLLOUT, 0};
	while (syscall3(__NR_write, gate.debug_fd, text, size) == -EAGAIN)
		syscall5(__NR_ppoll, &watched, 1, NULL, 0, 8);
}

static void end(struct line *line, const struct process *self)
{
	line->text[line->length++] = '\n';
	if (self->role == ROLE_SESSION)
		syscall3(__NR_write, LOG_FD, line, 8 + line->length);
	else
		write_all(line->text, line->length);
}

/* A wrapped program has no log, and its standard error is its own. */
static int is_told(const struct process *self)
{
	return gate.debug_fd && !self->is_mute && (self->role != ROLE_SESSION || gate.mode != SPLIT_FORWARD);
}

/*
 * The plan closes what a launcher did not give: in the place of the image there is room. It follows standard error
 * itself.
 */
void debug_open(void)
{
	gate.debug_fd = STANDARD_ERROR;
	if (!gate.image.header->plan_text && syscall3(__NR_dup3, STANDARD_ERROR, IMAGE_FD, O_CLOEXEC) == IMAGE_FD)
		gate.debug_fd = IMAGE_FD;
}

/*
 * In the inner gate: where the plan closes the outer one's standard error for it, it has one of its own until its
 * filter.
 */
void debug_split(void)
{
	if (!gate.debug_fd || gate.mode == SPLIT_WAIT)
		return;
	long own = syscall3(__NR_fcntl, gate.debug_fd, F_DUPFD_CLOEXEC, FIRST_FREE);
	gate.debug_fd = is_error(own) ? 0 : (s32)own;
}

/* A filter, or the end of the descriptor that it would be told by. */
static int is_last_word(const struct process *self, const struct step *step)
{
	u64 words = self->role == ROLE_SESSION ? LOG_FD : (u64)gate.debug_fd;
	if (step->nr == __NR_close_range)
		return argument(&gate.image, step, 0) <= words && words <= argument(&gate.image, step, 1);
	return step->nr == __NR_seccomp || step->verb == VERB_EXEC;
}

void debug_before(struct process *self, u32 index, const struct step *step)
{
	struct line line;
	if (!is_told(self) || !is_last_word(self, step))
		return;
	begin(&line, self, index, step);
	put(&line, ", after which it cannot tell any more");
	end(&line, self);
	self->is_mute = 1;
	if (self->role == ROLE_INNER)
		syscall1(__NR_close, gate.debug_fd);
}

void debug_result(const struct process *self, u32 index, const struct step *step, long result)
{
	struct line line;
	/* The plan keeps standard error under another number. */
	if (step->nr == __NR_dup3 && argument(&gate.image, step, 0) == (u64)gate.debug_fd &&
	    gate.debug_fd == STANDARD_ERROR)
		gate.debug_fd = result > 0 ? (s32)result : gate.debug_fd;
	if (!is_told(self))
		return;
	begin(&line, self, index, step);
	put(&line, " = ");
	put_number(&line, result);
	if (is_error(result) && gate.image.header->errno_names && errno_text(-result)) {
		put(&line, " ");
		put(&line, errno_text(-result));
	}
	end(&line, self);
}
