-- Links that were read: each program asks for its own name at its start, on a page that nobody had touched before.
SELECT pathname, count(*) AS times, count(DISTINCT process_key) AS processes FROM readlink
WHERE ret > 0 GROUP BY pathname ORDER BY pathname;
