// Generations that fork and execute the next as fast as they can, and then live for a while: the one named `link-N` was
// executed as `chain N`. Each executes on another CPU than the one that it was forked on.
#define _GNU_SOURCE
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

int main(int argc, char **argv) {
    if (argc != 2)
        return 98;
    int depth = atoi(argv[1]);
    char name[16];
    snprintf(name, sizeof name, "link-%d", depth);
    prctl(PR_SET_NAME, name);
    alarm(30);
    pid_t next = 0;
    if (depth > 0) {
        next = fork();
        if (next == 0) {
            char number[12];
            cpu_set_t other;
            CPU_ZERO(&other);
            CPU_SET(depth % sysconf(_SC_NPROCESSORS_ONLN), &other);
            sched_setaffinity(0, sizeof other, &other);
            snprintf(number, sizeof number, "%d", depth - 1);
            execl("/proc/self/exe", "chain", number, NULL);
            _exit(97);
        }
    }
    for (int round = 0; round < 250; round++) {
        usleep(4000);
        syscall(SYS_getppid);
    }
    if (next > 0)
        waitpid(next, NULL, 0);
    return 0;
}
