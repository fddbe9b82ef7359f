/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What changes the kernel or looks into it. */
#ifndef TRACEE_KERNEL_EVENTS_H
#define TRACEE_KERNEL_EVENTS_H

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)
struct module {
	char name[56];
	const char *version;
	const char *srcversion;
};

struct kprobe {
	void *addr;
	const char *symbol_name;
	void *pre_handler;
	void *post_handler;
};

struct subprocess_info {
	const char *path;
	char **argv;
	char **envp;
};

struct kobject {
	const char *name;
};

struct device {
	struct kobject kobj;
	struct device *parent;
	const char *init_name;
};

struct timezone {
	int tz_minuteswest;
	int tz_dsttime;
};

struct rlimit {
	unsigned long rlim_cur;
	unsigned long rlim_max;
};
#pragma clang attribute pop

/* Modules. */

struct module_names {
	struct tracee_var name, version, src_version;
};

static __always_inline void append_module(struct hook *h, struct module *module, struct module_names *out)
{
	append_string(h, module->name, &out->name);
	append_string(h, BPF_CORE_READ(module, version), &out->version);
	append_string(h, BPF_CORE_READ(module, srcversion), &out->src_version);
}

SEC("tp_btf/module_load")
int BPF_PROG(module_load__tp, struct module *module)
{
	struct tracee_module_load *out;
	struct hook h = {};

	if (!begin_hook(&h))
		return 0;
	out = hook_payload(&h, sizeof(*out));
	append_module(&h, module, (struct module_names *)&out->name);
	out->file = h.state->in_call && !h.state->compat && h.state->number == NR_FINIT_MODULE ?
			    object_of_new_fd(h.state->args[0], h.boot_ns, 0) :
			    0;
	return put_hook(&h, TRACEE_EVENT_MODULE_LOAD, TRACEE_LANE_CONTROL);
}

SEC("tp_btf/module_free")
int BPF_PROG(module_free__tp, struct module *module)
{
	struct hook h = {};

	if (!begin_hook(&h))
		return 0;
	append_module(&h, module, hook_payload(&h, sizeof(struct tracee_module_free)));
	return put_hook(&h, TRACEE_EVENT_MODULE_FREE, TRACEE_LANE_CONTROL);
}

SEC("fentry/do_init_module")
int BPF_PROG(do_init_module__fentry, struct module *module)
{
	struct hook h = {};

	if (!begin_hook(&h))
		return 0;
	append_module(&h, module, hook_payload(&h, sizeof(struct tracee_do_init_module)));
	return put_hook(&h, TRACEE_EVENT_DO_INIT_MODULE, TRACEE_LANE_CONTROL);
}

/* Files that the kernel reads for itself. */

static __always_inline int security_kernel_read_file(struct file *file, __u32 type)
{
	struct tracee_security_kernel_read_file *out;
	struct hook h = {};

	if (!begin_hook(&h))
		return 0;
	out = hook_payload(&h, sizeof(*out));
	out->file = object_of_file((__u64)file, h.boot_ns, 0);
	out->type = type;
	return put_hook(&h, TRACEE_EVENT_SECURITY_KERNEL_READ_FILE, TRACEE_LANE_CONTROL);
}

SEC("lsm/kernel_read_file")
int BPF_PROG(security_kernel_read_file__lsm, struct file *file, __u32 type)
{
	return security_kernel_read_file(file, type);
}

SEC("fentry/security_kernel_read_file")
int BPF_PROG(security_kernel_read_file__fentry, struct file *file, __u32 type)
{
	return security_kernel_read_file(file, type);
}

static __always_inline int security_kernel_post_read_file(struct file *file, __s64 size, __u32 type)
{
	struct tracee_security_kernel_post_read_file *out;
	struct hook h = {};

	if (!begin_hook(&h))
		return 0;
	out = hook_payload(&h, sizeof(*out));
	out->file = object_of_file((__u64)file, h.boot_ns, 0);
	out->size = size;
	out->type = type;
	return put_hook(&h, TRACEE_EVENT_SECURITY_KERNEL_POST_READ_FILE, TRACEE_LANE_CONTROL);
}

SEC("lsm/kernel_post_read_file")
int BPF_PROG(security_kernel_post_read_file__lsm, struct file *file, char *bytes, __s64 size, __u32 type)
{
	return security_kernel_post_read_file(file, size, type);
}

SEC("fentry/security_kernel_post_read_file")
int BPF_PROG(security_kernel_post_read_file__fentry, struct file *file, char *bytes, __s64 size, __u32 type)
{
	return security_kernel_post_read_file(file, size, type);
}

/* Kprobes, symbols, programs that the kernel starts. */

