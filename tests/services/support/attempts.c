/*
 * What somebody tries who runs code of their own in a server or behind a login. It is started in the place of the
 * server, and then reads a line from the client, or by a login with the line as its arguments: words and numbers, such
 * as "setuid 0 write /file". It tries one after the other and says for each "done" or the name of errno.
 */
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static long attempt(const char *what, const char *argument)
{
	const gid_t groups[] = {(gid_t)atoi(argument), 6};
	const uid_t number = (uid_t)atoi(argument);
	if (strcmp(what, "setuid") == 0)
		return setuid(number);
	if (strcmp(what, "seteuid") == 0)
		return seteuid(number);
	if (strcmp(what, "setgid") == 0)
		return setgid(number);
	if (strcmp(what, "setgroup") == 0)
		return setgroups(1, groups);
	if (strcmp(what, "setgroups") == 0)
		return setgroups(2, groups);
	if (strcmp(what, "read") == 0)
		return open(argument, O_RDONLY);
	if (strcmp(what, "write") == 0)
		return open(argument, O_WRONLY | O_APPEND);
	if (strcmp(what, "make") == 0)
		return open(argument, O_WRONLY | O_CREAT, 0600);
	if (strcmp(what, "remove") == 0)
		return unlink(argument);
	if (strcmp(what, "link") == 0)
		return symlink("/etc/hostkey", argument);
	if (strcmp(what, "open-up") == 0)
		return chmod(argument, 0666);
	if (strcmp(what, "set-id") == 0)
		return chmod(argument, 04755);
	if (strcmp(what, "chroot") == 0)
		return chroot(argument);
	if (strcmp(what, "signal") == 0)
		return kill(atoi(argument), 0);
	errno = ENOENT;
	return -1;
}

int main(int argc, char **argv)
{
	char line[512], *words[32];
	int count = 0;
	if (argc > 1 && argv[1][0] != '-') {
		while (count < 32 && argv[count + 1]) {
			words[count] = argv[count + 1];
			count++;
		}
	} else {
		ssize_t length = read(0, line, sizeof line - 1);
		line[length < 0 ? 0 : length] = 0;
		for (char *word = strtok(line, " \n"); word && count < 32; word = strtok(NULL, " \n"))
			words[count++] = word;
	}
	for (int index = 0; index + 1 < count; index += 2) {
		long result = attempt(words[index], words[index + 1]);
		dprintf(1, "%s %s: %s\n", words[index], words[index + 1], result < 0 ? strerrorname_np(errno) : "done");
	}
	return 0;
}
