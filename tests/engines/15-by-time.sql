-- What happened in the second quarter of the recording?
SELECT e.event, COUNT(*) AS n FROM events e CROSS JOIN captures c
WHERE 4 * (e.ts_ns - c.start_ns) >= c.end_ns - c.start_ns AND 2 * (e.ts_ns - c.start_ns) < c.end_ns - c.start_ns
GROUP BY e.event ORDER BY e.event;
