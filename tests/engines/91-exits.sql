-- How did threads and processes end?
SELECT comm, exit_code, signal_code, signal_code_number, process_group_exit, group_exit_code, unfinished_syscall
FROM sched_process_exit ORDER BY boot_ns, event_key;
