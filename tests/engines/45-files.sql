-- Which files were touched?
SELECT path, first_ns, last_ns, accesses, failed, opened, created, executed, renamed, removed, changed, processes
FROM files ORDER BY path, first_ns, last_ns, accesses;
