/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What is in files is read, written, carried from one to another. */
#ifndef TRACEE_FILES_CONTENT_H
#define TRACEE_FILES_CONTENT_H

#define S_IFREG 0100000
#define S_IFBLK 0060000
#define S_IFIFO 0010000
#define O_APPEND 02000
#define NO_OFFSET (~0ULL)

/* Numbers on x86_64, as call_of() gives them. */
enum {
	CALL_READ = 0,
	CALL_WRITE = 1,
	CALL_OPEN = 2,
	CALL_CLOSE = 3,
	CALL_MMAP = 9,
	CALL_MPROTECT = 10,
	CALL_PREAD64 = 17,
	CALL_PWRITE64 = 18,
	CALL_READV = 19,
	CALL_WRITEV = 20,
	CALL_SENDFILE = 40,
	CALL_WAIT4 = 61,
	CALL_FTRUNCATE = 77,
	CALL_CREAT = 85,
	CALL_INIT_MODULE = 175,
	CALL_WAITID = 247,
	CALL_OPENAT = 257,
	CALL_SPLICE = 275,
	CALL_TEE = 276,
	CALL_FALLOCATE = 285,
	CALL_PREADV = 295,
	CALL_PWRITEV = 296,
	CALL_OPEN_BY_HANDLE_AT = 304,
	CALL_FINIT_MODULE = 313,
	CALL_MEMFD_CREATE = 319,
	CALL_BPF = 321,
	CALL_COPY_FILE_RANGE = 326,
	CALL_PREADV2 = 327,
	CALL_PWRITEV2 = 328,
	CALL_PKEY_MPROTECT = 329,
	CALL_OPENAT2 = 437,
};

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)
struct pipe_inode_info {
	unsigned int head;
};
struct inode___of_pipe {
	struct pipe_inode_info *i_pipe;
};
struct file___at {
	__s64 f_pos;
};
struct kiocb {
	struct file *ki_filp;
};
#pragma clang attribute pop

static __always_inline __u64 offset_before(const __s64 *pos, __s64 result)
{
	__s64 after = 0;

	if (!pos || bpf_probe_read_kernel(&after, sizeof(after), pos))
		return NO_OFFSET;
	return after - result;
}

/* The rows of vfs_read, vfs_readv, vfs_write and vfs_writev are alike. */
_Static_assert(sizeof(struct tracee_vfs_read) == sizeof(struct tracee_vfs_write) &&
		       sizeof(struct tracee_vfs_readv) == sizeof(struct tracee_vfs_write) &&
		       sizeof(struct tracee_vfs_writev) == sizeof(struct tracee_vfs_write),
	       "put_access");

static __always_inline int put_access(__u16 event, struct file *file, __u64 count, const __s64 *pos, __s64 result)
{
	struct tracee_vfs_write *out;
	struct hook h = {};

	if (result < 0 || !begin_hook(&h))
		return 0;
	out = hook_payload(&h, sizeof(*out));
	out->file = object_of_file(number_of(h.state, file), h.boot_ns, 0);
	out->count = count;
	out->pos = offset_before(pos, result);
	out->result = result;
	return put_hook(&h, event, TRACEE_LANE_EVENTS);
}

SEC("fexit/vfs_write")
int BPF_PROG(vfs_write__fexit, struct file *file, const char *from, __u64 count, __s64 *pos, long result)
{
	return put_access(TRACEE_EVENT_VFS_WRITE, file, count, pos, result);
}

SEC("fexit/vfs_writev")
int BPF_PROG(vfs_writev__fexit, struct file *file, const void *from, __u64 count, __s64 *pos, int flags, long result)
{
	return put_access(TRACEE_EVENT_VFS_WRITEV, file, count, pos, result);
}

SEC("fexit/vfs_read")
int BPF_PROG(vfs_read__fexit, struct file *file, const char *to, __u64 count, __s64 *pos, long result)
{
	return put_access(TRACEE_EVENT_VFS_READ, file, count, pos, result);
}

SEC("fexit/vfs_readv")
int BPF_PROG(vfs_readv__fexit, struct file *file, const void *to, __u64 count, __s64 *pos, int flags, long result)
{
	return put_access(TRACEE_EVENT_VFS_READV, file, count, pos, result);
}

