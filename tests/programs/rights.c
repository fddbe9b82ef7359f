/*
 * rights FILE keep|ask: opens FILE for writing, gives up all rights for good and, with `ask`, writes to it; then says its
 * effective user id.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <grp.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define NOBODY 65534

int main(int argc, char **argv)
{
	int fd = argc == 3 ? open(argv[1], O_WRONLY) : -1;

	if (fd < 0 || setgroups(0, NULL) || setresgid(NOBODY, NOBODY, NOBODY) || setresuid(NOBODY, NOBODY, NOBODY)) {
		perror("rights");
		return 2;
	}
	if (!strcmp(argv[2], "ask") && write(fd, "all\n", 4) != 4) {
		perror(argv[1]);
		return 2;
	}
	printf("%u\n", (unsigned)geteuid());
	return 0;
}
