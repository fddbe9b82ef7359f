-- What was looked up, in order, and what came back to whom.
SELECT asked.comm, asked.name, asked.type, answer.code, answer.comm AS answered_by, answer.answers
FROM dns asked JOIN dns answer ON answer.query_key = asked.dns_key WHERE asked.kind = 'query' ORDER BY asked.dns_key;
