/* What makes a program come back, or gives it rights: start scripts, scheduled tasks, rules of sudo, bits of files. */
#include "techniques.h"

#include <fcntl.h>
#include <linux/capability.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#define TABLE "* * * * * /tmp/agent\n"

static char *const environment[] = { "PATH=/bin", NULL };

/* One of busybox's programs, or one that it is not, which it says by status 127. */
static void run_applet(char *const arguments[], int status)
{
	pid_t child = start_child();

	if (!child) {
		execve(BUSYBOX, arguments, environment);
		_exit(1);
	}
	wait_for(child, status);
}

static void start_script(void)
{
	write_file("/etc/init.d/agent", "agent\n", 0755);
	must(!unlink("/etc/init.d/agent"));
}

static void start_link(void)
{
	make_folder("/etc/rc3.d");
	must(!symlink("/tmp/agent", "/etc/rc3.d/S99agent") && !unlink("/etc/rc3.d/S99agent"));
}

/* The program is Debian's, and not in the stage: what counts is that it was asked for. */
static void start_update(void)
{
	char *const arguments[] = { "update-rc.d", "agent", "defaults", NULL };

	run_applet(arguments, 127);
}

static void start_read(void)
{
	char *const help[] = { "update-rc.d", "--help", NULL };

	make_file("/etc/init.d/agent");
	open_and_close("/etc/init.d/agent", O_RDONLY);
	must(!unlink("/etc/init.d/agent"));
	write_file("/etc/init.conf", "agent\n", 0644);
	run_applet(help, 127);
}

static void task_written(void)
{
	write_file("/etc/cron.d/agent", TABLE, 0644);
	must(!unlink("/etc/cron.d/agent"));
}

static void timer_written(void)
{
	write_file("/etc/systemd/system/agent.timer", "[Timer]\n", 0644);
	must(!unlink("/etc/systemd/system/agent.timer"));
}

static void make_user(void)
{
	make_folder("/var/spool/cron/crontabs");
	write_file("/etc/passwd", "root:x:0:0:root:/:/bin/sh\n", 0644);
}

static void crontab_changed(void)
{
	char *const arguments[] = { "crontab", "/tmp/table", NULL };

	make_user();
	write_file("/tmp/table", TABLE, 0644);
	run_applet(arguments, 0);
	must(!unlink("/var/spool/cron/crontabs/root") && !unlink("/tmp/table"));
}

static void tasks_listed(void)
{
	char *const arguments[] = { "crontab", "-l", NULL };

	make_user();
	make_file("/var/spool/cron/crontabs/root");
	run_applet(arguments, 0);
	must(!unlink("/var/spool/cron/crontabs/root"));
	make_file("/etc/crontab");
	open_and_close("/etc/crontab", O_RDONLY);
	must(!unlink("/etc/crontab"));
	write_file("/etc/systemd/system/agent.service", "[Service]\n", 0644);
}

static void sudoers_added(void)
{
	write_file("/etc/sudoers.d/agent", "ALL ALL=(ALL) NOPASSWD: ALL\n", 0440);
	must(!unlink("/etc/sudoers.d/agent"));
}

static void sudoers_replaced(void)
{
	make_file("/etc/sudoers.new");
	must(!rename("/etc/sudoers.new", "/etc/sudoers") && !unlink("/etc/sudoers"));
}

static void sudoers_read(void)
{
	make_file("/etc/sudoers");
	open_and_close("/etc/sudoers", O_RDONLY);
	must(!unlink("/etc/sudoers"));
	write_file("/etc/sudo.conf", "Set disable_coredump true\n", 0644);
}

static void setuid_set(void)
{
	make_file("/tmp/helper");
	must(!chmod("/tmp/helper", 04755) && !unlink("/tmp/helper"));
}

static void setuid_from_the_start(void)
{
	int fd = open("/tmp/helper", O_RDONLY | O_CREAT | O_CLOEXEC, 04755);

	must(fd >= 0 && !close(fd) && !unlink("/tmp/helper"));
}

static void other_modes_set(void)
{
	make_file("/tmp/helper");
	must(!chmod("/tmp/helper", 0755) && !chmod("/tmp/helper", 01777) && !unlink("/tmp/helper"));
	make_folder("/tmp/shared");
	must(!chmod("/tmp/shared", 02775) && !rmdir("/tmp/shared"));
}

static void file_capabilities(void)
{
	struct vfs_cap_data data = { .magic_etc = VFS_CAP_REVISION_2 | VFS_CAP_FLAGS_EFFECTIVE };

	data.data[0].permitted = 1 << CAP_SETUID;
	make_file("/tmp/helper");
	must(!setxattr("/tmp/helper", "security.capability", &data, XATTR_CAPS_SZ_2, 0) && !unlink("/tmp/helper"));
}

static void other_attribute(void)
{
	make_file("/tmp/helper");
	must(!setxattr("/tmp/helper", "trusted.note", "note", 4, 0) && !unlink("/tmp/helper"));
}

const struct technique persistence[] = {
	{ "start_script", start_script },
	{ "start_link", start_link },
	{ "start_update", start_update },
	{ "start_read", start_read },
	{ "task_written", task_written },
	{ "timer_written", timer_written },
	{ "crontab_changed", crontab_changed },
	{ "tasks_listed", tasks_listed },
	{ "sudoers_added", sudoers_added },
	{ "sudoers_replaced", sudoers_replaced },
	{ "sudoers_read", sudoers_read },
	{ "setuid_set", setuid_set },
	{ "setuid_from_the_start", setuid_from_the_start },
	{ "other_modes_set", other_modes_set },
	{ "file_capabilities", file_capabilities },
	{ "other_attribute", other_attribute },
	{ NULL, NULL },
};
