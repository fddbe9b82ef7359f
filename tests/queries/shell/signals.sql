-- Who sent which signal to whom, and how the receiver ended.
SELECT sender.argv AS sender, kill.sig, kill.ret, receiver.argv AS receiver, receiver.exit_code, receiver.exit_signal,
       exit.signal_code, exit.core_dumped
FROM kill JOIN processes sender USING (process_key)
JOIN processes receiver ON receiver.pid = kill.arg_pid AND kill.ts_ns BETWEEN receiver.start_ns AND receiver.end_ns
JOIN sched_process_exit exit ON exit.process_key = receiver.process_key;