SEC("fexit/register_kprobe")
int BPF_PROG(kprobe_attach__fexit, struct kprobe *probe, int ret)
{
	struct tracee_kprobe_attach *out;
	struct hook h = {};

	if (ret || !begin_hook(&h))
		return 0;
	out = hook_payload(&h, sizeof(*out));
	append_string(&h, BPF_CORE_READ(probe, symbol_name), &out->symbol_name);
	out->pre_handler_addr = (__u64)BPF_CORE_READ(probe, pre_handler);
	out->post_handler_addr = (__u64)BPF_CORE_READ(probe, post_handler);
	out->addr = (__u64)BPF_CORE_READ(probe, addr);
	return put_hook(&h, TRACEE_EVENT_KPROBE_ATTACH, TRACEE_LANE_CONTROL);
}

SEC("fexit/kallsyms_lookup_name")
int BPF_PROG(kallsyms_lookup_name__fexit, const char *name, unsigned long address)
{
	struct tracee_kallsyms_lookup_name *out;
	struct hook h = {};

	if (!begin_hook(&h))
		return 0;
	out = hook_payload(&h, sizeof(*out));
	append_string(&h, name, &out->symbol_name);
	out->symbol_address = address;
	return put_hook(&h, TRACEE_EVENT_KALLSYMS_LOOKUP_NAME, TRACEE_LANE_CONTROL);
}

#define MAX_KERNEL_STRINGS 128
#define KERNEL_STRING_ROOM 2048

/* An array of strings in kernel memory on its way into the frame. */
struct kernel_strings {
	__u64 array;
	__u32 at; /* in the payload: where the next string goes */
	__u32 count;
	__u32 cut; /* not all of it was taken */
};

/* One string; true while there may be another. Global: see walk_step(). */
__noinline int append_next_string(struct kernel_strings *strings)
{
	struct frame_room *room = frame_room();
	__u64 string = 0;
	__u32 at;
	long length;

	if (!room || !strings)
		return 0;
	if (bpf_probe_read_kernel(&string, sizeof(string), (void *)(strings->array + 8ULL * strings->count))) {
		strings->cut = 1;
		return 0;
	}
	if (!string)
		return 0;
	at = strings->at;
	if (at > APPEND_LIMIT) {
		strings->cut = 1;
		return 0;
	}
	length = bpf_probe_read_kernel_str(room->payload + at, KERNEL_STRING_ROOM, (void *)string);
	if (length <= 0) {
		strings->cut = 1;
		return 0;
	}
	if (length == KERNEL_STRING_ROOM)
		strings->cut = 1;
	strings->at += length & (2 * KERNEL_STRING_ROOM - 1);
	strings->count++;
	return 1;
}

static __always_inline void append_strings(struct hook *h, char **array, struct tracee_var *variable)
{
	struct kernel_strings strings = { .array = (__u64)array, .at = h->used };
	__u32 i, length;

	append_nothing(variable);
	if (!array)
		return;
	for (i = 0; i < MAX_KERNEL_STRINGS; i++)
		if (!append_next_string(&strings))
			break;
	length = (strings.at - h->used) & 0xffff;
	variable->length = length;
	variable->full = strings.cut || i == MAX_KERNEL_STRINGS ? ~0U : length;
	h->used = strings.at;
}

SEC("fentry/call_usermodehelper_exec")
int BPF_PROG(call_usermodehelper__fentry, struct subprocess_info *info, int wait)
{
	struct tracee_call_usermodehelper *out;
	struct hook h = {};

	if (!begin_hook(&h))
		return 0;
	out = hook_payload(&h, sizeof(*out));
	append_string(&h, BPF_CORE_READ(info, path), &out->pathname);
	append_strings(&h, BPF_CORE_READ(info, argv), &out->argv);
	append_strings(&h, BPF_CORE_READ(info, envp), &out->envp);
	out->wait = (__u32)wait;
	return put_hook(&h, TRACEE_EVENT_CALL_USERMODEHELPER, TRACEE_LANE_CONTROL);
}

/* Files and devices that the kernel makes. */

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)
struct proc_dir_entry {
	const void *proc_ops;
	char *name;
	__u16 mode;
};
#pragma clang attribute pop

/* What every way to make an entry comes to. */
SEC("fentry/proc_register")
int BPF_PROG(proc_create__fentry, void *directory, struct proc_dir_entry *entry)
{
	struct tracee_proc_create *out;
	struct hook h = {};

	if ((BPF_CORE_READ(entry, mode) & S_IFMT) != S_IFREG || !begin_hook(&h))
		return 0;
	out = hook_payload(&h, sizeof(*out));
	append_string(&h, BPF_CORE_READ(entry, name), &out->name);
	out->proc_ops_addr = (__u64)BPF_CORE_READ(entry, proc_ops);
	return put_hook(&h, TRACEE_EVENT_PROC_CREATE, TRACEE_LANE_CONTROL);
}

