/* Kernel modules: attempts that fail. */
#include "techniques.h"

#include <fcntl.h>
#include <sys/syscall.h>
#include <unistd.h>

static void module_from_memory(void)
{
	must(syscall(SYS_init_module, "no module", 9, "") == -1);
}

static void module_from_file(void)
{
	int fd = open(BUSYBOX, O_RDONLY | O_CLOEXEC);

	must(fd >= 0 && syscall(SYS_finit_module, fd, "", 0) == -1);
}

static void module_removed(void)
{
	make_file("/tmp/module.ko");
	open_and_close("/tmp/module.ko", O_RDONLY);
	must(syscall(SYS_delete_module, "no_such_module", O_NONBLOCK) == -1);
	must(!unlink("/tmp/module.ko"));
}

const struct technique kernel[] = {
	{ "module_from_memory", module_from_memory },
	{ "module_from_file", module_from_file },
	{ "module_removed", module_removed },
	{ NULL, NULL },
};
