-- Files that were made and removed again while recording, and are not there any more.
WITH made AS (
    SELECT path, MIN(ts) AS made, MAX(ts_ns) AS last_ns, MIN(comm) AS comm FROM file_accesses
    WHERE ret >= 0 AND operation IN ('create', 'mknod', 'symlink') AND path IS NOT NULL GROUP BY path
), removed AS (
    SELECT path, MAX(ts) AS removed, MAX(ts_ns) AS last_ns, MAX(comm) AS comm FROM file_accesses
    WHERE ret >= 0 AND operation = 'unlink' AND path IS NOT NULL GROUP BY path
)
SELECT made.path, made.made, made.comm AS made_by, removed.removed, removed.comm AS removed_by
FROM made JOIN removed ON removed.path = made.path AND removed.last_ns >= made.last_ns
ORDER BY removed.removed, made.path;