#define DEBUGFS_DEPTH 16

/*
 * Writes a name of a path to a place behind the row's beginning; returns where it ends. Verified by itself: in a loop, each
 * round would be looked at for every place where the last one may have ended.
 */
__noinline __u32 append_component(__u64 name, __u32 at)
{
	struct frame_room *room = frame_room();
	__u64 used = at;
	long length;

	if (!room || used > APPEND_LIMIT)
		return at;
	room->payload[used++] = '/';
	length = bpf_probe_read_kernel_str(room->payload + used, 256, (void *)name);
	return used + (length > 0 ? (length - 1) & 255 : 0);
}

/* A directory's path in a filesystem of the kernel's own, of which every name is known. */
static __noinline int append_own_path(struct hook *h, struct dentry *directory, struct tracee_var *variable)
{
	struct dentry *dentry = directory, *parent;
	const unsigned char *names[DEBUGFS_DEPTH] = {};
	__u32 depth, start = h->used, used = h->used;

	append_nothing(variable);
	if (!directory)
		return 0;
	for (depth = 0; depth < DEBUGFS_DEPTH; depth++) {
		parent = BPF_CORE_READ(dentry, d_parent);
		if (!parent || parent == dentry)
			break;
		names[depth] = BPF_CORE_READ(dentry, d_name.name);
		dentry = parent;
	}
	if (!depth && used <= APPEND_LIMIT)
		h->room->payload[used++] = '/';
	for (__u32 i = 0; i < DEBUGFS_DEPTH && i < depth; i++)
		used = append_component((__u64)names[bounded(depth - 1 - i, DEBUGFS_DEPTH)], used);
	variable->length = used - start;
	variable->full = depth == DEBUGFS_DEPTH ? ~0U : used - start;
	h->used = used;
	return 0;
}

static __always_inline int debugfs_create_file(const char *name, __u32 mode, struct dentry *parent, void *operations)
{
	struct tracee_debugfs_create_file *out;
	struct hook h = {};

	if (!begin_hook(&h))
		return 0;
	out = hook_payload(&h, sizeof(*out));
	append_string(&h, name, &out->file_name);
	append_own_path(&h, parent, &out->path);
	out->mode = mode & 0xffff;
	out->proc_ops_addr = (__u64)operations;
	return put_hook(&h, TRACEE_EVENT_DEBUGFS_CREATE_FILE, TRACEE_LANE_CONTROL);
}

SEC("fentry/debugfs_create_file")
int BPF_PROG(debugfs_create_file__fentry, const char *name, __u32 mode, struct dentry *parent, void *data,
	     void *operations)
{
	return debugfs_create_file(name, mode, parent, operations);
}

/* Since 6.13. */
SEC("fentry/debugfs_create_file_full")
int BPF_PROG(debugfs_create_file__full, const char *name, __u32 mode, struct dentry *parent, void *data, void *aux,
	     void *operations)
{
	return debugfs_create_file(name, mode, parent, operations);
}

SEC("fentry/debugfs_create_dir")
int BPF_PROG(debugfs_create_dir__fentry, const char *name, struct dentry *parent)
{
	struct tracee_debugfs_create_dir *out;
	struct hook h = {};

	if (!begin_hook(&h))
		return 0;
	out = hook_payload(&h, sizeof(*out));
	append_string(&h, name, &out->name);
	append_own_path(&h, parent, &out->path);
	return put_hook(&h, TRACEE_EVENT_DEBUGFS_CREATE_DIR, TRACEE_LANE_CONTROL);
}

SEC("fexit/__register_chrdev")
int BPF_PROG(register_chrdev__fexit, __u32 major, __u32 minor, __u32 count, const char *name, void *operations, int ret)
{
	struct tracee_register_chrdev *out;
	struct hook h = {};

	if (ret < 0 || !begin_hook(&h))
		return 0;
	out = hook_payload(&h, sizeof(*out));
	out->requested_major_number = major;
	out->granted_major_number = major ? major : (__u32)ret;
	append_string(&h, name, &out->char_device_name);
	out->char_device_fops = (__u64)operations;
	return put_hook(&h, TRACEE_EVENT_REGISTER_CHRDEV, TRACEE_LANE_CONTROL);
}

