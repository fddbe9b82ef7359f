-- What was done to files by name, in order: made, changed, renamed, removed, executed, and refused. The odd name is escaped.
SELECT comm, operation, path, other_path, flags, mode, ret, error, from_user
FROM file_accesses WHERE operation <> 'open' OR ret < 0 ORDER BY boot_ns, event_key;
