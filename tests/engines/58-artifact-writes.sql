-- What was written where, piece by piece?
SELECT comm, path, w."offset" AS at, w.size, w.way, w.flags, w.digest, w.stored, w.fd, w.event_key FROM artifact_writes w
ORDER BY w.ts_ns, w.event_key;
