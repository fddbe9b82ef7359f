-- A process and everything that descends from it.
-- :pid integer: process id, as the host has it
WITH tree AS (
    SELECT process_key, 0 AS depth FROM processes WHERE host_pid = :pid
    UNION
    SELECT a.process_key, a.depth FROM process_ancestors a
    JOIN processes root ON root.process_key = a.ancestor_key WHERE root.host_pid = :pid
)
SELECT tree.depth, p.host_pid, p.host_ppid, p.comm, p.argv, p.start_ts, p.end_ts, p.exit_code, p.exit_signal
FROM tree JOIN processes p ON p.process_key = tree.process_key
ORDER BY p.start_ns, p.process_key;
