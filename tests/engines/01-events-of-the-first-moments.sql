-- What are the first events, in their one order?
SELECT boot_ns, event_key, event, comm, host_tid FROM events ORDER BY boot_ns, event_key, event LIMIT 25;
