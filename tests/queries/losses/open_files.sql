-- Each segment begins with the files that were open: in all but the first the shell has its script open, as descriptor 11.
SELECT process.comm, open.fd, open.path, count(*) = (SELECT segments - 1 FROM captures) AS in_each_later_segment
FROM open_files open JOIN processes process USING (process_key)
WHERE process.argv = '/bin/sh /scene/losses.sh' AND process.comm = 'sh' AND open.fd = 11
GROUP BY 1, 2, 3;
