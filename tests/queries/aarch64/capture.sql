-- An aarch64 machine's capture is whole, read anywhere.
SELECT host, kernel LIKE '%arm64' AS arm64, command, captures.lost, complete, problems, captures.exit_status >> 8 AS exit_code,
       (SELECT count(*) FROM losses) AS losses, (SELECT count(*) FROM damage) AS damage
FROM captures, recording_stopped;
