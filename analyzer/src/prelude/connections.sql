-- Connections: one row for each that was asked for, taken or found, done or refused.
--
-- The rule against double rows: calls of connect and accept are the connections. A TCP connection that the kernel tells of
-- (net_flow_tcp_begin) is a row where no such call of its process has the same other end: it was made by io_uring, by the
-- 32-bit interface, or the call was lost. What hooks of the kernel say (security_socket_connect) is a row only in captures
-- that have no row of connect.
WITH calls AS (
    SELECT {who}, direction, socket, said, remote_name, ret, error FROM (
        SELECT {who}, 'out' AS direction, sockfd_path AS socket, addr AS said, addr_name AS remote_name, ret, error
            FROM connect
        UNION ALL
        SELECT {who}, 'in' AS direction, COALESCE(ret_path, sockfd_path) AS socket,
            CASE WHEN ret >= 0 THEN addr END AS said, CASE WHEN ret >= 0 THEN addr_name END AS remote_name, ret, error
            FROM accept
        UNION ALL
        SELECT {who}, 'in' AS direction, COALESCE(ret_path, sockfd_path) AS socket,
            CASE WHEN ret >= 0 THEN addr END AS said, CASE WHEN ret >= 0 THEN addr_name END AS remote_name, ret, error
            FROM accept4
        UNION ALL
        SELECT {who}, 'out' AS direction, socket_path AS socket, remote_addr AS said, remote_addr_name AS remote_name, ret,
            error FROM security_socket_connect
            WHERE capture NOT IN (SELECT capture FROM event_counts WHERE rows > 0 AND event = 'connect')
    ) call
), ends AS (
    -- socket:[INODE] PROTOCOL LOCAL->REMOTE, as a column shows a socket; a failed call's own word counts.
    SELECT {who}, direction, protocol, remote_name, ret, error,
        CASE WHEN is_internet = 1 THEN CASE WHEN instr(pair, '->') > 0 THEN substr(pair, 1, instr(pair, '->') - 1)
            ELSE pair END END AS local_end,
        CASE WHEN is_internet = 1 AND instr(pair, '->') > 0 AND (ret >= 0 OR ret = -115 OR said IS NULL)
                THEN substr(pair, instr(pair, '->') + 2)
            ELSE said END AS remote_end
    FROM (
        SELECT {who}, direction, remote_name, ret, error, NULLIF(said, '') AS said,
            CASE WHEN instr(shown, ' ') > 0 THEN substr(shown, 1, instr(shown, ' ') - 1) ELSE shown END AS protocol,
            CASE WHEN instr(shown, ' ') > 0 THEN substr(shown, instr(shown, ' ') + 1) END AS pair,
            CASE WHEN shown IS NULL OR shown LIKE 'UNIX%' THEN 0
                WHEN instr(shown, ' ') = 0 THEN 1
                WHEN substr(shown, instr(shown, ' ') + 1, 1) IN ('[', '-', '0', '1', '2', '3', '4', '5', '6', '7', '8', '9')
                THEN 1 ELSE 0 END AS is_internet
        FROM (
            SELECT {who}, direction, said, remote_name, ret, error,
                CASE WHEN substr(socket, 1, 8) = 'socket:[' THEN substr(socket, instr(socket, '] ') + 2) END AS shown
            FROM calls
        ) socket
    ) pair
), split AS (
    SELECT {who}, direction, protocol, remote_name, ret, error,
        CASE WHEN protocol = 'UNIX' OR instr(local_end, ':') = 0 THEN local_end
            WHEN substr(local_end, 1, 1) = '[' THEN substr(local_end, 2, instr(local_end, ']:') - 2)
            ELSE substr(local_end, 1, instr(local_end, ':') - 1) END AS local_address,
        CASE WHEN protocol = 'UNIX' OR instr(local_end, ':') = 0 THEN NULL
            WHEN substr(local_end, 1, 1) = '[' THEN substr(local_end, instr(local_end, ']:') + 2)
            ELSE substr(local_end, instr(local_end, ':') + 1) END AS local_digits,
        CASE WHEN remote_end LIKE '[%]:%' AND COALESCE(protocol, '') <> 'UNIX'
                THEN substr(remote_end, 2, instr(remote_end, ']:') - 2)
            WHEN remote_end LIKE '%.%.%.%:%' AND COALESCE(protocol, '') <> 'UNIX'
                THEN substr(remote_end, 1, instr(remote_end, ':') - 1)
            ELSE remote_end END AS remote_address,
        CASE WHEN remote_end LIKE '[%]:%' AND COALESCE(protocol, '') <> 'UNIX'
                THEN substr(remote_end, instr(remote_end, ']:') + 2)
            WHEN remote_end LIKE '%.%.%.%:%' AND COALESCE(protocol, '') <> 'UNIX'
                THEN substr(remote_end, instr(remote_end, ':') + 1) END AS remote_digits
    FROM ends
), called AS (
    SELECT {who}, direction, protocol,
        CASE WHEN local_address LIKE '::ffff:%.%' THEN substr(local_address, 8) ELSE local_address END AS local_address,
        CASE WHEN length(local_digits) BETWEEN 1 AND 5 AND ltrim(local_digits, '0123456789') = ''
            THEN CAST(local_digits AS BIGINT) END AS local_port,
        CASE WHEN remote_address LIKE '::ffff:%.%' THEN substr(remote_address, 8) ELSE remote_address END AS remote_address,
        CASE WHEN length(remote_digits) BETWEEN 1 AND 5 AND ltrim(remote_digits, '0123456789') = ''
            THEN CAST(remote_digits AS BIGINT) END AS remote_port,
        remote_name, ret, error
    FROM split
), flows AS (
    SELECT {who}, direction,
        CASE WHEN local_address LIKE '::ffff:%.%' THEN substr(local_address, 8) ELSE local_address END AS local_address,
        local_port,
        CASE WHEN remote_address LIKE '::ffff:%.%' THEN substr(remote_address, 8) ELSE remote_address END AS remote_address,
        remote_port, remote_name
    FROM (
        SELECT {who},
            CASE conn_direction WHEN 'incoming' THEN 'in' WHEN 'outgoing' THEN 'out' END AS direction,
            CASE conn_direction WHEN 'incoming' THEN dst ELSE src END AS local_address,
            CASE conn_direction WHEN 'incoming' THEN dst_port ELSE src_port END AS local_port,
            CASE conn_direction WHEN 'incoming' THEN src ELSE dst END AS remote_address,
            CASE conn_direction WHEN 'incoming' THEN src_port ELSE dst_port END AS remote_port,
            CASE conn_direction WHEN 'incoming' THEN src_name ELSE dst_name END AS remote_name
        FROM net_flow_tcp_begin
    ) flow
)
SELECT {who}, CASE uid WHEN 0 THEN 'root' ELSE CAST(uid AS TEXT) END AS user, direction = 'out' AS initiated, direction, protocol, local_address, local_port,
    remote_address, remote_port, remote_name,
    CASE WHEN ret >= 0 THEN 'established' WHEN ret = -115 THEN 'in progress' WHEN ret < 0 THEN 'failed'
        ELSE 'unknown' END AS result,
    ret, error
FROM called
UNION ALL
SELECT {f.who}, CASE f.uid WHEN 0 THEN 'root' ELSE CAST(f.uid AS TEXT) END AS user, f.direction = 'out' AS initiated,
    f.direction, 'TCP' AS protocol, f.local_address, f.local_port, f.remote_address,
    f.remote_port, f.remote_name, 'established' AS result, NULL AS ret, NULL AS error
FROM flows f LEFT JOIN (
    SELECT DISTINCT capture, process_key, direction, remote_address, remote_port FROM called
    WHERE protocol = 'TCP' AND (ret >= 0 OR ret = -115)
) k ON k.capture = f.capture AND k.process_key = f.process_key AND k.direction = f.direction
    AND k.remote_address = f.remote_address AND k.remote_port = f.remote_port
WHERE k.process_key IS NULL
