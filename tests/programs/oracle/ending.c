// Calls that do not simply return: interrupted, restarted, refused by seccomp, still running when their thread ends.
#include "oracle.h"
#include <arpa/inet.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <netinet/in.h>

static void on_signal(int number) {
    (void)number;
}

static void handle(int number, int flags) {
    struct sigaction action = {.sa_handler = on_signal, .sa_flags = flags};
    sigaction(number, &action, NULL);
}

int signal_target_role(void) {
    int pair[2];
    char byte;
    if (pipe(pair) != 0)
        fail("pipe");
    handle(SIGUSR1, 0);
    handle(SIGUSR2, SA_RESTART);
    // pause(): woken by SIGUSR1. read(): restarted after SIGUSR2, given up after SIGUSR1. nanosleep(): stopped and continued.
    pause();
    read(pair[0], &byte, 1);
    nanosleep(&(struct timespec){.tv_nsec = 300 * 1000 * 1000}, NULL);
    raise(SIGUSR1);
    return 0;
}

int sleeper_role(void) {
    nanosleep(&(struct timespec){.tv_sec = 30}, NULL);
    return 0;
}

static int never_written[2];
static pid_t blocked_tid;

static void *blocked_thread(void *unused) {
    (void)unused;
    char byte;
    __atomic_store_n(&blocked_tid, gettid(), __ATOMIC_SEQ_CST);
    read(never_written[0], &byte, 1);
    return NULL;
}

int blocked_thread_role(void) {
    pthread_t thread;
    if (pipe(never_written) != 0 || pthread_create(&thread, NULL, blocked_thread, NULL) != 0)
        fail("pthread_create");
    while (__atomic_load_n(&blocked_tid, __ATOMIC_SEQ_CST) == 0)
        sched_yield();
    wait_until_blocked(getpid(), blocked_tid, SYS_read);
    return 0;
}

#define REFUSE(number, error)                                          \
    BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (number), 0, 1),               \
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | ((error) & SECCOMP_RET_DATA))

int refused_role(void) {
    struct sock_filter rules[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        REFUSE(SYS_mkdir, EPERM),
        REFUSE(SYS_connect, EACCES),
        REFUSE(SYS_open, ENFILE),
        REFUSE(SYS_execve, EPERM),
        REFUSE(SYS_uname, ENOSYS),
        REFUSE(SYS_getppid, 0),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    struct sock_fprog program = {.len = sizeof rules / sizeof rules[0], .filter = rules};
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 || prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) != 0)
        fail("seccomp");
    struct sockaddr_in nobody = {.sin_family = AF_INET, .sin_port = htons(9)};
    inet_pton(AF_INET, "127.0.0.9", &nobody.sin_addr);
    char *arguments[] = {"refused", "program", NULL};
    char buffer[512];
    int fd = socket(AF_INET, SOCK_DGRAM, 0);
    for (int round = 0; round < 10; round++) {
        mkdir("refused", 0700);
        connect(fd, (struct sockaddr *)&nobody, sizeof nobody);
        syscall(SYS_open, "refused-file", O_RDONLY, 0);
        execve("/bin/refused", arguments, environ);
        syscall(SYS_uname, buffer);
        syscall(SYS_getppid);
        close(openat(AT_FDCWD, "/dev/null", O_RDONLY));
    }
    return 0;
}
