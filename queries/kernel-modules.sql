-- Kernel modules that were loaded, removed or hidden, and other ways into the kernel (BPF programs, kexec).
SELECT ts, host_pid, uid, comm, exe, event, ret, error, args
FROM events
WHERE event IN ('module_load', 'do_init_module', 'init_module', 'finit_module', 'delete_module', 'module_free',
    'hidden_kernel_module', 'hooked_syscall', 'hooked_seq_ops', 'ftrace_hook', 'security_bpf_prog', 'bpf_attach',
    'kexec_load', 'kexec_file_load', 'kprobe_attach')
ORDER BY boot_ns, event_key, event;
