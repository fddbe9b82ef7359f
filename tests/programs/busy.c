// A load that goes on until it is told to end: prints "ready PID", then a growing number now and then, while it forks, opens
// and writes. Ends when standard input is closed, or by itself after SECONDS.
#define _GNU_SOURCE
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

int main(int argc, char **argv) {
    alarm(argc > 1 ? atoi(argv[1]) : 20);
    dprintf(1, "ready %d\n", getpid());
    struct pollfd input = {.fd = 0, .events = POLLIN};
    for (long round = 0;; round++) {
        for (int at = 0; at < 200; at++) {
            syscall(SYS_openat, AT_FDCWD, "/nonexistent/busy", O_RDONLY);
            syscall(SYS_getppid);
        }
        int null = open("/dev/null", O_WRONLY);
        write(null, "busy", 4);
        close(null);
        if (round % 8 == 0) {
            pid_t pid = fork();
            if (pid == 0)
                _exit(0);
            waitpid(pid, NULL, 0);
            if (dprintf(1, "%ld\n", round) < 0)
                return 1;
            if (poll(&input, 1, 0) > 0)
                return 0;
        }
    }
}
