-- What was executed in containers: in which, by whom, with which arguments.
-- :container text = %: pattern of the container's id or name
SELECT e.ts, e.container_id, c.name, c.image, e.host_pid, e.uid, e.exe_path AS executable, e.argv
FROM sched_process_exec e
LEFT JOIN containers c ON c.container_id = e.container_id
WHERE e.container_id IS NOT NULL AND (e.container_id LIKE :container OR c.name LIKE :container)
ORDER BY e.boot_ns, e.event_key;
