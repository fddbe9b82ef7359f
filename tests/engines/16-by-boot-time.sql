-- What happened in the first half second, by the clock that never runs back?
SELECT e.event, e.boot_ns + c.offset_ns - c.start_ns AS after_ns, e.event_key FROM events e CROSS JOIN captures c
WHERE e.boot_ns < c.start_ns - c.offset_ns + 500000000
ORDER BY e.boot_ns, e.event_key, e.event LIMIT 30;
