-- Hosts that were recorded, a row for each boot.
--
-- host_id, boot_id   ids of the host and of the boot
-- host               its name
-- kernel, machine    the kernel's release, and the architecture
-- booted_ns          time of the boot by the clock at the start of the first capture, UTC nanoseconds
-- first_ns, last_ns  time that the captures cover, with gaps between them
-- captures           how many there are
SELECT host_id, boot_id, MAX(host) AS host, MAX(kernel) AS kernel, MAX(machine) AS machine, MIN(offset_ns) AS booted_ns,
    MIN(start_ns) AS first_ns, MAX(end_ns) AS last_ns, COUNT(*) AS captures
FROM captures GROUP BY host_id, boot_id
