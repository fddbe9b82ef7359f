/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What it was done to: open files, directories and sockets get an id and, once per segment, a frame that says what they are. */
#ifndef TRACEE_OBJECT_H
#define TRACEE_OBJECT_H

#define S_IFMT 0170000
#define S_IFSOCK 0140000
#define OBJECT_UNLINKED 1
#define OBJECT_UNREACHABLE 2
#define OBJECT_PATH_CUT 4
#define MAX_PATH_COMPONENTS 512

#define AF_UNIX 1
#define AF_INET 2
#define AF_INET6 10
#define AF_NETLINK 16

static __always_inline __u64 mix(__u64 a, __u64 b)
{
	a ^= b + 0x9e3779b97f4a7c15ULL + (a << 6) + (a >> 2);
	a *= 0xff51afd7ed558ccdULL;
	return a ^ (a >> 33);
}

static __always_inline __u64 slot_check(struct object_slot *slot)
{
	return mix(mix(mix(slot->key, slot->id), mix(slot->inode, slot->dentry)),
		   mix(mix(slot->generation, slot->placed_ns), slot->path_hash)) | 1;
}

static __always_inline struct object_slot *slot_of(__u64 key)
{
	__u32 index = mix(key >> 4, 0) & (OBJECT_SLOTS - 1);

	return bpf_map_lookup_elem(&objects, &index);
}

/* Whether a whole copy of the slot was read and it speaks of this key. */
static __always_inline bool read_slot(__u64 key, struct object_slot *copy)
{
	struct object_slot *slot = slot_of(key);

	if (!slot || slot->key != key)
		return false;
	*copy = *slot;
	return copy->check == slot_check(copy) && copy->key == key;
}

static __always_inline void write_slot(struct object_slot *copy)
{
	struct object_slot *slot = slot_of(copy->key);

	copy->check = slot_check(copy);
	if (slot)
		*slot = *copy;
}

static __always_inline bool slot_is_current(struct object_slot *slot, __u64 boot_ns)
{
	return slot->placed_ns && (slot->placed_ns >= cut_ns || boot_ns < cut_ns);
}

/* What is looked up of an object before its slot can be believed. */
struct subject {
	__u64 key, inode, dentry, mount, socket;
	__u64 generation;
	__u32 open_flags;
	__u32 iterator;
};

/* A walk from a dentry up to the root of its mount namespace; the path is put together from its end. */
struct walk {
	__u64 dentry, mount, root; /* root: of the mount that the walk is in */
	__u32 start;		   /* where the path begins in the room; it ends at PATH_ROOM */
	__u32 flags;
	__u32 components;
	__u32 iterator;		   /* use the iterators' room */
};

static __always_inline struct side_room *room_for(__u32 iterator)
{
	__u32 zero = 0;

	return iterator ? bpf_map_lookup_elem(&iterator_room, &zero) : side_room();
}

/*
 * One step of a walk; true while there is more. Global, so that the verifier looks at it once and not at each of the
 * steps.
 */
