-- Which contents were kept, and of what?
SELECT a.artifact_key, a.sha256, a.size, a.stored_bytes, a.complete, a.type, a.sources, s.comm, s.kind, s.way, s.flags, s.path
FROM artifacts a JOIN artifact_sources s ON s.artifact_key = a.artifact_key
ORDER BY a.artifact_key, s.ts_ns, s.artifact;