/*
 * Files that were modified since they were opened, by address: each is told of once. Two that share a slot are told of
 * anew when they take turns.
 */
#define MODIFIED_SLOTS 8192
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, MODIFIED_SLOTS);
	__type(key, __u32);
	__type(value, __u64);
} modified SEC(".maps");

static __always_inline __u64 *modified_slot(__u64 file)
{
	__u32 index = mix(file >> 6, 0) & (MODIFIED_SLOTS - 1);

	return bpf_map_lookup_elem(&modified, &index);
}

/* A file was opened: what its address stood for before is over. */
static __always_inline void forget_modification(__u64 file)
{
	__u64 *slot = file ? modified_slot(file) : NULL;

	if (slot && *slot == file)
		*slot = 0;
}

/* A file is about to be modified; the first time its change time is noted. */
static __always_inline void note_modification(struct task_state *state, __u64 file)
{
	struct inode *inode = BPF_CORE_READ((struct file *)file, f_inode);
	__u16 type = BPF_CORE_READ(inode, i_mode) & S_IFMT;
	__u64 *slot = modified_slot(file);

	if ((type != S_IFREG && type != S_IFBLK) || !slot || *slot == file)
		return;
	state->old_ctime = ctime_of(inode);
	state->modifying = file;
}

/* It was; true when that is to be told. */
static __always_inline bool take_modification(struct task_state *state, bool done)
{
	__u64 *slot = done ? modified_slot(state->modifying) : NULL;

	if (slot)
		*slot = state->modifying;
	state->modifying = 0;
	return slot;
}

static __always_inline int modification_begins(struct file *file)
{
	struct task_state *state = state_in_scope(bpf_get_current_task_btf(), false);

	if (state)
		note_modification(state, number_of(state, file));
	return 0;
}

static __always_inline int modification_ends(struct file *file, int result)
{
	struct task_state *state = state_in_scope(bpf_get_current_task_btf(), false);
	struct tracee_file_modification *out;
	struct hook h = {};
	__u64 number;

	if (!state || !state->modifying)
		return 0;
	number = number_of(state, file);
	if (state->modifying != number || !take_modification(state, !result) || !begin_hook(&h))
		return 0;
	out = hook_payload(&h, sizeof(*out));
	out->file = object_of_file(number, h.boot_ns, 0);
	out->old_ctime = state->old_ctime;
	out->new_ctime = ctime_of(BPF_CORE_READ(file, f_inode));
	return put_hook(&h, TRACEE_EVENT_FILE_MODIFICATION, TRACEE_LANE_EVENTS);
}

/* Which of the three a file system calls, and which of them call each other, differs. */
SEC("fentry/kiocb_modified")
int BPF_PROG(file_modification__kiocb, struct kiocb *iocb)
{
	return modification_begins(BPF_CORE_READ(iocb, ki_filp));
}

SEC("fexit/kiocb_modified")
int BPF_PROG(file_modification__kiocb__done, struct kiocb *iocb, int result)
{
	return modification_ends(BPF_CORE_READ(iocb, ki_filp), result);
}

SEC("fentry/file_modified")
int BPF_PROG(file_modification__kiocb__file, struct file *file)
{
	return modification_begins(file);
}

SEC("fexit/file_modified")
int BPF_PROG(file_modification__kiocb__file_done, struct file *file, int result)
{
	return modification_ends(file, result);
}

SEC("fentry/file_update_time")
int BPF_PROG(file_modification__kiocb__time, struct file *file)
{
	return modification_begins(file);
}

SEC("fexit/file_update_time")
int BPF_PROG(file_modification__kiocb__time_done, struct file *file, int result)
{
	return modification_ends(file, result);
}

SEC("fentry/fd_install")
int BPF_PROG(file_modification__kiocb__open, unsigned int fd, struct file *file)
{
	struct task_state *state = state_in_scope(bpf_get_current_task_btf(), false);

	if (state)
		forget_modification(number_of(state, file));
	return 0;
}

/* The descriptor that a call writes to: which argument it is. */
static __always_inline __u32 written_argument(__u32 call)
{
	return call == CALL_SPLICE || call == CALL_COPY_FILE_RANGE ? 2 : 0;
}

