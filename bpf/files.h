/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Files are opened, read, written, renamed, removed, changed. */
#ifndef TRACEE_FILES_EVENTS_H
#define TRACEE_FILES_EVENTS_H

#endif
