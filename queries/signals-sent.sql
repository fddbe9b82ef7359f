-- Who sent which signal to whom; 0, which only asks whether somebody is there, left out.
SELECT s.ts, s.host_pid, s.comm, s.event, s.sig, s.target_pid, t.comm AS target, t.argv AS target_argv, s.error
FROM (
    SELECT ts, ts_ns, boot_ns, event_key, host_pid, comm, event, sig, sig_number, arg_pid AS target_pid, pid_ns, error FROM kill
    UNION ALL
    SELECT ts, ts_ns, boot_ns, event_key, host_pid, comm, event, sig, sig_number, tgid, pid_ns, error FROM tgkill
) s
LEFT JOIN processes t ON t.pid = s.target_pid AND t.pid_ns = s.pid_ns AND s.ts_ns BETWEEN t.start_ns AND t.end_ns
WHERE s.sig_number <> 0
ORDER BY s.boot_ns, s.event_key;
