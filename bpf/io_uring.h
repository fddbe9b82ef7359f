/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * io_uring: rings and what is submitted to them. An operation is told when it was taken off the queue and made out, before
 * it is begun: the kernel has then copied the paths that it names, and looks up descriptors only later.
 */
#ifndef TRACEE_IO_URING_EVENTS_H
#define TRACEE_IO_URING_EVENTS_H

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)
struct io_sq_data {
	struct task_struct *thread;
};

struct io_rsrc_node {
	unsigned long file_ptr;
};
struct io_rsrc_data {
	unsigned int nr;
	struct io_rsrc_node **nodes;
};
struct io_file_table {
	struct io_rsrc_data data;
};
struct io_ring_ctx {
	unsigned int flags;
	struct io_sq_data *sq_data;
	struct io_file_table file_table;
	__u32 *sq_array;
	struct io_uring_sqe *sq_sqes;
	unsigned int cached_sq_head;
	unsigned int sq_entries;
};
struct io_uring_sqe {
	__u64 addr;
};

/* Until 6.12. */
struct io_fixed_file {
	unsigned long file_ptr;
};
struct io_file_table___files {
	struct io_fixed_file *files;
};
struct io_ring_ctx___files {
	struct io_file_table___files file_table;
	unsigned int nr_user_files;
};

struct io_cqe {
	__u64 user_data;
	int fd;
};
struct io_kiocb {
	struct file *file;
	__u8 opcode;
	__u64 flags;
	struct io_cqe cqe;
	struct io_ring_ctx *ctx;
	void *async_data;
};

/* Until 5.17; the file is looked up before it is submitted. */
struct io_kiocb___no_cqe {
	__u64 user_data;
};

struct io_uring_cqe {
	__u64 user_data;
	int res;
	unsigned int flags;
};

struct open_how {
	__u64 flags;
};
/* What each operation was made out to be lies where io_kiocb begins. */
struct io_open {
	int dfd;
	__u32 file_slot;
	struct filename *filename;
	struct open_how how;
};
struct io_statx {
	int dfd;
	struct filename *filename;
};
struct io_unlink {
	int dfd;
	struct filename *filename;
};
struct io_mkdir {
	int dfd;
	struct filename *filename;
};
struct io_rename {
	int old_dfd, new_dfd;
	struct filename *oldpath, *newpath;
};
struct io_link {
	int old_dfd, new_dfd;
	struct filename *oldpath, *newpath;
};
struct io_xattr {
	struct filename *filename;
};
struct io_close {
	int fd;
};
struct io_accept {
	__u32 file_slot;
};
struct io_socket {
	__u32 file_slot;
};
struct io_connect {
	void *addr;
	int addr_len;
};
struct io_bind {
	int addr_len;
};
struct io_sr_msg {
	void *umsg;
};
struct io_sr_msg___addr {
	void *addr;
	int addr_len;
};
struct __kernel_sockaddr_storage {
	char data[1];
};
struct io_async_msghdr {
	struct msghdr msg;
	struct __kernel_sockaddr_storage addr;
};
/* Until 6.9. */
struct io_async_connect {
	struct __kernel_sockaddr_storage address;
};
#pragma clang attribute pop

/* From include/uapi/linux/io_uring.h; the numbers are the same on every kernel that has them. */
enum {
	OP_WRITEV = 2,
	OP_WRITE_FIXED = 5,
	OP_CONNECT = 16,
	OP_ACCEPT = 13,
	OP_SENDMSG = 9,
	OP_OPENAT = 18,
	OP_CLOSE = 19,
	OP_STATX = 21,
	OP_WRITE = 23,
	OP_SEND = 26,
	OP_SPLICE = 30,
	OP_OPENAT2 = 28,
	OP_RENAMEAT = 35,
	OP_UNLINKAT = 36,
	OP_MKDIRAT = 37,
	OP_SYMLINKAT = 38,
	OP_LINKAT = 39,
	OP_SETXATTR = 42,
	OP_GETXATTR = 44,
	OP_SOCKET = 45,
	OP_SEND_ZC = 47,
	OP_SENDMSG_ZC = 48,
	OP_FIXED_FD_INSTALL = 54,
	OP_FTRUNCATE = 55,
	OP_BIND = 56,
};

