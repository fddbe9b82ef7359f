-- Which names were addresses given, and how long?
SELECT n.address, n.name, n.until_ns - n.from_ns AS valid_ns, d.dst_port
FROM dns_names n JOIN dns d ON d.dns_key = n.dns_key ORDER BY n.from_ns, n.address, n.name;
