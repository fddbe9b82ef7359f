-- Who did what to files of these names.
-- :path text: pattern of the path, % stands for any characters
SELECT ts, host_pid, uid, comm, exe, operation, path, other_path, flags, error
FROM file_accesses
WHERE path LIKE :path OR other_path LIKE :path
ORDER BY boot_ns, event_key;
