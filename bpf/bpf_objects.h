/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* BPF itself: commands, programs, maps, and what programs are attached to. */
#ifndef TRACEE_BPF_OBJECTS_H
#define TRACEE_BPF_OBJECTS_H

enum bpf_prog_type { NO_PROGRAM_TYPE };
enum bpf_attach_type { NO_ATTACH_TYPE };
enum bpf_link_type { NO_LINK_TYPE };

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)
struct bpf_map {
	__u32 id;
	char name[16];
};

struct bpf_insn {
	__u8 code;
};

struct bpf_prog_aux {
	__u32 id;
	char name[16];
	const char *attach_func_name;
	__u32 used_map_cnt;
	struct bpf_map **used_maps;
};

struct bpf_prog {
	enum bpf_prog_type type;
	enum bpf_attach_type expected_attach_type;
	__u32 len;
	__u8 tag[8];
	struct bpf_prog_aux *aux;
	struct bpf_insn insnsi[0];
};

struct bpf_link {
	__u32 id;
	enum bpf_link_type type;
	struct bpf_prog *prog;
};

struct tracepoint {
	const char *name;
};

struct bpf_raw_event_map {
	struct tracepoint *tp;
};

struct bpf_raw_tp_link {
	struct bpf_raw_event_map *btp;
};

struct bpf_perf_link {
	struct file *perf_file;
};

struct list_head {
	struct list_head *next, *prev;
};

struct trace_event_call {
	const char *name;
	struct tracepoint *tp;
	void *filter;
	int flags;
};

struct pmu {
	const char *name;
};

struct perf_event {
	struct pmu *pmu;
	struct bpf_prog *prog;
	struct trace_event_call *tp_event;
};

struct trace_probe_event {
	struct trace_event_call call;
	struct list_head probes;
};

struct trace_probe {
	struct list_head list;
};

struct kretprobe {
	struct kprobe kp;
	void *handler;
};

struct trace_kprobe {
	struct kretprobe rp;
	const char *symbol;
	struct trace_probe tp;
};

struct uprobe_consumer {
	void *ret_handler;
};

struct trace_uprobe {
	struct uprobe_consumer consumer;
	char *filename;
	unsigned long offset;
	struct trace_probe tp;
};
#pragma clang attribute pop

/* From include/uapi/linux/bpf.h. */
#define BPF_MAP_TYPE_LRU_HASH 9
#define BPF_ANY 0
#define COMMAND_PROG_LOAD 5
#define COMMAND_PROG_ATTACH 8
#define COMMAND_RAW_TRACEPOINT_OPEN 17
#define COMMAND_LINK_CREATE 28
#define PERF_EVENT_IOC_SET_BPF 0x40042408

/* Which helper functions programs call: learnt when the verifier begins, of the instructions as they were given. */

#define MAX_HELPERS 256
struct helpers {
	__u64 words[MAX_HELPERS / 64];
	__u32 fresh; /* no descriptor has been given out since it was loaded */
	__u32 cut;   /* it has more instructions than were looked at */
};

/* By the address of bpf_prog_aux: the verifier may move the program, but not that. */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 4096);
	__type(key, __u64);
	__type(value, struct helpers);
} helpers_of SEC(".maps");

struct instructions {
	__u64 aux;
	__u64 next; /* address */
	__u32 left;
	__u32 reserved;
};

#define CALL_INSTRUCTION 0x85 /* BPF_JMP | BPF_CALL; the source register is 0 when it calls a helper */
#define FEW 32

/* Looks at the next few instructions; true while there are more. Global: see walk_step(). */
__noinline int note_helpers(struct instructions *of)
{
	struct helpers *known;
	__u64 few[FEW] = {};
	__u64 aux, bytes;
	__u32 i;

	if (!of || !of->left)
		return 0;
	aux = of->aux;
	known = bpf_map_lookup_elem(&helpers_of, &aux);
	bytes = at_most(of->left * sizeof(*few), sizeof(few));
	if (!known || bpf_probe_read_kernel(few, bytes, (void *)of->next))
		return 0;
	for (i = 0; i < FEW; i++) {
		__u64 helper = few[i] >> 32;

		if ((few[i] & 0xf0ff) == CALL_INSTRUCTION && helper < MAX_HELPERS)
			known->words[bounded(helper >> 6, MAX_HELPERS / 64)] |= 1ULL << (helper & 63);
	}
	of->left = of->left > FEW ? of->left - FEW : 0;
	of->next += sizeof(few);
	return of->left != 0;
}

