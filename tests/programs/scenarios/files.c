/* Files: opened, read, written, renamed, removed, changed. */
#include "scenarios.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <sched.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/mount.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/uio.h>
#include <sys/xattr.h>
#include <unistd.h>

static int made(const char *name, const char *content)
{
	int fd = open(name, O_RDWR | O_CREAT | O_EXCL, 0600);

	must(fd >= 0);
	must(write(fd, content, strlen(content)) == (ssize_t)strlen(content));
	return fd;
}

static void empty(const char *name)
{
	int fd = open(name, O_RDWR | O_CREAT | O_EXCL, 0600);

	must(fd >= 0 && !close(fd));
}

static long long ctime_of(int fd)
{
	struct stat s;

	must(!fstat(fd, &s));
	return s.st_ctim.tv_sec * 1000000000LL + s.st_ctim.tv_nsec;
}

/* Through a link and `..`, which the kernel follows. */
static void file_open(void)
{
	struct open_how how = { .flags = O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, .mode = 0600 };

	close(creat("target", 0600));
	must(!symlink("target", "link"));
	file_facts("target", "target");
	must(open("./link", O_RDWR | O_APPEND | O_CREAT | O_NOCTTY | O_CLOEXEC, 0600) >= 0);
	must(syscall(SYS_openat2, AT_FDCWD, "fresh", &how, sizeof(how)) >= 0);
}

/* A path that leads nowhere is opened by nobody, and O_PATH opens no file. */
static void file_open_near(void)
{
	must(open("./nowhere", O_RDWR) < 0);
	must(open(".", O_PATH) >= 0);
}

static void file_write(void)
{
	int fd = open("written", O_RDWR | O_CREAT, 0600);

	must(pwrite(fd, "hello", 5, 3) == 5);
	must(write(fd, "abcdefg", 7) == 7);
	must(write(open("written", O_RDONLY), "x", 1) < 0);
	file_facts("written", "written");
}

static void file_writev(void)
{
	struct iovec both[] = { { "hello", 5 }, { "you", 3 } };
	int fd = open("gathered", O_RDWR | O_CREAT, 0600);

	must(pwritev(fd, both, 2, 3) == 8);
	must(writev(fd, both, 2) == 8);
	file_facts("gathered", "gathered");
}

static void file_writev_near(void)
{
	must(write(open("plain", O_RDWR | O_CREAT, 0600), "hello", 5) == 5);
}

static void file_read(void)
{
	int fd = made("readable", "some bytes");
	char to[16];

	must(pread(fd, to, 4, 1) == 4);
	must(lseek(fd, 2, SEEK_SET) == 2);
	must(read(fd, to, sizeof(to)) == 8);
	file_facts("readable", "readable");
}

static void file_readv(void)
{
	int fd = made("scattered", "some bytes");
	char to[16];
	struct iovec both[] = { { to, 2 }, { to + 2, 4 } };

	must(preadv(fd, both, 2, 1) == 6);
	must(lseek(fd, 2, SEEK_SET) == 2);
	must(readv(fd, both, 2) == 6);
	file_facts("scattered", "scattered");
}

/* Each reads as the other does. */
static void file_read_near(void)
{
	int fd = made("read-otherwise", "some bytes");
	char to[4];
	struct iovec one = { to, 4 };

	must(preadv(fd, &one, 1, 0) == 4);
}

static void file_readv_near(void)
{
	int fd = made("readv-otherwise", "some bytes");
	char to[4];

	must(pread(fd, to, 4, 0) == 4);
}

static void magic(void)
{
	struct iovec pieces[] = { { "\x7f", 1 }, { "", 0 }, { "ELF and a good deal more of it", 30 } };
	int fd = open("magic", O_RDWR | O_CREAT, 0600), vector = open("magicv", O_RDWR | O_CREAT | O_APPEND, 0600);
	int ends[2];
	struct stat s;

	must(write(fd, "#!/bin/sh\n", 10) == 10);
	must(write(fd, "exit 0\n", 7) == 7);
	must(pwrite(fd, "#?", 2, 0) == 2);
	must(writev(vector, pieces, 3) == 31);
	must(writev(vector, pieces, 3) == 31);
	must(!pipe(ends) && write(ends[1], "first", 5) == 5 && write(ends[1], "second", 6) == 6);
	must(!fstat(ends[1], &s));
	fact("pipe.inode", "%lu", (unsigned long)s.st_ino);
	file_facts("magic", "magic");
	file_facts("magicv", "magicv");
}

