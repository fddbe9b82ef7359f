-- Which processes lived through the middle of the recording?
SELECT p.comm, p.host_pid, p.end_ns - p.start_ns AS lifetime_ns
FROM processes p CROSS JOIN captures c
WHERE 2 * p.start_ns <= c.start_ns + c.end_ns AND 2 * p.end_ns >= c.start_ns + c.end_ns AND NOT p.start_open
ORDER BY p.start_ns, p.host_pid;
