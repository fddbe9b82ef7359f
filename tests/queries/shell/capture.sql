-- Nothing is missing: the row of the capture, its totals and what the recorder said at the end.
SELECT host, command, segments, captures.lost, complete, problems, stop_reason, captures.exit_status, missing_hooks,
       events = (SELECT count(*) FROM events) AS all_rows, end_ns > start_ns AS lasted,
       produced = written AS all_written, (SELECT count(*) FROM losses) AS losses, (SELECT count(*) FROM damage) AS damage,
       (SELECT count(*) FROM clock_steps) AS clock_steps
FROM captures, recording_stopped;