#define OP_BIT(op) (1ULL << (op))
/* Those that are about an open file: READV to WRITE_FIXED, and so on; as io_issue_defs has `needs_file`. */
#define OPS_WITH_FILE                                                                                                  \
	(OP_BIT(1) | OP_BIT(2) | OP_BIT(3) | OP_BIT(4) | OP_BIT(5) | OP_BIT(6) | OP_BIT(8) | OP_BIT(9) | OP_BIT(10) |  \
	 OP_BIT(13) | OP_BIT(16) | OP_BIT(17) | OP_BIT(22) | OP_BIT(23) | OP_BIT(24) | OP_BIT(26) | OP_BIT(27) |       \
	 OP_BIT(30) | OP_BIT(33) | OP_BIT(34) | OP_BIT(40) | OP_BIT(41) | OP_BIT(43) | OP_BIT(46) | OP_BIT(47) |       \
	 OP_BIT(48) | OP_BIT(49) | OP_BIT(54) | OP_BIT(55) | OP_BIT(56) | OP_BIT(57) | OP_BIT(58) | OP_BIT(59) |       \
	 OP_BIT(60) | OP_BIT(61))

#define IOSQE_FIXED_FILE 1
#define IOSQE_CQE_SKIP_SUCCESS 64
#define IORING_SETUP_SQPOLL 2
#define IORING_SETUP_SQE128 0x400
#define IORING_SETUP_REGISTERED_FD_ONLY 0x8000
#define SQE_BYTES 64ULL

/* Host thread id of the ring's own thread, 0 when it has none. */
static __always_inline __u32 sq_thread_of(struct io_ring_ctx *ring)
{
	return BPF_CORE_READ(ring, flags) & IORING_SETUP_SQPOLL ? BPF_CORE_READ(ring, sq_data, thread, pid) : 0;
}

/* Thread that made a ring which has a thread of its own: the kernel does not keep it. */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 4096);
	__type(key, __u64);
	__type(value, __u32);
} ring_makers SEC(".maps");

SEC("tp_btf/io_uring_create")
int BPF_PROG(io_uring_create__tp, int fd, struct io_ring_ctx *made, __u32 sq_entries, __u32 cq_entries, __u32 flags)
{
	struct tracee_io_uring_create *out;
	struct hook h = {};

	if (!begin_hook(&h))
		return 0;
	out = hook_payload(&h, sizeof(*out));
	out->ctx = (__u64)made;
	out->sq_entries = sq_entries;
	out->cq_entries = cq_entries;
	out->flags = flags;
	out->polling = !!(flags & IORING_SETUP_SQPOLL);
	out->ring = flags & IORING_SETUP_REGISTERED_FD_ONLY ? 0 : object_of_fd(h.task, fd, h.boot_ns, 1);
	out->fd = fd;
	out->sq_thread_id = sq_thread_of(made);
	if (out->sq_thread_id) {
		__u64 ring = (__u64)made;
		__u32 tid = h.task->pid;

		bpf_map_update_elem(&ring_makers, &ring, &tid, 0);
	}
	return put_hook(&h, TRACEE_EVENT_IO_URING_CREATE, TRACEE_LANE_EVENTS);
}

