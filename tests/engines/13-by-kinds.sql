-- Events of three kinds: processes from birth to death.
SELECT event, COUNT(*) AS n, COUNT(DISTINCT process_key) AS processes
FROM events WHERE event IN ('sched_process_fork', 'sched_process_exec', 'sched_process_exit')
GROUP BY event ORDER BY event;
