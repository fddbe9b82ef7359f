-- What the web server looked for below its root, and what it found.
SELECT event, json_extract(args, '$.pathname') AS name, json_extract(args, '$.cwd_path') AS root,
       json_extract(args, '$.ret_path') AS opened, ret >= 0 AS found
FROM events
WHERE comm = 'httpd' AND json_extract(args, '$.cwd_path') = '/tmp/www' AND json_extract(args, '$.pathname') NOT LIKE '/%'
ORDER BY ts_ns;
