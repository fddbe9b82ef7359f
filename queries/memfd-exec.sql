-- Programs that were executed from memory alone, or from a file that had no name any more.
SELECT ts, host_pid, uid, comm, exe_path AS executable, pathname, argv
FROM sched_process_exec
WHERE exe_path LIKE '%memfd:%' OR pathname LIKE '%memfd:%' OR exe_path LIKE '% (deleted)'
ORDER BY boot_ns, event_key;
