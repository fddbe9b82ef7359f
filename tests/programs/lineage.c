// Three generations that live for the whole time (each executed with a name and arguments of its own), work on a file that
// they have open from the start, and start short-lived children.
//   lineage FILE ROUNDS [GENERATION]
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

int main(int argc, char **argv) {
    if (argc < 3)
        return 98;
    int generation = argc > 3 ? atoi(argv[3]) : 1;
    long rounds = atol(argv[2]);
    alarm(100);
    char name[16];
    snprintf(name, sizeof name, "generation-%d", generation);
    prctl(PR_SET_NAME, name);
    int file = open(argv[1], O_RDONLY | O_CLOEXEC);
    // A bound and connected socket that is used in every segment too.
    struct sockaddr_in own = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t length = sizeof own;
    int udp = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (file < 0 || bind(udp, (struct sockaddr *)&own, sizeof own) != 0)
        return 97;
    getsockname(udp, (struct sockaddr *)&own, &length);
    connect(udp, (struct sockaddr *)&own, sizeof own);
    pid_t next = 0;
    if (generation < 3) {
        next = fork();
        if (next == 0) {
            char number[8];
            snprintf(number, sizeof number, "%d", generation + 1);
            execl("/proc/self/exe", "lineage", argv[1], argv[2], number, NULL);
            _exit(96);
        }
    }
    for (long round = 0; round < rounds; round++) {
        char byte[16];
        syscall(SYS_pread64, file, byte, sizeof byte, 0);
        write(udp, "x", 1);
        read(udp, byte, 1);
        if (round % 10 == 0) {
            pid_t child = fork();
            if (child == 0) {
                open("/nonexistent/short-lived", O_RDONLY);
                _exit(generation);
            }
            waitpid(child, NULL, 0);
        }
        usleep(2000);
    }
    if (next > 0)
        waitpid(next, NULL, 0);
    return 0;
}
