/* Every way in which bytes come into a file. */
#include "artifacts.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <linux/io_uring.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#define LENGTH 200000

/* What the way under test is to leave; it may leave something else and say so by its file. */
static unsigned char *content;
static const char *name;

static int create(int flags)
{
	int fd = open(name, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | flags, 0600);

	must(fd >= 0);
	return fd;
}

/* A file that has the content and was there before anybody asked; its name begins with a dot. */
static int source(void)
{
	char path[64];
	int fd;

	snprintf(path, sizeof(path), ".%s", name);
	fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	must(fd >= 0);
	write_all(fd, content, LENGTH);
	must(!lseek(fd, 0, SEEK_SET));
	return fd;
}

static void by_write(void)
{
	int fd = create(0);

	write_all(fd, content, 1);
	write_all(fd, content + 1, LENGTH - 1);
	must(!close(fd));
}

static void vector(struct iovec *parts)
{
	for (int i = 0; i < 10; i++)
		parts[i] = (struct iovec){ content + i * (LENGTH / 10), LENGTH / 10 };
}

static void by_writev(void)
{
	int fd = create(0);
	struct iovec parts[10];

	vector(parts);
	must(writev(fd, parts, 10) == LENGTH && !close(fd));
}

static void by_pwrite(void)
{
	int fd = create(0), half = LENGTH / 2;

	must(pwrite(fd, content + half, half, half) == half);
	must(pwrite(fd, content, half, 0) == half && !close(fd));
}

static void by_pwritev(void)
{
	int fd = create(0);
	struct iovec parts[10];

	vector(parts);
	must(pwritev(fd, parts + 3, 7, 3 * (LENGTH / 10)) == 7 * (LENGTH / 10));
	must(pwritev2(fd, parts, 3, 0, RWF_DSYNC) == 3 * (LENGTH / 10) && !close(fd));
}

static void by_append(void)
{
	int fd = create(O_APPEND);

	/* Where one appends, the position is not asked. */
	write_all(fd, content, 100000);
	must(!lseek(fd, 0, SEEK_SET));
	write_all(fd, content + 100000, LENGTH - 100000);
	must(!close(fd));
}

static void by_duplicate(void)
{
	int fd = create(0), other = dup(fd), third = fcntl(fd, F_DUPFD_CLOEXEC, 100);

	must(other >= 0 && third >= 0);
	write_all(fd, content, 50000);
	must(!close(fd));
	write_all(other, content + 50000, 50000);
	must(!close(other));
	write_all(third, content + 100000, LENGTH - 100000);
	must(!close(third));
}

static void by_exit(void)
{
	write_all(create(0), content, LENGTH);
}

static void by_child(void)
{
	int fd = create(0);
	pid_t child = fork();

	if (!child) {
		write_all(fd, content, LENGTH);
		_exit(0);
	}
	finish(child);
	must(!close(fd));
}

/* The one who writes got the descriptor from one who did not. */
static void by_message(void)
{
	char byte = 0, room[CMSG_SPACE(sizeof(int))] = { 0 };
	struct iovec part = { &byte, 1 };
	struct msghdr message = { .msg_iov = &part, .msg_iovlen = 1, .msg_control = room, .msg_controllen = sizeof(room) };
	struct cmsghdr *header = CMSG_FIRSTHDR(&message);
	int ends[2], fd;
	pid_t child;

	must(!socketpair(AF_UNIX, SOCK_STREAM, 0, ends));
	child = fork();
	if (!child) {
		must(recvmsg(ends[1], &message, 0) == 1);
		memcpy(&fd, CMSG_DATA(header), sizeof(fd));
		write_all(fd, content, LENGTH);
		_exit(0);
	}
	fd = create(0);
	*header = (struct cmsghdr){ CMSG_LEN(sizeof(fd)), SOL_SOCKET, SCM_RIGHTS };
	memcpy(CMSG_DATA(header), &fd, sizeof(fd));
	must(sendmsg(ends[0], &message, 0) == 1 && !close(fd));
	finish(child);
}

static void by_sendfile(void)
{
	int from = source(), fd = create(0);

	for (size_t left = LENGTH; left;) {
		ssize_t done = sendfile(fd, from, NULL, left);

		must(done > 0);
		left -= done;
	}
	must(!close(from) && !close(fd));
}

static void by_splice(void)
{
	int from = source(), fd = create(0), ends[2];

	must(!pipe(ends));
	for (loff_t at = 0; at < LENGTH;) {
		ssize_t in = splice(from, NULL, ends[1], NULL, 65536, 0);

		must(in > 0);
		while (in) {
			ssize_t out = splice(ends[0], NULL, fd, &at, in, 0);

			must(out > 0);
			in -= out;
		}
	}
	must(!close(from) && !close(fd));
}

/* From memory into a pipe, and from there into the file: no call has both a buffer and the file. */
static void by_vmsplice(void)
{
	int fd = create(0), ends[2];

	must(!pipe(ends));
	for (size_t at = 0; at < LENGTH;) {
		size_t room = LENGTH - at < 32768 ? LENGTH - at : 32768;
		struct iovec part = { content + at, room };
		ssize_t in = vmsplice(ends[1], &part, 1, 0);

		must(in > 0);
		at += in;
		while (in) {
			ssize_t out = splice(ends[0], NULL, fd, NULL, in, 0);

			must(out > 0);
			in -= out;
		}
	}
	must(!close(fd));
}

