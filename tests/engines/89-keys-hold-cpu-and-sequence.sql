-- Of which events does the key say another CPU or sequence than the columns?
SELECT event, event_key, cpu, seq FROM events
WHERE cpu IS NOT NULL AND seq IS NOT NULL
    AND (event_key % 35184372088832 <> seq OR (event_key - event_key % 1125899906842624) <> cpu * 1125899906842624)
ORDER BY event_key, event;
