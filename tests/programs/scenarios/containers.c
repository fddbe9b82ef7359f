/* Control groups and containers. */
#include "scenarios.h"

#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

static const char *hierarchy(void)
{
	return access("/sys/fs/cgroup/unified/cgroup.procs", F_OK) ? "/sys/fs/cgroup" : "/sys/fs/cgroup/unified";
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
}

const struct scenario containers[] = {
	{ "cgroup_made", cgroup_made },
	{ "cgroup_made_near", cgroup_made_near },
	{ 0 },
};
