/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Processes and threads begin, execute, are renamed and end. Scope is handed on here, before a child runs. */
#ifndef TRACEE_LIFECYCLE_H
#define TRACEE_LIFECYCLE_H

#define ARGUMENTS_ROOM (128 * 1024)
#define ENVIRONMENT_ROOM (32 * 1024)
#define AT_FDCWD (-100)

/* Gives a child that is in scope its state; NULL for one that is not. */
static __always_inline struct task_state *bear(struct task_state *parent, struct task_struct *child)
{
	__u64 policies = scoped ? scope_of_child(child) : 0;
	struct task_state *born;

	if (scoped ? !policies : !parent)
		return NULL;
	born = bpf_task_storage_get(&tasks, child, 0, BPF_LOCAL_STORAGE_GET_F_CREATE);
	if (!born) {
		__sync_fetch_and_add(&storage_failures, 1);
		return NULL;
	}
	born->policies = policies;
	born->new_child = 1;
	return born;
}

SEC("tp_btf/sched_process_fork")
int BPF_PROG(sched_process_fork__tp, struct task_struct *parent, struct task_struct *child)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct task_state *state = state_in_scope_now(task, true), *born;
	struct tracee_sched_process_fork *out;
	struct frame_room *room;
	struct side_room *side;
	struct pid_numbers numbers = {};
	__u64 boot_ns, context;

	born = bear(state, child);
	if (!state)
		return 0;
	room = frame_room();
	side = room ? begin_work() : NULL;
	if (!side)
		return 0;
	boot_ns = bpf_ktime_get_boot_ns();
	context = current_context(state, task, boot_ns);
	if (born)
		put_context(born, child, boot_ns, true, false);
	out = (struct tracee_sched_process_fork *)room->payload;
	out->child_context = born ? born->context : 0;
	out->start_time = child->start_boottime;
	read_pid_numbers(task, &numbers);
	out->parent_tid = task->pid;
	out->parent_pid = task->tgid;
	out->parent_ns_tid = numbers.tid;
	out->parent_ns_pid = numbers.pid;
	read_pid_numbers(child, &numbers);
	out->child_tid = child->pid;
	out->child_pid = child->tgid;
	out->child_ns_tid = numbers.tid;
	out->child_ns_pid = numbers.pid;
	begin_frame(&room->header, task, context, TRACEE_EVENT_SCHED_PROCESS_FORK, boot_ns);
	if (is_enabled(TRACEE_EVENT_SCHED_PROCESS_FORK))
		put_frame(&room->header, sizeof(room->header) + sizeof(*out), TRACEE_LANE_CONTROL);
	if (born && is_enabled(TRACEE_EVENT_SWITCH_TASK_NS) &&
	    fill_switch_task_ns((struct tracee_switch_task_ns *)side->payload, &state->identity, &born->identity,
				child->pid))
		put_change(side, task, context, TRACEE_EVENT_SWITCH_TASK_NS, sizeof(struct tracee_switch_task_ns),
			   TRACEE_LANE_CONTROL, boot_ns);
	side->busy = 0;
	return 0;
}

#define PF_IO_WORKER 0x00000010

/*
 * Threads that io_uring makes for a task work on its behalf, and no other tracepoint tells of their beginning: without
 * this, what they do at the hooks within the kernel would be nobody's.
 */
SEC("tp_btf/task_newtask")
int BPF_PROG(tracee_task_newtask, struct task_struct *child)
{
	struct task_state *state, *born;
	struct side_room *side;

	if (!(child->flags & PF_IO_WORKER))
		return 0;
	state = state_in_scope(bpf_get_current_task_btf(), true);
	born = bear(state, child);
	if (!state || !born)
		return 0;
	/* It never was in the call that made it. */
	born->new_child = 0;
	side = begin_work();
	if (!side)
		return 0;
	put_context(born, child, bpf_ktime_get_boot_ns(), true, false);
	side->busy = 0;
	return 0;
}

