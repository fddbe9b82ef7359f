-- With which flags were processes made, and which signal was sent by whom?
SELECT 'clone' AS what, flags AS names, flags_number AS number, COUNT(*) AS n FROM clone GROUP BY flags, flags_number
UNION ALL
SELECT 'kill', sig, sig_number, COUNT(*) FROM kill GROUP BY sig, sig_number
ORDER BY 1, 3, 2;