static void by_copy(void)
{
	int from = source(), fd = create(0);

	for (size_t left = LENGTH; left;) {
		ssize_t done = copy_file_range(from, NULL, fd, NULL, left, 0);

		must(done > 0);
		left -= done;
	}
	must(!close(from) && !close(fd));
}

static void by_reflink(void)
{
	int from = source(), fd = create(0);

	if (ioctl(fd, FICLONE, from)) {
		/* Most file systems cannot. */
		must(errno == EOPNOTSUPP || errno == EINVAL || errno == ENOTTY);
		write_all(fd, content, LENGTH);
	}
	must(!close(from) && !close(fd));
}

static void by_mapping(void)
{
	int fd = create(0);
	void *map;

	must(!ftruncate(fd, LENGTH));
	map = mmap(NULL, LENGTH, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	must(map != MAP_FAILED);
	memcpy(map, content, LENGTH);
	must(!munmap(map, LENGTH) && !close(fd));
}

/* The descriptor is closed when the first byte goes. */
static void by_late_mapping(void)
{
	int fd = create(0);
	void *map;

	must(!ftruncate(fd, LENGTH));
	map = mmap(NULL, LENGTH, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	must(map != MAP_FAILED && !close(fd));
	usleep(20000);
	memcpy(map, content, LENGTH);
	must(!munmap(map, LENGTH));
}

static void by_truncate(void)
{
	int fd = create(0);

	write_all(fd, content, LENGTH);
	must(!ftruncate(fd, 150000) && !close(fd));
	/* By its path, when nobody has it open any more. */
	must(!truncate(name, 123456) && !truncate(name, 130000));
}

static void by_allocation(void)
{
	int fd = create(0);

	write_all(fd, content, LENGTH);
	must(!fallocate(fd, FALLOC_FL_ZERO_RANGE, 10000, 20000) || errno == EOPNOTSUPP);
	must(!fallocate(fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 65536, 65536) || errno == EOPNOTSUPP);
	must(!close(fd));
}

static void by_nameless(void)
{
	int fd = open(".", O_TMPFILE | O_RDWR, 0600);
	char path[64];

	must(fd >= 0);
	write_all(fd, content, LENGTH);
	sprintf(path, "/proc/self/fd/%d", fd);
	must(!linkat(AT_FDCWD, path, AT_FDCWD, name, AT_SYMLINK_FOLLOW) && !close(fd));
}

static void by_io_uring(void)
{
	struct io_uring_params p = { 0 };
	struct io_uring_sqe *entry;
	unsigned *tail, *array;
	int fd = create(0), ring = syscall(SYS_io_uring_setup, 1, &p);
	char *queue;

	must(ring >= 0);
	queue = mmap(NULL, p.sq_off.array + 4, PROT_READ | PROT_WRITE, MAP_SHARED, ring, IORING_OFF_SQ_RING);
	entry = mmap(NULL, sizeof(*entry), PROT_READ | PROT_WRITE, MAP_SHARED, ring, IORING_OFF_SQES);
	must(queue != MAP_FAILED && entry != MAP_FAILED);
	tail = (unsigned *)(queue + p.sq_off.tail);
	array = (unsigned *)(queue + p.sq_off.array);
	for (int at = 0; at < LENGTH; at += 50000) {
		*entry = (struct io_uring_sqe){ .opcode = IORING_OP_WRITE, .fd = fd, .off = at, .len = 50000 };
		entry->addr = (unsigned long)(content + at);
		array[0] = 0;
		__atomic_fetch_add(tail, 1, __ATOMIC_RELEASE);
		must(syscall(SYS_io_uring_enter, ring, 1, 1, IORING_ENTER_GETEVENTS, NULL, 0) == 1);
	}
	must(!close(ring) && !close(fd));
}

static const struct {
	const char *name;
	void (*run)(void);
} every[] = { { "write", by_write },	     { "writev", by_writev },	  { "pwrite", by_pwrite },
	      { "pwritev", by_pwritev },     { "append", by_append },	  { "duplicate", by_duplicate },
	      { "exit", by_exit },	     { "child", by_child },	  { "message", by_message },
	      { "sendfile", by_sendfile },   { "splice", by_splice },	  { "vmsplice", by_vmsplice },
	      { "copy", by_copy },	     { "reflink", by_reflink },	  { "mapping", by_mapping },
	      { "late-mapping", by_late_mapping }, { "truncate", by_truncate }, { "allocation", by_allocation },
	      { "nameless", by_nameless },   { "io_uring", by_io_uring } };

/*
 * ways DIRECTORY: a script that is written in each way, by a process of its own; the files stay, and are what should have been kept.
 * Says `file NAME` of each.
 */
int ways(int count, char **words)
{
	must(count == 1 && !chdir(words[0]));
	for (size_t i = 0; i < sizeof(every) / sizeof(*every); i++) {
		pid_t child = fork();

		if (!child) {
			name = every[i].name;
			content = script(name, 100 + i, LENGTH);
			every[i].run();
			_exit(0);
		}
		finish(child);
		printf("file %s\n", every[i].name);
	}
	return 0;
}
