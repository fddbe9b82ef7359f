/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Who is in the scope of which policy, when a scope says more than "everyone" or "the command's tree". The recorder
 * compiles the scopes to a list of tests. A task is put to them when it is first seen and whenever something that they may
 * ask about changed: its credentials, namespaces, control groups, name, program, or the scope.
 *
 * What is decided is kept with the task; the decision is read off the kernel when it is made, so late joiners (a process
 * moved into a control group, setns) are in from their next event on.
 */
#ifndef TRACEE_MEMBERSHIP_H
#define TRACEE_MEMBERSHIP_H

/* Processes of which the descendants are in scope: a bit for each `tree` test. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 64);
	__type(key, __u32);
	__type(value, __u64);
} tree_roots SEC(".maps");

/* Containers made since recording began of which the first program was executed. */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 8192);
	__type(key, __u64);
	__type(value, __u32);
} containers_started SEC(".maps");

/* What tests ask about, of one task; overlays the payload of the room that the decision is made in. */
#define TEXTS_AT 1024
#define COMM_AT TEXTS_AT
#define UTS_AT (COMM_AT + 64)
#define CONTAINER_AT (UTS_AT + 128)
#define EXECUTABLE_AT (CONTAINER_AT + 128)
#define CGROUP_AT (EXECUTABLE_AT + PATH_ROOM + 256)
#define CGROUP_V2_AT (CGROUP_AT + PATH_ROOM)
struct scope_facts {
	__u64 number[SCOPE_SUBJECTS];
	__u32 at[SCOPE_SUBJECTS], length[SCOPE_SUBJECTS];
	__u64 failed; /* policies of which an expression does not hold */
	__u32 next;
	__u32 behind; /* the last test, and one */
	__u32 any; /* test of the expression at hand held */
	__u32 which;
	__u32 tid; /* `pid` is also that of a thread */
	__u32 reserved;
};
_Static_assert(sizeof(struct scope_facts) <= TEXTS_AT, "facts and texts share the room");
_Static_assert(CGROUP_V2_AT + PATH_ROOM + SCOPE_TEXT <= sizeof(((struct side_room *)0)->payload), "all texts fit");

/* Whether `length` bytes of the room at `at` are those that the test has. */
__noinline int is_text_of_test(__u32 which, __u32 at, __u32 index)
{
	struct side_room *room = room_for(which);
	struct scope_test *test = bpf_map_lookup_elem(&scope_tests, &index);
	__u64 differs = 0, word;
	__u32 i;

	if (!room || !test || at > sizeof(room->payload) - SCOPE_TEXT)
		return 0;
	for (i = 0; i < SCOPE_TEXT_WORDS; i++) {
		__builtin_memcpy(&word, room->payload + at + 8 * i, sizeof(word));
		differs |= (word ^ test->text[i]) & test->masks[i];
	}
	return !differs;
}

/* Sixty-four places, of up to `places`, at which the test's text may begin. */
__noinline int is_text_within(__u32 which, __u32 at, __u32 places, __u32 index)
{
	__u32 i;

	for (i = 0; i < 64; i++) {
		if (i >= places)
			return 0;
		if (is_text_of_test(which, at + i, index))
			return 1;
	}
	return 0;
}

static __always_inline bool text_holds(struct scope_facts *facts, struct scope_test *test, __u32 index)
{
	__u32 subject = bounded(test->subject, 32) , at, length, more, i;

	if (subject >= SCOPE_SUBJECTS)
		return false;
	at = facts->at[subject];
	length = facts->length[subject];
	/* A path may be asked for in one mount namespace only. */
	if (test->number && test->number != facts->number[SCOPE_MNT_NS])
		return false;
	/* Nothing is known: no text is it, not even the empty one. */
	if (!at || length < test->length || length > PATH_ROOM + 256)
		return false;
	more = length - test->length;
	if (!(test->flags & SCOPE_OPEN_START))
		return (!more || (test->flags & SCOPE_OPEN_END)) && is_text_of_test(facts->which, at, index);
	if (!(test->flags & SCOPE_OPEN_END))
		return is_text_of_test(facts->which, at + more, index);
	for (i = 0; i < (PATH_ROOM + 256) / 64; i++) {
		if (i * 64 > more)
			return false;
		if (is_text_within(facts->which, at + i * 64, more + 1 - i * 64, index))
			return true;
	}
	return false;
}

