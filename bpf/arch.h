/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Where each architecture's system call convention keeps number, arguments and return value. */
#ifndef TRACEE_ARCH_H
#define TRACEE_ARCH_H

#if defined(__TARGET_ARCH_x86)

#define TS_COMPAT 0x0002
#define X32_BIT 0x40000000
#define NR_EXECVE 59
#define NR_EXECVEAT 322
#define NR_CONNECT 42
#define NR_ACCEPT 43
#define NR_SENDTO 44
#define NR_SENDMSG 46
#define NR_BIND 49
#define NR_LISTEN 50
#define NR_SETSOCKOPT 54
#define NR_ACCEPT4 288
#define NR_SENDMMSG 307
#define NR_COMPAT_EXECVE 11
#define NR_COMPAT_EXECVEAT 358
#define NR_MPROTECT 10
#define NR_PKEY_MPROTECT 329
#define NR_X32_EXECVE (X32_BIT + 520)
#define NR_X32_EXECVEAT (X32_BIT + 545)
#define NR_FINIT_MODULE 313
#define NR_SETHOSTNAME 170
#define NR_BPF 321
#define NR_COMPAT_BPF 357

/* By int 0x80 a 64-bit program calls too; the kernel takes the low halves of its registers. */
static __always_inline void read_arguments(struct pt_regs *regs, __s64 number, bool compat32, __u64 *args)
{
	if (compat32) {
		args[0] = (__u32)regs->bx;
		args[1] = (__u32)regs->cx;
		args[2] = (__u32)regs->dx;
		args[3] = (__u32)regs->si;
		args[4] = (__u32)regs->di;
		args[5] = (__u32)regs->bp;
		return;
	}
	args[0] = regs->di;
	args[1] = regs->si;
	args[2] = regs->dx;
	args[3] = regs->r10;
	args[4] = regs->r8;
	args[5] = regs->r9;
}

static __always_inline __s64 syscall_number(struct pt_regs *regs)
{
	return (__s64)regs->orig_ax;
}

static __always_inline bool is_compat(struct task_struct *task)
{
	return task->thread_info.status & TS_COMPAT;
}

static __always_inline __u64 stack_pointer(struct pt_regs *regs)
{
	return regs->sp;
}

/* Behind the instruction that made the call. */
static __always_inline __u64 instruction_pointer(struct pt_regs *regs)
{
	return regs->ip;
}

/* Where Go has its heap, and in it the stacks of its goroutines: runtime/malloc.go asks for these addresses. */
#define GO_HEAP_START 0xc000000000ULL
#define GO_HEAP_END 0x10000000000ULL

/* Argument and result of a kernel function, at a kprobe and a kretprobe. */
static __always_inline __u64 function_argument(struct pt_regs *regs, __u32 index)
{
	return index == 0 ? regs->di : index == 1 ? regs->si : regs->dx;
}

static __always_inline __u64 function_result(struct pt_regs *regs)
{
	return regs->ax;
}

#elif defined(__TARGET_ARCH_arm64)

#define TIF_32BIT 22
#define X32_BIT 0
#define NR_CLONE 220
#define NR_EXECVE 221
#define NR_EXECVEAT 281
#define NR_CONNECT 203
#define NR_ACCEPT 202
#define NR_SENDTO 206
#define NR_SENDMSG 211
#define NR_BIND 200
#define NR_LISTEN 201
#define NR_SETSOCKOPT 208
#define NR_ACCEPT4 242
#define NR_SENDMMSG 269
#define NR_COMPAT_EXECVE 11
#define NR_COMPAT_EXECVEAT 387
#define NR_MPROTECT 226
#define NR_PKEY_MPROTECT 288
#define NR_X32_EXECVE (-1)
#define NR_X32_EXECVEAT (-1)
#define NR_FINIT_MODULE 273
#define NR_SETHOSTNAME 161
#define NR_BPF 280
#define NR_COMPAT_BPF 386

static __always_inline void read_arguments(struct pt_regs *regs, __s64 number, bool compat32, __u64 *args)
{
	args[0] = regs->orig_x0;
	args[1] = regs->regs[1];
	args[2] = regs->regs[2];
	args[3] = regs->regs[3];
	args[4] = regs->regs[4];
	args[5] = regs->regs[5];
	/* clone's last two stand the other way round than on x86_64, whose order the event has. */
	if (number == NR_CLONE && !compat32) {
		args[3] = regs->regs[4];
		args[4] = regs->regs[3];
	}
}

static __always_inline __s64 syscall_number(struct pt_regs *regs)
{
	return regs->syscallno;
}

static __always_inline bool is_compat(struct task_struct *task)
{
	return task->thread_info.flags & (1UL << TIF_32BIT);
}

static __always_inline __u64 stack_pointer(struct pt_regs *regs)
{
	return regs->sp;
}

static __always_inline __u64 instruction_pointer(struct pt_regs *regs)
{
	return regs->pc;
}

#define GO_HEAP_START 0x4000000000ULL
#define GO_HEAP_END 0x8000000000ULL

static __always_inline __u64 function_argument(struct pt_regs *regs, __u32 index)
{
	return index == 0 ? regs->regs[0] : index == 1 ? regs->regs[1] : regs->regs[2];
}

static __always_inline __u64 function_result(struct pt_regs *regs)
{
	return regs->regs[0];
}

#endif

/* Which table the number of a call is of: the frame's flag that says so, 0 for the architecture's own. */
static __always_inline __u8 compat_flag(struct task_struct *task, __s64 number)
{
	if (is_compat(task))
		return TRACEE_FLAG_COMPAT32;
	return number > 0 && (number & X32_BIT) ? TRACEE_FLAG_X32 : 0;
}

#endif
