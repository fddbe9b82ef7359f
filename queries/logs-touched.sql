-- Logs and histories that were removed, renamed or cut.
SELECT ts, host_pid, uid, comm, operation, path, other_path, flags, error
FROM file_accesses
WHERE (path LIKE '/var/log/%' OR path LIKE '%\_history' ESCAPE '\' OR path LIKE '/run/utmp' OR path LIKE '/var/run/utmp')
    AND (operation IN ('unlink', 'rename', 'truncate') OR operation IN ('open', 'create') AND flags LIKE '%O_TRUNC%')
ORDER BY boot_ns, event_key;
