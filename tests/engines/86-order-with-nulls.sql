-- NULL stands where it is told to.
SELECT DISTINCT error FROM events ORDER BY error DESC NULLS LAST;
