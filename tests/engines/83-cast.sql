-- Numbers as text and back.
SELECT CAST(host_pid AS VARCHAR) || '/' || CAST(seq AS VARCHAR) AS pair, CAST(CAST(seq AS VARCHAR) AS BIGINT) + 1 AS next,
    CAST(ret AS DOUBLE) AS ret
FROM execve ORDER BY boot_ns, event_key;
