-- What a process did with the network, in order: connections made and taken, sockets that it waited at.
-- :pid integer: process id, as the host has it
SELECT ts, comm, direction, protocol, local_address, local_port, remote_address, remote_port, remote_name, result, error
FROM connections WHERE host_pid = :pid
UNION ALL
SELECT ts, comm, 'listen', protocol, address, port, NULL, NULL, NULL,
    CASE WHEN ret < 0 THEN 'failed' ELSE 'listening' END, error
FROM listening WHERE host_pid = :pid
ORDER BY 1;
