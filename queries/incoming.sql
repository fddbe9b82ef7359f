-- Connections that came in: from where, and which program took them.
SELECT ts, host_pid, comm, exe, protocol, local_address, local_port, remote_address, remote_port
FROM connections
WHERE direction = 'in' AND result <> 'failed' AND COALESCE(protocol, '') <> 'UNIX'
ORDER BY boot_ns, event_key;
