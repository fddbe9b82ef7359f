/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Programs and code that are to be kept: the recorder is told at once, and a program may be held for it before its first
 * instruction. Who is held, and since when, lies in memory that a guardian beside the recorder sees, too.
 */
#ifndef TRACEE_EXECUTED_H
#define TRACEE_EXECUTED_H

enum notice_kind {
	NOTICE_EXEC = 1,
	NOTICE_SHARED_OBJECT = 2,
	NOTICE_INTERPRETER = 3,
};

#define NOTICE_HELD 1
#define NOTICE_MEMFD 2
#define NOTICE_UNLINKED 4
#define NOTICE_NEW 8
#define NOTICE_SCRIPT 16
#define NOTICE_NOT_HELD 32
#define NOTICE_MAY_NOT_BE_HELD 64
#define HOLD_ALL 128 /* (of what is to be held) any program */

/* The recorder reads these, `struct Notice`. */
struct notice {
	__u64 boot_ns, start_time, context, object, inode, ctime_ns, size, address, end;
	__u32 host_pid, tid, dev, mode, nlink, kind, flags, slot, filename_length, reserved;
	char filename[256];
};

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 4096);
} notices SEC(".maps");
__u64 notices_lost = 0;

/* `struct Held` of the recorder. */
struct held {
	__u64 start_time, since_ns;
	__u32 pid, state;
};
#define HELD_FREE 0
#define HELD_BEING_TAKEN 1
#define HELD_TAKEN 2
#define MAX_HELD 64
#define MAX_EXEMPT 64
struct hold_area {
	__u64 heartbeat_ns; /* when the recorder was last seen to be ready */
	struct held slots[MAX_HELD];
};
struct hold_area hold_area = {};
__u32 exempt[MAX_EXEMPT] = {}; /* the recorder and its ancestors */
__u64 recording_since_utc_ns = 0;
const volatile __u32 hold_wanted = 0; /* NOTICE_... of those that are held, or HOLD_ALL */
/*
 * A machine that was kept waiting goes on with programs before it goes on with the recorder, so this is long. A recorder that does
 * not answer is the guardian's to find: it lets go what is held after half a second.
 */
#define HEARTBEAT_PATIENCE_NS 3000000000ULL
#define SIGNAL_STOP 19

/*
 * Files whose code was told of when it was mapped: those from before the recording once. The clock of file systems goes by ticks:
 * within one a file can be another one with the same times, so a new file is told of until a tick is over, and once more.
 */
struct mapped_file {
	__u64 inode, ctime_ns;
	__u64 dev;
};
struct mapped_told {
	__u64 first_ns;
	__u64 settled;
};
#define TICK_NS 20000000ULL
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 8192);
	__type(key, struct mapped_file);
	__type(value, struct mapped_told);
} mapped_files SEC(".maps");

struct tty_struct;
struct signal_struct___job {
	struct pid *pids[4];
	struct tty_struct *tty;
	int nr_threads;
} __attribute__((preserve_access_index));
#define PID_OF_GROUP 2
struct task_struct___traced {
	unsigned int ptrace;
} __attribute__((preserve_access_index));

static __always_inline bool is_exempt(__u32 pid)
{
	__u32 i;

	for (i = 0; i < MAX_EXEMPT; i++)
		if (exempt[i] == pid)
			return true;
	return false;
}

struct sigaction___flags {
	void *sa_handler;
	unsigned long sa_flags;
} __attribute__((preserve_access_index));
struct k_sigaction___flags {
	struct sigaction___flags sa;
} __attribute__((preserve_access_index));
struct sighand_struct {
	struct k_sigaction___flags action[64];
} __attribute__((preserve_access_index));
struct task_struct___handled {
	struct sighand_struct *sighand;
} __attribute__((preserve_access_index));
#define SIGNAL_CHILD 17
#define SIGNAL_CONTINUE 18
#define SIG_IGN 1 /* and 0 for what the kernel does */
#define SA_NOCLDSTOP 1
#define SA_SIGINFO 4

/* Programs that stop when the one that they run does, known before they have ever waited for it. */
static __always_inline bool is_called_like_sudo(struct task_struct *parent)
{
	static const char names[][8] = { "sudo", "su", "doas", "runuser", "script", "sg", "newgrp", "pkexec" };
	__u64 name = 0;
	__u32 i;

	bpf_probe_read_kernel(&name, sizeof(name), parent->comm);
	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (name == *(const __u64 *)names[i])
			return true;
	return false;
}

