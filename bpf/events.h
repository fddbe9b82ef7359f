/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Generated from formats/src/events by `cargo run -p tracee-formats --example generate`. Do not edit. */
/* docs/format.md says what the members mean. Whoever includes this declares __u16, __u32, __u64, __s32 and __s64. */
#ifndef TRACEE_EVENTS_H
#define TRACEE_EVENTS_H

/* Descriptor of a variable field; its bytes follow the fixed part, in the order of the fields. */
struct tracee_var {
	__u32 length; /* bytes stored, and TRACEE_VAR_FAULT, TRACEE_VAR_NULL */
	__u32 full; /* bytes there were, or TRACEE_VAR_FULL_UNKNOWN */
};
_Static_assert(sizeof(struct tracee_var) == 8, "struct tracee_var");

#define TRACEE_VAR_FAULT 0x80000000u
#define TRACEE_VAR_NULL 0x40000000u
#define TRACEE_VAR_LENGTH_MASK 0x3fffffffu
#define TRACEE_VAR_FULL_UNKNOWN 0xffffffffu
#define TRACEE_FIRST_HOOKED_EVENT 256
#define TRACEE_HOOKED_EVENTS 256
#define TRACEE_FIRST_SYSCALL_EVENT 4096

enum tracee_lane {
	TRACEE_LANE_CONTROL = 0,
	TRACEE_LANE_EVENTS = 1,
	TRACEE_LANE_ARTIFACTS = 2,
	TRACEE_LANE_PACKETS = 3,
};

enum tracee_flag {
	TRACEE_FLAG_NO_ENTRY = 1,
	TRACEE_FLAG_UNFINISHED = 2,
	TRACEE_FLAG_COMPAT32 = 4,
	TRACEE_FLAG_X32 = 8,
	TRACEE_FLAG_ARGS_AT_EXIT = 16,
	TRACEE_FLAG_LATE = 32,
	TRACEE_FLAG_KEYFRAME = 64,
	TRACEE_FLAG_OVER_BUDGET = 128,
	TRACEE_FLAG_MISMATCH = 256,
};

enum tracee_loss_reason {
	TRACEE_LOSS_NO_ROOM = 1,
	TRACEE_LOSS_READ_FAULT = 2,
	TRACEE_LOSS_STORAGE = 3,
	TRACEE_LOSS_RECURSION_GUARD = 4,
	TRACEE_LOSS_DISK = 5,
	TRACEE_LOSS_LIMIT = 6,
	TRACEE_LOSS_UNKNOWN = 7,
};

enum tracee_marker_purpose {
	TRACEE_MARKER_WATERMARK = 1,
	TRACEE_MARKER_SEGMENT_CUT = 2,
	TRACEE_MARKER_END = 3,
};

enum tracee_content_kind {
	TRACEE_CONTENT_KIND_WRITE = 1,
	TRACEE_CONTENT_KIND_READ = 2,
	TRACEE_CONTENT_KIND_MEMORY = 3,
	TRACEE_CONTENT_KIND_MODULE = 4,
	TRACEE_CONTENT_KIND_BPF = 5,
};

enum tracee_content_way {
	TRACEE_CONTENT_WAY_BUFFER = 1,
	TRACEE_CONTENT_WAY_TRANSFER = 2,
	TRACEE_CONTENT_WAY_MAPPING = 3,
	TRACEE_CONTENT_WAY_TRUNCATE = 4,
	TRACEE_CONTENT_WAY_ALLOCATE = 5,
	TRACEE_CONTENT_WAY_CLOSE = 6,
	TRACEE_CONTENT_WAY_IO_URING = 7,
	TRACEE_CONTENT_WAY_MEMORY = 8,
};

enum tracee_content_flag {
	TRACEE_CONTENT_UNSURE_OFFSET = 1,
	TRACEE_CONTENT_NOT_ASKED = 2,
	TRACEE_CONTENT_STORED_BEFORE = 4,
	TRACEE_CONTENT_OVER_LIMIT = 8,
	TRACEE_CONTENT_UNREADABLE = 16,
	TRACEE_CONTENT_CUT = 32,
	TRACEE_CONTENT_APPEND = 64,
	TRACEE_CONTENT_LAST_CLOSE = 128,
	TRACEE_CONTENT_BECAME_WRITABLE = 256,
};

enum tracee_packet_direction {
	TRACEE_PACKET_DIRECTION_INGRESS = 1,
	TRACEE_PACKET_DIRECTION_EGRESS = 2,
};

enum tracee_packet_owner_by {
	TRACEE_PACKET_OWNER_BY_SOCKET = 1,
	TRACEE_PACKET_OWNER_BY_FLOW = 2,
	TRACEE_PACKET_OWNER_BY_KERNEL = 3,
};

enum tracee_packet_link {
	TRACEE_PACKET_LINK_NETWORK = 0,
	TRACEE_PACKET_LINK_ETHERNET = 1,
};

enum tracee_packet_hook {
	TRACEE_PACKET_HOOK_CGROUP_SKB = 1,
	TRACEE_PACKET_HOOK_NET_DEV_QUEUE = 2,
	TRACEE_PACKET_HOOK_NETIF_RECEIVE_SKB = 3,
};

enum tracee_collect {
	TRACEE_COLLECT_SCALAR = 0,
	TRACEE_COLLECT_FD = 1,
	TRACEE_COLLECT_DIR_FD = 2,
	TRACEE_COLLECT_PATH = 3,
	TRACEE_COLLECT_TEXT = 4,
	TRACEE_COLLECT_TEXT_ARRAY = 5,
	TRACEE_COLLECT_SOCKADDR_IN = 6,
	TRACEE_COLLECT_SOCKADDR_OUT = 7,
	TRACEE_COLLECT_IOVEC_LENGTHS = 8,
	TRACEE_COLLECT_MSG_NAME = 9,
	TRACEE_COLLECT_MSG_NAME_OUT = 10,
	TRACEE_COLLECT_FD_PAIR_OUT = 11,
	TRACEE_COLLECT_STRUCT_IN = 12,
};

enum tracee_extra {
	TRACEE_EXTRA_NONE = 0,
	TRACEE_EXTRA_COMMIT_CREDS = 1,
	TRACEE_EXTRA_PROCESS_EXECUTE_FAILED = 2,
	TRACEE_EXTRA_SWITCH_TASK_NS = 4,
	TRACEE_EXTRA_MAGIC_WRITE = 8,
	TRACEE_EXTRA_FILE_MODIFICATION = 16,
	TRACEE_EXTRA_FILE_TRANSFER = 32,
	TRACEE_EXTRA_SET_FS_PWD = 64,
	TRACEE_EXTRA_SECURITY_PATH_CHROOT = 128,
	TRACEE_EXTRA_SECURITY_FILE_MPROTECT = 256,
	TRACEE_EXTRA_MEM_PROT_ALERT = 512,
	TRACEE_EXTRA_STACK_PIVOT = 1024,
	TRACEE_EXTRA_SUSPICIOUS_SYSCALL_SOURCE = 2048,
	TRACEE_EXTRA_SECURITY_SOCKET_SENDMSG = 4096,
	TRACEE_EXTRA_SECURITY_BPF_MAP = 8192,
	TRACEE_EXTRA_SECURITY_BPF_PROG = 16384,
	TRACEE_EXTRA_BPF_ATTACH = 32768,
	TRACEE_EXTRA_CONTENT = 65536,
};

/* Header of every frame; the payload follows. */
struct tracee_frame {
	__u64 boot_ns;
	__u64 context;
	__u32 tid;
	__u32 sequence;
	__u16 event;
	__u16 flags;
	__u32 length;
};
_Static_assert(__builtin_offsetof(struct tracee_frame, boot_ns) == 0, "tracee_frame.boot_ns");
_Static_assert(__builtin_offsetof(struct tracee_frame, context) == 8, "tracee_frame.context");
_Static_assert(__builtin_offsetof(struct tracee_frame, tid) == 16, "tracee_frame.tid");
_Static_assert(__builtin_offsetof(struct tracee_frame, sequence) == 20, "tracee_frame.sequence");
_Static_assert(__builtin_offsetof(struct tracee_frame, event) == 24, "tracee_frame.event");
_Static_assert(__builtin_offsetof(struct tracee_frame, flags) == 26, "tracee_frame.flags");
_Static_assert(__builtin_offsetof(struct tracee_frame, length) == 28, "tracee_frame.length");
_Static_assert(sizeof(struct tracee_frame) == 32, "tracee_frame");

enum tracee_event {
	TRACEE_EVENT_CONTEXT = 1,
	TRACEE_EVENT_FILE_OBJECT = 2,
	TRACEE_EVENT_SOCKET_OBJECT = 3,
	TRACEE_EVENT_LOSS = 4,
	TRACEE_EVENT_MARKER = 5,
	TRACEE_EVENT_KEYFRAME_PROCESS = 6,
	TRACEE_EVENT_KEYFRAME_FD = 7,
	TRACEE_EVENT_KEYFRAME_MOUNTS = 8,
	TRACEE_EVENT_KEYFRAME_KERNEL = 9,
	TRACEE_EVENT_KEYFRAME_CGROUP = 10,
	TRACEE_EVENT_CONTAINER = 11,
	TRACEE_EVENT_TRACEE_INFO = 64,
	TRACEE_EVENT_CLOCK = 65,
	TRACEE_EVENT_RECORDING_STOPPED = 66,
	TRACEE_EVENT_LIMIT_REACHED = 67,
	TRACEE_EVENT_CONTAINER_DESCRIBED = 68,
	TRACEE_EVENT_SCOPE_CHANGED = 69,
	TRACEE_EVENT_ARTIFACT_CONTENT = 80,
	TRACEE_EVENT_ARTIFACT = 81,
	TRACEE_EVENT_ARTIFACT_SOURCE = 82,
	TRACEE_EVENT_SCHED_PROCESS_FORK = 256,
	TRACEE_EVENT_SCHED_PROCESS_EXEC = 257,
	TRACEE_EVENT_SCHED_PROCESS_EXIT = 258,
	TRACEE_EVENT_TASK_RENAME = 259,
	TRACEE_EVENT_COMMIT_CREDS = 260,
	TRACEE_EVENT_PROCESS_EXECUTE_FAILED = 261,
	TRACEE_EVENT_SIGNAL_GENERATE = 262,
	TRACEE_EVENT_SWITCH_TASK_NS = 272,
	TRACEE_EVENT_CAP_CAPABLE = 273,
	TRACEE_EVENT_INIT_NAMESPACES = 274,
	TRACEE_EVENT_CGROUP_MKDIR = 288,
	TRACEE_EVENT_CGROUP_RMDIR = 289,
	TRACEE_EVENT_CGROUP_ATTACH_TASK = 290,
	TRACEE_EVENT_CONTAINER_CREATE = 291,
	TRACEE_EVENT_CONTAINER_REMOVE = 292,
	TRACEE_EVENT_EXISTING_CONTAINER = 293,
	TRACEE_EVENT_IO_URING_CREATE = 304,
	TRACEE_EVENT_IO_URING_SUBMIT_REQ = 305,
	TRACEE_EVENT_IO_URING_COMPLETE = 306,
	TRACEE_EVENT_SECURITY_FILE_OPEN = 320,
	TRACEE_EVENT_VFS_WRITE = 321,
	TRACEE_EVENT_VFS_WRITEV = 322,
	TRACEE_EVENT_VFS_READ = 323,
	TRACEE_EVENT_VFS_READV = 324,
	TRACEE_EVENT_MAGIC_WRITE = 325,
	TRACEE_EVENT_FILE_MODIFICATION = 326,
	TRACEE_EVENT_FILE_TRANSFER = 327,
	TRACEE_EVENT_SECURITY_INODE_RENAME = 328,
	TRACEE_EVENT_SECURITY_INODE_UNLINK = 329,
	TRACEE_EVENT_SECURITY_INODE_SYMLINK = 330,
	TRACEE_EVENT_SECURITY_INODE_MKNOD = 331,
	TRACEE_EVENT_SECURITY_INODE_LINK = 332,
	TRACEE_EVENT_DO_TRUNCATE = 333,
	TRACEE_EVENT_CHMOD_COMMON = 334,
	TRACEE_EVENT_CHOWN_COMMON = 335,
	TRACEE_EVENT_VFS_UTIMES = 336,
	TRACEE_EVENT_SECURITY_INODE_SETXATTR = 337,
	TRACEE_EVENT_SECURITY_PATH_NOTIFY = 338,
	TRACEE_EVENT_INOTIFY_WATCH = 339,
	TRACEE_EVENT_SET_FS_PWD = 340,
	TRACEE_EVENT_SECURITY_SB_MOUNT = 341,
	TRACEE_EVENT_SECURITY_SB_UMOUNT = 342,
	TRACEE_EVENT_SECURITY_PATH_CHROOT = 343,
	TRACEE_EVENT_SECURITY_MMAP_FILE = 368,
	TRACEE_EVENT_DO_MMAP = 369,
	TRACEE_EVENT_SECURITY_FILE_MPROTECT = 370,
	TRACEE_EVENT_MEM_PROT_ALERT = 371,
	TRACEE_EVENT_SHARED_OBJECT_LOADED = 372,
	TRACEE_EVENT_PROC_MEM_ACCESS = 373,
	TRACEE_EVENT_STACK_PIVOT = 374,
	TRACEE_EVENT_SUSPICIOUS_SYSCALL_SOURCE = 375,
	TRACEE_EVENT_SECURITY_SOCKET_CREATE = 400,
	TRACEE_EVENT_SECURITY_SOCKET_BIND = 401,
	TRACEE_EVENT_SECURITY_SOCKET_LISTEN = 402,
	TRACEE_EVENT_SECURITY_SOCKET_ACCEPT = 403,
	TRACEE_EVENT_SECURITY_SOCKET_CONNECT = 404,
	TRACEE_EVENT_SECURITY_SOCKET_SETSOCKOPT = 405,
	TRACEE_EVENT_SECURITY_SOCKET_SENDMSG = 406,
	TRACEE_EVENT_SOCKET_DUP = 407,
	TRACEE_EVENT_NET_TCP_CONNECT = 408,
	TRACEE_EVENT_NET_FLOW_TCP_BEGIN = 409,
	TRACEE_EVENT_NET_FLOW_TCP_END = 410,
	TRACEE_EVENT_MODULE_LOAD = 432,
	TRACEE_EVENT_MODULE_FREE = 433,
	TRACEE_EVENT_DO_INIT_MODULE = 434,
	TRACEE_EVENT_SECURITY_KERNEL_READ_FILE = 435,
	TRACEE_EVENT_SECURITY_KERNEL_POST_READ_FILE = 436,
	TRACEE_EVENT_SECURITY_BPF = 437,
	TRACEE_EVENT_SECURITY_BPF_MAP = 438,
	TRACEE_EVENT_SECURITY_BPF_PROG = 439,
	TRACEE_EVENT_BPF_ATTACH = 440,
	TRACEE_EVENT_KPROBE_ATTACH = 441,
	TRACEE_EVENT_CALL_USERMODEHELPER = 442,
	TRACEE_EVENT_KALLSYMS_LOOKUP_NAME = 443,
	TRACEE_EVENT_PROC_CREATE = 444,
	TRACEE_EVENT_DEBUGFS_CREATE_FILE = 445,
	TRACEE_EVENT_DEBUGFS_CREATE_DIR = 446,
	TRACEE_EVENT_REGISTER_CHRDEV = 447,
	TRACEE_EVENT_DEVICE_ADD = 448,
	TRACEE_EVENT_SECURITY_SETTIME64 = 449,
	TRACEE_EVENT_SECURITY_TASK_SETRLIMIT = 450,
	TRACEE_EVENT_SECURITY_TASK_PRCTL = 451,
	TRACEE_EVENT_HOOKED_SYSCALL = 452,
	TRACEE_EVENT_HOOKED_SEQ_OPS = 453,
	TRACEE_EVENT_FTRACE_HOOK = 454,
	TRACEE_EVENT_HIDDEN_KERNEL_MODULE = 455,
	TRACEE_EVENT_CONTENT = 480,
	TRACEE_EVENT_NET_PACKET_RAW = 490,
	TRACEE_EVENT_NET_PACKET_IPV4 = 491,
	TRACEE_EVENT_NET_PACKET_IPV6 = 492,
	TRACEE_EVENT_NET_PACKET_TCP = 493,
	TRACEE_EVENT_NET_PACKET_UDP = 494,
	TRACEE_EVENT_NET_PACKET_ICMP = 495,
	TRACEE_EVENT_NET_PACKET_ICMPV6 = 496,
	TRACEE_EVENT_NET_PACKET_DNS = 497,
	TRACEE_EVENT_NET_PACKET_DNS_REQUEST = 498,
	TRACEE_EVENT_NET_PACKET_DNS_RESPONSE = 499,
	TRACEE_EVENT_NET_PACKET_HTTP = 500,
	TRACEE_EVENT_NET_PACKET_HTTP_REQUEST = 501,
	TRACEE_EVENT_NET_PACKET_HTTP_RESPONSE = 502,
	TRACEE_EVENT_UNKNOWN_SYSCALL = 4094,
	TRACEE_EVENT_COMPAT_SYSCALL = 4095,
};

/* A task as it was from this moment on; emitted when it first appears and when anything in it changed. */
struct tracee_context {
	__u64 id; /* Number that frames refer to this context by. */
	__u64 start_boot_ns; /* Start of the process (its leader), boot-time nanoseconds; task_struct.group_leader.start_boottime. */
	__u64 thread_start_boot_ns; /* Start of this thread, boot-time nanoseconds; task_struct.start_boottime. */
	__u64 parent_start_boot_ns; /* Start of the parent process, boot-time nanoseconds. */
	__u64 exe; /* The executed file; mm_struct.exe_file. */
	__u64 root; /* Root directory; fs_struct.root. 0 for a kernel thread. */
	__u64 cgroup_id; /* Version 2 cgroup: kernfs node id of css_set.dfl_cgrp. */
	__u64 cap_inheritable; /* Capability set; cred.cap_inheritable. */
	__u64 cap_permitted; /* Capability set; cred.cap_permitted. */
	__u64 cap_effective; /* Capability set; cred.cap_effective. */
	__u64 cap_bounding; /* Capability set; cred.cap_bset. */
	__u64 cap_ambient; /* Capability set; cred.cap_ambient. */
	__u32 host_pid; /* Process id in the initial PID namespace; task_struct.tgid. */
	__u32 host_tid; /* Thread id in the initial PID namespace; task_struct.pid. */
	__u32 host_ppid; /* Parent process in the initial PID namespace; task_struct.real_parent. */
	__u32 pid; /* Process id in its own PID namespace. */
	__u32 tid; /* Thread id in its own PID namespace. */
	__u32 ppid; /* Parent process as its own PID namespace sees it; 0 when the parent is outside. */
	__u32 uid; /* Real user id, initial user namespace; cred.uid. */
	__u32 gid; /* Real group id; cred.gid. */
	__u32 suid; /* Saved user id; cred.suid. */
	__u32 sgid; /* Saved group id; cred.sgid. */
	__u32 euid; /* Effective user id; cred.euid. */
	__u32 egid; /* Effective group id; cred.egid. */
	__u32 fsuid; /* File system user id; cred.fsuid. */
	__u32 fsgid; /* File system group id; cred.fsgid. */
	__u32 login_uid; /* Audit login user id, 4294967295 when unset; task_struct.loginuid. */
	__u32 session_id; /* Audit session id; task_struct.sessionid. */
	__u32 mnt_ns; /* Mount namespace inode number. */
	__u32 pid_ns; /* PID namespace inode number (the task's own). */
	__u32 net_ns; /* Network namespace inode number. */
	__u32 uts_ns; /* UTS namespace inode number. */
	__u32 ipc_ns; /* IPC namespace inode number. */
	__u32 user_ns; /* User namespace inode number; cred.user_ns. */
	__u32 cgroup_ns; /* Cgroup namespace inode number. */
	__u32 flags; /* Bits: 1 kernel thread, 2 ended (kept for its descendants), 4 outside the scope (ids only). */
	struct tracee_var comm; /* The thread's name when the context was taken; later renames are events. */
	struct tracee_var uts_name; /* Host name as its UTS namespace has it. */
	__u64 container; /* Key of the container that it is in (event `container`); 0 when it is in none. */
	__u64 policies; /* The policies of which the scope held for it, a bit each, in the order of the manifest's `policies`. */
};
_Static_assert(__builtin_offsetof(struct tracee_context, id) == 0, "tracee_context.id");
_Static_assert(__builtin_offsetof(struct tracee_context, start_boot_ns) == 8, "tracee_context.start_boot_ns");
_Static_assert(__builtin_offsetof(struct tracee_context, thread_start_boot_ns) == 16, "tracee_context.thread_start_boot_ns");
_Static_assert(__builtin_offsetof(struct tracee_context, parent_start_boot_ns) == 24, "tracee_context.parent_start_boot_ns");
_Static_assert(__builtin_offsetof(struct tracee_context, exe) == 32, "tracee_context.exe");
_Static_assert(__builtin_offsetof(struct tracee_context, root) == 40, "tracee_context.root");
_Static_assert(__builtin_offsetof(struct tracee_context, cgroup_id) == 48, "tracee_context.cgroup_id");
_Static_assert(__builtin_offsetof(struct tracee_context, cap_inheritable) == 56, "tracee_context.cap_inheritable");
_Static_assert(__builtin_offsetof(struct tracee_context, cap_permitted) == 64, "tracee_context.cap_permitted");
_Static_assert(__builtin_offsetof(struct tracee_context, cap_effective) == 72, "tracee_context.cap_effective");
_Static_assert(__builtin_offsetof(struct tracee_context, cap_bounding) == 80, "tracee_context.cap_bounding");
_Static_assert(__builtin_offsetof(struct tracee_context, cap_ambient) == 88, "tracee_context.cap_ambient");
_Static_assert(__builtin_offsetof(struct tracee_context, host_pid) == 96, "tracee_context.host_pid");
_Static_assert(__builtin_offsetof(struct tracee_context, host_tid) == 100, "tracee_context.host_tid");
_Static_assert(__builtin_offsetof(struct tracee_context, host_ppid) == 104, "tracee_context.host_ppid");
_Static_assert(__builtin_offsetof(struct tracee_context, pid) == 108, "tracee_context.pid");
_Static_assert(__builtin_offsetof(struct tracee_context, tid) == 112, "tracee_context.tid");
_Static_assert(__builtin_offsetof(struct tracee_context, ppid) == 116, "tracee_context.ppid");
_Static_assert(__builtin_offsetof(struct tracee_context, uid) == 120, "tracee_context.uid");
_Static_assert(__builtin_offsetof(struct tracee_context, gid) == 124, "tracee_context.gid");
_Static_assert(__builtin_offsetof(struct tracee_context, suid) == 128, "tracee_context.suid");
_Static_assert(__builtin_offsetof(struct tracee_context, sgid) == 132, "tracee_context.sgid");
_Static_assert(__builtin_offsetof(struct tracee_context, euid) == 136, "tracee_context.euid");
_Static_assert(__builtin_offsetof(struct tracee_context, egid) == 140, "tracee_context.egid");
_Static_assert(__builtin_offsetof(struct tracee_context, fsuid) == 144, "tracee_context.fsuid");
_Static_assert(__builtin_offsetof(struct tracee_context, fsgid) == 148, "tracee_context.fsgid");
_Static_assert(__builtin_offsetof(struct tracee_context, login_uid) == 152, "tracee_context.login_uid");
_Static_assert(__builtin_offsetof(struct tracee_context, session_id) == 156, "tracee_context.session_id");
_Static_assert(__builtin_offsetof(struct tracee_context, mnt_ns) == 160, "tracee_context.mnt_ns");
_Static_assert(__builtin_offsetof(struct tracee_context, pid_ns) == 164, "tracee_context.pid_ns");
_Static_assert(__builtin_offsetof(struct tracee_context, net_ns) == 168, "tracee_context.net_ns");
_Static_assert(__builtin_offsetof(struct tracee_context, uts_ns) == 172, "tracee_context.uts_ns");
_Static_assert(__builtin_offsetof(struct tracee_context, ipc_ns) == 176, "tracee_context.ipc_ns");
_Static_assert(__builtin_offsetof(struct tracee_context, user_ns) == 180, "tracee_context.user_ns");
_Static_assert(__builtin_offsetof(struct tracee_context, cgroup_ns) == 184, "tracee_context.cgroup_ns");
_Static_assert(__builtin_offsetof(struct tracee_context, flags) == 188, "tracee_context.flags");
_Static_assert(__builtin_offsetof(struct tracee_context, comm) == 192, "tracee_context.comm");
_Static_assert(__builtin_offsetof(struct tracee_context, uts_name) == 200, "tracee_context.uts_name");
_Static_assert(__builtin_offsetof(struct tracee_context, container) == 208, "tracee_context.container");
_Static_assert(__builtin_offsetof(struct tracee_context, policies) == 216, "tracee_context.policies");
_Static_assert(sizeof(struct tracee_context) == 224, "tracee_context");

