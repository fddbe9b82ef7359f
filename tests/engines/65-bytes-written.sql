-- How much did whom write where?
SELECT w.comm, w.fd_path, COUNT(*) AS calls, SUM(w.ret) AS bytes, MIN(w.ret) AS least, MAX(w.ret) AS most, AVG(w.ret) AS mean
FROM write w WHERE w.ret >= 0 GROUP BY w.comm, w.fd_path ORDER BY bytes DESC, w.comm, w.fd_path NULLS LAST LIMIT 40;
