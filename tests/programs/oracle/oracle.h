// The oracle program: some thousands of system calls of many kinds over twenty and more processes. A recording of it is
// compared with what another observer saw of the same run, so what it does need not repeat exactly; it must only be varied,
// end by itself, and touch nothing but its own directory and its own processes.
#ifndef ORACLE_H
#define ORACLE_H

#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

extern char **environ;

// Path of the program itself, for exec.
extern const char *self_path;

// Forks a child that names itself, runs `role` and exits with its result.
pid_t start(const char *name, int (*role)(void));
// Waits for one child; the program fails when it did not end as `expected` (a wait status) says.
void finish(pid_t pid, int expected);
// Ends the program with a message: something happened that the scenario rules out.
void fail(const char *what);
// Waits until a thread sleeps in system call `number` (at most two seconds).
void wait_until_blocked(pid_t pid, pid_t tid, long number);

int files_role(void);
int paths_role(void);
int pipe_writer_role(void);
int pipe_reader_role(void);
extern int pipe_ends[2];

int tcp_server_role(void);
int tcp_client_role(void);
void tcp_listen(void);
int udp_role(void);
int unix_role(void);

int vfork_role(void);
int exec_failing_role(void);
int exec_descriptor_role(void);
int exec_thread_role(void);
int exec_arguments_role(void);
int threads_role(void);
int clone3_role(void);
int daemon_role(void);

int signal_target_role(void);
int sleeper_role(void);
int blocked_thread_role(void);
int refused_role(void);

#endif
