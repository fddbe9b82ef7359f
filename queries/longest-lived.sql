-- The processes that lived longest, of what was recorded; `open` ends lie outside of it.
-- :limit integer = 20: how many
SELECT host_pid, comm, argv, start_ts, start_open, end_ts, end_open, (end_ns - start_ns) / 1000000000.0 AS seconds
FROM processes
WHERE start_ns IS NOT NULL AND end_ns IS NOT NULL AND argv IS NOT NULL
ORDER BY end_ns - start_ns DESC, process_key
LIMIT :limit;
