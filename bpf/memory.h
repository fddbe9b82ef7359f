/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Mappings, protections, and where system calls come from.
 *
 * Without hooks of the kernel's own, a mapping is found with bpf_find_vma() (since 5.17), which gives up when another
 * thread of the process is changing its mappings: there is no row then, and `memory_busy` counts it.
 */
#ifndef TRACEE_MEMORY_EVENTS_H
#define TRACEE_MEMORY_EVENTS_H

#define VM_WRITE 2
#define VM_EXEC 4
#define VM_PROTECTION 7 /* read, write, execute, as PROT_ has them */
#define VM_MAY 4	/* that many bits higher: what may be asked for */
#define VM_GROWSDOWN 0x100
#define PROT_READ 1
#define PROT_WRITE 2
#define PROT_EXEC 4
#define MAP_TYPE 0xf
#define MAP_PRIVATE 2
#define S_IFREG 0100000
#define EBUSY 16

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)
struct vm_area_struct {
	unsigned long vm_start, vm_end, vm_flags;
	void *vm_ops;
	struct file *vm_file;
};

struct mm_struct___map {
	unsigned long start_stack, start_brk, brk, exec_vm;
	int map_count;
};

struct task_struct___signal_stack {
	unsigned long sas_ss_sp, sas_ss_size;
};
#pragma clang attribute pop

enum bpf_func_id___map {
	BPF_FUNC_find_vma___map = 180,
};

/* A mapping as it is now. */
struct region {
	__u64 start, end, flags, file;
	__u64 ops; /* neither this nor a file: anonymous memory */
};

static long copy_region(struct task_struct *task, struct vm_area_struct *vma, struct region *region)
{
	region->start = vma->vm_start;
	region->end = vma->vm_end;
	region->flags = vma->vm_flags;
	BPF_CORE_READ_INTO(&region->file, vma, vm_file);
	BPF_CORE_READ_INTO(&region->ops, vma, vm_ops);
	return 0;
}

/* The current task's mapping that holds an address: 0, or an error; then the region is empty. */
/* The kernel fills what is on the stack and nothing else, so it is copied. */
static __noinline long find_region(__u64 address, struct region *out)
{
	struct region region = {};
	long error;

	if (!bpf_core_enum_value_exists(enum bpf_func_id___map, BPF_FUNC_find_vma___map))
		return -1;
	error = bpf_find_vma(bpf_get_current_task_btf(), address, copy_region, &region, 0);
	if (error == -EBUSY)
		__sync_fetch_and_add(&memory_busy, 1);
	*out = region;
	return error;
}

/* Values of `alert`; the first four are Tracee's. */
enum alert {
	ALERT_NONE,
	ALERT_MMAP_W_X,
	ALERT_MPROT_X_ADD,
	ALERT_MPROT_W_ADD,
	ALERT_MPROT_W_REM,
	ALERT_MPROT_X_TO_W,
};

static __always_inline __u32 alert_of(__u64 before, __u64 after)
{
	bool w = after & VM_WRITE, x = after & VM_EXEC;

	if (!(before & VM_EXEC))
		return x ? ALERT_MPROT_X_ADD : ALERT_NONE;
	if (before & VM_WRITE)
		return x && !w ? ALERT_MPROT_W_REM : ALERT_NONE;
	if (!w)
		return ALERT_NONE;
	return x ? ALERT_MPROT_W_ADD : ALERT_MPROT_X_TO_W;
}

static __always_inline int put_alert(struct hook *h, struct protection_note *note, __u32 prot)
{
	struct tracee_mem_prot_alert *out = hook_payload(h, sizeof(*out));

	out->alert = note->alert;
	out->addr = note->addr;
	out->len = note->len;
	out->prot = prot;
	out->prev_prot = note->prev_prot;
	out->file = note->file;
	return put_hook(h, TRACEE_EVENT_MEM_PROT_ALERT, TRACEE_LANE_EVENTS);
}

