-- Where a process comes from: its parent, its parent's parent, and so on.
-- :pid integer: process id, as the host has it
SELECT a.depth, p.host_pid, p.uid, p.comm, p.exe, p.argv, p.start_ts, a.cut
FROM processes child
JOIN process_ancestors a ON a.process_key = child.process_key
LEFT JOIN processes p ON p.process_key = a.ancestor_key
WHERE child.host_pid = :pid
ORDER BY child.process_key, a.depth;
