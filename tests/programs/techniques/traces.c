/* What wipes traces, and what ends the recording. */
#include "techniques.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/bpf.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#define HISTORY "/root/.bash_history"

/* It may be there, and cannot be removed unnoticed. */
static void make_once(const char *folder, const char *path)
{
	make_folder(folder);
	must(!mknod(path, S_IFREG | 0644, 0) || errno == EEXIST);
}

static void log_emptied(void)
{
	make_once("/var/log", "/var/log/auth.log");
	open_and_close("/var/log/auth.log", O_WRONLY | O_TRUNC);
}

static void log_removed(void)
{
	make_file("/var/log/wtmp");
	must(!unlink("/var/log/wtmp"));
}

static void log_written(void)
{
	make_once("/var/log", "/var/log/syslog");
	open_and_close("/var/log/syslog", O_WRONLY | O_APPEND);
	write_file("/var/log/agent.log", "agent\n", 0644);
	must(!unlink("/var/log/agent.log"));
}

static void history_emptied(void)
{
	make_once("/root", HISTORY);
	open_and_close(HISTORY, O_WRONLY | O_TRUNC);
}

static void history_to_nowhere(void)
{
	make_folder("/root");
	must(!symlink("/dev/null", "/root/.zsh_history") && !unlink("/root/.zsh_history"));
}

/* As bash does when it ends. */
static void history_kept(void)
{
	int fd;

	make_folder("/root");
	fd = open("/root/.sh_history-00042.tmp", O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	must(fd >= 0 && !close(fd) && !rename("/root/.sh_history-00042.tmp", "/root/.sh_history"));
	open_and_close("/root/.sh_history", O_WRONLY | O_APPEND);
}

static void set_times(const char *path, time_t seconds)
{
	struct timespec times[2] = { { .tv_sec = seconds }, { .tv_sec = seconds } };

	make_file(path);
	must(!utimensat(AT_FDCWD, path, seconds ? times : NULL, 0) && !unlink(path));
}

static void times_of_system_file(void)
{
	set_times("/usr/bin/agent", 1700000000);
}

static void times_of_file(void)
{
	set_times("/tmp/agent", 1700000000);
}

static void times_now(void)
{
	set_times("/usr/bin/agent", 0);
}

/* Files called as a recording's are. */
static void recording_removed(void)
{
	make_file("/tmp/host.cap/00000001.seg");
	must(!unlink("/tmp/host.cap/00000001.seg"));
}

static void recording_read(void)
{
	make_once("/tmp/host.cap", "/tmp/host.cap/00000002.seg");
	open_and_close("/tmp/host.cap/00000002.seg", O_RDONLY);
	make_file("/tmp/host.cap/notes");
	must(!unlink("/tmp/host.cap/notes"));
}

static void link_detached(void)
{
	union bpf_attr attributes;

	memset(&attributes, 0, sizeof(attributes));
	attributes.link_detach.link_fd = -1;
	must(syscall(SYS_bpf, BPF_LINK_DETACH, &attributes, sizeof(attributes)) == -1);
}

static void end_by_name(char *name)
{
	char *const arguments[] = { "killall", name, NULL }, *const environment[] = { NULL };
	pid_t child = start_child();

	if (!child) {
		execve(BUSYBOX, arguments, environment);
		_exit(2);
	}
	wait_for(child, 1);
}

/* Nobody is called so in full; whoever tries does not know. */
static void recorder_ended(void)
{
	end_by_name("tracee-recorder");
}

static void other_program_ended(void)
{
	end_by_name("recorder");
}

static void map_made(void)
{
	union bpf_attr attributes;

	memset(&attributes, 0, sizeof(attributes));
	attributes.map_type = BPF_MAP_TYPE_ARRAY;
	attributes.key_size = attributes.value_size = 4;
	attributes.max_entries = 1;
	must(syscall(SYS_bpf, BPF_MAP_CREATE, &attributes, sizeof(attributes)) >= 0);
}

const struct technique traces[] = {
	{ "log_emptied", log_emptied },
	{ "log_removed", log_removed },
	{ "log_written", log_written },
	{ "history_emptied", history_emptied },
	{ "history_to_nowhere", history_to_nowhere },
	{ "history_kept", history_kept },
	{ "times_of_system_file", times_of_system_file },
	{ "times_of_file", times_of_file },
	{ "times_now", times_now },
	{ "recording_removed", recording_removed },
	{ "recording_read", recording_read },
	{ "link_detached", link_detached },
	{ "map_made", map_made },
	{ "recorder_ended", recorder_ended },
	{ "other_program_ended", other_program_ended },
	{ NULL, NULL },
};