/* Loops of loops: see walk_steps(). */
__noinline int note_more_helpers(struct instructions *of)
{
	__u32 i;

	if (!of)
		return 0;
	for (i = 0; i < 32; i++)
		if (!note_helpers(of))
			return 0;
	return 1;
}

#define MOST_INSTRUCTIONS (64 * 32 * FEW)

/* By the helper: 6.1 lets no program have an argument that is a pointer to a pointer. */
SEC("fentry/bpf_check")
int bpf_helpers__fentry(void *ctx)
{
	struct helpers none = { .fresh = 1 };
	struct bpf_prog *program = NULL;
	struct instructions of = {};
	__u64 place = 0;
	__u32 i;

	if (bpf_get_func_arg(ctx, 0, &place) ||
	    bpf_probe_read_kernel(&program, sizeof(program), (void *)place) || !program)
		return 0;
	of.aux = (__u64)BPF_CORE_READ(program, aux);
	of.left = BPF_CORE_READ(program, len);
	of.next = (__u64)program + bpf_core_field_offset(struct bpf_prog, insnsi);
	none.cut = of.left > MOST_INSTRUCTIONS;
	bpf_map_update_elem(&helpers_of, &of.aux, &none, BPF_ANY);
	for (i = 0; i < 64; i++)
		if (!note_more_helpers(&of))
			break;
	return 0;
}

struct helpers_out {
	__u64 aux;
	__u32 at;   /* in the payload: where the next number goes */
	__u32 next;
};

/* Puts one helper's number into the frame, when it is called. Global: see walk_step(). */
__noinline int append_next_helper(struct helpers_out *out)
{
	struct frame_room *room = frame_room();
	struct helpers *known;
	__u64 aux, number;
	__u32 at;

	if (!room || !out)
		return 0;
	aux = out->aux;
	known = bpf_map_lookup_elem(&helpers_of, &aux);
	number = out->next++;
	if (!known || number >= MAX_HELPERS)
		return 0;
	if (!(known->words[bounded(number >> 6, MAX_HELPERS / 64)] >> (number & 63) & 1))
		return 1;
	at = out->at;
	if (at > APPEND_LIMIT)
		return 0;
	bpf_probe_read_kernel(room->payload + at, 8, &number);
	out->at = at + 8;
	return 1;
}

__noinline int append_more_helpers(struct helpers_out *out)
{
	__u32 i;

	if (!out)
		return 0;
	for (i = 0; i < 16; i++)
		if (!append_next_helper(out))
			return 0;
	return 1;
}

static __always_inline void append_helpers(struct hook *h, __u64 aux, struct tracee_var *variable)
{
	struct helpers *known = bpf_map_lookup_elem(&helpers_of, &aux);
	struct helpers_out out = { .aux = aux, .at = h->used };
	__u32 i, length;

	append_nothing(variable);
	if (!known)
		return;
	for (i = 0; i < MAX_HELPERS / 16; i++)
		if (!append_more_helpers(&out))
			break;
	length = (out.at - h->used) & (16 * MAX_HELPERS - 1);
	variable->length = length;
	variable->full = known->cut ? ~0U : length;
	h->used = out.at;
}

struct maps_out {
	struct bpf_map **maps;
	__u32 left;
	__u32 at; /* in the payload: where the next number goes */
};

/* Puts one map's number into the frame. Global: see walk_step(). */
__noinline int append_next_map(struct maps_out *out)
{
	struct frame_room *room = frame_room();
	struct bpf_map *map = NULL;
	__u64 number;
	__u32 at;

	if (!room || !out || !out->left)
		return 0;
	at = out->at;
	if (at > APPEND_LIMIT || bpf_probe_read_kernel(&map, sizeof(map), out->maps))
		return 0;
	number = BPF_CORE_READ(map, id);
	bpf_probe_read_kernel(room->payload + at, 8, &number);
	out->maps++;
	out->left--;
	out->at = at + 8;
	return 1;
}

#define MAX_USED_MAPS 64 /* as the kernel has it */

static __always_inline void append_maps(struct hook *h, struct bpf_prog_aux *aux, struct tracee_var *variable)
{
	struct maps_out out = { .at = h->used };
	__u32 i, length;

	out.maps = BPF_CORE_READ(aux, used_maps);
	out.left = BPF_CORE_READ(aux, used_map_cnt);
	for (i = 0; i < MAX_USED_MAPS; i++)
		if (!append_next_map(&out))
			break;
	length = (out.at - h->used) & (16 * MAX_USED_MAPS - 1);
	variable->length = length;
	variable->full = length + out.left * 8;
	h->used = out.at;
}

/* Commands. */

