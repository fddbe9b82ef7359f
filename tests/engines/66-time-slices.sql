-- How many events are in each tenth of a second?
SELECT slice, COUNT(*) AS n, COUNT(DISTINCT host_tid) AS threads
FROM (SELECT (ts_ns - ts_ns % 100000000) AS slice, host_tid FROM events) sliced GROUP BY slice ORDER BY slice;
