-- Which files were made, with which mode, and what it was changed to: script.sh became executable after it was written.
SELECT opened.comm, opened.ret_path, opened.flags, opened.mode, file.mode AS made,
       (SELECT chmod.mode FROM chmod WHERE chmod.pathname = opened.pathname AND chmod.ts_ns > opened.ts_ns) AS chmod
FROM openat opened JOIN objects file ON file.id = opened.ret_object
WHERE opened.flags_number & 64 AND opened.pathname NOT GLOB '*[^ -~]*'
ORDER BY opened.ts_ns;
