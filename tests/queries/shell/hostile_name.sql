-- A name with a terminal's escape sequence and a byte that is no UTF-8: text keeps the one, and writes the other as \xff.
SELECT opened.comm, json_quote(opened.pathname) AS name, json_quote(opened.ret_path) AS path, length(opened.pathname) AS characters,
       file.mode, (SELECT sum(written.ret) FROM write written WHERE written.fd_object = opened.ret_object) AS bytes
FROM openat opened JOIN objects file ON file.id = opened.ret_object
WHERE opened.pathname GLOB '*[^ -~]*';