/* The file that the ring's owner registered under a number. The low bits of the pointer say what it can do. */
static __always_inline __u64 registered_file(struct io_ring_ctx *ring, __u32 index)
{
	__u64 address = 0;

	if (bpf_core_field_exists(ring->file_table.data)) {
		struct io_rsrc_node **nodes = BPF_CORE_READ(ring, file_table.data.nodes), *node = NULL;

		if (index >= BPF_CORE_READ(ring, file_table.data.nr))
			return 0;
		bpf_probe_read_kernel(&node, sizeof(node), nodes + index);
		address = node ? BPF_CORE_READ(node, file_ptr) : 0;
	} else {
		struct io_ring_ctx___files *r = (void *)ring;
		__u64 files = (__u64)BPF_CORE_READ(r, file_table.files);

		if (index >= BPF_CORE_READ(r, nr_user_files))
			return 0;
		bpf_probe_read_kernel(&address, sizeof(address), (void *)(files + index * 8ULL));
	}
	return address & ~7ULL;
}

/* What an operation says of itself before anything is looked up. */
struct request {
	struct filename *path, *new_path;
	__u64 address; /* where a socket address is */
	__u64 open_flags;
	__s32 fd, new_fd;
	__u32 address_length;
	__u8 names_path, names_new_path, about_file, address_is_users;
};

/* Of io_kiocb.flags, REQ_F_ASYNC_DATA, as this kernel has it; 0 when it has none (until 5.16). */
const volatile __u64 async_data_flag = 0;

/* What the kernel copied for an operation; the pointer stays when that is gone. */
static __always_inline void *async_data_of(struct io_kiocb *req)
{
	__u64 flags = 0;

	bpf_core_read(&flags, bpf_core_field_size(req->flags), &req->flags);
	if (async_data_flag && !(flags & async_data_flag))
		return NULL;
	return BPF_CORE_READ(req, async_data);
}

/* Where the kernel has its copy of the address of a message. */
static __always_inline __u64 copied_address(struct io_async_msghdr *copied)
{
	return copied ? (__u64)&copied->addr : 0;
}

static __always_inline void read_message_name(struct request *r, struct io_kiocb *req)
{
	struct io_async_msghdr *copied = async_data_of(req);
	struct user_msghdr message = {};

	if (copied) {
		r->address_length = BPF_CORE_READ(copied, msg.msg_name) ? BPF_CORE_READ(copied, msg.msg_namelen) : 0;
		if (r->address_length)
			r->address = copied_address(copied);
	} else if (!bpf_probe_read_user(&message, sizeof(message),
					BPF_CORE_READ((struct io_sr_msg *)req, umsg)) &&
		   message.name) {
		r->address = message.name;
		r->address_length = message.name_length;
		r->address_is_users = 1;
	}
}

static __always_inline void read_destination(struct request *r, struct io_kiocb *req)
{
	struct io_sr_msg___addr *old = (void *)req;

	if (async_data_of(req)) {
		read_message_name(r, req);
	} else if (bpf_core_field_exists(old->addr)) {
		r->address = (__u64)BPF_CORE_READ(old, addr);
		r->address_length = r->address ? BPF_CORE_READ(old, addr_len) : 0;
		r->address_is_users = 1;
	}
}

/* sqe.addr of the operation that was taken off the queue last; the program may have written there since. */
static __always_inline __u64 submitted_address(struct io_ring_ctx *ring)
{
	__u32 index = (BPF_CORE_READ(ring, cached_sq_head) - 1) & (BPF_CORE_READ(ring, sq_entries) - 1);
	__u32 *numbers = BPF_CORE_READ(ring, sq_array);
	struct io_uring_sqe *entry = BPF_CORE_READ(ring, sq_sqes);

	if (numbers)
		bpf_probe_read_kernel(&index, sizeof(index), numbers + index);
	if (BPF_CORE_READ(ring, flags) & IORING_SETUP_SQE128)
		index <<= 1;
	return BPF_CORE_READ((struct io_uring_sqe *)((__u64)entry + index * SQE_BYTES), addr);
}

static __always_inline void read_connect(struct request *r, struct io_kiocb *req)
{
	struct io_connect *c = (void *)req;
	void *copied = async_data_of(req);

	r->address_length = BPF_CORE_READ(c, addr_len);
	/* Later kernels have their copy in one of two structures, and do not say which. */
	if (copied && bpf_core_type_exists(struct io_async_connect)) {
		r->address = (__u64)copied;
	} else {
		r->address = (__u64)BPF_CORE_READ(c, addr);
		r->address_is_users = 1;
	}
}

