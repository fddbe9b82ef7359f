// Executes a program N times, with its number as argument, while four threads flood the events lane with failing opens and
// renames of themselves. Prints how many calls the threads made.
#define _GNU_SOURCE
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static volatile int ended;
static long made[4];

static void *flood(void *slot) {
    long *count = slot;
    char name[16];
    while (!ended) {
        syscall(SYS_openat, AT_FDCWD, "/nonexistent/flood", O_RDONLY);
        snprintf(name, sizeof name, "flood-%ld", *count % 100000);
        prctl(PR_SET_NAME, name);
        *count += 2;
    }
    return NULL;
}

int main(int argc, char **argv) {
    if (argc != 3)
        return 98;
    long count = atol(argv[1]);
    pthread_t threads[4];
    alarm(60);
    for (int at = 0; at < 4; at++)
        pthread_create(&threads[at], NULL, flood, &made[at]);
    for (long at = 0; at < count; at++) {
        char number[24];
        snprintf(number, sizeof number, "run-%ld", at);
        char *arguments[] = {argv[2], number, NULL};
        pid_t pid = vfork();
        if (pid == 0) {
            execv(argv[2], arguments);
            _exit(97);
        }
        int status;
        if (pid < 0 || waitpid(pid, &status, 0) != pid || status != 0)
            return 96;
    }
    ended = 1;
    for (int at = 0; at < 4; at++)
        pthread_join(threads[at], NULL);
    printf("%ld\n", made[0] + made[1] + made[2] + made[3]);
    return 0;
}
