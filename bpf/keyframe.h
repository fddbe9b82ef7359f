/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What was there before: the iterators tell of every task in scope and every file that it has open, as frames that the
 * recorder reads from the iterator's file. Markers say that a lane is drained up to here.
 */
#ifndef TRACEE_KEYFRAME_H
#define TRACEE_KEYFRAME_H

static __always_inline struct side_room *keyframe_room(void)
{
	__u32 zero = 0;

	return bpf_map_lookup_elem(&iterator_room, &zero);
}

/*
 * As put_object(), but for an iterator: the frame goes to its reader, always, because a reader whose buffer is full is
 * shown the same task again and what it was told of it before is thrown away. The recorder drops what it has already.
 */
static __always_inline __u64 tell_object(struct seq_file *seq, struct side_room *room, __u64 boot_ns)
{
	__u32 length = make_object(room, boot_ns, false, true);

	if (!length)
		return room->slot.id;
	room->header.boot_ns = boot_ns;
	room->header.context = 0;
	room->header.tid = 0;
	room->header.flags = TRACEE_FLAG_KEYFRAME;
	if (length > sizeof(struct tracee_frame) + sizeof(room->payload))
		return 0;
	if (bpf_seq_write(seq, &room->header, length))
		return room->slot.id;
	room->slot.placed_ns = boot_ns;
	write_slot(&room->slot);
	return room->slot.id;
}

static __always_inline __u64 tell_file(struct seq_file *seq, struct side_room *room, __u64 file, __u64 boot_ns)
{
	if (!file)
		return 0;
	subject_of_file(file, room);
	room->subject.mount = mount_of((__u64)BPF_CORE_READ((struct file *)file, f_path.mnt));
	room->subject.open_flags = BPF_CORE_READ((struct file *)file, f_flags);
	return tell_object(seq, room, boot_ns);
}

static __always_inline __u64 tell_directory(struct seq_file *seq, struct side_room *room, __u64 dentry, __u64 vfsmount,
					    __u64 boot_ns)
{
	if (!dentry)
		return 0;
	subject_of_directory(dentry, vfsmount, room);
	return tell_object(seq, room, boot_ns);
}

/*
 * Whether there may be too little room left for one task: then the buffer is made to overflow before anything is noted as
 * told, and the iterator comes to the same task again with an empty one.
 */
#define MOST_OF_CONTAINER (sizeof(struct tracee_frame) + sizeof(struct tracee_container) + CONTAINER_ID_LENGTH + PATH_ROOM)
#define MOST_PER_TASK (24000 + MOST_OF_CONTAINER)

static __always_inline bool must_wait(struct seq_file *seq, struct side_room *room)
{
	if (!seq->count || seq->size - seq->count >= MOST_PER_TASK)
		return false;
	/* Once may still find room: what is wanted of a task is more than the room is large. */
	if (!bpf_seq_write(seq, room, sizeof(*room)))
		bpf_seq_write(seq, room, sizeof(*room));
	return true;
}

/* Of the ancestors of a task whose parent is outside the scope: ids, and nothing else. */
static __always_inline void tell_outside_ancestors(struct seq_file *seq, struct side_room *room,
						   struct task_struct *task, __u64 boot_ns)
{
	struct task_struct *parent = BPF_CORE_READ(task, real_parent, group_leader);
	struct tracee_context *c = &room->context;
	__u32 i;

	for (i = 0; i < 32; i++) {
		struct task_struct *up;

		if (!parent || !BPF_CORE_READ(parent, tgid))
			return;
		up = BPF_CORE_READ(parent, real_parent, group_leader);
		__builtin_memset(c, 0, sizeof(*c));
		c->id = __sync_fetch_and_add(&next_context, 1) + 1;
		c->start_boot_ns = BPF_CORE_READ(parent, start_boottime);
		c->thread_start_boot_ns = c->start_boot_ns;
		c->parent_start_boot_ns = BPF_CORE_READ(up, start_boottime);
		c->host_pid = BPF_CORE_READ(parent, tgid);
		c->host_tid = c->host_pid;
		c->host_ppid = BPF_CORE_READ(up, tgid);
		c->flags = CONTEXT_IDS_ONLY;
		room->header.boot_ns = boot_ns;
		room->header.context = c->id;
		room->header.tid = c->host_pid;
		room->header.event = TRACEE_EVENT_CONTEXT;
		room->header.flags = TRACEE_FLAG_KEYFRAME;
		room->header.length = sizeof(*c);
		bpf_seq_write(seq, &room->header, sizeof(room->header) + sizeof(*c));
		parent = up;
	}
}

