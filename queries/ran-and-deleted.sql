-- Programs whose file was removed after they were executed from it.
WITH done AS (
    SELECT ts, ts_ns, boot_ns, event_key, process_key, host_pid, comm, operation, path FROM file_accesses
    WHERE operation IN ('exec', 'unlink') AND (ret >= 0 OR ret IS NULL) AND path IS NOT NULL
)
SELECT x.ts AS executed, x.host_pid, x.path, p.argv, u.ts AS deleted, u.comm AS deleted_by, u.host_pid AS deleted_by_pid
FROM done x
JOIN done u ON u.path = x.path AND u.operation = 'unlink' AND u.ts_ns >= x.ts_ns
LEFT JOIN processes p ON p.process_key = x.process_key
WHERE x.operation = 'exec'
ORDER BY x.boot_ns, x.event_key, u.boot_ns, u.event_key;
