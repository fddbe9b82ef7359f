-- What was lost, where and why: only the flood, only from the lane of events.
SELECT lane, reason, event, count(*) > 0 AS rows, sum(count) > 0 AS lost, min(count) > 0 AS each_counts
FROM losses GROUP BY lane, reason, event ORDER BY lane, reason, event;
