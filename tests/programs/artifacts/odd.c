/* Content that is too much, never ends, is hardly there, or has a name that wants to be something else. */
#include "artifacts.h"

#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

/* fifo PATH SECONDS: one process writes a script's bytes to a FIFO for so long, another one reads them. Says `wrote BYTES`. */
int fifo(int count, char **words)
{
	time_t end = time(NULL) + atoi(words[1]);
	unsigned char *bytes = script("fifo", 31, 4096);
	long wrote = 0;
	pid_t reader;
	int fd;

	must(count == 2 && !mkfifo(words[0], 0600));
	reader = fork();
	if (!reader) {
		char buffer[65536];

		fd = open(words[0], O_RDONLY);
		must(fd >= 0);
		while (read(fd, buffer, sizeof(buffer)) > 0)
			;
		_exit(0);
	}
	fd = open(words[0], O_WRONLY);
	must(fd >= 0);
	for (unsigned long round = 1; time(NULL) < end; round++) {
		write_all(fd, bytes, 4096);
		wrote += 4096;
		/* No two are alike. */
		pattern(bytes, 32 + round, 4096);
	}
	printf("wrote %ld\n", wrote);
	/* Nobody closes it: the reader is ended. */
	kill(reader, SIGKILL);
	return 0;
}

/* sparse PATH: 1 TiB, of which the first and the last 4 KiB are there: patterns 41, behind the first bytes of a program, and 42. */
int sparse(int count, char **words)
{
	off_t size = 1l << 40;
	unsigned char bytes[4096];
	int fd;

	must(count == 1);
	fd = open(words[0], O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	must(fd >= 0 && !ftruncate(fd, size));
	pattern(bytes, 41, sizeof(bytes));
	memcpy(bytes, "\x7f" "ELF", 4);
	must(pwrite(fd, bytes, sizeof(bytes), 0) == sizeof(bytes));
	pattern(bytes, 42, sizeof(bytes));
	must(pwrite(fd, bytes, sizeof(bytes), size - sizeof(bytes)) == sizeof(bytes));
	must(!close(fd));
	return 0;
}

static const char *const hostile[] = { "..\nrow,two\r\n", "\x1b[2J\x1b]0;owned\x07\xff\xfe", "-rf --help", ".hidden",
				       "'; drop table artifacts; --", "\xe2\x80\xaegnp.exe", "con", "a\\x41\\" };

/*
 * names DIRECTORY: scripts with names that are hostile, number N of pattern 50 + N and 5000 bytes; then one in memory
 * of which the name leads out of every directory, pattern 70. Says `named COUNT`.
 */
int names(int count, char **words)
{
	size_t number;
	int fd;

	must(count == 1 && !chdir(words[0]));
	for (number = 0; number < sizeof(hostile) / sizeof(*hostile); number++) {
		fd = open(hostile[number], O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
		must(fd >= 0);
		write_all(fd, script("hostile", 50 + number, 5000), 5000);
		must(!close(fd));
	}
	fd = memfd_create("../../../../../../tmp/../evil\n/x", MFD_CLOEXEC);
	must(fd >= 0);
	write_all(fd, script("hostile", 70, 5000), 5000);
	must(!close(fd));
	printf("named %zu\n", number);
	return 0;
}

/*
 * sizes DIRECTORY SIZE COUNT PROCESSES: so many processes, one after the other, write as many scripts of this size each: file
 * PROCESS-NUMBER is pattern 1000 * PROCESS + NUMBER.
 */
int sizes(int count, char **words)
{
	size_t size;

	must(count == 4 && !chdir(words[0]));
	size = strtoul(words[1], NULL, 10);
	for (int process = 0; process < atoi(words[3]); process++) {
		pid_t child = fork();

		if (!child) {
			for (int number = 0; number < atoi(words[2]); number++) {
				char name[64];
				int fd;

				snprintf(name, sizeof(name), "%d-%d", process, number);
				fd = open(name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
				must(fd >= 0);
				write_all(fd, script(name, 1000 * process + number, size), size);
				must(!close(fd));
			}
			_exit(0);
		}
		finish(child);
	}
	return 0;
}
