// Says what it will do ("ready"), waits for a line, makes N calls of each kind, and says how many it made: "KIND COUNT" lines.
//   flood calls N      getppid, lseek, and openat of a path that is not there
//   flood control N    N children that end at once (fork and exit are control events), N failing ptrace calls
//   flood random N     N openat calls of paths that compress badly and are not there
// With N = 0 it does only what it does besides.
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static void calls(long count) {
    int fd = syscall(SYS_openat, AT_FDCWD, "/dev/null", O_RDONLY);
    for (long at = 0; at < count; at++) {
        syscall(SYS_getppid);
        syscall(SYS_lseek, fd, at, SEEK_SET);
        syscall(SYS_openat, AT_FDCWD, "/nonexistent/flood", O_RDONLY);
    }
    printf("getppid %ld\nlseek %ld\nopenat %ld\n", count, count, count);
}

static void control(long count) {
    for (long at = 0; at < count; at++) {
        pid_t pid = vfork();
        if (pid == 0)
            _exit(0);
        if (pid < 0 || waitpid(pid, NULL, 0) != pid)
            _exit(99);
        // Attaching to process 0 always fails.
        syscall(SYS_ptrace, PTRACE_ATTACH, 0, 0, 0);
    }
    printf("sched_process_fork %ld\nsched_process_exit %ld\nptrace %ld\n", count, count, count);
}

static void random_paths(long count) {
    for (long at = 0; at < count; at++) {
        char path[64];
        snprintf(path, sizeof path, "/nonexistent/%08lx%08lx%08lx%08lx", random(), random(), random(), random());
        syscall(SYS_openat, AT_FDCWD, path, O_RDONLY);
    }
    printf("openat %ld\n", count);
}

int main(int argc, char **argv) {
    if (argc != 3)
        return 98;
    long count = atol(argv[2]);
    char line[16];
    alarm(100);
    write(1, "ready\n", 6);
    if (read(0, line, sizeof line) <= 0)
        return 97;
    if (strcmp(argv[1], "control") == 0)
        control(count);
    else if (strcmp(argv[1], "random") == 0)
        random_paths(count);
    else
        calls(count);
    fflush(stdout);
    // Stays until it is told to end, so that its own end is not part of what it counted.
    read(0, line, sizeof line);
    return 0;
}
