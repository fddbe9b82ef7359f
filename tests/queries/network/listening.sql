-- Who waited for connections, and where.
SELECT comm, protocol, address, port, backlog, ret FROM listening ORDER BY boot_ns, event_key;
