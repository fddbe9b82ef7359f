/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What the programs keep: options set by the recorder before load, numbers shared with it while it runs, and the maps.
 */
#ifndef TRACEE_STATE_H
#define TRACEE_STATE_H

#define MAX_SYSCALLS 512
#define MAX_ARGS 6
#define SLOTS 8 /* of arrays indexed with bounded(); a power of two */
/*
 * Rings of each CPU: one a lane, the events lane once more for what is made in an interrupt, and the packets lane one for each
 * level: a packet may come while another is at work.
 */
#define RINGS 7
#define INTERRUPT_RING 3
#define INTERRUPT_CPU 0x10000 /* in a CPU's number: frames made in its interrupts; times the level of packets */
#define PACKET_RING 4
#define PACKET_LEVELS 3

/* An index masked where the compiler cannot optimise the mask away and the verifier sees it. */
#define bounded(index, size)                                                                                           \
	({                                                                                                             \
		__u64 bounded_index = (index);                                                                         \
		asm volatile("%0 &= %1" : "+r"(bounded_index) : "i"((size) - 1));                                      \
		bounded_index;                                                                                         \
	})

/*
 * The smaller of a value and a constant, compared and limited in one register of 64 bits: older verifiers (6.1) lose the
 * limit when the compiler compares one register and uses another.
 */
#define at_most(value, most)                                                                                           \
	({                                                                                                             \
		__u64 at_most_value = (value);                                                                         \
		asm volatile("if %0 <= %1 goto +1; %0 = %1" : "+r"(at_most_value) : "i"(most));                        \
		at_most_value;                                                                                         \
	})

/* How one system call is recorded; filled by the recorder from the syscall table of `formats`. */
struct syscall_row {
	__u16 event;
	__u8 flags;
	__u8 args;
	__u8 lane;
	__u8 fds;	 /* arguments that are descriptors */
	__u8 fd[2];	 /* which */
	__u8 pair;	 /* the argument that points to a pair of descriptors, NO_ARGUMENT for none */
	__u8 duplicates; /* returns a new descriptor of an old file */
	__u8 collect[MAX_ARGS];
	__u8 aux[MAX_ARGS];
	__u8 readdresses; /* READDRESSES_...: a socket is looked at again after it */
	__u8 taken;	  /* its arguments are taken at the entry: for its row, or for others to look at */
	__u32 entry_extras; /* TRACEE_EXTRA_...: events besides the call's own */
	__u32 exit_extras;
};

#define NO_ARGUMENT 0xff
#define READDRESSES_OWN 1	/* the socket's own address may be another */
#define READDRESSES_PEER 2	/* the peer's, too */
#define READDRESSES_STATE 3	/* it may be in another state */
#define SYSCALL_ENABLED 1
#define SYSCALL_HAS_OBJECTS 2	/* object slots follow the argument slots */
#define SYSCALL_STASH 4		/* user memory is read at the entry */
#define SYSCALL_EXIT_MEMORY 8	/* user memory is read at the exit */
#define SYSCALL_RETURNS_FD 16
#define SYSCALL_NAMES_PATH 32
#define SYSCALL_MOVES_PATH 64	/* paths of open files may be others after it */
#define SYSCALL_NEVER_RETURNS 128

const volatile struct syscall_row syscalls[MAX_SYSCALLS] = {};
const volatile __u8 event_enabled[TRACEE_HOOKED_EVENTS] = {}; /* by event id less TRACEE_FIRST_HOOKED_EVENT */
const volatile __u32 any_entry_extras = 0; /* of calls that the table does not know, too */
const volatile __u32 record_environment = 0;
const volatile __u32 cpus = 1;
const volatile __u32 control_budget = 1000; /* control frames but the life cycle's, per process and second */
const volatile __u64 wakeup_bytes = 1 << 20;

/*
 * What a packet must be to be kept: steps in postfix order, which work on a stack of bits. Without any, every packet is.
 */
