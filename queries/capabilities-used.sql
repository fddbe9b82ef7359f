-- Capabilities that programs were asked for, given or not (needs the event cap_capable).
SELECT cap, result, comm, exe, COUNT(*) AS times, MIN(ts) AS first
FROM cap_capable
GROUP BY cap, result, comm, exe
ORDER BY times DESC, cap, comm;
