-- Which executed files are not below /bin?
SELECT exe, COUNT(*) AS n FROM processes WHERE exe NOT LIKE '/bin/%' GROUP BY exe ORDER BY exe;
