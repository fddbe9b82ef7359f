/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What changes the kernel or looks into it. */
#ifndef TRACEE_KERNEL_EVENTS_H
#define TRACEE_KERNEL_EVENTS_H

#endif