/* The first bytes are left out. */
static void magic_near(void)
{
	must(pwrite(open("tail", O_RDWR | O_CREAT, 0600), "tail", 4, 5) == 4);
}

static void modification(void)
{
	int fd = open("modified", O_RDWR | O_CREAT, 0600);

	fact("before", "%lld", ctime_of(fd));
	must(write(fd, "once", 4) == 4);
	fact("after", "%lld", ctime_of(fd));
	must(write(fd, "twice", 5) == 5);
	must(!close(fd));
	fd = open("modified", O_RDWR);
	must(write(fd, "anew", 4) == 4);
	file_facts("modified", "modified");
}

/* Its attributes are not its content. */
static void modification_near(void)
{
	empty("unmodified");
	must(!chmod("unmodified", 0640));
	must(open("unmodified", O_RDWR) >= 0);
}

static void transfer(void)
{
	int from = made("from", "0123456789"), to = open("to", O_RDWR | O_CREAT, 0600), ends[2];
	off_t offset = 2;
	loff_t in = 1, out = 20;

	must(sendfile(to, from, &offset, 5) == 5);
	must(syscall(SYS_copy_file_range, from, &in, to, &out, 4L, 0) == 4);
	must(!pipe(ends));
	must(lseek(from, 3, SEEK_SET) == 3);
	must(splice(from, NULL, ends[1], NULL, 3, 0) == 3);
	file_facts("from", "from");
	file_facts("to", "to");
}

/* There is nothing beyond the end. */
static void transfer_near(void)
{
	int from = made("short", "0123456789"), to = open("nothing", O_RDWR | O_CREAT, 0600);
	off_t offset = 100;

	must(!sendfile(to, from, &offset, 5));
}

static void rename_file(void)
{
	empty("before");
	file_facts("before", "before");
	must(!syscall(SYS_renameat2, AT_FDCWD, "./before", AT_FDCWD, "after", RENAME_NOREPLACE));
}

static void rename_near(void)
{
	must(rename("./nowhere", "after-all") < 0);
}

static void unlink_file(void)
{
	empty("gone");
	file_facts("gone", "gone");
	must(!mkdir("gone-too", 0700));
	file_facts("gone-too", "gone-too");
	must(!unlink("./gone"));
	must(!unlinkat(open(".", O_PATH), "gone-too", AT_REMOVEDIR));
}

static void unlink_near(void)
{
	must(unlink("./nowhere") < 0);
}

static void make_symlink(void)
{
	must(!symlink("to/../nowhere", "./pointer"));
}

static void symlink_near(void)
{
	must(symlink("to/nowhere", "nowhere/pointer") < 0);
}

static void make_node(void)
{
	umask(0);
	must(!mknod("./fifo", S_IFIFO | 0640, 0));
	must(!mkdir("./made", 0751));
	must(!mknod("./null", S_IFCHR | 0600, makedev(1, 3)));
}

/* What is there is not made, and a file that is opened is no node. */
static void node_near(void)
{
	must(mkdir(".", 0700) < 0);
	empty("opened");
}

static void make_link(void)
{
	empty("one");
	file_facts("one", "one");
	must(!link("./one", "two"));
}

static void link_near(void)
{
	must(link("./nowhere", "three") < 0);
}

static void resize(void)
{
	int fd = made("cut", "0123456789");

	must(!truncate("./cut", 3));
	must(!ftruncate(fd, 7));
	file_facts("cut", "cut");
}

static void resize_near(void)
{
	must(truncate("./nowhere", 3) < 0);
	empty("readonly");
	must(ftruncate(open("readonly", O_RDONLY), 3) < 0);
}

static void change_mode(void)
{
	empty("moded");
	must(!chmod("./moded", 04711));
	must(!fchmod(open("moded", O_RDWR), 0600));
	file_facts("moded", "moded");
}

static void mode_near(void)
{
	must(chmod("./nowhere", 0600) < 0);
}

static void change_owner(void)
{
	empty("owned");
	must(!chown("./owned", 1234, -1));
	must(!fchown(open("owned", O_RDWR), -1, 5678));
	file_facts("owned", "owned");
}

static void owner_near(void)
{
	must(chown("./nowhere", 0, 0) < 0);
}

static void change_times(void)
{
	struct timespec times[] = { { 1000000000, 5 }, { 0, UTIME_NOW } };

	empty("timed");
	must(!utimensat(AT_FDCWD, "./timed", times, 0));
	must(!futimens(open("timed", O_RDWR), NULL));
	file_facts("timed", "timed");
}