static __always_inline int put_file_mprotect(struct hook *h, struct protection_note *note, __u32 prot, __s64 pkey)
{
	struct tracee_security_file_mprotect *out = hook_payload(h, sizeof(*out));

	out->file = note->file;
	out->prot = prot;
	out->prev_prot = note->prev_prot;
	out->addr = note->addr;
	out->len = note->len;
	out->pkey = pkey;
	return put_hook(h, TRACEE_EVENT_SECURITY_FILE_MPROTECT, TRACEE_LANE_EVENTS);
}

/* Whether the task is in a call that changes protections, of the native kind. */
static __always_inline bool is_in_mprotect(struct task_state *state)
{
	return state->in_call && !state->compat &&
	       (state->number == NR_MPROTECT || state->number == NR_PKEY_MPROTECT);
}

/* The part of a mapping that the call in progress is about. */
static __always_inline void note_part(struct task_state *state, __u64 start, __u64 end, struct protection_note *note)
{
	if (is_in_mprotect(state)) {
		__u64 from = state->args[0], to = from + state->args[1];

		if (from > start && from < end)
			start = from;
		if (to > start && to < end)
			end = to;
	}
	note->addr = start;
	note->len = end - start;
}

static __always_inline __s64 key_of_call(struct task_state *state)
{
	return is_in_mprotect(state) && state->number == NR_PKEY_MPROTECT ? (__s64)(__s32)state->args[3] : -1;
}

/* mprotect, at the kernel's own check. */
static __always_inline int check_mprotect(struct vm_area_struct *vma, unsigned long prot, bool alert)
{
	struct protection_note note = {};
	struct hook h = {};

	note.prev_prot = BPF_CORE_READ(vma, vm_flags) & VM_PROTECTION;
	note.alert = alert_of(note.prev_prot, prot);
	if ((alert && !note.alert) || !begin_hook(&h))
		return 0;
	note_part(h.state, BPF_CORE_READ(vma, vm_start), BPF_CORE_READ(vma, vm_end), &note);
	note.file = object_of_file((__u64)BPF_CORE_READ(vma, vm_file), h.boot_ns, 0);
	return alert ? put_alert(&h, &note, prot) : put_file_mprotect(&h, &note, prot, key_of_call(h.state));
}

SEC("lsm/file_mprotect")
int BPF_PROG(security_file_mprotect__lsm, struct vm_area_struct *vma, unsigned long reqprot)
{
	return check_mprotect(vma, reqprot, false);
}

SEC("fentry/security_file_mprotect")
int BPF_PROG(security_file_mprotect__fentry, struct vm_area_struct *vma, unsigned long reqprot)
{
	return check_mprotect(vma, reqprot, false);
}

SEC("lsm/file_mprotect")
int BPF_PROG(mem_prot_alert__lsm, struct vm_area_struct *vma, unsigned long reqprot)
{
	return check_mprotect(vma, reqprot, true);
}

SEC("fentry/security_file_mprotect")
int BPF_PROG(mem_prot_alert__fentry, struct vm_area_struct *vma, unsigned long reqprot)
{
	return check_mprotect(vma, reqprot, true);
}

static __always_inline bool is_error(__u64 ret)
{
	return ret >= (__u64)-4095;
}

static __always_inline bool is_write_and_exec(__u64 prot)
{
	return (prot & (PROT_WRITE | PROT_EXEC)) == (PROT_WRITE | PROT_EXEC);
}

/* New memory that is written and executed. */
static __always_inline int alert_of_mmap(struct file *file, unsigned long len, unsigned long prot, unsigned long ret)
{
	struct protection_note note = { .alert = ALERT_MMAP_W_X, .addr = ret, .len = len };
	struct hook h = {};

	if (!is_write_and_exec(prot) || is_error(ret) || !begin_hook(&h))
		return 0;
	note.file = object_of_file((__u64)file, h.boot_ns, 0);
	return put_alert(&h, &note, prot);
}

