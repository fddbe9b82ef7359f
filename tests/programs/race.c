/*
 * race DIRECTORY OPENS EXECS: opens and executes paths that another thread rewrites all the while, in DIRECTORY, and says
 * what really happened. `opened=` and `executed=` are followed by one letter for each round, a or b; `NAME.inode=` by
 * the inode number of each of the four files.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static volatile char file[] = "./fa", program[] = "./pa";
static volatile long flips;

static void must(int condition, const char *what)
{
	if (condition)
		return;
	fprintf(stderr, "%s: %s\n", what, strerror(errno));
	exit(1);
}

/* Rewrites the last letter of a path until the process ends, or is another. */
static void *rewrite(void *path)
{
	volatile char *letter = (volatile char *)path + 3;

	for (;;) {
		*letter ^= 'a' ^ 'b';
		flips++;
	}
	return NULL;
}

static void start_rewriting(volatile char *path)
{
	pthread_t thread;

	flips = 0;
	must(!pthread_create(&thread, NULL, rewrite, (void *)path), "pthread_create");
	while (!flips)
		;
}

static ino_t inode_of(const char *name)
{
	struct stat s;

	must(!stat(name, &s), name);
	printf("%s.inode=%lu\n", name, (unsigned long)s.st_ino);
	return s.st_ino;
}

/* The same program in another file; which one runs is told apart by its size. */
static void copy(const char *name, const char *more)
{
	int from = open("/proc/self/exe", O_RDONLY), to = open(name, O_WRONLY | O_CREAT, 0700);
	struct stat s;

	must(from >= 0 && to >= 0 && !fstat(from, &s), name);
	for (off_t left = s.st_size; left > 0;) {
		ssize_t done = sendfile(to, from, NULL, left);

		must(done > 0, "sendfile");
		left -= done;
	}
	must(write(to, more, strlen(more)) == (ssize_t)strlen(more) && !close(to), name);
}

static void race_open(int rounds)
{
	char *opened = malloc(rounds + 1);
	ino_t a, b;

	must(close(creat("fa", 0600)) == 0 && close(creat("fb", 0600)) == 0, "creat");
	a = inode_of("fa");
	b = inode_of("fb");
	start_rewriting(file);
	for (int i = 0; i < rounds; i++) {
		int fd = openat(AT_FDCWD, (const char *)file, O_RDONLY);
		struct stat s;

		must(fd >= 0 && !fstat(fd, &s) && !close(fd), "openat");
		must(s.st_ino == a || s.st_ino == b, "another file");
		opened[i] = s.st_ino == a ? 'a' : 'b';
	}
	opened[rounds] = 0;
	printf("opened=%s\n", opened);
}

static void race_exec(int rounds)
{
	char *executed = malloc(rounds + 1), size[32];
	struct stat s;

	copy("pa", "");
	copy("pb", "b");
	inode_of("pa");
	inode_of("pb");
	must(!stat("pa", &s), "stat");
	snprintf(size, sizeof(size), "%ld", (long)s.st_size);
	for (int i = 0; i < rounds; i++) {
		int status;
		pid_t child = fork();

		must(child >= 0, "fork");
		if (!child) {
			char *argv[] = { "which", size, NULL };

			start_rewriting(program);
			execv((const char *)program, argv);
			_exit(100);
		}
		must(waitpid(child, &status, 0) == child && WIFEXITED(status), "waitpid");
		must(WEXITSTATUS(status) == 'a' || WEXITSTATUS(status) == 'b', "another program");
		executed[i] = WEXITSTATUS(status);
	}
	executed[rounds] = 0;
	printf("executed=%s\n", executed);
}

int main(int argc, char **argv)
{
	struct stat s;

	if (argc == 2 && !strcmp(argv[0], "which"))
		return stat("/proc/self/exe", &s) ? 100 : s.st_size == atol(argv[1]) ? 'a' : 'b';
	must(argc == 4 && !chdir(argv[1]), "race DIRECTORY OPENS EXECS");
	/* The first of these has no thread beside it that would be there in its children. */
	race_exec(atoi(argv[3]));
	race_open(atoi(argv[2]));
	fflush(stdout);
	return 0;
}
