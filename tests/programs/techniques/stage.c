/* What techniques need around them. */
#include "techniques.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <net/if.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <unistd.h>

static void make_above(const char *path)
{
	char above[PATH_MAX];
	char *end;

	must(strlen(path) < sizeof(above));
	strcpy(above, path);
	end = strrchr(above, '/');
	if (end && end != above) {
		*end = 0;
		make_folder(above);
	}
}

void make_folder(const char *path)
{
	make_above(path);
	must(!mkdir(path, 0755) || errno == EEXIST);
}

void make_file(const char *path)
{
	make_above(path);
	must(!mknod(path, S_IFREG | 0644, 0));
}

void write_file(const char *path, const char *text, mode_t mode)
{
	int fd;

	make_above(path);
	fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode);
	must(fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text) && !close(fd));
}

void copy_into(int fd, const char *path)
{
	char buffer[65536];
	ssize_t length;
	int from = open(path, O_RDONLY | O_CLOEXEC);

	must(from >= 0);
	while ((length = read(from, buffer, sizeof(buffer))) > 0)
		must(write(fd, buffer, length) == length);
	must(!length && !close(from));
}

void copy_program(const char *from, const char *to)
{
	int fd;

	make_above(to);
	fd = open(to, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0755);
	must(fd >= 0);
	copy_into(fd, from);
	must(!close(fd));
}

void open_and_close(const char *path, int flags)
{
	int fd = open(path, flags | O_CLOEXEC);

	must(fd >= 0 && !close(fd));
}

void wait_for(pid_t child, int status)
{
	int ended;

	must(child > 0 && waitpid(child, &ended, 0) == child);
	must(WIFEXITED(ended) && WEXITSTATUS(ended) == status);
}

pid_t start_child(void)
{
	pid_t child;

	fflush(stdout);
	child = fork();
	must(child >= 0);
	return child;
}

void run_program(const char *path, char *const arguments[], char *const environment[])
{
	pid_t child = start_child();

	if (!child) {
		execve(path, arguments, environment);
		fail(__FILE__, __LINE__, path);
	}
	wait_for(child, 0);
}

void loopback_up(void)
{
	struct ifreq request = { .ifr_name = "lo", .ifr_flags = IFF_UP | IFF_RUNNING };
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	must(fd >= 0 && !ioctl(fd, SIOCSIFFLAGS, &request) && !close(fd));
}

int listen_on(const char *address, struct sockaddr_in *at)
{
	socklen_t length = sizeof(*at);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	memset(at, 0, sizeof(*at));
	at->sin_family = AF_INET;
	must(inet_pton(AF_INET, address, &at->sin_addr) == 1);
	must(fd >= 0 && !bind(fd, (struct sockaddr *)at, sizeof(*at)) && !listen(fd, 1));
	must(!getsockname(fd, (struct sockaddr *)at, &length));
	return fd;
}

void enter_stage(const char *root, int container)
{
	static const char *const folders[] = { "proc", "dev", "dev/shm", "tmp", "etc", "run" };
	int namespaces = CLONE_NEWNS | CLONE_NEWNET | CLONE_NEWUTS | CLONE_NEWIPC;

	if (container) {
		pid_t child;

		must(!unshare(CLONE_NEWPID));
		child = start_child();
		if (child) {
			int status;

			must(waitpid(child, &status, 0) == child);
			_exit(WIFEXITED(status) ? WEXITSTATUS(status) : 1);
		}
	}
	must(!unshare(namespaces));
	must(!mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL));
	must(!mount(root, root, NULL, MS_BIND, NULL) && !chdir(root));
	for (size_t i = 0; i < sizeof(folders) / sizeof(*folders); i++)
		must(!mkdir(folders[i], 0755) || errno == EEXIST);
	must(!mount("proc", "proc", "proc", 0, NULL) && !mount("shm", "dev/shm", "tmpfs", 0, NULL));
	must(!mknod("dev/null", S_IFCHR | 0666, makedev(1, 3)) || errno == EEXIST);
	/* The old root lies over the new one and goes at once. */
	must(!syscall(SYS_pivot_root, ".", ".") && !umount2(".", MNT_DETACH) && !chdir("/"));
	must(!sethostname("stage", 5));
}
