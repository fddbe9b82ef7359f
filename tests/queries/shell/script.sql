-- A script: what was asked for, what the kernel ran instead, and the argv that it made of both.
SELECT call.pathname, call.argv AS asked, exec.interp, exec.exe_path, exec.argv AS ran, exec.comm, call.ret
FROM execve call JOIN sched_process_exec exec USING (process_key)
WHERE exec.interp != exec.pathname
ORDER BY call.ts_ns;
