// Ends as soon as its child has: each names itself by an open of "/MARKER/child" and "/MARKER/parent", which fail.
#include <fcntl.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

int main(int argc, char **argv) {
    char child[64], parent[64];
    snprintf(child, sizeof child, "/%s/child", argc > 1 ? argv[1] : "");
    snprintf(parent, sizeof parent, "/%s/parent", argc > 1 ? argv[1] : "");
    usleep(20000);
    pid_t pid = fork();
    if (pid == 0) {
        open(child, O_RDONLY);
        _exit(42);
    }
    waitpid(pid, NULL, 0);
    open(parent, O_RDONLY);
    _exit(0);
}
