-- Could all be read, and was the clock set?
SELECT 'damage' AS what, COUNT(*) AS n, MIN(segment) AS least FROM damage
UNION ALL
SELECT 'clock_steps', COUNT(*), MIN(step_ns) FROM clock_steps ORDER BY what;
