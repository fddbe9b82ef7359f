/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Kernel memory for the recorder, which looks for what should not be there: run by it (BPF_PROG_TEST_RUN), attached to nothing. */
#ifndef TRACEE_PEEK_H
#define TRACEE_PEEK_H

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)
struct kset {
	struct list_head list;
};

struct kobject___in_set {
	const char *name;
	struct list_head entry;
};

struct module_kobject {
	struct kobject kobj;
	struct module *mod;
};

enum module_state { MODULE_STATE_LIVE };

struct module___state {
	enum module_state state;
	struct list_head list;
};

struct rb_node {
	struct rb_node *rb_right;
	struct rb_node *rb_left;
};

struct rb_root {
	struct rb_node *rb_node;
};

struct latch_tree_node {
	struct rb_node node[2];
};

struct latch_tree_root {
	struct rb_root tree[2];
};

struct mod_tree_node {
	struct module *mod;
	struct latch_tree_node node;
};

struct mod_tree_root {
	struct latch_tree_root root;
};
#pragma clang attribute pop

/* Where the recorder finds what it reads, in bytes. */
struct kernel_layout {
	__u32 module_state, module_list, module_name, module_srcversion;
	__u32 kset_list, kobject_entry, module_of_kobject; /* module_kobject.mod less module_kobject.kobj */
	__u32 has_tree;
	__u32 tree_root;      /* of mod_tree_root: the first tree's root */
	__u32 module_of_node; /* mod_tree_node.mod */
	__u32 links_of_node;  /* its links in the first tree */
	__u32 left, right;    /* of rb_node */
};

struct kernel_layout layout = {};

static __always_inline void tell_layout(void)
{
	layout.module_state = bpf_core_field_offset(struct module___state, state);
	layout.module_list = bpf_core_field_offset(struct module___state, list);
	layout.module_name = bpf_core_field_offset(struct module, name);
	layout.module_srcversion = bpf_core_field_offset(struct module, srcversion);
	layout.kset_list = bpf_core_field_offset(struct kset, list);
	layout.kobject_entry = bpf_core_field_offset(struct kobject___in_set, entry);
	layout.module_of_kobject = bpf_core_field_offset(struct module_kobject, mod) -
				   bpf_core_field_offset(struct module_kobject, kobj);
	/* Not there where the kernel has no modules. */
	if (!bpf_core_type_exists(struct mod_tree_node) || !bpf_core_type_exists(struct mod_tree_root))
		return;
	layout.tree_root = bpf_core_field_offset(struct mod_tree_root, root) +
			   bpf_core_field_offset(struct latch_tree_root, tree) +
			   bpf_core_field_offset(struct rb_root, rb_node);
	layout.module_of_node = bpf_core_field_offset(struct mod_tree_node, mod);
	layout.links_of_node = bpf_core_field_offset(struct mod_tree_node, node) +
			       bpf_core_field_offset(struct latch_tree_node, node);
	layout.left = bpf_core_field_offset(struct rb_node, rb_left);
	layout.right = bpf_core_field_offset(struct rb_node, rb_right);
	layout.has_tree = 1;
}

#define PEEK_ROOM 4096
struct peeked {
	__u8 bytes[PEEK_ROOM];
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct peeked);
} peeked SEC(".maps");

/* Reads `args[1]` bytes from `args[0]` on into the map; 0 when they could be read. With address 0: tells the layout. */
SEC("raw_tp/tracee_peek")
int tracee_peek(struct bpf_raw_tracepoint_args *ctx)
{
	__u64 address = ctx->args[0], length = ctx->args[1];
	__u32 zero = 0;
	struct peeked *out = bpf_map_lookup_elem(&peeked, &zero);

	if (!address) {
		tell_layout();
		return 0;
	}
	if (!out || length > PEEK_ROOM)
		return 1;
	return bpf_probe_read_kernel(out->bytes, length, (void *)address) != 0;
}

#endif
