-- Where and how was recorded?
SELECT h.host, h.machine, h.captures, h.first_ns - c.start_ns AS first_ns, h.last_ns - c.end_ns AS last_ns, c.capture, c.command,
    c.segments, c.events, c.lost, c.complete, c.problems, c.stop_reason, c.exit_status, c.end_ns - c.start_ns AS length_ns
FROM captures c JOIN hosts h ON h.host_id = c.host_id AND h.boot_id = c.boot_id ORDER BY c.capture;
