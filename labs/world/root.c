/*
 * The root of a world: a tmpfs with copies of our programs, the host's /usr read-only, a few devices, and /proc whose
 * settings nobody changes. Everything belongs to the world's own root, as Portcullis asks of what it starts.
 */
#define _GNU_SOURCE
#include "world.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

/* The place where the root is built: any directory that every host has, in a mount namespace of our own. */
#define BUILD "/tmp"
/* Bombs may fill it, the host's memory they may not. */
#define SIZE "mode=755,size=300m,nr_inodes=20000"

static void make_directory(const char *path, mode_t mode)
{
	if (mkdir(path, mode) != 0 || chmod(path, mode) != 0)
		fail(path);
}

static void copy_file(const char *from, const char *to, mode_t mode)
{
	int in = open(from, O_RDONLY | O_CLOEXEC);
	if (in < 0)
		fail(from);
	int out = open(to, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);
	if (out < 0 || fchmod(out, mode) != 0)
		fail(to);
	for (ssize_t sent; (sent = sendfile(out, in, NULL, 1 << 20)) != 0;)
		if (sent < 0)
			fail(to);
	close(in);
	close(out);
}

/* Folders whole, with the right to execute that each file has. Links and everything else are left out. */
static void copy_folder(const char *from, const char *to)
{
	DIR *folder = opendir(from);
	if (folder == NULL)
		fail(from);
	make_directory(to, 0755);
	for (struct dirent *entry; (entry = readdir(folder)) != NULL;) {
		char source[PATH_MAX];
		char target[PATH_MAX];
		struct stat about;
		if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
			continue;
		snprintf(source, sizeof source, "%s/%s", from, entry->d_name);
		snprintf(target, sizeof target, "%s/%s", to, entry->d_name);
		if (stat(source, &about) != 0)
			fail(source);
		if (S_ISDIR(about.st_mode))
			copy_folder(source, target);
		else if (S_ISREG(about.st_mode))
			copy_file(source, target, about.st_mode & 0100 ? 0755 : 0644);
	}
	closedir(folder);
}

/* The packages of the built program: koffi, and its binaries for this machine. */
static void copy_packages(const char *from)
{
	static const char *const names[] = {"koffi", "@koromix"};
	make_directory(BUILD "/opt/portcullis/node_modules", 0755);
	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		char source[96];
		char target[96];
		snprintf(source, sizeof source, "%s/%s", from, names[i]);
		snprintf(target, sizeof target, BUILD "/opt/portcullis/node_modules/%s", names[i]);
		copy_folder(source, target);
	}
}

/* Mounts read-only what is at a path of the host, with everything below it. */
static void bind_read_only(const char *from, const char *to)
{
	if (mount(from, to, NULL, MS_BIND | MS_REC, NULL) != 0)
		fail(to);
	struct mount_attr attributes = {.attr_set = MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV};
	if (syscall(SYS_mount_setattr, AT_FDCWD, to, AT_RECURSIVE, &attributes, sizeof attributes) != 0)
		fail(to);
}

static void bind_file(const char *from, const char *to)
{
	int fd = open(to, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
	if (fd < 0)
		fail(to);
	close(fd);
	if (mount(from, to, NULL, MS_BIND, NULL) != 0)
		fail(to);
}

/* The programs and libraries of the host. Where /bin and /lib are links into /usr, they are links here too. */
static void show_programs(void)
{
	static const char *const names[] = {"usr", "bin", "sbin", "lib", "lib32", "lib64", "libx32"};
	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		char from[16];
		char to[32];
		char link[PATH_MAX] = "";
		struct stat about;
		snprintf(from, sizeof from, "/%s", names[i]);
		snprintf(to, sizeof to, BUILD "/%s", names[i]);
		if (lstat(from, &about) != 0)
			continue;
		if (S_ISLNK(about.st_mode)) {
			if (readlink(from, link, sizeof link - 1) < 0 || symlink(link, to) != 0)
				fail(to);
			continue;
		}
		make_directory(to, 0755);
		bind_read_only(from, to);
	}
}

