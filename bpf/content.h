/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The bytes themselves: what programs write and read, memory that becomes code, modules and BPF programs, in pieces out of user
 * memory while the call leaves. What goes another way than by a buffer is told without bytes, and the recorder reads the file.
 */
#ifndef TRACEE_CONTENT_H
#define TRACEE_CONTENT_H

#define PIECE_BYTES (64 * 1024)
/* Pieces of one call: of the first 16 MiB, when they are whole; what is beyond is said, and read from the file. */
#define MAX_PIECES 256

/* What of writing (and of reading) may be asked for; which files exactly is up to the recorder. */
struct capture_rule {
	/* By which descriptors bytes are copied: bits 0 to 2, or CONTENT_ANY. */
	__u32 regular, pipe, socket;
	__u32 magic; /* of regular files also those that begin as programs and scripts do */
};
#define CONTENT_ANY 8
const volatile struct capture_rule capture_rules[2] = {}; /* written, read */

/* What the recorder has decided of an open file, by its object: its data are wanted (1) or not (2). */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 16384);
	__type(key, __u64);
	__type(value, __u32);
} content_verdicts SEC(".maps");

/* Open files of which content was told, by address: their closing is told, too. */
#define CONTENT_FILE_SLOTS 16384
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, CONTENT_FILE_SLOTS);
	__type(key, __u32);
	__type(value, __u64);
} content_files SEC(".maps");

static __always_inline __u64 *content_slot(__u64 file)
{
	__u32 index = mix(file >> 6, 1) & (CONTENT_FILE_SLOTS - 1);

	return bpf_map_lookup_elem(&content_files, &index);
}

/* A call's bytes on their way into frames; kept by CPU, as the frame room is. */
struct content_walk {
	__u64 base, left; /* of the buffer at hand */
	__u64 vector, vectors; /* the buffers behind it */
	__u64 total; /* bytes to go */
	__u64 at; /* offset of the next one, NO_OFFSET when it is not known */
	__u64 stream, file, address, context, boot_ns;
	__s32 fd;
	__u32 kind, way, flags;
	__u32 wakes; /* the recorder is to look at once */
	__u32 without_data;
};

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct content_walk);
} content_walks SEC(".maps");

static __always_inline struct content_walk *content_walk(void)
{
	__u32 zero = 0;

	return bpf_map_lookup_elem(&content_walks, &zero);
}

/* Puts a frame of `size` bytes of content, of which `stored` lie in the room. */
__noinline int put_piece(__u64 size, __u32 stored, __u32 flags)
{
	struct content_walk *walk = content_walk();
	struct frame_room *room = frame_room();
	struct tracee_content *out;
	struct lane_state *lane;
	__u32 artifacts = TRACEE_LANE_ARTIFACTS;
	__u64 length;

	if (!walk || !room || stored > PIECE_BYTES)
		return 0;
	out = (struct tracee_content *)room->payload;
	out->file = walk->file;
	out->offset = walk->at;
	out->size = size;
	out->stream = walk->stream;
	out->address = walk->address;
	out->fd = walk->fd;
	out->kind = walk->kind;
	out->way = walk->way;
	out->flags = walk->flags | flags;
	out->digest.length = 0;
	out->digest.full = 0;
	out->data.length = stored;
	out->data.full = at_most(size, 0xfffffffe);
	begin_frame(&room->header, bpf_get_current_task_btf(), walk->context, TRACEE_EVENT_CONTENT, walk->boot_ns);
	length = at_most(sizeof(room->header) + sizeof(*out) + stored, sizeof(*room));
	if (walk->wakes) {
		lane = bpf_map_lookup_elem(&lanes, &artifacts);
		if (lane)
			lane->wakes = 1;
		walk->wakes = 0;
	}
	put_frame(&room->header, length, TRACEE_LANE_ARTIFACTS);
	return 0;
}

