-- Events as the records of auditd: what its rules are about, as far as a recorder of the kernel has it.
--
-- A system call is a SYSCALL record. Of those that rules tell apart by a number (personality, syslog) a0 is that number in
-- hexadecimal, of others the registers are not known. A program that is executed is an EXECVE record with its first arguments,
-- and a CWD record. Each path that something is done to is a PATH record: of rename and link one for each name. A connection that
-- is asked for or taken is a SOCKADDR record.
SELECT {who}, user, type, syscall, success, exit, euid, auid, ppid, argc, name, nametype, cwd, saddr_family, saddr, saddr_port,
    text, a0, a1, a2, a3, a4, a5, a6, a7, a8, a9, a10, a11, a12, a13, a14, a15
FROM (
    SELECT {who}, CASE uid WHEN 0 THEN 'root' ELSE CAST(uid AS TEXT) END AS user, 'SYSCALL' AS type, syscall,
        CASE WHEN ret IS NOT NULL THEN CASE WHEN error IS NULL THEN 'yes' ELSE 'no' END END AS success, ret AS exit, euid,
        login_uid AS auid, host_ppid AS ppid, NULL AS argc, NULL AS name, NULL AS nametype, NULL AS cwd,
        NULL AS saddr_family, NULL AS saddr, NULL AS saddr_port,
        COALESCE(syscall, '') || ' ' || COALESCE(comm, '') || ' ' || COALESCE(exe, '') AS text,
        NULL AS a0, NULL AS a1, NULL AS a2, NULL AS a3, NULL AS a4, NULL AS a5, NULL AS a6, NULL AS a7, NULL AS a8,
        NULL AS a9, NULL AS a10, NULL AS a11, NULL AS a12, NULL AS a13, NULL AS a14, NULL AS a15
    FROM events WHERE syscall IS NOT NULL AND syscall NOT IN ('personality', 'syslog')
    UNION ALL
    SELECT {who}, CASE uid WHEN 0 THEN 'root' ELSE CAST(uid AS TEXT) END AS user, 'SYSCALL' AS type, syscall,
        CASE WHEN ret IS NOT NULL THEN CASE WHEN error IS NULL THEN 'yes' ELSE 'no' END END AS success, ret AS exit, euid,
        login_uid AS auid, host_ppid AS ppid, NULL AS argc, NULL AS name, NULL AS nametype, NULL AS cwd,
        NULL AS saddr_family, NULL AS saddr, NULL AS saddr_port,
        COALESCE(syscall, '') || ' ' || COALESCE(comm, '') || ' ' || COALESCE(exe, '') AS text,
        CASE WHEN number = 0 THEN '0' WHEN number BETWEEN 1 AND 4294967295 THEN ltrim(
            substr('0123456789abcdef', CAST((number - number % 268435456) / 268435456 AS BIGINT) % 16 + 1, 1) ||
            substr('0123456789abcdef', CAST((number - number % 16777216) / 16777216 AS BIGINT) % 16 + 1, 1) ||
            substr('0123456789abcdef', CAST((number - number % 1048576) / 1048576 AS BIGINT) % 16 + 1, 1) ||
            substr('0123456789abcdef', CAST((number - number % 65536) / 65536 AS BIGINT) % 16 + 1, 1) ||
            substr('0123456789abcdef', CAST((number - number % 4096) / 4096 AS BIGINT) % 16 + 1, 1) ||
            substr('0123456789abcdef', CAST((number - number % 256) / 256 AS BIGINT) % 16 + 1, 1) ||
            substr('0123456789abcdef', CAST((number - number % 16) / 16 AS BIGINT) % 16 + 1, 1) ||
            substr('0123456789abcdef', CAST((number - number % 1) / 1 AS BIGINT) % 16 + 1, 1), '0') END AS a0, NULL AS a1, NULL AS a2, NULL AS a3, NULL AS a4, NULL AS a5, NULL AS a6, NULL AS a7, NULL AS a8,
        NULL AS a9, NULL AS a10, NULL AS a11, NULL AS a12, NULL AS a13, NULL AS a14, NULL AS a15
    FROM (SELECT {who}, syscall, ret, error, euid, login_uid, host_ppid, persona_number AS number FROM personality) numbered
    UNION ALL
    SELECT {who}, CASE uid WHEN 0 THEN 'root' ELSE CAST(uid AS TEXT) END AS user, 'SYSCALL' AS type, syscall,
        CASE WHEN ret IS NOT NULL THEN CASE WHEN error IS NULL THEN 'yes' ELSE 'no' END END AS success, ret AS exit, euid,
        login_uid AS auid, host_ppid AS ppid, NULL AS argc, NULL AS name, NULL AS nametype, NULL AS cwd,
        NULL AS saddr_family, NULL AS saddr, NULL AS saddr_port,
        COALESCE(syscall, '') || ' ' || COALESCE(comm, '') || ' ' || COALESCE(exe, '') AS text,
        CASE WHEN number = 0 THEN '0' WHEN number BETWEEN 1 AND 4294967295 THEN ltrim(
            substr('0123456789abcdef', CAST((number - number % 268435456) / 268435456 AS BIGINT) % 16 + 1, 1) ||
            substr('0123456789abcdef', CAST((number - number % 16777216) / 16777216 AS BIGINT) % 16 + 1, 1) ||
            substr('0123456789abcdef', CAST((number - number % 1048576) / 1048576 AS BIGINT) % 16 + 1, 1) ||
            substr('0123456789abcdef', CAST((number - number % 65536) / 65536 AS BIGINT) % 16 + 1, 1) ||
            substr('0123456789abcdef', CAST((number - number % 4096) / 4096 AS BIGINT) % 16 + 1, 1) ||
            substr('0123456789abcdef', CAST((number - number % 256) / 256 AS BIGINT) % 16 + 1, 1) ||
            substr('0123456789abcdef', CAST((number - number % 16) / 16 AS BIGINT) % 16 + 1, 1) ||
            substr('0123456789abcdef', CAST((number - number % 1) / 1 AS BIGINT) % 16 + 1, 1), '0') END AS a0, NULL AS a1, NULL AS a2, NULL AS a3, NULL AS a4, NULL AS a5, NULL AS a6, NULL AS a7, NULL AS a8,
        NULL AS a9, NULL AS a10, NULL AS a11, NULL AS a12, NULL AS a13, NULL AS a14, NULL AS a15
    FROM (SELECT {who}, syscall, ret, error, euid, login_uid, host_ppid, type_number AS number FROM syslog) numbered
    UNION ALL
    SELECT {who}, user, 'EXECVE' AS type, NULL AS syscall, NULL AS success, NULL AS exit, NULL AS euid, NULL AS auid,
        NULL AS ppid, argc AS argc, NULL AS name, NULL AS nametype, NULL AS cwd, NULL AS saddr_family, NULL AS saddr,
        NULL AS saddr_port, command_line AS text, a0, a1, a2, a3, a4, a5, a6, a7, a8, a9, a10, a11, a12, a13, a14, a15
        FROM executions
    UNION ALL
    SELECT {who}, user, 'CWD' AS type, NULL AS syscall, NULL AS success, NULL AS exit, NULL AS euid, NULL AS auid,
        NULL AS ppid, NULL AS argc, NULL AS name, NULL AS nametype, cwd AS cwd, NULL AS saddr_family, NULL AS saddr,
        NULL AS saddr_port, cwd AS text, NULL AS a0, NULL AS a1, NULL AS a2, NULL AS a3, NULL AS a4, NULL AS a5, NULL
        AS a6, NULL AS a7, NULL AS a8, NULL AS a9, NULL AS a10, NULL AS a11, NULL AS a12, NULL AS a13, NULL AS a14,
        NULL AS a15 FROM executions WHERE cwd IS NOT NULL
    UNION ALL
    SELECT {who}, user, 'PATH' AS type, NULL AS syscall, NULL AS success, NULL AS exit, NULL AS euid, NULL AS auid,
        NULL AS ppid, NULL AS argc, name, nametype, NULL AS cwd, NULL AS saddr_family, NULL AS saddr, NULL AS saddr_port,
        name || ' ' || nametype AS text, NULL AS a0, NULL AS a1, NULL AS a2, NULL AS a3, NULL AS a4, NULL AS a5, NULL AS a6, NULL AS a7,
        NULL AS a8, NULL AS a9, NULL AS a10, NULL AS a11, NULL AS a12, NULL AS a13, NULL AS a14, NULL AS a15
    FROM (
        SELECT {who}, user, path AS name,
            CASE WHEN error IS NOT NULL THEN 'UNKNOWN'
                WHEN operation IN ('create', 'mkdir', 'mknod', 'symlink') THEN 'CREATE'
                WHEN operation IN ('unlink', 'rmdir', 'rename') THEN 'DELETE' ELSE 'NORMAL' END AS nametype
        FROM file_accesses WHERE path IS NOT NULL
        UNION ALL
        SELECT {who}, user, other_path AS name, CASE WHEN error IS NOT NULL THEN 'UNKNOWN' ELSE 'CREATE' END AS nametype
        FROM file_accesses WHERE operation IN ('rename', 'link') AND other_path IS NOT NULL
    ) named
    UNION ALL
    SELECT {who}, user, 'SOCKADDR' AS type, NULL AS syscall, NULL AS success, NULL AS exit, NULL AS euid, NULL AS auid,
        NULL AS ppid, NULL AS argc, NULL AS name, NULL AS nametype, NULL AS cwd, saddr_family, saddr, saddr_port,
        saddr_family || ' ' || saddr || COALESCE(' ' || CAST(saddr_port AS TEXT), '') AS text,
        NULL AS a0, NULL AS a1, NULL AS a2, NULL AS a3, NULL AS a4, NULL AS a5, NULL AS a6, NULL AS a7,
        NULL AS a8, NULL AS a9, NULL AS a10, NULL AS a11, NULL AS a12, NULL AS a13, NULL AS a14, NULL AS a15
    FROM (
        SELECT {who}, user, remote_address AS saddr, remote_port AS saddr_port,
            CASE WHEN protocol = 'UNIX' OR remote_port IS NULL THEN 'local'
                WHEN instr(remote_address, ':') > 0 THEN 'inet6' ELSE 'inet' END AS saddr_family
        FROM connections WHERE remote_address IS NOT NULL AND event <> 'net_flow_tcp_begin'
    ) addressed
) record
