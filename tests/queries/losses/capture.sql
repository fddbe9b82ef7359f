-- The row of a capture that is not complete, and why.
SELECT host, command, segments >= 3 AS several_segments, complete,
       replace(problems, (SELECT sum(count) FROM losses), 'N') AS problems, stop_reason, exit_status, missing_hooks,
       (SELECT count(*) FROM clock_steps) AS clock_steps, (SELECT count(*) FROM damage) AS damage
FROM captures;
