/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Control groups and containers come and go. */
#ifndef TRACEE_CONTAINERS_EVENTS_H
#define TRACEE_CONTAINERS_EVENTS_H

#endif
