-- What was done to files, in order?
SELECT boot_ns, event_key, event, comm, operation, path, other_path, flags, mode, ret, error, from_user FROM file_accesses
ORDER BY boot_ns, event_key, event LIMIT 80;