/* Whether the call is about to write the first bytes of a file. */
static __always_inline bool is_at_start(struct task_state *state, struct file *file, __u32 call)
{
	struct inode *inode = BPF_CORE_READ(file, f_inode);
	__u16 type = BPF_CORE_READ(inode, i_mode) & S_IFMT;

	/* What was ever written to a pipe is counted in its head. */
	if (type == S_IFIFO)
		return !BPF_CORE_READ((struct inode___of_pipe *)inode, i_pipe, head);
	if (type != S_IFREG)
		return false;
	if (BPF_CORE_READ(file, f_flags) & O_APPEND)
		return !BPF_CORE_READ(inode, i_size);
	if (call == CALL_PWRITE64 || call == CALL_PWRITEV ||
	    (call == CALL_PWRITEV2 && state->args[3] != NO_OFFSET))
		return !state->args[3];
	return !BPF_CORE_READ((struct file___at *)file, f_pos);
}

/* At the entry of a call that may write. */
__noinline int look_at_write(__u32 extras)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct task_state *state = bpf_task_storage_get(&tasks, task, 0, 0);
	__u32 call = state ? call_of(state) : ~0U;
	struct file *file;

	if (call == ~0U || call == CALL_OPEN || call == CALL_OPENAT || call == CALL_OPENAT2 || call == CALL_CREAT ||
	    call == CALL_OPEN_BY_HANDLE_AT || call == CALL_MEMFD_CREATE)
		return 0;
	file = (struct file *)file_of_fd(task, state->args[bounded(written_argument(call), SLOTS)]);
	if (!file)
		return 0;
	if (extras & TRACEE_EXTRA_MAGIC_WRITE)
		state->at_start = is_at_start(state, file, call);
	if (extras & TRACEE_EXTRA_FILE_MODIFICATION)
		note_modification(state, (__u64)file);
	return 0;
}

#define MAGIC_BYTES 20
struct user_iovec {
	__u64 base, length;
};

/*
 * Copies what a buffer of a vector begins with behind what the row has already; returns how much, -1 when it cannot be
 * read. Verified by itself: in the loop below, each round would be looked at for every length that the last one may have.
 */
__noinline int gather_one(__u64 vector, __u32 filled, __u32 wanted)
{
	struct frame_room *room = frame_room();
	struct user_iovec one = {};

	if (!room || bpf_probe_read_user(&one, sizeof(one), (void *)vector))
		return -1;
	if (one.length > wanted - filled)
		one.length = wanted - filled;
	if (one.length &&
	    bpf_probe_read_user(room->payload + sizeof(struct tracee_magic_write) + (filled & 31), one.length & 31,
				(void *)one.base))
		return -1;
	return one.length & 31;
}

/* Copies what the buffers of a vector begin with behind a row's fixed part; returns how much, ~0 when it cannot be read. */
static __always_inline __u32 gather(__u64 vector, __u32 wanted)
{
	__u32 filled = 0, i;

	for (i = 0; i < MAGIC_BYTES && filled < wanted; i++) {
		int length = gather_one(vector + i * sizeof(struct user_iovec), filled, wanted);

		if (length < 0)
			return ~0U;
		filled += length;
	}
	return filled;
}

/* The call that the current task is about to leave, by its number on x86_64. */
static __always_inline __u32 call_left(struct task_state *state)
{
	const volatile struct syscall_row *row = row_of(state->number);

	return row ? row->event - TRACEE_FIRST_SYSCALL_EVENT : ~0U;
}

__noinline int put_magic_write(__s64 ret, __u64 boot_ns)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct task_state *state = bpf_task_storage_get(&tasks, task, 0, 0);
	struct frame_room *room = frame_room();
	struct tracee_magic_write *out;
	__u64 context;
	__u32 call, length;

	if (!state || !room || !state->at_start)
		return 0;
	state->at_start = 0;
	if (ret <= 0)
		return 0;
	context = state->context;
	call = call_left(state);
	out = (struct tracee_magic_write *)room->payload;
	out->file = state->objects[0];
	length = ret < MAGIC_BYTES ? ret : MAGIC_BYTES;
	if (call != CALL_WRITE && call != CALL_PWRITE64)
		length = gather(state->pointers[1], length);
	else if (bpf_probe_read_user(room->payload + sizeof(*out), length & 31, (void *)state->args[1]))
		length = ~0U;
	out->bytes.length = length == ~0U ? TRACEE_VAR_FAULT : length & 31;
	out->bytes.full = length;
	return put_extra(room, context, TRACEE_EVENT_MAGIC_WRITE, sizeof(*out) + (length == ~0U ? 0 : length & 31),
			 boot_ns);
}

