-- Names that encrypted connections were asked for (SNI), with fingerprints (needs packets: record --capture net).
SELECT server_name, dst, dst_port, comm, exe, ja3, ja4, COUNT(*) AS connections, MIN(ts) AS first
FROM tls
WHERE kind = 'client'
GROUP BY server_name, dst, dst_port, comm, exe, ja3, ja4
ORDER BY connections DESC, first;
