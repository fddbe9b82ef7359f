-- No rows, but columns.
SELECT comm, ret FROM events ORDER BY boot_ns, event_key LIMIT 0;