/* Whether somebody would be told that the program stopped, and act on it: a shell with job control, for one. */
__noinline int is_watched_for_stops(void)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct task_struct *parent = BPF_CORE_READ(task, real_parent, group_leader);
	struct signal_struct___job *own = (void *)BPF_CORE_READ(task, signal);
	struct signal_struct___job *others = (void *)BPF_CORE_READ(parent, signal);
	struct task_state *state;
	unsigned long flags;

	if (BPF_CORE_READ(own, tty) && BPF_CORE_READ(own, pids[PID_OF_GROUP]) != BPF_CORE_READ(others, pids[PID_OF_GROUP]))
		return true;
	/* A handler that is told what became of the child; others ask, and only those who ask for stops are told of one. */
	flags = BPF_CORE_READ((struct task_struct___handled *)parent, sighand, action[SIGNAL_CHILD - 1].sa.sa_flags);
	if ((flags & (SA_SIGINFO | SA_NOCLDSTOP)) == SA_SIGINFO)
		return true;
	parent = task->real_parent->group_leader;
	state = bpf_task_storage_get(&tasks, parent, 0, 0);
	return (state && state->waits_for_stops) || is_called_like_sudo(parent);
}

/* A slot for the current task, from 1 on; 0 when too many are held. */
__noinline __u32 take_held_slot(void)
{
	struct task_struct *task = bpf_get_current_task_btf();
	__u32 i;

	for (i = 0; i < MAX_HELD; i++) {
		struct held *slot = &hold_area.slots[i];

		if (slot->state || __sync_val_compare_and_swap(&slot->state, HELD_FREE, HELD_BEING_TAKEN))
			continue;
		slot->pid = task->tgid;
		slot->start_time = BPF_CORE_READ(task, group_leader, start_boottime);
		slot->since_ns = bpf_ktime_get_boot_ns();
		return i + 1;
	}
	return 0;
}

static __always_inline void fill_notice(struct notice *out, __u64 file, __u64 boot_ns, struct task_state *state)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct inode *inode = BPF_CORE_READ((struct file *)file, f_inode);

	out->boot_ns = boot_ns;
	out->start_time = BPF_CORE_READ(task, group_leader, start_boottime);
	out->context = state->context;
	out->inode = BPF_CORE_READ(inode, i_ino);
	out->ctime_ns = ctime_of(inode);
	out->size = BPF_CORE_READ(inode, i_size);
	out->host_pid = task->tgid;
	out->tid = task->pid;
	out->dev = BPF_CORE_READ(inode, i_sb, s_dev);
	out->mode = BPF_CORE_READ(inode, i_mode);
	out->nlink = BPF_CORE_READ(inode, i_nlink);
	out->address = 0;
	out->end = 0;
	out->slot = 0;
	out->flags = 0;
	out->filename_length = 0;
	out->reserved = 0;
}

/* What the file is, as far as it makes one hold a program for it. */
__noinline __u32 look_at_program(__u64 file)
{
	struct inode *inode = BPF_CORE_READ((struct file *)file, f_inode);
	struct dentry *dentry = BPF_CORE_READ((struct file *)file, f_path.dentry);
	__u64 name = 0;
	__u32 flags = 0;

	if (!BPF_CORE_READ(inode, i_nlink)) {
		static const char memfd[8] = "memfd:";

		bpf_probe_read_kernel(&name, 6, BPF_CORE_READ(dentry, d_name.name));
		flags = NOTICE_UNLINKED;
		if (name == *(const __u64 *)memfd)
			flags = NOTICE_MEMFD;
	}
	if (ctime_of(inode) >= recording_since_utc_ns)
		flags |= NOTICE_NEW;
	return flags;
}

/* Whether the current task may be stopped for a moment; otherwise the bit that says why not. */
static __always_inline __u32 refusal_to_hold(struct task_struct *task, __u64 boot_ns)
{
	struct pid_numbers numbers = {};
	__u64 heartbeat = hold_area.heartbeat_ns;

	read_pid_numbers(task, &numbers);
	if (numbers.pid == 1 || BPF_CORE_READ((struct task_struct___traced *)task, ptrace) || is_exempt(task->tgid))
		return NOTICE_MAY_NOT_BE_HELD;
	if (!heartbeat || stopping || (boot_ns > heartbeat && boot_ns - heartbeat > HEARTBEAT_PATIENCE_NS) ||
	    is_watched_for_stops())
		return NOTICE_NOT_HELD;
	return 0;
}

/*
 * Stops the current task before it returns to its own code, where that is wanted for what the notice is about. Before the
 * notice is handed over: who is told of it continues the task.
 */
static __always_inline void hold_for(struct notice *out, __u32 flags, bool may, __u64 boot_ns)
{
	struct task_struct *task = bpf_get_current_task_btf();
	__u32 slot = 0, refusal;

	if (hold_wanted & (flags | HOLD_ALL)) {
		refusal = may ? refusal_to_hold(task, boot_ns) : NOTICE_NOT_HELD;
		slot = refusal ? 0 : take_held_slot();
		if (!slot)
			flags |= refusal ?: NOTICE_NOT_HELD;
	}
	if (slot) {
		struct held *held = &hold_area.slots[bounded(slot - 1, MAX_HELD)];

		if (bpf_send_signal(SIGNAL_STOP)) {
			held->state = HELD_FREE;
			slot = 0;
			flags |= NOTICE_NOT_HELD;
		} else {
			flags |= NOTICE_HELD;
			held->state = HELD_TAKEN;
		}
	}
	out->slot = slot;
	out->flags = flags;
}

