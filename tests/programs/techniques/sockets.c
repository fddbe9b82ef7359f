/* Standard input and output over a socket. */
#include "techniques.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

static char *const no_environment[] = { NULL };

static int connected_to(const struct sockaddr_in *at)
{
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	must(fd >= 0 && !connect(fd, (const struct sockaddr *)at, sizeof(*at)));
	return fd;
}

/* Who waits for the shell to call. */
static void command(int listener)
{
	char answer[16];
	int fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC);

	must(fd >= 0 && write(fd, "echo here; exit\n", 16) == 16);
	must(read(fd, answer, sizeof(answer)) == 5 && !close(fd));
}

static void reverse_shell(void)
{
	char *const shell[] = { "sh", NULL };
	struct sockaddr_in at;
	int listener = listen_on("127.0.0.1", &at);
	pid_t child = start_child();

	if (!child) {
		int fd = connected_to(&at);

		must(dup2(fd, 0) == 0 && dup2(fd, 1) == 1 && dup2(fd, 2) == 2);
		execve("/bin/sh", shell, no_environment);
		_exit(1);
	}
	command(listener);
	wait_for(child, 0);
}

static void connect_on_stdin(void)
{
	struct sockaddr_in at;
	int listener = listen_on("127.0.0.1", &at);

	must(!close(0) && connected_to(&at) == 0 && !close(listener));
}

static void exec_with_socket(void)
{
	char *const none[] = { "true", NULL };
	struct sockaddr_in at;
	int listener = listen_on("127.0.0.1", &at);
	pid_t child = start_child();

	if (!child) {
		must(!close(0) && accept(listener, NULL, NULL) == 0);
		execve(BUSYBOX, none, no_environment);
		_exit(1);
	}
	must(!close(connected_to(&at)));
	wait_for(child, 0);
}

/* Sockets of the one kind as standard input, sockets of the other connected: never both. */
static void socket_not_stdio(void)
{
	char *const none[] = { "true", NULL };
	struct sockaddr_in at;
	int listener = listen_on("127.0.0.1", &at), pair[2];
	pid_t child = start_child();

	if (!child) {
		int fd = connected_to(&at);

		must(fd > 2 && dup2(fd, 10) == 10 && !socketpair(AF_UNIX, SOCK_STREAM, 0, pair));
		must(dup2(pair[0], 0) == 0 && dup2(pair[0], 1) == 1 && dup2(listener, 2) == 2);
		execve(BUSYBOX, none, no_environment);
		_exit(1);
	}
	wait_for(child, 0);
}

const struct technique sockets[] = {
	{ "reverse_shell", reverse_shell },
	{ "connect_on_stdin", connect_on_stdin },
	{ "exec_with_socket", exec_with_socket },
	{ "socket_not_stdio", socket_not_stdio },
	{ NULL, NULL },
};
