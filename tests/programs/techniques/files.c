/* Files by which a host is taken over, or which say how. */
#include "techniques.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/mount.h>
#include <unistd.h>

#define GROUP "/tmp/cgroup/group/"
#define ACCOUNT "/run/secrets/kubernetes.io/serviceaccount/"
/* Not the one by which the recorder itself is loaded, where it shares the root. */
#define LOADER "/lib/ld-linux.so.2"

static void notify_on_release(void)
{
	make_file(GROUP "notify_on_release");
	open_and_close(GROUP "notify_on_release", O_WRONLY);
	must(!unlink(GROUP "notify_on_release"));
}

static void notify_on_release_read(void)
{
	make_file(GROUP "notify_on_release");
	open_and_close(GROUP "notify_on_release", O_RDONLY);
	must(!unlink(GROUP "notify_on_release"));
	write_file(GROUP "notify_on_release.txt", "1", 0644);
}

static void release_agent(void)
{
	write_file("/tmp/cgroup/release_agent", "/tmp/agent", 0644);
	must(!unlink("/tmp/cgroup/release_agent"));
}

static void release_agent_renamed(void)
{
	make_file("/tmp/cgroup/agent");
	must(!rename("/tmp/cgroup/agent", "/tmp/cgroup/release_agent") && !unlink("/tmp/cgroup/release_agent"));
}

static void release_agent_read(void)
{
	make_file("/tmp/cgroup/release_agent");
	open_and_close("/tmp/cgroup/release_agent", O_RDONLY);
	must(!rename("/tmp/cgroup/release_agent", "/tmp/cgroup/old") && !unlink("/tmp/cgroup/old"));
}

/* As the kubelet lays them out: the token is a link to the file of the day. */
static void service_account_token(void)
{
	write_file(ACCOUNT "..2026_01_01/token", "token", 0644);
	must(!symlink("..2026_01_01/token", ACCOUNT "token"));
	open_and_close(ACCOUNT "token", O_RDONLY);
	must(!unlink(ACCOUNT "token"));
}

static void service_account_namespace(void)
{
	make_file(ACCOUNT "namespace");
	open_and_close(ACCOUNT "namespace", O_RDONLY);
	make_file("/run/secrets/token");
	open_and_close("/run/secrets/token", O_RDONLY);
	must(!unlink(ACCOUNT "namespace") && !unlink("/run/secrets/token"));
}

/* The switches are files of our own, bound over the kernel's. */
static void with_switch(const char *path, int flags)
{
	make_file("/tmp/switch");
	must(!mount("/tmp/switch", path, NULL, MS_BIND, NULL));
	open_and_close(path, flags);
	must(!umount2(path, 0) && !unlink("/tmp/switch"));
}

static void layout_randomization_read(void)
{
	open_and_close("/proc/sys/kernel/randomize_va_space", O_RDONLY);
}

static void layout_randomization_written(void)
{
	with_switch("/proc/sys/kernel/randomize_va_space", O_WRONLY);
}

static void core_pattern(void)
{
	with_switch("/proc/sys/kernel/core_pattern", O_WRONLY | O_TRUNC);
}

static void core_pattern_read(void)
{
	open_and_close("/proc/sys/kernel/core_pattern", O_RDONLY);
	with_switch("/proc/sys/kernel/core_uses_pid", O_WRONLY);
}

static void loader_written(void)
{
	write_file(LOADER, "\177ELF", 0644);
	must(!unlink(LOADER));
}

static void loader_renamed(void)
{
	make_folder("/usr/lib/x86_64-linux-gnu");
	make_file("/tmp/loader");
	must(!rename("/tmp/loader", "/usr/lib/x86_64-linux-gnu/ld-musl-x86_64.so.1"));
	must(!unlink("/usr/lib/x86_64-linux-gnu/ld-musl-x86_64.so.1"));
}

/* Libraries that are called nearly so; the loader itself, read; a loader that is no loader where it lies. */
static void other_libraries(void)
{
	make_file(LOADER);
	open_and_close(LOADER, O_RDONLY);
	must(!unlink(LOADER));
	write_file("/usr/lib/php/ldap.so", "library", 0644);
	write_file("/lib/libld-2.so", "library", 0644);
	write_file("/tmp/ld-linux.so.2", "library", 0644);
}

const struct technique files[] = {
	{ "notify_on_release", notify_on_release },
	{ "notify_on_release_read", notify_on_release_read },
	{ "release_agent", release_agent },
	{ "release_agent_renamed", release_agent_renamed },
	{ "release_agent_read", release_agent_read },
	{ "service_account_token", service_account_token },
	{ "service_account_namespace", service_account_namespace },
	{ "layout_randomization_read", layout_randomization_read },
	{ "layout_randomization_written", layout_randomization_written },
	{ "core_pattern", core_pattern },
	{ "core_pattern_read", core_pattern_read },
	{ "loader_written", loader_written },
	{ "loader_renamed", loader_renamed },
	{ "other_libraries", other_libraries },
	{ NULL, NULL },
};