static __always_inline bool compares(struct scope_test *test, __u64 number)
{
	/* So they compare as numbers without a sign do. */
	if (test->flags & SCOPE_SIGNED)
		number ^= 1ULL << 63;
	switch (test->comparison) {
	case SCOPE_LESS:
		return number < test->number;
	case SCOPE_LESS_OR_EQUAL:
		return number <= test->number;
	case SCOPE_GREATER:
		return number > test->number;
	case SCOPE_GREATER_OR_EQUAL:
		return number >= test->number;
	default:
		return number == test->number;
	}
}

static __always_inline void note_text(struct scope_facts *facts, __u32 subject, __u32 at, long length)
{
	facts->at[subject] = at;
	facts->length[subject] = length > 0 ? length : 0;
}

/* A test's outcome, as a part of its expression: one must hold; of a negated one, none may. */
static __always_inline void note_result(struct scope_facts *facts, struct scope_test *test, bool holds)
{
	facts->any |= holds;
	if (!(test->flags & SCOPE_LAST))
		return;
	if (!!facts->any == !!(test->flags & SCOPE_NEGATED))
		facts->failed |= 1ULL << (test->policy & 63);
	facts->any = 0;
}

#define DATA_AT EXECUTABLE_AT

/* Finds the field of the frame under construction that a filter asks about. What is not there has no text. */
static __always_inline void load_field(struct side_room *room, struct scope_facts *facts, struct scope_test *test)
{
	struct frame_room *frame = frame_room();
	__u64 at, value = 0, length;
	__u32 i, word;

	facts->at[SCOPE_DATA_TEXT] = 0;
	facts->number[SCOPE_DATA_NUMBER] = 0;
	if (!frame)
		return;
	at = at_most(test->at, 4096);
	if (test->subject == SCOPE_DATA_NUMBER) {
		bpf_probe_read_kernel(&value, at_most(test->width, 8), frame->payload + at);
		if (test->flags & SCOPE_SIGNED && test->width == 4)
			value = (__s64)(__s32)value;
		facts->number[SCOPE_DATA_NUMBER] = value;
		return;
	}
	bpf_probe_read_kernel(&word, sizeof(word), frame->payload + at);
	if (word & (TRACEE_VAR_FAULT | TRACEE_VAR_NULL))
		return;
	length = word & TRACEE_VAR_LENGTH_MASK;
	at = test->behind;
	for (i = 0; i < MAX_VARIABLES; i++) {
		__u32 before = 0;

		if (i >= test->variables)
			break;
		bpf_probe_read_kernel(&before, sizeof(before), frame->payload + at_most(test->before[i], 4096));
		at += before & TRACEE_VAR_LENGTH_MASK;
	}
	at = at_most(at, FRAME_ROOM - PATH_ROOM);
	length = at_most(length, PATH_ROOM);
	bpf_probe_read_kernel(room->payload + DATA_AT, length, frame->payload + at);
	note_text(facts, SCOPE_DATA_TEXT, DATA_AT, length);
}

static __always_inline bool number_holds(struct scope_facts *facts, struct scope_test *test)
{
	__u32 subject = bounded(test->subject, 32);
	__u64 number;

	if (subject >= SCOPE_SUBJECTS)
		return false;
	number = facts->number[subject];
	if (test->subject == SCOPE_TREE)
		return number >> (test->number & 63) & 1;
	return compares(test, number) || (test->subject == SCOPE_PID && compares(test, facts->tid));
}

