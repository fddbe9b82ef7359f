/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Files are opened, read, written, renamed, removed, changed. */
#ifndef TRACEE_FILES_EVENTS_H
#define TRACEE_FILES_EVENTS_H

static __always_inline int security_file_open(struct file *file)
{
	struct tracee_security_file_open *out;
	struct hook h = {};

	if (!begin_hook(&h))
		return 0;
	out = hook_payload(&h, sizeof(*out));
	/* Not open yet: what its address stood for before is over. */
	out->file = object_of_file(number_of(h.state, file), h.boot_ns, 1);
	out->flags = BPF_CORE_READ(file, f_flags);
	append_path_argument(&h, 0, &out->syscall_pathname);
	mark_mismatch(&h);
	return put_hook(&h, TRACEE_EVENT_SECURITY_FILE_OPEN, TRACEE_LANE_EVENTS);
}

SEC("lsm/file_open")
int BPF_PROG(security_file_open__lsm, struct file *file)
{
	return security_file_open(file);
}

SEC("fentry/security_file_open")
int BPF_PROG(security_file_open__fentry, struct file *file)
{
	return security_file_open(file);
}

#include "files_content.h"
#include "files_names.h"
#include "files_attributes.h"
#include "files_tree.h"

#endif
