// Starts every role of the oracle program, drives those that need another process, and waits for all.
#include "oracle.h"

const char *self_path;
int pipe_ends[2];

void fail(const char *what) {
    fprintf(stderr, "oracle: %s: %s\n", what, strerror(errno));
    _exit(99);
}

pid_t start(const char *name, int (*role)(void)) {
    pid_t pid = fork();
    if (pid < 0)
        fail("fork");
    if (pid == 0) {
        prctl(PR_SET_NAME, name);
        _exit(role());
    }
    return pid;
}

void finish(pid_t pid, int expected) {
    int status = -1;
    while (waitpid(pid, &status, 0) < 0)
        if (errno != EINTR)
            fail("waitpid");
    if (status != expected) {
        fprintf(stderr, "oracle: process %d ended with wait status %d, not %d\n", pid, status, expected);
        _exit(99);
    }
}

void wait_until_blocked(pid_t pid, pid_t tid, long number) {
    char path[64], text[512], wanted[24];
    snprintf(wanted, sizeof wanted, "%ld ", number);
    for (int attempt = 0; attempt < 200; attempt++) {
        int blocked = 0;
        snprintf(path, sizeof path, "/proc/%d/task/%d/syscall", pid, tid);
        int fd = open(path, O_RDONLY);
        if (fd >= 0) {
            ssize_t got = read(fd, text, sizeof text - 1);
            close(fd);
            text[got > 0 ? got : 0] = 0;
            blocked = strncmp(text, wanted, strlen(wanted)) == 0;
        }
        if (blocked) {
            // A tracer may hold it at the entry of the call: that is state `t`, not `S`.
            snprintf(path, sizeof path, "/proc/%d/task/%d/stat", pid, tid);
            fd = open(path, O_RDONLY);
            ssize_t got = fd < 0 ? 0 : read(fd, text, sizeof text - 1);
            close(fd);
            text[got > 0 ? got : 0] = 0;
            char *state = strrchr(text, ')');
            if (state && state[1] && state[2] == 'S')
                return;
        }
        struct timespec pause = {.tv_nsec = 10 * 1000 * 1000};
        nanosleep(&pause, NULL);
    }
    errno = ETIMEDOUT;
    fail("a thread did not block");
}

static void signals(void) {
    pid_t target = start("signals", signal_target_role);
    // One call that a handler interrupts, then one that is restarted (SA_RESTART), then one stopped and continued.
    wait_until_blocked(target, target, SYS_pause);
    kill(target, SIGUSR1);
    wait_until_blocked(target, target, SYS_read);
    kill(target, SIGUSR2);
    wait_until_blocked(target, target, SYS_read);
    kill(target, SIGUSR1);
    wait_until_blocked(target, target, SYS_clock_nanosleep);
    kill(target, SIGSTOP);
    int status;
    if (waitpid(target, &status, WUNTRACED) != target || !WIFSTOPPED(status))
        fail("the child did not stop");
    kill(target, SIGCONT);
    finish(target, 0);

    pid_t sleeper = start("sleeper", sleeper_role);
    wait_until_blocked(sleeper, sleeper, SYS_clock_nanosleep);
    kill(sleeper, SIGKILL);
    finish(sleeper, SIGKILL);
}

int main(int argc, char **argv) {
    if (argc == 3 && strcmp(argv[1], "leaf") == 0)
        return atoi(argv[2]);
    if (argc != 2 || chdir(argv[1]) != 0)
        fail("usage: oracle DIRECTORY");
    alarm(50);
    char path[4096];
    ssize_t length = readlink("/proc/self/exe", path, sizeof path - 1);
    if (length <= 0)
        fail("readlink");
    path[length] = 0;
    self_path = path;

    if (pipe(pipe_ends) != 0)
        fail("pipe");
    tcp_listen();
    pid_t together[] = {
        start("files", files_role),           start("paths", paths_role),
        start("pipe-writer", pipe_writer_role), start("pipe-reader", pipe_reader_role),
        start("tcp-server", tcp_server_role), start("tcp-client", tcp_client_role),
        start("udp", udp_role),               start("unix", unix_role),
        start("vforks", vfork_role),          start("exec-failing", exec_failing_role),
        start("threads", threads_role),       start("clone3", clone3_role),
        start("daemon", daemon_role),         start("refused", refused_role),
        start("blocked-thread", blocked_thread_role),
    };
    close(pipe_ends[0]);
    close(pipe_ends[1]);
    for (size_t at = 0; at < sizeof together / sizeof together[0]; at++)
        finish(together[at], 0);
    // These end as the program that they execute says: `leaf N` exits with N.
    finish(start("exec-descriptor", exec_descriptor_role), 21 << 8);
    finish(start("exec-thread", exec_thread_role), 22 << 8);
    finish(start("exec-arguments", exec_arguments_role), 23 << 8);
    signals();
    return 0;
}