/* Copies from user memory to behind a piece's fixed part; false when that cannot be read. */
__noinline int copy_piece(__u64 from, __u32 length)
{
	struct frame_room *room = frame_room();

	if (!room || length > PIECE_BYTES)
		return false;
	return !bpf_probe_read_user(room->payload + sizeof(struct tracee_content), length, (void *)from);
}

/* The next buffer of a vector; false when there is none. */
__noinline int next_buffer(void)
{
	struct content_walk *walk = content_walk();
	struct user_iovec one = {};

	if (!walk || !walk->vectors || bpf_probe_read_user(&one, sizeof(one), (void *)walk->vector))
		return false;
	walk->vectors--;
	walk->vector += sizeof(one);
	walk->base = one.base;
	walk->left = one.length;
	return true;
}

/* One piece; false when there is nothing left. Global: see walk_step(). */
__noinline int put_next_piece(void)
{
	struct content_walk *walk = content_walk();
	__u64 length, page;

	if (!walk || !walk->total)
		return false;
	if (!walk->left)
		return next_buffer();
	length = walk->left < walk->total ? walk->left : walk->total;
	length = at_most(length, PIECE_BYTES);
	if (!copy_piece(walk->base, length)) {
		/* Up to where a page may be missing; that one by itself. */
		page = 4096 - (walk->base & 4095);
		if (length > page)
			length = page;
		if (!copy_piece(walk->base, length)) {
			put_piece(length, 0, TRACEE_CONTENT_UNREADABLE);
			goto next;
		}
	}
	put_piece(length, length, 0);
next:
	walk->base += length;
	walk->left -= length;
	walk->total -= length;
	if (walk->at != NO_OFFSET)
		walk->at += length;
	return true;
}

/*
 * Everything that the walk was set up for. Called by those that are called by put_entry_extras() and put_exit_extras(), and not
 * any deeper: no more than eight functions may be in each other.
 */
__noinline int put_pieces(void)
{
	struct content_walk *walk = content_walk();
	__u32 i;

	if (!walk)
		return 0;
	if (walk->without_data || !walk->total)
		return put_piece(walk->total, 0, walk->without_data && walk->way == TRACEE_CONTENT_WAY_BUFFER
							 ? TRACEE_CONTENT_NOT_ASKED
							 : 0);
	for (i = 0; i < MAX_PIECES; i++)
		if (!put_next_piece())
			break;
	if (walk->total)
		put_piece(walk->total, 0, TRACEE_CONTENT_CUT);
	return 0;
}

/* Begins a walk of the current task's: nothing is known yet but who it is. */
static __always_inline struct content_walk *begin_content(__u64 context, __u32 kind, __u32 way, __u64 boot_ns)
{
	struct content_walk *walk = content_walk();

	if (!walk)
		return NULL;
	walk->left = 0;
	walk->vectors = 0;
	walk->total = 0;
	walk->at = NO_OFFSET;
	walk->stream = __sync_fetch_and_add(&next_object, 1) + 1;
	walk->file = 0;
	walk->address = 0;
	walk->context = context;
	walk->boot_ns = boot_ns;
	walk->fd = -1;
	walk->kind = kind;
	walk->way = way;
	walk->flags = 0;
	walk->wakes = 0;
	walk->without_data = 0;
	return walk;
}

#define VERDICT_WANTED 1
#define VERDICT_UNWANTED 2

/* The first four bytes of what the walk begins with. */
static __always_inline __u32 magic_of(struct content_walk *walk)
{
	__u32 magic = 0;

	if (!walk->left && walk->vectors && !next_buffer())
		return 0;
	if (walk->left >= 4)
		bpf_probe_read_user(&magic, 4, (void *)walk->base);
	else if (walk->left >= 2)
		bpf_probe_read_user(&magic, 2, (void *)walk->base);
	return magic;
}

#define ELF_MAGIC 0x464c457f
#define SCRIPT_MAGIC 0x2123

