/* Identity: who a task is and which namespaces it lives in. */
#include "scenarios.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

/* Number of a namespace of a process, 0 where the kernel has none of the kind. */
static unsigned long namespace_of(const char *process, const char *kind)
{
	char path[64], text[64] = "", *number;

	snprintf(path, sizeof(path), "/proc/%s/ns/%s", process, kind);
	if (readlink(path, text, sizeof(text) - 1) < 0)
		return 0;
	number = strchr(text, '[');
	return number ? strtoul(number + 1, NULL, 10) : 0;
}

static void namespace_fact(const char *fact_name, const char *kind)
{
	unsigned long number = namespace_of("self", kind);

	must(number);
	fact(fact_name, "%lu", number);
}

static void namespaces_left(void)
{
	int before = open("/proc/self/ns/uts", O_RDONLY);
	char byte;
	int ended[2], ready[2];
	pid_t child;

	must(before >= 0);
	fact("tid", "%d", getpid());
	namespace_fact("first.uts", "uts");
	must(!unshare(CLONE_NEWNS | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWNET | CLONE_NEWCGROUP));
	namespace_fact("mnt", "mnt");
	namespace_fact("uts", "uts");
	namespace_fact("ipc", "ipc");
	namespace_fact("net", "net");
	namespace_fact("cgroup", "cgroup");
	must(!setns(before, CLONE_NEWUTS));
	must(!unshare(CLONE_NEWPID | CLONE_NEWTIME));
	namespace_fact("time", "time_for_children");
	must(!pipe(ended) && !pipe(ready));
	/* The first child of a PID namespace must be there for its number to be told. */
	must((child = fork()) >= 0);
	if (!child) {
		must(read(ended[0], &byte, 1) == 1);
		_exit(0);
	}
	namespace_fact("pid", "pid_for_children");
	must(write(ended[1], "x", 1) == 1 && waitpid(child, NULL, 0) == child);
}

static void user_namespace_left(void)
{
	must(!unshare(CLONE_NEWUSER));
	namespace_fact("user", "user");
}

static void born_elsewhere(void)
{
	int ended[2], child;
	char name[16], byte;

	must(!pipe(ended));
	child = syscall(SYS_clone, CLONE_NEWUTS | SIGCHLD, 0, 0, 0, 0);
	must(child >= 0);
	if (!child) {
		must(read(ended[0], &byte, 1) == 1);
		_exit(0);
	}
	snprintf(name, sizeof(name), "%d", child);
	fact("child", "%d", child);
	fact("uts", "%lu", namespace_of(name, "uts"));
	must(write(ended[1], "x", 1) == 1 && waitpid(child, NULL, 0) == child);
}

/* Other things that are unshared, a namespace that one is in already, and an ordinary child. */
static void namespaces_kept(void)
{
	int own = open("/proc/self/ns/uts", O_RDONLY);
	pid_t child;

	must(!unshare(CLONE_FILES | CLONE_FS));
	must(own >= 0 && !setns(own, CLONE_NEWUTS));
	must(setns(own, CLONE_NEWNET) < 0 && errno == EINVAL);
	must((child = fork()) >= 0);
	if (!child)
		_exit(0);
	must(waitpid(child, NULL, 0) == child);
}

static void capability_asked(void)
{
	fact("ns", "%lu", namespace_of("self", "user"));
	must(!chroot("/"));
	must(!syscall(SYS_setresuid, 1001, 1001, 1001));
	must(chroot("/") < 0 && errno == EPERM);
}

const struct scenario identity[] = {
	{ "namespaces_left", namespaces_left },
	{ "user_namespace_left", user_namespace_left },
	{ "born_elsewhere", born_elsewhere },
	{ "namespaces_kept", namespaces_kept },
	{ "capability_asked", capability_asked },
	{ 0 },
};
