-- Opens of files that hold passwords and keys.
SELECT ts, host_pid, uid, comm, exe, operation, path, error
FROM file_accesses
WHERE operation IN ('open', 'create') AND (path IN ('/etc/shadow', '/etc/gshadow', '/etc/sudoers', '/etc/krb5.keytab')
    OR path LIKE '%/.ssh/id\_%' ESCAPE '\' OR path LIKE '%/.aws/credentials' OR path LIKE '%/.kube/config'
    OR path LIKE '%/.docker/config.json' OR path LIKE '%/.netrc' OR path LIKE '%/.git-credentials' OR path LIKE '%/.gnupg/%'
    OR path LIKE '/etc/ssh/ssh_host_%_key' OR path LIKE '/proc/%/environ' OR path LIKE '%/serviceaccount/token')
ORDER BY boot_ns, event_key;