/*
 * Whether anything of the file is to be told; sets `without_data` when its bytes are not wanted, as far as that can be known here.
 * Of regular files that are written to everything is told: the recorder may find out later that it wants them.
 */
__noinline int look_at_content_file(__u64 file, __u32 direction)
{
	struct content_walk *walk = content_walk();
	const volatile struct capture_rule *rule = &capture_rules[direction & 1];
	__u16 type = BPF_CORE_READ((struct file *)file, f_inode, i_mode) & S_IFMT;
	__u32 magic, descriptor, wanted = VERDICT_WANTED, *verdict;
	__u64 object, *slot;

	if (!walk)
		return false;
	descriptor = CONTENT_ANY | ((__u32)walk->fd < 3 ? 1 << (walk->fd & 3) : 0);
	walk->without_data = 0;
	if (type == S_IFIFO || type == S_IFSOCK) {
		walk->at = NO_OFFSET;
		if (!((type == S_IFIFO ? rule->pipe : rule->socket) & descriptor))
			return false;
	} else if (type == S_IFREG) {
		object = walk->file;
		verdict = bpf_map_lookup_elem(&content_verdicts, &object);
		if (verdict) {
			walk->without_data = *verdict != VERDICT_WANTED;
		} else if (!(rule->regular & descriptor)) {
			magic = rule->magic && !walk->at ? magic_of(walk) : 0;
			if (magic == ELF_MAGIC || (magic & 0xffff) == SCRIPT_MAGIC)
				bpf_map_update_elem(&content_verdicts, &object, &wanted, 0);
			else
				walk->without_data = 1;
		}
	} else {
		return false;
	}
	/* What was read and is not wanted is in the rows of calls already. */
	if (direction && walk->without_data)
		return false;
	slot = content_slot(file);
	if (slot && *slot != file) {
		*slot = file;
		walk->wakes = 1;
	}
	return true;
}

/* Where a call that moves the file's position has begun; unsure when others may have moved it meanwhile. */
static __always_inline void look_at_position(struct content_walk *walk, struct file *file, __s64 moved)
{
	__u32 flags = BPF_CORE_READ(file, f_flags);

	walk->at = BPF_CORE_READ((struct file___at *)file, f_pos) - moved;
	if (flags & O_APPEND)
		walk->flags |= TRACEE_CONTENT_APPEND;
}

/* The number of references to an open file is kept less one since 6.13. */
struct file___counted {
	struct {
		__s64 counter;
	} f_count;
} __attribute__((preserve_access_index));
struct file_ref_t___ {
	struct {
		__s64 counter;
	} refcnt;
} __attribute__((preserve_access_index));
struct file___referred {
	struct file_ref_t___ f_ref;
} __attribute__((preserve_access_index));

static __always_inline bool has_one_reference(struct file *file)
{
	if (bpf_core_field_exists(((struct file___referred *)file)->f_ref))
		return !BPF_CORE_READ((struct file___referred *)file, f_ref.refcnt.counter);
	return BPF_CORE_READ((struct file___counted *)file, f_count.counter) == 1;
}

#define MAP_SHARED_OR_VALIDATED 3
#define MAP_TYPES 0xf

static __always_inline bool is_reading(__u32 call)
{
	return call == CALL_READ || call == CALL_PREAD64 || call == CALL_READV || call == CALL_PREADV || call == CALL_PREADV2;
}

static __always_inline bool is_writing(__u32 call)
{
	return call == CALL_WRITE || call == CALL_PWRITE64 || call == CALL_WRITEV || call == CALL_PWRITEV ||
	       call == CALL_PWRITEV2;
}

