-- Every connection once, from both ends: who asked, who took it, and what became of it. The last accept was interrupted.
SELECT comm, direction, protocol, local_address, CASE WHEN direction = 'in' THEN local_port END AS served_port,
       remote_address, CASE WHEN direction = 'out' THEN remote_port END AS asked_port, result, error
FROM connections ORDER BY boot_ns, event_key;
