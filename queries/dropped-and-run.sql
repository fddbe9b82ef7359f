-- Files that were made or written to while recording, and executed afterwards: by whom each.
WITH made AS (
    SELECT ts, ts_ns, process_key, host_pid, comm, path FROM file_accesses
    WHERE ret >= 0 AND path IS NOT NULL
        AND (operation = 'create' OR operation = 'open' AND (flags LIKE '%O_WRONLY%' OR flags LIKE '%O_RDWR%'))
    UNION ALL
    SELECT ts, ts_ns, process_key, host_pid, comm, other_path FROM file_accesses
    WHERE ret >= 0 AND operation IN ('rename', 'link') AND other_path IS NOT NULL
), ran AS (
    SELECT ts, ts_ns, boot_ns, event_key, process_key, host_pid, path FROM file_accesses
    WHERE operation = 'exec' AND (ret >= 0 OR ret IS NULL) AND path IS NOT NULL
)
SELECT ran.ts AS executed, ran.host_pid, ran.path, p.argv, MAX(made.ts) AS written, made.comm AS written_by,
    made.host_pid AS written_by_pid
FROM ran
JOIN made ON made.path = ran.path AND made.ts_ns <= ran.ts_ns
LEFT JOIN processes p ON p.process_key = ran.process_key
GROUP BY ran.ts, ran.boot_ns, ran.event_key, ran.host_pid, ran.path, p.argv, made.comm, made.host_pid
ORDER BY ran.boot_ns, ran.event_key, written;
