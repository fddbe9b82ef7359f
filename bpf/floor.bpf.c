// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Empty programs on the hooks that the recorder uses: what being there at all costs, for the benchmark. */
#include "types.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

#define EMPTY(hook)                                                                                                    \
	SEC("tp_btf/" #hook)                                                                                           \
	int floor_##hook(void *ctx)                                                                                    \
	{                                                                                                              \
		return 0;                                                                                              \
	}

EMPTY(sys_enter)
EMPTY(sys_exit)
EMPTY(sched_process_fork)
EMPTY(sched_process_exec)
EMPTY(sched_process_exit)
EMPTY(task_rename)

char LICENSE[] SEC("license") = "Dual BSD/GPL";