static __always_inline void tell_task(struct seq_file *seq, struct side_room *room, struct task_struct *task,
				      struct task_state *state)
{
	__u64 boot_ns = bpf_ktime_get_boot_ns();
	struct fs_struct *fs = BPF_CORE_READ(task, fs);
	struct mm_struct *mm = BPF_CORE_READ(task, mm);
	__u64 exe = 0, root = 0, cwd = 0, container, id;
	struct tracee_keyframe_process *p;
	__u32 length;

	if (mm)
		exe = tell_file(seq, room, (__u64)BPF_CORE_READ(mm, exe_file), boot_ns);
	if (fs) {
		root = tell_directory(seq, room, (__u64)BPF_CORE_READ(fs, root.dentry),
				      (__u64)BPF_CORE_READ(fs, root.mnt), boot_ns);
		cwd = tell_directory(seq, room, (__u64)BPF_CORE_READ(fs, pwd.dentry),
				     (__u64)BPF_CORE_READ(fs, pwd.mnt), boot_ns);
	}
	id = state->context;
	if (!id || state->policies != state->policies_told || context_changed(state, task)) {
		struct identity *now = identity_room(room);

		id = __sync_fetch_and_add(&next_context, 1) + 1;
		*now = state->identity;
		read_identity(now, task);
		/* Other credentials and namespaces are for the task's own next event to find and tell of. */
		if (!state->context ||
		    (same_credentials(&state->identity, now) && same_namespaces(&state->identity, now))) {
			state->context = id;
			remember_identity(state, task);
		}
	}
	container = find_container(number_of(state, task), ITERATOR_ROOM);
	if (container) {
		__u64 now = boot_ns;

		length = fill_container(ITERATOR_ROOM, boot_ns);
		room->header.flags = TRACEE_FLAG_KEYFRAME;
		bpf_seq_write(seq, &room->header, at_most(length, MOST_OF_CONTAINER));
		bpf_map_update_elem(&containers_told, &container, &now, 0);
	}
	room->context.id = id;
	room->context.exe = exe;
	room->context.root = root;
	room->context.container = container;
	room->context.policies = scoped ? state->policies : unscoped_policies;
	state->policies_told = state->policies;
	length = fill_context_of(room, task, boot_ns);
	room->header.flags = TRACEE_FLAG_KEYFRAME;
	bpf_seq_write(seq, &room->header, length & 511);
	if (state->context == id)
		state->context_ns = boot_ns;
	state->keyframe_ns = boot_ns;
	if (task->pid != task->tgid)
		return;
	p = (struct tracee_keyframe_process *)room->payload;
	p->context = id;
	p->exec_boot_ns = 0;
	p->exit_boot_ns = 0;
	p->read_boot_ns = boot_ns;
	p->cwd = cwd;
	p->parent_start_boot_ns = 0;
	p->parent_pid = 0;
	p->reserved = 0;
	p->exit_code = 0;
	p->source = 0;
	p->argv.length = 0;
	p->argv.full = 0;
	p->filename.length = 0;
	p->filename.full = 0;
	begin_frame(&room->header, task, id, TRACEE_EVENT_KEYFRAME_PROCESS, boot_ns);
	room->header.flags = TRACEE_FLAG_KEYFRAME;
	room->header.length = sizeof(*p);
	bpf_seq_write(seq, &room->header, sizeof(room->header) + sizeof(*p));
	if ((!everyone || scoped) && !bpf_task_storage_get(&tasks, task->real_parent, 0, 0))
		tell_outside_ancestors(seq, room, task, boot_ns);
}

/*
 * The policies whose scope a task is in, as the iterator finds it; zero where it may not be in any. What is decided of a
 * task that runs is for itself to keep; but which tree it belongs to is known now, and may not be when its parent has ended.
 */
