-- Hosts that were recorded, a row for each boot.
SELECT host_id, boot_id, MAX(host) AS host, MAX(kernel) AS kernel, MAX(machine) AS machine, MIN(offset_ns) AS booted_ns,
    MIN(start_ns) AS first_ns, MAX(end_ns) AS last_ns, COUNT(*) AS captures
FROM captures GROUP BY host_id, boot_id
