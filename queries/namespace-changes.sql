-- Processes that went into other namespaces or made new ones.
SELECT ts, host_pid, comm, exe, event, flags AS what, error, boot_ns, event_key FROM unshare
UNION ALL
SELECT ts, host_pid, comm, exe, event, COALESCE(fd_path, nstype), error, boot_ns, event_key FROM setns
UNION ALL
SELECT ts, host_pid, comm, exe, event, args, error, boot_ns, event_key FROM switch_task_ns
UNION ALL
SELECT ts, host_pid, comm, exe, event, flags, error, boot_ns, event_key FROM clone WHERE flags LIKE '%CLONE_NEW%'
ORDER BY 8, 9;
