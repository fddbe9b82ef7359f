// Files: every way to open one, reads and writes at positions and in vectors, names, duplicates, pipes.
#include "oracle.h"
#include <linux/openat2.h>

int files_role(void) {
    char buffer[256] = "sixteen bytes ..";
    for (int round = 0; round < 40; round++) {
        char name[32];
        snprintf(name, sizeof name, "file-%d", round % 4);
        int fd = openat(AT_FDCWD, name, O_RDWR | O_CREAT | O_CLOEXEC, 0640);
        if (fd < 0)
            fail(name);
        write(fd, buffer, 16);
        struct iovec parts[3] = {{buffer, 4}, {buffer + 4, 0}, {buffer + 8, 8}};
        writev(fd, parts, 3);
        pwritev(fd, parts, 3, 100);
        pread(fd, buffer + 32, 16, 4);
        preadv(fd, parts, 3, 0);
        lseek(fd, 0, SEEK_SET);
        read(fd, buffer + 64, 100);
        read(-1, buffer, 1);
        read(fd, (void *)8, 4);
        struct stat metadata;
        fstat(fd, &metadata);
        int copy = dup(fd);
        dup2(fd, 100);
        dup3(fd, 101, O_CLOEXEC);
        fcntl(fd, F_DUPFD_CLOEXEC, 50);
        ftruncate(fd, 8);
        close(copy);
        close(50);
        close(100);
        close(101);
        close(fd);
        close(fd);
    }
    int pair[2];
    for (int round = 0; round < 20; round++) {
        if (pipe2(pair, O_NONBLOCK) != 0)
            fail("pipe2");
        write(pair[1], "x", 1);
        read(pair[0], buffer, 8);
        read(pair[0], buffer, 8);
        close(pair[0]);
        close(pair[1]);
    }
    return 0;
}

int paths_role(void) {
    char long_name[4200];
    memset(long_name, 'n', sizeof long_name);
    long_name[4199] = 0;
    mkdir("dir", 0755);
    int dir = open("dir", O_RDONLY | O_DIRECTORY);
    for (int round = 0; round < 20; round++) {
        close(syscall(SYS_creat, "dir/made", 0600));
        close(syscall(SYS_open, "dir/made", O_RDWR | O_APPEND, 0));
        close(openat(dir, "made", O_RDONLY));
        struct open_how how = {.flags = O_RDONLY, .resolve = RESOLVE_BENEATH};
        close(syscall(SYS_openat2, dir, "made", &how, sizeof how));
        syscall(SYS_openat2, dir, "../escape", &how, sizeof how);
        symlinkat("made", dir, "link");
        close(openat(dir, "link", O_RDONLY));
        openat(dir, "link", O_RDONLY | O_NOFOLLOW);
        linkat(dir, "made", dir, "hard", 0);
        renameat2(dir, "hard", dir, "harder", 1);
        rename("dir/harder", "dir/renamed");
        unlinkat(dir, "renamed", 0);
        unlink("dir/link");
        unlink("dir/none");
        char target[64];
        readlink("/proc/self/exe", target, sizeof target);
        // Names that are hard to write down: empty, not UTF-8, with quotes, too long, not there at all.
        open("", O_RDONLY);
        open("dir/\xff\xfe\x1b[31m\"\\\n", O_RDONLY);
        open(long_name, O_RDONLY);
        open(long_name + 200, O_RDONLY);
        open((const char *)16, O_RDONLY);
        open(NULL, O_RDONLY);
        access("dir/made", R_OK);
    }
    unlink("dir/made");
    close(dir);
    rmdir("dir");
    return 0;
}

int pipe_writer_role(void) {
    close(pipe_ends[0]);
    for (int round = 0; round < 100; round++)
        write(pipe_ends[1], "a line of text\n", 15);
    close(pipe_ends[1]);
    return 0;
}

int pipe_reader_role(void) {
    char buffer[64];
    close(pipe_ends[1]);
    while (read(pipe_ends[0], buffer, sizeof buffer) > 0)
        ;
    close(pipe_ends[0]);
    return 0;
}
