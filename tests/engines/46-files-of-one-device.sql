-- Which files have an inode number that is known?
SELECT path, dev, CASE WHEN inode > 0 THEN 'known' WHEN inode IS NULL THEN 'unknown' ELSE 'odd' END AS inode_is
FROM files WHERE opened > 0 ORDER BY path, container_id;