static __always_inline void read_request(struct request *r, struct io_kiocb *req, __u8 opcode)
{
	r->fd = -1;
	r->new_fd = -1;
	if (opcode < 64 && (OPS_WITH_FILE & OP_BIT(opcode))) {
		r->about_file = 1;
		r->fd = bpf_core_field_exists(req->cqe) ? BPF_CORE_READ(req, cqe.fd) : -1;
	}
	switch (opcode) {
	case OP_OPENAT:
	case OP_OPENAT2:
		r->names_path = 1;
		r->fd = BPF_CORE_READ((struct io_open *)req, dfd);
		r->path = BPF_CORE_READ((struct io_open *)req, filename);
		r->open_flags = BPF_CORE_READ((struct io_open *)req, how.flags);
		break;
	case OP_STATX:
		r->names_path = 1;
		r->fd = BPF_CORE_READ((struct io_statx *)req, dfd);
		r->path = BPF_CORE_READ((struct io_statx *)req, filename);
		break;
	case OP_UNLINKAT:
		r->names_path = 1;
		r->fd = BPF_CORE_READ((struct io_unlink *)req, dfd);
		r->path = BPF_CORE_READ((struct io_unlink *)req, filename);
		break;
	case OP_MKDIRAT:
		r->names_path = 1;
		r->fd = BPF_CORE_READ((struct io_mkdir *)req, dfd);
		r->path = BPF_CORE_READ((struct io_mkdir *)req, filename);
		break;
	case OP_RENAMEAT:
		r->names_path = r->names_new_path = 1;
		r->fd = BPF_CORE_READ((struct io_rename *)req, old_dfd);
		r->new_fd = BPF_CORE_READ((struct io_rename *)req, new_dfd);
		r->path = BPF_CORE_READ((struct io_rename *)req, oldpath);
		r->new_path = BPF_CORE_READ((struct io_rename *)req, newpath);
		break;
	case OP_LINKAT:
		r->fd = BPF_CORE_READ((struct io_link *)req, old_dfd);
		/* fallthrough */
	case OP_SYMLINKAT:
		/* Of a symbolic link the first path is just text, and starts nowhere. */
		r->names_path = r->names_new_path = 1;
		r->new_fd = BPF_CORE_READ((struct io_link *)req, new_dfd);
		r->path = BPF_CORE_READ((struct io_link *)req, oldpath);
		r->new_path = BPF_CORE_READ((struct io_link *)req, newpath);
		break;
	case OP_SETXATTR:
	case OP_GETXATTR:
		r->names_path = 1;
		r->fd = AT_FDCWD;
		r->path = BPF_CORE_READ((struct io_xattr *)req, filename);
		break;
	case OP_CLOSE:
		r->about_file = 1;
		r->fd = BPF_CORE_READ((struct io_close *)req, fd);
		break;
	case OP_CONNECT:
		read_connect(r, req);
		break;
	case OP_SENDMSG:
	case OP_SENDMSG_ZC:
		read_message_name(r, req);
		break;
	case OP_SEND:
	case OP_SEND_ZC:
		read_destination(r, req);
		break;
	case OP_BIND:
		/* Since 6.11. */
		if (!bpf_core_type_exists(struct io_bind))
			break;
		r->address_length = BPF_CORE_READ((struct io_bind *)req, addr_len);
		r->address = submitted_address(BPF_CORE_READ(req, ctx));
		r->address_is_users = 1;
		break;
	}
}

static __always_inline void append_copied_path(struct hook *h, struct filename *path, struct tracee_var *variable)
{
	append_string(h, path ? BPF_CORE_READ(path, name) : NULL, variable);
}

/* See content.h. */
int put_content_of_ring(__u64 file, __u64 object, __s32 fd, __u64 context, __u64 boot_ns);
/* Notes who uses a socket; see packets.h. */
int note_socket_user(__u64 file, __u64 context);

