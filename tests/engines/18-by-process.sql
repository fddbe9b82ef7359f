-- All that the first program that ended did.
SELECT event, comm, ret, error FROM events
WHERE process_key = (SELECT process_key FROM sched_process_exit ORDER BY boot_ns, event_key LIMIT 1)
ORDER BY boot_ns, event_key, event LIMIT 60;
