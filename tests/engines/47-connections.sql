-- Who talked to whom?
SELECT boot_ns, event, comm, direction, protocol, local_address, local_port, remote_address, remote_port, remote_name,
    result, ret, error
FROM connections ORDER BY boot_ns, event_key, event;