/* Copies a kernel string behind what the payload holds so far; returns its length without the NUL. */
static __always_inline __u32 append_kernel_string(struct frame_room *room, __u32 at, const char *string,
						  struct tracee_var *variable)
{
	long length = 0;

	if (at <= 16384 && string)
		length = bpf_probe_read_kernel_str(room->payload + at, 4096, string);
	length = length > 0 ? (length - 1) & 4095 : 0;
	variable->length = length;
	variable->full = length == 4095 ? ~0U : length;
	return length;
}

/* Whether the kernel executes another path than the one that the call was entered with; `path` is its own copy. */
static __always_inline bool is_other_program(struct task_state *state, struct linux_binprm *bprm, __u64 path,
					     __u32 length)
{
	__u32 argument = state->number == NR_EXECVE ? 0 : 1;
	__u32 given = state->args[argument] & TRACEE_VAR_LENGTH_MASK;

	if (!state->in_call || state->compat || (state->number != NR_EXECVE && state->number != NR_EXECVEAT))
		return false;
	/* Relative to a descriptor: /dev/fd/NUMBER, and the path if there is one. */
	if (bpf_core_field_exists(bprm->fdpath) && BPF_CORE_READ(bprm, fdpath)) {
		if (!given || given >= length)
			return false;
		path += length - given;
		length = given;
	}
	return is_other_text(argument, path, length);
}

static __always_inline bool is_invoked_from_kernel(struct task_struct *task)
{
	return BPF_CORE_READ(task, real_parent, flags) & PF_KTHREAD;
}

enum bpf_func_id {
	BPF_FUNC_find_vma = 180,
};

struct vm_area_struct;
struct vm_area_struct___file {
	struct file *vm_file;
} __attribute__((preserve_access_index));

static long note_file_of_mapping(struct task_struct *task, struct vm_area_struct___file *vma, void *file)
{
	*(__u64 *)file = (__u64)BPF_CORE_READ(vma, vm_file);
	return 0;
}

/*
 * The dynamic loader that the kernel mapped with the program `exe`, 0 when it mapped none: where the program begins is in
 * it. Global, to be verified on its own.
 */
__noinline __u64 loader_of(__u64 exe)
{
	struct task_struct *task = bpf_get_current_task_btf();
	__u64 file = 0;

	/* Since 5.17. */
	if (bpf_core_enum_value_exists(enum bpf_func_id, BPF_FUNC_find_vma))
		bpf_find_vma(task, instruction_pointer((struct pt_regs *)bpf_task_pt_regs(task)), note_file_of_mapping,
			     &file, 0);
	return file == exe ? 0 : file;
}

