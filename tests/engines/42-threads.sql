-- Which threads were there, and of whom?
SELECT p.comm AS process, t.comm AS thread, t.host_tid, t.tid, t.start_open, t.end_open
FROM threads t JOIN processes p ON p.process_key = t.process_key
WHERE NOT t.start_open OR NOT t.end_open ORDER BY t.start_ns, t.host_tid, t.thread_key;
