// Passes paths that lie on pages which nobody has read yet: whoever looks before the kernel does finds no memory there.
//   unread_page DIRECTORY
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#define PAGES 20
#define PAGE 4096

int main(int argc, char **argv) {
    char page[PAGE], name[32];
    if (argc != 2 || chdir(argv[1]) != 0)
        return 98;
    int fd = open("pages", O_RDWR | O_CREAT, 0600);
    for (int at = 0; at < PAGES; at++) {
        memset(page, 0, sizeof page);
        snprintf(page, sizeof page, "/nonexistent/unread-%d", at);
        write(fd, page, sizeof page);
    }
    for (int at = 0; at < PAGES; at++) {
        // A mapping each: the kernel maps neighbours of a page that it has to fetch.
        char *path = mmap(NULL, PAGE, PROT_READ, MAP_PRIVATE, fd, (off_t)at * PAGE);
        if (at % 2 == 0)
            syscall(SYS_openat, AT_FDCWD, path, O_RDONLY);
        else
            syscall(SYS_unlink, path);
    }
    return 0;
}
