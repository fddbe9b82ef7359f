-- Whom do programs descend from that were executed?
SELECT DISTINCT p.comm, p.host_pid, a.depth, older.comm AS ancestor, older.host_pid AS ancestor_pid, a.cut
FROM sched_process_exec x
JOIN processes p ON p.process_key = x.process_key
JOIN process_ancestors a ON a.process_key = p.process_key
LEFT JOIN processes older ON older.process_key = a.ancestor_key
ORDER BY p.host_pid, a.depth, p.comm;
