-- A file that one process writes and another executes: the same device and inode, under the name each gave it.
SELECT writer.comm AS writer, source.path AS source, opened.pathname AS written_as, opened.flags, sum(copied.ret) AS bytes,
       exec.pathname AS executed_as, program.path, program.size, process.argv, process.exit_code,
       parent.argv AS parent
FROM openat opened
JOIN objects file ON file.id = opened.ret_object
JOIN processes writer ON writer.process_key = opened.process_key
JOIN sendfile copied ON copied.process_key = opened.process_key AND copied.out_fd_object = opened.ret_object
JOIN objects source ON source.id = copied.in_fd_object
JOIN objects program ON program.inode = file.inode AND program.dev = file.dev
JOIN sched_process_exec exec ON exec.arg_exe = program.id AND exec.ts_ns > opened.ts_ns
JOIN processes process ON process.process_key = exec.process_key
JOIN processes parent ON parent.process_key = process.parent_key
WHERE opened.flags_number & 3 = 1
GROUP BY exec.event_key;
