/* Programs that map new files as code while they work. */
#include "artifacts.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <unistd.h>

static volatile long noticed;
static int end;

static void continued(int signal)
{
	noticed++;
}

/* Waits in a call that a stop interrupts, until it may end. */
static void *wait_in_epoll(void *unused)
{
	struct epoll_event event = { .events = EPOLLIN };
	int epoll = epoll_create1(EPOLL_CLOEXEC);

	must(epoll >= 0 && !epoll_ctl(epoll, EPOLL_CTL_ADD, end, &event));
	while (epoll_wait(epoll, &event, 1, -1) < 0) {
		must(errno == EINTR);
		noticed++;
	}
	return NULL;
}

/*
 * code HOW DIRECTORY TEMPLATE: makes twenty files that are mapped as code and removed at once. HOW: `alone`, with nobody who
 * would notice; `handler`, with a handler of SIGCONT; `threads`, with a thread that waits meanwhile. Says `run TRAILER` of
 * each, and at the end `noticed N`, how often somebody noticed.
 */
int code(int count, char **words)
{
	unsigned char *bytes;
	uint64_t one = 1;
	pthread_t thread;
	size_t length;

	must(count == 3 && !chdir(words[1]));
	bytes = bytes_of(words[2], &length);
	end = eventfd(0, EFD_CLOEXEC);
	if (!strcmp(words[0], "handler"))
		signal(SIGCONT, continued);
	if (!strcmp(words[0], "threads")) {
		must(!pthread_create(&thread, NULL, wait_in_epoll, NULL));
		usleep(100000);
	}
	for (int i = 0; i < 20; i++) {
		char name[16], trailer[32];
		void *mapped;
		int fd;

		snprintf(name, sizeof(name), "code%d", i);
		snprintf(trailer, sizeof(trailer), "%s-%d", words[0], i);
		make_program(name, bytes, length, trailer);
		fd = open(name, O_RDONLY | O_CLOEXEC);
		mapped = mmap(NULL, length, PROT_READ | PROT_EXEC, MAP_PRIVATE, fd, 0);
		must(fd >= 0 && mapped != MAP_FAILED);
		must(!unlink(name) && !munmap(mapped, length) && !close(fd));
		printf("run %s\n", trailer);
	}
	if (!strcmp(words[0], "threads"))
		must(write(end, &one, sizeof(one)) == sizeof(one) && !pthread_join(thread, NULL));
	printf("noticed %ld\n", noticed);
	return 0;
}
