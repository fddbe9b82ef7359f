/* artifacts NAME ARGUMENT...: does what NAME says; see the function of that name. */
#include "artifacts.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static const struct {
	const char *name;
	int (*run)(int count, char **words);
} all[] = {
	{ "execs", execs },	  { "memfds", memfds },	  { "two", two },	{ "ways", ways },
	{ "versions", versions }, { "kinds", kinds },	  { "race", race },	{ "storm", storm },
	{ "outside", outside },	  { "parent", parent },	  { "fifo", fifo },	{ "sparse", sparse },
	{ "names", names },	  { "sizes", sizes },	  { "regions", regions }, { "module", module },
	{ "bpf", bpf_program },	  { "code", code },
};

void fail(const char *file, int line, const char *what)
{
	fprintf(stderr, "%s:%d: %s: %s\n", file, line, what, strerror(errno));
	exit(1);
}

void pattern(unsigned char *to, unsigned long seed, size_t length)
{
	for (size_t at = 0; at < length; at += 8) {
		uint64_t word = at / 8 + seed * 0x9e3779b97f4a7c15;

		word = (word ^ word >> 33) * 0xff51afd7ed558ccd;
		word = (word ^ word >> 33) * 0xc4ceb9fe1a85ec53;
		word ^= word >> 33;
		memcpy(to + at, &word, length - at < 8 ? length - at : 8);
	}
}

unsigned char *script(const char *name, unsigned long seed, size_t length)
{
	unsigned char *bytes = malloc(length + 64);
	size_t head = sprintf((char *)bytes, "#!/bin/true\n# %s\n", name);

	pattern(bytes + head, seed, length - head);
	return bytes;
}

unsigned char *bytes_of(const char *path, size_t *length)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	unsigned char *bytes;
	struct stat s;

	must(fd >= 0 && !fstat(fd, &s));
	bytes = malloc(s.st_size + 1);
	must(bytes && read(fd, bytes, s.st_size) == s.st_size && !close(fd));
	*length = s.st_size;
	return bytes;
}

void write_all(int fd, const void *bytes, size_t length)
{
	while (length) {
		ssize_t done = write(fd, bytes, length);

		must(done > 0);
		bytes += done;
		length -= done;
	}
}

void make_program(const char *path, const unsigned char *bytes, size_t length, const char *trailer)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0700);

	must(fd >= 0);
	write_all(fd, bytes, length);
	write_all(fd, trailer, strlen(trailer));
	must(!close(fd));
}

void be_told_of_no_stop(void)
{
	struct sigaction action = { .sa_handler = SIG_DFL, .sa_flags = SA_NOCLDSTOP };

	must(!sigaction(SIGCHLD, &action, NULL));
}

void finish(pid_t child)
{
	int status = -1;

	must(child > 0 && waitpid(child, &status, 0) == child);
	if (status) {
		fprintf(stderr, "process %d ended with wait status %x\n", child, status);
		exit(1);
	}
}

int main(int argc, char **argv)
{
	/* What it does when it is the program that is executed. */
	if (argc == 2 && !strcmp(argv[1], "end"))
		_exit(0);
	if (argc == 3 && !strcmp(argv[1], "remove"))
		_exit(unlink(argv[2]) != 0);
	for (size_t i = 0; argc > 1 && i < sizeof(all) / sizeof(*all); i++) {
		if (!strcmp(argv[1], all[i].name)) {
			int status = all[i].run(argc - 2, argv + 2);

			fflush(stdout);
			return status;
		}
	}
	fprintf(stderr, "artifacts NAME ARGUMENT...\n");
	return 2;
}