static __always_inline int security_bpf(int command)
{
	struct tracee_security_bpf *out;
	struct hook h = {};

	if (!begin_hook(&h))
		return 0;
	out = hook_payload(&h, sizeof(*out));
	out->cmd = (__u32)command;
	return put_hook(&h, TRACEE_EVENT_SECURITY_BPF, TRACEE_LANE_CONTROL);
}

SEC("lsm/bpf")
int BPF_PROG(security_bpf__lsm, int command)
{
	return security_bpf(command);
}

SEC("fentry/security_bpf")
int BPF_PROG(security_bpf__fentry, int command)
{
	return security_bpf(command);
}

/* Descriptors of maps and programs: at the check, or at the exit of the call by what stands behind its result. */

#define ANON_INODE_FS_MAGIC 0x09041934

/* What an anonymous file of this kind stands for; 0 when it is none. `name` is padded with NULs. */
static __always_inline __u64 behind_anonymous(__u64 address, const char name[16])
{
	struct file *file = (struct file *)address;
	char found[16] = {};

	if (!address || BPF_CORE_READ(file, f_inode, i_sb, s_magic) != ANON_INODE_FS_MAGIC)
		return 0;
	bpf_probe_read_kernel_str(found, sizeof(found), BPF_CORE_READ(file, f_path.dentry, d_name.name));
	if (*(__u64 *)found != *(__u64 *)name || *(__u64 *)(found + 8) != *(__u64 *)(name + 8))
		return 0;
	return (__u64)BPF_CORE_READ(file, private_data);
}

#define BEHIND(file, what)                                                                                             \
	({                                                                                                             \
		char behind_name[16] __attribute__((aligned(8))) = what;                                               \
		behind_anonymous(file, behind_name);                                                                   \
	})

static __always_inline int put_bpf_map(struct hook *h, struct bpf_map *map)
{
	struct tracee_security_bpf_map *out = hook_payload(h, sizeof(*out));

	out->map_id = BPF_CORE_READ(map, id);
	append_string(h, map->name, &out->map_name);
	return put_hook(h, TRACEE_EVENT_SECURITY_BPF_MAP, TRACEE_LANE_CONTROL);
}

static __always_inline int security_bpf_map(struct bpf_map *map)
{
	struct hook h = {};

	return begin_hook(&h) ? put_bpf_map(&h, map) : 0;
}

SEC("lsm/bpf_map")
int BPF_PROG(security_bpf_map__lsm, struct bpf_map *map)
{
	return security_bpf_map(map);
}

SEC("fentry/security_bpf_map")
int BPF_PROG(security_bpf_map__fentry, struct bpf_map *map)
{
	return security_bpf_map(map);
}

__noinline int security_bpf_map_at_exit(__s64 ret, __u64 boot_ns)
{
	struct hook h = {};
	__u64 map;

	if (ret < 0 || !begin_extra(&h, boot_ns))
		return 0;
	map = BEHIND(file_of_fd(h.task, ret), "bpf-map");
	return map ? put_bpf_map(&h, (struct bpf_map *)map) : 0;
}

/* Whether the current task is in a bpf() call, by any of its numbers, that loads a program. */
static __always_inline bool is_loading(struct task_state *state)
{
	bool is_bpf = state->compat == TRACEE_FLAG_COMPAT32 ? state->number == NR_COMPAT_BPF
							     : (state->number & ~X32_BIT) == NR_BPF;

	return state->in_call && is_bpf && (__u32)state->args[0] == COMMAND_PROG_LOAD;
}

static __always_inline int put_bpf_prog(struct hook *h, struct bpf_prog *program, bool loading)
{
	struct tracee_security_bpf_prog *out = hook_payload(h, sizeof(*out));
	struct bpf_prog_aux *aux = BPF_CORE_READ(program, aux);

	out->type = BPF_CORE_READ(program, type);
	append_string(h, aux->name, &out->name);
	append_helpers(h, (__u64)aux, &out->helpers);
	out->id = BPF_CORE_READ(aux, id);
	out->load = loading;
	append_bytes(h, program->tag, sizeof(program->tag), sizeof(program->tag), &out->tag);
	append_maps(h, aux, &out->maps);
	return put_hook(h, TRACEE_EVENT_SECURITY_BPF_PROG, TRACEE_LANE_CONTROL);
}

static __always_inline int security_bpf_prog(struct bpf_prog *program)
{
	__u64 aux = (__u64)BPF_CORE_READ(program, aux);
	struct helpers *known = bpf_map_lookup_elem(&helpers_of, &aux);
	bool fresh = known && known->fresh;
	struct hook h = {};

	/* Also of a task that is out of scope: somebody else may ask for the program later. */
	if (fresh)
		known->fresh = 0;
	return begin_hook(&h) ? put_bpf_prog(&h, program, fresh || is_loading(h.state)) : 0;
}

