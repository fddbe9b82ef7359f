-- The course of things in a few lines: programs executed and ended, connections, files made and removed.
-- :since time = +0s: from this time on
-- :within duration = 1h: for how long
SELECT ts, host_pid, comm, 'exec' AS what, exe_path AS subject, argv AS detail FROM sched_process_exec
WHERE ts_ns BETWEEN :since AND :since + :within
UNION ALL
SELECT end_ts, host_pid, comm, 'exit', exe, CASE WHEN exit_signal IS NOT NULL THEN 'signal ' || exit_signal
    ELSE 'status ' || CAST(exit_code AS VARCHAR) END
FROM processes WHERE NOT end_open AND end_ns BETWEEN :since AND :since + :within
UNION ALL
SELECT ts, host_pid, comm, 'connection ' || COALESCE(direction, '?'),
    COALESCE(remote_address, '?') || ' ' || COALESCE(CAST(remote_port AS VARCHAR), ''), result
FROM connections WHERE ts_ns BETWEEN :since AND :since + :within
UNION ALL
SELECT ts, host_pid, comm, operation, path, COALESCE(error, other_path) FROM file_accesses
WHERE operation IN ('create', 'mkdir', 'rename', 'unlink', 'rmdir', 'symlink', 'link')
    AND ts_ns BETWEEN :since AND :since + :within
ORDER BY 1, 2, 4, 5;