SEC("tp_btf/sched_process_exec")
int BPF_PROG(sched_process_exec__tp, struct task_struct *unused, int old_pid, struct linux_binprm *bprm)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct tracee_sched_process_exec *out;
	struct task_state *state;
	struct frame_room *room;
	struct side_room *side;
	struct mm_struct *mm;
	__u64 boot_ns, previous, file, executable, start;
	__u32 used, length, full;

	forget_scope_of(task);
	if (scoped && (scope_banks[scope_bank & 1].needs & (1 << SCOPE_CONTAINER_STARTED)))
		note_container_start();
	state = state_in_scope_now(task, true);
	if (!state)
		return 0;
	room = frame_room();
	mm = BPF_CORE_READ(task, mm);
	side = room && mm ? begin_work() : NULL;
	if (!side)
		return 0;
	boot_ns = bpf_ktime_get_boot_ns();
	previous = state->context;
	out = (struct tracee_sched_process_exec *)room->payload;
	/* Opened for this exec: what its address stood for before is over. The context finds it afterwards. */
	file = (__u64)BPF_CORE_READ(mm, exe_file);
	executable = (__u64)BPF_CORE_READ(bprm, executable);
	out->exe = object_of_file(file, boot_ns, 1);
	out->executable = executable && executable != file ? object_of_file(executable, boot_ns, 1) : 0;
	put_context(state, task, boot_ns, true, true);
	out->cwd = working_directory(task, boot_ns);
	out->stdin = object_of_fd(task, 0, boot_ns, 0);
	out->stdout = object_of_fd(task, 1, boot_ns, 0);
	out->stderr = object_of_fd(task, 2, boot_ns, 0);
	out->previous_context = previous;
	out->old_tid = old_pid;
	out->argc = BPF_CORE_READ(bprm, argc);
	out->envc = BPF_CORE_READ(bprm, envc);
	out->secure = BPF_CORE_READ_BITFIELD_PROBED(bprm, secureexec);
	out->interpreter = object_of_file(loader_of(file), boot_ns, 1);
	out->invoked_from_kernel = is_invoked_from_kernel(task);
	used = sizeof(*out);
	used += append_kernel_string(room, used, BPF_CORE_READ(bprm, filename), &out->pathname);
	if (is_other_program(state, bprm, (__u64)BPF_CORE_READ(bprm, filename), used - sizeof(*out)))
		state->mismatch = 1;
	used += append_kernel_string(room, used, BPF_CORE_READ(bprm, interp), &out->interp);
	/* Of who comes into the scope by this nothing is known from before. */
	if (state->renamed_by_exec) {
		used += append_kernel_string(room, used, state->previous_comm, &out->prev_comm);
	} else {
		out->prev_comm.length = TRACEE_VAR_NULL;
		out->prev_comm.full = 0;
	}
	state->renamed_by_exec = 0;
	state->birth_sp = BORN_BY_EXEC;
	state->code_end = 0;

	/* The new memory holds the arguments as the kernel copied them: nobody has run in it yet. */
	start = BPF_CORE_READ(mm, arg_start);
	full = BPF_CORE_READ(mm, arg_end) - start;
	length = at_most(full, ARGUMENTS_ROOM);
	out->argv.full = full;
	if (used > 16384) {
		length = 0;
	} else if (bpf_probe_read_user(room->payload + used, length, (void *)start)) {
		length = 0;
		out->argv.length = TRACEE_VAR_FAULT;
	}
	if (length)
		out->argv.length = length;
	else if (!full)
		out->argv.length = 0;
	used += length;

	start = BPF_CORE_READ(mm, env_start);
	full = BPF_CORE_READ(mm, env_end) - start;
	length = at_most(full, ENVIRONMENT_ROOM);
	out->env.length = record_environment ? 0 : TRACEE_VAR_NULL;
	out->env.full = 0;
	if (record_environment) {
		out->env.full = full;
		if (used > 16384 + ARGUMENTS_ROOM ||
		    bpf_probe_read_user(room->payload + used, length, (void *)start)) {
			length = 0;
			out->env.length = TRACEE_VAR_FAULT;
		}
		out->env.length |= length;
		used += length;
	}
	begin_frame(&room->header, task, state->context, TRACEE_EVENT_SCHED_PROCESS_EXEC, boot_ns);
	if (state->in_call && state->mismatch)
		room->header.flags |= TRACEE_FLAG_MISMATCH;
	length = sizeof(room->header) + used;
	if (length <= sizeof(*room) && is_enabled(TRACEE_EVENT_SCHED_PROCESS_EXEC))
		put_frame(&room->header, length, TRACEE_LANE_CONTROL);
	side->busy = 0;
	return 0;
}

