/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Mappings, protections, and where system calls come from. */
#ifndef TRACEE_MEMORY_EVENTS_H
#define TRACEE_MEMORY_EVENTS_H

#endif