/* A read or write by buffers of the program's. True when there are pieces to put; so below. */
__noinline int take_buffers(__u32 call, __s64 ret, __u64 boot_ns)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct task_state *state = bpf_task_storage_get(&tasks, task, 0, 0);
	__u32 reading = is_reading(call);
	struct content_walk *walk;
	__u64 file;

	if (!reading && !is_writing(call))
		return 0;
	if (!state || ret <= 0 || !(captured & (reading ? CAPTURE_READ : CAPTURE_WRITE)))
		return 0;
	file = file_of_fd(task, state->args[0]);
	walk = file ? begin_content(state->context, reading ? TRACEE_CONTENT_KIND_READ : TRACEE_CONTENT_KIND_WRITE,
				    TRACEE_CONTENT_WAY_BUFFER, boot_ns)
		    : NULL;
	if (!walk)
		return 0;
	walk->file = state->objects[0];
	walk->fd = state->args[0];
	walk->total = ret;
	if (call == CALL_WRITE || call == CALL_READ || call == CALL_PWRITE64 || call == CALL_PREAD64) {
		walk->base = state->args[1];
		walk->left = ret;
	} else {
		walk->vector = state->pointers[1];
		walk->vectors = at_most(state->args[2], 1024);
	}
	if (call == CALL_PWRITE64 || call == CALL_PREAD64 || call == CALL_PWRITEV || call == CALL_PREADV ||
	    ((call == CALL_PWRITEV2 || call == CALL_PREADV2) && state->args[3] != NO_OFFSET)) {
		walk->at = state->args[3];
		/* Where a file is appended to, the offset that a call gives says nothing. */
		if (!reading && (BPF_CORE_READ((struct file *)file, f_flags) & O_APPEND)) {
			walk->at = BPF_CORE_READ((struct file *)file, f_inode, i_size) - ret;
			walk->flags |= TRACEE_CONTENT_APPEND | TRACEE_CONTENT_UNSURE_OFFSET;
		}
	} else {
		look_at_position(walk, (struct file *)file, ret);
		if (!has_one_reference((struct file *)file) &&
		    ((walk->flags & TRACEE_CONTENT_APPEND) || state->position != walk->at))
			walk->flags |= TRACEE_CONTENT_UNSURE_OFFSET;
	}
	return look_at_content_file(file, reading);
}

/* A change of a file's content in another way: told, without bytes. */
__noinline int take_other_change(__u32 call, __s64 ret, __u64 boot_ns)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct task_state *state = bpf_task_storage_get(&tasks, task, 0, 0);
	__u32 way = TRACEE_CONTENT_WAY_TRANSFER, argument = 0, object = 0;
	struct content_walk *walk;
	__u64 at = NO_OFFSET, size = ret, file;

	if (!state || !(captured & CAPTURE_WRITE))
		return 0;
	if (call == CALL_MMAP) {
		if (is_error(ret))
			return 0;
		if (!(state->args[2] & PROT_WRITE) || !(state->args[3] & 1) ||
		    (state->args[3] & MAP_TYPES & ~MAP_SHARED_OR_VALIDATED))
			return 0;
		way = TRACEE_CONTENT_WAY_MAPPING;
		argument = 4;
		at = state->args[5];
		size = state->args[1];
	} else if (call == CALL_FTRUNCATE || call == CALL_FALLOCATE) {
		if (ret)
			return 0;
		way = call == CALL_FTRUNCATE ? TRACEE_CONTENT_WAY_TRUNCATE : TRACEE_CONTENT_WAY_ALLOCATE;
		if (call == CALL_FALLOCATE)
			at = state->args[2];
		size = state->args[call == CALL_FTRUNCATE ? 1 : 3];
	} else {
		if (ret <= 0)
			return 0;
		argument = written_argument(call);
		object = argument ? 1 : 0;
	}
	file = file_of_fd(task, state->args[bounded(argument, SLOTS)]);
	walk = file ? begin_content(state->context, TRACEE_CONTENT_KIND_WRITE, way, boot_ns) : NULL;
	if (!walk)
		return 0;
	walk->file = state->objects[object & 1];
	walk->fd = state->args[bounded(argument, SLOTS)];
	walk->at = at;
	if ((BPF_CORE_READ((struct file *)file, f_inode, i_mode) & S_IFMT) != S_IFREG)
		return 0;
	if (!look_at_content_file(file, 0))
		return false;
	walk->total = size;
	walk->without_data = 1;
	return true;
}

