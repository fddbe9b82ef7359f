// Does what its arguments say, one after the other, so that a test can put processes just inside and just outside a scope.
//   in NAME, out NAME     opens "/insider/NAME" or "/outsider/NAME", which fails; a % in the name is the child's number
//   never NAME            as out, and says "never PID": this process is at no time in the scope (its number on the host)
//   say WORD, tid WORD    says "WORD PID" or "WORD TID"
//   hold in|out           keeps a file open that is called insider or outsider
//   comm NAME, comm-out   takes a name, or the name "outsider"
//   uid ID                takes a user id, in this thread alone
//   hostname NAME         calls the UTS namespace so
//   unshare KIND, ns FILE another namespace (pid, mnt, uts), or that of a file
//   cgroup DIRECTORY      moves itself
//   exec in|out WORD...   executes $INSIDER or $OUTSIDER (this program, by default), called "insider" or "outsider"
//   wait                  reads a line; sleep MS
//   fork { ... }          a child, and waits for it; bg { ... } does not wait, and all are waited for at the end
//   orphan { ... }        a grandchild of which the parent has ended
//   thread { ... }        a thread, and waits for it
//   storm COUNT { ... }   COUNT children, sixteen at a time
// The words "insider" and "outsider" are to stand in no argument: whatever tells of them saw the process.
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static __thread int number;

static void fail(const char *what) {
    fprintf(stderr, "%s: %s\n", what, strerror(errno));
    _exit(97);
}

static void check(long result, const char *what) {
    if (result < 0)
        fail(what);
}

static void open_named(const char *who, const char *name) {
    char path[128];
    const char *place = strchr(name, '%');
    if (place)
        snprintf(path, sizeof path, "/%sider/%.*s%d%s", who, (int)(place - name), name, number, place + 1);
    else
        snprintf(path, sizeof path, "/%sider/%s", who, name);
    syscall(SYS_openat, AT_FDCWD, path, O_RDONLY);
}

// /proc is that of the host, also in other PID namespaces.
static void say(const char *word, const char *link) {
    char text[64];
    ssize_t length = readlink(link, text, sizeof text - 1);
    check(length, link);
    text[length] = 0;
    char *last = strrchr(text, '/');
    dprintf(1, "%s %s\n", word, last ? last + 1 : text);
}

static int kind_of(const char *name) {
    if (strcmp(name, "pid") == 0)
        return CLONE_NEWPID;
    return strcmp(name, "mnt") == 0 ? CLONE_NEWNS : CLONE_NEWUTS;
}


static void execute(const char *side, char **words, char **end) {
    char *argv[64] = {0}, name[16], self[4096] = {0};
    const char *program = getenv(side[0] == 'i' ? "INSIDER" : "OUTSIDER");
    int count = 0;
    check(readlink("/proc/self/exe", self, sizeof self - 1), "readlink");
    snprintf(name, sizeof name, "%sider", side[0] == 'i' ? "ins" : "outs");
    argv[count++] = name;
    while (words < end && count < 63)
        argv[count++] = *words++;
    execv(program ? program : self, argv);
    fail("exec");
}

static char **block_end(char **open) {
    int depth = 0;
    for (;; open++) {
        if (!*open)
            fail("a block has no end");
        depth += strcmp(*open, "{") == 0;
        depth -= strcmp(*open, "}") == 0;
        if (!depth)
            return open;
    }
}

static void run(char **words, char **end);

struct block {
    char **from, **to;
};

static void *run_thread(void *given) {
    struct block *block = given;
    run(block->from, block->to);
    return NULL;
}

static pid_t child(char **from, char **to) {
    pid_t pid = fork();
    check(pid, "fork");
    if (pid == 0) {
        run(from, to);
        while (wait(NULL) > 0)
            ;
        _exit(0);
    }
    return pid;
}

static void await(pid_t pid) {
    int status = 0;
    if (waitpid(pid, &status, 0) != pid)
        fail("waitpid");
    if (status)
        _exit(96);
}

static void storm(int count, char **from, char **to) {
    int running = 0, status;
    for (number = 0; number < count; number++) {
        child(from, to);
        if (++running == 16) {
            check(wait(&status), "wait");
            if (status)
                _exit(96);
            running--;
        }
    }
    while (wait(NULL) > 0)
        ;
}

