-- What happened in the time before a finding, of its process and everything above it.
-- :finding integer: finding_key, as @findings gives it
-- :within duration = 10s: how long before
SELECT e.ts, e.host_pid, e.comm, e.event, e.ret, e.args
FROM findings f
JOIN events e ON e.ts_ns BETWEEN f.ts_ns - :within AND f.ts_ns
WHERE f.finding_key = :finding
    AND (f.process_key IS NULL OR e.process_key = f.process_key OR e.process_key IN
        (SELECT a.ancestor_key FROM process_ancestors a WHERE a.process_key = f.process_key))
ORDER BY e.boot_ns, e.event_key, e.event;