enum packet_step_kind {
	PACKET_STEP_NETWORK,   /* the Ethernet type is `low` */
	PACKET_STEP_TRANSPORT, /* the transport protocol is `low`, over IP of the version `high` (0 for either) */
	PACKET_STEP_ADDRESS,   /* an address of the IP version `low` is that of `words` where `masks` has bits */
	PACKET_STEP_PORT,      /* a port is from `low` to `high` */
	PACKET_STEP_AND,       /* both of the last two results */
	PACKET_STEP_OR,
	PACKET_STEP_NOT,
};
#define PACKET_END_SOURCE 1 /* of which `ends` one suffices */
#define PACKET_END_DESTINATION 2
struct packet_step {
	enum packet_step_kind kind;
	__u32 ends;
	__u32 low, high;
	__u64 words[2], masks[2];
};

#define PACKET_STEPS 64
const volatile struct packet_step packet_steps[PACKET_STEPS] = {};
const volatile __u32 packet_steps_used = 0;

/* Kinds of `--capture`. */
#define CAPTURE_EXEC 1
#define CAPTURE_WRITE 2
#define CAPTURE_READ 4
#define CAPTURE_MEMORY 8
#define CAPTURE_MODULE 16
#define CAPTURE_BPF 32
#define CAPTURE_NET 64
const volatile __u32 captured = 0;

/* Shared with the recorder (memory-mapped). */
__u64 cut_ns = 0;	      /* frames from this boot-time on belong to the newest segment */
__u64 previous_cut_ns = 0;    /* those from this one on to the segment before it */
__u32 recorder_pid = 0;	      /* in the initial PID namespace */
__u64 next_context = 0;
__u64 next_object = 0;
__u64 path_generation = 0;    /* moves on with each rename or mount change on the host */
__u64 stash_exhausted = 0;
__u64 storage_failures = 0;   /* a task in scope for which no state could be allocated */
__u64 refused = 0;	      /* frames not made because one was under construction on the CPU */
__u64 memory_busy = 0;	      /* mappings not looked at because they were being changed */
struct tracee_init_namespaces init_namespaces = {}; /* of the host's first process, read once */
__u32 stopping = 0;
__u32 everyone = 0;	      /* every task may be in scope, and not only descendants of the command */
__u32 scoped = 0;	      /* the scope has tests */
__u64 scope_generation = 0;   /* moves on when the scope changed, or something that it asks about did */
__u64 scope_changes = 0;      /* how often the scope was changed */
__u64 trees_generation = 0;   /* moves on when `tree_roots` changed */
__u64 unscoped_policies = 0;  /* those of everybody in scope, when the scope has no tests */

/* What a test of the scope asks about. */
enum scope_subject {
	SCOPE_UID,
	SCOPE_PID,
	SCOPE_MNT_NS,
	SCOPE_PID_NS,
	SCOPE_NEW_PROCESS, /* 1 when it began after recording did */
	SCOPE_TREE, /* `number` is that of a tree */
	SCOPE_CONTAINER, /* 1 when it is in one */
	SCOPE_CONTAINER_NEW, /* which was made after recording began */
	SCOPE_CONTAINER_STARTED, /* and of which the first program was executed */
	SCOPE_CONTAINER_KEY,
	SCOPE_COMM,
	SCOPE_UTS,
	SCOPE_EXECUTABLE,
	SCOPE_CONTAINER_NAME,
	SCOPE_CGROUP, /* path in the hierarchy that containers are told by */
	SCOPE_CGROUP_V2, /* path in that of version 2 */
	SCOPE_DATA_TEXT, /* (of filters) what a field of the frame holds */
	SCOPE_DATA_NUMBER,
	SCOPE_SUBJECTS,
};
#define SCOPE_FIRST_TEXT SCOPE_COMM
#define SCOPE_NEEDS_CONTAINER                                                                                          \
	(1 << SCOPE_CONTAINER | 1 << SCOPE_CONTAINER_NEW | 1 << SCOPE_CONTAINER_STARTED | 1 << SCOPE_CONTAINER_KEY |   \
	 1 << SCOPE_CONTAINER_NAME | 1 << SCOPE_CGROUP)

enum scope_comparison {
	SCOPE_EQUAL,
	SCOPE_LESS,
	SCOPE_LESS_OR_EQUAL,
	SCOPE_GREATER,
	SCOPE_GREATER_OR_EQUAL,
};

