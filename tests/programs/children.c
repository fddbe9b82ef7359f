// Makes short-lived children in every way there is, and says on standard output which process ids they had.
//   children COUNT PROGRAM   COUNT of each kind; PROGRAM ends at once
// Lines: "forked PID", "daemon MIDDLE PID" (double fork with setsid), "vforked PID", "cloned PID" (clone3), "threads PID TID"
// (a process of which a second thread executes PROGRAM).
#define _GNU_SOURCE
#include <linux/sched.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static char *program;

static void fail(const char *what) {
    perror(what);
    exit(97);
}

static void await(pid_t child) {
    if (waitpid(child, NULL, 0) != child)
        fail("waitpid");
}

static void forked(void) {
    pid_t child = fork();
    if (child == 0)
        _exit(0);
    if (child < 0)
        fail("fork");
    printf("forked %d\n", child);
    await(child);
}

// The grandchild is nobody's for a moment: of its parents only the first waits.
static void daemonized(void) {
    int told[2];
    pid_t last = 0;
    if (pipe(told) != 0)
        fail("pipe");
    pid_t middle = fork();
    if (middle == 0) {
        setsid();
        pid_t child = fork();
        if (child == 0) {
            pid_t own = getpid();
            _exit(write(told[1], &own, sizeof own) != sizeof own);
        }
        _exit(child < 0);
    }
    if (middle < 0)
        fail("fork");
    close(told[1]);
    if (read(told[0], &last, sizeof last) != sizeof last)
        fail("read");
    close(told[0]);
    printf("daemon %d %d\n", middle, last);
    await(middle);
}

static void vforked(void) {
    char *argv[] = {"vforked", NULL};
    pid_t child = vfork();
    if (child == 0) {
        execv(program, argv);
        _exit(96);
    }
    if (child < 0)
        fail("vfork");
    printf("vforked %d\n", child);
    await(child);
}

static void cloned(void) {
    struct clone_args how = {.exit_signal = SIGCHLD};
    pid_t child = syscall(SYS_clone3, &how, sizeof how);
    if (child == 0)
        _exit(0);
    if (child < 0)
        fail("clone3");
    printf("cloned %d\n", child);
    await(child);
}

static void *execute(void *told) {
    char *argv[] = {"threads", NULL};
    pid_t tid = gettid();
    if (write((int)(intptr_t)told, &tid, sizeof tid) == sizeof tid)
        execv(program, argv);
    _exit(96);
}

static void threads(void) {
    int told[2];
    pid_t tid = 0;
    if (pipe(told) != 0)
        fail("pipe");
    pid_t child = fork();
    if (child == 0) {
        pthread_t thread;
        if (pthread_create(&thread, NULL, execute, (void *)(intptr_t)told[1]) != 0)
            _exit(95);
        for (;;)
            pause();
    }
    if (child < 0)
        fail("fork");
    close(told[1]);
    if (read(told[0], &tid, sizeof tid) != sizeof tid)
        fail("read");
    close(told[0]);
    printf("threads %d %d\n", child, tid);
    await(child);
}

int main(int argc, char **argv) {
    if (argc != 3)
        return 98;
    alarm(100);
    program = argv[2];
    for (int count = atoi(argv[1]); count > 0; count--) {
        forked();
        daemonized();
        vforked();
        cloned();
        threads();
    }
    return 0;
}
