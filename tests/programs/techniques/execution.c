/* Programs from where programs are not, under names they should not have, and what is loaded into them. */
#include "techniques.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

static char *const no_environment[] = { NULL };
static char *const nothing[] = { "true", NULL };

static void exec_descriptor(int fd)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	run_program(path, nothing, no_environment);
}

static void memfd_program(void)
{
	int fd = memfd_create("payload", MFD_CLOEXEC);

	must(fd >= 0);
	copy_into(fd, BUSYBOX);
	exec_descriptor(fd);
}

static void unlinked_program(void)
{
	int fd;

	copy_program(BUSYBOX, "/tmp/gone");
	fd = open("/tmp/gone", O_RDONLY | O_CLOEXEC);
	must(fd >= 0 && !unlink("/tmp/gone"));
	exec_descriptor(fd);
	must(!close(fd));
}

static void program_in_shared_memory(void)
{
	copy_program(BUSYBOX, "/dev/shm/payload");
	run_program("/dev/shm/payload", nothing, no_environment);
	must(!unlink("/dev/shm/payload"));
}

/* A descriptor of a file on a disk, and memory that is only data. */
static void descriptor_of_a_file(void)
{
	int fd = open(BUSYBOX, O_RDONLY | O_CLOEXEC), data = memfd_create("data", MFD_CLOEXEC);

	must(fd >= 0 && data >= 0);
	copy_into(data, BUSYBOX);
	exec_descriptor(fd);
}

static void preload(void)
{
	char *const environment[] = { "LD_PRELOAD=/tmp/library.so", NULL };

	run_program(BUSYBOX, nothing, environment);
}

static void audit_library(void)
{
	char *const environment[] = { "PATH=/bin", "LD_AUDIT=/tmp/library.so", NULL };

	run_program(BUSYBOX, nothing, environment);
}

static void library_path(void)
{
	char *const environment[] = { "LD_LIBRARY_PATH=/tmp", NULL };

	run_program(BUSYBOX, nothing, environment);
}

static void preload_file(void)
{
	write_file("/etc/ld.so.preload", "", 0644);
	must(!unlink("/etc/ld.so.preload"));
}

static void preload_file_renamed(void)
{
	make_file("/etc/new");
	must(!rename("/etc/new", "/etc/ld.so.preload") && !unlink("/etc/ld.so.preload"));
}

/* Variables that are called nearly so, or say nothing, and files of which the one is read and the other is another. */
static void no_preload(void)
{
	char *const environment[] = { "MY_LD_PRELOAD=/tmp/library.so", "LD_PRELOAD=", "LD_DEBUG=", "A=LD_AUDIT=x", NULL };

	run_program(BUSYBOX, nothing, environment);
	make_file("/etc/ld.so.preload");
	open_and_close("/etc/ld.so.preload", O_RDONLY);
	must(!unlink("/etc/ld.so.preload"));
	write_file("/etc/ld.so.conf", "/lib\n", 0644);
}

static void hidden_program(void)
{
	copy_program(BUSYBOX, "/tmp/.program");
	must(!unlink("/tmp/.program"));
}

static void hidden_script(void)
{
	write_file("/tmp/.script", "#!/bin/sh\n", 0755);
	must(!unlink("/tmp/.script"));
}

static void program_in_hidden_folder(void)
{
	write_file("/tmp/.hidden/script", "#!/bin/sh\nexit 0\n", 0755);
	run_program("/tmp/.hidden/script", nothing, no_environment);
	must(!unlink("/tmp/.hidden/script") && !rmdir("/tmp/.hidden"));
}

/* Hidden files that are no programs; a program in a hidden folder that nobody executes; one that was there before. */
static void hidden_files(void)
{
	write_file("/tmp/.settings", "colour=blue\n", 0644);
	write_file("/tmp/.folder/script", "#!/bin/sh\n", 0644);
	make_folder("/tmp/.links");
	must(!link(BUSYBOX, "/tmp/.links/program"));
	run_program("/tmp/.links/program", nothing, no_environment);
	must(!unlink("/tmp/.links/program") && !unlink("/tmp/.settings") && !unlink("/tmp/.folder/script"));
}

/* Runs this program under another name. */
static void run_as(const char *path, char *technique)
{
	char *const arguments[] = { SELF, "run", technique, NULL };

	make_folder("/usr/sbin");
	must(!link(SELF, path));
	run_program(path, arguments, no_environment);
	must(!unlink(path));
}

static void starts_shell(void)
{
	char *const shell[] = { "sh", "-c", "exit 0", NULL };

	run_program("/bin/sh", shell, no_environment);
}

static void starts_program(void)
{
	run_program(BUSYBOX, nothing, no_environment);
}

static void shell_of_web_server(void)
{
	run_as("/usr/sbin/nginx", "starts_shell");
}

static void program_of_web_server(void)
{
	run_as("/usr/sbin/nginx", "starts_program");
}

const struct technique execution[] = {
	{ "memfd_program", memfd_program },
	{ "unlinked_program", unlinked_program },
	{ "program_in_shared_memory", program_in_shared_memory },
	{ "descriptor_of_a_file", descriptor_of_a_file },
	{ "preload", preload },
	{ "audit_library", audit_library },
	{ "library_path", library_path },
	{ "preload_file", preload_file },
	{ "preload_file_renamed", preload_file_renamed },
	{ "no_preload", no_preload },
	{ "hidden_program", hidden_program },
	{ "hidden_script", hidden_script },
	{ "program_in_hidden_folder", program_in_hidden_folder },
	{ "hidden_files", hidden_files },
	{ "starts_shell", starts_shell },
	{ "starts_program", starts_program },
	{ "shell_of_web_server", shell_of_web_server },
	{ "program_of_web_server", program_of_web_server },
	{ NULL, NULL },
};
