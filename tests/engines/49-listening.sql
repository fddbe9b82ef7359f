-- Who waited for connections, and where?
SELECT comm, exe, protocol, address, port, backlog, ret, error FROM listening ORDER BY boot_ns, event_key;
