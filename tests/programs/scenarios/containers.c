/* Control groups and containers. */
#include "scenarios.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define ID "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

static const char *hierarchy(void)
{
	return access("/sys/fs/cgroup/unified/cgroup.procs", F_OK) ? "/sys/fs/cgroup" : "/sys/fs/cgroup/unified";
}

/* Where containers have their control groups: with cpuset, when that is of version 1. */
static const char *hierarchy_of_containers(void)
{
	int number = 0;
	char line[256];
	FILE *file = fopen("/proc/cgroups", "r");

	while (file && fgets(line, sizeof(line), file))
		sscanf(line, "cpuset %d", &number);
	if (file)
		fclose(file);
	return number ? "/sys/fs/cgroup/cpuset" : hierarchy();
}

static void cgroup_made(void)
{
	char path[128];
	struct stat s;

	snprintf(path, sizeof(path), "%s/tracee-test-%d", hierarchy(), getpid());
	must(!mkdir(path, 0755));
	must(!stat(path, &s));
	fact("id", "%lu", (unsigned long)s.st_ino);
	fact("path", "/tracee-test-%d", getpid());
	must(!rmdir(path));
}

/* A directory that is no control group. */
static void cgroup_made_near(void)
{
	must(!mkdir("no-control-group", 0755));
	must(!rmdir("no-control-group"));
}

/* True when the line got into the file. */
static int put(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY), done;

	must(fd >= 0);
	done = write(fd, text, strlen(text)) == (ssize_t)strlen(text);
	close(fd);
	return done;
}

static void cgroup_joined(void)
{
	char path[128], procs[160], number[16], name[16] = "";
	int ended[2];
	struct stat s;
	pid_t child;
	char byte;

	snprintf(path, sizeof(path), "%s/tracee-test-%d", hierarchy(), getpid());
	snprintf(procs, sizeof(procs), "%s/cgroup.procs", path);
	must(!mkdir(path, 0755));
	must(!stat(path, &s));
	must(!pipe(ended));
	must((child = fork()) >= 0);
	if (!child) {
		must(read(ended[0], &byte, 1) == 1);
		_exit(0);
	}
	snprintf(number, sizeof(number), "%d", child);
	must(put(procs, number));
	must(write(ended[1], "x", 1) == 1 && waitpid(child, NULL, 0) == child);
	fact("id", "%lu", (unsigned long)s.st_ino);
	fact("path", "/tracee-test-%d", getpid());
	fact("child", "%d", child);
	must(!prctl(PR_GET_NAME, name));
	fact("comm", "%s", name);
	must(!rmdir(path));
}

/* Nobody has this number. */
static void cgroup_joined_near(void)
{
	char procs[160];

	snprintf(procs, sizeof(procs), "%s/cgroup.procs", hierarchy());
	must(!put(procs, "4194305"));
}

static long long now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	return now.tv_sec * 1000000000LL + now.tv_nsec;
}

/* Makes and removes control groups one in another, each path behind the one that it lies in. */
static void make_and_remove(const char *const *paths, size_t count)
{
	char path[256];

	for (size_t i = 0; i < count; i++) {
		snprintf(path, sizeof(path), "%s/tracee-test-%d%s", hierarchy_of_containers(), getpid(), paths[i]);
		must(!mkdir(path, 0755));
	}
	for (size_t i = count; i > 0; i--) {
		snprintf(path, sizeof(path), "%s/tracee-test-%d%s", hierarchy_of_containers(), getpid(), paths[i - 1]);
		must(!rmdir(path));
	}
}

static void container_made(void)
{
	static const char *const paths[] = { "", "/docker", "/docker/" ID, "/docker/" ID "/inside", "/pod1", "/pod1/" ID };

	fact("id", ID);
	fact("before", "%lld", now_ns());
	make_and_remove(paths, sizeof(paths) / sizeof(*paths));
	fact("after", "%lld", now_ns());
}

static void container_made_near(void)
{
	static const char *const paths[] = { "", "/docker-" ID "0.scope", "/libpod-conmon-" ID ".scope" };

	make_and_remove(paths, sizeof(paths) / sizeof(*paths));
}

const struct scenario containers[] = {
	{ "cgroup_made", cgroup_made },
	{ "cgroup_made_near", cgroup_made_near },
	{ "cgroup_joined", cgroup_joined },
	{ "cgroup_joined_near", cgroup_joined_near },
	{ "container_made", container_made },
	{ "container_made_near", container_made_near },
	{ 0 },
};