/* A file (of any type but a socket) as it was when an event first referred to it. */
struct tracee_file_object {
	__u64 id; /* Number that frames refer to this object by. */
	__u64 inode; /* Inode number; inode.i_ino. */
	__u64 ctime_ns; /* Time of the last status change, UTC nanoseconds; inode.i_ctime. */
	__u64 mtime_ns; /* Time of the last modification, UTC nanoseconds; inode.i_mtime. */
	__u64 size; /* Size in bytes when the object was taken; inode.i_size. */
	__u64 fs_magic; /* File system type number; super_block.s_magic. */
	__u32 dev; /* Device number as the kernel keeps it (major << 20 | minor); super_block.s_dev. */
	__u32 mnt_id; /* Mount id as in mountinfo; mount.mnt_id. */
	__u32 open_flags; /* Flags of the open file; file.f_flags. 0 for a directory that is not open (cwd, root). */
	__u32 mode; /* Type and permission bits; inode.i_mode. */
	__u32 nlink; /* Number of hard links; inode.i_nlink. */
	__u32 uid; /* Owner; inode.i_uid. */
	__u32 gid; /* Group; inode.i_gid. */
	__u32 flags; /* Bits: 1 unlinked, 2 not reachable from the mount namespace's root, 4 the path was cut. */
	struct tracee_var path; /* Path from the root of its mount namespace; for pipes and the like the dentry's name. */
};
_Static_assert(__builtin_offsetof(struct tracee_file_object, id) == 0, "tracee_file_object.id");
_Static_assert(__builtin_offsetof(struct tracee_file_object, inode) == 8, "tracee_file_object.inode");
_Static_assert(__builtin_offsetof(struct tracee_file_object, ctime_ns) == 16, "tracee_file_object.ctime_ns");
_Static_assert(__builtin_offsetof(struct tracee_file_object, mtime_ns) == 24, "tracee_file_object.mtime_ns");
_Static_assert(__builtin_offsetof(struct tracee_file_object, size) == 32, "tracee_file_object.size");
_Static_assert(__builtin_offsetof(struct tracee_file_object, fs_magic) == 40, "tracee_file_object.fs_magic");
_Static_assert(__builtin_offsetof(struct tracee_file_object, dev) == 48, "tracee_file_object.dev");
_Static_assert(__builtin_offsetof(struct tracee_file_object, mnt_id) == 52, "tracee_file_object.mnt_id");
_Static_assert(__builtin_offsetof(struct tracee_file_object, open_flags) == 56, "tracee_file_object.open_flags");
_Static_assert(__builtin_offsetof(struct tracee_file_object, mode) == 60, "tracee_file_object.mode");
_Static_assert(__builtin_offsetof(struct tracee_file_object, nlink) == 64, "tracee_file_object.nlink");
_Static_assert(__builtin_offsetof(struct tracee_file_object, uid) == 68, "tracee_file_object.uid");
_Static_assert(__builtin_offsetof(struct tracee_file_object, gid) == 72, "tracee_file_object.gid");
_Static_assert(__builtin_offsetof(struct tracee_file_object, flags) == 76, "tracee_file_object.flags");
_Static_assert(__builtin_offsetof(struct tracee_file_object, path) == 80, "tracee_file_object.path");
_Static_assert(sizeof(struct tracee_file_object) == 88, "tracee_file_object");

/* A socket as it was when an event first referred to it, and again when its addresses changed. */
struct tracee_socket_object {
	__u64 id; /* Number that frames refer to this object by. */
	__u64 inode; /* Inode number in sockfs. */
	__u64 cookie; /* Socket cookie; 0 when the kernel has not given it one. sock.skc_cookie. */
	__u32 net_ns; /* Network namespace inode number; sock.skc_net. */
	__u32 open_flags; /* Flags of the open file; file.f_flags. */
	__u16 family; /* Address family; sock.skc_family. */
	__u16 type; /* Socket type; socket.type. */
	__u16 protocol; /* Protocol; sock.sk_protocol. */
	__u16 state; /* Connection state; sock.skc_state (TCP states for TCP). */
	struct tracee_var local; /* Local address; empty when unbound. */
	struct tracee_var peer; /* Peer address; empty when not connected. */
};
_Static_assert(__builtin_offsetof(struct tracee_socket_object, id) == 0, "tracee_socket_object.id");
_Static_assert(__builtin_offsetof(struct tracee_socket_object, inode) == 8, "tracee_socket_object.inode");
_Static_assert(__builtin_offsetof(struct tracee_socket_object, cookie) == 16, "tracee_socket_object.cookie");
_Static_assert(__builtin_offsetof(struct tracee_socket_object, net_ns) == 24, "tracee_socket_object.net_ns");
_Static_assert(__builtin_offsetof(struct tracee_socket_object, open_flags) == 28, "tracee_socket_object.open_flags");
_Static_assert(__builtin_offsetof(struct tracee_socket_object, family) == 32, "tracee_socket_object.family");
_Static_assert(__builtin_offsetof(struct tracee_socket_object, type) == 34, "tracee_socket_object.type");
_Static_assert(__builtin_offsetof(struct tracee_socket_object, protocol) == 36, "tracee_socket_object.protocol");
_Static_assert(__builtin_offsetof(struct tracee_socket_object, state) == 38, "tracee_socket_object.state");
_Static_assert(__builtin_offsetof(struct tracee_socket_object, local) == 40, "tracee_socket_object.local");
_Static_assert(__builtin_offsetof(struct tracee_socket_object, peer) == 48, "tracee_socket_object.peer");
_Static_assert(sizeof(struct tracee_socket_object) == 56, "tracee_socket_object");

/* Frames of one lane and CPU that are not in the capture: which, when, how many of each kind, and why. */
struct tracee_loss {
	__u64 first_sequence; /* Sequence number of the first frame lost; 0 when the reason has none. */
	__u64 last_sequence; /* Sequence number of the last frame lost; 0 when the reason has none. */
	__u64 first_boot_ns; /* Time of the first frame lost, boot-time nanoseconds. */
	__u64 last_boot_ns; /* Time of the last frame lost, boot-time nanoseconds. */
	__u64 count; /* Frames lost. */
	__u32 cpu; /* CPU they were made on; 4294967295 when not known. */
	__u16 lane; /* Lane they were lost from. */
	__u16 reason; /* Why. */
	struct tracee_var counts; /* Count per event kind; they add up to `count`, event 0 standing for kinds not known. */
};
_Static_assert(__builtin_offsetof(struct tracee_loss, first_sequence) == 0, "tracee_loss.first_sequence");
_Static_assert(__builtin_offsetof(struct tracee_loss, last_sequence) == 8, "tracee_loss.last_sequence");
_Static_assert(__builtin_offsetof(struct tracee_loss, first_boot_ns) == 16, "tracee_loss.first_boot_ns");
_Static_assert(__builtin_offsetof(struct tracee_loss, last_boot_ns) == 24, "tracee_loss.last_boot_ns");
_Static_assert(__builtin_offsetof(struct tracee_loss, count) == 32, "tracee_loss.count");
_Static_assert(__builtin_offsetof(struct tracee_loss, cpu) == 40, "tracee_loss.cpu");
_Static_assert(__builtin_offsetof(struct tracee_loss, lane) == 44, "tracee_loss.lane");
_Static_assert(__builtin_offsetof(struct tracee_loss, reason) == 46, "tracee_loss.reason");
_Static_assert(__builtin_offsetof(struct tracee_loss, counts) == 48, "tracee_loss.counts");
_Static_assert(sizeof(struct tracee_loss) == 56, "tracee_loss");

/* Everything that this CPU put into this lane before is before it: a segment cut, or a watermark for a live view. */
struct tracee_marker {
	__u64 serial; /* Number of the marker, the same in every lane and CPU. */
	__u64 sequence; /* The full sequence number of this frame in its lane and CPU. */
	__u32 purpose; /* 1 watermark, 2 segment cut, 3 end of the capture. */
	__u32 lane; /* Lane that it stands in. */
};
_Static_assert(__builtin_offsetof(struct tracee_marker, serial) == 0, "tracee_marker.serial");
_Static_assert(__builtin_offsetof(struct tracee_marker, sequence) == 8, "tracee_marker.sequence");
_Static_assert(__builtin_offsetof(struct tracee_marker, purpose) == 16, "tracee_marker.purpose");
_Static_assert(__builtin_offsetof(struct tracee_marker, lane) == 20, "tracee_marker.lane");
_Static_assert(sizeof(struct tracee_marker) == 24, "tracee_marker");

/* A process that was there when the segment began, or an ended ancestor of one: how it was executed. */
struct tracee_keyframe_process {
	__u64 context; /* Context of the process's leader. */
	__u64 exec_boot_ns; /* When it last executed a program, boot-time nanoseconds; 0 when not seen. */
	__u64 exit_boot_ns; /* When it ended, boot-time nanoseconds; 0 while it lives. */
	__u64 read_boot_ns; /* When this entry was read, boot-time nanoseconds. */
	__u64 cwd; /* Working directory; 0 when not known. */
	__u64 parent_start_boot_ns; /* Start of the process that forked it, boot-time nanoseconds; 0 when not seen. */
	__u32 parent_pid; /* Host process id of the process that forked it, which may have ended since; 0 when not seen. */
	__u32 reserved; /* Zero. */
	__s32 exit_code; /* Wait status as in sched_process_exit; 0 while it lives. */
	__u32 source; /* Where argv is from: 0 not known, 1 the exec event, 2 the process's memory (it may have overwritten it). */
	struct tracee_var argv; /* Arguments. */
	struct tracee_var filename; /* Path given to the exec; empty when not seen. */
};
_Static_assert(__builtin_offsetof(struct tracee_keyframe_process, context) == 0, "tracee_keyframe_process.context");
_Static_assert(__builtin_offsetof(struct tracee_keyframe_process, exec_boot_ns) == 8, "tracee_keyframe_process.exec_boot_ns");
_Static_assert(__builtin_offsetof(struct tracee_keyframe_process, exit_boot_ns) == 16, "tracee_keyframe_process.exit_boot_ns");
_Static_assert(__builtin_offsetof(struct tracee_keyframe_process, read_boot_ns) == 24, "tracee_keyframe_process.read_boot_ns");
_Static_assert(__builtin_offsetof(struct tracee_keyframe_process, cwd) == 32, "tracee_keyframe_process.cwd");
_Static_assert(__builtin_offsetof(struct tracee_keyframe_process, parent_start_boot_ns) == 40, "tracee_keyframe_process.parent_start_boot_ns");
_Static_assert(__builtin_offsetof(struct tracee_keyframe_process, parent_pid) == 48, "tracee_keyframe_process.parent_pid");
_Static_assert(__builtin_offsetof(struct tracee_keyframe_process, reserved) == 52, "tracee_keyframe_process.reserved");
_Static_assert(__builtin_offsetof(struct tracee_keyframe_process, exit_code) == 56, "tracee_keyframe_process.exit_code");
_Static_assert(__builtin_offsetof(struct tracee_keyframe_process, source) == 60, "tracee_keyframe_process.source");
_Static_assert(__builtin_offsetof(struct tracee_keyframe_process, argv) == 64, "tracee_keyframe_process.argv");
_Static_assert(__builtin_offsetof(struct tracee_keyframe_process, filename) == 72, "tracee_keyframe_process.filename");
_Static_assert(sizeof(struct tracee_keyframe_process) == 80, "tracee_keyframe_process");

/* A descriptor that a process had open when the segment began. */
struct tracee_keyframe_fd {
	__u64 context; /* Context of the process's leader. */
	__u64 object; /* What is open. */
	__u64 read_boot_ns; /* When this entry was read, boot-time nanoseconds. */
	__s32 fd; /* Descriptor number. */
	__u32 reserved; /* Zero. */
};
_Static_assert(__builtin_offsetof(struct tracee_keyframe_fd, context) == 0, "tracee_keyframe_fd.context");
_Static_assert(__builtin_offsetof(struct tracee_keyframe_fd, object) == 8, "tracee_keyframe_fd.object");
_Static_assert(__builtin_offsetof(struct tracee_keyframe_fd, read_boot_ns) == 16, "tracee_keyframe_fd.read_boot_ns");
_Static_assert(__builtin_offsetof(struct tracee_keyframe_fd, fd) == 24, "tracee_keyframe_fd.fd");
_Static_assert(__builtin_offsetof(struct tracee_keyframe_fd, reserved) == 28, "tracee_keyframe_fd.reserved");
_Static_assert(sizeof(struct tracee_keyframe_fd) == 32, "tracee_keyframe_fd");

/* The mounts of one mount namespace in scope when the segment began, as mountinfo tells them. */
struct tracee_keyframe_mounts {
	__u64 read_boot_ns; /* When this entry was read, boot-time nanoseconds. */
	__u32 mnt_ns; /* Mount namespace inode number. */
	__u32 reserved; /* Zero. */
	struct tracee_var mountinfo; /* Text of /proc/PID/mountinfo (proc_pid_mountinfo(5)) of a process in it. */
};
_Static_assert(__builtin_offsetof(struct tracee_keyframe_mounts, read_boot_ns) == 0, "tracee_keyframe_mounts.read_boot_ns");
_Static_assert(__builtin_offsetof(struct tracee_keyframe_mounts, mnt_ns) == 8, "tracee_keyframe_mounts.mnt_ns");
_Static_assert(__builtin_offsetof(struct tracee_keyframe_mounts, reserved) == 12, "tracee_keyframe_mounts.reserved");
_Static_assert(__builtin_offsetof(struct tracee_keyframe_mounts, mountinfo) == 16, "tracee_keyframe_mounts.mountinfo");
_Static_assert(sizeof(struct tracee_keyframe_mounts) == 24, "tracee_keyframe_mounts");

/* Kernel modules or BPF programs that were loaded when the segment began; only when the whole host is in scope. */
struct tracee_keyframe_kernel {
	__u64 read_boot_ns; /* When this entry was read, boot-time nanoseconds. */
	__u64 subject; /* 1 modules (text of /proc/modules), 2 BPF programs (a line each: id, type, tag, name). */
	struct tracee_var text; /* The list. */
};
_Static_assert(__builtin_offsetof(struct tracee_keyframe_kernel, read_boot_ns) == 0, "tracee_keyframe_kernel.read_boot_ns");
_Static_assert(__builtin_offsetof(struct tracee_keyframe_kernel, subject) == 8, "tracee_keyframe_kernel.subject");
_Static_assert(__builtin_offsetof(struct tracee_keyframe_kernel, text) == 16, "tracee_keyframe_kernel.text");
_Static_assert(sizeof(struct tracee_keyframe_kernel) == 24, "tracee_keyframe_kernel");

/* A control group that a process in scope was in when the segment began, or that one lies in; of the one hierarchy that tells containers. */
struct tracee_keyframe_cgroup {
	__u64 read_boot_ns; /* When this entry was read, boot-time nanoseconds. */
	__u64 cgroup_id; /* Its id: the inode number of its directory. */
	__u64 ctime_ns; /* Change time of its directory, UTC nanoseconds. */
	__u32 hierarchy_id; /* The hierarchy it is in, 0 for version 2. */
	__u32 reserved; /* Zero. */
	struct tracee_var path; /* Its path from the root of the hierarchy on. */
};
_Static_assert(__builtin_offsetof(struct tracee_keyframe_cgroup, read_boot_ns) == 0, "tracee_keyframe_cgroup.read_boot_ns");
_Static_assert(__builtin_offsetof(struct tracee_keyframe_cgroup, cgroup_id) == 8, "tracee_keyframe_cgroup.cgroup_id");
_Static_assert(__builtin_offsetof(struct tracee_keyframe_cgroup, ctime_ns) == 16, "tracee_keyframe_cgroup.ctime_ns");
_Static_assert(__builtin_offsetof(struct tracee_keyframe_cgroup, hierarchy_id) == 24, "tracee_keyframe_cgroup.hierarchy_id");
_Static_assert(__builtin_offsetof(struct tracee_keyframe_cgroup, reserved) == 28, "tracee_keyframe_cgroup.reserved");
_Static_assert(__builtin_offsetof(struct tracee_keyframe_cgroup, path) == 32, "tracee_keyframe_cgroup.path");
_Static_assert(sizeof(struct tracee_keyframe_cgroup) == 40, "tracee_keyframe_cgroup");

/* A container: a control group that a runtime made for one, or else a PID namespace below the initial one. */
struct tracee_container {
	__u64 container; /* Key that contexts refer to it by: the id of its control group; or 1 << 63 and the start of the namespace's first process. */
	__u64 cgroup_id; /* Id of its control group, or of the one that its first process is in. */
	__u64 pid_ns_start_boot_ns; /* Start of the first process of the PID namespace, boot-time nanoseconds; 0 when the control group tells it. */
	__u32 hierarchy_id; /* The hierarchy of the control group, 0 for version 2. */
	__u32 pid_ns; /* The PID namespace, inode number; 0 when the control group tells it. */
	__u32 is_new; /* 1 when it was made after recording began. */
	__u32 reserved; /* 0. */
	struct tracee_var name; /* Its id out of the control group's name; empty when the PID namespace tells it. */
	struct tracee_var cgroup_path; /* Path of the control group from the root of the hierarchy on. */
};
_Static_assert(__builtin_offsetof(struct tracee_container, container) == 0, "tracee_container.container");
_Static_assert(__builtin_offsetof(struct tracee_container, cgroup_id) == 8, "tracee_container.cgroup_id");
_Static_assert(__builtin_offsetof(struct tracee_container, pid_ns_start_boot_ns) == 16, "tracee_container.pid_ns_start_boot_ns");
_Static_assert(__builtin_offsetof(struct tracee_container, hierarchy_id) == 24, "tracee_container.hierarchy_id");
_Static_assert(__builtin_offsetof(struct tracee_container, pid_ns) == 28, "tracee_container.pid_ns");
_Static_assert(__builtin_offsetof(struct tracee_container, is_new) == 32, "tracee_container.is_new");
_Static_assert(__builtin_offsetof(struct tracee_container, reserved) == 36, "tracee_container.reserved");
_Static_assert(__builtin_offsetof(struct tracee_container, name) == 40, "tracee_container.name");
_Static_assert(__builtin_offsetof(struct tracee_container, cgroup_path) == 48, "tracee_container.cgroup_path");
_Static_assert(sizeof(struct tracee_container) == 56, "tracee_container");

/* The recorder, the kernel, the options, the hooks it got and did not get; repeated at the start of each segment. */
struct tracee_tracee_info {
	struct tracee_var info; /* A JSON object; docs/format.md lists its members. */
};
_Static_assert(__builtin_offsetof(struct tracee_tracee_info, info) == 0, "tracee_tracee_info.info");
_Static_assert(sizeof(struct tracee_tracee_info) == 8, "tracee_tracee_info");

/* Boot-time, monotonic and real-time clock read together; at the start, at each segment, at a step, at the end. */
struct tracee_clock {
	__u64 boot_ns; /* CLOCK_BOOTTIME, nanoseconds. */
	__u64 monotonic_ns; /* CLOCK_MONOTONIC, nanoseconds. */
	__s64 realtime_ns; /* CLOCK_REALTIME, UTC nanoseconds since 1970. */
	__s64 step_ns; /* How far the real-time clock moved against boot-time since the record before, nanoseconds. */
	__u64 uncertainty_ns; /* Time between the two readings that bracket the real-time one, nanoseconds. */
};
_Static_assert(__builtin_offsetof(struct tracee_clock, boot_ns) == 0, "tracee_clock.boot_ns");
_Static_assert(__builtin_offsetof(struct tracee_clock, monotonic_ns) == 8, "tracee_clock.monotonic_ns");
_Static_assert(__builtin_offsetof(struct tracee_clock, realtime_ns) == 16, "tracee_clock.realtime_ns");
_Static_assert(__builtin_offsetof(struct tracee_clock, step_ns) == 24, "tracee_clock.step_ns");
_Static_assert(__builtin_offsetof(struct tracee_clock, uncertainty_ns) == 32, "tracee_clock.uncertainty_ns");
_Static_assert(sizeof(struct tracee_clock) == 40, "tracee_clock");

/* The last record of a capture that ended in order: the reason and the totals per lane. */
struct tracee_recording_stopped {
	__u64 produced; /* Frames that the kernel side numbered, all lanes. */
	__u64 written; /* Of those, frames written to the capture. */
	__u64 lost; /* Of those, frames that loss frames account for. */
	__s32 exit_status; /* Wait status of the command; -1 when there was none or it still runs. */
	__u32 reason; /* Why it ended. */
	struct tracee_var detail; /* For people: the signal, the error. */
	__u64 packets_left_out; /* Packets that would have been recorded but for the filter of `--capture net`; in none of the other numbers. */
};
_Static_assert(__builtin_offsetof(struct tracee_recording_stopped, produced) == 0, "tracee_recording_stopped.produced");
_Static_assert(__builtin_offsetof(struct tracee_recording_stopped, written) == 8, "tracee_recording_stopped.written");
_Static_assert(__builtin_offsetof(struct tracee_recording_stopped, lost) == 16, "tracee_recording_stopped.lost");
_Static_assert(__builtin_offsetof(struct tracee_recording_stopped, exit_status) == 24, "tracee_recording_stopped.exit_status");
_Static_assert(__builtin_offsetof(struct tracee_recording_stopped, reason) == 28, "tracee_recording_stopped.reason");
_Static_assert(__builtin_offsetof(struct tracee_recording_stopped, detail) == 32, "tracee_recording_stopped.detail");
_Static_assert(__builtin_offsetof(struct tracee_recording_stopped, packets_left_out) == 40, "tracee_recording_stopped.packets_left_out");
_Static_assert(sizeof(struct tracee_recording_stopped) == 48, "tracee_recording_stopped");

/* A limit of the recorder was reached (memory, stash, storage): what it was and how often. */
struct tracee_limit_reached {
	__u64 count; /* How often since the record before. */
	struct tracee_var limit; /* Name of the limit. */
};
_Static_assert(__builtin_offsetof(struct tracee_limit_reached, count) == 0, "tracee_limit_reached.count");
_Static_assert(__builtin_offsetof(struct tracee_limit_reached, limit) == 8, "tracee_limit_reached.limit");
_Static_assert(sizeof(struct tracee_limit_reached) == 16, "tracee_limit_reached");

/* What a container runtime said of a container, or why nothing is known; repeated in each segment that has it. */
struct tracee_container_described {
	__u64 container; /* Key that contexts refer to the container by. */
	__s64 created_ns; /* When the runtime made it, UTC nanoseconds since 1970; 0 when it does not say. */
	__u32 is_sandbox; /* 1 when it only holds a pod together. */
	__u32 reserved; /* 0. */
	struct tracee_var id; /* The id that the runtime has for it. */
	struct tracee_var runtime; /* Who says so: docker, containerd, crio, podman, runc. */
	struct tracee_var name; /* Its name. */
	struct tracee_var image; /* Its image, as it was asked for. */
	struct tracee_var image_id; /* The image's id. */
	struct tracee_var image_digest; /* Digest of the image in its registry. */
	struct tracee_var pod_name; /* Name of its Kubernetes pod. */
	struct tracee_var pod_uid; /* Unique id of its pod. */
	struct tracee_var pod_namespace; /* Kubernetes namespace of its pod. */
	struct tracee_var labels; /* Its labels, a JSON object. */
	struct tracee_var why_not; /* Why nothing is known of it; NULL when something is. */
};
_Static_assert(__builtin_offsetof(struct tracee_container_described, container) == 0, "tracee_container_described.container");
_Static_assert(__builtin_offsetof(struct tracee_container_described, created_ns) == 8, "tracee_container_described.created_ns");
_Static_assert(__builtin_offsetof(struct tracee_container_described, is_sandbox) == 16, "tracee_container_described.is_sandbox");
_Static_assert(__builtin_offsetof(struct tracee_container_described, reserved) == 20, "tracee_container_described.reserved");
_Static_assert(__builtin_offsetof(struct tracee_container_described, id) == 24, "tracee_container_described.id");
_Static_assert(__builtin_offsetof(struct tracee_container_described, runtime) == 32, "tracee_container_described.runtime");
_Static_assert(__builtin_offsetof(struct tracee_container_described, name) == 40, "tracee_container_described.name");
_Static_assert(__builtin_offsetof(struct tracee_container_described, image) == 48, "tracee_container_described.image");
_Static_assert(__builtin_offsetof(struct tracee_container_described, image_id) == 56, "tracee_container_described.image_id");
_Static_assert(__builtin_offsetof(struct tracee_container_described, image_digest) == 64, "tracee_container_described.image_digest");
_Static_assert(__builtin_offsetof(struct tracee_container_described, pod_name) == 72, "tracee_container_described.pod_name");
_Static_assert(__builtin_offsetof(struct tracee_container_described, pod_uid) == 80, "tracee_container_described.pod_uid");
_Static_assert(__builtin_offsetof(struct tracee_container_described, pod_namespace) == 88, "tracee_container_described.pod_namespace");
_Static_assert(__builtin_offsetof(struct tracee_container_described, labels) == 96, "tracee_container_described.labels");
_Static_assert(__builtin_offsetof(struct tracee_container_described, why_not) == 104, "tracee_container_described.why_not");
_Static_assert(sizeof(struct tracee_container_described) == 112, "tracee_container_described");

/* The scope was changed while recording: rows before the first time are by the old one, rows after the second by the new. */
struct tracee_scope_changed {
	__u64 from_boot_ns; /* From then on tasks are judged by the new scope, boot-time nanoseconds. */
	__u64 until_boot_ns; /* Until then they were by the old one, at the latest. */
	__u64 active; /* The policies in force now, a bit each. */
	__u32 by_pid; /* Who asked for it: process id as the recorder sees it. */
	__u32 by_uid; /* Its user id. */
	struct tracee_var change; /* What was asked for: `add` or `remove`, and the policy. */
	struct tracee_var policies; /* Every policy since the beginning, as the manifest has them, a JSON object. */
};
_Static_assert(__builtin_offsetof(struct tracee_scope_changed, from_boot_ns) == 0, "tracee_scope_changed.from_boot_ns");
_Static_assert(__builtin_offsetof(struct tracee_scope_changed, until_boot_ns) == 8, "tracee_scope_changed.until_boot_ns");
_Static_assert(__builtin_offsetof(struct tracee_scope_changed, active) == 16, "tracee_scope_changed.active");
_Static_assert(__builtin_offsetof(struct tracee_scope_changed, by_pid) == 24, "tracee_scope_changed.by_pid");
_Static_assert(__builtin_offsetof(struct tracee_scope_changed, by_uid) == 28, "tracee_scope_changed.by_uid");
_Static_assert(__builtin_offsetof(struct tracee_scope_changed, change) == 32, "tracee_scope_changed.change");
_Static_assert(__builtin_offsetof(struct tracee_scope_changed, policies) == 40, "tracee_scope_changed.policies");
_Static_assert(sizeof(struct tracee_scope_changed) == 48, "tracee_scope_changed");