SEC("tp_btf/sched_process_exit")
int BPF_PROG(sched_process_exit__tp, struct task_struct *unused)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct task_state *state = state_in_scope(task, true);
	struct tracee_sched_process_exit *out;
	struct frame_room *room;
	struct side_room *side;
	__u64 boot_ns, context;
	__s32 number = -1;
	int code;

	if (!state)
		return 0;
	room = frame_room();
	side = room ? begin_work() : NULL;
	if (!side)
		return 0;
	boot_ns = bpf_ktime_get_boot_ns();
	if (state->in_call) {
		number = state->number;
		put_unfinished(task, state, boot_ns);
	}
	release_stash(state);
	context = current_context(state, task, boot_ns);
	code = task->exit_code;
	out = (struct tracee_sched_process_exit *)room->payload;
	out->exit_code = (code >> 8) & 0xff;
	out->signal_code = code & 0x7f;
	out->core_dumped = !!(code & 0x80);
	out->process_group_exit = BPF_CORE_READ(task, signal, live.counter) == 0;
	if (out->process_group_exit) {
		struct task_state *leader = bpf_task_storage_get(&tasks, task->group_leader, 0, 0);

		if (leader)
			leader->exited_ns = boot_ns;
	}
	out->group_exit_code = BPF_CORE_READ(task, signal, group_exit_code);
	out->unfinished_syscall = number;
	begin_frame(&room->header, task, context, TRACEE_EVENT_SCHED_PROCESS_EXIT, boot_ns);
	if (is_enabled(TRACEE_EVENT_SCHED_PROCESS_EXIT))
		put_frame(&room->header, sizeof(room->header) + sizeof(*out), TRACEE_LANE_CONTROL);
	side->busy = 0;
	return 0;
}

static __always_inline bool is_exec(struct task_state *state)
{
	if (state->compat == TRACEE_FLAG_X32)
		return state->number == NR_X32_EXECVE || state->number == NR_X32_EXECVEAT;
	if (state->compat)
		return state->number == NR_COMPAT_EXECVE || state->number == NR_COMPAT_EXECVEAT;
	return state->number == NR_EXECVE || state->number == NR_EXECVEAT;
}

SEC("tp_btf/task_rename")
int BPF_PROG(task_rename__tp, struct task_struct *renamed, const char *name)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct task_state *state = state_in_scope(task, true), *target;
	struct tracee_task_rename *out;
	struct frame_room *room;
	struct side_room *side;
	__u64 boot_ns;
	__u32 used;

	/* It has its old name until this is over. */
	forget_scope_of(renamed);
	if (!state) {
		/* Somebody outside the scope may rename a task inside it. */
		target = bpf_task_storage_get(&tasks, renamed, 0, 0);
		if (!target)
			return 0;
	} else if (state->in_call && renamed == task && is_exec(state)) {
		/* By exec: sched_process_exec tells of it. */
		bpf_probe_read_kernel_str(state->previous_comm, sizeof(state->previous_comm), task->comm);
		state->renamed_by_exec = 1;
		decide_by_next_name(name);
		return 0;
	}
	if (!is_enabled(TRACEE_EVENT_TASK_RENAME))
		return 0;
	room = frame_room();
	side = room ? begin_work() : NULL;
	if (!side)
		return 0;
	boot_ns = bpf_ktime_get_boot_ns();
	out = (struct tracee_task_rename *)room->payload;
	out->task = renamed->pid;
	used = sizeof(*out);
	used += append_kernel_string(room, used, renamed->comm, &out->old_name);
	used += append_kernel_string(room, used, name, &out->new_name);
	/* The kernel keeps 15 bytes of a longer name. */
	begin_frame(&room->header, task, state ? current_context(state, task, boot_ns) : 0, TRACEE_EVENT_TASK_RENAME,
		    boot_ns);
	if (used <= 16384)
		put_frame(&room->header, sizeof(room->header) + used, TRACEE_LANE_EVENTS);
	side->busy = 0;
	return 0;
}

/*
 * The kernel gave up executing what it had opened: this is what it was. The row is made when the call returns, with those
 * that did not get so far.
 */
