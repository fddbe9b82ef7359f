-- Programs that were executed least: what stands out is often what does not belong there.
-- :limit integer = 20: how many
SELECT exe_path AS executable, COUNT(*) AS times, COUNT(DISTINCT uid) AS users, MIN(ts) AS first, MIN(argv) AS example
FROM sched_process_exec
GROUP BY exe_path
ORDER BY times, first
LIMIT :limit;
