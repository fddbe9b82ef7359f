// Lets what the kernel knows of a task change from outside, and names each moment by an open of "/moment/NAME", which fails.
//   context reparent   a grandchild before and after its parent ends
//   context thread     one thread takes another user id by the bare system call; the others keep theirs
//   context wait       says "ready PID", waits for a line (somebody moves it meanwhile), goes on, twice
#define _GNU_SOURCE
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static void moment(const char *name) {
    char path[64];
    snprintf(path, sizeof path, "/moment/%s", name);
    syscall(SYS_openat, AT_FDCWD, path, O_RDONLY);
}

static int reparent(void) {
    int ended[2], first[2];
    char byte;
    pipe(ended);
    pipe(first);
    pid_t middle = fork();
    if (middle == 0) {
        pid_t last = fork();
        if (last != 0) {
            // The grandchild has named its first moment when the pipe says so; only then this one ends.
            read(first[0], &byte, 1);
            _exit(0);
        }
        pid_t parent = getppid();
        moment("child-of-middle");
        write(first[1], "x", 1);
        for (int attempt = 0; attempt < 1000 && getppid() == parent; attempt++)
            usleep(2000);
        moment("child-of-another");
        write(ended[1], "x", 1);
        _exit(0);
    }
    waitpid(middle, NULL, 0);
    read(ended[0], &byte, 1);
    return 0;
}

static void *change_user(void *unused) {
    (void)unused;
    moment("thread-before");
    // setresuid() of the C library would change every thread.
    if (syscall(SYS_setresuid, 12345, 12345, 12345) != 0)
        return "failed";
    moment("thread-after");
    return NULL;
}

static int thread(void) {
    pthread_t thread;
    void *failed = NULL;
    moment("leader-before");
    pthread_create(&thread, NULL, change_user, NULL);
    pthread_join(thread, &failed);
    moment("leader-after");
    return failed != NULL;
}

static int wait_twice(void) {
    char line[16];
    dprintf(1, "ready %d\n", getpid());
    moment("before");
    for (int time = 0; time < 2; time++) {
        if (read(0, line, sizeof line) <= 0)
            return 97;
        moment(time == 0 ? "moved" : "moved-back");
        dprintf(1, "done\n");
    }
    return 0;
}

int main(int argc, char **argv) {
    alarm(30);
    if (argc == 2 && strcmp(argv[1], "reparent") == 0)
        return reparent();
    if (argc == 2 && strcmp(argv[1], "thread") == 0)
        return thread();
    if (argc == 2 && strcmp(argv[1], "wait") == 0)
        return wait_twice();
    return 98;
}