static __always_inline __u64 scope_of_iterated(struct task_struct *task)
{
	struct task_scope *scope;
	__u64 address, policies;

	scope = bpf_task_storage_get(&scopes, task, 0, everyone ? BPF_LOCAL_STORAGE_GET_F_CREATE : 0);
	if (!scope)
		return 0;
	*(volatile __u64 *)&scope->word = (__u64)task;
	address = *(volatile __u64 *)&scope->word;
	if (scope->trees_generation != trees_generation) {
		if (!scope->trees_generation && bpf_task_storage_get(&tasks, task, 0, 0))
			__sync_fetch_and_or(&scope->trees, 1);
		__sync_fetch_and_or(&scope->trees, trees_of(address));
		scope->trees_generation = trees_generation;
	}
	if (scope->generation && (task->flags & PF_EXITING))
		return scope->policies;
	policies = decide_scope(address, ITERATOR_ROOM, scope->trees) | scope->inherited;
	/* Until it looks itself. */
	if (!scope->generation)
		scope->policies = policies;
	return policies;
}

SEC("iter/task")
int tracee_iterate_tasks(struct bpf_iter__task *ctx)
{
	struct task_struct *task = ctx->task;
	struct side_room *room = keyframe_room();
	struct task_state *state, *leader;
	__u64 policies = 0;

	if (!task || !room)
		return 0;
	if (scoped) {
		policies = scope_of_iterated(task);
		if (!policies)
			return 0;
	}
	state = bpf_task_storage_get(&tasks, task, 0, everyone || scoped ? BPF_LOCAL_STORAGE_GET_F_CREATE : 0);
	if (!state)
		return 0;
	state->policies = policies;
	leader = bpf_task_storage_get(&tasks, task->group_leader, 0, 0);
	/* Ended, and waits for its parent to look: what it was stands in the segments before. */
	if (leader && leader->exited_ns && leader->exited_ns < cut_ns)
		return 0;
	if (must_wait(ctx->meta->seq, room))
		return 0;
	tell_task(ctx->meta->seq, room, task, state);
	return 0;
}

SEC("iter/task_file")
int tracee_iterate_files(struct bpf_iter__task_file *ctx)
{
	struct task_struct *task = ctx->task;
	struct file *file = ctx->file;
	struct side_room *room = keyframe_room();
	struct tracee_keyframe_fd *out;
	struct task_state *state;
	__u64 boot_ns, object, address = 0;

	if (!task || !file || !room || task->pid != task->tgid)
		return 0;
	state = bpf_task_storage_get(&tasks, task, 0, 0);
	if (!state || !state->context)
		return 0;
	boot_ns = bpf_ktime_get_boot_ns();
	/* Who left the scope has a state until it does something; the tasks were told of without it. */
	if (scoped && !is_in_segment_of(state->keyframe_ns, boot_ns))
		return 0;
	if (must_wait(ctx->meta->seq, room))
		return 0;
	note_open_flow(file, task, state);
	note_open_socket(file, task, state);
	address = as_number(room, file);
	object = tell_file(ctx->meta->seq, room, address, boot_ns);
	out = (struct tracee_keyframe_fd *)room->payload;
	out->context = state->context;
	out->object = object;
	out->read_boot_ns = boot_ns;
	out->fd = ctx->fd;
	out->reserved = 0;
	begin_frame(&room->header, task, state->context, TRACEE_EVENT_KEYFRAME_FD, boot_ns);
	room->header.flags = TRACEE_FLAG_KEYFRAME;
	room->header.length = sizeof(*out);
	bpf_seq_write(ctx->meta->seq, &room->header, sizeof(room->header) + sizeof(*out));
	return 0;
}