/* An operation of io_uring that changes a file: told when it is submitted. What it writes may not be there yet. */
__noinline int put_content_of_ring(__u64 file, __u64 object, __s32 fd, __u64 context, __u64 boot_ns)
{
	struct content_walk *walk = begin_content(context, TRACEE_CONTENT_KIND_WRITE, TRACEE_CONTENT_WAY_IO_URING, boot_ns);

	if (!walk || (BPF_CORE_READ((struct file *)file, f_inode, i_mode) & S_IFMT) != S_IFREG)
		return 0;
	walk->file = object;
	walk->fd = fd;
	return look_at_content_file(file, 0) ? put_piece(0, 0, 0) : 0;
}

/* A descriptor of a file of which content was told is about to be closed. */
__noinline int put_content_close(__u64 boot_ns)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct task_state *state = bpf_task_storage_get(&tasks, task, 0, 0);
	struct content_walk *walk;
	__u64 file, *slot;

	file = state ? file_of_fd(task, state->args[0]) : 0;
	slot = file ? content_slot(file) : NULL;
	if (!slot || *slot != file)
		return 0;
	walk = begin_content(state->context,
			     BPF_CORE_READ((struct file *)file, f_flags) & 3 ? TRACEE_CONTENT_KIND_WRITE
									     : TRACEE_CONTENT_KIND_READ,
			     TRACEE_CONTENT_WAY_CLOSE, boot_ns);
	if (!walk)
		return 0;
	walk->file = state->objects[0];
	walk->fd = state->args[0];
	if (has_one_reference((struct file *)file)) {
		*slot = 0;
		walk->flags = TRACEE_CONTENT_LAST_CLOSE;
	}
	return put_piece(0, 0, 0);
}

/* A module out of memory, before the kernel has taken it; or which file it is. */
__noinline int take_module(__u32 call, __u64 boot_ns)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct task_state *state = bpf_task_storage_get(&tasks, task, 0, 0);
	struct content_walk *walk;

	walk = state ? begin_content(state->context, TRACEE_CONTENT_KIND_MODULE, TRACEE_CONTENT_WAY_BUFFER, boot_ns) : NULL;
	if (!walk)
		return 0;
	if (call == CALL_FINIT_MODULE) {
		walk->way = TRACEE_CONTENT_WAY_TRANSFER;
		walk->file = state->objects[0];
		walk->fd = state->args[0];
		walk->wakes = 1;
		return true;
	}
	walk->base = state->args[0];
	walk->address = walk->base;
	walk->left = state->args[1];
	walk->total = state->args[1];
	walk->at = 0;
	return true;
}

struct bpf_load {
	__u32 type, count;
	__u64 instructions;
};

/* The instructions of a program that was loaded, as user memory has them. */
__noinline int take_bpf_instructions(__s64 ret, __u64 boot_ns)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct task_state *state = bpf_task_storage_get(&tasks, task, 0, 0);
	struct content_walk *walk;
	struct bpf_prog *program;
	struct bpf_load load = {};

	if (!state || ret < 0 || (__u32)state->args[0] != COMMAND_PROG_LOAD)
		return 0;
	if (bpf_probe_read_user(&load, sizeof(load), (void *)(state->pointers[1] ?: state->args[1])))
		return 0;
	walk = begin_content(state->context, TRACEE_CONTENT_KIND_BPF, TRACEE_CONTENT_WAY_BUFFER, boot_ns);
	if (!walk)
		return 0;
	walk->fd = ret;
	program = (struct bpf_prog *)BEHIND(file_of_fd(task, ret), "bpf-prog");
	walk->address = program ? BPF_CORE_READ(program, aux, id) : 0;
	walk->base = load.instructions;
	walk->left = (__u64)load.count * 8;
	walk->total = walk->left;
	walk->at = 0;
	return true;
}