SEC("fexit/vm_mmap_pgoff")
int BPF_PROG(mem_prot_alert__lsm__mmap, struct file *file, unsigned long addr, unsigned long len, unsigned long prot,
	     unsigned long flags, unsigned long pgoff, unsigned long ret)
{
	return alert_of_mmap(file, len, prot, ret);
}

SEC("fexit/vm_mmap_pgoff")
int BPF_PROG(mem_prot_alert__fentry__mmap, struct file *file, unsigned long addr, unsigned long len,
	     unsigned long prot, unsigned long flags, unsigned long pgoff, unsigned long ret)
{
	return alert_of_mmap(file, len, prot, ret);
}

SEC("fexit/vm_mmap_pgoff")
int BPF_PROG(do_mmap__fexit, struct file *file, unsigned long addr, unsigned long len, unsigned long prot,
	     unsigned long flags, unsigned long pgoff, unsigned long ret)
{
	struct tracee_do_mmap *out;
	struct hook h = {};

	if (is_error(ret) || !begin_hook(&h))
		return 0;
	out = hook_payload(&h, sizeof(*out));
	out->addr = ret;
	out->file = object_of_file((__u64)file, h.boot_ns, 0);
	out->flags = BPF_CORE_READ(file, f_flags);
	out->pgoff = pgoff;
	out->len = len;
	out->prot = prot;
	out->mmap_flags = flags;
	return put_hook(&h, TRACEE_EVENT_DO_MMAP, TRACEE_LANE_EVENTS);
}

static __always_inline int security_mmap_file(struct file *file, unsigned long prot, unsigned long flags)
{
	struct tracee_security_mmap_file *out;
	struct hook h = {};

	if (!file || !begin_hook(&h))
		return 0;
	out = hook_payload(&h, sizeof(*out));
	out->file = object_of_file((__u64)file, h.boot_ns, 0);
	out->flags = BPF_CORE_READ(file, f_flags);
	out->prot = prot;
	out->mmap_flags = flags;
	return put_hook(&h, TRACEE_EVENT_SECURITY_MMAP_FILE, TRACEE_LANE_EVENTS);
}

SEC("lsm/mmap_file")
int BPF_PROG(security_mmap_file__lsm, struct file *file, unsigned long reqprot, unsigned long prot,
	     unsigned long flags)
{
	return security_mmap_file(file, reqprot, flags);
}

SEC("fentry/security_mmap_file")
int BPF_PROG(security_mmap_file__fentry, struct file *file, unsigned long prot, unsigned long flags)
{
	return security_mmap_file(file, prot, flags);
}

static __always_inline int shared_object_loaded(struct file *file, unsigned long prot, unsigned long flags)
{
	struct tracee_shared_object_loaded *out;
	struct hook h = {};

	if (!file || (prot & (PROT_READ | PROT_EXEC)) != (PROT_READ | PROT_EXEC) ||
	    (flags & MAP_TYPE) != MAP_PRIVATE || (BPF_CORE_READ(file, f_inode, i_mode) & S_IFMT) != S_IFREG)
		return 0;
	if (!begin_hook(&h))
		return 0;
	if (h.state->in_call && is_exec(h.state))
		return abandon_hook(&h);
	out = hook_payload(&h, sizeof(*out));
	out->file = object_of_file((__u64)file, h.boot_ns, 0);
	out->flags = BPF_CORE_READ(file, f_flags);
	return put_hook(&h, TRACEE_EVENT_SHARED_OBJECT_LOADED, TRACEE_LANE_EVENTS);
}

SEC("lsm/mmap_file")
int BPF_PROG(shared_object_loaded__lsm, struct file *file, unsigned long reqprot, unsigned long prot,
	     unsigned long flags)
{
	return shared_object_loaded(file, reqprot, flags);
}

SEC("fentry/security_mmap_file")
int BPF_PROG(shared_object_loaded__fentry, struct file *file, unsigned long prot, unsigned long flags)
{
	return shared_object_loaded(file, prot, flags);
}

/* At system calls. */

