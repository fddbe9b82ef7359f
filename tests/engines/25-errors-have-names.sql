-- Is there a failed call without the name of its error, or a name without a failure?
SELECT COUNT(*) AS n FROM events
WHERE syscall IS NOT NULL AND (ret BETWEEN -4095 AND -1 AND error IS NULL OR ret >= 0 AND error IS NOT NULL);
