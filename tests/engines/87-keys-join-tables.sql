-- Do the kind's table and the table of all events say the same of a row?
SELECT COUNT(*) AS rows_found,
    SUM(CASE WHEN e.boot_ns = o.boot_ns AND e.comm = o.comm AND e.process_key = o.process_key AND e.ret = o.ret THEN 1 ELSE 0 END)
        AS same
FROM openat o JOIN events e ON e.event_key = o.event_key AND e.event = o.event AND e.capture = o.capture;