/* One of the regions that a change of protection made executable, or writable again. */
__noinline int take_changed_region(__u32 index, __u64 boot_ns)
{
	struct task_state *state = bpf_task_storage_get(&tasks, bpf_get_current_task_btf(), 0, 0);
	struct protection_note *note;
	struct content_walk *walk;

	if (!state || index >= state->protection_notes)
		return 0;
	note = &state->protections[bounded(index, PROTECTION_NOTES)];
	walk = begin_content(state->context, TRACEE_CONTENT_KIND_MEMORY, TRACEE_CONTENT_WAY_MEMORY, boot_ns);
	if (!walk)
		return 0;
	walk->file = note->file;
	walk->base = note->addr;
	walk->address = note->addr;
	walk->left = note->len;
	walk->total = note->len;
	walk->at = 0;
	if (note->alert == ALERT_MPROT_X_TO_W || note->alert == ALERT_MPROT_W_ADD)
		walk->flags = TRACEE_CONTENT_BECAME_WRITABLE;
	return true;
}

#define WAITS_FOR_STOPS 2 /* WUNTRACED, WSTOPPED */

/* At the entry of a call that content may come with. */
__noinline int look_at_content(__u64 boot_ns)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct task_state *state = bpf_task_storage_get(&tasks, task, 0, 0), *leader;
	__u32 call = state ? call_of(state) : ~0U;
	__u64 file;

	if (call == ~0U)
		return 0;
	if (call == CALL_CLOSE)
		return put_content_close(boot_ns);
	if (call == CALL_INIT_MODULE || call == CALL_FINIT_MODULE)
		return (captured & CAPTURE_MODULE) && take_module(call, boot_ns) ? put_pieces() : 0;
	if (call == CALL_WAIT4 || call == CALL_WAITID) {
		leader = state->args[call == CALL_WAIT4 ? 2 : 3] & WAITS_FOR_STOPS
				 ? bpf_task_storage_get(&tasks, task->group_leader, 0, 0) : NULL;
		if (leader)
			leader->waits_for_stops = 1;
		return 0;
	}
	if (call == CALL_WRITE || call == CALL_WRITEV || call == CALL_READ || call == CALL_READV) {
		file = file_of_fd(task, state->args[0]);
		state->position = file ? BPF_CORE_READ((struct file___at *)file, f_pos) : NO_OFFSET;
	}
	return 0;
}

/* At its exit. */
__noinline int put_content(__s64 ret, __u64 boot_ns)
{
	struct task_state *state = bpf_task_storage_get(&tasks, bpf_get_current_task_btf(), 0, 0);
	__u32 call = state ? call_left(state) : ~0U;
	__u32 i;

	switch (call) {
	case CALL_MMAP:
		if ((captured & CAPTURE_EXEC) && (state->args[2] & PROT_EXEC) && !is_error(ret))
			state->mapped_code = ret;
		/* Fall through. */
	case CALL_SENDFILE:
	case CALL_SPLICE:
	case CALL_COPY_FILE_RANGE:
	case CALL_FTRUNCATE:
	case CALL_FALLOCATE:
		return take_other_change(call, ret, boot_ns) ? put_pieces() : 0;
	case CALL_MPROTECT:
	case CALL_PKEY_MPROTECT:
		/* A call that failed may have changed what lies before a hole: that it did is told by the alert. */
		if (!(captured & CAPTURE_MEMORY) || ret)
			return 0;
		for (i = 0; i < PROTECTION_NOTES; i++)
			if (take_changed_region(i, boot_ns))
				put_pieces();
		return 0;
	case CALL_BPF:
		return (captured & CAPTURE_BPF) && take_bpf_instructions(ret, boot_ns) ? put_pieces() : 0;
	default:
		return take_buffers(call, ret, boot_ns) ? put_pieces() : 0;
	}
}

#endif
