/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What it was done to: open files, directories and sockets get an id and, once per segment, a frame that says what they are. */
#ifndef TRACEE_OBJECT_H
#define TRACEE_OBJECT_H

#define S_IFMT 0170000
#define S_IFSOCK 0140000

static __always_inline __u64 slot_check(struct object_slot *slot)
{
	return mix(mix(mix(slot->key, slot->id), mix(slot->identity, slot->dentry)),
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
	return is_in_segment_of(slot->placed_ns, boot_ns);
}

/* Whether the frame of the room's subject is in the log and still true; its slot is in the room then. */
static __always_inline bool subject_is_placed(struct side_room *room, __u64 boot_ns)
{
	struct subject *subject = &room->subject;
	struct object_slot *slot = &room->slot;

	return read_slot(subject->key, slot) && slot->identity == subject->identity &&
	       slot->dentry == subject->dentry && slot->generation == subject->generation &&
	       slot_is_current(slot, boot_ns);
}

#define CTIME_QUERIED 0x80000000U

static __always_inline __u64 ctime_of(struct inode *inode)
{
	if (bpf_core_field_exists(inode->i_ctime_sec)) {
		/* The top bit says that somebody has asked for the time since it was set. */
		return BPF_CORE_READ(inode, i_ctime_sec) * 1000000000ULL +
		       (BPF_CORE_READ(inode, i_ctime_nsec) & ~CTIME_QUERIED);
	} else if (bpf_core_field_exists(((struct inode___private *)inode)->__i_ctime)) {
		struct inode___private *p = (void *)inode;

		return BPF_CORE_READ(p, __i_ctime.tv_sec) * 1000000000ULL + BPF_CORE_READ(p, __i_ctime.tv_nsec);
	} else {
		struct inode___timespec *p = (void *)inode;

		return BPF_CORE_READ(p, i_ctime.tv_sec) * 1000000000ULL + BPF_CORE_READ(p, i_ctime.tv_nsec);
	}
}

static __always_inline __u64 mtime_of(struct inode *inode)
{
	if (bpf_core_field_exists(inode->i_mtime_sec)) {
		return BPF_CORE_READ(inode, i_mtime_sec) * 1000000000ULL + BPF_CORE_READ(inode, i_mtime_nsec);
	} else if (bpf_core_field_exists(((struct inode___private *)inode)->__i_mtime)) {
		struct inode___private *p = (void *)inode;

		return BPF_CORE_READ(p, __i_mtime.tv_sec) * 1000000000ULL + BPF_CORE_READ(p, __i_mtime.tv_nsec);
	} else {
		struct inode___timespec *p = (void *)inode;

		return BPF_CORE_READ(p, i_mtime.tv_sec) * 1000000000ULL + BPF_CORE_READ(p, i_mtime.tv_nsec);
	}
}

/* Fills the frame of the file that the room's subject is; returns the length of header and payload. */
static __always_inline int fill_file_object(__u32 iterator)
{
	struct side_room *room = room_for(iterator);
	struct object_slot *slot;
	struct subject *subject;
	struct tracee_file_object *o;
	struct walk *walk;
	struct dentry *dentry;
	struct inode *inode;
	struct mount *mount;
	__u32 length;

	if (!room)
		return 0;
	slot = &room->slot;
	subject = &room->subject;
	walk = &room->walk;
	o = &room->file;
	dentry = (struct dentry *)subject->dentry;
	inode = (struct inode *)subject->inode;
	mount = (struct mount *)subject->mount;
	walk->dentry = subject->dentry;
	walk->mount = subject->mount;
	walk->start = PATH_ROOM;
	walk->flags = 0;
	walk->components = 0;
	o->id = slot->id;
	o->inode = BPF_CORE_READ(inode, i_ino);
	o->ctime_ns = ctime_of(inode);
	o->mtime_ns = mtime_of(inode);
	o->size = BPF_CORE_READ(inode, i_size);
	o->fs_magic = BPF_CORE_READ(inode, i_sb, s_magic);
	o->dev = BPF_CORE_READ(inode, i_sb, s_dev);
	o->mnt_id = mount ? BPF_CORE_READ(mount, mnt_id) : 0;
	o->open_flags = subject->open_flags;
	o->mode = BPF_CORE_READ(inode, i_mode);
	o->nlink = BPF_CORE_READ(inode, i_nlink);
	o->uid = BPF_CORE_READ(inode, i_uid.val);
	o->gid = BPF_CORE_READ(inode, i_gid.val);
	walk_path(walk, iterator);
	/* The root of a mount namespace has no component. */
	if (walk->start == PATH_ROOM && !(walk->flags & OBJECT_UNREACHABLE)) {
		walk->start = PATH_ROOM - 1;
		room->path[PATH_ROOM - 1] = '/';
	}
	if (!BPF_CORE_READ(dentry, d_hash.pprev) && BPF_CORE_READ(dentry, d_parent) != dentry)
		walk->flags |= OBJECT_UNLINKED;
	length = PATH_ROOM - walk->start;
	if (length > PATH_ROOM)
		length = 0;
	o->flags = walk->flags;
	o->path.length = length;
	o->path.full = walk->flags & OBJECT_PATH_CUT ? ~0U : length;
	bpf_probe_read_kernel(room->payload + sizeof(*o), length & (2 * PATH_ROOM - 1),
			      room->path + (walk->start & (PATH_ROOM - 1)));
	slot->path_hash = mix(walk->start, walk->flags);
	{
		/* Enough of the end of the path to tell one name from another: the last 64 bytes, and its length. */
		__u64 tail = at_most(length, sizeof(room->words));
		__u32 i;

		__builtin_memset(room->words, 0, sizeof(room->words));
		bpf_probe_read_kernel(room->words, tail, room->path + ((PATH_ROOM - tail) & (PATH_ROOM - 1)));
		for (i = 0; i < 8; i++)
			slot->path_hash = mix(slot->path_hash, room->words[i]);
		/* And of its beginning, which a rename of a directory far up changes. */
		bpf_probe_read_kernel(room->words, tail, room->path + (walk->start & (PATH_ROOM - 1)));
		for (i = 0; i < 8; i++)
			slot->path_hash = mix(slot->path_hash, room->words[i]);
	}
	room->header.event = TRACEE_EVENT_FILE_OBJECT;
	room->header.length = sizeof(*o) + length;
	return sizeof(struct tracee_frame) + sizeof(*o) + length;
}

/* A pointer as a number, by way of memory: the verifier lets nobody reckon with a pointer. */
static __always_inline __u64 as_number(struct side_room *room, const void *pointer)
{
	*(volatile __u64 *)&room->word = (__u64)pointer;
	return *(volatile __u64 *)&room->word;
}

static __always_inline void subject_of_file(__u64 file, struct side_room *room)
{
	struct subject *subject = &room->subject;
	struct inode *inode;
	struct dentry *dentry;
	__u64 number;
	__u32 flags, mode;

	/* Every call with a descriptor comes through here: five loads, or five calls of a helper. */
	if (bpf_ksym_exists(bpf_rdonly_cast)) {
		struct file *f = bpf_rdonly_cast((void *)file, bpf_core_type_id_kernel(struct file));

		inode = f->f_inode;
		dentry = f->f_path.dentry;
		flags = f->f_flags;
		mode = inode->i_mode;
		number = inode->i_ino;
	} else {
		struct file *f = (struct file *)file;

		inode = BPF_CORE_READ(f, f_inode);
		dentry = BPF_CORE_READ(f, f_path.dentry);
		flags = BPF_CORE_READ(f, f_flags);
		mode = BPF_CORE_READ(inode, i_mode);
		number = BPF_CORE_READ(inode, i_ino);
	}
	subject->key = file;
	subject->inode = as_number(room, inode);
	subject->dentry = as_number(room, dentry);
	subject->mount = 0;
	subject->socket = 0;
	subject->generation = path_generation;
	/* Addresses are used again; number and access mode tell most of those cases apart. */
	subject->identity = mix(subject->inode, number << 2 | (flags & 3));
	if ((mode & S_IFMT) == S_IFSOCK) {
		struct file *f = (struct file *)file;
		struct socket *socket = BPF_CORE_READ(f, private_data);

		subject->socket = (__u64)socket;
		subject->generation = socket ? socket_digest(BPF_CORE_READ(socket, sk)) : 0;
	}
}

/*
 * Makes the frame of the room's subject and gives it an id, in the room's slot: the one it had when only the segment is
 * new, the last frame was not placed, or its path turned out the same; otherwise a new one. Returns the frame's length,
 * 0 when the object's frame is in the log already and still true (unless it is wanted by an iterator).
 */
static __always_inline __u32 make_object(struct side_room *room, __u64 boot_ns, bool fresh, bool iterator)
{
	struct subject *subject = &room->subject;
	struct object_slot *slot = &room->slot;
	bool known = !fresh && read_slot(subject->key, slot) && slot->identity == subject->identity &&
		     slot->dentry == subject->dentry;
	__u64 old_hash = slot->path_hash, old_id = slot->id, old_generation = slot->generation;
	__u32 length;

	if (!iterator && known && old_generation == subject->generation && slot_is_current(slot, boot_ns))
		return 0;
	if (!known) {
		slot->placed_ns = 0;
		slot->path_hash = 0;
	}
	slot->key = subject->key;
	slot->identity = subject->identity;
	slot->dentry = subject->dentry;
	slot->generation = subject->generation;
	if (subject->socket) {
		if (!known || old_generation != subject->generation)
			slot->id = __sync_fetch_and_add(&next_object, 1) + 1;
		return fill_socket_object(iterator);
	}
	if (!known)
		slot->id = __sync_fetch_and_add(&next_object, 1) + 1;
	length = fill_file_object(iterator);
	if (known && slot->path_hash != old_hash) {
		slot->id = __sync_fetch_and_add(&next_object, 1) + 1;
		room->file.id = slot->id;
		return length;
	}
	if (!iterator && known && slot_is_current(slot, boot_ns)) {
		/* Something was renamed somewhere, but not this. */
		slot->id = old_id;
		write_slot(slot);
		return 0;
	}
	return length;
}

/* The slow half of object_of_file() and object_of_directory(). */
__noinline __u64 put_object(__u64 boot_ns, __u32 fresh)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct side_room *room = side_room();
	struct task_state *state;
	__u32 length, lane;

	if (!room)
		return 0;
	length = make_object(room, boot_ns, fresh, false);
	if (!length)
		return room->slot.id;
	state = bpf_task_storage_get(&tasks, task, 0, 0);
	lane = lane_of_current(boot_ns);
	room->header.boot_ns = boot_ns;
	room->header.context = state ? state->context : 0;
	room->header.tid = task->pid;
	room->header.flags = lane == TRACEE_LANE_EVENTS ? TRACEE_FLAG_OVER_BUDGET : 0;
	length = at_most(length, sizeof(struct tracee_frame) + sizeof(room->payload));
	room->slot.placed_ns = put_side_frame(length, lane) ? 0 : boot_ns;
	write_slot(&room->slot);
	return room->slot.id;
}

