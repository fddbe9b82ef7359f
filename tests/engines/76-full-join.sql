-- Which programs have events of the one kind, of the other, or of both?
SELECT COALESCE(f.comm, e.comm) AS comm, f.n AS forks, e.n AS exits
FROM (SELECT comm, COUNT(*) AS n FROM sched_process_fork GROUP BY comm) f
FULL OUTER JOIN (SELECT comm, COUNT(*) AS n FROM sched_process_exit GROUP BY comm) e ON e.comm = f.comm
ORDER BY 1 NULLS LAST;
