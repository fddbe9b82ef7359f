-- What does a kind answer that has no rows?
SELECT COUNT(*) AS rows_found, MIN(ts_ns) AS first_ns, MAX(host_pid) AS pid FROM swapon;
