-- How does the number of bytes read grow?
SELECT boot_ns, event_key, ret, SUM(ret) OVER (ORDER BY boot_ns, event_key ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS total,
    AVG(ret) OVER (ORDER BY boot_ns, event_key ROWS BETWEEN 2 PRECEDING AND CURRENT ROW) AS mean
FROM read WHERE ret >= 0 ORDER BY boot_ns, event_key LIMIT 30;
