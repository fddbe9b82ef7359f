-- Requests of HTTP that passed unencrypted (needs packets: record --capture net).
SELECT ts, host_pid, comm, method, host, target, dst, dst_port, user_agent, content_length
FROM http
WHERE kind = 'request'
ORDER BY ts_ns, target;
