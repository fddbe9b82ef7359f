-- When is the first and when the last event?
SELECT MIN(ts_ns) AS first_ns, MAX(ts_ns) AS last_ns, MIN(boot_ns) AS first_boot_ns FROM events;