__noinline int walk_step(struct walk *walk)
{
	struct side_room *room;
	struct dentry *dentry;
	struct mount *mount;
	__u64 parent;
	__u32 length, start;
	const unsigned char *name;

	if (!walk)
		return 0;
	room = room_for(walk->iterator);
	if (!room)
		return 0;
	dentry = (struct dentry *)walk->dentry;
	mount = (struct mount *)walk->mount;
	if (walk->dentry == walk->root) {
		__u64 up = (__u64)BPF_CORE_READ(mount, mnt_parent);

		if (!mount || up == walk->mount) {
			/* The top: of a namespace, or of a mount that the kernel keeps for itself (or that is detached). */
			__u64 ns = (__u64)BPF_CORE_READ(mount, mnt_ns);

			if (!ns || ns >= (__u64)-4095)
				walk->flags |= OBJECT_UNREACHABLE;
			return 0;
		}
		walk->dentry = (__u64)BPF_CORE_READ(mount, mnt_mountpoint);
		walk->mount = up;
		walk->root = (__u64)BPF_CORE_READ((struct mount *)up, mnt.mnt_root);
		return 1;
	}
	parent = (__u64)BPF_CORE_READ(dentry, d_parent);
	length = BPF_CORE_READ(dentry, d_name.len);
	name = BPF_CORE_READ(dentry, d_name.name);
	start = walk->start;
	if (length > 255 || length + 1 > start || start > PATH_ROOM) {
		walk->flags |= OBJECT_PATH_CUT;
		return 0;
	}
	if (parent == walk->dentry) {
		/* A dentry without a tree (pipe, anonymous inode, memfd), or one outside of what its mount shows. */
		walk->flags |= OBJECT_UNREACHABLE;
		if (walk->components)
			return 0;
		start = (start - length) & (PATH_ROOM - 1);
		bpf_probe_read_kernel(room->path + start, length & 255, name);
		walk->start = length ? start : PATH_ROOM;
		return 0;
	}
	start = (start - length - 1) & (PATH_ROOM - 1);
	room->path[start] = '/';
	bpf_probe_read_kernel(room->path + start + 1, length & 255, name);
	walk->start = start;
	walk->components++;
	walk->dentry = parent;
	return 1;
}

/* Sixteen steps: a loop of loops, so that the verifier counts 32 + 16 rounds and not 512. */
__noinline int walk_steps(struct walk *walk)
{
	__u32 i;

	if (!walk)
		return 0;
	for (i = 0; i < 16; i++)
		if (!walk_step(walk))
			return 0;
	return 1;
}

static __always_inline void walk_path(struct walk *walk)
{
	struct mount *mount = (struct mount *)walk->mount;
	__u32 i;

	walk->root = (__u64)BPF_CORE_READ(mount, mnt.mnt_root);
	for (i = 0; i < MAX_PATH_COMPONENTS / 16; i++)
		if (!walk_steps(walk))
			return;
	walk->flags |= OBJECT_PATH_CUT;
}

static __always_inline __u64 mount_of(__u64 vfsmount)
{
	return vfsmount ? vfsmount - bpf_core_field_offset(struct mount, mnt) : 0;
}

static __always_inline void read_times(struct tracee_file_object *o, struct inode *inode)
{
	if (bpf_core_field_exists(inode->i_ctime_sec)) {
		o->ctime_ns = BPF_CORE_READ(inode, i_ctime_sec) * 1000000000ULL + BPF_CORE_READ(inode, i_ctime_nsec);
		o->mtime_ns = BPF_CORE_READ(inode, i_mtime_sec) * 1000000000ULL + BPF_CORE_READ(inode, i_mtime_nsec);
	} else if (bpf_core_field_exists(((struct inode___private *)inode)->__i_ctime)) {
		struct inode___private *p = (void *)inode;

		o->ctime_ns = BPF_CORE_READ(p, __i_ctime.tv_sec) * 1000000000ULL + BPF_CORE_READ(p, __i_ctime.tv_nsec);
		o->mtime_ns = BPF_CORE_READ(p, __i_mtime.tv_sec) * 1000000000ULL + BPF_CORE_READ(p, __i_mtime.tv_nsec);
	} else {
		struct inode___timespec *p = (void *)inode;

		o->ctime_ns = BPF_CORE_READ(p, i_ctime.tv_sec) * 1000000000ULL + BPF_CORE_READ(p, i_ctime.tv_nsec);
		o->mtime_ns = BPF_CORE_READ(p, i_mtime.tv_sec) * 1000000000ULL + BPF_CORE_READ(p, i_mtime.tv_nsec);
	}
}

