-- Which processes executed nothing?
SELECT p.comm, p.host_pid FROM processes p
WHERE NOT p.start_open AND NOT EXISTS (SELECT 1 FROM sched_process_exec x WHERE x.process_key = p.process_key)
ORDER BY p.host_pid, p.process_key;
