-- Numbers: remainder, sign, rounding, extremes.
SELECT ABS(MIN(ret)) AS deepest, MAX(event_key) AS greatest_key, MIN(process_key) % 1000 AS remainder,
    ROUND(AVG(CAST(seq AS DOUBLE)), 3) AS mean_seq, MAX(ret) - MIN(ret) AS span, 7 % 3 AS seven, -7 % 3 AS minus_seven
FROM events WHERE ret < 1000000000;