/* Fills a file object's frame in the room; returns the length of header and payload. Global: see walk_step(). */
__noinline int fill_file_object(struct object_slot *slot, struct subject *subject)
{
	struct side_room *room;
	struct tracee_file_object *o;
	struct walk walk = { .start = PATH_ROOM };
	struct dentry *dentry;
	struct inode *inode;
	struct mount *mount;
	__u32 length;

	if (!slot || !subject)
		return 0;
	room = room_for(subject->iterator);
	if (!room)
		return 0;
	o = &room->file;
	dentry = (struct dentry *)slot->dentry;
	inode = (struct inode *)slot->inode;
	mount = (struct mount *)subject->mount;
	walk.dentry = slot->dentry;
	walk.mount = subject->mount;
	walk.iterator = subject->iterator;
	o->id = slot->id;
	o->inode = BPF_CORE_READ(inode, i_ino);
	read_times(o, inode);
	o->size = BPF_CORE_READ(inode, i_size);
	o->fs_magic = BPF_CORE_READ(inode, i_sb, s_magic);
	o->dev = BPF_CORE_READ(inode, i_sb, s_dev);
	o->mnt_id = mount ? BPF_CORE_READ(mount, mnt_id) : 0;
	o->open_flags = subject->open_flags;
	o->mode = BPF_CORE_READ(inode, i_mode);
	o->nlink = BPF_CORE_READ(inode, i_nlink);
	o->uid = BPF_CORE_READ(inode, i_uid.val);
	o->gid = BPF_CORE_READ(inode, i_gid.val);
	walk_path(&walk);
	/* The root of a mount namespace has no component. */
	if (walk.start == PATH_ROOM && !(walk.flags & OBJECT_UNREACHABLE)) {
		walk.start = PATH_ROOM - 1;
		room->path[PATH_ROOM - 1] = '/';
	}
	if (!BPF_CORE_READ(dentry, d_hash.pprev) && BPF_CORE_READ(dentry, d_parent) != dentry)
		walk.flags |= OBJECT_UNLINKED;
	length = PATH_ROOM - walk.start;
	if (length > PATH_ROOM)
		length = 0;
	o->flags = walk.flags;
	o->path.length = length;
	o->path.full = walk.flags & OBJECT_PATH_CUT ? ~0U : length;
	bpf_probe_read_kernel(room->payload + sizeof(*o), length & (2 * PATH_ROOM - 1),
			      room->path + (walk.start & (PATH_ROOM - 1)));
	slot->path_hash = mix(walk.start, walk.flags);
	{
		/* Enough of the end of the path to tell one name from another: the last 64 bytes, and its length. */
		__u64 words[8] = {};
		__u32 i, tail = length < 64 ? length : 64;

		bpf_probe_read_kernel(words, tail & 127, room->path + ((PATH_ROOM - tail) & (PATH_ROOM - 1)));
		for (i = 0; i < 8; i++)
			slot->path_hash = mix(slot->path_hash, words[i]);
		/* And of its beginning, which a rename of a directory far up changes. */
		bpf_probe_read_kernel(words, tail & 127, room->path + (walk.start & (PATH_ROOM - 1)));
		for (i = 0; i < 8; i++)
			slot->path_hash = mix(slot->path_hash, words[i]);
	}
	room->header.event = TRACEE_EVENT_FILE_OBJECT;
	room->header.length = sizeof(*o) + length;
	return sizeof(struct tracee_frame) + sizeof(*o) + length;
}

struct address_in {
	__u16 family;
	__be16 port;
	__be32 address;
	__u8 zero[8];
};

struct address_in6 {
	__u16 family;
	__be16 port;
	__u32 flow;
	struct in6_addr address;
	__u32 scope;
};

struct address_netlink {
	__u16 family;
	__u16 pad;
	__u32 port;
	__u32 groups;
};

