-- Sockets that wait for connections: one row for each call of listen, done or refused, and one for each process and socket
-- that waited already when recording began, of which event, command_line, ret and error are NULL and the time is that when it
-- was looked at.
-- What hooks of the kernel say (security_socket_listen) is a row only in captures that have no row of listen.
SELECT {who}, protocol,
    CASE WHEN address LIKE '::ffff:%.%' THEN substr(address, 8) ELSE address END AS address,
    CASE WHEN length(digits) BETWEEN 1 AND 5 AND ltrim(digits, '0123456789') = '' THEN CAST(digits AS BIGINT) END AS port,
    backlog, ret, error
FROM (
    SELECT {who}, protocol, backlog, ret, error,
        CASE WHEN bound LIKE '[%]:%' AND COALESCE(protocol, '') <> 'UNIX' THEN substr(bound, 2, instr(bound, ']:') - 2)
            WHEN bound LIKE '%.%.%.%:%' AND COALESCE(protocol, '') <> 'UNIX' THEN substr(bound, 1, instr(bound, ':') - 1)
            ELSE bound END AS address,
        CASE WHEN bound LIKE '[%]:%' AND COALESCE(protocol, '') <> 'UNIX' THEN substr(bound, instr(bound, ']:') + 2)
            WHEN bound LIKE '%.%.%.%:%' AND COALESCE(protocol, '') <> 'UNIX'
                THEN substr(bound, instr(bound, ':') + 1) END AS digits
    FROM (
        SELECT {who}, backlog, ret, error,
            CASE WHEN instr(shown, ' ') > 0 THEN substr(shown, 1, instr(shown, ' ') - 1) ELSE shown END AS protocol,
            CASE WHEN shown LIKE 'UNIX STREAM %' THEN substr(shown, 13)
                WHEN shown LIKE 'UNIX SEQPACKET %' THEN substr(shown, 16)
                WHEN shown LIKE 'UNIX%' THEN NULL
                WHEN instr(shown, ' ') > 0 THEN substr(shown, instr(shown, ' ') + 1) END AS bound
        FROM (
            SELECT {who}, backlog, ret, error,
                CASE WHEN substr(sockfd_path, 1, 8) = 'socket:[' THEN substr(sockfd_path, instr(sockfd_path, '] ') + 2)
                    END AS shown
            FROM listen
            UNION ALL
            SELECT {who}, backlog, ret, error,
                CASE WHEN substr(socket_path, 1, 8) = 'socket:[' THEN substr(socket_path, instr(socket_path, '] ') + 2)
                    END AS shown
            FROM security_socket_listen
            WHERE capture NOT IN (SELECT capture FROM event_counts WHERE rows > 0 AND event = 'listen')
            UNION ALL
            SELECT o.ts, o.ts_ns, o.boot_ns, o.capture, NULL AS event_key, NULL AS event, o.process_key, p.host_pid, p.pid,
                p.comm, p.exe, NULL AS command_line, p.uid, p.container_id, NULL AS backlog, NULL AS ret, NULL AS error, o.shown
            FROM (
                SELECT w.capture, w.process_key, MIN(w.ts) AS ts, MIN(w.read_ns) AS ts_ns, MIN(w.boot_ns) AS boot_ns,
                    substr(w.path, instr(w.path, '] ') + 2) AS shown
                FROM open_files w JOIN (SELECT capture, MIN(segment) AS segment FROM open_files GROUP BY capture) b
                    ON b.capture = w.capture AND b.segment = w.segment
                WHERE w.state = 'TCP_LISTEN' AND substr(w.path, 1, 8) = 'socket:['
                GROUP BY w.capture, w.process_key, w.path
            ) o LEFT JOIN processes p ON p.process_key = o.process_key
        ) socket
    ) shown
) bound
