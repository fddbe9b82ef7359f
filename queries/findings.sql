-- What signatures found, the worst first (needs findings that were kept: tracee detect --save).
-- :severity text = %: of this severity only
SELECT f.ts, f.severity, f.title, f.signature, f.host_pid, f.comm, f.exe, f.container_id, count(e.number) AS events,
    f.suppressed, f.finding_key
FROM findings f LEFT JOIN finding_events e ON e.finding_key = f.finding_key
WHERE f.severity LIKE :severity
GROUP BY f.ts, f.ts_ns, f.severity, f.title, f.signature, f.host_pid, f.comm, f.exe, f.container_id, f.suppressed, f.finding_key
ORDER BY CASE f.severity WHEN 'critical' THEN 0 WHEN 'high' THEN 1 WHEN 'medium' THEN 2 WHEN 'low' THEN 3 ELSE 4 END,
    f.ts_ns, f.finding_key;