/* The next test of the list; true while there are more. */
__noinline int scope_step(__u32 which)
{
	struct side_room *room = room_for(which);
	struct scope_facts *facts;
	struct scope_test *test;
	__u32 index;
	bool holds;

	if (!room)
		return 0;
	facts = (struct scope_facts *)room->payload;
	index = facts->next;
	if (index >= facts->behind)
		return 0;
	test = bpf_map_lookup_elem(&scope_tests, &index);
	if (!test)
		return 0;
	holds = test->subject >= SCOPE_FIRST_TEXT ? text_holds(facts, test, index) : number_holds(facts, test);
	note_result(facts, test, holds);
	facts->next = index + 1;
	return 1;
}

__noinline int scope_steps(__u32 which)
{
	__u32 i;

	for (i = 0; i < 32; i++)
		if (!scope_step(which))
			return 0;
	return 1;
}

/* Collects what tests ask about of the task with this address; of what is dear, only what one asks about. */
__noinline int collect_scope_facts(__u64 task, __u32 which, __u64 trees)
{
	struct side_room *room = room_for(which);
	struct task_struct *t = (struct task_struct *)task;
	struct scope_facts *facts;
	struct nsproxy *ns;
	struct pid *pid;
	__u64 number = 0;
	__u32 needs, level;
	long length;

	if (!room)
		return 0;
	facts = (struct scope_facts *)room->payload;
	__builtin_memset(facts, 0, sizeof(*facts));
	needs = scope_banks[scope_bank & 1].needs;
	facts->which = which;
	facts->number[SCOPE_UID] = BPF_CORE_READ(t, real_cred, uid.val);
	facts->number[SCOPE_PID] = BPF_CORE_READ(t, tgid);
	facts->tid = BPF_CORE_READ(t, pid);
	ns = BPF_CORE_READ(t, nsproxy);
	facts->number[SCOPE_MNT_NS] = ns ? BPF_CORE_READ(ns, mnt_ns, ns.inum) : 0;
	pid = BPF_CORE_READ(t, thread_pid);
	level = BPF_CORE_READ(pid, level);
	if (level <= 32)
		pid_number(pid, level, &number);
	facts->number[SCOPE_PID_NS] = number ? BPF_CORE_READ((struct pid_namespace *)number, ns.inum) : 0;
	facts->number[SCOPE_NEW_PROCESS] = BPF_CORE_READ(t, group_leader, start_boottime) >= recording_since_ns;
	facts->number[SCOPE_TREE] = trees;
	if (room->has_next_comm)
		length = bpf_probe_read_kernel_str(room->payload + COMM_AT, 16, room->next_comm);
	else
		length = bpf_probe_read_kernel_str(room->payload + COMM_AT, 16, t->comm);
	note_text(facts, SCOPE_COMM, COMM_AT, length - 1);
	if ((needs & (1 << SCOPE_UTS)) && ns) {
		struct uts_namespace *uts = BPF_CORE_READ(ns, uts_ns);

		length = bpf_probe_read_kernel_str(room->payload + UTS_AT, 65, &uts->name.nodename);
		note_text(facts, SCOPE_UTS, UTS_AT, length - 1);
	}
	if (needs & (1 << SCOPE_EXECUTABLE)) {
		struct file *exe = BPF_CORE_READ(t, mm, exe_file);
		__u64 written = exe ? write_path_in((__u64)BPF_CORE_READ(exe, f_path.dentry),
						    (__u64)BPF_CORE_READ(exe, f_path.mnt), which)
				    : 0;
		__u32 at = written & (PATH_ROOM - 1);

		length = at_most(written >> 32, PATH_ROOM + sizeof(DELETED_MARK) - 1);
		if (exe && at + length <= sizeof(room->path)) {
			bpf_probe_read_kernel(room->payload + EXECUTABLE_AT, length, room->path + at);
			note_text(facts, SCOPE_EXECUTABLE, EXECUTABLE_AT, length);
		}
	}
	if (needs & (1 << SCOPE_CGROUP_V2)) {
		walk_cgroups(task, which, true);
		length = PATH_ROOM - room->cgroups.start;
		length = at_most(length, PATH_ROOM);
		bpf_probe_read_kernel(room->payload + CGROUP_V2_AT, length,
				      room->path + (room->cgroups.start & (PATH_ROOM - 1)));
		note_text(facts, SCOPE_CGROUP_V2, CGROUP_V2_AT, length);
	}
	return 0;
}

