-- For which flows do the packets add up to something else?
SELECT f.flow_key, f.bytes_out, SUM(CASE WHEN p.src = f.addr AND p.src_port = f.port THEN p.length ELSE 0 END) AS found
FROM net_flows f JOIN packets p ON p.flow_key = f.flow_key AND p.again IS NULL
GROUP BY f.flow_key, f.bytes_out
HAVING f.bytes_out <> SUM(CASE WHEN p.src = f.addr AND p.src_port = f.port THEN p.length ELSE 0 END)
ORDER BY f.flow_key;
