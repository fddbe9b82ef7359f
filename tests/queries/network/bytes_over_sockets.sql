-- How many bytes each process put into TCP and took out of it: what a client sends its server receives, and back. A file
-- goes out by sendfile, after the header of its answer.
WITH moved AS (
    SELECT process_key, fd_object AS object, max(ret, 0) AS sent, 0 AS received, NULL AS file FROM write
    UNION ALL SELECT process_key, out_fd_object, max(ret, 0), 0, in_fd_path FROM sendfile
    UNION ALL SELECT process_key, fd_object, 0, max(ret, 0), NULL FROM read
)
SELECT process.comm, sum(sent) AS sent, sum(received) AS received, max(file) AS file,
       sum(CASE WHEN file IS NOT NULL THEN sent END) AS file_bytes,
       (SELECT sum(ret) FROM write WHERE write.process_key = process.process_key AND write.fd_path = '/tmp/received') AS kept
FROM moved JOIN objects socket ON socket.id = moved.object JOIN processes process USING (process_key)
WHERE socket.protocol = 'IPPROTO_TCP'
GROUP BY process.process_key ORDER BY process.start_ns;
