-- Opens of what is not there (ENOENT is 2).
SELECT comm, args, ret_path FROM openat JOIN (SELECT event, event_key FROM events WHERE error = 'ENOENT') USING (event, event_key)
ORDER BY ts_ns;