/* As dev_name() has it: until it is added, a device may be named by a string of its own. */
static __always_inline const char *name_of_device(struct device *device)
{
	const char *name = BPF_CORE_READ(device, init_name);

	return name ? name : BPF_CORE_READ(device, kobj.name);
}

SEC("fentry/device_add")
int BPF_PROG(device_add__fentry, struct device *device)
{
	struct device *parent = BPF_CORE_READ(device, parent);
	struct tracee_device_add *out;
	struct hook h = {};

	if (!begin_hook(&h))
		return 0;
	out = hook_payload(&h, sizeof(*out));
	append_string(&h, name_of_device(device), &out->name);
	append_string(&h, parent ? name_of_device(parent) : NULL, &out->parent_name);
	return put_hook(&h, TRACEE_EVENT_DEVICE_ADD, TRACEE_LANE_CONTROL);
}

/* Time, limits, prctl. */

#define SETTIME_TIME 1
#define SETTIME_ZONE 2

static __always_inline int security_settime64(const struct timespec64 *time, const struct timezone *zone)
{
	struct tracee_security_settime64 *out;
	struct hook h = {};

	if (!begin_hook(&h))
		return 0;
	out = hook_payload(&h, sizeof(*out));
	out->tv_sec = time ? BPF_CORE_READ(time, tv_sec) : 0;
	out->tv_nsec = time ? BPF_CORE_READ(time, tv_nsec) : 0;
	out->tz_minuteswest = zone ? (__u32)BPF_CORE_READ(zone, tz_minuteswest) : 0;
	out->tz_dsttime = zone ? (__u32)BPF_CORE_READ(zone, tz_dsttime) : 0;
	out->given = (time ? SETTIME_TIME : 0) | (zone ? SETTIME_ZONE : 0);
	return put_hook(&h, TRACEE_EVENT_SECURITY_SETTIME64, TRACEE_LANE_CONTROL);
}

SEC("lsm/settime")
int BPF_PROG(security_settime64__lsm, const struct timespec64 *time, const struct timezone *zone)
{
	return security_settime64(time, zone);
}

SEC("fentry/security_settime64")
int BPF_PROG(security_settime64__fentry, const struct timespec64 *time, const struct timezone *zone)
{
	return security_settime64(time, zone);
}

static __always_inline int security_task_setrlimit(struct task_struct *task, __u32 resource, struct rlimit *limit)
{
	struct tracee_security_task_setrlimit *out;
	struct hook h = {};

	if (!begin_hook(&h))
		return 0;
	out = hook_payload(&h, sizeof(*out));
	out->target_host_pid = BPF_CORE_READ(task, tgid);
	out->resource = resource;
	out->new_rlim_cur = BPF_CORE_READ(limit, rlim_cur);
	out->new_rlim_max = BPF_CORE_READ(limit, rlim_max);
	return put_hook(&h, TRACEE_EVENT_SECURITY_TASK_SETRLIMIT, TRACEE_LANE_CONTROL);
}

SEC("lsm/task_setrlimit")
int BPF_PROG(security_task_setrlimit__lsm, struct task_struct *task, __u32 resource, struct rlimit *limit)
{
	return security_task_setrlimit(task, resource, limit);
}

SEC("fentry/security_task_setrlimit")
int BPF_PROG(security_task_setrlimit__fentry, struct task_struct *task, __u32 resource, struct rlimit *limit)
{
	return security_task_setrlimit(task, resource, limit);
}

static __always_inline int security_task_prctl(__u32 option, __u64 arg2, __u64 arg3, __u64 arg4, __u64 arg5)
{
	struct tracee_security_task_prctl *out;
	struct hook h = {};

	if (!begin_hook(&h))
		return 0;
	out = hook_payload(&h, sizeof(*out));
	out->option = option;
	out->arg2 = arg2;
	out->arg3 = arg3;
	out->arg4 = arg4;
	out->arg5 = arg5;
	return put_hook(&h, TRACEE_EVENT_SECURITY_TASK_PRCTL, TRACEE_LANE_CONTROL);
}

/* Returning 0 is no answer to the call here either: the hook's own function, which says -ENOSYS, still follows. */
SEC("lsm/task_prctl")
int BPF_PROG(security_task_prctl__lsm, int option, unsigned long arg2, unsigned long arg3, unsigned long arg4,
	     unsigned long arg5)
{
	return security_task_prctl(option, arg2, arg3, arg4, arg5);
}

SEC("fentry/security_task_prctl")
int BPF_PROG(security_task_prctl__fentry, int option, unsigned long arg2, unsigned long arg3, unsigned long arg4,
	     unsigned long arg5)
{
	return security_task_prctl(option, arg2, arg3, arg4, arg5);
}

#endif
