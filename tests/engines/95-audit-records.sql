-- Events as records of the audit system, by type and system call.
SELECT "type", syscall, success, nametype, saddr_family, COUNT(*) AS records, COUNT(a0) AS a0, COUNT(name) AS names, COUNT(saddr) AS addresses,
    MIN(text) AS first, MAX(text) AS last
FROM audit_records
GROUP BY "type", syscall, success, nametype, saddr_family
ORDER BY "type", syscall NULLS LAST, success NULLS LAST, nametype NULLS LAST, saddr_family NULLS LAST
