-- What was produced was written or is in the losses; the last record, the capture and the losses say the same number.
SELECT reason, exit_status, produced = written + stop.lost AS accounted, stop.lost > 0 AS lossy,
       stop.lost = (SELECT sum(count) FROM losses) AS as_losses, stop.lost = (SELECT lost FROM captures) AS as_capture,
       (SELECT events FROM captures) = (SELECT count(*) FROM events) AS all_rows
FROM recording_stopped stop;
