-- Text cut, counted, replaced, joined and turned.
SELECT DISTINCT UPPER(comm) AS upper_comm, LENGTH(comm) AS letters, SUBSTR(comm, 2, 3) AS part, REPLACE(comm, 'e', '_') AS replaced,
    comm || ':' || COALESCE(exe, '?') AS joined, TRIM('  ' || comm || ' ') AS trimmed
FROM events WHERE comm IS NOT NULL AND comm <> '' ORDER BY upper_comm, joined;
