-- What a process did to files, in order.
-- :pid integer: process id, as the host has it
SELECT ts, comm, operation, path, other_path, flags, ret, error
FROM file_accesses
WHERE host_pid = :pid
ORDER BY boot_ns, event_key;
