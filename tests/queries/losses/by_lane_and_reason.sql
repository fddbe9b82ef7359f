-- What was lost, where and why: only from the lane of events, for want of room, nearly all of it the flood.
SELECT lane, reason, count(*) > 0 AS rows, min(count) > 0 AS each_counts, min(cpu) >= 0 AS each_of_a_cpu,
       sum(count) FILTER (WHERE event IN ('read', 'write')) > 0.9 * sum(count) AS flood
FROM losses GROUP BY lane, reason ORDER BY lane, reason;