/*
 * Makes a file the room's subject; true when its frame is in the log and still true: the id is in the room's slot. A leaf,
 * so that what it has on the stack is not there while put_object() runs.
 */
static __noinline bool file_is_placed(struct side_room *room, __u64 file, __u64 boot_ns, __u32 fresh)
{
	struct file *f = (struct file *)file;

	subject_of_file(file, room);
	if (!fresh && subject_is_placed(room, boot_ns))
		return true;
	room->subject.mount = mount_of((__u64)BPF_CORE_READ(f, f_path.mnt));
	room->subject.open_flags = BPF_CORE_READ(f, f_flags);
	return false;
}

/* The id of an open file; `fresh` when it was opened just now, so that what its address stood for before is over. */
static __always_inline __u64 object_of_file(__u64 file, __u64 boot_ns, __u32 fresh)
{
	struct side_room *room = side_room();

	if (!file || !room)
		return 0;
	/* Hooks are handed pointers, with which nobody may reckon; here it is a key too. */
	file = as_number(room, (struct file *)file);
	return file_is_placed(room, file, boot_ns, fresh) ? room->slot.id : put_object(boot_ns, fresh);
}

static __always_inline void subject_of_directory(__u64 dentry, __u64 vfsmount, struct side_room *room)
{
	struct subject *subject = &room->subject;
	struct dentry *directory = (struct dentry *)dentry;

	/* The same directory may be seen through several mounts. */
	subject->key = mix(dentry, vfsmount) | 1;
	subject->inode = (__u64)BPF_CORE_READ(directory, d_inode);
	subject->identity = subject->inode;
	subject->dentry = dentry;
	subject->mount = mount_of(vfsmount);
	subject->socket = 0;
	subject->open_flags = 0;
	subject->generation = path_generation;
}

static __noinline bool directory_is_placed(struct side_room *room, __u64 dentry, __u64 vfsmount, __u64 boot_ns)
{
	subject_of_directory(dentry, vfsmount, room);
	return subject_is_placed(room, boot_ns);
}

/* The id of a directory that a task has as its root or working directory. */
static __always_inline __u64 object_of_directory(__u64 dentry, __u64 vfsmount, __u64 boot_ns)
{
	struct side_room *room = side_room();

	if (!dentry || !room)
		return 0;
	return directory_is_placed(room, dentry, vfsmount, boot_ns) ? room->slot.id : put_object(boot_ns, 0);
}

/*
 * The id of what a mount shows at a dentry now, 0 when there is nothing. The dentry may have stood for something else
 * when it was last looked at, so each time it is a new object.
 */
static __always_inline __u64 object_at(__u64 dentry, __u64 mount, __u64 boot_ns)
{
	struct side_room *room = side_room();

	if (!room || !dentry || !BPF_CORE_READ((struct dentry *)dentry, d_inode))
		return 0;
	subject_of_directory(dentry, mount, room);
	return put_object(boot_ns, 1);
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
