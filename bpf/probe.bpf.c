// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Which kinds of hook work here: one small program of each, on what getpgid(2) comes through. The recorder loads them one
 * by one, calls getpgid and looks whether the program ran: an LSM program may load, attach and never be called.
 */
#include "types.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

__u32 ran = 0;

#define PROBE(section, name)                                                                                           \
	SEC(section)                                                                                                   \
	int probe_##name(void *ctx)                                                                                    \
	{                                                                                                              \
		ran = 1;                                                                                               \
		return 0;                                                                                              \
	}

PROBE("lsm/task_getpgid", lsm)
PROBE("fentry/security_task_getpgid", fentry)
PROBE("fexit/security_task_getpgid", fexit)
PROBE("kprobe/security_task_getpgid", kprobe)
PROBE("kretprobe/security_task_getpgid", kretprobe)

char LICENSE[] SEC("license") = "Dual BSD/GPL";