/* A piece of an artifact, at most 64 KiB, as the recorder read it; each is there once in a capture. */
struct tracee_artifact_content {
	struct tracee_var digest; /* BLAKE3 of the bytes, 32 bytes; empty when there are none. */
	struct tracee_var data; /* The bytes. */
};
_Static_assert(__builtin_offsetof(struct tracee_artifact_content, digest) == 0, "tracee_artifact_content.digest");
_Static_assert(__builtin_offsetof(struct tracee_artifact_content, data) == 8, "tracee_artifact_content.data");
_Static_assert(sizeof(struct tracee_artifact_content) == 16, "tracee_artifact_content");

/* What an artifact is made of: one record for up to 4096 pieces, in order of their offsets. What lies in no piece is a hole. */
struct tracee_artifact {
	__u64 artifact; /* Number of the artifact in this capture. */
	__u64 size; /* Its size, bytes, with holes. */
	__u64 stored; /* Bytes of all its pieces. */
	__u32 part; /* Number of this record, from 0 on. */
	__u32 parts; /* How many records it has. */
	struct tracee_var sha256; /* SHA-256 of the content, holes read as zeros; empty when it is not complete. */
	struct tracee_var pieces; /* 48 bytes each: offset (u64), length (u32), flags (u32), digest. */
};
_Static_assert(__builtin_offsetof(struct tracee_artifact, artifact) == 0, "tracee_artifact.artifact");
_Static_assert(__builtin_offsetof(struct tracee_artifact, size) == 8, "tracee_artifact.size");
_Static_assert(__builtin_offsetof(struct tracee_artifact, stored) == 16, "tracee_artifact.stored");
_Static_assert(__builtin_offsetof(struct tracee_artifact, part) == 24, "tracee_artifact.part");
_Static_assert(__builtin_offsetof(struct tracee_artifact, parts) == 28, "tracee_artifact.parts");
_Static_assert(__builtin_offsetof(struct tracee_artifact, sha256) == 32, "tracee_artifact.sha256");
_Static_assert(__builtin_offsetof(struct tracee_artifact, pieces) == 40, "tracee_artifact.pieces");
_Static_assert(sizeof(struct tracee_artifact) == 48, "tracee_artifact");

/* Where an artifact came from: who executed, wrote, read or held it, when, from what path, how the bytes were obtained, and whether they are all there. */
struct tracee_artifact_source {
	__u64 artifact; /* Number of the artifact; 0 when nothing could be kept. */
	__u64 at_ns; /* When it was executed, written for the last time, read or held; boot-time nanoseconds. */
	__u64 file; /* The file; 0 for memory, or when it is not known. */
	__u64 start_time; /* Start of the process, boot-time nanoseconds; task_struct.group_leader.start_boottime. */
	__u64 inode; /* Inode number; 0 for memory. */
	__u64 ctime_ns; /* Change time of the file when it was read, nanoseconds since 1970. */
	__u64 size; /* Size of what was to be kept, bytes. */
	__u64 missing; /* Bytes of it that are missing from the artifact, beside holes of the file itself. */
	__u64 held_ns; /* How long the program was held for it, nanoseconds; 0 for not at all. */
	__u64 address; /* Where the region begins in the memory of the process; 0 for files. */
	__u32 dev; /* Device number; super_block.s_dev. */
	__u32 mode; /* Type and permissions of the file; inode.i_mode. */
	__u32 host_pid; /* Host process id of who did it. */
	__u32 kind; /* What was done with it. */
	__u32 way; /* How the bytes were obtained. */
	__u32 flags; /* What is special about it. */
	__u32 version; /* Counts the versions of the file, from 1 on; 0 where there are none. */
	__u32 reserved; /* 0. */
	struct tracee_var path; /* Path of the file when its content was taken; `bpf-prog:` and its number of a BPF program. */
	struct tracee_var why; /* Why it is not complete; NULL when it is. */
};
_Static_assert(__builtin_offsetof(struct tracee_artifact_source, artifact) == 0, "tracee_artifact_source.artifact");
_Static_assert(__builtin_offsetof(struct tracee_artifact_source, at_ns) == 8, "tracee_artifact_source.at_ns");
_Static_assert(__builtin_offsetof(struct tracee_artifact_source, file) == 16, "tracee_artifact_source.file");
_Static_assert(__builtin_offsetof(struct tracee_artifact_source, start_time) == 24, "tracee_artifact_source.start_time");
_Static_assert(__builtin_offsetof(struct tracee_artifact_source, inode) == 32, "tracee_artifact_source.inode");
_Static_assert(__builtin_offsetof(struct tracee_artifact_source, ctime_ns) == 40, "tracee_artifact_source.ctime_ns");
_Static_assert(__builtin_offsetof(struct tracee_artifact_source, size) == 48, "tracee_artifact_source.size");
_Static_assert(__builtin_offsetof(struct tracee_artifact_source, missing) == 56, "tracee_artifact_source.missing");
_Static_assert(__builtin_offsetof(struct tracee_artifact_source, held_ns) == 64, "tracee_artifact_source.held_ns");
_Static_assert(__builtin_offsetof(struct tracee_artifact_source, address) == 72, "tracee_artifact_source.address");
_Static_assert(__builtin_offsetof(struct tracee_artifact_source, dev) == 80, "tracee_artifact_source.dev");
_Static_assert(__builtin_offsetof(struct tracee_artifact_source, mode) == 84, "tracee_artifact_source.mode");
_Static_assert(__builtin_offsetof(struct tracee_artifact_source, host_pid) == 88, "tracee_artifact_source.host_pid");
_Static_assert(__builtin_offsetof(struct tracee_artifact_source, kind) == 92, "tracee_artifact_source.kind");
_Static_assert(__builtin_offsetof(struct tracee_artifact_source, way) == 96, "tracee_artifact_source.way");
_Static_assert(__builtin_offsetof(struct tracee_artifact_source, flags) == 100, "tracee_artifact_source.flags");
_Static_assert(__builtin_offsetof(struct tracee_artifact_source, version) == 104, "tracee_artifact_source.version");
_Static_assert(__builtin_offsetof(struct tracee_artifact_source, reserved) == 108, "tracee_artifact_source.reserved");
_Static_assert(__builtin_offsetof(struct tracee_artifact_source, path) == 112, "tracee_artifact_source.path");
_Static_assert(__builtin_offsetof(struct tracee_artifact_source, why) == 120, "tracee_artifact_source.why");
_Static_assert(sizeof(struct tracee_artifact_source) == 128, "tracee_artifact_source");

/* A process or thread was created (fork, vfork, clone, clone3); made before the child runs. */
struct tracee_sched_process_fork {
	__u64 child_context; /* Context of the child. */
	__u64 start_time; /* Start of the child, boot-time nanoseconds; task_struct.start_boottime. */
	__u32 parent_tid; /* Host thread id of the task that forked. */
	__u32 parent_pid; /* Host process id of the task that forked. */
	__u32 parent_ns_tid; /* Its thread id in its own PID namespace. */
	__u32 parent_ns_pid; /* Its process id in its own PID namespace. */
	__u32 child_tid; /* Host thread id of the child. */
	__u32 child_pid; /* Host process id of the child: the parent's when a thread was made. */
	__u32 child_ns_tid; /* Thread id of the child in its own PID namespace. */
	__u32 child_ns_pid; /* Process id of the child in its own PID namespace. */
};
_Static_assert(__builtin_offsetof(struct tracee_sched_process_fork, child_context) == 0, "tracee_sched_process_fork.child_context");
_Static_assert(__builtin_offsetof(struct tracee_sched_process_fork, start_time) == 8, "tracee_sched_process_fork.start_time");
_Static_assert(__builtin_offsetof(struct tracee_sched_process_fork, parent_tid) == 16, "tracee_sched_process_fork.parent_tid");
_Static_assert(__builtin_offsetof(struct tracee_sched_process_fork, parent_pid) == 20, "tracee_sched_process_fork.parent_pid");
_Static_assert(__builtin_offsetof(struct tracee_sched_process_fork, parent_ns_tid) == 24, "tracee_sched_process_fork.parent_ns_tid");
_Static_assert(__builtin_offsetof(struct tracee_sched_process_fork, parent_ns_pid) == 28, "tracee_sched_process_fork.parent_ns_pid");
_Static_assert(__builtin_offsetof(struct tracee_sched_process_fork, child_tid) == 32, "tracee_sched_process_fork.child_tid");
_Static_assert(__builtin_offsetof(struct tracee_sched_process_fork, child_pid) == 36, "tracee_sched_process_fork.child_pid");
_Static_assert(__builtin_offsetof(struct tracee_sched_process_fork, child_ns_tid) == 40, "tracee_sched_process_fork.child_ns_tid");
_Static_assert(__builtin_offsetof(struct tracee_sched_process_fork, child_ns_pid) == 44, "tracee_sched_process_fork.child_ns_pid");
_Static_assert(sizeof(struct tracee_sched_process_fork) == 48, "tracee_sched_process_fork");

/* A process executed a program: made past the point of no return, before its first instruction. */
struct tracee_sched_process_exec {
	__u64 exe; /* The executed file: path, device, inode, ctime, mode; linux_binprm.file. */
	__u64 executable; /* The file given, where binfmt_misc keeps it open for its interpreter; 0 otherwise (a script is closed by then: see pathname). linux_binprm.executable. */
	__u64 cwd; /* Working directory; fs_struct.pwd. */
	__u64 stdin; /* What descriptor 0 is; 0 when closed. */
	__u64 stdout; /* What descriptor 1 is; 0 when closed. */
	__u64 stderr; /* What descriptor 2 is; 0 when closed. */
	__u64 previous_context; /* Context before the exec: its ids, capabilities and executable. */
	__u32 old_tid; /* Host thread id of the thread that called exec: another than the process id when not the leader. */
	__u32 argc; /* Number of arguments; linux_binprm.argc. */
	__u32 envc; /* Number of environment strings; linux_binprm.envc. */
	__u32 secure; /* 1 when privileges were gained (AT_SECURE); linux_binprm.secureexec. */
	struct tracee_var pathname; /* Path as the kernel copied it from the caller; linux_binprm.filename. */
	struct tracee_var interp; /* Path of what really runs (the script's interpreter); linux_binprm.interp. */
	struct tracee_var prev_comm; /* The thread's name before. */
	struct tracee_var argv; /* Arguments as the kernel laid them out in the new memory; mm_struct.arg_start to arg_end. */
	struct tracee_var env; /* Environment, NULL unless it was asked for; mm_struct.env_start to env_end. */
	__u64 interpreter; /* The dynamic loader, in which the program begins; 0 for a static program. Mapped at pt_regs.ip (pc). */
	__u64 invoked_from_kernel; /* 1 when the parent is a kernel thread, so that the kernel itself asked for the program. */
};
_Static_assert(__builtin_offsetof(struct tracee_sched_process_exec, exe) == 0, "tracee_sched_process_exec.exe");
_Static_assert(__builtin_offsetof(struct tracee_sched_process_exec, executable) == 8, "tracee_sched_process_exec.executable");
_Static_assert(__builtin_offsetof(struct tracee_sched_process_exec, cwd) == 16, "tracee_sched_process_exec.cwd");
_Static_assert(__builtin_offsetof(struct tracee_sched_process_exec, stdin) == 24, "tracee_sched_process_exec.stdin");
_Static_assert(__builtin_offsetof(struct tracee_sched_process_exec, stdout) == 32, "tracee_sched_process_exec.stdout");
_Static_assert(__builtin_offsetof(struct tracee_sched_process_exec, stderr) == 40, "tracee_sched_process_exec.stderr");
_Static_assert(__builtin_offsetof(struct tracee_sched_process_exec, previous_context) == 48, "tracee_sched_process_exec.previous_context");
_Static_assert(__builtin_offsetof(struct tracee_sched_process_exec, old_tid) == 56, "tracee_sched_process_exec.old_tid");
_Static_assert(__builtin_offsetof(struct tracee_sched_process_exec, argc) == 60, "tracee_sched_process_exec.argc");
_Static_assert(__builtin_offsetof(struct tracee_sched_process_exec, envc) == 64, "tracee_sched_process_exec.envc");
_Static_assert(__builtin_offsetof(struct tracee_sched_process_exec, secure) == 68, "tracee_sched_process_exec.secure");
_Static_assert(__builtin_offsetof(struct tracee_sched_process_exec, pathname) == 72, "tracee_sched_process_exec.pathname");
_Static_assert(__builtin_offsetof(struct tracee_sched_process_exec, interp) == 80, "tracee_sched_process_exec.interp");
_Static_assert(__builtin_offsetof(struct tracee_sched_process_exec, prev_comm) == 88, "tracee_sched_process_exec.prev_comm");
_Static_assert(__builtin_offsetof(struct tracee_sched_process_exec, argv) == 96, "tracee_sched_process_exec.argv");
_Static_assert(__builtin_offsetof(struct tracee_sched_process_exec, env) == 104, "tracee_sched_process_exec.env");
_Static_assert(__builtin_offsetof(struct tracee_sched_process_exec, interpreter) == 112, "tracee_sched_process_exec.interpreter");
_Static_assert(__builtin_offsetof(struct tracee_sched_process_exec, invoked_from_kernel) == 120, "tracee_sched_process_exec.invoked_from_kernel");
_Static_assert(sizeof(struct tracee_sched_process_exec) == 128, "tracee_sched_process_exec");

/* A thread ended; with `process_group_exit`, so did its process. */
struct tracee_sched_process_exit {
	__s32 exit_code; /* Exit status, 0 to 255: what the thread passed to exit; task_struct.exit_code >> 8. */
	__s32 signal_code; /* Signal that ended it, 0 for none; task_struct.exit_code & 0x7f. */
	__u32 core_dumped; /* 1 when a core was dumped; task_struct.exit_code & 0x80. */
	__u32 process_group_exit; /* 1 when it was the last thread of its process; signal_struct.live is 0. */
	__s32 group_exit_code; /* Wait status of the process when it ends as a group; signal_struct.group_exit_code. */
	__s32 unfinished_syscall; /* Number of the system call that it was in, -1 for none. */
};
_Static_assert(__builtin_offsetof(struct tracee_sched_process_exit, exit_code) == 0, "tracee_sched_process_exit.exit_code");
_Static_assert(__builtin_offsetof(struct tracee_sched_process_exit, signal_code) == 4, "tracee_sched_process_exit.signal_code");
_Static_assert(__builtin_offsetof(struct tracee_sched_process_exit, core_dumped) == 8, "tracee_sched_process_exit.core_dumped");
_Static_assert(__builtin_offsetof(struct tracee_sched_process_exit, process_group_exit) == 12, "tracee_sched_process_exit.process_group_exit");
_Static_assert(__builtin_offsetof(struct tracee_sched_process_exit, group_exit_code) == 16, "tracee_sched_process_exit.group_exit_code");
_Static_assert(__builtin_offsetof(struct tracee_sched_process_exit, unfinished_syscall) == 20, "tracee_sched_process_exit.unfinished_syscall");
_Static_assert(sizeof(struct tracee_sched_process_exit) == 24, "tracee_sched_process_exit");

/* A thread's name changed, other than by exec (prctl, /proc/PID/comm). */
struct tracee_task_rename {
	__u64 task; /* Host thread id of the renamed task, which may not be the one that renames it. */
	struct tracee_var old_name; /* Name before. */
	struct tracee_var new_name; /* Name after. */
};
_Static_assert(__builtin_offsetof(struct tracee_task_rename, task) == 0, "tracee_task_rename.task");
_Static_assert(__builtin_offsetof(struct tracee_task_rename, old_name) == 8, "tracee_task_rename.old_name");
_Static_assert(__builtin_offsetof(struct tracee_task_rename, new_name) == 16, "tracee_task_rename.new_name");
_Static_assert(sizeof(struct tracee_task_rename) == 24, "tracee_task_rename");

/* A task's ids or capabilities changed; without a hook of its own it is seen at the task's next event, at the latest when the call that did it returns. */
struct tracee_commit_creds {
	__u64 old_context; /* Context before. */
	__u64 new_context; /* Context after. */
	__u32 old_uid; /* Real user id before. */
	__u32 new_uid; /* Real user id after. */
	__u32 old_euid; /* Effective user id before. */
	__u32 new_euid; /* Effective user id after. */
	__u32 old_gid; /* Real group id before. */
	__u32 new_gid; /* Real group id after. */
	__u32 old_egid; /* Effective group id before. */
	__u32 new_egid; /* Effective group id after. */
	__u64 old_cap_effective; /* Effective capabilities before. */
	__u64 new_cap_effective; /* Effective capabilities after. */
	__u32 old_suid; /* Saved user id before. */
	__u32 new_suid; /* Saved user id after; cred.suid. */
	__u32 old_sgid; /* Saved group id before. */
	__u32 new_sgid; /* Saved group id after; cred.sgid. */
	__u32 old_fsuid; /* File system user id before. */
	__u32 new_fsuid; /* File system user id after; cred.fsuid. */
	__u32 old_fsgid; /* File system group id before. */
	__u32 new_fsgid; /* File system group id after; cred.fsgid. */
	__u32 old_user_ns; /* User namespace inode number before. */
	__u32 new_user_ns; /* User namespace inode number after; cred.user_ns. */
	__u32 old_securebits; /* Secure bits before. */
	__u32 new_securebits; /* Secure bits after; cred.securebits. */
	__u64 old_cap_inheritable; /* Inheritable capabilities before. */
	__u64 new_cap_inheritable; /* Inheritable capabilities after; cred.cap_inheritable. */
	__u64 old_cap_permitted; /* Permitted capabilities before. */
	__u64 new_cap_permitted; /* Permitted capabilities after; cred.cap_permitted. */
	__u64 old_cap_bounding; /* Bounding capabilities before. */
	__u64 new_cap_bounding; /* Bounding capabilities after; cred.cap_bset. */
	__u64 old_cap_ambient; /* Ambient capabilities before. */
	__u64 new_cap_ambient; /* Ambient capabilities after; cred.cap_ambient. */
};
_Static_assert(__builtin_offsetof(struct tracee_commit_creds, old_context) == 0, "tracee_commit_creds.old_context");
_Static_assert(__builtin_offsetof(struct tracee_commit_creds, new_context) == 8, "tracee_commit_creds.new_context");
_Static_assert(__builtin_offsetof(struct tracee_commit_creds, old_uid) == 16, "tracee_commit_creds.old_uid");
_Static_assert(__builtin_offsetof(struct tracee_commit_creds, new_uid) == 20, "tracee_commit_creds.new_uid");
_Static_assert(__builtin_offsetof(struct tracee_commit_creds, old_euid) == 24, "tracee_commit_creds.old_euid");
_Static_assert(__builtin_offsetof(struct tracee_commit_creds, new_euid) == 28, "tracee_commit_creds.new_euid");
_Static_assert(__builtin_offsetof(struct tracee_commit_creds, old_gid) == 32, "tracee_commit_creds.old_gid");
_Static_assert(__builtin_offsetof(struct tracee_commit_creds, new_gid) == 36, "tracee_commit_creds.new_gid");
_Static_assert(__builtin_offsetof(struct tracee_commit_creds, old_egid) == 40, "tracee_commit_creds.old_egid");
_Static_assert(__builtin_offsetof(struct tracee_commit_creds, new_egid) == 44, "tracee_commit_creds.new_egid");
_Static_assert(__builtin_offsetof(struct tracee_commit_creds, old_cap_effective) == 48, "tracee_commit_creds.old_cap_effective");
_Static_assert(__builtin_offsetof(struct tracee_commit_creds, new_cap_effective) == 56, "tracee_commit_creds.new_cap_effective");
_Static_assert(__builtin_offsetof(struct tracee_commit_creds, old_suid) == 64, "tracee_commit_creds.old_suid");
_Static_assert(__builtin_offsetof(struct tracee_commit_creds, new_suid) == 68, "tracee_commit_creds.new_suid");
_Static_assert(__builtin_offsetof(struct tracee_commit_creds, old_sgid) == 72, "tracee_commit_creds.old_sgid");
_Static_assert(__builtin_offsetof(struct tracee_commit_creds, new_sgid) == 76, "tracee_commit_creds.new_sgid");
_Static_assert(__builtin_offsetof(struct tracee_commit_creds, old_fsuid) == 80, "tracee_commit_creds.old_fsuid");
_Static_assert(__builtin_offsetof(struct tracee_commit_creds, new_fsuid) == 84, "tracee_commit_creds.new_fsuid");
_Static_assert(__builtin_offsetof(struct tracee_commit_creds, old_fsgid) == 88, "tracee_commit_creds.old_fsgid");
_Static_assert(__builtin_offsetof(struct tracee_commit_creds, new_fsgid) == 92, "tracee_commit_creds.new_fsgid");
_Static_assert(__builtin_offsetof(struct tracee_commit_creds, old_user_ns) == 96, "tracee_commit_creds.old_user_ns");
_Static_assert(__builtin_offsetof(struct tracee_commit_creds, new_user_ns) == 100, "tracee_commit_creds.new_user_ns");
_Static_assert(__builtin_offsetof(struct tracee_commit_creds, old_securebits) == 104, "tracee_commit_creds.old_securebits");
_Static_assert(__builtin_offsetof(struct tracee_commit_creds, new_securebits) == 108, "tracee_commit_creds.new_securebits");
_Static_assert(__builtin_offsetof(struct tracee_commit_creds, old_cap_inheritable) == 112, "tracee_commit_creds.old_cap_inheritable");
_Static_assert(__builtin_offsetof(struct tracee_commit_creds, new_cap_inheritable) == 120, "tracee_commit_creds.new_cap_inheritable");
_Static_assert(__builtin_offsetof(struct tracee_commit_creds, old_cap_permitted) == 128, "tracee_commit_creds.old_cap_permitted");
_Static_assert(__builtin_offsetof(struct tracee_commit_creds, new_cap_permitted) == 136, "tracee_commit_creds.new_cap_permitted");
_Static_assert(__builtin_offsetof(struct tracee_commit_creds, old_cap_bounding) == 144, "tracee_commit_creds.old_cap_bounding");
_Static_assert(__builtin_offsetof(struct tracee_commit_creds, new_cap_bounding) == 152, "tracee_commit_creds.new_cap_bounding");
_Static_assert(__builtin_offsetof(struct tracee_commit_creds, old_cap_ambient) == 160, "tracee_commit_creds.old_cap_ambient");
_Static_assert(__builtin_offsetof(struct tracee_commit_creds, new_cap_ambient) == 168, "tracee_commit_creds.new_cap_ambient");
_Static_assert(sizeof(struct tracee_commit_creds) == 176, "tracee_commit_creds");

/* An exec failed: what was asked for, and how far the kernel got with it. */
struct tracee_process_execute_failed {
	__u64 dirfd; /* Descriptor that a relative path starts from. */
	__u64 flags; /* AT_* flags; 0 for execve. */
	struct tracee_var pathname; /* The path as the program passed it. */
	__u64 binary; /* The file that the kernel had opened and could not execute (of a script: the script, or its interpreter when that is one itself); 0 when it got to none, or no hook on bprm_execve tells. linux_binprm.file. */
	struct tracee_var interpreter_path; /* Path of what was really to run: a script's interpreter, which may be what is missing; NULL when it is not known. linux_binprm.interp. */
	__u64 stdin; /* What descriptor 0 is; 0 when closed. */
	__u64 kernel_invoked; /* 1 when the parent is a kernel thread, so that the kernel itself asked for the program. */
	struct tracee_var argv; /* Arguments as the program passed them. */
	struct tracee_var envp; /* Environment as the program passed it, when asked for. */
	__s64 error; /* Why, as the call returned it. */
	__u64 dirfd_object; /* What the descriptor is; 0 when it is none. */
	__u64 cwd; /* Working directory; fs_struct.pwd. */
};
_Static_assert(__builtin_offsetof(struct tracee_process_execute_failed, dirfd) == 0, "tracee_process_execute_failed.dirfd");
_Static_assert(__builtin_offsetof(struct tracee_process_execute_failed, flags) == 8, "tracee_process_execute_failed.flags");
_Static_assert(__builtin_offsetof(struct tracee_process_execute_failed, pathname) == 16, "tracee_process_execute_failed.pathname");
_Static_assert(__builtin_offsetof(struct tracee_process_execute_failed, binary) == 24, "tracee_process_execute_failed.binary");
_Static_assert(__builtin_offsetof(struct tracee_process_execute_failed, interpreter_path) == 32, "tracee_process_execute_failed.interpreter_path");
_Static_assert(__builtin_offsetof(struct tracee_process_execute_failed, stdin) == 40, "tracee_process_execute_failed.stdin");
_Static_assert(__builtin_offsetof(struct tracee_process_execute_failed, kernel_invoked) == 48, "tracee_process_execute_failed.kernel_invoked");
_Static_assert(__builtin_offsetof(struct tracee_process_execute_failed, argv) == 56, "tracee_process_execute_failed.argv");
_Static_assert(__builtin_offsetof(struct tracee_process_execute_failed, envp) == 64, "tracee_process_execute_failed.envp");
_Static_assert(__builtin_offsetof(struct tracee_process_execute_failed, error) == 72, "tracee_process_execute_failed.error");
_Static_assert(__builtin_offsetof(struct tracee_process_execute_failed, dirfd_object) == 80, "tracee_process_execute_failed.dirfd_object");
_Static_assert(__builtin_offsetof(struct tracee_process_execute_failed, cwd) == 88, "tracee_process_execute_failed.cwd");
_Static_assert(sizeof(struct tracee_process_execute_failed) == 96, "tracee_process_execute_failed");

