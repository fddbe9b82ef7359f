/* Files that come into being in many steps. */
#include "artifacts.h"

#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define BLOCK 4096
#define BLOCKS 64

static void block(int fd, int number, unsigned long seed, int positioned)
{
	unsigned char bytes[BLOCK];

	pattern(bytes, seed + number, BLOCK);
	if (positioned) {
		must(pwrite(fd, bytes, BLOCK, (off_t)number * BLOCK) == BLOCK);
	} else {
		must(lseek(fd, (off_t)number * BLOCK, SEEK_SET) == (off_t)number * BLOCK);
		must(write(fd, bytes, BLOCK) == BLOCK);
	}
}

/*
 * two DIRECTORY: two processes write every other block of 4 KiB of the file `part`, block N being the pattern 1000 + N; the
 * second writes block 10 again when both have (2000 + 10). Then the head of this program, 64 bytes, goes to offset 0, the
 * file loses its last 1000 bytes, is called `final`, and closed.
 */
int two(int count, char **words)
{
	int fd, again[2];
	unsigned char *own;
	size_t length;
	pid_t writers[2];
	char byte = 0;

	must(count == 1 && !chdir(words[0]));
	own = bytes_of("/proc/self/exe", &length);
	fd = open("part", O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	must(fd >= 0 && !pipe(again));
	for (int writer = 0; writer < 2; writer++) {
		writers[writer] = fork();
		if (!writers[writer]) {
			int file = open("part", O_WRONLY);

			must(file >= 0);
			for (int number = writer; number < BLOCKS; number += 2)
				block(file, number, 1000, writer);
			if (writer) {
				must(read(again[0], &byte, 1) == 1);
				block(file, 10, 2000, 1);
			}
			must(!close(file));
			_exit(0);
		}
	}
	finish(writers[0]);
	must(write(again[1], &byte, 1) == 1);
	finish(writers[1]);
	must(pwrite(fd, own, 64, 0) == 64);
	must(!ftruncate(fd, BLOCKS * BLOCK - 1000));
	must(!rename("part", "final"));
	must(!close(fd));
	return 0;
}

static void put(const char *name, int flags, mode_t mode, const void *bytes, size_t length)
{
	int fd = open(name, O_WRONLY | O_CREAT | O_CLOEXEC | flags, mode);

	must(fd >= 0);
	write_all(fd, bytes, length);
	must(!close(fd));
}

/* versions DIRECTORY: the file `script` is made, added to, renamed to `renamed` and written anew: patterns 1, 2 and 3. */
int versions(int count, char **words)
{
	unsigned char more[5000];

	must(count == 1 && !chdir(words[0]));
	put("script", O_EXCL, 0644, script("first", 1, 100000), 100000);
	pattern(more, 2, sizeof(more));
	put("script", O_APPEND, 0644, more, sizeof(more));
	must(!rename("script", "renamed"));
	put("renamed", O_TRUNC, 0644, script("third", 3, 70000), 70000);
	return 0;
}

/* kinds DIRECTORY: files of which some are kept when nothing is said about which. */
int kinds(int count, char **words)
{
	unsigned char bytes[9000], *own;
	size_t length;
	int fd;

	must(count == 1 && !chdir(words[0]));
	own = bytes_of("/proc/self/exe", &length);
	put("elf", O_EXCL, 0600, own, length);
	put("script", O_EXCL, 0600, script("script", 11, 9000), 9000);
	pattern(bytes, 12, sizeof(bytes));
	put("data", O_EXCL, 0600, bytes, sizeof(bytes));
	pattern(bytes, 13, sizeof(bytes));
	put("made-executable", O_EXCL, 0700, bytes, sizeof(bytes));
	pattern(bytes, 14, sizeof(bytes));
	fd = open("becomes-executable", O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	must(fd >= 0);
	write_all(fd, bytes, sizeof(bytes));
	must(!fchmod(fd, 0700) && !close(fd));
	pattern(bytes, 15, sizeof(bytes));
	put("becomes-executable-later", O_EXCL, 0600, bytes, sizeof(bytes));
	usleep(100000);
	must(!chmod("becomes-executable-later", 0700));
	return 0;
}

static unsigned char *scribbled;
static volatile long scribbles;

static void *scribble(void *length)
{
	for (;;) {
		/* The first line stays. */
		for (size_t at = 64; at < (size_t)length; at += 512)
			scribbled[at]++;
		scribbles++;
	}
	return NULL;
}

/* race FILE COUNT: writes COUNT buffers of 64 KiB of which another thread changes bytes all the while. */
int race(int count, char **words)
{
	size_t length = 65536;
	pthread_t thread;
	int fd, times;

	must(count == 2);
	times = atoi(words[1]);
	fd = open(words[0], O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	scribbled = script("race", 21, length);
	must(fd >= 0 && !pthread_create(&thread, NULL, scribble, (void *)length));
	while (!scribbles)
		;
	for (int i = 0; i < times; i++)
		must(write(fd, scribbled, length) == (ssize_t)length);
	must(!close(fd));
	return 0;
}
