// Tasks: vfork, exec in all its forms, threads, clone3, a daemon that leaves its parent.
#include "oracle.h"
#include <linux/sched.h>

int vfork_role(void) {
    for (int round = 0; round < 3; round++) {
        char *arguments[] = {"vforked", "leaf", "7", NULL};
        pid_t pid = vfork();
        if (pid == 0) {
            execve(self_path, arguments, environ);
            _exit(98);
        }
        finish(pid, 7 << 8);
    }
    return 0;
}

int exec_failing_role(void) {
    char *arguments[] = {"never", "run", NULL};
    for (int round = 0; round < 10; round++) {
        execve("/nonexistent/program", arguments, environ);
        execve("/", arguments, environ);
        execve((const char *)16, arguments, environ);
        execve(self_path, (char **)16, environ);
        execveat(-1, "relative", arguments, environ, 0);
    }
    return 0;
}

int exec_descriptor_role(void) {
    char *arguments[] = {"by-descriptor", "leaf", "21", NULL};
    int fd = open(self_path, O_RDONLY | O_CLOEXEC);
    syscall(SYS_execveat, fd, "", arguments, environ, AT_EMPTY_PATH);
    return 98;
}

int exec_arguments_role(void) {
    char *long_argument = malloc(100001);
    memset(long_argument, 'a', 100000);
    long_argument[100000] = 0;
    // Arguments that are hard to write down; the program behind them looks at the first two only.
    char *failing[] = {"", "\xff\xfe", "quote\"back\\slash", "line\nfeed\ttab", "\x1b[31m", long_argument, NULL};
    execve("/nonexistent/program", failing, environ);
    char *arguments[] = {"\x1b]0;title\x07\xff", "leaf", "23", NULL};
    execve(self_path, arguments, (char *[]){"ONE=1", NULL});
    return 98;
}

static void *executing_thread(void *unused) {
    (void)unused;
    wait_until_blocked(getpid(), getpid(), SYS_pause);
    char *arguments[] = {"from-thread", "leaf", "22", NULL};
    execve(self_path, arguments, environ);
    return NULL;
}

int exec_thread_role(void) {
    pthread_t thread;
    if (pthread_create(&thread, NULL, executing_thread, NULL) != 0)
        fail("pthread_create");
    for (;;)
        pause();
}

static void *working_thread(void *number) {
    char name[16];
    snprintf(name, sizeof name, "worker-%d", (int)(intptr_t)number);
    prctl(PR_SET_NAME, name);
    for (int round = 0; round < 100; round++) {
        syscall(SYS_getppid);
        syscall(SYS_gettid);
        close(open("/dev/null", O_RDWR));
        openat(AT_FDCWD, name, O_RDONLY);
    }
    return NULL;
}

int threads_role(void) {
    pthread_t threads[4];
    for (intptr_t at = 0; at < 4; at++)
        if (pthread_create(&threads[at], NULL, working_thread, (void *)at) != 0)
            fail("pthread_create");
    for (int at = 0; at < 4; at++)
        pthread_join(threads[at], NULL);
    return 0;
}

int clone3_role(void) {
    for (int round = 0; round < 3; round++) {
        struct clone_args arguments = {.exit_signal = SIGCHLD};
        pid_t pid = syscall(SYS_clone3, &arguments, sizeof arguments);
        if (pid == 0) {
            syscall(SYS_getppid);
            _exit(5);
        }
        finish(pid, 5 << 8);
    }
    return 0;
}

int daemon_role(void) {
    int pair[2];
    if (pipe(pair) != 0)
        fail("pipe");
    pid_t middle = fork();
    if (middle == 0) {
        setsid();
        pid_t daemon = fork();
        if (daemon != 0)
            _exit(0);
        close(pair[0]);
        // Until the one in the middle is gone: then this process has another parent.
        pid_t parent = getppid();
        for (int attempt = 0; attempt < 100 && getppid() == parent; attempt++)
            nanosleep(&(struct timespec){.tv_nsec = 5 * 1000 * 1000}, NULL);
        syscall(SYS_getppid);
        _exit(0);
    }
    finish(middle, 0);
    close(pair[1]);
    // Reads the end of file when the daemon has ended.
    char byte;
    read(pair[0], &byte, 1);
    close(pair[0]);
    return 0;
}
