/* What is not for everybody: keys, the memory of others, what the kernel tells of itself. */
#include "techniques.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

static const char *const places[] = { "/etc/shadow",		 "/root/.ssh/id_ed25519", "/root/.aws/credentials",
				     "/root/.git-credentials",	 "/root/.netrc",	  "/root/.kube/config",
				     "/root/.docker/config.json" };

static void open_secrets(size_t count)
{
	for (size_t i = 0; i < count; i++) {
		make_file(places[i]);
		open_and_close(places[i], O_RDONLY);
		must(!unlink(places[i]));
	}
}

static void secrets_swept(void)
{
	open_secrets(sizeof(places) / sizeof(*places));
}

static void secrets_used(void)
{
	open_secrets(3);
}

static void cluster_key(void)
{
	make_file("/etc/kubernetes/pki/ca.key");
	open_and_close("/etc/kubernetes/pki/ca.key", O_RDONLY);
	must(!unlink("/etc/kubernetes/pki/ca.key"));
}

static void cluster_keys_listed(void)
{
	make_folder("/etc/kubernetes/pki");
	open_and_close("/etc/kubernetes/pki", O_RDONLY | O_DIRECTORY);
	make_file("/etc/kubernetes/manifests/server.yaml");
	open_and_close("/etc/kubernetes/manifests/server.yaml", O_RDONLY);
	must(!unlink("/etc/kubernetes/manifests/server.yaml"));
}

/* A child that waits, and the path of its memory. */
static pid_t child_with_memory(char *path, size_t size)
{
	pid_t child = start_child();

	if (!child)
		for (;;)
			pause();
	snprintf(path, size, "/proc/%d/mem", child);
	return child;
}

static void end_child(pid_t child)
{
	must(!kill(child, SIGKILL) && waitpid(child, NULL, 0) == child);
}

static void open_memory_of_child(int flags)
{
	char path[64];
	pid_t child = child_with_memory(path, sizeof(path));

	open_and_close(path, flags);
	end_child(child);
}

static void memory_read(void)
{
	open_memory_of_child(O_RDONLY);
}

static void memory_written(void)
{
	open_memory_of_child(O_WRONLY);
}

static void own_memory(void)
{
	open_and_close("/proc/self/mem", O_RDWR);
}

static long word = 1;

static void copy(ssize_t (*call)(pid_t, const struct iovec *, unsigned long, const struct iovec *, unsigned long,
				 unsigned long),
		 pid_t pid)
{
	long here = 2;
	struct iovec local = { &here, sizeof(here) }, remote = { &word, sizeof(word) };

	must(call(pid, &local, 1, &remote, 1, 0) == sizeof(word));
}

static void copied_from(void)
{
	char path[64];
	pid_t child = child_with_memory(path, sizeof(path));

	copy(process_vm_readv, child);
	end_child(child);
}

static void copied_into(void)
{
	char path[64];
	pid_t child = child_with_memory(path, sizeof(path));

	copy(process_vm_writev, child);
	end_child(child);
}

static void copied_within(void)
{
	copy(process_vm_readv, getpid());
	copy(process_vm_writev, getpid());
}

/* Not every kernel has it; whoever tries does not know. */
static void kernel_memory(void)
{
	int fd = open("/proc/kcore", O_RDONLY | O_CLOEXEC);

	must(fd < 0 || !close(fd));
}

static void kernel_memory_shape(void)
{
	struct stat file;

	(void)stat("/proc/kcore", &file);
	open_and_close("/proc/version", O_RDONLY);
}

/* Files of the kernel are our own here: where they are is covered meanwhile. */

#define DEBUG "/sys/kernel/debug"

static void read_debug_file(const char *path)
{
	make_folder(DEBUG);
	must(!mount("files", DEBUG, "tmpfs", 0, NULL));
	make_file(path);
	open_and_close(path, O_RDONLY);
	must(!umount2(DEBUG, 0));
}

static void scheduler_read(void)
{
	read_debug_file(DEBUG "/sched/debug");
}

static void scheduler_features_read(void)
{
	read_debug_file(DEBUG "/sched/features");
	open_and_close("/proc/loadavg", O_RDONLY);
}

static void with_request_files(int flags)
{
	must(!mount("files", "/proc", "tmpfs", 0, NULL));
	make_file("/proc/sysrq-trigger");
	make_file("/proc/sys/kernel/sysrq");
	open_and_close("/proc/sys/kernel/sysrq", flags);
	open_and_close("/proc/sysrq-trigger", flags);
	must(!umount2("/proc", MNT_DETACH));
}

static void system_request(void)
{
	with_request_files(O_WRONLY);
}

static void system_request_read(void)
{
	with_request_files(O_RDONLY);
}

const struct technique secrets[] = {
	{ "secrets_swept", secrets_swept },
	{ "secrets_used", secrets_used },
	{ "cluster_key", cluster_key },
	{ "cluster_keys_listed", cluster_keys_listed },
	{ "memory_read", memory_read },
	{ "memory_written", memory_written },
	{ "own_memory", own_memory },
	{ "copied_from", copied_from },
	{ "copied_into", copied_into },
	{ "copied_within", copied_within },
	{ "kernel_memory", kernel_memory },
	{ "kernel_memory_shape", kernel_memory_shape },
	{ "scheduler_read", scheduler_read },
	{ "scheduler_features_read", scheduler_features_read },
	{ "system_request", system_request },
	{ "system_request_read", system_request_read },
	{ NULL, NULL },
};