#define SCOPE_LAST 1	   /* the last test of its expression */
#define SCOPE_NEGATED 2	   /* (of the last) none of them may hold */
#define SCOPE_OPEN_START 4 /* the text may begin with something else */
#define SCOPE_OPEN_END 8   /* or end with it */
#define SCOPE_SIGNED 16	   /* the number may be below zero */

#define SCOPE_TEXT_WORDS 32
#define MAX_VARIABLES 8
#define SCOPE_TEXT (8 * SCOPE_TEXT_WORDS)
struct scope_test {
	enum scope_subject subject;
	enum scope_comparison comparison;
	__u32 policy;
	__u32 flags;
	__u64 number;
	__u32 length;
	/* Of a filter: where in the payload the field lies, and how wide it is; the data of a variable one is behind those. */
	__u16 at, width;
	__u16 behind; /* where the data of the first variable field begins */
	__u16 variables; /* how many there are before this one, */
	__u16 before[MAX_VARIABLES]; /* and where they lie */
	__u16 reserved[4];
	__u64 text[SCOPE_TEXT_WORDS];
	__u64 masks[SCOPE_TEXT_WORDS]; /* of the bytes that the text has */
};

/* The scope's tests, twice: those in force and those that are about to be. Behind them are those of filters. */
#define MAX_SCOPE_TESTS 1024
#define MAX_FILTER_TESTS 2048
#define MAX_EVENT_TESTS 256 /* of them, for one event */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 2 * MAX_SCOPE_TESTS + MAX_FILTER_TESTS);
	__type(key, __u32);
	__type(value, struct scope_test);
} scope_tests SEC(".maps");

/* What policies want of an event, by event_slot(). Which tests there are of an event is up to the recorder. */
#define EVENT_SLOTS 1536
struct event_filter {
	__u64 policies; /* that want it at all */
	__u32 first, tests;
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, EVENT_SLOTS);
	__type(key, __u32);
	__type(value, struct event_filter);
} event_filters SEC(".maps");
const volatile __u32 filtered = 0; /* whether policies want different things */

struct scope_bank {
	__u32 tests; /* how many there are */
	__u32 needs; /* subjects, a bit each */
	__u64 policies;
	__u64 follow; /* policies that children of whom is in scope stay in */
} scope_banks[2] = {};
__u32 scope_bank = 0; /* the one in force */

/* What was decided of a task. */
struct task_scope {
	__u64 policies;
	__u64 inherited; /* of them, those that it has of its ancestors */
	__u64 trees;	 /* that it belongs to, a bit each */
	__u64 trees_generation;
	__u64 generation; /* of the scope; 0 when it has to be decided anew */
	__u64 deciding;	  /* the generation that it is about to be decided by */
	__u64 changes;	  /* of the scope, when it was decided */
	__u64 cred, nsproxy, cgroups;
	__u64 word;
};

struct {
	__uint(type, BPF_MAP_TYPE_TASK_STORAGE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, int);
	__type(value, struct task_scope);
} scopes SEC(".maps");

/* Stashes are counted from 1, so that a new state, all zeros, has none. */
#define NO_STASH 0

/* Whether what was placed at `placed_ns` is in the segment that a frame of `boot_ns` belongs to. */
static __always_inline bool is_in_segment_of(__u64 placed_ns, __u64 boot_ns)
{
	if (!placed_ns)
		return false;
	return boot_ns >= cut_ns ? placed_ns >= cut_ns : placed_ns >= previous_cut_ns && placed_ns < cut_ns;
}

/* A change of protection that is worth an alert once it is done. */
struct protection_note {
	__u64 addr, len, file;
	__u32 alert, prev_prot;
};
#define PROTECTION_NOTES 4

/* Who a task is and where it lives: what commit_creds and switch_task_ns tell changes of. */
struct identity {
	__u32 uid, gid, suid, sgid, euid, egid, fsuid, fsgid;
	__u32 user_ns, securebits;
	__u64 cap_inheritable, cap_permitted, cap_effective, cap_bounding, cap_ambient;
	__u32 mnt_ns, pid_ns, uts_ns, ipc_ns, net_ns, cgroup_ns; /* pid and time: those of its children */
	__u32 time_ns, reserved;
};

