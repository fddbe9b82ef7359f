-- What is in every column of events but the time as text?
SELECT ts_ns, boot_ns, capture, event_key, cpu, seq, event, hook, process_key, host_id, boot_id, pid, tid, ppid, host_pid,
    host_tid, host_ppid, uid, gid, comm, exe, container_id, cgroup_id, mnt_ns, pid_ns, uts_name, syscall, ret, error, args,
    from_user, truncated, unfinished, late, policies, marks
FROM events ORDER BY boot_ns, event_key, event LIMIT 40;