/* A signal that ends, stops, continues or traps a task was sent to one, by a task or by the kernel on its behalf: SIGHUP, SIGINT, SIGQUIT, SIGILL, SIGTRAP, SIGABRT, SIGBUS, SIGFPE, SIGKILL, SIGSEGV, SIGTERM, SIGSTKFLT, SIGCONT, SIGSTOP, SIGTSTP, SIGXCPU, SIGXFSZ, SIGSYS. Others are messages between programs, and many. */
struct tracee_signal_generate {
	__u64 target; /* Context of the task that it was sent to; 0 when that is outside the scope. */
	__u64 target_start_time; /* Start of the process that it was sent to, boot-time nanoseconds; task_struct.group_leader.start_boottime. */
	__u64 sig; /* The signal. */
	__u64 code; /* Where it comes from: SI_* and, from the kernel, what went wrong; siginfo.si_code. */
	__u64 address; /* Of SIGILL, SIGFPE, SIGSEGV, SIGBUS and SIGTRAP from the kernel: the address at fault; siginfo.si_addr. */
	__u32 target_pid; /* Host process id that it was sent to. */
	__u32 target_tid; /* Host thread id that it was sent to: the leader's, or one thread's. */
	__u32 group; /* 1 when it was sent to the process, 0 to that thread alone. */
	__u32 result; /* What became of it. */
};
_Static_assert(__builtin_offsetof(struct tracee_signal_generate, target) == 0, "tracee_signal_generate.target");
_Static_assert(__builtin_offsetof(struct tracee_signal_generate, target_start_time) == 8, "tracee_signal_generate.target_start_time");
_Static_assert(__builtin_offsetof(struct tracee_signal_generate, sig) == 16, "tracee_signal_generate.sig");
_Static_assert(__builtin_offsetof(struct tracee_signal_generate, code) == 24, "tracee_signal_generate.code");
_Static_assert(__builtin_offsetof(struct tracee_signal_generate, address) == 32, "tracee_signal_generate.address");
_Static_assert(__builtin_offsetof(struct tracee_signal_generate, target_pid) == 40, "tracee_signal_generate.target_pid");
_Static_assert(__builtin_offsetof(struct tracee_signal_generate, target_tid) == 44, "tracee_signal_generate.target_tid");
_Static_assert(__builtin_offsetof(struct tracee_signal_generate, group) == 48, "tracee_signal_generate.group");
_Static_assert(__builtin_offsetof(struct tracee_signal_generate, result) == 52, "tracee_signal_generate.result");
_Static_assert(sizeof(struct tracee_signal_generate) == 56, "tracee_signal_generate");

/* A task left namespaces for others (setns, unshare), or a new one was given its own (clone, clone3). */
struct tracee_switch_task_ns {
	__u32 pid; /* Host thread id of the task: the child's, when a new one was made. */
	__u32 new_mnt; /* Inode number of its new mount namespace; 0 when it is the same. */
	__u32 new_pid; /* Inode number of the PID namespace that its children will live in, when that is another; 0 otherwise. nsproxy.pid_ns_for_children. */
	__u32 new_uts; /* Inode number of its new UTS namespace; 0 when it is the same. */
	__u32 new_ipc; /* Inode number of its new IPC namespace; 0 when it is the same. */
	__u32 new_net; /* Inode number of its new network namespace; 0 when it is the same. */
	__u32 new_cgroup; /* Inode number of its new cgroup namespace; 0 when it is the same. */
	__u32 new_time; /* Inode number of the time namespace that its children will live in, when that is another; 0 otherwise. nsproxy.time_ns_for_children. */
	__u32 new_user; /* Inode number of its new user namespace; 0 when it is the same. cred.user_ns. */
	__u32 reserved; /* 0. */
};
_Static_assert(__builtin_offsetof(struct tracee_switch_task_ns, pid) == 0, "tracee_switch_task_ns.pid");
_Static_assert(__builtin_offsetof(struct tracee_switch_task_ns, new_mnt) == 4, "tracee_switch_task_ns.new_mnt");
_Static_assert(__builtin_offsetof(struct tracee_switch_task_ns, new_pid) == 8, "tracee_switch_task_ns.new_pid");
_Static_assert(__builtin_offsetof(struct tracee_switch_task_ns, new_uts) == 12, "tracee_switch_task_ns.new_uts");
_Static_assert(__builtin_offsetof(struct tracee_switch_task_ns, new_ipc) == 16, "tracee_switch_task_ns.new_ipc");
_Static_assert(__builtin_offsetof(struct tracee_switch_task_ns, new_net) == 20, "tracee_switch_task_ns.new_net");
_Static_assert(__builtin_offsetof(struct tracee_switch_task_ns, new_cgroup) == 24, "tracee_switch_task_ns.new_cgroup");
_Static_assert(__builtin_offsetof(struct tracee_switch_task_ns, new_time) == 28, "tracee_switch_task_ns.new_time");
_Static_assert(__builtin_offsetof(struct tracee_switch_task_ns, new_user) == 32, "tracee_switch_task_ns.new_user");
_Static_assert(__builtin_offsetof(struct tracee_switch_task_ns, reserved) == 36, "tracee_switch_task_ns.reserved");
_Static_assert(sizeof(struct tracee_switch_task_ns) == 40, "tracee_switch_task_ns");

/* The kernel looked whether a task has a capability; many, also where nothing is refused. */
struct tracee_cap_capable {
	__u64 cap; /* The capability. */
	__u64 result; /* 0 when the task has it, -EPERM when not. */
	__u32 target_ns; /* Inode number of the user namespace in which it is needed. */
	__u32 reserved; /* 0. */
};
_Static_assert(__builtin_offsetof(struct tracee_cap_capable, cap) == 0, "tracee_cap_capable.cap");
_Static_assert(__builtin_offsetof(struct tracee_cap_capable, result) == 8, "tracee_cap_capable.result");
_Static_assert(__builtin_offsetof(struct tracee_cap_capable, target_ns) == 16, "tracee_cap_capable.target_ns");
_Static_assert(__builtin_offsetof(struct tracee_cap_capable, reserved) == 20, "tracee_cap_capable.reserved");
_Static_assert(sizeof(struct tracee_cap_capable) == 24, "tracee_cap_capable");

/* Inode numbers of the namespaces of the host's first process; repeated at the start of each segment. */
struct tracee_init_namespaces {
	__u32 cgroup; /* Cgroup namespace; nsproxy.cgroup_ns. */
	__u32 ipc; /* IPC namespace; nsproxy.ipc_ns. */
	__u32 mnt; /* Mount namespace; nsproxy.mnt_ns. */
	__u32 net; /* Network namespace; nsproxy.net_ns. */
	__u32 pid; /* PID namespace; upid.ns. */
	__u32 pid_for_children; /* PID namespace of its children; nsproxy.pid_ns_for_children. */
	__u32 time; /* Time namespace; nsproxy.time_ns. 0 on a kernel without. */
	__u32 time_for_children; /* Time namespace of its children; nsproxy.time_ns_for_children. */
	__u32 user; /* User namespace; cred.user_ns. */
	__u32 uts; /* UTS namespace; nsproxy.uts_ns. */
};
_Static_assert(__builtin_offsetof(struct tracee_init_namespaces, cgroup) == 0, "tracee_init_namespaces.cgroup");
_Static_assert(__builtin_offsetof(struct tracee_init_namespaces, ipc) == 4, "tracee_init_namespaces.ipc");
_Static_assert(__builtin_offsetof(struct tracee_init_namespaces, mnt) == 8, "tracee_init_namespaces.mnt");
_Static_assert(__builtin_offsetof(struct tracee_init_namespaces, net) == 12, "tracee_init_namespaces.net");
_Static_assert(__builtin_offsetof(struct tracee_init_namespaces, pid) == 16, "tracee_init_namespaces.pid");
_Static_assert(__builtin_offsetof(struct tracee_init_namespaces, pid_for_children) == 20, "tracee_init_namespaces.pid_for_children");
_Static_assert(__builtin_offsetof(struct tracee_init_namespaces, time) == 24, "tracee_init_namespaces.time");
_Static_assert(__builtin_offsetof(struct tracee_init_namespaces, time_for_children) == 28, "tracee_init_namespaces.time_for_children");
_Static_assert(__builtin_offsetof(struct tracee_init_namespaces, user) == 32, "tracee_init_namespaces.user");
_Static_assert(__builtin_offsetof(struct tracee_init_namespaces, uts) == 36, "tracee_init_namespaces.uts");
_Static_assert(sizeof(struct tracee_init_namespaces) == 40, "tracee_init_namespaces");

/* A control group was made. */
struct tracee_cgroup_mkdir {
	__u64 cgroup_id; /* Its id; cgroup.kn.id. */
	__u32 hierarchy_id; /* The hierarchy it is in, 0 for version 2; cgroup_root.hierarchy_id. */
	__u32 reserved; /* 0. */
	struct tracee_var cgroup_path; /* Its path from the root of the hierarchy on. */
};
_Static_assert(__builtin_offsetof(struct tracee_cgroup_mkdir, cgroup_id) == 0, "tracee_cgroup_mkdir.cgroup_id");
_Static_assert(__builtin_offsetof(struct tracee_cgroup_mkdir, hierarchy_id) == 8, "tracee_cgroup_mkdir.hierarchy_id");
_Static_assert(__builtin_offsetof(struct tracee_cgroup_mkdir, reserved) == 12, "tracee_cgroup_mkdir.reserved");
_Static_assert(__builtin_offsetof(struct tracee_cgroup_mkdir, cgroup_path) == 16, "tracee_cgroup_mkdir.cgroup_path");
_Static_assert(sizeof(struct tracee_cgroup_mkdir) == 24, "tracee_cgroup_mkdir");

/* A control group was removed. */
struct tracee_cgroup_rmdir {
	__u64 cgroup_id; /* The id that it had; cgroup.kn.id. */
	__u32 hierarchy_id; /* The hierarchy it was in, 0 for version 2; cgroup_root.hierarchy_id. */
	__u32 reserved; /* 0. */
	struct tracee_var cgroup_path; /* Its path from the root of the hierarchy on. */
};
_Static_assert(__builtin_offsetof(struct tracee_cgroup_rmdir, cgroup_id) == 0, "tracee_cgroup_rmdir.cgroup_id");
_Static_assert(__builtin_offsetof(struct tracee_cgroup_rmdir, hierarchy_id) == 8, "tracee_cgroup_rmdir.hierarchy_id");
_Static_assert(__builtin_offsetof(struct tracee_cgroup_rmdir, reserved) == 12, "tracee_cgroup_rmdir.reserved");
_Static_assert(__builtin_offsetof(struct tracee_cgroup_rmdir, cgroup_path) == 16, "tracee_cgroup_rmdir.cgroup_path");
_Static_assert(sizeof(struct tracee_cgroup_rmdir) == 24, "tracee_cgroup_rmdir");

/* A process or thread was moved into a control group, by itself or by another. */
struct tracee_cgroup_attach_task {
	struct tracee_var cgroup_path; /* Path of its new control group from the root of the hierarchy on. */
	struct tracee_var comm; /* Name of the moved thread; task_struct.comm. */
	__u64 pid; /* Host thread id of the moved one: the leader's, when the whole process was moved. */
	__u64 cgroup_id; /* Id of its new control group; cgroup.kn.id. */
	__u64 start_time; /* Start of the moved process, boot-time nanoseconds; task_struct.group_leader.start_boottime. */
	__u32 host_pid; /* Host process id of the moved one. */
	__u32 hierarchy_id; /* The hierarchy, 0 for version 2; cgroup_root.hierarchy_id. */
	__u32 threadgroup; /* 1 when every thread of the process was moved. */
	__u32 reserved; /* 0. */
};
_Static_assert(__builtin_offsetof(struct tracee_cgroup_attach_task, cgroup_path) == 0, "tracee_cgroup_attach_task.cgroup_path");
_Static_assert(__builtin_offsetof(struct tracee_cgroup_attach_task, comm) == 8, "tracee_cgroup_attach_task.comm");
_Static_assert(__builtin_offsetof(struct tracee_cgroup_attach_task, pid) == 16, "tracee_cgroup_attach_task.pid");
_Static_assert(__builtin_offsetof(struct tracee_cgroup_attach_task, cgroup_id) == 24, "tracee_cgroup_attach_task.cgroup_id");
_Static_assert(__builtin_offsetof(struct tracee_cgroup_attach_task, start_time) == 32, "tracee_cgroup_attach_task.start_time");
_Static_assert(__builtin_offsetof(struct tracee_cgroup_attach_task, host_pid) == 40, "tracee_cgroup_attach_task.host_pid");
_Static_assert(__builtin_offsetof(struct tracee_cgroup_attach_task, hierarchy_id) == 44, "tracee_cgroup_attach_task.hierarchy_id");
_Static_assert(__builtin_offsetof(struct tracee_cgroup_attach_task, threadgroup) == 48, "tracee_cgroup_attach_task.threadgroup");
_Static_assert(__builtin_offsetof(struct tracee_cgroup_attach_task, reserved) == 52, "tracee_cgroup_attach_task.reserved");
_Static_assert(sizeof(struct tracee_cgroup_attach_task) == 56, "tracee_cgroup_attach_task");

/* A control group was made whose path says that it is a container's. */
struct tracee_container_create {
	struct tracee_var runtime; /* What runs it: docker, containerd, crio, podman; NULL when the path of its control group does not tell. */
	struct tracee_var container_id; /* Its id, out of the path of its control group. */
	__u64 ctime; /* When its control group was made, nanoseconds since 1970. */
};
_Static_assert(__builtin_offsetof(struct tracee_container_create, runtime) == 0, "tracee_container_create.runtime");
_Static_assert(__builtin_offsetof(struct tracee_container_create, container_id) == 8, "tracee_container_create.container_id");
_Static_assert(__builtin_offsetof(struct tracee_container_create, ctime) == 16, "tracee_container_create.ctime");
_Static_assert(sizeof(struct tracee_container_create) == 24, "tracee_container_create");

/* A control group was removed whose path says that it was a container's. */
struct tracee_container_remove {
	struct tracee_var runtime; /* What runs it: docker, containerd, crio, podman; NULL when the path of its control group does not tell. */
	struct tracee_var container_id; /* Its id, out of the path of its control group. */
};
_Static_assert(__builtin_offsetof(struct tracee_container_remove, runtime) == 0, "tracee_container_remove.runtime");
_Static_assert(__builtin_offsetof(struct tracee_container_remove, container_id) == 8, "tracee_container_remove.container_id");
_Static_assert(sizeof(struct tracee_container_remove) == 16, "tracee_container_remove");

/* A container was there when the segment began and had a process in scope. */
struct tracee_existing_container {
	struct tracee_var runtime; /* What runs it: docker, containerd, crio, podman; NULL when the path of its control group does not tell. */
	struct tracee_var container_id; /* Its id, out of the path of its control group. */
	__u64 ctime; /* Change time of its control group's directory, nanoseconds since 1970. */
};
_Static_assert(__builtin_offsetof(struct tracee_existing_container, runtime) == 0, "tracee_existing_container.runtime");
_Static_assert(__builtin_offsetof(struct tracee_existing_container, container_id) == 8, "tracee_existing_container.container_id");
_Static_assert(__builtin_offsetof(struct tracee_existing_container, ctime) == 16, "tracee_existing_container.ctime");
_Static_assert(sizeof(struct tracee_existing_container) == 24, "tracee_existing_container");

/* An io_uring was made. */
struct tracee_io_uring_create {
	__u64 ctx; /* Address of the ring, which what is submitted to it names; io_ring_ctx. */
	__u32 sq_entries; /* Entries of the submission queue. */
	__u32 cq_entries; /* Entries of the completion queue. */
	__u32 flags; /* How it was set up; io_ring_ctx.flags. */
	__u32 polling; /* 1 when a thread of the kernel looks for what is submitted (IORING_SETUP_SQPOLL). */
	__u64 ring; /* The ring as a file; 0 when it has no descriptor of its own. */
	__s32 fd; /* Descriptor of the ring, or its number among the registered ones. */
	__u32 sq_thread_id; /* Host thread id of the thread that looks; 0 when there is none. */
};
_Static_assert(__builtin_offsetof(struct tracee_io_uring_create, ctx) == 0, "tracee_io_uring_create.ctx");
_Static_assert(__builtin_offsetof(struct tracee_io_uring_create, sq_entries) == 8, "tracee_io_uring_create.sq_entries");
_Static_assert(__builtin_offsetof(struct tracee_io_uring_create, cq_entries) == 12, "tracee_io_uring_create.cq_entries");
_Static_assert(__builtin_offsetof(struct tracee_io_uring_create, flags) == 16, "tracee_io_uring_create.flags");
_Static_assert(__builtin_offsetof(struct tracee_io_uring_create, polling) == 20, "tracee_io_uring_create.polling");
_Static_assert(__builtin_offsetof(struct tracee_io_uring_create, ring) == 24, "tracee_io_uring_create.ring");
_Static_assert(__builtin_offsetof(struct tracee_io_uring_create, fd) == 32, "tracee_io_uring_create.fd");
_Static_assert(__builtin_offsetof(struct tracee_io_uring_create, sq_thread_id) == 36, "tracee_io_uring_create.sq_thread_id");
_Static_assert(sizeof(struct tracee_io_uring_create) == 40, "tracee_io_uring_create");

/* An operation was taken off an io_uring's submission queue to be done; nothing of it has happened yet. */
struct tracee_io_uring_submit_req {
	__u64 file; /* The file or socket that it is about, by descriptor or by number among the registered ones; 0 when there is none. */
	__u64 opcode; /* What is to be done; io_kiocb.opcode. */
	__u64 user_data; /* What the program marked it with; io_uring_sqe.user_data. */
	__u64 flags; /* How it is to be done, as the program said and the kernel added (IOSQE_ASYNC, when it would have to wait); io_kiocb.flags. */
	__u64 sq_thread; /* 1 when the ring's own thread took it, 0 when the program made a call. */
	__u64 sq_thread_id; /* Host thread id of the ring's own thread; 0 when it has none. */
	__u64 submitter; /* Context of the process (of its leader) that the ring's own thread works for; 0 when the row's own task submitted it. */
	__u64 submitter_tid; /* Host thread id of the task that made the ring, when its own thread submits; 0 otherwise, or when that was not seen. */
	__u64 ctx; /* Address of the ring; io_ring_ctx. */
	__u64 req; /* Address of the operation, which its completion names; io_kiocb. */
	__u64 fd; /* Descriptor of `file`, or its number among the registered ones; the directory of a path; -1 when there is none. */
	__u64 directory; /* What `fd` is, where it is the directory of a path; 0 otherwise. */
	__u64 new_fd; /* Directory of the second path (rename, link, symlink); -1 when there is none. */
	__u64 new_directory; /* What `new_fd` is; 0 when there is none. */
	__u64 cwd; /* Working directory, where there is a path; 0 otherwise. */
	__u64 open_flags; /* Of openat and openat2: flags; open_how.flags. 0 (which no open has here: the kernel adds O_LARGEFILE) for other operations. */
	struct tracee_var pathname; /* The path that it is about, as the kernel copied it; NULL when there is none. */
	struct tracee_var new_pathname; /* The second path of a rename or link; NULL when there is none. */
	struct tracee_var address; /* The address that it connects, binds or sends to; NULL when there is none. */
};
_Static_assert(__builtin_offsetof(struct tracee_io_uring_submit_req, file) == 0, "tracee_io_uring_submit_req.file");
_Static_assert(__builtin_offsetof(struct tracee_io_uring_submit_req, opcode) == 8, "tracee_io_uring_submit_req.opcode");
_Static_assert(__builtin_offsetof(struct tracee_io_uring_submit_req, user_data) == 16, "tracee_io_uring_submit_req.user_data");
_Static_assert(__builtin_offsetof(struct tracee_io_uring_submit_req, flags) == 24, "tracee_io_uring_submit_req.flags");
_Static_assert(__builtin_offsetof(struct tracee_io_uring_submit_req, sq_thread) == 32, "tracee_io_uring_submit_req.sq_thread");
_Static_assert(__builtin_offsetof(struct tracee_io_uring_submit_req, sq_thread_id) == 40, "tracee_io_uring_submit_req.sq_thread_id");
_Static_assert(__builtin_offsetof(struct tracee_io_uring_submit_req, submitter) == 48, "tracee_io_uring_submit_req.submitter");
_Static_assert(__builtin_offsetof(struct tracee_io_uring_submit_req, submitter_tid) == 56, "tracee_io_uring_submit_req.submitter_tid");
_Static_assert(__builtin_offsetof(struct tracee_io_uring_submit_req, ctx) == 64, "tracee_io_uring_submit_req.ctx");
_Static_assert(__builtin_offsetof(struct tracee_io_uring_submit_req, req) == 72, "tracee_io_uring_submit_req.req");
_Static_assert(__builtin_offsetof(struct tracee_io_uring_submit_req, fd) == 80, "tracee_io_uring_submit_req.fd");
_Static_assert(__builtin_offsetof(struct tracee_io_uring_submit_req, directory) == 88, "tracee_io_uring_submit_req.directory");
_Static_assert(__builtin_offsetof(struct tracee_io_uring_submit_req, new_fd) == 96, "tracee_io_uring_submit_req.new_fd");
_Static_assert(__builtin_offsetof(struct tracee_io_uring_submit_req, new_directory) == 104, "tracee_io_uring_submit_req.new_directory");
_Static_assert(__builtin_offsetof(struct tracee_io_uring_submit_req, cwd) == 112, "tracee_io_uring_submit_req.cwd");
_Static_assert(__builtin_offsetof(struct tracee_io_uring_submit_req, open_flags) == 120, "tracee_io_uring_submit_req.open_flags");
_Static_assert(__builtin_offsetof(struct tracee_io_uring_submit_req, pathname) == 128, "tracee_io_uring_submit_req.pathname");
_Static_assert(__builtin_offsetof(struct tracee_io_uring_submit_req, new_pathname) == 136, "tracee_io_uring_submit_req.new_pathname");
_Static_assert(__builtin_offsetof(struct tracee_io_uring_submit_req, address) == 144, "tracee_io_uring_submit_req.address");
_Static_assert(sizeof(struct tracee_io_uring_submit_req) == 152, "tracee_io_uring_submit_req");

/* An operation of an io_uring gave a result. */
struct tracee_io_uring_complete {
	__u64 ctx; /* Address of the ring; io_ring_ctx. */
	__u64 req; /* Address of the operation as its submission names it; 0 when the result is one of several or a message. */
	__u64 user_data; /* What the program marked it with; io_uring_cqe.user_data. */
	__u64 res; /* The result; io_uring_cqe.res. */
	__u64 cqe_flags; /* What else is said of it; io_uring_cqe.flags. */
	__u64 opcode; /* What was to be done; -1 when `req` is 0. io_kiocb.opcode. */
	__u64 opened; /* What a new descriptor is that the result gives; 0 otherwise. */
};
_Static_assert(__builtin_offsetof(struct tracee_io_uring_complete, ctx) == 0, "tracee_io_uring_complete.ctx");
_Static_assert(__builtin_offsetof(struct tracee_io_uring_complete, req) == 8, "tracee_io_uring_complete.req");
_Static_assert(__builtin_offsetof(struct tracee_io_uring_complete, user_data) == 16, "tracee_io_uring_complete.user_data");
_Static_assert(__builtin_offsetof(struct tracee_io_uring_complete, res) == 24, "tracee_io_uring_complete.res");
_Static_assert(__builtin_offsetof(struct tracee_io_uring_complete, cqe_flags) == 32, "tracee_io_uring_complete.cqe_flags");
_Static_assert(__builtin_offsetof(struct tracee_io_uring_complete, opcode) == 40, "tracee_io_uring_complete.opcode");
_Static_assert(__builtin_offsetof(struct tracee_io_uring_complete, opened) == 48, "tracee_io_uring_complete.opened");
_Static_assert(sizeof(struct tracee_io_uring_complete) == 56, "tracee_io_uring_complete");

/* A file is opened; by a hook of the kernel's own also for an execution, by io_uring and from within the kernel. */
struct tracee_security_file_open {
	__u64 file; /* The opened file; struct file. */
	__u64 flags; /* How it is opened; file.f_flags. */
	struct tracee_var syscall_pathname; /* The path as the system call was given it. */
};
_Static_assert(__builtin_offsetof(struct tracee_security_file_open, file) == 0, "tracee_security_file_open.file");
_Static_assert(__builtin_offsetof(struct tracee_security_file_open, flags) == 8, "tracee_security_file_open.flags");
_Static_assert(__builtin_offsetof(struct tracee_security_file_open, syscall_pathname) == 16, "tracee_security_file_open.syscall_pathname");
_Static_assert(sizeof(struct tracee_security_file_open) == 24, "tracee_security_file_open");

/* A file was written to, from one buffer. */
struct tracee_vfs_write {
	__u64 file; /* The file. */
	__u64 count; /* Bytes asked for. */
	__s64 pos; /* Offset in the file of the first byte, -1 where it is not known or there is none: without a hook of the kernel's own it is known only when the call says it. */
	__s64 result; /* Bytes that were. */
};
_Static_assert(__builtin_offsetof(struct tracee_vfs_write, file) == 0, "tracee_vfs_write.file");
_Static_assert(__builtin_offsetof(struct tracee_vfs_write, count) == 8, "tracee_vfs_write.count");
_Static_assert(__builtin_offsetof(struct tracee_vfs_write, pos) == 16, "tracee_vfs_write.pos");
_Static_assert(__builtin_offsetof(struct tracee_vfs_write, result) == 24, "tracee_vfs_write.result");
_Static_assert(sizeof(struct tracee_vfs_write) == 32, "tracee_vfs_write");