/* The same of its container, and of the control groups that tell it; of its own, for the stack's sake. */
__noinline int collect_container_facts(__u64 task, __u32 which)
{
	__u32 needs = scope_banks[scope_bank & 1].needs;
	struct side_room *room;
	struct scope_facts *facts;
	__u64 key;
	__u32 length;

	if (!(needs & SCOPE_NEEDS_CONTAINER))
		return 0;
	key = find_container(task, which);
	room = room_for(which);
	if (!room)
		return 0;
	facts = (struct scope_facts *)room->payload;
	if (needs & (1 << SCOPE_CGROUP)) {
		length = PATH_ROOM - room->cgroups.start;
		length = at_most(length, PATH_ROOM);
		bpf_probe_read_kernel(room->payload + CGROUP_AT, length,
				      room->path + (room->cgroups.start & (PATH_ROOM - 1)));
		note_text(facts, SCOPE_CGROUP, CGROUP_AT, length);
	}
	facts->number[SCOPE_CONTAINER_KEY] = key;
	facts->number[SCOPE_CONTAINER] = !!key;
	if (!key)
		return 0;
	facts->number[SCOPE_CONTAINER_NEW] = !!room->cgroups.is_new;
	facts->number[SCOPE_CONTAINER_STARTED] =
		room->cgroups.is_new && bpf_map_lookup_elem(&containers_started, &key);
	if (!room->cgroups.pid_ns) {
		bpf_probe_read_kernel(room->payload + CONTAINER_AT, CONTAINER_ID_LENGTH, room->cgroups.id);
		note_text(facts, SCOPE_CONTAINER_NAME, CONTAINER_AT, CONTAINER_ID_LENGTH);
	}
	return 0;
}

/* The policies whose scope holds for the task with this address. */
static __always_inline __u64 decide_scope(__u64 task, __u32 which, __u64 trees)
{
	struct side_room *room = room_for(which);
	struct scope_bank *bank = &scope_banks[scope_bank & 1];
	struct scope_facts *facts;
	__u32 i;

	if (!room)
		return 0;
	collect_scope_facts(task, which, trees);
	collect_container_facts(task, which);
	facts = (struct scope_facts *)room->payload;
	facts->next = scope_bank & 1 ? MAX_SCOPE_TESTS : 0;
	facts->behind = facts->next + bank->tests;
	for (i = 0; i < MAX_SCOPE_TESTS / 32; i++)
		if (!scope_steps(which))
			break;
	return bank->policies & ~facts->failed;
}

/* The next test of an event's filters; true while there are more. What a text contains is for replay to find out. */
__noinline int filter_step(__u32 which)
{
	struct side_room *room = room_for(which);
	struct scope_facts *facts;
	struct scope_test *test;
	__u32 index, at, length;
	bool holds;

	if (!room)
		return 0;
	facts = (struct scope_facts *)room->payload;
	index = facts->next;
	if (index >= facts->behind)
		return 0;
	test = bpf_map_lookup_elem(&scope_tests, &index);
	if (!test)
		return 0;
	load_field(room, facts, test);
	if (test->subject == SCOPE_DATA_NUMBER) {
		holds = number_holds(facts, test);
	} else {
		at = facts->at[SCOPE_DATA_TEXT];
		length = facts->length[SCOPE_DATA_TEXT];
		holds = at && length >= test->length &&
			(length == test->length || test->flags & (SCOPE_OPEN_START | SCOPE_OPEN_END)) &&
			is_text_of_test(which, test->flags & SCOPE_OPEN_START ? at + length - test->length : at, index);
	}
	note_result(facts, test, holds);
	facts->next = index + 1;
	return 1;
}

/*
 * Those of `policies` that want the event that is in the frame room. Where that cannot be told it is wanted: replay looks
 * once more.
 */