static __always_inline bool changes_content(__u8 opcode)
{
	return opcode == OP_WRITE || opcode == OP_WRITEV || opcode == OP_WRITE_FIXED || opcode == OP_SPLICE ||
	       opcode == OP_FTRUNCATE;
}


static __always_inline int put_request(struct io_kiocb *req)
{
	struct io_ring_ctx *ring = BPF_CORE_READ(req, ctx);
	__u8 opcode = BPF_CORE_READ(req, opcode);
	struct tracee_io_uring_submit_req *out;
	struct task_state *leader = NULL;
	struct request r = {};
	__u32 *maker;
	struct hook h = {};
	__u64 flags = 0, file = 0, object;

	if (!begin_hook(&h))
		return 0;
	bpf_core_read(&flags, bpf_core_field_size(req->flags), &req->flags);
	read_request(&r, req, opcode);
	if (r.about_file && !bpf_core_field_exists(req->cqe) && opcode != OP_CLOSE)
		file = (__u64)BPF_CORE_READ(req, file);
	else if (r.about_file)
		file = flags & IOSQE_FIXED_FILE ? registered_file(ring, r.fd) : file_of_fd(h.task, r.fd);
	object = object_of_file(file, h.boot_ns, 0);
	if (file && (captured & CAPTURE_NET))
		note_socket_user(file, h.context);
	if (file && (captured & CAPTURE_WRITE) && changes_content(opcode))
		put_content_of_ring(file, object, r.fd, h.context, h.boot_ns);
	out = hook_payload(&h, sizeof(*out));
	out->file = object;
	out->opcode = opcode;
	if (bpf_core_field_exists(req->cqe))
		out->user_data = BPF_CORE_READ(req, cqe.user_data);
	else
		out->user_data = BPF_CORE_READ((struct io_kiocb___no_cqe *)req, user_data);
	out->flags = flags & 0xff;
	out->sq_thread_id = sq_thread_of(ring);
	out->sq_thread = out->sq_thread_id && out->sq_thread_id == (__u32)h.task->pid;
	if (out->sq_thread)
		leader = bpf_task_storage_get(&tasks, h.task->group_leader, 0, 0);
	out->submitter = leader ? leader->context : 0;
	out->ctx = (__u64)ring;
	maker = leader ? bpf_map_lookup_elem(&ring_makers, &out->ctx) : NULL;
	out->submitter_tid = maker ? *maker : 0;
	out->req = (__u64)req;
	out->fd = (__s64)r.fd;
	out->new_fd = (__s64)r.new_fd;
	out->directory = r.names_path ? object_of_new_fd(r.fd, h.boot_ns, 0) : 0;
	out->new_directory = r.names_new_path ? object_of_new_fd(r.new_fd, h.boot_ns, 0) : 0;
	out->cwd = r.names_path ? working_directory(h.task, h.boot_ns) : 0;
	out->open_flags = r.open_flags;
	append_copied_path(&h, r.path, &out->pathname);
	append_copied_path(&h, r.new_path, &out->new_pathname);
	if (!r.address || !r.address_length)
		append_nothing(&out->address);
	else if (r.address_is_users)
		append_user_bytes(&h, (void *)r.address, r.address_length, SOCKADDR_ROOM, &out->address);
	else
		append_bytes(&h, (void *)r.address, r.address_length, SOCKADDR_ROOM, &out->address);
	return put_hook(&h, TRACEE_EVENT_IO_URING_SUBMIT_REQ, TRACEE_LANE_EVENTS);
}

/* Since 6.3. */
SEC("tp_btf/io_uring_submit_req")
int io_uring_submit_req__tp(unsigned long long *ctx)
{
	return put_request((struct io_kiocb *)ctx[0]);
}

/* Until 5.18 with the ring before it. */
typedef void (*btf_trace_io_uring_submit_sqe___ring)(void *, void *, void *, __u8, __u64, __u32, bool, bool);

