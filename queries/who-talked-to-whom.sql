-- Connections by program and the other end: how many, how many failed, from when to when.
SELECT exe, comm, direction, protocol, remote_address, remote_port, MAX(remote_name) AS remote_name,
    COUNT(*) AS connections, SUM(CASE WHEN result = 'failed' THEN 1 ELSE 0 END) AS failed,
    MIN(ts) AS first, MAX(ts) AS last
FROM connections
WHERE remote_address IS NOT NULL AND COALESCE(protocol, '') <> 'UNIX'
GROUP BY exe, comm, direction, protocol, remote_address, remote_port
ORDER BY connections DESC, exe, comm, remote_address, remote_port;
