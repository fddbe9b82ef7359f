-- Files that something was done to, by path: how often, when, and what. Containers see files of their own, so that the same
-- path in two of them is two rows.
SELECT a.path, a.container_id, o.dev, o.inode, a.first_ns, a.last_ns, a.accesses, a.failed, a.opened, a.created,
    a.executed, a.renamed, a.removed, a.changed, a.processes
FROM (
    SELECT path, container_id, MIN(ts_ns) AS first_ns, MAX(ts_ns) AS last_ns, COUNT(*) AS accesses,
        SUM(CASE WHEN ret < 0 THEN 1 ELSE 0 END) AS failed,
        SUM(CASE WHEN operation IN ('open', 'create') THEN 1 ELSE 0 END) AS opened,
        SUM(CASE WHEN operation IN ('create', 'mkdir', 'mknod', 'symlink') THEN 1 ELSE 0 END) AS created,
        SUM(CASE WHEN operation = 'exec' THEN 1 ELSE 0 END) AS executed,
        SUM(CASE WHEN operation = 'rename' THEN 1 ELSE 0 END) AS renamed,
        SUM(CASE WHEN operation IN ('unlink', 'rmdir') THEN 1 ELSE 0 END) AS removed,
        SUM(CASE WHEN operation IN ('chmod', 'chown', 'utime', 'truncate', 'setxattr', 'removexattr') THEN 1 ELSE 0 END)
            AS changed,
        COUNT(DISTINCT process_key) AS processes
    FROM file_accesses WHERE path IS NOT NULL GROUP BY path, container_id
) a LEFT JOIN (
    SELECT pathname, container_id, dev, inode, ROW_NUMBER() OVER (
        PARTITION BY pathname, container_id ORDER BY ts_ns DESC, event_key DESC) AS age
    FROM security_file_open
) o ON o.age = 1 AND o.pathname = a.path AND COALESCE(o.container_id, '') = COALESCE(a.container_id, '')
