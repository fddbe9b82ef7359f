-- How many, and from when to when, in one?
SELECT COUNT(*) AS events, MIN(ts_ns) AS first_ns, MAX(ts_ns) AS last_ns FROM events;
