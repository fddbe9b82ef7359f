-- Which paths have bytes that are no text? They are escaped in the same way everywhere.
SELECT DISTINCT path, LENGTH(path) AS letters FROM file_accesses
WHERE path LIKE '%\\x%' ESCAPE '\' ORDER BY path;
