-- Which names are of programs that read but wrote nothing, and which did both?
SELECT 'read only' AS what, comm FROM (SELECT comm FROM read EXCEPT SELECT comm FROM write) a
UNION ALL
SELECT 'both', comm FROM (SELECT comm FROM read INTERSECT SELECT comm FROM write) b
UNION
SELECT 'wrote', comm FROM write
ORDER BY 1, 2;
