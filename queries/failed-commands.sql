-- Processes that did not end well: with a status other than 0, or by a signal.
SELECT end_ts, host_pid, comm, argv, exit_code, exit_signal
FROM processes
WHERE exit_code <> 0 OR exit_signal IS NOT NULL
ORDER BY end_ns, process_key;