__noinline __u64 wanted_by(__u32 event, __u64 policies)
{
	struct side_room *room = room_for(SCOPE_ROOM);
	struct scope_facts *facts;
	struct event_filter *filter;
	__u32 slot = event_slot(event), i;

	filter = bpf_map_lookup_elem(&event_filters, &slot);
	if (!filter || !room)
		return policies;
	policies &= filter->policies;
	if (!policies || !filter->tests || room->busy)
		return policies;
	room->busy = 1;
	facts = (struct scope_facts *)room->payload;
	facts->which = SCOPE_ROOM;
	facts->failed = 0;
	facts->any = 0;
	facts->next = filter->first;
	facts->behind = filter->first + filter->tests;
	for (i = 0; i < MAX_EVENT_TESTS; i++)
		if (!filter_step(SCOPE_ROOM))
			break;
	policies &= ~facts->failed;
	room->busy = 0;
	return policies;
}

/* The process that made the one of this task, as far as the kernel still knows. */
__noinline __u64 parent_process(__u64 task)
{
	return (__u64)BPF_CORE_READ((struct task_struct *)task, group_leader, real_parent);
}

/* The trees that a task belongs to which nobody saw being made: by its ancestors of now. */
__noinline __u64 trees_of(__u64 task)
{
	__u64 trees = 0;
	__u32 i;

	for (i = 0; i < 64 && task; i++) {
		__u32 pid = BPF_CORE_READ((struct task_struct *)task, tgid);
		__u64 *bits = bpf_map_lookup_elem(&tree_roots, &pid);

		if (bits)
			trees |= *bits;
		if (pid <= 1)
			break;
		task = parent_process(task);
	}
	return trees;
}

#define PF_EXITING 0x00000004

/* Takes the task's state away: it is no longer in scope. A call that it is in is seen to its end first. */
static __always_inline void leave_scope(struct task_struct *task, struct task_state *state)
{
	if (state->stash != NO_STASH)
		release_stash(state);
	bpf_task_storage_delete(&tasks, task);
}

/* Decides anew about the current task. */
__noinline __u64 reconsider_current(void)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct task_scope *scope = bpf_task_storage_get(&scopes, task, 0, 0);
	struct side_room *room = room_for(SCOPE_ROOM);
	struct task_state *state;
	__u64 policies;

	if (!scope || !room)
		return 0;
	/* It has given up its memory and is about to give up its namespaces: it is what it was. */
	if (scope->generation && (task->flags & PF_EXITING))
		return scope->policies;
	if (room->busy) {
		__sync_fetch_and_add(&refused, 1);
		return scope->generation ? scope->policies : 0;
	}
	room->busy = 1;
	/* First what it is decided by: a change meanwhile makes another decision necessary. */
	scope->deciding = scope_generation;
	scope->cred = (__u64)BPF_CORE_READ(task, real_cred);
	scope->nsproxy = (__u64)BPF_CORE_READ(task, nsproxy);
	scope->cgroups = (__u64)BPF_CORE_READ(task, cgroups);
	if (scope->trees_generation != trees_generation) {
		/* What was in scope before there were tests is of the command's tree, whoever its parent is by now. */
		if (!scope->trees_generation && bpf_task_storage_get(&tasks, task, 0, 0))
			scope->trees |= 1;
		scope->trees |= trees_of(bpf_get_current_task());
		scope->trees_generation = trees_generation;
	}
	policies = decide_scope(bpf_get_current_task(), SCOPE_ROOM, scope->trees) | scope->inherited;
	scope->policies = policies;
	scope->generation = scope->deciding;
	room->busy = 0;
	if (!policies) {
		state = bpf_task_storage_get(&tasks, task, 0, 0);
		/* Who becomes another within a call has made it; but what is out of scope by order is so at once. */
		if (state && (!state->in_call || scope->changes != scope_changes))
			leave_scope(task, state);
	}
	scope->changes = scope_changes;
	return policies;
}

