/* Content that is in no file: memory that becomes code, modules, programs for the kernel. */
#include "artifacts.h"

#include <fcntl.h>
#include <linux/bpf.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

/*
 * regions: memory that is filled and becomes code: `small` of 3 pages, pattern 81; `large` of 300 KiB, pattern 82, by
 * pkey_mprotect where there are keys. The small one then becomes writable again. `page` is one page of a region of three:
 * pattern 83 is in all of them, and the middle one becomes code. Says `region NAME ADDRESS`.
 */
int regions(int count, char **words)
{
	static const struct {
		const char *name;
		size_t length;
		unsigned long seed;
	} all[] = { { "small", 3 * 4096, 81 }, { "large", 300 * 1024, 82 }, { "page", 3 * 4096, 83 } };

	for (int i = 0; i < 3; i++) {
		size_t length = all[i].length;
		unsigned char *at = mmap(NULL, length + 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

		/* The page behind it keeps it apart from the others. */
		must(at != MAP_FAILED && !mprotect(at + length, 4096, PROT_NONE));
		pattern(at, all[i].seed, length);
		if (i == 2) {
			at += 4096;
			length = 4096;
		}
		if (i != 1 || syscall(SYS_pkey_mprotect, at, length, PROT_READ | PROT_EXEC, -1))
			must(!mprotect(at, length, PROT_READ | PROT_EXEC));
		if (i == 0)
			must(!mprotect(at, length, PROT_READ | PROT_WRITE));
		printf("region %s %lu\n", all[i].name, (unsigned long)at);
	}
	return 0;
}

/* module [FILE]: has the kernel load a module of 100000 bytes of pattern 91, which it refuses; or a file, by both calls. */
int module(int count, char **words)
{
	unsigned char *bytes = malloc(100000);
	size_t length;
	int fd;

	if (count == 0) {
		pattern(bytes, 91, 100000);
		must(syscall(SYS_init_module, bytes, 100000, "") < 0);
		return 0;
	}
	bytes = bytes_of(words[0], &length);
	must(!syscall(SYS_init_module, bytes, length, ""));
	must(!syscall(SYS_delete_module, words[1], O_NONBLOCK));
	fd = open(words[0], O_RDONLY | O_CLOEXEC);
	must(fd >= 0 && !syscall(SYS_finit_module, fd, "", 0));
	must(!syscall(SYS_delete_module, words[1], O_NONBLOCK));
	return 0;
}

/* bpf COUNT: has the kernel load a program of so many instructions: r0 = N for each but the last one, which ends it. */
int bpf_program(int count, char **words)
{
	int instructions = count == 1 ? atoi(words[0]) : 0;
	struct bpf_insn *program = calloc(instructions, sizeof(*program));
	union bpf_attr a = { .prog_type = BPF_PROG_TYPE_SOCKET_FILTER };

	must(instructions > 1);
	for (int i = 0; i < instructions - 1; i++)
		program[i] = (struct bpf_insn){ .code = 0xb7, .imm = i };
	program[instructions - 1] = (struct bpf_insn){ .code = 0x95 };
	a.insn_cnt = instructions;
	a.insns = (uintptr_t)program;
	a.license = (uintptr_t) "GPL";
	strcpy(a.prog_name, "artifact_known");
	must(syscall(SYS_bpf, BPF_PROG_LOAD, &a, sizeof(a)) >= 0);
	return 0;
}