/* What of a socket may change while it is open: its addresses. */
static __always_inline __u64 socket_digest(struct sock *sk)
{
	__u16 family = BPF_CORE_READ(sk, __sk_common.skc_family);

	if (family == AF_UNIX)
		return mix((__u64)BPF_CORE_READ((struct unix_sock *)sk, addr),
			   (__u64)BPF_CORE_READ((struct unix_sock *)sk, peer));
	if (family == AF_INET || family == AF_INET6) {
		__u64 words[2] = {};
		__u64 ports = (__u64)BPF_CORE_READ(sk, __sk_common.skc_dport) << 16 | BPF_CORE_READ(sk, __sk_common.skc_num);

		words[0] = (__u64)BPF_CORE_READ(sk, __sk_common.skc_daddr) << 32 |
			   BPF_CORE_READ(sk, __sk_common.skc_rcv_saddr);
		if (family == AF_INET6)
			bpf_core_read(words, sizeof(words), &sk->__sk_common.skc_v6_daddr);
		return mix(mix(words[0], words[1]), ports);
	}
	if (family == AF_NETLINK)
		return BPF_CORE_READ((struct netlink_sock *)sk, portid);
	return 0;
}

static __always_inline __u32 fill_unix_address(__u8 *out, struct sock *sk)
{
	struct unix_address *address;
	__u32 length;

	if (!sk)
		return 0;
	address = BPF_CORE_READ((struct unix_sock *)sk, addr);
	if (!address)
		return 0;
	length = BPF_CORE_READ(address, len);
	if (length > 110)
		length = 110;
	bpf_probe_read_kernel(out, length & 127, (void *)address + bpf_core_field_offset(struct unix_address, name));
	return length & 127;
}

/* Fills a socket object's frame; returns the length of header and payload. */
__noinline int fill_socket_object(struct object_slot *slot, struct subject *subject)
{
	struct tracee_socket_object *o;
	struct side_room *room;
	struct socket *socket;
	struct inode *inode;
	struct sock *sk;
	__u32 local = 0, peer = 0;
	__u8 *strings;
	__u16 family;

	if (!slot || !subject)
		return 0;
	room = room_for(subject->iterator);
	if (!room)
		return 0;
	o = &room->socket;
	strings = room->payload + sizeof(*o);
	socket = (struct socket *)subject->socket;
	inode = (struct inode *)slot->inode;
	sk = BPF_CORE_READ(socket, sk);
	family = sk ? BPF_CORE_READ(sk, __sk_common.skc_family) : 0;
	o->id = slot->id;
	o->inode = BPF_CORE_READ(inode, i_ino);
	o->cookie = sk ? BPF_CORE_READ(sk, __sk_common.skc_cookie.counter) : 0;
	o->net_ns = sk ? BPF_CORE_READ(sk, __sk_common.skc_net.net, ns.inum) : 0;
	o->open_flags = subject->open_flags;
	o->family = family;
	o->type = BPF_CORE_READ(socket, type);
	o->protocol = sk ? BPF_CORE_READ(sk, sk_protocol) : 0;
	o->state = sk ? BPF_CORE_READ(sk, __sk_common.skc_state) : 0;
	if (family == AF_INET) {
		struct address_in in = { .family = AF_INET };
		__u16 port = BPF_CORE_READ(sk, __sk_common.skc_num);

		in.port = __builtin_bswap16(port);
		in.address = BPF_CORE_READ(sk, __sk_common.skc_rcv_saddr);
		if (port || in.address) {
			__builtin_memcpy(strings, &in, sizeof(in));
			local = sizeof(in);
		}
		in.port = BPF_CORE_READ(sk, __sk_common.skc_dport);
		in.address = BPF_CORE_READ(sk, __sk_common.skc_daddr);
		if (in.port || in.address) {
			__builtin_memcpy(strings + local, &in, sizeof(in));
			peer = sizeof(in);
		}
	} else if (family == AF_INET6) {
		struct address_in6 in = { .family = AF_INET6 };
		__u16 port = BPF_CORE_READ(sk, __sk_common.skc_num);

		in.port = __builtin_bswap16(port);
		bpf_core_read(&in.address, sizeof(in.address), &sk->__sk_common.skc_v6_rcv_saddr);
		if (port) {
			__builtin_memcpy(strings, &in, sizeof(in));
			local = sizeof(in);
		}
		in.port = BPF_CORE_READ(sk, __sk_common.skc_dport);
		bpf_core_read(&in.address, sizeof(in.address), &sk->__sk_common.skc_v6_daddr);
		if (in.port) {
			__builtin_memcpy(strings + local, &in, sizeof(in));
			peer = sizeof(in);
		}
	} else if (family == AF_UNIX) {
		local = fill_unix_address(strings, sk);
		peer = fill_unix_address(strings + (local & 127), BPF_CORE_READ((struct unix_sock *)sk, peer));
	} else if (family == AF_NETLINK) {
		struct address_netlink in = { .family = AF_NETLINK };

		in.port = BPF_CORE_READ((struct netlink_sock *)sk, portid);
		__builtin_memcpy(strings, &in, sizeof(in));
		local = sizeof(in);
	}
	o->local.length = local;
	o->local.full = local;
	o->peer.length = peer;
	o->peer.full = peer;
	room->header.event = TRACEE_EVENT_SOCKET_OBJECT;
	room->header.length = sizeof(*o) + local + peer;
	return sizeof(struct tracee_frame) + sizeof(*o) + ((local + peer) & 255);
}

