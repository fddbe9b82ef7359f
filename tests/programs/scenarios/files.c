/* Files: opened, read, written, renamed, removed, changed. */
#include "scenarios.h"

#include <fcntl.h>
#include <unistd.h>

/* Through a link and `..`, which the kernel follows. */
static void file_open(void)
{
	close(creat("target", 0600));
	must(!symlink("target", "link"));
	file_facts("target", "target");
	must(open("./link", O_RDWR | O_APPEND | O_CLOEXEC) >= 0);
}

/* A path that leads nowhere is opened by nobody. */
static void file_open_near(void)
{
	must(open("./nowhere", O_RDWR) < 0);
}

const struct scenario files[] = {
	{ "file_open", file_open },
	{ "file_open_near", file_open_near },
	{ 0 },
};
