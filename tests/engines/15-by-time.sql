-- What happened in the second quarter of the recording?
SELECT e.event, COUNT(*) AS n FROM events e
WHERE 4 * (e.ts_ns - (SELECT MIN(ts_ns) FROM events)) >= (SELECT MAX(ts_ns) - MIN(ts_ns) FROM events)
    AND 2 * (e.ts_ns - (SELECT MIN(ts_ns) FROM events)) < (SELECT MAX(ts_ns) - MIN(ts_ns) FROM events)
GROUP BY e.event ORDER BY e.event;