/* A file was written to, from several buffers. */
struct tracee_vfs_writev {
	__u64 file; /* The file. */
	__u64 vlen; /* Number of buffers. */
	__s64 pos; /* Offset in the file of the first byte, -1 where it is not known or there is none: without a hook of the kernel's own it is known only when the call says it. */
	__s64 result; /* Bytes that were. */
};
_Static_assert(__builtin_offsetof(struct tracee_vfs_writev, file) == 0, "tracee_vfs_writev.file");
_Static_assert(__builtin_offsetof(struct tracee_vfs_writev, vlen) == 8, "tracee_vfs_writev.vlen");
_Static_assert(__builtin_offsetof(struct tracee_vfs_writev, pos) == 16, "tracee_vfs_writev.pos");
_Static_assert(__builtin_offsetof(struct tracee_vfs_writev, result) == 24, "tracee_vfs_writev.result");
_Static_assert(sizeof(struct tracee_vfs_writev) == 32, "tracee_vfs_writev");

/* A file was read, into one buffer. */
struct tracee_vfs_read {
	__u64 file; /* The file. */
	__u64 count; /* Bytes asked for. */
	__s64 pos; /* Offset in the file of the first byte, -1 where it is not known or there is none: without a hook of the kernel's own it is known only when the call says it. */
	__s64 result; /* Bytes that were. */
};
_Static_assert(__builtin_offsetof(struct tracee_vfs_read, file) == 0, "tracee_vfs_read.file");
_Static_assert(__builtin_offsetof(struct tracee_vfs_read, count) == 8, "tracee_vfs_read.count");
_Static_assert(__builtin_offsetof(struct tracee_vfs_read, pos) == 16, "tracee_vfs_read.pos");
_Static_assert(__builtin_offsetof(struct tracee_vfs_read, result) == 24, "tracee_vfs_read.result");
_Static_assert(sizeof(struct tracee_vfs_read) == 32, "tracee_vfs_read");

/* A file was read, into several buffers. */
struct tracee_vfs_readv {
	__u64 file; /* The file. */
	__u64 vlen; /* Number of buffers. */
	__s64 pos; /* Offset in the file of the first byte, -1 where it is not known or there is none: without a hook of the kernel's own it is known only when the call says it. */
	__s64 result; /* Bytes that were. */
};
_Static_assert(__builtin_offsetof(struct tracee_vfs_readv, file) == 0, "tracee_vfs_readv.file");
_Static_assert(__builtin_offsetof(struct tracee_vfs_readv, vlen) == 8, "tracee_vfs_readv.vlen");
_Static_assert(__builtin_offsetof(struct tracee_vfs_readv, pos) == 16, "tracee_vfs_readv.pos");
_Static_assert(__builtin_offsetof(struct tracee_vfs_readv, result) == 24, "tracee_vfs_readv.result");
_Static_assert(sizeof(struct tracee_vfs_readv) == 32, "tracee_vfs_readv");

/* A system call wrote the first bytes of a regular file, or the first ever of a pipe. */
struct tracee_magic_write {
	__u64 file; /* The file. */
	struct tracee_var bytes; /* At most the first 20 bytes, as they were in memory when the call ended. */
};
_Static_assert(__builtin_offsetof(struct tracee_magic_write, file) == 0, "tracee_magic_write.file");
_Static_assert(__builtin_offsetof(struct tracee_magic_write, bytes) == 8, "tracee_magic_write.bytes");
_Static_assert(sizeof(struct tracee_magic_write) == 16, "tracee_magic_write");

/* The content of a regular file or block device was changed for the first time since it was opened; by a hook of the kernel's own also through a mapping. */
struct tracee_file_modification {
	__u64 file; /* The file. */
	__u64 old_ctime; /* Change time before, nanoseconds since 1970; inode.i_ctime. */
	__u64 new_ctime; /* Change time after, nanoseconds since 1970; 0 where it could not be read. */
};
_Static_assert(__builtin_offsetof(struct tracee_file_modification, file) == 0, "tracee_file_modification.file");
_Static_assert(__builtin_offsetof(struct tracee_file_modification, old_ctime) == 8, "tracee_file_modification.old_ctime");
_Static_assert(__builtin_offsetof(struct tracee_file_modification, new_ctime) == 16, "tracee_file_modification.new_ctime");
_Static_assert(sizeof(struct tracee_file_modification) == 24, "tracee_file_modification");

/* Data went from one file to another without passing through memory of the program: sendfile, splice, tee, copy_file_range. */
struct tracee_file_transfer {
	__u64 in_file; /* The file that it came from. */
	__u64 out_file; /* The file that it went to. */
	__s64 in_offset; /* Offset of the first byte in the one, -1 where there is none or it is not known; from the program's memory as the call left it, or the file's own. */
	__s64 out_offset; /* The same for the other. */
	__u64 count; /* Bytes asked for. */
	__s64 result; /* Bytes that went. */
};
_Static_assert(__builtin_offsetof(struct tracee_file_transfer, in_file) == 0, "tracee_file_transfer.in_file");
_Static_assert(__builtin_offsetof(struct tracee_file_transfer, out_file) == 8, "tracee_file_transfer.out_file");
_Static_assert(__builtin_offsetof(struct tracee_file_transfer, in_offset) == 16, "tracee_file_transfer.in_offset");
_Static_assert(__builtin_offsetof(struct tracee_file_transfer, out_offset) == 24, "tracee_file_transfer.out_offset");
_Static_assert(__builtin_offsetof(struct tracee_file_transfer, count) == 32, "tracee_file_transfer.count");
_Static_assert(__builtin_offsetof(struct tracee_file_transfer, result) == 40, "tracee_file_transfer.result");
_Static_assert(sizeof(struct tracee_file_transfer) == 48, "tracee_file_transfer");

/* A file is renamed. */
struct tracee_security_inode_rename {
	__u64 file; /* The file. */
	struct tracee_var old_path; /* Its path so far, links followed up to the last name. */
	struct tracee_var new_path; /* Its new path, links followed up to the last name. */
	__u64 flags; /* How; renameat2's flags. */
	struct tracee_var syscall_old_path; /* The first path as the system call was given it. */
	struct tracee_var syscall_new_path; /* The second path as the system call was given it. */
};
_Static_assert(__builtin_offsetof(struct tracee_security_inode_rename, file) == 0, "tracee_security_inode_rename.file");
_Static_assert(__builtin_offsetof(struct tracee_security_inode_rename, old_path) == 8, "tracee_security_inode_rename.old_path");
_Static_assert(__builtin_offsetof(struct tracee_security_inode_rename, new_path) == 16, "tracee_security_inode_rename.new_path");
_Static_assert(__builtin_offsetof(struct tracee_security_inode_rename, flags) == 24, "tracee_security_inode_rename.flags");
_Static_assert(__builtin_offsetof(struct tracee_security_inode_rename, syscall_old_path) == 32, "tracee_security_inode_rename.syscall_old_path");
_Static_assert(__builtin_offsetof(struct tracee_security_inode_rename, syscall_new_path) == 40, "tracee_security_inode_rename.syscall_new_path");
_Static_assert(sizeof(struct tracee_security_inode_rename) == 48, "tracee_security_inode_rename");

/* A name of a file, or a directory, is removed. */
struct tracee_security_inode_unlink {
	__u64 file; /* The file. */
	struct tracee_var pathname; /* Its path, links followed. */
	struct tracee_var syscall_pathname; /* The path as the system call was given it. */
};
_Static_assert(__builtin_offsetof(struct tracee_security_inode_unlink, file) == 0, "tracee_security_inode_unlink.file");
_Static_assert(__builtin_offsetof(struct tracee_security_inode_unlink, pathname) == 8, "tracee_security_inode_unlink.pathname");
_Static_assert(__builtin_offsetof(struct tracee_security_inode_unlink, syscall_pathname) == 16, "tracee_security_inode_unlink.syscall_pathname");
_Static_assert(sizeof(struct tracee_security_inode_unlink) == 24, "tracee_security_inode_unlink");

/* A symbolic link is made. */
struct tracee_security_inode_symlink {
	struct tracee_var linkpath; /* Path of the link. */
	struct tracee_var target; /* What it leads to. */
	struct tracee_var syscall_linkpath; /* Path of the link as the system call was given it. */
};
_Static_assert(__builtin_offsetof(struct tracee_security_inode_symlink, linkpath) == 0, "tracee_security_inode_symlink.linkpath");
_Static_assert(__builtin_offsetof(struct tracee_security_inode_symlink, target) == 8, "tracee_security_inode_symlink.target");
_Static_assert(__builtin_offsetof(struct tracee_security_inode_symlink, syscall_linkpath) == 16, "tracee_security_inode_symlink.syscall_linkpath");
_Static_assert(sizeof(struct tracee_security_inode_symlink) == 24, "tracee_security_inode_symlink");

/* A directory, device, FIFO, socket or, by mknod, regular file is made. */
struct tracee_security_inode_mknod {
	struct tracee_var file_name; /* Its path. */
	__u64 mode; /* Type and permissions; by a hook of the kernel's own without what the umask takes away. */
	__u64 dev; /* Number of the device that it stands for; 0 for others. */
	struct tracee_var syscall_file_name; /* Its path as the system call was given it. */
};
_Static_assert(__builtin_offsetof(struct tracee_security_inode_mknod, file_name) == 0, "tracee_security_inode_mknod.file_name");
_Static_assert(__builtin_offsetof(struct tracee_security_inode_mknod, mode) == 8, "tracee_security_inode_mknod.mode");
_Static_assert(__builtin_offsetof(struct tracee_security_inode_mknod, dev) == 16, "tracee_security_inode_mknod.dev");
_Static_assert(__builtin_offsetof(struct tracee_security_inode_mknod, syscall_file_name) == 24, "tracee_security_inode_mknod.syscall_file_name");
_Static_assert(sizeof(struct tracee_security_inode_mknod) == 32, "tracee_security_inode_mknod");

/* A file gets one more name, a hard link. */
struct tracee_security_inode_link {
	__u64 file; /* The file. */
	struct tracee_var old_path; /* Its path so far, links followed up to the last name. */
	struct tracee_var new_path; /* Its new path, links followed up to the last name. */
	struct tracee_var syscall_old_path; /* The first path as the system call was given it. */
	struct tracee_var syscall_new_path; /* The second path as the system call was given it. */
};
_Static_assert(__builtin_offsetof(struct tracee_security_inode_link, file) == 0, "tracee_security_inode_link.file");
_Static_assert(__builtin_offsetof(struct tracee_security_inode_link, old_path) == 8, "tracee_security_inode_link.old_path");
_Static_assert(__builtin_offsetof(struct tracee_security_inode_link, new_path) == 16, "tracee_security_inode_link.new_path");
_Static_assert(__builtin_offsetof(struct tracee_security_inode_link, syscall_old_path) == 24, "tracee_security_inode_link.syscall_old_path");
_Static_assert(__builtin_offsetof(struct tracee_security_inode_link, syscall_new_path) == 32, "tracee_security_inode_link.syscall_new_path");
_Static_assert(sizeof(struct tracee_security_inode_link) == 40, "tracee_security_inode_link");

/* A file is cut or stretched to a size; by a hook of the kernel's own also when opening it empties it. */
struct tracee_do_truncate {
	__u64 file; /* The file. */
	struct tracee_var pathname; /* Its path, links followed. */
	__u64 length; /* Its size from now on, bytes. */
	struct tracee_var syscall_pathname; /* The path as the system call was given it. */
};
_Static_assert(__builtin_offsetof(struct tracee_do_truncate, file) == 0, "tracee_do_truncate.file");
_Static_assert(__builtin_offsetof(struct tracee_do_truncate, pathname) == 8, "tracee_do_truncate.pathname");
_Static_assert(__builtin_offsetof(struct tracee_do_truncate, length) == 16, "tracee_do_truncate.length");
_Static_assert(__builtin_offsetof(struct tracee_do_truncate, syscall_pathname) == 24, "tracee_do_truncate.syscall_pathname");
_Static_assert(sizeof(struct tracee_do_truncate) == 32, "tracee_do_truncate");

/* A file's permissions are changed. */
struct tracee_chmod_common {
	__u64 file; /* The file. */
	struct tracee_var pathname; /* Its path, links followed. */
	__u64 mode; /* Its permissions from now on. */
	struct tracee_var syscall_pathname; /* The path as the system call was given it. */
};
_Static_assert(__builtin_offsetof(struct tracee_chmod_common, file) == 0, "tracee_chmod_common.file");
_Static_assert(__builtin_offsetof(struct tracee_chmod_common, pathname) == 8, "tracee_chmod_common.pathname");
_Static_assert(__builtin_offsetof(struct tracee_chmod_common, mode) == 16, "tracee_chmod_common.mode");
_Static_assert(__builtin_offsetof(struct tracee_chmod_common, syscall_pathname) == 24, "tracee_chmod_common.syscall_pathname");
_Static_assert(sizeof(struct tracee_chmod_common) == 32, "tracee_chmod_common");

/* A file's owner is changed. */
struct tracee_chown_common {
	__u64 file; /* The file. */
	struct tracee_var pathname; /* Its path, links followed. */
	__u64 owner; /* User from now on, as the program's user namespace counts them; -1 for unchanged. */
	__u64 group; /* Group, the same. */
	struct tracee_var syscall_pathname; /* The path as the system call was given it. */
};
_Static_assert(__builtin_offsetof(struct tracee_chown_common, file) == 0, "tracee_chown_common.file");
_Static_assert(__builtin_offsetof(struct tracee_chown_common, pathname) == 8, "tracee_chown_common.pathname");
_Static_assert(__builtin_offsetof(struct tracee_chown_common, owner) == 16, "tracee_chown_common.owner");
_Static_assert(__builtin_offsetof(struct tracee_chown_common, group) == 24, "tracee_chown_common.group");
_Static_assert(__builtin_offsetof(struct tracee_chown_common, syscall_pathname) == 32, "tracee_chown_common.syscall_pathname");
_Static_assert(sizeof(struct tracee_chown_common) == 40, "tracee_chown_common");

/* A file's times are set. */
struct tracee_vfs_utimes {
	__u64 file; /* The file. */
	struct tracee_var pathname; /* Its path, links followed. */
	__s64 atime; /* Time of last access from now on, nanoseconds since 1970. */
	__s64 mtime; /* Time of last modification from now on, the same. */
	struct tracee_var syscall_pathname; /* The path as the system call was given it. */
};
_Static_assert(__builtin_offsetof(struct tracee_vfs_utimes, file) == 0, "tracee_vfs_utimes.file");
_Static_assert(__builtin_offsetof(struct tracee_vfs_utimes, pathname) == 8, "tracee_vfs_utimes.pathname");
_Static_assert(__builtin_offsetof(struct tracee_vfs_utimes, atime) == 16, "tracee_vfs_utimes.atime");
_Static_assert(__builtin_offsetof(struct tracee_vfs_utimes, mtime) == 24, "tracee_vfs_utimes.mtime");
_Static_assert(__builtin_offsetof(struct tracee_vfs_utimes, syscall_pathname) == 32, "tracee_vfs_utimes.syscall_pathname");
_Static_assert(sizeof(struct tracee_vfs_utimes) == 40, "tracee_vfs_utimes");

/* An extended attribute of a file is set. */
struct tracee_security_inode_setxattr {
	__u64 file; /* The file. */
	struct tracee_var pathname; /* Its path, links followed. */
	struct tracee_var name; /* The attribute. */
	struct tracee_var value; /* Its value, at most 255 bytes; NULL where only the kernel knows it. */
	__u64 flags; /* Whether it may be there already; setxattr's flags. */
	struct tracee_var syscall_pathname; /* The path as the system call was given it. */
};
_Static_assert(__builtin_offsetof(struct tracee_security_inode_setxattr, file) == 0, "tracee_security_inode_setxattr.file");
_Static_assert(__builtin_offsetof(struct tracee_security_inode_setxattr, pathname) == 8, "tracee_security_inode_setxattr.pathname");
_Static_assert(__builtin_offsetof(struct tracee_security_inode_setxattr, name) == 16, "tracee_security_inode_setxattr.name");
_Static_assert(__builtin_offsetof(struct tracee_security_inode_setxattr, value) == 24, "tracee_security_inode_setxattr.value");
_Static_assert(__builtin_offsetof(struct tracee_security_inode_setxattr, flags) == 32, "tracee_security_inode_setxattr.flags");
_Static_assert(__builtin_offsetof(struct tracee_security_inode_setxattr, syscall_pathname) == 40, "tracee_security_inode_setxattr.syscall_pathname");
_Static_assert(sizeof(struct tracee_security_inode_setxattr) == 48, "tracee_security_inode_setxattr");

/* Somebody wants to be told of what happens to a file, by inotify, fanotify or dnotify. */
struct tracee_security_path_notify {
	__u64 file; /* The file. */
	struct tracee_var pathname; /* Its path, links followed. */
	__u64 mask; /* Of what; the kernel's FS_* bits. */
	__u64 obj_type; /* What is watched; enum fsnotify_obj_type. */
	struct tracee_var syscall_pathname; /* The path as the system call was given it. */
};
_Static_assert(__builtin_offsetof(struct tracee_security_path_notify, file) == 0, "tracee_security_path_notify.file");
_Static_assert(__builtin_offsetof(struct tracee_security_path_notify, pathname) == 8, "tracee_security_path_notify.pathname");
_Static_assert(__builtin_offsetof(struct tracee_security_path_notify, mask) == 16, "tracee_security_path_notify.mask");
_Static_assert(__builtin_offsetof(struct tracee_security_path_notify, obj_type) == 24, "tracee_security_path_notify.obj_type");
_Static_assert(__builtin_offsetof(struct tracee_security_path_notify, syscall_pathname) == 32, "tracee_security_path_notify.syscall_pathname");
_Static_assert(sizeof(struct tracee_security_path_notify) == 40, "tracee_security_path_notify");

/* A file is watched with inotify. */
struct tracee_inotify_watch {
	__u64 file; /* The file. */
	struct tracee_var pathname; /* Its path, links followed. */
	struct tracee_var syscall_pathname; /* The path as the system call was given it. */
};
_Static_assert(__builtin_offsetof(struct tracee_inotify_watch, file) == 0, "tracee_inotify_watch.file");
_Static_assert(__builtin_offsetof(struct tracee_inotify_watch, pathname) == 8, "tracee_inotify_watch.pathname");
_Static_assert(__builtin_offsetof(struct tracee_inotify_watch, syscall_pathname) == 16, "tracee_inotify_watch.syscall_pathname");
_Static_assert(sizeof(struct tracee_inotify_watch) == 24, "tracee_inotify_watch");

/* A task has another working directory. */
struct tracee_set_fs_pwd {
	__u64 directory; /* The directory. */
	struct tracee_var unresolved_path; /* Its path as the system call was given it. */
};
_Static_assert(__builtin_offsetof(struct tracee_set_fs_pwd, directory) == 0, "tracee_set_fs_pwd.directory");
_Static_assert(__builtin_offsetof(struct tracee_set_fs_pwd, unresolved_path) == 8, "tracee_set_fs_pwd.unresolved_path");
_Static_assert(sizeof(struct tracee_set_fs_pwd) == 16, "tracee_set_fs_pwd");

/* A file system is mounted, or a mount changed or moved. Of move_mount(2), `flags` is MS_MOVE. */
struct tracee_security_sb_mount {
	struct tracee_var dev_name; /* Device, or what the program calls it. */
	struct tracee_var path; /* Where it is mounted. */
	struct tracee_var type; /* File system type. */
	__u64 flags; /* How; mount's flags. */
	struct tracee_var syscall_path; /* Where, as the system call was given it. */
};
_Static_assert(__builtin_offsetof(struct tracee_security_sb_mount, dev_name) == 0, "tracee_security_sb_mount.dev_name");
_Static_assert(__builtin_offsetof(struct tracee_security_sb_mount, path) == 8, "tracee_security_sb_mount.path");
_Static_assert(__builtin_offsetof(struct tracee_security_sb_mount, type) == 16, "tracee_security_sb_mount.type");
_Static_assert(__builtin_offsetof(struct tracee_security_sb_mount, flags) == 24, "tracee_security_sb_mount.flags");
_Static_assert(__builtin_offsetof(struct tracee_security_sb_mount, syscall_path) == 32, "tracee_security_sb_mount.syscall_path");
_Static_assert(sizeof(struct tracee_security_sb_mount) == 40, "tracee_security_sb_mount");

/* A mount is taken away. */
struct tracee_security_sb_umount {
	struct tracee_var dev_name; /* Device; mount.mnt_devname. NULL where only the kernel knows it. */
	struct tracee_var path; /* Where it is mounted. */
	struct tracee_var type; /* File system type. NULL where only the kernel knows it. */
	__u64 flags; /* How; umount2's flags. */
	struct tracee_var syscall_path; /* Where, as the system call was given it. */
};
_Static_assert(__builtin_offsetof(struct tracee_security_sb_umount, dev_name) == 0, "tracee_security_sb_umount.dev_name");
_Static_assert(__builtin_offsetof(struct tracee_security_sb_umount, path) == 8, "tracee_security_sb_umount.path");
_Static_assert(__builtin_offsetof(struct tracee_security_sb_umount, type) == 16, "tracee_security_sb_umount.type");
_Static_assert(__builtin_offsetof(struct tracee_security_sb_umount, flags) == 24, "tracee_security_sb_umount.flags");
_Static_assert(__builtin_offsetof(struct tracee_security_sb_umount, syscall_path) == 32, "tracee_security_sb_umount.syscall_path");
_Static_assert(sizeof(struct tracee_security_sb_umount) == 40, "tracee_security_sb_umount");

/* A task is about to have another root directory (or has it, where it is told at the call's exit). */
struct tracee_security_path_chroot {
	__u64 directory; /* The directory; path.dentry and path.mnt. */
	struct tracee_var unresolved_path; /* Its path as the system call was given it. */
};
_Static_assert(__builtin_offsetof(struct tracee_security_path_chroot, directory) == 0, "tracee_security_path_chroot.directory");
_Static_assert(__builtin_offsetof(struct tracee_security_path_chroot, unresolved_path) == 8, "tracee_security_path_chroot.unresolved_path");
_Static_assert(sizeof(struct tracee_security_path_chroot) == 16, "tracee_security_path_chroot");

/* A file is about to be mapped into memory, by mmap or exec (or was, by mmap, where it is made at replay). */
struct tracee_security_mmap_file {
	__u64 file; /* The file; struct file. */
	__u64 flags; /* How the file is open; file.f_flags. */
	__u64 prot; /* Protection asked for. */
	__u64 mmap_flags; /* Kind of mapping. */
};
_Static_assert(__builtin_offsetof(struct tracee_security_mmap_file, file) == 0, "tracee_security_mmap_file.file");
_Static_assert(__builtin_offsetof(struct tracee_security_mmap_file, flags) == 8, "tracee_security_mmap_file.flags");
_Static_assert(__builtin_offsetof(struct tracee_security_mmap_file, prot) == 16, "tracee_security_mmap_file.prot");
_Static_assert(__builtin_offsetof(struct tracee_security_mmap_file, mmap_flags) == 24, "tracee_security_mmap_file.mmap_flags");
_Static_assert(sizeof(struct tracee_security_mmap_file) == 32, "tracee_security_mmap_file");

/* A file or anonymous memory was mapped, at the address given; by exec, too, where the kernel's function is seen. */
struct tracee_do_mmap {
	__u64 addr; /* Where it was mapped (not where it was asked for). */
	__u64 file; /* The file; struct file. */
	__u64 flags; /* How the file is open; file.f_flags. */
	__u64 pgoff; /* Where in the file, in pages (of 4096 bytes where it is made at replay). */
	__u64 len; /* Length asked for, bytes. */
	__u64 prot; /* Protection asked for. */
	__u64 mmap_flags; /* Kind of mapping. */
};
_Static_assert(__builtin_offsetof(struct tracee_do_mmap, addr) == 0, "tracee_do_mmap.addr");
_Static_assert(__builtin_offsetof(struct tracee_do_mmap, file) == 8, "tracee_do_mmap.file");
_Static_assert(__builtin_offsetof(struct tracee_do_mmap, flags) == 16, "tracee_do_mmap.flags");
_Static_assert(__builtin_offsetof(struct tracee_do_mmap, pgoff) == 24, "tracee_do_mmap.pgoff");
_Static_assert(__builtin_offsetof(struct tracee_do_mmap, len) == 32, "tracee_do_mmap.len");
_Static_assert(__builtin_offsetof(struct tracee_do_mmap, prot) == 40, "tracee_do_mmap.prot");
_Static_assert(__builtin_offsetof(struct tracee_do_mmap, mmap_flags) == 48, "tracee_do_mmap.mmap_flags");
_Static_assert(sizeof(struct tracee_do_mmap) == 56, "tracee_do_mmap");

/* The protection of memory is about to be changed: a row for each mapping that the call covers (at the entry of the call, which looks at the first 16, where it is made there). */
struct tracee_security_file_mprotect {
	__u64 file; /* The mapped file, 0 for anonymous memory; vm_area_struct.vm_file. */
	__u64 prot; /* Protection asked for. */
	__u64 prev_prot; /* Protection before; vm_area_struct.vm_flags. */
	__u64 addr; /* Where the changed part of the mapping begins. */
	__u64 len; /* Length of that part, bytes. */
	__u64 pkey; /* Protection key that pkey_mprotect was given, -1 for none. */
};
_Static_assert(__builtin_offsetof(struct tracee_security_file_mprotect, file) == 0, "tracee_security_file_mprotect.file");
_Static_assert(__builtin_offsetof(struct tracee_security_file_mprotect, prot) == 8, "tracee_security_file_mprotect.prot");
_Static_assert(__builtin_offsetof(struct tracee_security_file_mprotect, prev_prot) == 16, "tracee_security_file_mprotect.prev_prot");
_Static_assert(__builtin_offsetof(struct tracee_security_file_mprotect, addr) == 24, "tracee_security_file_mprotect.addr");
_Static_assert(__builtin_offsetof(struct tracee_security_file_mprotect, len) == 32, "tracee_security_file_mprotect.len");
_Static_assert(__builtin_offsetof(struct tracee_security_file_mprotect, pkey) == 40, "tracee_security_file_mprotect.pkey");
_Static_assert(sizeof(struct tracee_security_file_mprotect) == 48, "tracee_security_file_mprotect");