/*
 * Whether the current task, in the midst of its work, would not notice that it is stopped and continued: other threads would find
 * calls interrupted, and a handler would run. Who was executed just now has neither.
 */
static __always_inline bool would_not_notice(struct task_struct *task)
{
	struct signal_struct___job *signal = (void *)BPF_CORE_READ(task, signal);
	struct task_struct___handled *handled = (void *)task;

	return BPF_CORE_READ(signal, nr_threads) == 1 &&
	       (__u64)BPF_CORE_READ(handled, sighand, action[SIGNAL_CONTINUE - 1].sa.sa_handler) <= SIG_IGN;
}

/* Fills in what makes a notice of a program that was just executed; the room's program is at work. */
__noinline int put_program_notice(__u64 file, __u64 filename, __u32 flags, __u64 boot_ns)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct task_state *state = bpf_task_storage_get(&tasks, task, 0, 0);
	struct notice *out;
	long length;

	if (!state || !file)
		return 0;
	flags |= look_at_program(file);
	out = bpf_ringbuf_reserve(&notices, sizeof(*out), 0);
	if (!out) {
		__sync_fetch_and_add(&notices_lost, 1);
		return 0;
	}
	fill_notice(out, file, boot_ns, state);
	out->kind = NOTICE_EXEC;
	out->object = state->exe_object;
	length = bpf_probe_read_kernel_str(out->filename, sizeof(out->filename), (void *)filename);
	out->filename_length = length > 0 ? length - 1 : 0;
	hold_for(out, flags, true, boot_ns);
	bpf_ringbuf_submit(out, BPF_RB_FORCE_WAKEUP);
	return 0;
}

/* A file that was mapped as code, by whatever holds that address; unless that was told and is settled. */
__noinline int put_code_notice(__u64 address, __u32 kind, __u64 boot_ns)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct task_state *state = bpf_task_storage_get(&tasks, task, 0, 0);
	struct mapped_told first = { .first_ns = boot_ns }, *told;
	struct mapped_file key = {};
	struct region region = {};
	struct notice *out;
	struct inode *inode;
	__u64 file;

	if (!state || find_region(address, &region) || !region.file)
		return 0;
	file = region.file;
	inode = BPF_CORE_READ((struct file *)file, f_inode);
	if ((BPF_CORE_READ(inode, i_mode) & S_IFMT) != S_IFREG)
		return 0;
	key.inode = BPF_CORE_READ(inode, i_ino);
	key.ctime_ns = ctime_of(inode);
	key.dev = BPF_CORE_READ(inode, i_sb, s_dev);
	told = bpf_map_lookup_elem(&mapped_files, &key);
	if (told && told->settled)
		return 0;
	out = bpf_ringbuf_reserve(&notices, sizeof(*out), 0);
	if (!out) {
		__sync_fetch_and_add(&notices_lost, 1);
		return 0;
	}
	if (told) {
		told->settled = boot_ns - told->first_ns > TICK_NS;
	} else {
		first.settled = key.ctime_ns < recording_since_utc_ns;
		bpf_map_update_elem(&mapped_files, &key, &first, 0);
	}
	fill_notice(out, file, boot_ns, state);
	out->kind = kind;
	out->object = kind == NOTICE_SHARED_OBJECT ? state->objects[0] : 0;
	out->address = region.start;
	out->end = region.end;
	if (kind == NOTICE_SHARED_OBJECT)
		hold_for(out, look_at_program(file), would_not_notice(task), boot_ns);
	bpf_ringbuf_submit(out, BPF_RB_FORCE_WAKEUP);
	return 0;
}

__noinline int note_mapped_code(__u64 address, __u64 boot_ns)
{
	return put_code_notice(address, NOTICE_SHARED_OBJECT, boot_ns);
}

SEC("tp_btf/sched_process_exec")
int BPF_PROG(executed_file__tp, struct task_struct *unused, int old_pid, struct linux_binprm *bprm)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct task_state *state = state_in_scope(task, true);
	struct side_room *side;
	struct mm_struct *mm;
	__u64 boot_ns, file;

	if (!(captured & CAPTURE_EXEC))
		return 0;
	mm = BPF_CORE_READ(task, mm);
	side = state && mm ? begin_work() : NULL;
	if (!side)
		return 0;
	boot_ns = bpf_ktime_get_boot_ns();
	file = (__u64)BPF_CORE_READ(mm, exe_file);
	current_context(state, task, boot_ns);
	if (loader_of(file))
		put_code_notice(instruction_pointer((struct pt_regs *)bpf_task_pt_regs(task)), NOTICE_INTERPRETER,
				boot_ns);
	state->exe_object = object_of_file(file, boot_ns, 0);
	/* What the signal makes is told like any other. */
	side->busy = 0;
	put_program_notice(file, (__u64)BPF_CORE_READ(bprm, filename),
			   BPF_CORE_READ(bprm, interp) != BPF_CORE_READ(bprm, filename) ? NOTICE_SCRIPT : 0, boot_ns);
	return 0;
}

#endif
