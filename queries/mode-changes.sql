-- Changes of mode and owner of files, set-uid bits among them.
SELECT ts, host_pid, uid, comm, operation, path, mode, error
FROM file_accesses
WHERE operation IN ('chmod', 'chown')
ORDER BY boot_ns, event_key;