/* Memory was mapped or made so that what is written there can be executed, or what is executed can be written (before the change, where a hook of its own sees mprotect; elsewhere after it, of one call at most four mappings). */
struct tracee_mem_prot_alert {
	__u64 alert; /* What happened. */
	__u64 addr; /* Where the memory begins. */
	__u64 len; /* Its length, bytes. */
	__u64 prot; /* Protection now. */
	__u64 prev_prot; /* Protection before, 0 for new memory; vm_area_struct.vm_flags. */
	__u64 file; /* The mapped file, 0 for anonymous memory; vm_area_struct.vm_file. */
};
_Static_assert(__builtin_offsetof(struct tracee_mem_prot_alert, alert) == 0, "tracee_mem_prot_alert.alert");
_Static_assert(__builtin_offsetof(struct tracee_mem_prot_alert, addr) == 8, "tracee_mem_prot_alert.addr");
_Static_assert(__builtin_offsetof(struct tracee_mem_prot_alert, len) == 16, "tracee_mem_prot_alert.len");
_Static_assert(__builtin_offsetof(struct tracee_mem_prot_alert, prot) == 24, "tracee_mem_prot_alert.prot");
_Static_assert(__builtin_offsetof(struct tracee_mem_prot_alert, prev_prot) == 32, "tracee_mem_prot_alert.prev_prot");
_Static_assert(__builtin_offsetof(struct tracee_mem_prot_alert, file) == 40, "tracee_mem_prot_alert.file");
_Static_assert(sizeof(struct tracee_mem_prot_alert) == 48, "tracee_mem_prot_alert");

/* A process maps code as a loader of shared objects does: a regular file, private, to be read and executed, and not by exec. */
struct tracee_shared_object_loaded {
	__u64 file; /* The file; struct file. */
	__u64 flags; /* How the file is open; file.f_flags. */
};
_Static_assert(__builtin_offsetof(struct tracee_shared_object_loaded, file) == 0, "tracee_shared_object_loaded.file");
_Static_assert(__builtin_offsetof(struct tracee_shared_object_loaded, flags) == 8, "tracee_shared_object_loaded.flags");
_Static_assert(sizeof(struct tracee_shared_object_loaded) == 16, "tracee_shared_object_loaded");

/* The memory of another process was opened, read or written through its file in /proc. Made at replay from the rows of the named calls, so it comes at no cost where all calls are recorded. */
struct tracee_proc_mem_access {
	__u64 operation; /* What was done. */
	__u64 target_pid; /* The other process, or thread of it, as the path says: as that /proc numbers it. */
	__u64 file; /* The file; struct file. */
	__u64 flags; /* How the file is open; file.f_flags. */
	__u64 addr; /* Where in the other's memory, when the call says so; else 0: at the descriptor's position. */
	__u64 size; /* Bytes that were read or written. */
};
_Static_assert(__builtin_offsetof(struct tracee_proc_mem_access, operation) == 0, "tracee_proc_mem_access.operation");
_Static_assert(__builtin_offsetof(struct tracee_proc_mem_access, target_pid) == 8, "tracee_proc_mem_access.target_pid");
_Static_assert(__builtin_offsetof(struct tracee_proc_mem_access, file) == 16, "tracee_proc_mem_access.file");
_Static_assert(__builtin_offsetof(struct tracee_proc_mem_access, flags) == 24, "tracee_proc_mem_access.flags");
_Static_assert(__builtin_offsetof(struct tracee_proc_mem_access, addr) == 32, "tracee_proc_mem_access.addr");
_Static_assert(__builtin_offsetof(struct tracee_proc_mem_access, size) == 40, "tracee_proc_mem_access.size");
_Static_assert(sizeof(struct tracee_proc_mem_access) == 48, "tracee_proc_mem_access");

/* One of the calls named below was made with a stack pointer that is on no stack of the thread: neither the kernel's for the program, nor the one the thread was born on, nor the signal stack, nor where Go has its stacks. Once for each process, mapping and call. */
struct tracee_stack_pivot {
	__u64 syscall; /* The call, by its number on x86_64. */
	__u64 sp; /* The stack pointer. */
	__u64 vma_type; /* What it points to. */
	__u64 vma_start; /* Where the mapping begins, 0 when there is none; vm_area_struct.vm_start. */
	__u64 vma_size; /* Length of the mapping, bytes. */
	__u64 vma_flags; /* Flags of the mapping; vm_area_struct.vm_flags. */
};
_Static_assert(__builtin_offsetof(struct tracee_stack_pivot, syscall) == 0, "tracee_stack_pivot.syscall");
_Static_assert(__builtin_offsetof(struct tracee_stack_pivot, sp) == 8, "tracee_stack_pivot.sp");
_Static_assert(__builtin_offsetof(struct tracee_stack_pivot, vma_type) == 16, "tracee_stack_pivot.vma_type");
_Static_assert(__builtin_offsetof(struct tracee_stack_pivot, vma_start) == 24, "tracee_stack_pivot.vma_start");
_Static_assert(__builtin_offsetof(struct tracee_stack_pivot, vma_size) == 32, "tracee_stack_pivot.vma_size");
_Static_assert(__builtin_offsetof(struct tracee_stack_pivot, vma_flags) == 40, "tracee_stack_pivot.vma_flags");
_Static_assert(sizeof(struct tracee_stack_pivot) == 48, "tracee_stack_pivot");

/* One of the calls named below was made by code in memory that no file backs. Once for each process, mapping and call. */
struct tracee_suspicious_syscall_source {
	__u64 syscall; /* The call, by its number on x86_64. */
	__u64 ip; /* The instruction pointer: behind the instruction that made the call. */
	__u64 vma_type; /* What kind of memory the code is in. */
	__u64 vma_start; /* Where the mapping begins, 0 when there is none; vm_area_struct.vm_start. */
	__u64 vma_size; /* Length of the mapping, bytes. */
	__u64 vma_flags; /* Flags of the mapping; vm_area_struct.vm_flags. */
};
_Static_assert(__builtin_offsetof(struct tracee_suspicious_syscall_source, syscall) == 0, "tracee_suspicious_syscall_source.syscall");
_Static_assert(__builtin_offsetof(struct tracee_suspicious_syscall_source, ip) == 8, "tracee_suspicious_syscall_source.ip");
_Static_assert(__builtin_offsetof(struct tracee_suspicious_syscall_source, vma_type) == 16, "tracee_suspicious_syscall_source.vma_type");
_Static_assert(__builtin_offsetof(struct tracee_suspicious_syscall_source, vma_start) == 24, "tracee_suspicious_syscall_source.vma_start");
_Static_assert(__builtin_offsetof(struct tracee_suspicious_syscall_source, vma_size) == 32, "tracee_suspicious_syscall_source.vma_size");
_Static_assert(__builtin_offsetof(struct tracee_suspicious_syscall_source, vma_flags) == 40, "tracee_suspicious_syscall_source.vma_flags");
_Static_assert(sizeof(struct tracee_suspicious_syscall_source) == 48, "tracee_suspicious_syscall_source");

/* A socket is about to be made (or was, where it is made at replay); a socketpair makes two. */
struct tracee_security_socket_create {
	__u64 family; /* Address family. */
	__u64 type; /* Socket type, without its flags. */
	__u64 protocol; /* Protocol as asked for: 0 is the family's own choice. */
	__u64 kern; /* 1 when the kernel makes it for itself, which replay does not see. */
};
_Static_assert(__builtin_offsetof(struct tracee_security_socket_create, family) == 0, "tracee_security_socket_create.family");
_Static_assert(__builtin_offsetof(struct tracee_security_socket_create, type) == 8, "tracee_security_socket_create.type");
_Static_assert(__builtin_offsetof(struct tracee_security_socket_create, protocol) == 16, "tracee_security_socket_create.protocol");
_Static_assert(__builtin_offsetof(struct tracee_security_socket_create, kern) == 24, "tracee_security_socket_create.kern");
_Static_assert(sizeof(struct tracee_security_socket_create) == 32, "tracee_security_socket_create");

/* A socket is about to be bound to an address (or was, where it is made at replay). */
struct tracee_security_socket_bind {
	__u64 sockfd; /* The descriptor as the call was given it; -1 when no such call asks (io_uring). */
	struct tracee_var local_addr; /* The address asked for, as the kernel copied it; at replay as user memory held it. */
	__u64 socket; /* The socket as it was at this moment; struct socket. */
};
_Static_assert(__builtin_offsetof(struct tracee_security_socket_bind, sockfd) == 0, "tracee_security_socket_bind.sockfd");
_Static_assert(__builtin_offsetof(struct tracee_security_socket_bind, local_addr) == 8, "tracee_security_socket_bind.local_addr");
_Static_assert(__builtin_offsetof(struct tracee_security_socket_bind, socket) == 16, "tracee_security_socket_bind.socket");
_Static_assert(sizeof(struct tracee_security_socket_bind) == 24, "tracee_security_socket_bind");

/* A socket is about to listen for connections (or does, where it is made at replay). */
struct tracee_security_socket_listen {
	__u64 sockfd; /* The descriptor as the call was given it; -1 when no such call asks (io_uring). */
	struct tracee_var local_addr; /* The socket's own address, NULL when it has none; struct sock. */
	__u64 backlog; /* Most connections that may wait; a hook sees it after net.core.somaxconn has limited it. */
	__u64 socket; /* The socket as it was at this moment; struct socket. */
};
_Static_assert(__builtin_offsetof(struct tracee_security_socket_listen, sockfd) == 0, "tracee_security_socket_listen.sockfd");
_Static_assert(__builtin_offsetof(struct tracee_security_socket_listen, local_addr) == 8, "tracee_security_socket_listen.local_addr");
_Static_assert(__builtin_offsetof(struct tracee_security_socket_listen, backlog) == 16, "tracee_security_socket_listen.backlog");
_Static_assert(__builtin_offsetof(struct tracee_security_socket_listen, socket) == 24, "tracee_security_socket_listen.socket");
_Static_assert(sizeof(struct tracee_security_socket_listen) == 32, "tracee_security_socket_listen");

/* A connection is about to be accepted, if one comes (or was, where it is made at replay). */
struct tracee_security_socket_accept {
	__u64 sockfd; /* The descriptor as the call was given it; -1 when no such call asks (io_uring). */
	struct tracee_var local_addr; /* The listening socket's address; struct sock. */
	__u64 socket; /* The listening socket; struct socket. */
};
_Static_assert(__builtin_offsetof(struct tracee_security_socket_accept, sockfd) == 0, "tracee_security_socket_accept.sockfd");
_Static_assert(__builtin_offsetof(struct tracee_security_socket_accept, local_addr) == 8, "tracee_security_socket_accept.local_addr");
_Static_assert(__builtin_offsetof(struct tracee_security_socket_accept, socket) == 16, "tracee_security_socket_accept.socket");
_Static_assert(sizeof(struct tracee_security_socket_accept) == 24, "tracee_security_socket_accept");

/* A socket is about to be connected, whatever comes of it. Marked `mismatch` when the kernel's address is not what user memory held at the entry of the call. */
struct tracee_security_socket_connect {
	__u64 sockfd; /* The descriptor as the call was given it; -1 when no such call asks (io_uring). */
	__u64 type; /* Socket type; socket.type. */
	struct tracee_var remote_addr; /* The address asked for, as the kernel copied it; at replay as user memory held it, and `socket` has the kernel's. */
	__u64 socket; /* The socket; struct socket. As it was at this moment, at replay as the call left it. */
};
_Static_assert(__builtin_offsetof(struct tracee_security_socket_connect, sockfd) == 0, "tracee_security_socket_connect.sockfd");
_Static_assert(__builtin_offsetof(struct tracee_security_socket_connect, type) == 8, "tracee_security_socket_connect.type");
_Static_assert(__builtin_offsetof(struct tracee_security_socket_connect, remote_addr) == 16, "tracee_security_socket_connect.remote_addr");
_Static_assert(__builtin_offsetof(struct tracee_security_socket_connect, socket) == 24, "tracee_security_socket_connect.socket");
_Static_assert(sizeof(struct tracee_security_socket_connect) == 32, "tracee_security_socket_connect");

/* An option of a socket is about to be set (or was, where it is made at replay). */
struct tracee_security_socket_setsockopt {
	__u64 sockfd; /* The descriptor as the call was given it; -1 when no such call asks (io_uring). */
	__u64 level; /* Protocol that the option is of. */
	__u64 optname; /* The option. */
	struct tracee_var local_addr; /* The socket's own address, NULL when it has none; struct sock. */
	__u64 socket; /* The socket as it was at this moment; struct socket. */
};
_Static_assert(__builtin_offsetof(struct tracee_security_socket_setsockopt, sockfd) == 0, "tracee_security_socket_setsockopt.sockfd");
_Static_assert(__builtin_offsetof(struct tracee_security_socket_setsockopt, level) == 8, "tracee_security_socket_setsockopt.level");
_Static_assert(__builtin_offsetof(struct tracee_security_socket_setsockopt, optname) == 16, "tracee_security_socket_setsockopt.optname");
_Static_assert(__builtin_offsetof(struct tracee_security_socket_setsockopt, local_addr) == 24, "tracee_security_socket_setsockopt.local_addr");
_Static_assert(__builtin_offsetof(struct tracee_security_socket_setsockopt, socket) == 32, "tracee_security_socket_setsockopt.socket");
_Static_assert(sizeof(struct tracee_security_socket_setsockopt) == 40, "tracee_security_socket_setsockopt");

/* A message is about to be sent to an address that is named with it (or was, where it is made at the exit of the call); a row for each of sendmmsg's. Hooks do not see those of one sendmmsg that go where the one before went: the kernel asks once. Messages of connected sockets name no address and make no row. */
struct tracee_security_socket_sendmsg {
	__u64 sockfd; /* The descriptor as the call was given it; -1 when no such call asks (io_uring). */
	__u64 type; /* Socket type; socket.type. */
	struct tracee_var remote_addr; /* The address, as the kernel copied it; at the exit of a call as user memory held it then. */
	__u64 size; /* Bytes to send; at the exit of a call the bytes sent, for sendmmsg as user memory held the number then. */
	__u64 socket; /* The socket as it was at this moment; struct socket. */
};
_Static_assert(__builtin_offsetof(struct tracee_security_socket_sendmsg, sockfd) == 0, "tracee_security_socket_sendmsg.sockfd");
_Static_assert(__builtin_offsetof(struct tracee_security_socket_sendmsg, type) == 8, "tracee_security_socket_sendmsg.type");
_Static_assert(__builtin_offsetof(struct tracee_security_socket_sendmsg, remote_addr) == 16, "tracee_security_socket_sendmsg.remote_addr");
_Static_assert(__builtin_offsetof(struct tracee_security_socket_sendmsg, size) == 24, "tracee_security_socket_sendmsg.size");
_Static_assert(__builtin_offsetof(struct tracee_security_socket_sendmsg, socket) == 32, "tracee_security_socket_sendmsg.socket");
_Static_assert(sizeof(struct tracee_security_socket_sendmsg) == 40, "tracee_security_socket_sendmsg");

/* A descriptor of a socket was duplicated by dup, dup2, dup3 or fcntl. */
struct tracee_socket_dup {
	__u64 oldfd; /* The descriptor that there was. */
	__u64 newfd; /* The new one. */
	struct tracee_var remote_addr; /* The peer's address, NULL when there is none; struct sock. */
	__u64 socket; /* The socket; struct socket. */
};
_Static_assert(__builtin_offsetof(struct tracee_socket_dup, oldfd) == 0, "tracee_socket_dup.oldfd");
_Static_assert(__builtin_offsetof(struct tracee_socket_dup, newfd) == 8, "tracee_socket_dup.newfd");
_Static_assert(__builtin_offsetof(struct tracee_socket_dup, remote_addr) == 16, "tracee_socket_dup.remote_addr");
_Static_assert(__builtin_offsetof(struct tracee_socket_dup, socket) == 24, "tracee_socket_dup.socket");
_Static_assert(sizeof(struct tracee_socket_dup) == 32, "tracee_socket_dup");

/* A TCP connection is begun from here: its first packet is about to be sent, by whatever call (also of io_uring). Not of what fails before, for want of a route. */
struct tracee_net_tcp_connect {
	struct tracee_var dst; /* Where to; sock.skc_daddr, sock.skc_v6_daddr. */
	__u64 dst_port; /* Port there; sock.skc_dport. */
	__u64 cookie; /* The socket's cookie, as its objects have it from now on; sock.skc_cookie. */
};
_Static_assert(__builtin_offsetof(struct tracee_net_tcp_connect, dst) == 0, "tracee_net_tcp_connect.dst");
_Static_assert(__builtin_offsetof(struct tracee_net_tcp_connect, dst_port) == 8, "tracee_net_tcp_connect.dst_port");
_Static_assert(__builtin_offsetof(struct tracee_net_tcp_connect, cookie) == 16, "tracee_net_tcp_connect.cookie");
_Static_assert(sizeof(struct tracee_net_tcp_connect) == 24, "tracee_net_tcp_connect");

/* A TCP connection was established: at the end that is in scope, once for each end when both are. The process is that which connected or listened; of an accepted connection that which accepted it, when the same segment tells. Missed: connections to a listening socket from outside the scope (handed over open). */
struct tracee_net_flow_tcp_begin {
	__u64 conn_direction; /* 1 outgoing, 2 incoming; 0 when the connection is older than the recording. */
	struct tracee_var src; /* Address of the end that began it (of this one, when that is not known); struct sock. */
	struct tracee_var dst; /* Address of the other end; struct sock. */
	__u64 src_port; /* Port of the end that began it. */
	__u64 dst_port; /* Port of the other end. */
	__u64 cookie; /* Cookie of the socket at this end, as its objects have it; sock.skc_cookie. */
	__u64 owner_start_boot_ns; /* Start of the process that connected or listened, boot-time nanoseconds; 0 when not known. */
	__u32 owner_pid; /* That process in the initial PID namespace, though it may have ended since; 0 when not known. */
	__u32 net_ns; /* Network namespace inode number; sock.skc_net. */
};
_Static_assert(__builtin_offsetof(struct tracee_net_flow_tcp_begin, conn_direction) == 0, "tracee_net_flow_tcp_begin.conn_direction");
_Static_assert(__builtin_offsetof(struct tracee_net_flow_tcp_begin, src) == 8, "tracee_net_flow_tcp_begin.src");
_Static_assert(__builtin_offsetof(struct tracee_net_flow_tcp_begin, dst) == 16, "tracee_net_flow_tcp_begin.dst");
_Static_assert(__builtin_offsetof(struct tracee_net_flow_tcp_begin, src_port) == 24, "tracee_net_flow_tcp_begin.src_port");
_Static_assert(__builtin_offsetof(struct tracee_net_flow_tcp_begin, dst_port) == 32, "tracee_net_flow_tcp_begin.dst_port");
_Static_assert(__builtin_offsetof(struct tracee_net_flow_tcp_begin, cookie) == 40, "tracee_net_flow_tcp_begin.cookie");
_Static_assert(__builtin_offsetof(struct tracee_net_flow_tcp_begin, owner_start_boot_ns) == 48, "tracee_net_flow_tcp_begin.owner_start_boot_ns");
_Static_assert(__builtin_offsetof(struct tracee_net_flow_tcp_begin, owner_pid) == 56, "tracee_net_flow_tcp_begin.owner_pid");
_Static_assert(__builtin_offsetof(struct tracee_net_flow_tcp_begin, net_ns) == 60, "tracee_net_flow_tcp_begin.net_ns");
_Static_assert(sizeof(struct tracee_net_flow_tcp_begin) == 64, "tracee_net_flow_tcp_begin");

/* An established TCP connection is over at this end, which may be long after its descriptors are closed. The process is as for net_flow_tcp_begin. Missed, too: connections that are still open when the recording ends. */
struct tracee_net_flow_tcp_end {
	__u64 conn_direction; /* 1 outgoing, 2 incoming; 0 when the connection is older than the recording. */
	struct tracee_var src; /* Address of the end that began it (of this one, when that is not known); struct sock. */
	struct tracee_var dst; /* Address of the other end; struct sock. */
	__u64 src_port; /* Port of the end that began it. */
	__u64 dst_port; /* Port of the other end. */
	__u64 cookie; /* Cookie of the socket at this end, as its objects have it; sock.skc_cookie. */
	__u64 owner_start_boot_ns; /* Start of the process that connected or listened, boot-time nanoseconds; 0 when not known. */
	__u32 owner_pid; /* That process in the initial PID namespace, though it may have ended since; 0 when not known. */
	__u32 net_ns; /* Network namespace inode number; sock.skc_net. */
	__u64 bytes_sent; /* Bytes that this end sent, each counted once; tcp_sock.bytes_sent less bytes_retrans. */
	__u64 bytes_received; /* Bytes that this end received in order; tcp_sock.bytes_received less the FIN. */
	__u64 duration_ns; /* Since it was established, nanoseconds; 0 when that was before the recording. */
};
_Static_assert(__builtin_offsetof(struct tracee_net_flow_tcp_end, conn_direction) == 0, "tracee_net_flow_tcp_end.conn_direction");
_Static_assert(__builtin_offsetof(struct tracee_net_flow_tcp_end, src) == 8, "tracee_net_flow_tcp_end.src");
_Static_assert(__builtin_offsetof(struct tracee_net_flow_tcp_end, dst) == 16, "tracee_net_flow_tcp_end.dst");
_Static_assert(__builtin_offsetof(struct tracee_net_flow_tcp_end, src_port) == 24, "tracee_net_flow_tcp_end.src_port");
_Static_assert(__builtin_offsetof(struct tracee_net_flow_tcp_end, dst_port) == 32, "tracee_net_flow_tcp_end.dst_port");
_Static_assert(__builtin_offsetof(struct tracee_net_flow_tcp_end, cookie) == 40, "tracee_net_flow_tcp_end.cookie");
_Static_assert(__builtin_offsetof(struct tracee_net_flow_tcp_end, owner_start_boot_ns) == 48, "tracee_net_flow_tcp_end.owner_start_boot_ns");
_Static_assert(__builtin_offsetof(struct tracee_net_flow_tcp_end, owner_pid) == 56, "tracee_net_flow_tcp_end.owner_pid");
_Static_assert(__builtin_offsetof(struct tracee_net_flow_tcp_end, net_ns) == 60, "tracee_net_flow_tcp_end.net_ns");
_Static_assert(__builtin_offsetof(struct tracee_net_flow_tcp_end, bytes_sent) == 64, "tracee_net_flow_tcp_end.bytes_sent");
_Static_assert(__builtin_offsetof(struct tracee_net_flow_tcp_end, bytes_received) == 72, "tracee_net_flow_tcp_end.bytes_received");
_Static_assert(__builtin_offsetof(struct tracee_net_flow_tcp_end, duration_ns) == 80, "tracee_net_flow_tcp_end.duration_ns");
_Static_assert(sizeof(struct tracee_net_flow_tcp_end) == 88, "tracee_net_flow_tcp_end");

/* A kernel module was put together in memory and is about to be initialized. */
struct tracee_module_load {
	struct tracee_var name; /* Its name; module.name. */
	struct tracee_var version; /* Its version, NULL when it says none; module.version. */
	struct tracee_var src_version; /* Digest of its source, NULL when it says none; module.srcversion. */
	__u64 file; /* The file that finit_module was given, as its descriptor has it at this moment; none for init_module. */
};
_Static_assert(__builtin_offsetof(struct tracee_module_load, name) == 0, "tracee_module_load.name");
_Static_assert(__builtin_offsetof(struct tracee_module_load, version) == 8, "tracee_module_load.version");
_Static_assert(__builtin_offsetof(struct tracee_module_load, src_version) == 16, "tracee_module_load.src_version");
_Static_assert(__builtin_offsetof(struct tracee_module_load, file) == 24, "tracee_module_load.file");
_Static_assert(sizeof(struct tracee_module_load) == 32, "tracee_module_load");

/* A kernel module is about to be taken out of memory: it was unloaded, or could not be initialized. */
struct tracee_module_free {
	struct tracee_var name; /* Its name; module.name. */
	struct tracee_var version; /* Its version, NULL when it says none; module.version. */
	struct tracee_var src_version; /* Digest of its source, NULL when it says none; module.srcversion. */
};
_Static_assert(__builtin_offsetof(struct tracee_module_free, name) == 0, "tracee_module_free.name");
_Static_assert(__builtin_offsetof(struct tracee_module_free, version) == 8, "tracee_module_free.version");
_Static_assert(__builtin_offsetof(struct tracee_module_free, src_version) == 16, "tracee_module_free.src_version");
_Static_assert(sizeof(struct tracee_module_free) == 24, "tracee_module_free");

/* A kernel module's own function for its beginning is about to be called. */
struct tracee_do_init_module {
	struct tracee_var name; /* Its name; module.name. */
	struct tracee_var version; /* Its version, NULL when it says none; module.version. */
	struct tracee_var src_version; /* Digest of its source, NULL when it says none; module.srcversion. */
};
_Static_assert(__builtin_offsetof(struct tracee_do_init_module, name) == 0, "tracee_do_init_module.name");
_Static_assert(__builtin_offsetof(struct tracee_do_init_module, version) == 8, "tracee_do_init_module.version");
_Static_assert(__builtin_offsetof(struct tracee_do_init_module, src_version) == 16, "tracee_do_init_module.src_version");
_Static_assert(sizeof(struct tracee_do_init_module) == 24, "tracee_do_init_module");

