-- Programs that were executed with more rights than whoever started them had (set-uid, set-gid, file capabilities).
SELECT e.ts, e.host_pid, e.uid, p.euid, parent.comm AS parent, e.exe_path AS executable, e.argv
FROM sched_process_exec e
LEFT JOIN processes p ON p.process_key = e.process_key
LEFT JOIN processes parent ON parent.process_key = p.parent_key
WHERE e.secure <> 0
ORDER BY e.boot_ns, e.event_key;
