-- Sockets that began to wait for connections: one row for each call of listen, done or refused. What hooks of the kernel say
-- (security_socket_listen) is a row only in captures that have no row of listen. Sockets that waited already when recording
-- began are not here: open_files has them, without their state.
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
        ) socket
    ) shown
) bound
