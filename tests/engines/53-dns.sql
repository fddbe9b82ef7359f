-- What was asked for by name, and what was the answer?
SELECT d.dns_key, d.comm, d.kind, d.transport, d.name, d.type, d."class" AS class_number, d.code, d.answers, d.flags,
    d.answer_count, q.comm AS asked_by
FROM dns d LEFT JOIN dns q ON q.dns_key = d.query_key ORDER BY d.dns_key;
