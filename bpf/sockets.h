/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Sockets, and the flows through them. */
#ifndef TRACEE_SOCKETS_EVENTS_H
#define TRACEE_SOCKETS_EVENTS_H

#endif