/* At the end: the calls that tasks in scope are in. Runs when the programs have been told to stop. */
SEC("iter/task")
int tracee_iterate_calls(struct bpf_iter__task *ctx)
{
	struct task_struct *task = ctx->task;
	struct side_room *room = keyframe_room();
	const volatile struct syscall_row *row;
	struct syscall_payload *out;
	struct stash *stash = NULL;
	struct task_state *state;
	__u32 i, at, length, used;

	if (!task || !room)
		return 0;
	state = bpf_task_storage_get(&tasks, task, 0, 0);
	if (!state || !state->in_call)
		return 0;
	out = (struct syscall_payload *)room->payload;
	begin_frame(&room->header, task, state->context, TRACEE_EVENT_UNKNOWN_SYSCALL, bpf_ktime_get_boot_ns());
	room->header.flags = TRACEE_FLAG_UNFINISHED;
	out->ret = 0;
	row = state->compat ? NULL : row_of(state->number);
	if (!row || !row->event) {
		if (state->compat) {
			room->header.event = TRACEE_EVENT_COMPAT_SYSCALL;
			room->header.flags |= state->compat;
		}
		out->slots[0] = (__u32)state->number;
		for (i = 0; i < MAX_ARGS; i++)
			out->slots[i + 1] = state->args[i];
		room->header.length = 8 + 7 * 8;
		bpf_seq_write(ctx->meta->seq, &room->header, sizeof(room->header) + 8 + 7 * 8);
		return 0;
	}
	if (!(row->flags & SYSCALL_ENABLED))
		return 0;
	room->header.event = row->event;
	__builtin_memcpy(out->slots, state->args, MAX_ARGS * 8);
	/* Results are not there yet. */
	for (i = 0; i < MAX_ARGS; i++)
		if (is_exit_collect(row->collect[i]))
			out->slots[i] = TRACEE_VAR_NULL;
	at = row->args;
	if (row->fds > 0)
		out->slots[bounded(at++, 2 * SLOTS)] = state->objects[0];
	if (row->fds > 1)
		out->slots[bounded(at++, 2 * SLOTS)] = state->objects[1];
	if (row->pair != NO_ARGUMENT) {
		out->slots[bounded(at++, 2 * SLOTS)] = 0;
		out->slots[bounded(at++, 2 * SLOTS)] = 0;
	}
	if (row->flags & SYSCALL_RETURNS_FD)
		out->slots[bounded(at++, 2 * SLOTS)] = 0;
	if (row->flags & SYSCALL_NAMES_PATH)
		out->slots[bounded(at++, 2 * SLOTS)] = state->cwd;
	if (state->stash != NO_STASH)
		stash = stash_at(state->stash);
	if (at > 2 * SLOTS)
		return 0;
	length = 8 + at * 8;
	used = stash ? at_most(stash->used, STASH_ROOM) : 0;
	room->header.length = length + used;
	length = at_most(sizeof(room->header) + length, sizeof(room->header) + sizeof(room->payload));
	bpf_seq_write(ctx->meta->seq, &room->header, length);
	if (stash && used)
		bpf_seq_write(ctx->meta->seq, stash->data, at_most(used, STASH_ROOM));
	return 0;
}

/* True when the lane's losses are settled and its marker is in. One that finds no room is no loss: it is put again. */
static __always_inline bool put_marker(struct side_room *room, __u32 lane, __u64 serial, __u64 purpose)
{
	struct lane_state *state = bpf_map_lookup_elem(&lanes, &lane);
	struct tracee_marker *out = (struct tracee_marker *)room->payload;
	void *ring = ring_of(lane);

	if (!state || (state->lost && !settle_losses(lane)))
		return false;
	out->serial = serial;
	out->purpose = purpose;
	out->lane = lane_of_ring(lane);
	out->sequence = state->sequence + 1;
	room->header.boot_ns = bpf_ktime_get_boot_ns();
	room->header.context = 0;
	room->header.tid = 0;
	room->header.event = TRACEE_EVENT_MARKER;
	room->header.flags = 0;
	room->header.sequence = out->sequence;
	room->header.length = sizeof(*out);
	if (!ring || bpf_ringbuf_output(ring, &room->header, sizeof(room->header) + sizeof(*out), BPF_RB_NO_WAKEUP))
		return false;
	state->sequence++;
	return true;
}

/* The same for packets, unless one is at work there. */
static __always_inline bool put_packet_marker(struct side_room *room, __u32 level, __u64 serial, __u64 purpose)
{
	struct packet_room *packets = packet_room(level);
	bool done;

	if (!packets || __sync_lock_test_and_set(&packets->busy, 1))
		return false;
	done = put_marker(room, PACKET_RING + level, serial, purpose);
	packets->busy = 0;
	return done;
}

