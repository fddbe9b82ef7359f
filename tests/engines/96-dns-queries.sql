-- What names were asked for, and what was answered.
SELECT boot_ns, event_key, event, host_pid, comm, name, record_type, status, answers, server_address
FROM dns_queries
ORDER BY boot_ns, event_key, event, answers NULLS LAST
