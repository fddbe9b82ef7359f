-- Processes that looked into others, or changed their memory.
SELECT a.ts, a.host_pid, a.comm, a.exe, a.event, a.request, a.target_pid, t.comm AS target, a.error FROM (
    SELECT ts, ts_ns, boot_ns, event_key, host_pid, comm, exe, event, request, arg_pid AS target_pid, pid_ns, error FROM ptrace
    UNION ALL
    SELECT ts, ts_ns, boot_ns, event_key, host_pid, comm, exe, event, NULL, arg_pid, pid_ns, error FROM process_vm_readv
    UNION ALL
    SELECT ts, ts_ns, boot_ns, event_key, host_pid, comm, exe, event, NULL, arg_pid, pid_ns, error FROM process_vm_writev
) a
LEFT JOIN processes t ON t.pid = a.target_pid AND t.pid_ns = a.pid_ns AND a.ts_ns BETWEEN t.start_ns AND t.end_ns
ORDER BY a.boot_ns, a.event_key;