/* Finds the host's first process above the recorder, wherever that is, and notes the namespaces that it lives in. */
static __noinline int read_init_namespaces(void)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct nsproxy *ns;
	__u32 i;

	for (i = 0; i < 64 && BPF_CORE_READ(task, tgid) != 1; i++) {
		struct task_struct *up = BPF_CORE_READ(task, real_parent, group_leader);

		if (up == task)
			break;
		task = up;
	}
	ns = BPF_CORE_READ(task, nsproxy);
	init_namespaces.cgroup = BPF_CORE_READ(ns, cgroup_ns, ns.inum);
	init_namespaces.ipc = BPF_CORE_READ(ns, ipc_ns, ns.inum);
	init_namespaces.mnt = BPF_CORE_READ(ns, mnt_ns, ns.inum);
	init_namespaces.net = BPF_CORE_READ(ns, net_ns, ns.inum);
	init_namespaces.pid = BPF_CORE_READ(task, thread_pid, numbers[0].ns, ns.inum);
	init_namespaces.pid_for_children = BPF_CORE_READ(ns, pid_ns_for_children, ns.inum);
	if (bpf_core_type_exists(struct time_namespace)) {
		init_namespaces.time = BPF_CORE_READ(ns, time_ns, ns.inum);
		init_namespaces.time_for_children = BPF_CORE_READ(ns, time_ns_for_children, ns.inum);
	}
	init_namespaces.user = BPF_CORE_READ(task, real_cred, user_ns, ns.inum);
	init_namespaces.uts = BPF_CORE_READ(ns, uts_ns, ns.inum);
	return 0;
}

/* From here on what is made is new. Numbers of control groups are given in order, also when the lower half has run out. */
static __noinline int note_start(void)
{
	struct kernfs_node *node = cgroup_of(bpf_get_current_task_btf(), false), *parent = (struct kernfs_node *)parent_of((__u64)node);
	struct kernfs_root *root;
	__u32 i;

	for (i = 0; i < CGROUP_LEVELS && parent; i++) {
		node = parent;
		parent = (struct kernfs_node *)parent_of((__u64)node);
	}
	root = BPF_CORE_READ(node, dir.root);
	first_new_cgroup = ((__u64)BPF_CORE_READ(root, id_highbits) << 32 | BPF_CORE_READ(root, last_id_lowbits)) + 1;
	recording_since_ns = bpf_ktime_get_boot_ns();
	return 0;
}

/*
 * Run by the recorder on each CPU (BPF_PROG_TEST_RUN): settles losses and puts a marker into each ring. Returns a bit
 * for each (1 << its index) that it went into; 0 also when a frame is under construction on this CPU, which
 * an inter-processor interrupt may find. The recorder tries again for the lanes that are missing.
 * With serial 0 it only notes who runs it (the recorder, as the initial PID namespace has it), on what host, and when.
 */
SEC("raw_tp/tracee_marker")
int tracee_put_markers(struct bpf_raw_tracepoint_args *ctx)
{
	struct side_room *room = side_room(), *interrupt = interrupt_room();
	__u64 wanted = ctx->args[1] >> 32;
	__u32 done = 0, level;

	if (!ctx->args[0]) {
		recorder_pid = bpf_get_current_pid_tgid() >> 32;
		read_init_namespaces();
		note_start();
		return 0;
	}
	if (!room || room->busy || !interrupt || interrupt->busy)
		return 0;
	/* What an interrupt has to tell meanwhile goes into the ring that is not at work. */
	room->busy = 1;
	if ((wanted & 1) && put_marker(room, TRACEE_LANE_CONTROL, ctx->args[0], (__u32)ctx->args[1]))
		done |= 1;
	if ((wanted & 2) && put_marker(room, TRACEE_LANE_EVENTS, ctx->args[0], (__u32)ctx->args[1]))
		done |= 2;
	if ((wanted & 4) && put_marker(room, TRACEE_LANE_ARTIFACTS, ctx->args[0], (__u32)ctx->args[1]))
		done |= 4;
	for (level = 0; level < PACKET_LEVELS; level++)
		if ((wanted & 1 << (PACKET_RING + level)) &&
		    put_packet_marker(room, level, ctx->args[0], (__u32)ctx->args[1]))
			done |= 1 << (PACKET_RING + level);
	room->busy = 0;
	if ((wanted & 1 << INTERRUPT_RING) && put_marker(interrupt, INTERRUPT_RING, ctx->args[0], (__u32)ctx->args[1]))
		done |= 1 << INTERRUPT_RING;
	return done;
}

#endif