/* The kernel is about to read a file for its own use: a module, firmware, a kernel to start, a policy. */
struct tracee_security_kernel_read_file {
	__u64 file; /* The file; struct file. */
	__u64 type; /* What it is read for; enum kernel_read_file_id. */
};
_Static_assert(__builtin_offsetof(struct tracee_security_kernel_read_file, file) == 0, "tracee_security_kernel_read_file.file");
_Static_assert(__builtin_offsetof(struct tracee_security_kernel_read_file, type) == 8, "tracee_security_kernel_read_file.type");
_Static_assert(sizeof(struct tracee_security_kernel_read_file) == 16, "tracee_security_kernel_read_file");

/* The kernel has read a file for its own use and has not used it yet. */
struct tracee_security_kernel_post_read_file {
	__u64 file; /* The file; struct file. */
	__s64 size; /* Bytes that were read. */
	__u64 type; /* What it is read for; enum kernel_read_file_id. */
};
_Static_assert(__builtin_offsetof(struct tracee_security_kernel_post_read_file, file) == 0, "tracee_security_kernel_post_read_file.file");
_Static_assert(__builtin_offsetof(struct tracee_security_kernel_post_read_file, size) == 8, "tracee_security_kernel_post_read_file.size");
_Static_assert(__builtin_offsetof(struct tracee_security_kernel_post_read_file, type) == 16, "tracee_security_kernel_post_read_file.type");
_Static_assert(sizeof(struct tracee_security_kernel_post_read_file) == 24, "tracee_security_kernel_post_read_file");

/* A BPF command is about to be carried out (or was, where it is made at replay). */
struct tracee_security_bpf {
	__u64 cmd; /* The command. */
};
_Static_assert(__builtin_offsetof(struct tracee_security_bpf, cmd) == 0, "tracee_security_bpf.cmd");
_Static_assert(sizeof(struct tracee_security_bpf) == 8, "tracee_security_bpf");

/* A task is about to be given a descriptor of a BPF map, new or old (or was, at the exit of the call). */
struct tracee_security_bpf_map {
	__u64 map_id; /* Number of the map; bpf_map.id. */
	struct tracee_var map_name; /* Its name; bpf_map.name. */
};
_Static_assert(__builtin_offsetof(struct tracee_security_bpf_map, map_id) == 0, "tracee_security_bpf_map.map_id");
_Static_assert(__builtin_offsetof(struct tracee_security_bpf_map, map_name) == 8, "tracee_security_bpf_map.map_name");
_Static_assert(sizeof(struct tracee_security_bpf_map) == 16, "tracee_security_bpf_map");

/* A task is about to be given a descriptor of a BPF program, new or old (or was, at the exit of the call). */
struct tracee_security_bpf_prog {
	__u64 type; /* Type of the program; bpf_prog.type. */
	struct tracee_var name; /* Its name, the first 15 bytes; bpf_prog_aux.name. */
	struct tracee_var helpers; /* Numbers of the helper functions that it calls (enum bpf_func_id), ascending; NULL when its loading was not seen, which takes a hook in the verifier. */
	__u64 id; /* Number of the program; bpf_prog_aux.id. */
	__u64 load; /* 1 when it was loaded just now, 0 when it was there already. */
	struct tracee_var tag; /* The first 8 bytes of a digest of its instructions; bpf_prog.tag. */
	struct tracee_var maps; /* Numbers of the maps that it uses; bpf_prog_aux.used_maps. */
};
_Static_assert(__builtin_offsetof(struct tracee_security_bpf_prog, type) == 0, "tracee_security_bpf_prog.type");
_Static_assert(__builtin_offsetof(struct tracee_security_bpf_prog, name) == 8, "tracee_security_bpf_prog.name");
_Static_assert(__builtin_offsetof(struct tracee_security_bpf_prog, helpers) == 16, "tracee_security_bpf_prog.helpers");
_Static_assert(__builtin_offsetof(struct tracee_security_bpf_prog, id) == 24, "tracee_security_bpf_prog.id");
_Static_assert(__builtin_offsetof(struct tracee_security_bpf_prog, load) == 32, "tracee_security_bpf_prog.load");
_Static_assert(__builtin_offsetof(struct tracee_security_bpf_prog, tag) == 40, "tracee_security_bpf_prog.tag");
_Static_assert(__builtin_offsetof(struct tracee_security_bpf_prog, maps) == 48, "tracee_security_bpf_prog.maps");
_Static_assert(sizeof(struct tracee_security_bpf_prog) == 56, "tracee_security_bpf_prog");

/* A BPF program was attached to something by a link, a perf event or BPF_PROG_ATTACH to a control group. */
struct tracee_bpf_attach {
	__u64 prog_type; /* Type of the program; bpf_prog.type. */
	struct tracee_var prog_name; /* Its name, the first 15 bytes; bpf_prog_aux.name. */
	__u64 prog_id; /* Number of the program; bpf_prog_aux.id. */
	struct tracee_var prog_helpers; /* Numbers of the helper functions that it calls (enum bpf_func_id), ascending; NULL when its loading was not seen, which takes a hook in the verifier. */
	struct tracee_var symbol_name; /* What it is attached to: the tracepoint, the function, the file of a uprobe, the perf unit; else NULL. */
	__u64 symbol_addr; /* Address of the kprobe, or offset of the uprobe in its file; 0 where there is neither. */
	__u64 attach_type; /* What kind of thing it is attached to. */
	__u64 expected_attach_type; /* What the program was loaded for, where its type leaves that open; bpf_prog.expected_attach_type. */
	__u64 link_id; /* Number of the link, 0 when there is none; bpf_link.id. */
};
_Static_assert(__builtin_offsetof(struct tracee_bpf_attach, prog_type) == 0, "tracee_bpf_attach.prog_type");
_Static_assert(__builtin_offsetof(struct tracee_bpf_attach, prog_name) == 8, "tracee_bpf_attach.prog_name");
_Static_assert(__builtin_offsetof(struct tracee_bpf_attach, prog_id) == 16, "tracee_bpf_attach.prog_id");
_Static_assert(__builtin_offsetof(struct tracee_bpf_attach, prog_helpers) == 24, "tracee_bpf_attach.prog_helpers");
_Static_assert(__builtin_offsetof(struct tracee_bpf_attach, symbol_name) == 32, "tracee_bpf_attach.symbol_name");
_Static_assert(__builtin_offsetof(struct tracee_bpf_attach, symbol_addr) == 40, "tracee_bpf_attach.symbol_addr");
_Static_assert(__builtin_offsetof(struct tracee_bpf_attach, attach_type) == 48, "tracee_bpf_attach.attach_type");
_Static_assert(__builtin_offsetof(struct tracee_bpf_attach, expected_attach_type) == 56, "tracee_bpf_attach.expected_attach_type");
_Static_assert(__builtin_offsetof(struct tracee_bpf_attach, link_id) == 64, "tracee_bpf_attach.link_id");
_Static_assert(sizeof(struct tracee_bpf_attach) == 72, "tracee_bpf_attach");

/* A kprobe (or the one behind a kretprobe) was set. */
struct tracee_kprobe_attach {
	struct tracee_var symbol_name; /* The function, NULL when an address was given; kprobe.symbol_name. */
	__u64 pre_handler_addr; /* Called before the instruction; kprobe.pre_handler. */
	__u64 post_handler_addr; /* Called after it, 0 for none; kprobe.post_handler. */
	__u64 addr; /* Where it is set; kprobe.addr. */
};
_Static_assert(__builtin_offsetof(struct tracee_kprobe_attach, symbol_name) == 0, "tracee_kprobe_attach.symbol_name");
_Static_assert(__builtin_offsetof(struct tracee_kprobe_attach, pre_handler_addr) == 8, "tracee_kprobe_attach.pre_handler_addr");
_Static_assert(__builtin_offsetof(struct tracee_kprobe_attach, post_handler_addr) == 16, "tracee_kprobe_attach.post_handler_addr");
_Static_assert(__builtin_offsetof(struct tracee_kprobe_attach, addr) == 24, "tracee_kprobe_attach.addr");
_Static_assert(sizeof(struct tracee_kprobe_attach) == 32, "tracee_kprobe_attach");

/* The kernel is about to start a program of its own accord; the row's task is who made it do so. */
struct tracee_call_usermodehelper {
	struct tracee_var pathname; /* The program; subprocess_info.path. */
	struct tracee_var argv; /* Its arguments; subprocess_info.argv. */
	struct tracee_var envp; /* Its environment; subprocess_info.envp. */
	__u64 wait; /* What is waited for. */
};
_Static_assert(__builtin_offsetof(struct tracee_call_usermodehelper, pathname) == 0, "tracee_call_usermodehelper.pathname");
_Static_assert(__builtin_offsetof(struct tracee_call_usermodehelper, argv) == 8, "tracee_call_usermodehelper.argv");
_Static_assert(__builtin_offsetof(struct tracee_call_usermodehelper, envp) == 16, "tracee_call_usermodehelper.envp");
_Static_assert(__builtin_offsetof(struct tracee_call_usermodehelper, wait) == 24, "tracee_call_usermodehelper.wait");
_Static_assert(sizeof(struct tracee_call_usermodehelper) == 32, "tracee_call_usermodehelper");

/* The address of a kernel symbol was looked up, in the kernel, by its name. */
struct tracee_kallsyms_lookup_name {
	struct tracee_var symbol_name; /* The name. */
	__u64 symbol_address; /* The address, 0 when there is no such symbol. */
};
_Static_assert(__builtin_offsetof(struct tracee_kallsyms_lookup_name, symbol_name) == 0, "tracee_kallsyms_lookup_name.symbol_name");
_Static_assert(__builtin_offsetof(struct tracee_kallsyms_lookup_name, symbol_address) == 8, "tracee_kallsyms_lookup_name.symbol_address");
_Static_assert(sizeof(struct tracee_kallsyms_lookup_name) == 16, "tracee_kallsyms_lookup_name");

/* A file is about to be made in /proc. */
struct tracee_proc_create {
	struct tracee_var name; /* Its name in the directory it is made in. */
	__u64 proc_ops_addr; /* Address of its operations; struct proc_ops. */
};
_Static_assert(__builtin_offsetof(struct tracee_proc_create, name) == 0, "tracee_proc_create.name");
_Static_assert(__builtin_offsetof(struct tracee_proc_create, proc_ops_addr) == 8, "tracee_proc_create.proc_ops_addr");
_Static_assert(sizeof(struct tracee_proc_create) == 16, "tracee_proc_create");

/* A file is about to be made in debugfs. */
struct tracee_debugfs_create_file {
	struct tracee_var file_name; /* Its name. */
	struct tracee_var path; /* The directory it is made in, from debugfs's root on; NULL for the root. */
	__u64 mode; /* Its mode. */
	__u64 proc_ops_addr; /* Address of its operations; struct file_operations. */
};
_Static_assert(__builtin_offsetof(struct tracee_debugfs_create_file, file_name) == 0, "tracee_debugfs_create_file.file_name");
_Static_assert(__builtin_offsetof(struct tracee_debugfs_create_file, path) == 8, "tracee_debugfs_create_file.path");
_Static_assert(__builtin_offsetof(struct tracee_debugfs_create_file, mode) == 16, "tracee_debugfs_create_file.mode");
_Static_assert(__builtin_offsetof(struct tracee_debugfs_create_file, proc_ops_addr) == 24, "tracee_debugfs_create_file.proc_ops_addr");
_Static_assert(sizeof(struct tracee_debugfs_create_file) == 32, "tracee_debugfs_create_file");

/* A directory is about to be made in debugfs. */
struct tracee_debugfs_create_dir {
	struct tracee_var name; /* Its name. */
	struct tracee_var path; /* The directory it is made in, from debugfs's root on; NULL for the root. */
};
_Static_assert(__builtin_offsetof(struct tracee_debugfs_create_dir, name) == 0, "tracee_debugfs_create_dir.name");
_Static_assert(__builtin_offsetof(struct tracee_debugfs_create_dir, path) == 8, "tracee_debugfs_create_dir.path");
_Static_assert(sizeof(struct tracee_debugfs_create_dir) == 16, "tracee_debugfs_create_dir");

/* A range of character devices was registered with operations of its own. */
struct tracee_register_chrdev {
	__u64 requested_major_number; /* The major number that was asked for, 0 for any. */
	__u64 granted_major_number; /* The major number that was given. */
	struct tracee_var char_device_name; /* Its name. */
	__u64 char_device_fops; /* Address of its operations; struct file_operations. */
};
_Static_assert(__builtin_offsetof(struct tracee_register_chrdev, requested_major_number) == 0, "tracee_register_chrdev.requested_major_number");
_Static_assert(__builtin_offsetof(struct tracee_register_chrdev, granted_major_number) == 8, "tracee_register_chrdev.granted_major_number");
_Static_assert(__builtin_offsetof(struct tracee_register_chrdev, char_device_name) == 16, "tracee_register_chrdev.char_device_name");
_Static_assert(__builtin_offsetof(struct tracee_register_chrdev, char_device_fops) == 24, "tracee_register_chrdev.char_device_fops");
_Static_assert(sizeof(struct tracee_register_chrdev) == 32, "tracee_register_chrdev");

/* A device is about to be added to the system. */
struct tracee_device_add {
	struct tracee_var name; /* Its name, NULL when its subsystem has yet to give it one. */
	struct tracee_var parent_name; /* Name of the device that it is part of, NULL for none. */
};
_Static_assert(__builtin_offsetof(struct tracee_device_add, name) == 0, "tracee_device_add.name");
_Static_assert(__builtin_offsetof(struct tracee_device_add, parent_name) == 8, "tracee_device_add.parent_name");
_Static_assert(sizeof(struct tracee_device_add) == 16, "tracee_device_add");

/* The system's time or time zone is about to be set (or was, where it is made at replay). */
struct tracee_security_settime64 {
	__s64 tv_sec; /* Seconds since 1970; 0 when the time is not set. */
	__s64 tv_nsec; /* Nanoseconds above them; 0 when the time is not set. */
	__u64 tz_minuteswest; /* Minutes west of Greenwich; 0 when the zone is not set. */
	__u64 tz_dsttime; /* Kind of summer time; 0 when the zone is not set. */
	__u64 given; /* Which of the two is set. */
};
_Static_assert(__builtin_offsetof(struct tracee_security_settime64, tv_sec) == 0, "tracee_security_settime64.tv_sec");
_Static_assert(__builtin_offsetof(struct tracee_security_settime64, tv_nsec) == 8, "tracee_security_settime64.tv_nsec");
_Static_assert(__builtin_offsetof(struct tracee_security_settime64, tz_minuteswest) == 16, "tracee_security_settime64.tz_minuteswest");
_Static_assert(__builtin_offsetof(struct tracee_security_settime64, tz_dsttime) == 24, "tracee_security_settime64.tz_dsttime");
_Static_assert(__builtin_offsetof(struct tracee_security_settime64, given) == 32, "tracee_security_settime64.given");
_Static_assert(sizeof(struct tracee_security_settime64) == 40, "tracee_security_settime64");

/* A resource limit is about to be set (or was, where it is made at replay). */
struct tracee_security_task_setrlimit {
	__u64 target_host_pid; /* The process whose limit it is, in the initial PID namespace; 0 when that cannot be told. */
	__u64 resource; /* The limit. */
	__u64 new_rlim_cur; /* Its new soft value; rlimit.rlim_cur. */
	__u64 new_rlim_max; /* Its new hard value; rlimit.rlim_max. */
};
_Static_assert(__builtin_offsetof(struct tracee_security_task_setrlimit, target_host_pid) == 0, "tracee_security_task_setrlimit.target_host_pid");
_Static_assert(__builtin_offsetof(struct tracee_security_task_setrlimit, resource) == 8, "tracee_security_task_setrlimit.resource");
_Static_assert(__builtin_offsetof(struct tracee_security_task_setrlimit, new_rlim_cur) == 16, "tracee_security_task_setrlimit.new_rlim_cur");
_Static_assert(__builtin_offsetof(struct tracee_security_task_setrlimit, new_rlim_max) == 24, "tracee_security_task_setrlimit.new_rlim_max");
_Static_assert(sizeof(struct tracee_security_task_setrlimit) == 32, "tracee_security_task_setrlimit");

/* A prctl is about to be carried out (or was, where it is made at replay). */
struct tracee_security_task_prctl {
	__u64 option; /* What is asked for. */
	__u64 arg2; /* Second argument. */
	__u64 arg3; /* Third argument. */
	__u64 arg4; /* Fourth argument. */
	__u64 arg5; /* Fifth argument. */
};
_Static_assert(__builtin_offsetof(struct tracee_security_task_prctl, option) == 0, "tracee_security_task_prctl.option");
_Static_assert(__builtin_offsetof(struct tracee_security_task_prctl, arg2) == 8, "tracee_security_task_prctl.arg2");
_Static_assert(__builtin_offsetof(struct tracee_security_task_prctl, arg3) == 16, "tracee_security_task_prctl.arg3");
_Static_assert(__builtin_offsetof(struct tracee_security_task_prctl, arg4) == 24, "tracee_security_task_prctl.arg4");
_Static_assert(__builtin_offsetof(struct tracee_security_task_prctl, arg5) == 32, "tracee_security_task_prctl.arg5");
_Static_assert(sizeof(struct tracee_security_task_prctl) == 40, "tracee_security_task_prctl");

/* The table of system calls leads out of the kernel's own code, or to where none of its calls begins. */
struct tracee_hooked_syscall {
	struct tracee_var syscall; /* The call; empty for a number that is none. */
	__u64 address; /* Where the table leads. */
	struct tracee_var function; /* Name of the function there, NULL when no symbol is near. */
	struct tracee_var owner; /* Module that it belongs to, `kernel` for the kernel's own; NULL when it lies in nobody's memory that is listed. */
	__u64 number; /* Number of the call on this architecture. */
	__u64 is_used; /* 1 when calls go through the table; 0 where the kernel calls by a switch (x86_64 since 6.9, and later versions of older kernels) and the table just tells tracers where they are. */
};
_Static_assert(__builtin_offsetof(struct tracee_hooked_syscall, syscall) == 0, "tracee_hooked_syscall.syscall");
_Static_assert(__builtin_offsetof(struct tracee_hooked_syscall, address) == 8, "tracee_hooked_syscall.address");
_Static_assert(__builtin_offsetof(struct tracee_hooked_syscall, function) == 16, "tracee_hooked_syscall.function");
_Static_assert(__builtin_offsetof(struct tracee_hooked_syscall, owner) == 24, "tracee_hooked_syscall.owner");
_Static_assert(__builtin_offsetof(struct tracee_hooked_syscall, number) == 32, "tracee_hooked_syscall.number");
_Static_assert(__builtin_offsetof(struct tracee_hooked_syscall, is_used) == 40, "tracee_hooked_syscall.is_used");
_Static_assert(sizeof(struct tracee_hooked_syscall) == 48, "tracee_hooked_syscall");

/* What lists network connections in /proc leads out of the kernel's own code; a row for each function. */
struct tracee_hooked_seq_ops {
	struct tracee_var hooked_seq_ops; /* The sequence and its function, as `tcp4_seq_ops.show`. */
	__u64 address; /* Where it leads. */
	struct tracee_var function; /* Name of the function there, NULL when no symbol is near. */
	struct tracee_var owner; /* Module that it belongs to, `kernel` for the kernel's own; NULL when it lies in nobody's memory that is listed. */
};
_Static_assert(__builtin_offsetof(struct tracee_hooked_seq_ops, hooked_seq_ops) == 0, "tracee_hooked_seq_ops.hooked_seq_ops");
_Static_assert(__builtin_offsetof(struct tracee_hooked_seq_ops, address) == 8, "tracee_hooked_seq_ops.address");
_Static_assert(__builtin_offsetof(struct tracee_hooked_seq_ops, function) == 16, "tracee_hooked_seq_ops.function");
_Static_assert(__builtin_offsetof(struct tracee_hooked_seq_ops, owner) == 24, "tracee_hooked_seq_ops.owner");
_Static_assert(sizeof(struct tracee_hooked_seq_ops) == 32, "tracee_hooked_seq_ops");

/* A function of the kernel has a hook set through ftrace that is no BPF program. */
struct tracee_ftrace_hook {
	struct tracee_var symbol; /* The function. */
	struct tracee_var trampoline; /* Address of the trampoline, NULL when there is none of its own. */
	struct tracee_var callback; /* What is called, NULL when there are several. */
	__s64 callback_offset; /* Bytes from its beginning. */
	struct tracee_var callback_owner; /* Module that it belongs to, NULL for the kernel's own. */
	struct tracee_var flags; /* Letters: R is given registers, I may change where to go on, D is called directly, O has trampolines of its own, M once had I or D. */
	__u64 count; /* Callbacks on the function. */
};
_Static_assert(__builtin_offsetof(struct tracee_ftrace_hook, symbol) == 0, "tracee_ftrace_hook.symbol");
_Static_assert(__builtin_offsetof(struct tracee_ftrace_hook, trampoline) == 8, "tracee_ftrace_hook.trampoline");
_Static_assert(__builtin_offsetof(struct tracee_ftrace_hook, callback) == 16, "tracee_ftrace_hook.callback");
_Static_assert(__builtin_offsetof(struct tracee_ftrace_hook, callback_offset) == 24, "tracee_ftrace_hook.callback_offset");
_Static_assert(__builtin_offsetof(struct tracee_ftrace_hook, callback_owner) == 32, "tracee_ftrace_hook.callback_owner");
_Static_assert(__builtin_offsetof(struct tracee_ftrace_hook, flags) == 40, "tracee_ftrace_hook.flags");
_Static_assert(__builtin_offsetof(struct tracee_ftrace_hook, count) == 48, "tracee_ftrace_hook.count");
_Static_assert(sizeof(struct tracee_ftrace_hook) == 56, "tracee_ftrace_hook");

/* A module is alive in the kernel's memory and not listed in /proc/modules. */
struct tracee_hidden_kernel_module {
	__u64 address; /* Where its struct module is. */
	struct tracee_var name; /* Its name; module.name. */
	struct tracee_var srcversion; /* Digest of its source, NULL when it says none; module.srcversion. */
};
_Static_assert(__builtin_offsetof(struct tracee_hidden_kernel_module, address) == 0, "tracee_hidden_kernel_module.address");
_Static_assert(__builtin_offsetof(struct tracee_hidden_kernel_module, name) == 8, "tracee_hidden_kernel_module.name");
_Static_assert(__builtin_offsetof(struct tracee_hidden_kernel_module, srcversion) == 16, "tracee_hidden_kernel_module.srcversion");
_Static_assert(sizeof(struct tracee_hidden_kernel_module) == 24, "tracee_hidden_kernel_module");

/* A program wrote or read bytes, or changed a file's content in another way; or memory, a module or a BPF program held them. In pieces of at most 64 KiB, only where `--capture` asks for it. */
struct tracee_content {
	__u64 file; /* The file; 0 for memory. */
	__s64 offset; /* Where the piece begins, in the file (file.f_pos, or as the call says) or in the memory region; -1 where it is not known. */
	__u64 size; /* Bytes of the piece, kept or not; of a truncation the new size of the file. */
	__u64 stream; /* Number of the call that it came with: pieces of one call have the same. */
	__u64 address; /* Where the region begins in the memory of the process; the number of a BPF program; 0 for files. */
	__s32 fd; /* Descriptor that the call was given, -1 for none. */
	__u32 kind; /* What is kept by it. */
	__u32 way; /* How the bytes went. */
	__u32 flags; /* What is special about the piece. */
	struct tracee_var digest; /* BLAKE3 of the bytes, 32 bytes; empty when there are none. */
	struct tracee_var data; /* The bytes, as memory held them when the call ended; empty where they are not kept, or kept elsewhere by their digest. */
};
_Static_assert(__builtin_offsetof(struct tracee_content, file) == 0, "tracee_content.file");
_Static_assert(__builtin_offsetof(struct tracee_content, offset) == 8, "tracee_content.offset");
_Static_assert(__builtin_offsetof(struct tracee_content, size) == 16, "tracee_content.size");
_Static_assert(__builtin_offsetof(struct tracee_content, stream) == 24, "tracee_content.stream");
_Static_assert(__builtin_offsetof(struct tracee_content, address) == 32, "tracee_content.address");
_Static_assert(__builtin_offsetof(struct tracee_content, fd) == 40, "tracee_content.fd");
_Static_assert(__builtin_offsetof(struct tracee_content, kind) == 44, "tracee_content.kind");
_Static_assert(__builtin_offsetof(struct tracee_content, way) == 48, "tracee_content.way");
_Static_assert(__builtin_offsetof(struct tracee_content, flags) == 52, "tracee_content.flags");
_Static_assert(__builtin_offsetof(struct tracee_content, digest) == 56, "tracee_content.digest");
_Static_assert(__builtin_offsetof(struct tracee_content, data) == 64, "tracee_content.data");
_Static_assert(sizeof(struct tracee_content) == 72, "tracee_content");

