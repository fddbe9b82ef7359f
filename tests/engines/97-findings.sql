-- What signatures found, with the events that say so.
SELECT f.finding_key, f.signature, f.title, f.severity, f.techniques, f.ts_ns, f.comm, f.command_line, f.loss, f.suppressed,
    e.number, e.source, e.event_key, e.event, e.fields
FROM findings f JOIN finding_events e ON e.finding_key = f.finding_key
ORDER BY f.ts_ns, f.finding_key, e.number