static __always_inline void subject_of_file(__u64 file, struct subject *subject)
{
	struct file *f = (struct file *)file;
	struct inode *inode = BPF_CORE_READ(f, f_inode);
	struct socket *socket;

	subject->key = file;
	subject->inode = (__u64)inode;
	subject->dentry = (__u64)BPF_CORE_READ(f, f_path.dentry);
	subject->mount = 0;
	subject->socket = 0;
	subject->generation = path_generation;
	if ((BPF_CORE_READ(inode, i_mode) & S_IFMT) == S_IFSOCK) {
		socket = BPF_CORE_READ(f, private_data);
		subject->socket = (__u64)socket;
		subject->generation = socket ? socket_digest(BPF_CORE_READ(socket, sk)) : 0;
	}
}

/*
 * Makes the frame of an object in the room and gives it an id: the one it had when only the segment is new, the last
 * frame was not placed, or its path turned out the same; otherwise a new one. Returns the frame's length, 0 when the
 * object's frame is in the log already and still true (unless it is wanted `always`).
 */
static __always_inline __u32 make_object(struct side_room *room, struct subject *subject, struct object_slot *slot,
					 __u64 boot_ns, bool fresh, bool always)
{
	bool known = !fresh && read_slot(subject->key, slot) && slot->inode == subject->inode &&
		     slot->dentry == subject->dentry;
	__u64 old_hash = slot->path_hash, old_id = slot->id, old_generation = slot->generation;
	__u32 length;

	if (!always && known && old_generation == subject->generation && slot_is_current(slot, boot_ns))
		return 0;
	if (!known) {
		slot->placed_ns = 0;
		slot->path_hash = 0;
	}
	slot->key = subject->key;
	slot->inode = subject->inode;
	slot->dentry = subject->dentry;
	slot->generation = subject->generation;
	if (subject->socket) {
		if (!known || old_generation != subject->generation)
			slot->id = __sync_fetch_and_add(&next_object, 1) + 1;
		return fill_socket_object(slot, subject);
	}
	if (!known)
		slot->id = __sync_fetch_and_add(&next_object, 1) + 1;
	length = fill_file_object(slot, subject);
	if (known && slot->path_hash != old_hash) {
		slot->id = __sync_fetch_and_add(&next_object, 1) + 1;
		room->file.id = slot->id;
		return length;
	}
	if (!always && known && slot_is_current(slot, boot_ns)) {
		/* Something was renamed somewhere, but not this. */
		slot->id = old_id;
		write_slot(slot);
		return 0;
	}
	return length;
}