/* A packet went to or from a socket of this host, or passed an interface without one. Only where `--capture net` asks for it. One row for each buffer of the kernel's (sk_buff), which may stand for many packets of the wire. */
struct tracee_net_packet_raw {
	__u64 cookie; /* Cookie of the socket; sock_common.skc_cookie. 0 when there is none. */
	__u32 length; /* Bytes of the packet, from the first byte of `data` on; sk_buff.len. */
	__u32 gso_segs; /* Segments that it stands for; skb_shared_info.gso_segs. 0 and 1: one. */
	__u32 gso_size; /* Bytes of payload of each; skb_shared_info.gso_size. */
	__u32 ifindex; /* Number of the interface in its namespace; net_device.ifindex. 0 when there is none. */
	__u32 net_namespace; /* Number of the network namespace; net.ns.inum. */
	__u32 protocol; /* What the network header is: an Ethernet type (0x0800 is IPv4); sk_buff.protocol. */
	__u32 direction; /* Which way it goes. */
	__u32 owner_by; /* How its owner, whose context the row has, is known. */
	__u32 link; /* What `data` begins with. */
	__u32 seen_at; /* Where it was seen. */
	struct tracee_var interface; /* Name of the interface; net_device.name. */
	struct tracee_var data; /* The packet's first bytes, as many as `--capture net:snaplen=` says. */
};
_Static_assert(__builtin_offsetof(struct tracee_net_packet_raw, cookie) == 0, "tracee_net_packet_raw.cookie");
_Static_assert(__builtin_offsetof(struct tracee_net_packet_raw, length) == 8, "tracee_net_packet_raw.length");
_Static_assert(__builtin_offsetof(struct tracee_net_packet_raw, gso_segs) == 12, "tracee_net_packet_raw.gso_segs");
_Static_assert(__builtin_offsetof(struct tracee_net_packet_raw, gso_size) == 16, "tracee_net_packet_raw.gso_size");
_Static_assert(__builtin_offsetof(struct tracee_net_packet_raw, ifindex) == 20, "tracee_net_packet_raw.ifindex");
_Static_assert(__builtin_offsetof(struct tracee_net_packet_raw, net_namespace) == 24, "tracee_net_packet_raw.net_namespace");
_Static_assert(__builtin_offsetof(struct tracee_net_packet_raw, protocol) == 28, "tracee_net_packet_raw.protocol");
_Static_assert(__builtin_offsetof(struct tracee_net_packet_raw, direction) == 32, "tracee_net_packet_raw.direction");
_Static_assert(__builtin_offsetof(struct tracee_net_packet_raw, owner_by) == 36, "tracee_net_packet_raw.owner_by");
_Static_assert(__builtin_offsetof(struct tracee_net_packet_raw, link) == 40, "tracee_net_packet_raw.link");
_Static_assert(__builtin_offsetof(struct tracee_net_packet_raw, seen_at) == 44, "tracee_net_packet_raw.seen_at");
_Static_assert(__builtin_offsetof(struct tracee_net_packet_raw, interface) == 48, "tracee_net_packet_raw.interface");
_Static_assert(__builtin_offsetof(struct tracee_net_packet_raw, data) == 56, "tracee_net_packet_raw.data");
_Static_assert(sizeof(struct tracee_net_packet_raw) == 64, "tracee_net_packet_raw");

/* A packet of IPv4 was seen. */
struct tracee_net_packet_ipv4 {
	struct tracee_var src; /* Sender; as the packet says. */
	struct tracee_var dst; /* Receiver; as the packet says. */
	struct tracee_var proto_ipv4; /* The header: version, IHL, TOS, length, id, flags, fragOffset, TTL, protocol, srcIP, dstIP. */
	__u32 direction; /* Which way the packet goes. */
	__u32 owner_by; /* How its owner, whose context the row has, is known. */
	struct tracee_var problem; /* What is malformed, cut or missing in what was read; NULL when nothing is. */
};
_Static_assert(__builtin_offsetof(struct tracee_net_packet_ipv4, src) == 0, "tracee_net_packet_ipv4.src");
_Static_assert(__builtin_offsetof(struct tracee_net_packet_ipv4, dst) == 8, "tracee_net_packet_ipv4.dst");
_Static_assert(__builtin_offsetof(struct tracee_net_packet_ipv4, proto_ipv4) == 16, "tracee_net_packet_ipv4.proto_ipv4");
_Static_assert(__builtin_offsetof(struct tracee_net_packet_ipv4, direction) == 24, "tracee_net_packet_ipv4.direction");
_Static_assert(__builtin_offsetof(struct tracee_net_packet_ipv4, owner_by) == 28, "tracee_net_packet_ipv4.owner_by");
_Static_assert(__builtin_offsetof(struct tracee_net_packet_ipv4, problem) == 32, "tracee_net_packet_ipv4.problem");
_Static_assert(sizeof(struct tracee_net_packet_ipv4) == 40, "tracee_net_packet_ipv4");

/* A packet of IPv6 was seen. */
struct tracee_net_packet_ipv6 {
	struct tracee_var src; /* Sender; as the packet says. */
	struct tracee_var dst; /* Receiver; as the packet says. */
	struct tracee_var proto_ipv6; /* The header: version, trafficClass, flowLabel, length, nextHeader (behind extension headers), hopLimit, srcIP, dstIP. */
	__u32 direction; /* Which way the packet goes. */
	__u32 owner_by; /* How its owner, whose context the row has, is known. */
	struct tracee_var problem; /* What is malformed, cut or missing in what was read; NULL when nothing is. */
};
_Static_assert(__builtin_offsetof(struct tracee_net_packet_ipv6, src) == 0, "tracee_net_packet_ipv6.src");
_Static_assert(__builtin_offsetof(struct tracee_net_packet_ipv6, dst) == 8, "tracee_net_packet_ipv6.dst");
_Static_assert(__builtin_offsetof(struct tracee_net_packet_ipv6, proto_ipv6) == 16, "tracee_net_packet_ipv6.proto_ipv6");
_Static_assert(__builtin_offsetof(struct tracee_net_packet_ipv6, direction) == 24, "tracee_net_packet_ipv6.direction");
_Static_assert(__builtin_offsetof(struct tracee_net_packet_ipv6, owner_by) == 28, "tracee_net_packet_ipv6.owner_by");
_Static_assert(__builtin_offsetof(struct tracee_net_packet_ipv6, problem) == 32, "tracee_net_packet_ipv6.problem");
_Static_assert(sizeof(struct tracee_net_packet_ipv6) == 40, "tracee_net_packet_ipv6");

/* A segment of TCP was seen. */
struct tracee_net_packet_tcp {
	struct tracee_var src; /* Sender; as the packet says. */
	struct tracee_var dst; /* Receiver; as the packet says. */
	__u32 src_port; /* The sender's port. */
	__u32 dst_port; /* The receiver's port. */
	struct tracee_var proto_tcp; /* The header: srcPort, dstPort, seq, ack (null without ACK), FIN, SYN, RST, PSH, ACK, URG, ECE, CWR, NS, window. */
	__u32 direction; /* Which way the packet goes. */
	__u32 owner_by; /* How its owner, whose context the row has, is known. */
	struct tracee_var problem; /* What is malformed, cut or missing in what was read; NULL when nothing is. */
};
_Static_assert(__builtin_offsetof(struct tracee_net_packet_tcp, src) == 0, "tracee_net_packet_tcp.src");
_Static_assert(__builtin_offsetof(struct tracee_net_packet_tcp, dst) == 8, "tracee_net_packet_tcp.dst");
_Static_assert(__builtin_offsetof(struct tracee_net_packet_tcp, src_port) == 16, "tracee_net_packet_tcp.src_port");
_Static_assert(__builtin_offsetof(struct tracee_net_packet_tcp, dst_port) == 20, "tracee_net_packet_tcp.dst_port");
_Static_assert(__builtin_offsetof(struct tracee_net_packet_tcp, proto_tcp) == 24, "tracee_net_packet_tcp.proto_tcp");
_Static_assert(__builtin_offsetof(struct tracee_net_packet_tcp, direction) == 32, "tracee_net_packet_tcp.direction");
_Static_assert(__builtin_offsetof(struct tracee_net_packet_tcp, owner_by) == 36, "tracee_net_packet_tcp.owner_by");
_Static_assert(__builtin_offsetof(struct tracee_net_packet_tcp, problem) == 40, "tracee_net_packet_tcp.problem");
_Static_assert(sizeof(struct tracee_net_packet_tcp) == 48, "tracee_net_packet_tcp");

/* A datagram of UDP was seen, or its first fragment. */
struct tracee_net_packet_udp {
	struct tracee_var src; /* Sender; as the packet says. */
	struct tracee_var dst; /* Receiver; as the packet says. */
	__u32 src_port; /* The sender's port. */
	__u32 dst_port; /* The receiver's port. */
	struct tracee_var proto_udp; /* The header: srcPort, dstPort, length. */
	__u32 direction; /* Which way the packet goes. */
	__u32 owner_by; /* How its owner, whose context the row has, is known. */
	struct tracee_var problem; /* What is malformed, cut or missing in what was read; NULL when nothing is. */
};
_Static_assert(__builtin_offsetof(struct tracee_net_packet_udp, src) == 0, "tracee_net_packet_udp.src");
_Static_assert(__builtin_offsetof(struct tracee_net_packet_udp, dst) == 8, "tracee_net_packet_udp.dst");
_Static_assert(__builtin_offsetof(struct tracee_net_packet_udp, src_port) == 16, "tracee_net_packet_udp.src_port");
_Static_assert(__builtin_offsetof(struct tracee_net_packet_udp, dst_port) == 20, "tracee_net_packet_udp.dst_port");
_Static_assert(__builtin_offsetof(struct tracee_net_packet_udp, proto_udp) == 24, "tracee_net_packet_udp.proto_udp");
_Static_assert(__builtin_offsetof(struct tracee_net_packet_udp, direction) == 32, "tracee_net_packet_udp.direction");
_Static_assert(__builtin_offsetof(struct tracee_net_packet_udp, owner_by) == 36, "tracee_net_packet_udp.owner_by");
_Static_assert(__builtin_offsetof(struct tracee_net_packet_udp, problem) == 40, "tracee_net_packet_udp.problem");
_Static_assert(sizeof(struct tracee_net_packet_udp) == 48, "tracee_net_packet_udp");

/* A message of ICMP was seen. */
struct tracee_net_packet_icmp {
	struct tracee_var src; /* Sender; as the packet says. */
	struct tracee_var dst; /* Receiver; as the packet says. */
	struct tracee_var proto_icmp; /* The header: type, code, and of an echo id and seq. */
	__u32 direction; /* Which way the packet goes. */
	__u32 owner_by; /* How its owner, whose context the row has, is known. */
	struct tracee_var problem; /* What is malformed, cut or missing in what was read; NULL when nothing is. */
};
_Static_assert(__builtin_offsetof(struct tracee_net_packet_icmp, src) == 0, "tracee_net_packet_icmp.src");
_Static_assert(__builtin_offsetof(struct tracee_net_packet_icmp, dst) == 8, "tracee_net_packet_icmp.dst");
_Static_assert(__builtin_offsetof(struct tracee_net_packet_icmp, proto_icmp) == 16, "tracee_net_packet_icmp.proto_icmp");
_Static_assert(__builtin_offsetof(struct tracee_net_packet_icmp, direction) == 24, "tracee_net_packet_icmp.direction");
_Static_assert(__builtin_offsetof(struct tracee_net_packet_icmp, owner_by) == 28, "tracee_net_packet_icmp.owner_by");
_Static_assert(__builtin_offsetof(struct tracee_net_packet_icmp, problem) == 32, "tracee_net_packet_icmp.problem");
_Static_assert(sizeof(struct tracee_net_packet_icmp) == 40, "tracee_net_packet_icmp");

/* A message of ICMPv6 was seen. */
struct tracee_net_packet_icmpv6 {
	struct tracee_var src; /* Sender; as the packet says. */
	struct tracee_var dst; /* Receiver; as the packet says. */
	struct tracee_var proto_icmpv6; /* The header: type, code, and of an echo id and seq. */
	__u32 direction; /* Which way the packet goes. */
	__u32 owner_by; /* How its owner, whose context the row has, is known. */
	struct tracee_var problem; /* What is malformed, cut or missing in what was read; NULL when nothing is. */
};
_Static_assert(__builtin_offsetof(struct tracee_net_packet_icmpv6, src) == 0, "tracee_net_packet_icmpv6.src");
_Static_assert(__builtin_offsetof(struct tracee_net_packet_icmpv6, dst) == 8, "tracee_net_packet_icmpv6.dst");
_Static_assert(__builtin_offsetof(struct tracee_net_packet_icmpv6, proto_icmpv6) == 16, "tracee_net_packet_icmpv6.proto_icmpv6");
_Static_assert(__builtin_offsetof(struct tracee_net_packet_icmpv6, direction) == 24, "tracee_net_packet_icmpv6.direction");
_Static_assert(__builtin_offsetof(struct tracee_net_packet_icmpv6, owner_by) == 28, "tracee_net_packet_icmpv6.owner_by");
_Static_assert(__builtin_offsetof(struct tracee_net_packet_icmpv6, problem) == 32, "tracee_net_packet_icmpv6.problem");
_Static_assert(sizeof(struct tracee_net_packet_icmpv6) == 40, "tracee_net_packet_icmpv6");

/* A message of DNS was sent or received, over UDP (also in fragments) or TCP. */
struct tracee_net_packet_dns {
	struct tracee_var src; /* Sender; as the packet says. */
	struct tracee_var dst; /* Receiver; as the packet says. */
	__u32 src_port; /* The sender's port. */
	__u32 dst_port; /* The receiver's port. */
	struct tracee_var proto_dns; /* The message: ID, QR, opCode, AA, TC, RD, RA, AD, CD, responseCode, QDCount, ANCount, NSCount, ARCount, questions, answers, authorities, additionals. */
	__u32 direction; /* Which way the packet goes. */
	__u32 owner_by; /* How its owner, whose context the row has, is known. */
	struct tracee_var problem; /* What is malformed, cut or missing in what was read; NULL when nothing is. */
};
_Static_assert(__builtin_offsetof(struct tracee_net_packet_dns, src) == 0, "tracee_net_packet_dns.src");
_Static_assert(__builtin_offsetof(struct tracee_net_packet_dns, dst) == 8, "tracee_net_packet_dns.dst");
_Static_assert(__builtin_offsetof(struct tracee_net_packet_dns, src_port) == 16, "tracee_net_packet_dns.src_port");
_Static_assert(__builtin_offsetof(struct tracee_net_packet_dns, dst_port) == 20, "tracee_net_packet_dns.dst_port");
_Static_assert(__builtin_offsetof(struct tracee_net_packet_dns, proto_dns) == 24, "tracee_net_packet_dns.proto_dns");
_Static_assert(__builtin_offsetof(struct tracee_net_packet_dns, direction) == 32, "tracee_net_packet_dns.direction");
_Static_assert(__builtin_offsetof(struct tracee_net_packet_dns, owner_by) == 36, "tracee_net_packet_dns.owner_by");
_Static_assert(__builtin_offsetof(struct tracee_net_packet_dns, problem) == 40, "tracee_net_packet_dns.problem");
_Static_assert(sizeof(struct tracee_net_packet_dns) == 48, "tracee_net_packet_dns");

/* A question of DNS was sent or received. */
struct tracee_net_packet_dns_request {
	struct tracee_var metadata; /* Of the packet that completed the message: src_ip, dst_ip, src_port, dst_port, protocol (number), packet_len, iface. */
	struct tracee_var dns_questions; /* The questions: query, query_type, query_class of each. */
	__u32 direction; /* Which way the packet goes. */
	__u32 owner_by; /* How its owner, whose context the row has, is known. */
	struct tracee_var problem; /* What is malformed, cut or missing in what was read; NULL when nothing is. */
};
_Static_assert(__builtin_offsetof(struct tracee_net_packet_dns_request, metadata) == 0, "tracee_net_packet_dns_request.metadata");
_Static_assert(__builtin_offsetof(struct tracee_net_packet_dns_request, dns_questions) == 8, "tracee_net_packet_dns_request.dns_questions");
_Static_assert(__builtin_offsetof(struct tracee_net_packet_dns_request, direction) == 16, "tracee_net_packet_dns_request.direction");
_Static_assert(__builtin_offsetof(struct tracee_net_packet_dns_request, owner_by) == 20, "tracee_net_packet_dns_request.owner_by");
_Static_assert(__builtin_offsetof(struct tracee_net_packet_dns_request, problem) == 24, "tracee_net_packet_dns_request.problem");
_Static_assert(sizeof(struct tracee_net_packet_dns_request) == 32, "tracee_net_packet_dns_request");

/* An answer of DNS was sent or received. */
struct tracee_net_packet_dns_response {
	struct tracee_var metadata; /* Of the packet that completed the message: src_ip, dst_ip, src_port, dst_port, protocol (number), packet_len, iface. */
	struct tracee_var dns_response; /* For each question query_data (query, query_type, query_class) and dns_answer: answer_type, ttl, answer of each. */
	__u32 direction; /* Which way the packet goes. */
	__u32 owner_by; /* How its owner, whose context the row has, is known. */
	struct tracee_var problem; /* What is malformed, cut or missing in what was read; NULL when nothing is. */
};
_Static_assert(__builtin_offsetof(struct tracee_net_packet_dns_response, metadata) == 0, "tracee_net_packet_dns_response.metadata");
_Static_assert(__builtin_offsetof(struct tracee_net_packet_dns_response, dns_response) == 8, "tracee_net_packet_dns_response.dns_response");
_Static_assert(__builtin_offsetof(struct tracee_net_packet_dns_response, direction) == 16, "tracee_net_packet_dns_response.direction");
_Static_assert(__builtin_offsetof(struct tracee_net_packet_dns_response, owner_by) == 20, "tracee_net_packet_dns_response.owner_by");
_Static_assert(__builtin_offsetof(struct tracee_net_packet_dns_response, problem) == 24, "tracee_net_packet_dns_response.problem");
_Static_assert(sizeof(struct tracee_net_packet_dns_response) == 32, "tracee_net_packet_dns_response");

/* The head of a request or a response of HTTP/1.x is there, read out of the stream. */
struct tracee_net_packet_http {
	struct tracee_var src; /* Sender; as the packet says. */
	struct tracee_var dst; /* Receiver; as the packet says. */
	__u32 src_port; /* The sender's port. */
	__u32 dst_port; /* The receiver's port. */
	struct tracee_var proto_http; /* The head: direction (request, response), method, protocol, host, uri_path, status, status_code, headers, content_length. */
	__u32 direction; /* Which way the packet goes. */
	__u32 owner_by; /* How its owner, whose context the row has, is known. */
	struct tracee_var problem; /* What is malformed, cut or missing in what was read; NULL when nothing is. */
};
_Static_assert(__builtin_offsetof(struct tracee_net_packet_http, src) == 0, "tracee_net_packet_http.src");
_Static_assert(__builtin_offsetof(struct tracee_net_packet_http, dst) == 8, "tracee_net_packet_http.dst");
_Static_assert(__builtin_offsetof(struct tracee_net_packet_http, src_port) == 16, "tracee_net_packet_http.src_port");
_Static_assert(__builtin_offsetof(struct tracee_net_packet_http, dst_port) == 20, "tracee_net_packet_http.dst_port");
_Static_assert(__builtin_offsetof(struct tracee_net_packet_http, proto_http) == 24, "tracee_net_packet_http.proto_http");
_Static_assert(__builtin_offsetof(struct tracee_net_packet_http, direction) == 32, "tracee_net_packet_http.direction");
_Static_assert(__builtin_offsetof(struct tracee_net_packet_http, owner_by) == 36, "tracee_net_packet_http.owner_by");
_Static_assert(__builtin_offsetof(struct tracee_net_packet_http, problem) == 40, "tracee_net_packet_http.problem");
_Static_assert(sizeof(struct tracee_net_packet_http) == 48, "tracee_net_packet_http");

/* The head of a request of HTTP/1.x is there, read out of the stream. */
struct tracee_net_packet_http_request {
	struct tracee_var metadata; /* Of the packet that completed the message: src_ip, dst_ip, src_port, dst_port, protocol (number), packet_len, iface. */
	struct tracee_var http_request; /* The head: method, protocol, host, uri_path, headers, content_length. */
	__u32 direction; /* Which way the packet goes. */
	__u32 owner_by; /* How its owner, whose context the row has, is known. */
	struct tracee_var problem; /* What is malformed, cut or missing in what was read; NULL when nothing is. */
};
_Static_assert(__builtin_offsetof(struct tracee_net_packet_http_request, metadata) == 0, "tracee_net_packet_http_request.metadata");
_Static_assert(__builtin_offsetof(struct tracee_net_packet_http_request, http_request) == 8, "tracee_net_packet_http_request.http_request");
_Static_assert(__builtin_offsetof(struct tracee_net_packet_http_request, direction) == 16, "tracee_net_packet_http_request.direction");
_Static_assert(__builtin_offsetof(struct tracee_net_packet_http_request, owner_by) == 20, "tracee_net_packet_http_request.owner_by");
_Static_assert(__builtin_offsetof(struct tracee_net_packet_http_request, problem) == 24, "tracee_net_packet_http_request.problem");
_Static_assert(sizeof(struct tracee_net_packet_http_request) == 32, "tracee_net_packet_http_request");

/* The head of a response of HTTP/1.x is there, read out of the stream. */
struct tracee_net_packet_http_response {
	struct tracee_var metadata; /* Of the packet that completed the message: src_ip, dst_ip, src_port, dst_port, protocol (number), packet_len, iface. */
	struct tracee_var http_response; /* The head: status, status_code, protocol, headers, content_length. */
	__u32 direction; /* Which way the packet goes. */
	__u32 owner_by; /* How its owner, whose context the row has, is known. */
	struct tracee_var problem; /* What is malformed, cut or missing in what was read; NULL when nothing is. */
};
_Static_assert(__builtin_offsetof(struct tracee_net_packet_http_response, metadata) == 0, "tracee_net_packet_http_response.metadata");
_Static_assert(__builtin_offsetof(struct tracee_net_packet_http_response, http_response) == 8, "tracee_net_packet_http_response.http_response");
_Static_assert(__builtin_offsetof(struct tracee_net_packet_http_response, direction) == 16, "tracee_net_packet_http_response.direction");
_Static_assert(__builtin_offsetof(struct tracee_net_packet_http_response, owner_by) == 20, "tracee_net_packet_http_response.owner_by");
_Static_assert(__builtin_offsetof(struct tracee_net_packet_http_response, problem) == 24, "tracee_net_packet_http_response.problem");
_Static_assert(sizeof(struct tracee_net_packet_http_response) == 32, "tracee_net_packet_http_response");

/* A system call that the table does not have (newer than it, or not a call at all). */
struct tracee_unknown_syscall {
	__s64 ret; /* Result; a negative errno when the call failed. */
	__u64 number; /* Number of the call on its architecture. */
	__u64 arg0; /* The argument as the register held it; of a 32-bit call the low 32 bits. */
	__u64 arg1; /* The argument as the register held it; of a 32-bit call the low 32 bits. */
	__u64 arg2; /* The argument as the register held it; of a 32-bit call the low 32 bits. */
	__u64 arg3; /* The argument as the register held it; of a 32-bit call the low 32 bits. */
	__u64 arg4; /* The argument as the register held it; of a 32-bit call the low 32 bits. */
	__u64 arg5; /* The argument as the register held it; of a 32-bit call the low 32 bits. */
};
_Static_assert(__builtin_offsetof(struct tracee_unknown_syscall, ret) == 0, "tracee_unknown_syscall.ret");
_Static_assert(__builtin_offsetof(struct tracee_unknown_syscall, number) == 8, "tracee_unknown_syscall.number");
_Static_assert(__builtin_offsetof(struct tracee_unknown_syscall, arg0) == 16, "tracee_unknown_syscall.arg0");
_Static_assert(__builtin_offsetof(struct tracee_unknown_syscall, arg1) == 24, "tracee_unknown_syscall.arg1");
_Static_assert(__builtin_offsetof(struct tracee_unknown_syscall, arg2) == 32, "tracee_unknown_syscall.arg2");
_Static_assert(__builtin_offsetof(struct tracee_unknown_syscall, arg3) == 40, "tracee_unknown_syscall.arg3");
_Static_assert(__builtin_offsetof(struct tracee_unknown_syscall, arg4) == 48, "tracee_unknown_syscall.arg4");
_Static_assert(__builtin_offsetof(struct tracee_unknown_syscall, arg5) == 56, "tracee_unknown_syscall.arg5");
_Static_assert(sizeof(struct tracee_unknown_syscall) == 64, "tracee_unknown_syscall");

/* A system call by the 32-bit or x32 interface, which any program can use; `marks` says which. */
struct tracee_compat_syscall {
	__s64 ret; /* Result; a negative errno when the call failed. */
	__u64 number; /* Number of the call in the table of i386, x32 (with bit 30 set) or 32-bit Arm. */
	__u64 arg0; /* The argument as the register held it; of a 32-bit call the low 32 bits. */
	__u64 arg1; /* The argument as the register held it; of a 32-bit call the low 32 bits. */
	__u64 arg2; /* The argument as the register held it; of a 32-bit call the low 32 bits. */
	__u64 arg3; /* The argument as the register held it; of a 32-bit call the low 32 bits. */
	__u64 arg4; /* The argument as the register held it; of a 32-bit call the low 32 bits. */
	__u64 arg5; /* The argument as the register held it; of a 32-bit call the low 32 bits. */
};
_Static_assert(__builtin_offsetof(struct tracee_compat_syscall, ret) == 0, "tracee_compat_syscall.ret");
_Static_assert(__builtin_offsetof(struct tracee_compat_syscall, number) == 8, "tracee_compat_syscall.number");
_Static_assert(__builtin_offsetof(struct tracee_compat_syscall, arg0) == 16, "tracee_compat_syscall.arg0");
_Static_assert(__builtin_offsetof(struct tracee_compat_syscall, arg1) == 24, "tracee_compat_syscall.arg1");
_Static_assert(__builtin_offsetof(struct tracee_compat_syscall, arg2) == 32, "tracee_compat_syscall.arg2");
_Static_assert(__builtin_offsetof(struct tracee_compat_syscall, arg3) == 40, "tracee_compat_syscall.arg3");
_Static_assert(__builtin_offsetof(struct tracee_compat_syscall, arg4) == 48, "tracee_compat_syscall.arg4");
_Static_assert(__builtin_offsetof(struct tracee_compat_syscall, arg5) == 56, "tracee_compat_syscall.arg5");
_Static_assert(sizeof(struct tracee_compat_syscall) == 64, "tracee_compat_syscall");

#endif /* TRACEE_EVENTS_H */