/* What is known of a task in scope. */
struct task_state {
	__u64 context;	      /* id of its context, 0 before the first */
	__u64 context_ns;     /* when that was placed in the log, 0 when it was not */
	__u64 exited_ns;      /* (of a leader) when the last thread of its process ended */
	/* What the context was made from; a difference makes a new one. */
	__u64 cred, nsproxy, cgroups, cgroup_id, parent, root, exe;
	struct identity identity;
	/* The system call that it is in. */
	__u64 args[SLOTS]; /* as they will stand in the row: a variable one as its descriptor */
	__u64 pointers[SLOTS]; /* of the variable ones, as they were */
	__u64 objects[2]; /* behind its descriptors */
	__u64 cwd;
	__s32 number;
	__u32 stash;
	__u8 in_call;
	__u8 compat; /* flag of the table that `number` is of, 0 for the architecture's own */
	__u8 new_child; /* has not yet returned from the fork that made it */
	__u8 renamed_by_exec;
	__u8 faulted; /* a page with an argument was not there at the entry */
	__u8 mismatch; /* the kernel worked with something else than the stash holds */
	__u8 at_start; /* it is about to write the first bytes of a file */
	__u8 reread; /* what user memory holds was read at the exit */
	__u32 tid;
	/* Control frames that its process (kept with the leader) has put this second. */
	__u64 budget_second;
	__u32 budget_used;
	__u32 cap_asked; /* with its user namespace, until the answer is there */
	__u32 cap_asked_ns;
	char previous_comm[16];
	__u32 protection_notes; /* how many there are */
	struct protection_note protections[PROTECTION_NOTES];
	__u64 birth_sp; /* the stack pointer that it began with: 0 not known, BORN_BY_EXEC the program's first */
	/* A mapping of a file that it has made a call from, true while the number of mappings stays the same. */
	__u64 code_start, code_end, code_pages;
	__u32 code_mappings;
	__u32 reserved;
	__u64 mount;	 /* the mount that it was last allowed to write to */
	__u64 modifying; /* the file that it is about to modify for the first time, 0 for none */
	__u64 old_ctime; /* and its change time before */
	__u64 word;	 /* see number_of() */
	__u64 policies;	 /* of which the scope holds for it */
	__u64 policies_told; /* as its context has them */
	__u64 keyframe_ns; /* when a keyframe last told of it */
	__u32 leaving;	 /* the scope, when the call that it is in is over */
	__u32 waits_for_stops; /* (of a leader) it has asked to be told when a child stops */
	__u64 position;	 /* of the file that it is about to read or write */
	__u64 exe_object; /* of its program, while it is executed */
	__u64 mapped_code; /* where the call that it is in has mapped code that is to be kept */
};

#define BORN_BY_EXEC 1

struct {
	__uint(type, BPF_MAP_TYPE_TASK_STORAGE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, int);
	__type(value, struct task_state);
} tasks SEC(".maps");

/* How far the kernel got with the last exec of a task that failed, until the call returns. */
#define INTERPRETER_ROOM 256
struct failed_exec {
	__u64 binary; /* the object that it could not execute, 0 for none */
	__u32 is_told;
	__s32 interpreter_length; /* with its NUL; 0 when there is no other than what was asked for */
	char interpreter[INTERPRETER_ROOM];
};

struct {
	__uint(type, BPF_MAP_TYPE_TASK_STORAGE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, int);
	__type(value, struct failed_exec);
} failed_execs SEC(".maps");

/* Numbering and losses of one lane on one CPU. */
#define LOSS_KINDS 512
struct lane_state {
	__u64 sequence;
	__u64 lost;
	__u64 first_sequence, last_sequence;
	__u64 first_ns, last_ns;
	__u32 kinds;
	__u32 overflow;
	__u64 wakes; /* the recorder is to look at the next frame at once */
	__u16 kind[LOSS_KINDS];
	__u32 count[EVENT_SLOTS];
};

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, RINGS);
	__type(key, __u32);
	__type(value, struct lane_state);
} lanes SEC(".maps");

struct ring {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 4096);
};

/* The rings of each CPU: index cpu * RINGS + lane, or INTERRUPT_RING. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY_OF_MAPS);
	__uint(max_entries, 1);
	__type(key, __u32);
	__array(values, struct ring);
} rings SEC(".maps");

/*
 * Room to put frames together in, one for each CPU. The programs that use it run with preemption off and in task
 * context, so they do not meet; `busy` tells a marker that came by an inter-processor interrupt to come again.
 */
