-- Content that the capture holds (record --capture): what it is of, who wrote or executed it, its hash.
SELECT s.ts, s.path, s.host_pid, s.comm, a.type, a.size, a.sha256, a.complete
FROM artifact_sources s
LEFT JOIN artifacts a ON a.artifact_key = s.artifact_key AND a.capture = s.capture
ORDER BY s.ts_ns, s.path;