#define MEMORY_AT_ENTRY                                                                                                \
	(TRACEE_EXTRA_SECURITY_FILE_MPROTECT | TRACEE_EXTRA_MEM_PROT_ALERT | TRACEE_EXTRA_STACK_PIVOT |                \
	 TRACEE_EXTRA_SUSPICIOUS_SYSCALL_SOURCE)
#define MAX_REGIONS 16

/* A walk over the mappings that a change of protection covers. */
struct protection_walk {
	__u64 at, end;
	__u64 context, boot_ns;
	__s64 pkey;
	__u32 prot;
	__u32 extras;
};

/* What protect_region() has of the side room. */
struct protection_scratch {
	struct region region;
	struct protection_note note;
};

/* One mapping of a walk; true while there may be more. Global: see walk_step(). */
__noinline int protect_region(struct protection_walk *walk)
{
	struct side_room *side = side_room();
	struct protection_scratch *scratch;
	struct hook h = {};
	__u32 notes;

	if (!side)
		return 0;
	scratch = (struct protection_scratch *)side->scratch;
	/* A hole ends the call, and what the mapping never allows does, before it comes to the kernel's own check. */
	if (!walk || find_region(walk->at, &scratch->region) ||
	    (walk->prot & ~(scratch->region.flags >> VM_MAY) & VM_PROTECTION))
		return 0;
	h.task = bpf_get_current_task_btf();
	h.state = bpf_task_storage_get(&tasks, h.task, 0, 0);
	h.room = frame_room();
	h.boot_ns = walk->boot_ns;
	h.context = walk->context;
	if (!h.state || !h.room)
		return 0;
	scratch->note.addr = walk->at;
	scratch->note.len = (scratch->region.end < walk->end ? scratch->region.end : walk->end) - walk->at;
	scratch->note.prev_prot = scratch->region.flags & VM_PROTECTION;
	scratch->note.alert = alert_of(scratch->note.prev_prot, walk->prot);
	scratch->note.file = object_of_file(scratch->region.file, walk->boot_ns, 0);
	if (walk->extras & TRACEE_EXTRA_SECURITY_FILE_MPROTECT)
		put_file_mprotect(&h, &scratch->note, walk->prot, walk->pkey);
	notes = h.state->protection_notes;
	if (scratch->note.alert && notes < PROTECTION_NOTES) {
		h.state->protections[bounded(notes, PROTECTION_NOTES)] = scratch->note;
		h.state->protection_notes = notes + 1;
	}
	walk->at = scratch->region.end;
	return walk->at < walk->end;
}

__noinline int look_at_protections(__u32 extras, __u64 boot_ns)
{
	struct task_state *state = bpf_task_storage_get(&tasks, bpf_get_current_task_btf(), 0, 0);
	struct protection_walk walk = {};
	__u32 i;

	if (!state)
		return 0;
	walk = (struct protection_walk){
		.at = state->args[0],
		.end = state->args[0] + state->args[1],
		.context = state->context,
		.boot_ns = boot_ns,
		.pkey = key_of_call(state),
		.prot = state->args[2],
		.extras = extras,
	};
	state->protection_notes = 0;
	/* The kernel takes whole pages, of 4096 bytes or more. */
	if (!is_in_mprotect(state) || (walk.at & 4095))
		return 0;
	for (i = 0; i < MAX_REGIONS && walk.at < walk.end; i++)
		if (!protect_region(&walk))
			break;
	return 0;
}

