-- What was done to files by name, in order: made, changed, renamed, removed, executed, and refused. Of the odd name,
-- hostile_name.sql tells.
SELECT comm, operation, path, other_path, flags, mode, ret, error, from_user
FROM file_accesses WHERE (operation <> 'open' OR ret < 0) AND path NOT LIKE '/tmp/odd%' ORDER BY boot_ns, event_key;