/* At the exit of a call that may modify a file, or opened one. */
__noinline int put_modification_at_exit(__s64 ret, __u64 boot_ns)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct task_state *state = bpf_task_storage_get(&tasks, task, 0, 0);
	struct frame_room *room = frame_room();
	struct tracee_file_modification *out;
	const volatile struct syscall_row *row;
	__u64 file, context;
	__u32 call, at;

	row = state && room ? row_of(state->number) : NULL;
	if (!row)
		return 0;
	if (row->flags & SYSCALL_RETURNS_FD) {
		if (ret >= 0)
			forget_modification(file_of_fd(task, ret));
		return 0;
	}
	call = row->event - TRACEE_FIRST_SYSCALL_EVENT;
	file = state->modifying;
	if (!file || !take_modification(state, ret > 0 || (!ret && call == CALL_FALLOCATE)))
		return 0;
	context = state->context;
	at = written_argument(call);
	out = (struct tracee_file_modification *)room->payload;
	out->file = state->objects[at ? 1 : 0];
	out->old_ctime = state->old_ctime;
	/* Another thread may have closed it. */
	out->new_ctime = file_of_fd(task, state->args[bounded(at, SLOTS)]) == file ?
				 ctime_of(BPF_CORE_READ((struct file *)file, f_inode)) : 0;
	return put_extra(room, context, TRACEE_EVENT_FILE_MODIFICATION, sizeof(*out), boot_ns);
}

/*
 * Where a transfer of `result` bytes began: as the call left it in user memory, or else in the file behind a descriptor,
 * if that is still `object`.
 */
__noinline __u64 transfer_offset(__u64 pointer, __s32 fd, __u64 object, __s64 result, __u64 boot_ns)
{
	__u64 file, after = 0;
	__u16 type;

	if (pointer)
		return bpf_probe_read_user(&after, sizeof(after), (void *)pointer) ? NO_OFFSET : after - result;
	file = file_of_fd(bpf_get_current_task_btf(), fd);
	if (!file)
		return NO_OFFSET;
	type = BPF_CORE_READ((struct file *)file, f_inode, i_mode) & S_IFMT;
	if ((type != S_IFREG && type != S_IFBLK) || object_of_file(file, boot_ns, 0) != object)
		return NO_OFFSET;
	return BPF_CORE_READ((struct file___at *)file, f_pos) - result;
}

__noinline int put_file_transfer(__s64 ret, __u64 boot_ns)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct task_state *state = bpf_task_storage_get(&tasks, task, 0, 0);
	struct frame_room *room = frame_room();
	struct tracee_file_transfer *out;
	__u64 context;
	__u32 call;

	if (!state || !room || ret <= 0)
		return 0;
	context = state->context;
	out = (struct tracee_file_transfer *)room->payload;
	out->result = ret;
	call = call_left(state);
	if (call == CALL_SENDFILE) {
		out->out_file = state->objects[0];
		out->in_file = state->objects[1];
		out->count = state->args[3];
		out->in_offset = transfer_offset(state->args[2], state->args[1], state->objects[1], ret, boot_ns);
		out->out_offset = transfer_offset(0, state->args[0], state->objects[0], ret, boot_ns);
	} else if (call == CALL_TEE) {
		out->in_file = state->objects[0];
		out->out_file = state->objects[1];
		out->count = state->args[2];
		out->in_offset = NO_OFFSET;
		out->out_offset = NO_OFFSET;
	} else {
		out->in_file = state->objects[0];
		out->out_file = state->objects[1];
		out->count = state->args[4];
		out->in_offset = transfer_offset(state->args[1], state->args[0], state->objects[0], ret, boot_ns);
		out->out_offset = transfer_offset(state->args[3], state->args[2], state->objects[1], ret, boot_ns);
	}
	return put_extra(room, context, TRACEE_EVENT_FILE_TRANSFER, sizeof(*out), boot_ns);
}

#endif
