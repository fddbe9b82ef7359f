-- What happened before 1970, and after 2200?
SELECT COUNT(*) AS n FROM events WHERE ts_ns < 0 OR ts_ns > 7258118400000000000;
