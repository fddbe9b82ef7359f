-- The workload is known: six dd of 12000 blocks of one byte. What was recorded and what was lost add up to it exactly;
-- beside the blocks, each dd and each of the three echoes writes once or twice, and the shell reads its script.
SELECT kind.event, kind.rows + coalesce((SELECT sum(count) FROM losses WHERE losses.event = kind.event), 0) AS happened,
       coalesce((SELECT sum(count) FROM losses WHERE losses.event = kind.event), 0) > 0 AS lossy
FROM event_kinds kind
WHERE kind.event IN ('read', 'write', 'execve', 'sched_process_fork', 'sched_process_exec', 'sched_process_exit', 'clock_nanosleep')
ORDER BY kind.event;
