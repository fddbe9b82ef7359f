-- Processes of programs that call themselves like kernel threads, and files that are hidden.
SELECT start_ts, host_pid, uid, comm, exe, argv
FROM processes
WHERE exe IS NOT NULL AND (comm LIKE '[%' OR argv LIKE '[%' OR comm LIKE 'kworker%' OR comm LIKE 'ksoftirq%')
    OR exe LIKE '%/.%'
ORDER BY start_ns, process_key;
