-- Do columns come as they are asked for, twice and computed ones too?
SELECT event, ts_ns, ts_ns AS again, ts_ns - boot_ns AS offset_ns, event_key FROM events
ORDER BY boot_ns, event_key, event LIMIT 20;
