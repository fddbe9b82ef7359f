// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The recorder's programs. Data takes this way: a hook -> context and objects (if new) -> frame -> ring of lane and CPU. */
#include "types.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_tracing.h>
#include "events.h"
#include "arch.h"
#include "state.h"
#include "lane.h"
#include "scope.h"
#include "path.h"
#include "socket.h"
#include "object.h"
#include "container.h"
#include "context.h"
#include "usermem.h"
#include "membership.h"
#include "mismatch.h"
#include "hook.h"
#include "syscalls.h"
#include "lifecycle.h"
#include "identity.h"
#include "containers.h"
#include "io_uring.h"
#include "files.h"
#include "memory.h"
#include "sockets.h"
#include "kernel.h"
#include "bpf_objects.h"
#include "content.h"
#include "executed.h"
#include "extras.h"
#include "packets.h"
#include "keyframe.h"
#include "peek.h"

char LICENSE[] SEC("license") = "Dual BSD/GPL";
