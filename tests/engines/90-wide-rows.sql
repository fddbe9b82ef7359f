-- Every column that a kind has of its own.
SELECT event_key, prev_comm, pathname, interp, argv, argc, envc, secure, cwd, cwd_path, exe_path,
    stdin, stdin_path, stdout_path, stderr_path, previous_context, old_tid, env
FROM sched_process_exec ORDER BY boot_ns, event_key;
