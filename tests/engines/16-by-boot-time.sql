-- Which events are older than all but the first 10 ms?
SELECT event, boot_ns - (SELECT MIN(boot_ns) FROM events) AS after_ns, event_key FROM events
WHERE boot_ns < (SELECT MIN(boot_ns) FROM events) + 10000000
ORDER BY boot_ns, event_key, event LIMIT 30;