SEC("lsm/bpf_prog")
int BPF_PROG(security_bpf_prog__lsm, struct bpf_prog *program)
{
	return security_bpf_prog(program);
}

SEC("fentry/security_bpf_prog")
int BPF_PROG(security_bpf_prog__fentry, struct bpf_prog *program)
{
	return security_bpf_prog(program);
}

__noinline int security_bpf_prog_at_exit(__s64 ret, __u64 boot_ns)
{
	struct hook h = {};
	__u64 program;

	if (ret < 0 || !begin_extra(&h, boot_ns))
		return 0;
	program = BEHIND(file_of_fd(h.task, ret), "bpf-prog");
	return program ? put_bpf_prog(&h, (struct bpf_prog *)program, (__u32)h.state->args[0] == COMMAND_PROG_LOAD) : 0;
}

/* What programs are attached to. */

/* `attach_type` of bpf_attach: the first six are Tracee's. */
enum {
	AT_RAW_TRACEPOINT,
	AT_TRACEPOINT,
	AT_KPROBE,
	AT_KRETPROBE,
	AT_UPROBE,
	AT_URETPROBE,
	AT_PERF_EVENT,
	AT_LINKS = 16, /* plus the type of link */
};

enum {
	LINK_RAW_TRACEPOINT = 1,
	LINK_CGROUP = 3,
	LINK_PERF_EVENT = 7,
};

struct attachment {
	__u64 program;
	__u64 name;
	__u64 address;
	__u32 to;
	__u32 link;
};

/* Bits of trace_event_call.flags moved down by one when the filter, and the bit that spoke of it, went away. */
#define EVENT_BIT(bit)                                                                                                 \
	(bpf_core_field_exists(struct trace_event_call, filter) ? 1U << (bit) : 1U << ((bit) - 1))
#define EVENT_TRACEPOINT 4
#define EVENT_KPROBE 6
#define EVENT_UPROBE 7

/* The first probe of an event: the event's call, its list of probes, the list's first entry. */
static __always_inline __u64 probe_of(struct trace_event_call *call)
{
	struct trace_probe_event *event =
		(void *)call - bpf_core_field_offset(struct trace_probe_event, call);

	return (__u64)BPF_CORE_READ(event, probes.next) - bpf_core_field_offset(struct trace_probe, list);
}

static __always_inline void attached_to_event(struct attachment *a, struct perf_event *event)
{
	struct trace_event_call *call = BPF_CORE_READ(event, tp_event);
	__u32 flags = call ? BPF_CORE_READ(call, flags) : 0;

	if (!call) {
		a->to = AT_PERF_EVENT;
		a->name = (__u64)BPF_CORE_READ(event, pmu, name);
	} else if ((flags & EVENT_BIT(EVENT_KPROBE)) && bpf_core_type_exists(struct trace_kprobe)) {
		struct trace_kprobe *probe =
			(void *)probe_of(call) - bpf_core_field_offset(struct trace_kprobe, tp);

		a->to = BPF_CORE_READ(probe, rp.handler) ? AT_KRETPROBE : AT_KPROBE;
		a->name = (__u64)BPF_CORE_READ(probe, symbol);
		a->address = (__u64)BPF_CORE_READ(probe, rp.kp.addr);
	} else if ((flags & EVENT_BIT(EVENT_UPROBE)) && bpf_core_type_exists(struct trace_uprobe)) {
		struct trace_uprobe *probe =
			(void *)probe_of(call) - bpf_core_field_offset(struct trace_uprobe, tp);

		a->to = BPF_CORE_READ(probe, consumer.ret_handler) ? AT_URETPROBE : AT_UPROBE;
		a->name = (__u64)BPF_CORE_READ(probe, filename);
		a->address = BPF_CORE_READ(probe, offset);
	} else {
		a->to = AT_TRACEPOINT;
		a->name = flags & EVENT_BIT(EVENT_TRACEPOINT) ? (__u64)BPF_CORE_READ(call, tp, name) :
								(__u64)BPF_CORE_READ(call, name);
	}
}

