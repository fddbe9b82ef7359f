/* One send by io_uring, by its system calls alone. */
#define _GNU_SOURCE
#include "stage.h"

#include <linux/io_uring.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

int uring_send(int fd, const void *bytes, unsigned length, int polls)
{
	struct io_uring_params params = { .flags = polls ? IORING_SETUP_SQPOLL : 0, .sq_thread_idle = 1000 };
	int ring = CHECK(syscall(SYS_io_uring_setup, 1, &params));
	size_t size = params.sq_off.array + params.sq_entries * 4, completed_size;
	volatile unsigned *tail, *head, *completed;
	struct io_uring_sqe *entry;
	void *queue, *results;

	completed_size = params.cq_off.cqes + params.cq_entries * sizeof(struct io_uring_cqe);
	queue = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, ring, IORING_OFF_SQ_RING);
	results = mmap(NULL, completed_size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, ring, IORING_OFF_CQ_RING);
	entry = mmap(NULL, sizeof(*entry), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, ring, IORING_OFF_SQES);
	CHECK(queue == MAP_FAILED || results == MAP_FAILED || entry == MAP_FAILED ? -1 : 0);
	memset(entry, 0, sizeof(*entry));
	entry->opcode = IORING_OP_SEND;
	entry->fd = fd;
	entry->addr = (unsigned long)bytes;
	entry->len = length;
	*(unsigned *)(queue + params.sq_off.array) = 0;
	tail = queue + params.sq_off.tail;
	__atomic_store_n(tail, *tail + 1, __ATOMIC_SEQ_CST);
	if (polls) {
		if (*(volatile unsigned *)(queue + params.sq_off.flags) & IORING_SQ_NEED_WAKEUP)
			CHECK(syscall(SYS_io_uring_enter, ring, 0, 0, IORING_ENTER_SQ_WAKEUP, NULL, 0));
		CHECK(syscall(SYS_io_uring_enter, ring, 0, 1, IORING_ENTER_GETEVENTS, NULL, 0));
	} else {
		CHECK(syscall(SYS_io_uring_enter, ring, 1, 1, IORING_ENTER_GETEVENTS, NULL, 0));
	}
	head = results + params.cq_off.head;
	completed = results + params.cq_off.tail;
	if (*head == *completed || ((struct io_uring_cqe *)(results + params.cq_off.cqes))->res != (int)length) {
		fprintf(stderr, "io_uring sent nothing\n");
		exit(1);
	}
	CHECK(close(ring));
	return 0;
}
