-- Do yes and no serve as conditions?
SELECT comm, CASE WHEN end_open THEN 'goes on' ELSE 'ended' END AS state FROM processes
WHERE NOT start_open OR end_open ORDER BY start_ns, host_pid, process_key;
