-- Who made most events.
-- :limit integer = 20: how many
SELECT e.host_pid, p.comm, p.argv, e.events, e.kinds
FROM (
    SELECT process_key, MIN(host_pid) AS host_pid, COUNT(*) AS events, COUNT(DISTINCT event) AS kinds
    FROM events GROUP BY process_key
) e
LEFT JOIN processes p ON p.process_key = e.process_key
ORDER BY e.events DESC, e.host_pid
LIMIT :limit;
