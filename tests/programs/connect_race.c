/*
 * connect_race ROUNDS: connects so many times while another thread writes now this and now that port into the address;
 * prints per round which port it became. Two ports listen on loopback, in a network namespace of its own.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <net/if.h>
#include <netinet/in.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define FIRST 4201
#define SECOND 4202

static struct sockaddr_in address = { .sin_family = AF_INET };
static volatile int done;

static void toggle(void)
{
	*(volatile unsigned short *)&address.sin_port = htons(address.sin_port == htons(FIRST) ? SECOND : FIRST);
}

/* At once with connect, where another processor is free for it. */
static void *rewrite(void *nothing)
{
	while (!done) {
		toggle();
		/* Each for a moment: of stores that follow at once, another processor sees the last. */
		for (volatile int i = 0; i < 50; i++)
			;
	}
	return nothing;
}

/* In the midst of connect, where there is one processor: it is woken every few microseconds, before all others. */
static void *interrupt(void *nothing)
{
	struct sched_param first = { .sched_priority = 1 };
	struct timespec pause = { .tv_nsec = 1000 };

	prctl(PR_SET_TIMERSLACK, 1);
	sched_setscheduler(0, SCHED_FIFO, &first);
	while (!done) {
		toggle();
		pause.tv_nsec = 1000 + rand() % 50000;
		nanosleep(&pause, NULL);
	}
	return nothing;
}

static void must(int condition, const char *what)
{
	if (!condition) {
		perror(what);
		exit(1);
	}
}

static int listening(int port)
{
	struct sockaddr_in own = address;
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);

	own.sin_port = htons(port);
	must(!bind(fd, (struct sockaddr *)&own, sizeof(own)), "bind");
	must(!listen(fd, 16), "listen");
	return fd;
}

int main(int argc, char **argv)
{
	struct ifreq interface = { .ifr_name = "lo", .ifr_flags = IFF_UP | IFF_RUNNING };
	int rounds = atoi(argv[1]), first, second;
	pthread_t threads[2];

	must(!unshare(CLONE_NEWNET), "unshare");
	first = socket(AF_INET, SOCK_DGRAM, 0);
	must(!ioctl(first, SIOCSIFFLAGS, &interface), "lo");
	close(first);
	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	address.sin_port = htons(FIRST);
	first = listening(FIRST);
	second = listening(SECOND);
	must(!pthread_create(&threads[0], NULL, rewrite, NULL), "pthread_create");
	must(!pthread_create(&threads[1], NULL, interrupt, NULL), "pthread_create");
	for (int round = 0; round < rounds; round++) {
		int fd = socket(AF_INET, SOCK_STREAM, 0), accepted;
		struct linger at_once = { 1, 0 };
		struct sockaddr_in peer;
		socklen_t length = sizeof(peer);

		must(!connect(fd, (struct sockaddr *)&address, sizeof(address)), "connect");
		must(!getpeername(fd, (struct sockaddr *)&peer, &length), "getpeername");
		printf("%d\n", ntohs(peer.sin_port));
		setsockopt(fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once));
		close(fd);
		accepted = accept(ntohs(peer.sin_port) == FIRST ? first : second, NULL, NULL);
		if (accepted >= 0)
			close(accepted);
	}
	done = 1;
	pthread_join(threads[0], NULL);
	pthread_join(threads[1], NULL);
	return 0;
}