static __always_inline void attached_by_link(struct attachment *a, struct bpf_link *link, __u32 id)
{
	__u32 type = BPF_CORE_READ(link, type);
	/* In a variable of its own: all of what BPF_CORE_READ is given counts as the kernel's. */
	struct bpf_prog *program = (struct bpf_prog *)BPF_CORE_READ(link, prog);

	a->program = (__u64)program;
	a->link = id;
	if (type == LINK_RAW_TRACEPOINT) {
		a->to = AT_RAW_TRACEPOINT;
		a->name = (__u64)BPF_CORE_READ((struct bpf_raw_tp_link *)link, btp, tp, name);
	} else if (type == LINK_PERF_EVENT) {
		attached_to_event(a, BPF_CORE_READ((struct bpf_perf_link *)link, perf_file, private_data));
	} else {
		a->to = AT_LINKS + type;
		a->name = (__u64)BPF_CORE_READ(program, aux, attach_func_name);
	}
}

static __always_inline int put_attachment(struct hook *h, struct attachment *a)
{
	struct tracee_bpf_attach *out = hook_payload(h, sizeof(*out));
	struct bpf_prog *program = (struct bpf_prog *)a->program;
	struct bpf_prog_aux *aux = BPF_CORE_READ(program, aux);

	out->prog_type = BPF_CORE_READ(program, type);
	append_string(h, aux->name, &out->prog_name);
	out->prog_id = BPF_CORE_READ(aux, id);
	append_helpers(h, (__u64)aux, &out->prog_helpers);
	append_string(h, (const char *)a->name, &out->symbol_name);
	out->symbol_addr = a->address;
	out->attach_type = a->to;
	out->expected_attach_type = BPF_CORE_READ(program, expected_attach_type);
	out->link_id = a->link;
	return put_hook(h, TRACEE_EVENT_BPF_ATTACH, TRACEE_LANE_CONTROL);
}

/* Beginning of what BPF_PROG_ATTACH is given. */
struct attach_attributes {
	__s32 target_fd;
	__s32 program_fd;
};

#define CGROUP2_SUPER_MAGIC 0x63677270

/* By BPF_PROG_ATTACH: of what it can attach to, control groups alone are told, as at the hooks. */
static __always_inline void attached_at_exit(struct attachment *a, struct hook *h)
{
	const volatile struct syscall_row *row = row_of(h->state->number);
	bool taken = row && row->taken;
	struct attach_attributes given = { -1, -1 };
	struct file *target;

	bpf_probe_read_user(&given, sizeof(given), (void *)(taken ? h->state->pointers[1] : h->state->args[1]));
	target = (struct file *)file_of_fd(h->task, given.target_fd);
	if (BPF_CORE_READ(target, f_inode, i_sb, s_magic) != CGROUP2_SUPER_MAGIC)
		return;
	a->to = AT_LINKS + LINK_CGROUP;
	a->program = BEHIND(file_of_fd(h->task, given.program_fd), "bpf-prog");
}

__noinline int bpf_attach_at_bpf(__s64 ret, __u64 boot_ns)
{
	struct attachment a = {};
	struct hook h = {};
	__u32 command;
	__u64 link;

	if (ret < 0 || !begin_extra(&h, boot_ns))
		return 0;
	command = h.state->args[0];
	if (command == COMMAND_PROG_ATTACH) {
		attached_at_exit(&a, &h);
	} else if (command == COMMAND_RAW_TRACEPOINT_OPEN || command == COMMAND_LINK_CREATE) {
		link = BEHIND(file_of_fd(h.task, ret), "bpf_link");
		if (link)
			attached_by_link(&a, (struct bpf_link *)link, BPF_CORE_READ((struct bpf_link *)link, id));
	}
	return a.program ? put_attachment(&h, &a) : 0;
}

__noinline int bpf_attach_at_ioctl(__s64 ret, __u64 boot_ns)
{
	struct attachment a = {};
	struct hook h = {};
	__u64 event;

	if (ret || !begin_extra(&h, boot_ns))
		return 0;
	event = BEHIND(file_of_fd(h.task, h.state->args[0]), "[perf_event]");
	a.program = BEHIND(file_of_fd(h.task, h.state->args[2]), "bpf-prog");
	if (!event || !a.program)
		return 0;
	attached_to_event(&a, (struct perf_event *)event);
	return put_attachment(&h, &a);
}

static __always_inline int bpf_attach_at_exit(__s64 ret, __u64 boot_ns)
{
	struct task_state *state = bpf_task_storage_get(&tasks, bpf_get_current_task_btf(), 0, 0);

	if (state && state->number == NR_BPF)
		return bpf_attach_at_bpf(ret, boot_ns);
	return state && (__u32)state->args[1] == PERF_EVENT_IOC_SET_BPF ? bpf_attach_at_ioctl(ret, boot_ns) : 0;
}

#endif
