-- What is missing: events that were lost, when, of which kind and why, and parts that could not be read.
SELECT segment, lane, cpu, reason, event, count, first_ns, last_ns, NULL AS damage FROM losses
UNION ALL
SELECT segment, NULL, NULL, 'damage', NULL, NULL, NULL, NULL, what FROM damage
ORDER BY 1, 7, 5;
