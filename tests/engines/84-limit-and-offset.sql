-- A page in the middle of a long list.
SELECT event, event_key, boot_ns FROM events ORDER BY boot_ns DESC, event_key DESC, event DESC LIMIT 10 OFFSET 15;