/* Puts the alerts of a change of protection that is done, or of new memory. */
__noinline int put_protection_alerts(__s64 ret, __u64 boot_ns)
{
	struct task_state *state = bpf_task_storage_get(&tasks, bpf_get_current_task_btf(), 0, 0);
	struct protection_note note = {};
	struct region region;
	struct hook h = {};
	__u32 notes, prot, i;

	if (!state)
		return 0;
	notes = state->protection_notes;
	state->protection_notes = 0;
	prot = state->args[2];
	if (state->number != NR_MPROTECT && state->number != NR_PKEY_MPROTECT) {
		/* Of mmap. What was mapped is found by its address: the descriptor may stand for another file by now. */
		if (is_error(ret) || !is_write_and_exec(prot) || find_region(ret, &region) || !begin_extra(&h, boot_ns))
			return 0;
		note.alert = ALERT_MMAP_W_X;
		note.addr = ret;
		note.len = state->args[1];
		note.file = object_of_file(region.file, boot_ns, 0);
		return put_alert(&h, &note, prot);
	}
	if (!notes || !begin_extra(&h, boot_ns))
		return 0;
	for (i = 0; i < PROTECTION_NOTES && i < notes; i++) {
		struct protection_note *done = &state->protections[bounded(i, PROTECTION_NOTES)];

		/* A call that came to a hole has changed what lies before it. */
		if (is_error(ret) && (find_region(done->addr, &region) || (region.flags ^ prot) & VM_PROTECTION))
			continue;
		put_alert(&h, done, prot);
	}
	return 0;
}

/* What an address points to: values of `vma_type`. */
enum vma_type {
	VMA_UNKNOWN,
	VMA_FILE_BACKED,
	VMA_ANONYMOUS,
	VMA_MAIN_STACK,
	VMA_THREAD_STACK,
	VMA_HEAP,
	VMA_GOLANG_HEAP,
	VMA_SPECIAL,
};

/* What shared anonymous memory is called: a file by make, not by meaning. No file's own name holds a slash. */
static __always_inline bool is_shared_anonymous(__u64 file)
{
	static const char name[8] = "dev/zero";
	struct dentry *dentry = BPF_CORE_READ((struct file *)file, f_path.dentry);
	__u64 begins = 0;

	bpf_probe_read_kernel(&begins, sizeof(begins), BPF_CORE_READ(dentry, d_name.name));
	return begins == *(const __u64 *)name;
}

static __always_inline bool is_in_region(__u64 address, struct region *region)
{
	return address >= region->start && address < region->end;
}

static __always_inline __u32 type_of_region(struct task_state *state, struct mm_struct___map *mm,
					    struct region *region)
{
	if (!region->end)
		return VMA_UNKNOWN;
	if (region->file)
		return is_shared_anonymous(region->file) ? VMA_ANONYMOUS : VMA_FILE_BACKED;
	if (region->ops)
		return VMA_SPECIAL;
	if ((region->flags & VM_GROWSDOWN) || is_in_region(BPF_CORE_READ(mm, start_stack), region))
		return VMA_MAIN_STACK;
	if (is_in_region(state->birth_sp, region))
		return VMA_THREAD_STACK;
	if (region->start < BPF_CORE_READ(mm, brk) && BPF_CORE_READ(mm, start_brk) < region->end)
		return VMA_HEAP;
	if (region->start >= GO_HEAP_START && region->start < GO_HEAP_END)
		return VMA_GOLANG_HEAP;
	return VMA_ANONYMOUS;
}

/* What was told of a process: an event, a mapping, a call. The oldest are forgotten, and then told again. */
struct told {
	__u64 process;
	__u64 mapping;
	__u32 event;
	__s32 number;
};

struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 4096);
	__type(key, struct told);
	__type(value, __u8);
} told SEC(".maps");

static __always_inline bool is_first(struct task_struct *task, __u32 event, struct region *region, __s32 number)
{
	struct told key = {
		.process = mix(BPF_CORE_READ(task, group_leader, start_boottime), task->tgid),
		/* The end that stays where it is. */
		.mapping = region->flags & VM_GROWSDOWN ? region->end : region->start,
		.event = event,
		.number = number,
	};
	__u8 value = 1;

	return !bpf_map_update_elem(&told, &key, &value, BPF_NOEXIST);
}

