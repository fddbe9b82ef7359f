-- Does walking from parent to parent find other ancestors than the table has?
WITH RECURSIVE walk(process_key, ancestor_key, depth) AS (
    SELECT process_key, parent_key, 1 FROM processes WHERE parent_key IS NOT NULL
    UNION ALL
    SELECT w.process_key, p.parent_key, w.depth + 1 FROM walk w JOIN processes p ON p.process_key = w.ancestor_key
    WHERE p.parent_key IS NOT NULL AND w.depth < 64
)
SELECT COUNT(*) AS walked, SUM(CASE WHEN a.process_key IS NULL THEN 1 ELSE 0 END) AS missing
FROM walk w LEFT JOIN process_ancestors a
    ON a.process_key = w.process_key AND a.ancestor_key = w.ancestor_key AND a.depth = w.depth;