static void make_devices(void)
{
	static const char *const names[] = {"null", "zero", "full", "random", "urandom"};
	make_directory(BUILD "/dev", 0755);
	make_directory(BUILD "/dev/shm", 01777);
	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		char from[32];
		char to[48];
		snprintf(from, sizeof from, "/dev/%s", names[i]);
		snprintf(to, sizeof to, BUILD "/dev/%s", names[i]);
		bind_file(from, to);
	}
}

/* Linux 6.14 numbers the processes of each namespace by itself: so no fork bomb takes the host's numbers. */
static void bound_processes(void)
{
	int fd = open(BUILD "/proc/sys/kernel/pid_max", O_WRONLY | O_CLOEXEC);
	if (fd < 0)
		return;
	/* An older kernel has one number for all, and refuses. */
	if (write(fd, "2048", 4) != 4 && errno != EPERM && errno != EACCES && errno != EINVAL)
		fail("/proc/sys/kernel/pid_max");
	close(fd);
}

/* The root of the world has the number of the host's: what lies in /proc must be out of its reach. */
static void mount_proc(void)
{
	static const char *const settings[] = {"sys", "irq", "bus", "fs", "acpi", "driver", "scsi"};
	static const char *const files[] = {"sysrq-trigger", "kcore", "kmsg", "timer_list", "latency_stats"};
	make_directory(BUILD "/proc", 0555);
	if (mount("proc", BUILD "/proc", "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL) != 0)
		fail("mount of /proc");
	bound_processes();
	/* Another user has no right there, and may mount /proc again for a service only where it is whole. */
	if (geteuid() != 0)
		return;
	for (size_t i = 0; i < sizeof settings / sizeof *settings; i++) {
		char path[64];
		snprintf(path, sizeof path, BUILD "/proc/%s", settings[i]);
		if (access(path, F_OK) == 0)
			bind_read_only(path, path);
	}
	for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
		char path[64];
		snprintf(path, sizeof path, BUILD "/proc/%s", files[i]);
		if (access(path, F_OK) == 0 && mount("/dev/null", path, NULL, MS_BIND, NULL) != 0)
			fail(path);
	}
}

void enter_root(const struct world *world)
{
	static const char *const folders[] = {BUILD "/etc", BUILD "/run", BUILD "/srv", BUILD "/opt", BUILD "/lab"};
	/* Sources are opened before the host's tree is covered. */
	int node = open(world->node, O_PATH | O_CLOEXEC);
	int dist = open(world->dist, O_PATH | O_CLOEXEC);
	int modules = open(world->modules, O_PATH | O_CLOEXEC);
	int programs = open(world->programs, O_PATH | O_CLOEXEC);
	if (node < 0 || dist < 0 || modules < 0 || programs < 0)
		fail("node, the program, its packages or the programs of the course");
	if (mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0)
		fail("private mounts");
	if (mount("world", BUILD, "tmpfs", MS_NOSUID | MS_NODEV, SIZE) != 0)
		fail("mount of a tmpfs");
	umask(0);
	for (size_t i = 0; i < sizeof folders / sizeof *folders; i++)
		make_directory(folders[i], 0755);
	make_directory(BUILD "/tmp", 01777);
	make_directory(BUILD "/opt/portcullis", 0755);
	char source[64];
	snprintf(source, sizeof source, "/proc/self/fd/%d", dist);
	copy_folder(source, BUILD "/opt/portcullis/dist");
	snprintf(source, sizeof source, "/proc/self/fd/%d", modules);
	copy_packages(source);
	snprintf(source, sizeof source, "/proc/self/fd/%d", programs);
	copy_folder(source, BUILD "/lab/bin");
	snprintf(source, sizeof source, "/proc/self/fd/%d", node);
	bind_file(source, BUILD "/opt/node");
	show_programs();
	make_devices();
	mount_proc();
	if (chdir(BUILD) != 0 || syscall(SYS_pivot_root, ".", ".") != 0)
		fail("pivot_root");
	if (umount2(".", MNT_DETACH) != 0 || chdir("/") != 0)
		fail("the end of the old root");
	umask(022);
}
