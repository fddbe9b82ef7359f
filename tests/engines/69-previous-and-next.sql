-- What came before and after each execution in the same process?
SELECT boot_ns, event_key, previous, event, following FROM (
    SELECT boot_ns, event_key, event,
        LAG(event) OVER (PARTITION BY process_key ORDER BY boot_ns, event_key, event) AS previous,
        LEAD(event, 1, 'nothing') OVER (PARTITION BY process_key ORDER BY boot_ns, event_key, event) AS following
    FROM events
) around WHERE event = 'sched_process_exec' ORDER BY boot_ns, event_key;
