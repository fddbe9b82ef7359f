-- The server was waiting for a connection when it was told to end: the call it was in came back with ERESTARTSYS (512).
SELECT sender.argv AS sender, kill.sig, receiver.argv AS receiver, receiver.exit_signal, last.event, last.ret
FROM kill JOIN processes sender USING (process_key)
JOIN processes receiver ON receiver.pid = kill.arg_pid
JOIN accept last ON last.process_key = receiver.process_key AND last.ts_ns > kill.ts_ns;