#define FRAME_ROOM (192 * 1024)
struct frame_room {
	struct tracee_frame header;
	__u8 payload[FRAME_ROOM];
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct frame_room);
} frames SEC(".maps");

/*
 * Ids of open files, a direct-mapped cache by address. Written without a lock: `check` covers the other words, so that
 * a slot written by two CPUs at once reads as empty and not as somebody else's.
 */
#define OBJECT_SLOTS 32768
struct object_slot {
	__u64 key;	  /* address of the file, or of the dentry | 1 for a directory that is not open */
	__u64 id;
	__u64 identity;
	__u64 dentry;
	__u64 generation; /* path_generation when the path was walked, or a digest of a socket's addresses */
	__u64 placed_ns;  /* when its frame was placed in the log, 0 when it was not */
	__u64 path_hash;
	__u64 check;
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, OBJECT_SLOTS);
	__type(key, __u32);
	__type(value, struct object_slot);
} objects SEC(".maps");

/* What is looked up of an object before its slot can be believed. */
struct subject {
	__u64 key, inode, dentry, mount, socket;
	__u64 identity; /* of the inode, less easily used again than its address */
	__u64 generation;
	__u32 open_flags;
	__u32 reserved;
};

#define PATH_ROOM 4096

/* A walk from a control group up to the root of its hierarchy; the path is put together from its end. */
struct cgroup_walk {
	__u64 node;
	__u64 leaf;	   /* id of the control group that it began with */
	__u64 key;	   /* of the container found, 0 for none */
	__u64 pid_ns_start_ns; /* of one told by its PID namespace, of which the first process began then */
	__u32 pid_ns;
	__u32 is_new;
	__u32 start, end;  /* where the path begins in the room, and where that of the container's control group ends */
	__u32 cut;
	__u32 look_for_container;
	char name[256 + 64];
	char id[64];
};

/* A walk from a dentry up to the root of its mount namespace; the path is put together from its end. */
struct walk {
	__u64 dentry, mount, root; /* root: of the mount that the walk is in */
	__u32 start;		   /* where the path begins in the room; it ends at PATH_ROOM */
	__u32 flags;
	__u32 components;
	__u32 reserved;
};

/*
 * Of contexts, objects and losses, which are made while another frame is under construction. The second is that of
 * interrupts: what is made there is made in it alone. What an object is made from is here and not on the stack: until
 * 6.12 all functions that call each other share 512 bytes of that.
 */
struct side_room {
	struct tracee_frame header;
	union {
		__u8 payload[20480];
		struct tracee_context context;
		struct tracee_file_object file;
		struct tracee_socket_object socket;
		struct tracee_loss loss;
	};
	__u8 path[PATH_ROOM + 256];
	__u32 busy;
	__u32 reserved;
	__u64 word;
	struct subject subject;
	struct object_slot slot; /* a copy of the subject's */
	struct walk walk;
	struct cgroup_walk cgroups;
	char next_comm[16]; /* (of decisions) the name that a task is about to have, when `has_next_comm` */
	__u64 has_next_comm;
	__u64 words[8];
	__u64 exe, root, container; /* of a context under construction: they would be too much for the stack */
	__u64 scratch[32]; /* of the program that is at work, for what is too much for the stack */
};

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 3);
	__type(key, __u32);
	__type(value, struct side_room);
} side_rooms SEC(".maps");

/* The iterators may be preempted, so they have a room of their own; the recorder runs one at a time. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct side_room);
} iterator_room SEC(".maps");

/* What was read from user memory at the entry of a call that is still running. */
#define STASH_ROOM (32 * 1024)
struct stash {
	__u32 taken;
	__u32 used;
	__u8 data[STASH_ROOM];
};

/* Behind the shared ones stands one for each CPU, for use at an exit: it is held only while preemption is off. */
#define MAX_STASHES 1024
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 257);
	__type(key, __u32);
	__type(value, struct stash);
} stashes SEC(".maps");
const volatile __u32 stash_count = 256;

#endif