static void times_near(void)
{
	must(utimensat(AT_FDCWD, "./nowhere", NULL, 0) < 0);
}

static void tag(void)
{
	empty("tagged");
	must(!setxattr("./tagged", "trusted.note", "value", 5, XATTR_CREATE));
	file_facts("tagged", "tagged");
}

static void tag_near(void)
{
	must(setxattr("./nowhere", "trusted.note", "value", 5, 0) < 0);
}

static void watch(void)
{
	empty("watched");
	must(inotify_add_watch(inotify_init1(0), "./watched", IN_MODIFY | IN_DELETE_SELF | IN_ONESHOT) >= 0);
	file_facts("watched", "watched");
}

static void watch_near(void)
{
	must(inotify_add_watch(inotify_init1(0), "./nowhere", IN_MODIFY) < 0);
}

static void walk(void)
{
	int here = open(".", O_RDONLY | O_DIRECTORY);

	must(!mkdir("room", 0700) && !symlink("room", "door"));
	must(!chdir("./door"));
	must(!fchdir(here));
}

static void walk_near(void)
{
	must(chdir("./nowhere") < 0);
}

static void new_root(void)
{
	must(!mkdir("cell", 0700) && !symlink("cell", "gate"));
	must(!chroot("./gate"));
}

static void new_root_near(void)
{
	must(chroot("./nowhere") < 0);
	must(!chdir("/"));
}

#ifndef OPEN_TREE_CLONE
#define OPEN_TREE_CLONE 1
#endif
#ifndef MOVE_MOUNT_F_EMPTY_PATH
#define MOVE_MOUNT_F_EMPTY_PATH 4
#endif

/* Nobody else sees what is mounted here. */
static void alone(void)
{
	must(!unshare(CLONE_NEWNS));
	must(!mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL));
}

static void mount_it(void)
{
	int tree;

	alone();
	must(!mkdir("mounted", 0700) && !mkdir("moved", 0700));
	must(!mount("scene", "./mounted", "tmpfs", MS_NOSUID | MS_NODEV, "size=64k"));
	tree = syscall(SYS_open_tree, AT_FDCWD, "mounted", OPEN_TREE_CLONE);
	must(tree >= 0);
	must(!syscall(SYS_move_mount, tree, "", AT_FDCWD, "./moved", MOVE_MOUNT_F_EMPTY_PATH));
}

static void mount_near(void)
{
	must(mount("scene", "./nowhere", "tmpfs", 0, NULL) < 0);
}

static void unmount_it(void)
{
	alone();
	must(!mkdir("unmounted", 0700));
	must(!mount("scene", "unmounted", "tmpfs", 0, "size=64k"));
	must(!umount2("./unmounted", MNT_DETACH));
}

static void unmount_near(void)
{
	must(umount2("./nowhere", 0) < 0);
}

const struct scenario files[] = {
	{ "file_open", file_open },	    { "file_open_near", file_open_near },
	{ "file_write", file_write },	    { "file_writev", file_writev },
	{ "file_writev_near", file_writev_near },
	{ "file_read", file_read },	    { "file_read_near", file_read_near },
	{ "file_readv", file_readv },	    { "file_readv_near", file_readv_near },
	{ "magic", magic },		    { "magic_near", magic_near },
	{ "modification", modification },   { "modification_near", modification_near },
	{ "transfer", transfer },	    { "transfer_near", transfer_near },
	{ "rename", rename_file },	    { "rename_near", rename_near },
	{ "unlink", unlink_file },	    { "unlink_near", unlink_near },
	{ "symlink", make_symlink },	    { "symlink_near", symlink_near },
	{ "node", make_node },		    { "node_near", node_near },
	{ "link", make_link },		    { "link_near", link_near },
	{ "resize", resize },		    { "resize_near", resize_near },
	{ "mode", change_mode },	    { "mode_near", mode_near },
	{ "owner", change_owner },	    { "owner_near", owner_near },
	{ "times", change_times },	    { "times_near", times_near },
	{ "tag", tag },			    { "tag_near", tag_near },
	{ "watch", watch },		    { "watch_near", watch_near },
	{ "walk", walk },		    { "walk_near", walk_near },
	{ "mount", mount_it },		    { "mount_near", mount_near },
	{ "new_root", new_root },	    { "new_root_near", new_root_near },
	{ "unmount", unmount_it },	    { "unmount_near", unmount_near },
	{ 0 },
};
