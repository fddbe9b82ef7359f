-- Which processes, threads or containers have no bounds, bounds in the wrong order or outside of the capture?
SELECT 'processes' AS place, COUNT(*) AS n FROM processes p CROSS JOIN captures c
WHERE p.start_ns IS NULL OR p.end_ns IS NULL OR p.start_ns > p.end_ns OR p.start_ns < c.start_ns OR p.end_ns > c.end_ns
UNION ALL
SELECT 'threads', COUNT(*) FROM threads t CROSS JOIN captures c
WHERE t.start_ns IS NULL OR t.end_ns IS NULL OR t.start_ns > t.end_ns OR t.start_ns < c.start_ns OR t.end_ns > c.end_ns
UNION ALL
SELECT 'containers', COUNT(*) FROM containers t CROSS JOIN captures c
WHERE t.start_ns IS NULL OR t.end_ns IS NULL OR t.start_ns > t.end_ns OR t.start_ns < c.start_ns OR t.end_ns > c.end_ns
ORDER BY place;
