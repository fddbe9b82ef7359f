-- Which processes were there?
SELECT host_pid, pid, ppid, comm, exe, argv, argv_json, cwd, uid, exit_code, exit_signal, exit_signal_number,
    start_open, end_open
FROM processes ORDER BY start_ns, host_pid, process_key;
