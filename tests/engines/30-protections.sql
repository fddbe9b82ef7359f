-- What were regions of memory to be?
SELECT prot, prot_number, COUNT(*) AS n, SUM(len) AS bytes FROM mprotect GROUP BY prot, prot_number ORDER BY prot_number;