SEC("fexit/bprm_execve")
int execute_failed__fexit(unsigned long long *ctx)
{
	struct linux_binprm *bprm = (struct linux_binprm *)ctx[0];
	struct task_struct *task = bpf_get_current_task_btf();
	struct task_state *state = state_in_scope(task, false);
	struct side_room *side;
	struct failed_exec *failed;
	const char *interpreter;
	__u64 ret = 0;

	if (!state || !state->in_call || state->compat || !is_exec(state) ||
	    !is_enabled(TRACEE_EVENT_PROCESS_EXECUTE_FAILED))
		return 0;
	if (bpf_get_func_ret(ctx, &ret) || (__s32)ret >= 0)
		return 0;
	failed = bpf_task_storage_get(&failed_execs, task, 0, BPF_LOCAL_STORAGE_GET_F_CREATE);
	side = failed ? begin_work() : NULL;
	if (!side)
		return 0;
	failed->binary = object_of_file((__u64)BPF_CORE_READ(bprm, file), bpf_ktime_get_boot_ns(), 1);
	side->busy = 0;
	interpreter = BPF_CORE_READ(bprm, interp);
	failed->interpreter_length = 0;
	if (interpreter != BPF_CORE_READ(bprm, filename))
		failed->interpreter_length =
			bpf_probe_read_kernel_str(failed->interpreter, INTERPRETER_ROOM, interpreter);
	failed->is_told = 1;
	return 0;
}

/* The descriptor of a variable field out of a slot of the call's arguments. */
static __always_inline struct tracee_var as_variable(__u64 slot)
{
	struct tracee_var variable = { .length = slot, .full = slot >> 32 };

	return variable;
}

/* At the exit of an exec. */
__noinline int put_execute_failed(__s64 ret, __u64 boot_ns)
{
	struct tracee_process_execute_failed *out;
	struct failed_exec *failed;
	struct stash *stash;
	struct hook h = {};
	bool at;
	__u32 first;
	__u64 path = 0;

	if (ret >= 0 || !begin_extra(&h, boot_ns))
		return 0;
	/* A page that was not there at the entry is by now. */
	if (h.state->faulted && ret != -EFAULT) {
		collect_arguments_again(h.state->number);
	}
	if (h.state->reread)
		h.flags = TRACEE_FLAG_ARGS_AT_EXIT;
	at = h.state->number == NR_EXECVEAT;
	first = at ? 1 : 0;
	failed = bpf_task_storage_get(&failed_execs, h.task, 0, 0);
	if (failed && !failed->is_told)
		failed = NULL;
	out = hook_payload(&h, sizeof(*out));
	out->dirfd = at ? (__s32)h.state->args[0] : AT_FDCWD;
	out->flags = at ? (__s32)h.state->args[4] : 0;
	out->binary = failed ? failed->binary : 0;
	out->stdin = object_of_new_fd(0, boot_ns, 0);
	out->kernel_invoked = is_invoked_from_kernel(h.task);
	out->error = ret;
	out->dirfd_object = at ? h.state->objects[0] : 0;
	out->cwd = h.state->cwd;
	out->pathname = as_variable(h.state->args[first]);
	out->argv = as_variable(h.state->args[first + 1]);
	out->envp = as_variable(h.state->args[first + 2]);
	append_nothing(&out->interpreter_path);
	stash = h.state->stash != NO_STASH ? stash_at(h.state->stash) : NULL;
	if (stash) {
		/* The path lies first in the stash. */
		path = at_most(out->pathname.length & TRACEE_VAR_LENGTH_MASK, STRING_ROOM);
		bpf_probe_read_kernel(h.room->payload + h.used, path, stash->data);
		h.used += path;
	}
	if (failed) {
		if (failed->interpreter_length > 0)
			append_bytes(&h, failed->interpreter, failed->interpreter_length - 1, INTERPRETER_ROOM - 1,
				     &out->interpreter_path);
		failed->is_told = 0;
	}
	if (stash) {
		__u64 rest = at_most(stash->used - path, STASH_ROOM - STRING_ROOM);
		__u64 used = at_most(h.used, 2 * STRING_ROOM);

		bpf_probe_read_kernel(h.room->payload + used, rest, stash->data + path);
		h.used += rest;
	}
	return put_hook(&h, TRACEE_EVENT_PROCESS_EXECUTE_FAILED, TRACEE_LANE_CONTROL);
}

