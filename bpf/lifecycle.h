/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Processes and threads begin, execute, are renamed and end. Scope is handed on here, before a child runs. */
#ifndef TRACEE_LIFECYCLE_H
#define TRACEE_LIFECYCLE_H

#define ARGUMENTS_ROOM (128 * 1024)
#define ENVIRONMENT_ROOM (32 * 1024)

SEC("tp_btf/sched_process_fork")
int BPF_PROG(sched_process_fork__tp, struct task_struct *parent, struct task_struct *child)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct task_state *state = state_in_scope(task, true), *born;
	struct tracee_sched_process_fork *out;
	struct frame_room *room;
	struct side_room *side;
	struct pid_numbers numbers = {};
	__u64 boot_ns, context;

	if (!state)
		return 0;
	born = bpf_task_storage_get(&tasks, child, 0, BPF_LOCAL_STORAGE_GET_F_CREATE);
	if (!born) {
		__sync_fetch_and_add(&storage_failures, 1);
		return 0;
	}
	born->new_child = 1;
	room = frame_room();
	side = room ? begin_work() : NULL;
	if (!side)
		return 0;
	boot_ns = bpf_ktime_get_boot_ns();
	context = current_context(state, task, boot_ns);
	put_context(born, NULL, child, boot_ns, true);
	out = (struct tracee_sched_process_fork *)room->payload;
	out->child_context = born->context;
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
	if (!state)
		return 0;
	born = bpf_task_storage_get(&tasks, child, 0, BPF_LOCAL_STORAGE_GET_F_CREATE);
	if (!born) {
		__sync_fetch_and_add(&storage_failures, 1);
		return 0;
	}
	side = begin_work();
	if (!side)
		return 0;
	put_context(born, NULL, child, bpf_ktime_get_boot_ns(), true);
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

SEC("tp_btf/sched_process_exec")
int BPF_PROG(sched_process_exec__tp, struct task_struct *unused, int old_pid, struct linux_binprm *bprm)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct task_state *state = state_in_scope(task, true);
	struct tracee_sched_process_exec *out;
	struct frame_room *room;
	struct side_room *side;
	struct mm_struct *mm;
	__u64 boot_ns, previous, file, executable, start;
	__u32 used, length, full;

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
	put_context(state, NULL, task, boot_ns, true);
	out->cwd = working_directory(task, boot_ns);
	out->stdin = object_of_fd(task, 0, boot_ns, 0);
	out->stdout = object_of_fd(task, 1, boot_ns, 0);
	out->stderr = object_of_fd(task, 2, boot_ns, 0);
	out->previous_context = previous;
	out->old_tid = old_pid;
	out->argc = BPF_CORE_READ(bprm, argc);
	out->envc = BPF_CORE_READ(bprm, envc);
	out->secure = BPF_CORE_READ_BITFIELD_PROBED(bprm, secureexec);
	used = sizeof(*out);
	used += append_kernel_string(room, used, BPF_CORE_READ(bprm, filename), &out->pathname);
	if (is_other_program(state, bprm, (__u64)BPF_CORE_READ(bprm, filename), used - sizeof(*out)))
		state->mismatch = 1;
	used += append_kernel_string(room, used, BPF_CORE_READ(bprm, interp), &out->interp);
	used += append_kernel_string(room, used, state->renamed_by_exec ? state->previous_comm : task->comm,
				     &out->prev_comm);
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
	out->env.length = 0;
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

	if (!state) {
		/* Somebody outside the scope may rename a task inside it. */
		target = bpf_task_storage_get(&tasks, renamed, 0, 0);
		if (!target)
			return 0;
	} else if (state->in_call && renamed == task && is_exec(state)) {
		/* By exec: sched_process_exec tells of it. */
		bpf_probe_read_kernel_str(state->previous_comm, sizeof(state->previous_comm), task->comm);
		state->renamed_by_exec = 1;
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

#endif
