-- Programs and scripts that were executed from places that everybody can write to: /tmp, /var/tmp, /dev/shm, /run.
WITH ran AS (
    SELECT ts, boot_ns, event_key, host_pid, uid, comm, argv, exe_path AS path FROM sched_process_exec
    UNION ALL
    SELECT ts, boot_ns, event_key, host_pid, uid, comm, argv, executable_path FROM sched_process_exec
    WHERE executable_path <> exe_path
)
SELECT ts, host_pid, uid, comm, path, argv
FROM ran
WHERE path LIKE '/tmp/%' OR path LIKE '/var/tmp/%' OR path LIKE '/dev/shm/%' OR path LIKE '/run/user/%'
ORDER BY boot_ns, event_key;