#define SIGNAL_BIT(number) (1ULL << (number))
/* HUP INT QUIT ILL TRAP ABRT BUS FPE KILL SEGV TERM STKFLT CONT STOP TSTP XCPU XFSZ SYS */
#define TOLD_SIGNALS                                                                                                   \
	(SIGNAL_BIT(1) | SIGNAL_BIT(2) | SIGNAL_BIT(3) | SIGNAL_BIT(4) | SIGNAL_BIT(5) | SIGNAL_BIT(6) |               \
	 SIGNAL_BIT(7) | SIGNAL_BIT(8) | SIGNAL_BIT(9) | SIGNAL_BIT(11) | SIGNAL_BIT(15) | SIGNAL_BIT(16) |            \
	 SIGNAL_BIT(18) | SIGNAL_BIT(19) | SIGNAL_BIT(20) | SIGNAL_BIT(24) | SIGNAL_BIT(25) | SIGNAL_BIT(31))
/* Those of which siginfo holds an address when the kernel sends them. */
#define FAULT_SIGNALS (SIGNAL_BIT(4) | SIGNAL_BIT(5) | SIGNAL_BIT(7) | SIGNAL_BIT(8) | SIGNAL_BIT(11))
#define SI_USER 0
#define SI_KERNEL 0x80

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)
union __sifields {
	struct {
		void *_addr;
	} _sigfault;
};
struct kernel_siginfo {
	int si_code;
	union __sifields _sifields;
};
#pragma clang attribute pop

static __always_inline void fill_signal(struct tracee_signal_generate *out, int number, struct kernel_siginfo *info,
					struct task_struct *target, int group, int result)
{
	struct task_state *state = bpf_task_storage_get(&tasks, target, 0, 0);

	out->target = state ? state->context : 0;
	out->target_start_time = BPF_CORE_READ(target, group_leader, start_boottime);
	out->sig = number;
	out->address = 0;
	/* No pointer but two numbers that stand for one: SEND_SIG_NOINFO, SEND_SIG_PRIV. */
	if ((__u64)info <= 1)
		out->code = info ? SI_KERNEL : SI_USER;
	else
		out->code = BPF_CORE_READ(info, si_code);
	if ((__u64)info > 1 && (FAULT_SIGNALS & SIGNAL_BIT(number & 31)) && (__s32)out->code > 0 &&
	    (__s32)out->code < SI_KERNEL)
		out->address = (__u64)BPF_CORE_READ(info, _sifields._sigfault._addr);
	out->target_pid = target->tgid;
	out->target_tid = target->pid;
	out->group = !!group;
	out->result = result;
}

#define SI_TIMER (-2)

/*
 * Whether the current task has to do with a signal: not when a timer ran out, and hardly when the kernel sends one to
 * another task while the current one has not even called it (an interrupt hit it).
 */
static __always_inline bool is_sender(struct task_state *state, struct task_struct *task, struct task_struct *target,
				      __s32 code)
{
	if (code == SI_TIMER)
		return false;
	return code <= 0 || task == target || !state || state->in_call;
}

SEC("tp_btf/signal_generate")
int BPF_PROG(signal_generate__tp, int number, struct kernel_siginfo *info, struct task_struct *target, int group,
	     int result)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct tracee_signal_generate out = {};
	struct hook h = {};

	if (number < 1 || number > 31 || !(TOLD_SIGNALS & SIGNAL_BIT(number & 31)))
		return 0;
	fill_signal(&out, number, info, target, group, result);
	if (is_sender(state_in_scope(task, true), task, target, out.code)) {
		if (!begin_hook_on(&h, target))
			return 0;
		*(struct tracee_signal_generate *)hook_payload(&h, sizeof(out)) = out;
		return put_hook(&h, TRACEE_EVENT_SIGNAL_GENERATE, TRACEE_LANE_EVENTS);
	}
	if (bpf_task_storage_get(&tasks, target, 0, 0))
		put_anywhere(TRACEE_EVENT_SIGNAL_GENERATE, &out, sizeof(out), 0, 0, bpf_ktime_get_boot_ns(),
			     TRACEE_LANE_EVENTS);
	return 0;
}

#endif