/* Both events have the same shape. */
static __always_inline void put_place(struct task_state *state, struct mm_struct___map *mm, struct region *region,
				      __u64 address, __u32 event, __u64 boot_ns)
{
	const volatile struct syscall_row *row = row_of(state->number);
	struct tracee_stack_pivot *out;
	struct hook h = {};

	_Static_assert(sizeof(struct tracee_stack_pivot) == sizeof(struct tracee_suspicious_syscall_source), "");
	if (!row || !is_first(bpf_get_current_task_btf(), event, region, state->number) || !begin_extra(&h, boot_ns))
		return;
	out = hook_payload(&h, sizeof(*out));
	out->syscall = row->event - TRACEE_FIRST_SYSCALL_EVENT;
	out->sp = address;
	out->vma_type = type_of_region(state, mm, region);
	out->vma_start = region->start;
	out->vma_size = region->end - region->start;
	out->vma_flags = region->flags;
	put_hook(&h, event, TRACEE_LANE_EVENTS);
}

/* Nothing else is mapped so near below the program's own stack, which grows when it is touched. */
#define MAIN_STACK_ROOM (8 << 20)
/* No thread has less of a stack (PTHREAD_STACK_MIN): that near below where it began needs no look. */
#define THREAD_STACK_ROOM (16 << 10)

/* Whether a stack pointer is where it belongs, as far as that can be told without a look at the mappings. */
static __always_inline bool is_on_known_stack(struct task_struct *task, struct task_state *state,
					      struct mm_struct___map *mm, __u64 sp)
{
	struct task_struct___signal_stack *s = (void *)task;

	if (BPF_CORE_READ(mm, start_stack) - sp < MAIN_STACK_ROOM)
		return true;
	/* It was there before us: what it has now must be its own. */
	if (!state->birth_sp)
		state->birth_sp = sp;
	if (state->birth_sp - sp < THREAD_STACK_ROOM)
		return true;
	if (sp >= GO_HEAP_START && sp < GO_HEAP_END)
		return true;
	return sp - BPF_CORE_READ(s, sas_ss_sp) < BPF_CORE_READ(s, sas_ss_size);
}

static __always_inline void look_at_stack(struct task_struct *task, struct task_state *state,
					  struct mm_struct___map *mm, __u64 sp, __u64 boot_ns)
{
	struct region region;

	if (is_on_known_stack(task, state, mm, sp) || find_region(sp, &region) == -EBUSY)
		return;
	if ((region.flags & VM_GROWSDOWN) || is_in_region(state->birth_sp, &region) ||
	    is_in_region(BPF_CORE_READ(mm, start_stack), &region))
		return;
	put_place(state, mm, &region, sp, TRACEE_EVENT_STACK_PIVOT, boot_ns);
}

static __always_inline void look_at_source(struct task_state *state, struct mm_struct___map *mm, __u64 ip,
					   __u64 boot_ns)
{
	__u64 pages = BPF_CORE_READ(mm, exec_vm);
	__u32 mappings = BPF_CORE_READ(mm, map_count);
	struct region region;

	/* The call may be the last thing in its mapping. */
	if (ip - 1 >= state->code_start && ip - 1 < state->code_end && state->code_mappings == mappings &&
	    state->code_pages == pages)
		return;
	if (find_region(ip - 1, &region))
		return;
	if (region.file ? is_shared_anonymous(region.file) : !region.ops) {
		put_place(state, mm, &region, ip, TRACEE_EVENT_SUSPICIOUS_SYSCALL_SOURCE, boot_ns);
		return;
	}
	state->code_start = region.start;
	state->code_end = region.end;
	state->code_mappings = mappings;
	state->code_pages = pages;
}

__noinline int put_memory_at_entry(__u32 extras, __u64 boot_ns)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct task_state *state = bpf_task_storage_get(&tasks, task, 0, 0);
	struct pt_regs *regs = (struct pt_regs *)bpf_task_pt_regs(task);
	struct mm_struct___map *mm = (void *)BPF_CORE_READ(task, mm);

	if (!state || !regs || !mm)
		return 0;
	if (extras & TRACEE_EXTRA_STACK_PIVOT)
		look_at_stack(task, state, mm, stack_pointer(regs), boot_ns);
	if (extras & TRACEE_EXTRA_SUSPICIOUS_SYSCALL_SOURCE)
		look_at_source(state, mm, instruction_pointer(regs), boot_ns);
	return 0;
}

#endif
