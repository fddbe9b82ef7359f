/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Identity: who a task is and which namespaces it lives in. */
#ifndef TRACEE_IDENTITY_EVENTS_H
#define TRACEE_IDENTITY_EVENTS_H

#endif
