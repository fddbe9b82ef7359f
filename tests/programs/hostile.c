// Names that hurt whoever prints them: escape sequences, bytes that are not UTF-8, line feeds, backslashes, in comm, argv
// and paths.
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

int main(int argc, char **argv) {
    if (argc > 1 && strcmp(argv[1], "leaf") == 0)
        return 0;
    alarm(20);
    prctl(PR_SET_NAME, "\x1b[31m\xff\\\nx");
    syscall(SYS_openat, AT_FDCWD, "/nonexistent/\x1b[2J\xfe\xc3\x28\\x41\r\n\x7f\xc2\x9b" "1mend", O_RDONLY);
    pid_t pid = fork();
    if (pid == 0) {
        char *arguments[] = {"\x1b]0;owned\x07\xff", "leaf", "", "'quoted' \"twice\"\\", "\xf0\x9f\x92\xa3", "<b>&amp;", NULL};
        execv("/proc/self/exe", arguments);
        _exit(98);
    }
    int status;
    waitpid(pid, &status, 0);
    return status != 0;
}