static void run_block(const char *word, int count, char **from, char **to) {
    if (strcmp(word, "fork") == 0) {
        await(child(from, to));
    } else if (strcmp(word, "bg") == 0) {
        child(from, to);
    } else if (strcmp(word, "storm") == 0) {
        storm(count, from, to);
    } else if (strcmp(word, "thread") == 0) {
        struct block block = {from, to};
        pthread_t thread;
        if (pthread_create(&thread, NULL, run_thread, &block) || pthread_join(thread, NULL))
            fail("thread");
    } else if (strcmp(word, "orphan") == 0) {
        int done[2];
        char byte;
        check(pipe(done), "pipe");
        pid_t middle = fork();
        check(middle, "fork");
        if (middle == 0) {
            pid_t parent = getpid();
            if (fork() == 0) {
                close(done[0]);
                while (getppid() == parent)
                    usleep(1000);
                run(from, to);
            }
            _exit(0);
        }
        close(done[1]);
        await(middle);
        read(done[0], &byte, 1);
        close(done[0]);
    }
}

static int is_block(const char *word) {
    return strcmp(word, "fork") == 0 || strcmp(word, "bg") == 0 || strcmp(word, "thread") == 0 ||
           strcmp(word, "orphan") == 0 || strcmp(word, "storm") == 0;
}

static void run(char **words, char **end) {
    char line[16];
    while (words < end) {
        char *word = *words++;
        if (is_block(word)) {
            int count = strcmp(word, "storm") == 0 ? atoi(*words++) : 1;
            char **to = block_end(words);
            run_block(word, count, words + 1, to);
            words = to + 1;
            continue;
        }
        if (strcmp(word, "comm-out") == 0) {
            prctl(PR_SET_NAME, "outsider");
            continue;
        }
        if (strcmp(word, "wait") == 0) {
            if (read(0, line, sizeof line) <= 0)
                _exit(0);
            continue;
        }
        char *argument = *words++;
        if (!argument)
            fail(word);
        if (strcmp(word, "in") == 0) {
            open_named("ins", argument);
        } else if (strcmp(word, "out") == 0) {
            open_named("outs", argument);
        } else if (strcmp(word, "never") == 0) {
            open_named("outs", argument);
            say("never", "/proc/self");
        } else if (strcmp(word, "say") == 0) {
            say(argument, "/proc/self");
        } else if (strcmp(word, "tid") == 0) {
            say(argument, "/proc/thread-self");
        } else if (strcmp(word, "hold") == 0) {
            check(memfd_create(argument[0] == 'i' ? "insider" : "outsider", 0), "memfd_create");
        } else if (strcmp(word, "comm") == 0) {
            prctl(PR_SET_NAME, argument);
        } else if (strcmp(word, "uid") == 0) {
            // setresuid() of the C library would change every thread.
            check(syscall(SYS_setresuid, atoi(argument), atoi(argument), atoi(argument)), "setresuid");
        } else if (strcmp(word, "hostname") == 0) {
            check(sethostname(argument, strlen(argument)), "sethostname");
        } else if (strcmp(word, "unshare") == 0) {
            check(unshare(kind_of(argument)), "unshare");
        } else if (strcmp(word, "ns") == 0) {
            int fd = open(argument, O_RDONLY);
            check(fd, argument);
            check(setns(fd, 0), "setns");
            close(fd);
        } else if (strcmp(word, "cgroup") == 0) {
            char path[256];
            snprintf(path, sizeof path, "%s/cgroup.procs", argument);
            int fd = open(path, O_WRONLY);
            check(fd, path);
            check(write(fd, "0", 1), "a move");
            close(fd);
        } else if (strcmp(word, "exec") == 0) {
            execute(argument, words, end);
        } else if (strcmp(word, "sleep") == 0) {
            usleep(atoi(argument) * 1000);
        } else {
            errno = EINVAL;
            fail(word);
        }
    }
}

int main(int argc, char **argv) {
    alarm(60);
    run(argv + 1, argv + argc);
    while (wait(NULL) > 0)
        ;
    return 0;
}
