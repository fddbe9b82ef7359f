/* Payloads that are never in a file that has a name. */
#include "artifacts.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#define PAYLOAD (1 << 20)

static unsigned char *own;
static size_t own_length;

static void by_write(int fd, const unsigned char *payload)
{
	for (int at = 0; at < PAYLOAD; at += 10000)
		write_all(fd, payload + at, PAYLOAD - at < 10000 ? PAYLOAD - at : 10000);
}

static void by_writev(int fd, const unsigned char *payload)
{
	struct iovec parts[64];

	for (int i = 0; i < 64; i++)
		parts[i] = (struct iovec){ (void *)(payload + i * (PAYLOAD / 64)), PAYLOAD / 64 };
	must(writev(fd, parts, 64) == PAYLOAD);
}

/* Backwards. */
static void by_pwrite(int fd, const unsigned char *payload)
{
	for (int at = PAYLOAD - 4096; at >= 0; at -= 4096)
		must(pwrite(fd, payload + at, 4096, at) == 4096);
}

/* A file that has it, without a name. */
static int from_file(const unsigned char *payload)
{
	int from = open(".", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);

	must(from >= 0);
	write_all(from, payload, PAYLOAD);
	must(!lseek(from, 0, SEEK_SET));
	return from;
}

static void by_sendfile(int fd, const unsigned char *payload)
{
	int from = from_file(payload);

	for (size_t left = PAYLOAD; left;) {
		ssize_t done = sendfile(fd, from, NULL, left);

		must(done > 0);
		left -= done;
	}
	must(!close(from));
}

static void by_splice(int fd, const unsigned char *payload)
{
	int from = from_file(payload), ends[2];

	must(!pipe2(ends, O_CLOEXEC));
	for (size_t left = PAYLOAD; left;) {
		ssize_t in = splice(from, NULL, ends[1], NULL, 65536, 0);

		must(in > 0);
		left -= in;
		while (in) {
			ssize_t out = splice(ends[0], NULL, fd, NULL, in, 0);

			must(out > 0);
			in -= out;
		}
	}
	must(!close(from) && !close(ends[0]) && !close(ends[1]));
}

static void by_mmap(int fd, const unsigned char *payload)
{
	void *map;

	must(!ftruncate(fd, PAYLOAD));
	map = mmap(NULL, PAYLOAD, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	must(map != MAP_FAILED);
	memcpy(map, payload, PAYLOAD);
	must(!munmap(map, PAYLOAD));
}

static char *const argv[] = { "payload", "end", NULL }, *const envp[] = { NULL };

static void run_fexecve(int fd)
{
	fexecve(fd, argv, envp);
}

static void run_execveat(int fd)
{
	syscall(SYS_execveat, fd, "", argv, envp, AT_EMPTY_PATH);
}

static void run_proc(int fd)
{
	char path[64];

	sprintf(path, "/proc/self/fd/%d", fd);
	execve(path, argv, envp);
}

static const struct {
	const char *name;
	void (*run)(int fd, const unsigned char *payload);
} fills[] = { { "write", by_write },	   { "writev", by_writev }, { "pwrite", by_pwrite },
	      { "sendfile", by_sendfile }, { "splice", by_splice }, { "mmap", by_mmap } };

static const struct {
	const char *name;
	void (*run)(int fd);
} runs[] = { { "fexecve", run_fexecve }, { "execveat", run_execveat }, { "proc", run_proc } };

/* A process makes, fills and runs it; what it runs ends at once. */
static void one(const char *name, int fill, int run, int seals, unsigned long seed)
{
	pid_t child = fork();

	if (!child) {
		unsigned char *payload = malloc(PAYLOAD);
		int fd = memfd_create(name, MFD_ALLOW_SEALING);

		must(fd >= 0 && own_length < PAYLOAD);
		memcpy(payload, own, own_length);
		pattern(payload + own_length, seed, PAYLOAD - own_length);
		fills[fill].run(fd, payload);
		if (seals)
			must(!fcntl(fd, F_ADD_SEALS, seals));
		if (run < 0)
			_exit(0);
		runs[run].run(fd);
		fail(__FILE__, __LINE__, name);
	}
	finish(child);
	printf("payload %s %lu\n", name, seed);
}

/*
 * memfds DIRECTORY: payloads of 1 MiB, this program and a pattern, filled in each way and run in each; one that is sealed, and
 * one that is not run. Says `payload NAME SEED` of each.
 */
int memfds(int count, char **words)
{
	unsigned long seed = 1;
	char name[64];

	must(count == 1 && !chdir(words[0]));
	own = bytes_of("/proc/self/exe", &own_length);
	be_told_of_no_stop();
	for (int fill = 0; fill < 6; fill++) {
		for (int run = 0; run < 3; run++) {
			snprintf(name, sizeof(name), "%s-%s", fills[fill].name, runs[run].name);
			one(name, fill, run, 0, seed++);
		}
	}
	one("sealed", 0, 0, F_SEAL_WRITE | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL, seed++);
	one("not-run", 0, -1, 0, seed++);
	return 0;
}
