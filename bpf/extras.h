/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Events that are made at the entry or exit of a system call, besides the call's own row: who makes which. */
#ifndef TRACEE_EXTRAS_H
#define TRACEE_EXTRAS_H

/* At the entry: nothing of the call has happened yet. */
__noinline int put_entry_extras(__u32 extras, __u64 boot_ns)
{
	if (extras & MEMORY_AT_ENTRY)
		put_memory_at_entry(extras, boot_ns);
	if ((extras & (TRACEE_EXTRA_SECURITY_FILE_MPROTECT | TRACEE_EXTRA_MEM_PROT_ALERT)) ||
	    ((extras & TRACEE_EXTRA_CONTENT) && (captured & CAPTURE_MEMORY)))
		look_at_protections(extras, boot_ns);
	if (extras & (TRACEE_EXTRA_MAGIC_WRITE | TRACEE_EXTRA_FILE_MODIFICATION))
		look_at_write(extras);
	if (extras & TRACEE_EXTRA_CONTENT)
		look_at_content(boot_ns);
	return 0;
}

/* At the exit, with the call's result, before its own row. */
__noinline int put_exit_extras(__u32 extras, __s64 ret, __u64 boot_ns)
{
	/* Before the alerts: it needs what they are made from. */
	if (extras & TRACEE_EXTRA_CONTENT)
		put_content(ret, boot_ns);
	if (extras & TRACEE_EXTRA_MEM_PROT_ALERT)
		put_protection_alerts(ret, boot_ns);
	if (extras & TRACEE_EXTRA_SECURITY_BPF_MAP)
		security_bpf_map_at_exit(ret, boot_ns);
	if (extras & TRACEE_EXTRA_SECURITY_BPF_PROG)
		security_bpf_prog_at_exit(ret, boot_ns);
	if (extras & TRACEE_EXTRA_BPF_ATTACH)
		bpf_attach_at_exit(ret, boot_ns);
	if (extras & TRACEE_EXTRA_MAGIC_WRITE)
		put_magic_write(ret, boot_ns);
	if (extras & TRACEE_EXTRA_FILE_MODIFICATION)
		put_modification_at_exit(ret, boot_ns);
	if (extras & TRACEE_EXTRA_FILE_TRANSFER)
		put_file_transfer(ret, boot_ns);
	if (extras & TRACEE_EXTRA_SET_FS_PWD)
		put_working_directory(ret, boot_ns);
	if (extras & TRACEE_EXTRA_SECURITY_PATH_CHROOT)
		put_root(ret, boot_ns);
	if (extras & (TRACEE_EXTRA_COMMIT_CREDS | TRACEE_EXTRA_SWITCH_TASK_NS))
		look_at_identity_at_exit(boot_ns);
	if (extras & TRACEE_EXTRA_PROCESS_EXECUTE_FAILED)
		put_execute_failed(ret, boot_ns);
	if (extras & TRACEE_EXTRA_SECURITY_SOCKET_SENDMSG)
		put_sent_messages(ret, boot_ns);
	return 0;
}

#endif
