-- What was mounted and unmounted, and changes of the root directory.
SELECT ts, host_pid, comm, operation, other_path AS source, path AS target, flags, error
FROM file_accesses
WHERE operation IN ('mount', 'umount', 'chroot', 'pivot_root')
ORDER BY boot_ns, event_key;
