-- What was lost?
SELECT segment, lane, cpu, reason, event, "count" AS n, first_seq, last_seq, first_ns, last_ns FROM losses
ORDER BY segment, lane, cpu, first_seq NULLS LAST, first_ns NULLS LAST, event NULLS LAST LIMIT 60;
