-- Where programs waited for connections.
SELECT ts, host_pid, comm, exe, protocol, address, port, error
FROM listening
ORDER BY boot_ns, event_key;
