-- Names that were asked of DNS: by whom, how often (needs packets: record --capture net).
SELECT name, type, comm, exe, COUNT(*) AS questions, MIN(ts) AS first
FROM dns
WHERE kind = 'query'
GROUP BY name, type, comm, exe
ORDER BY questions DESC, first, name;