SEC("tp_btf/io_uring_submit_sqe")
int io_uring_submit_req__sqe(unsigned long long *ctx)
{
	if (bpf_core_type_exists(btf_trace_io_uring_submit_sqe___ring))
		return put_request((struct io_kiocb *)ctx[1]);
	return put_request((struct io_kiocb *)ctx[0]);
}

/* A result as the tracepoint's arguments give it; they changed twice. */
struct completion {
	__u64 user_data;
	__s32 res;
	__u32 flags;
	__u64 req;
};
typedef void (*btf_trace_io_uring_complete___no_req)(void *, void *, __u64, int, unsigned int);
typedef void (*btf_trace_io_uring_complete___by_value)(void *, void *, void *, __u64, int, unsigned int, __u64, __u64);

static __always_inline void read_completion(struct completion *c, unsigned long long *ctx)
{
	if (bpf_core_type_exists(btf_trace_io_uring_complete___no_req)) {
		/* Until 5.17. */
		c->user_data = ctx[1];
		c->res = ctx[2];
		c->flags = ctx[3];
	} else if (bpf_core_type_exists(btf_trace_io_uring_complete___by_value)) {
		c->req = ctx[1];
		c->user_data = ctx[2];
		c->res = ctx[3];
		c->flags = ctx[4];
	} else {
		struct io_uring_cqe *cqe = (struct io_uring_cqe *)ctx[2];

		c->req = ctx[1];
		c->user_data = BPF_CORE_READ(cqe, user_data);
		c->res = BPF_CORE_READ(cqe, res);
		c->flags = BPF_CORE_READ(cqe, flags);
	}
}

/* Whether the result of the operation is a descriptor that was not there before. */
static __always_inline bool gives_descriptor(struct io_kiocb *req, __u8 opcode)
{
	switch (opcode) {
	case OP_OPENAT:
	case OP_OPENAT2:
		return !BPF_CORE_READ((struct io_open *)req, file_slot);
	case OP_ACCEPT:
		return !BPF_CORE_READ((struct io_accept *)req, file_slot);
	case OP_SOCKET:
		return !bpf_core_type_exists(struct io_socket) || !BPF_CORE_READ((struct io_socket *)req, file_slot);
	case OP_FIXED_FD_INSTALL:
		return true;
	}
	return false;
}

SEC("tp_btf/io_uring_complete")
int io_uring_complete__tp(unsigned long long *ctx)
{
	struct tracee_io_uring_complete *out;
	struct completion c = {};
	struct io_kiocb *req;
	struct hook h = {};
	__u8 opcode;

	if (!begin_hook(&h))
		return 0;
	read_completion(&c, ctx);
	req = (struct io_kiocb *)c.req;
	opcode = req ? BPF_CORE_READ(req, opcode) : 0;
	out = hook_payload(&h, sizeof(*out));
	out->ctx = ctx[0];
	out->req = c.req;
	out->user_data = c.user_data;
	out->res = (__s64)c.res;
	out->cqe_flags = c.flags;
	out->opcode = req ? opcode : (__s64)-1;
	out->opened = req && c.res >= 0 && gives_descriptor(req, opcode) ? object_of_new_fd(c.res, h.boot_ns, 1) : 0;
	return put_hook(&h, TRACEE_EVENT_IO_URING_COMPLETE, TRACEE_LANE_EVENTS);
}

/* Whoever renames by a ring moves paths, as the system calls do; the task that finds it done may be any. */
SEC("tp_btf/io_uring_complete")
int path_moved__tp(unsigned long long *ctx)
{
	struct io_kiocb *req = NULL;

	if (!bpf_core_type_exists(btf_trace_io_uring_complete___no_req))
		req = (struct io_kiocb *)ctx[1];
	if (!req || BPF_CORE_READ(req, opcode) == OP_RENAMEAT)
		__sync_fetch_and_add(&path_generation, 1);
	return 0;
}

#endif