/* The policies whose scope the current task is in; decides when nobody has, or when it is another than it was. */
__noinline __u64 scope_of_current(void)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct task_struct *now = to_look_at(task);
	struct task_scope *scope;

	scope = bpf_task_storage_get(&scopes, task, 0, everyone ? BPF_LOCAL_STORAGE_GET_F_CREATE : 0);
	if (!scope) {
		if (everyone)
			__sync_fetch_and_add(&storage_failures, 1);
		return 0;
	}
	if (scope->generation == scope_generation && scope->cred == (__u64)now->real_cred &&
	    scope->nsproxy == (__u64)now->nsproxy && scope->cgroups == (__u64)now->cgroups)
		return scope->policies;
	return reconsider_current();
}

/*
 * Hands on to a child what it has of its parent, the current task, and decides about it; it does not run yet. Without a
 * scope, children of whom is in it are in it.
 */
static __always_inline __u64 scope_of_child(struct task_struct *child)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct task_scope *scope, *born;
	struct side_room *room;
	__u64 address;

	scope = bpf_task_storage_get(&scopes, task, 0, 0);
	if (!scope)
		return 0;
	born = bpf_task_storage_get(&scopes, child, 0, BPF_LOCAL_STORAGE_GET_F_CREATE);
	room = room_for(SCOPE_ROOM);
	if (!born || !room) {
		__sync_fetch_and_add(&storage_failures, 1);
		return 0;
	}
	born->inherited = scope->inherited | (scope->policies & scope_banks[scope_bank & 1].follow);
	born->trees = scope->trees;
	born->trees_generation = scope->trees_generation;
	if (room->busy) {
		__sync_fetch_and_add(&refused, 1);
		return 0;
	}
	room->busy = 1;
	*(volatile __u64 *)&born->word = (__u64)child;
	address = *(volatile __u64 *)&born->word;
	born->generation = scope_generation;
	born->changes = scope_changes;
	born->cred = (__u64)BPF_CORE_READ(child, real_cred);
	born->nsproxy = (__u64)BPF_CORE_READ(child, nsproxy);
	born->cgroups = (__u64)BPF_CORE_READ(child, cgroups);
	born->policies = decide_scope(address, SCOPE_ROOM, born->trees) | born->inherited;
	room->busy = 0;
	return born->policies;
}

/* What the scope was decided by is another now, or is about to be. */
static __always_inline void forget_scope_of(struct task_struct *task)
{
	struct task_scope *scope = scoped ? bpf_task_storage_get(&scopes, task, 0, 0) : NULL;

	if (scope) {
		scope->generation = 0;
		scope->deciding = 0;
	}
}

/*
 * In an exec: the program is another already, and the name is about to be. Decided here, so that what hooks within the kernel
 * see of the program before the exec is complete is not taken for the old one's.
 */
static __always_inline void decide_by_next_name(const char *name)
{
	struct side_room *room = scoped ? room_for(SCOPE_ROOM) : NULL;

	if (!room)
		return;
	bpf_probe_read_kernel_str(room->next_comm, sizeof(room->next_comm), name);
	room->has_next_comm = 1;
	scope_of_current();
	room->has_next_comm = 0;
}

/*
 * At an exec: the first program of a container that was made since recording began starts it. What a runtime executes
 * before that is not yet of the container: it has another mount namespace than its parent, or is first in its PID namespace.
 */
__noinline int note_container_start(void)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct side_room *room = room_for(SCOPE_ROOM);
	struct pid *pid = BPF_CORE_READ(task, group_leader, thread_pid);
	__u32 level = BPF_CORE_READ(pid, level), one = 1;
	__u64 key, ns = 0;

	if (!room || room->busy)
		return 0;
	if (!(level && level <= 32 && pid_number(pid, level, &ns) == 1) &&
	    BPF_CORE_READ(task, nsproxy, mnt_ns) == BPF_CORE_READ(task, real_parent, nsproxy, mnt_ns))
		return 0;
	room->busy = 1;
	key = find_container(bpf_get_current_task(), SCOPE_ROOM);
	if (key && room->cgroups.is_new && !bpf_map_lookup_elem(&containers_started, &key)) {
		bpf_map_update_elem(&containers_started, &key, &one, 0);
		/* Others of the container are asked again. */
		__sync_fetch_and_add(&scope_generation, 1);
	}
	room->busy = 0;
	return 0;
}

#endif
