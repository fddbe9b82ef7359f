-- A connection that nobody took (ECONNREFUSED is 111), and what became of the client.
SELECT call.comm, call.addr, call.ret, process.exit_code, process.exit_signal
FROM connect call JOIN processes process USING (process_key)
WHERE call.ret = -111;
