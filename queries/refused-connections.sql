-- Connections that failed: to where, and why.
SELECT ts, host_pid, comm, protocol, remote_address, remote_port, remote_name, error
FROM connections
WHERE result = 'failed' AND direction = 'out'
ORDER BY boot_ns, event_key;
