-- Times in which nothing at all was recorded.
-- :longer duration = 1s: than this
SELECT before_ts, ts AS after_ts, (ts_ns - before_ns) / 1000000000.0 AS seconds, event AS first_after, comm
FROM (
    SELECT ts, ts_ns, event, comm, boot_ns, event_key, LAG(ts) OVER (ORDER BY ts_ns, event_key) AS before_ts,
        LAG(ts_ns) OVER (ORDER BY ts_ns, event_key) AS before_ns
    FROM events
) neighbours
WHERE ts_ns - before_ns > :longer
ORDER BY ts_ns;