/* The slow half of object_of_file() and object_of_directory(). */
__noinline __u64 put_object(struct subject *subject, __u64 boot_ns, __u32 fresh)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct side_room *room = side_room();
	struct object_slot slot = {};
	struct task_state *state;
	__u32 length, lane;

	if (!subject || !room)
		return 0;
	length = make_object(room, subject, &slot, boot_ns, fresh, false);
	if (!length)
		return slot.id;
	state = bpf_task_storage_get(&tasks, task, 0, 0);
	lane = budgeted_lane(bpf_task_storage_get(&tasks, task->group_leader, 0, 0), boot_ns);
	room->header.boot_ns = boot_ns;
	room->header.context = state ? state->context : 0;
	room->header.tid = task->pid;
	room->header.flags = lane == TRACEE_LANE_EVENTS ? TRACEE_FLAG_OVER_BUDGET : 0;
	if (length > sizeof(struct tracee_frame) + sizeof(room->payload))
		return 0;
	slot.placed_ns = put_frame(&room->header, length, lane) ? 0 : boot_ns;
	write_slot(&slot);
	return slot.id;
}

/* The id of an open file; `fresh` when it was opened just now, so that what its address stood for before is over. */
static __always_inline __u64 object_of_file(__u64 file, __u64 boot_ns, __u32 fresh)
{
	struct subject subject = {};
	struct object_slot slot;
	struct file *f = (struct file *)file;

	if (!file)
		return 0;
	subject_of_file(file, &subject);
	if (!fresh && read_slot(file, &slot) && slot.inode == subject.inode && slot.dentry == subject.dentry &&
	    slot.generation == subject.generation && slot_is_current(&slot, boot_ns))
		return slot.id;
	subject.mount = mount_of((__u64)BPF_CORE_READ(f, f_path.mnt));
	subject.open_flags = BPF_CORE_READ(f, f_flags);
	return put_object(&subject, boot_ns, fresh);
}

/* The id of a directory that a task has as its root or working directory. */
static __always_inline __u64 object_of_directory(__u64 dentry, __u64 vfsmount, __u64 boot_ns)
{
	struct subject subject = {};
	struct object_slot slot;

	if (!dentry)
		return 0;
	/* The same directory may be seen through several mounts. */
	subject.key = mix(dentry, vfsmount) | 1;
	subject.inode = (__u64)BPF_CORE_READ((struct dentry *)dentry, d_inode);
	subject.dentry = dentry;
	subject.generation = path_generation;
	if (read_slot(subject.key, &slot) && slot.inode == subject.inode && slot.dentry == dentry &&
	    slot.generation == subject.generation && slot_is_current(&slot, boot_ns))
		return slot.id;
	subject.mount = mount_of(vfsmount);
	return put_object(&subject, boot_ns, 0);
}

/* The open file behind a descriptor of the current task, 0 when there is none. */
static __always_inline __u64 file_of_fd(struct task_struct *task, __s32 fd)
{
	struct files_struct *files = task->files;
	struct fdtable *table;
	__u64 file = 0;

	if (!files || fd < 0)
		return 0;
	table = files->fdt;
	if ((__u32)fd >= table->max_fds)
		return 0;
	bpf_probe_read_kernel(&file, sizeof(file), table->fd + fd);
	return file;
}

static __always_inline __u64 object_of_fd(struct task_struct *task, __s32 fd, __u64 boot_ns, __u32 fresh)
{
	return object_of_file(file_of_fd(task, fd), boot_ns, fresh);
}

/* The same for a descriptor that the current task was just given; seldom enough to be verified on its own. */
__noinline __u64 object_of_new_fd(__s32 fd, __u64 boot_ns, __u32 fresh)
{
	return object_of_fd(bpf_get_current_task_btf(), fd, boot_ns, fresh);
}

static __always_inline __u64 working_directory(struct task_struct *task, __u64 boot_ns)
{
	struct fs_struct *fs = BPF_CORE_READ(task, fs);

	if (!fs)
		return 0;
	return object_of_directory((__u64)BPF_CORE_READ(fs, pwd.dentry), (__u64)BPF_CORE_READ(fs, pwd.mnt), boot_ns);
}

#endif
