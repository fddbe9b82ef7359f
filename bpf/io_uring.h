/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Operations that are submitted to io_uring. */
#ifndef TRACEE_IO_URING_EVENTS_H
#define TRACEE_IO_URING_EVENTS_H

#endif
