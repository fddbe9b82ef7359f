-- Changes to what starts programs later, or lets somebody in: cron, systemd, start-up files, keys, accounts, the loader.
WITH changed AS (
    SELECT ts, boot_ns, event_key, host_pid, uid, comm, operation, path, error FROM file_accesses
    WHERE operation NOT IN ('open', 'exec')
        OR operation = 'open' AND (flags LIKE '%O_WRONLY%' OR flags LIKE '%O_RDWR%')
    UNION ALL
    SELECT ts, boot_ns, event_key, host_pid, uid, comm, operation, other_path, error FROM file_accesses
    WHERE operation IN ('rename', 'link')
), known AS (
    SELECT ts, boot_ns, event_key, host_pid, uid, comm, operation, path, error, CASE
        WHEN path LIKE '/etc/cron%'
            OR path LIKE '/var/spool/cron%'
            OR path LIKE '/etc/anacrontab' THEN 'cron'
        WHEN path LIKE '/etc/systemd/%'
            OR path LIKE '/usr/lib/systemd/%'
            OR path LIKE '/lib/systemd/%'
            OR path LIKE '/run/systemd/system/%'
            OR path LIKE '%/.config/systemd/user/%' THEN 'systemd unit'
        WHEN path LIKE '/etc/init.d/%'
            OR path LIKE '/etc/rc%' THEN 'init script'
        WHEN path LIKE '/etc/profile%'
            OR path LIKE '/etc/bash%'
            OR path LIKE '%/.bashrc'
            OR path LIKE '%/.bash_profile'
            OR path LIKE '%/.profile'
            OR path LIKE '%/.zshrc' THEN 'shell start'
        WHEN path LIKE '%/.ssh/authorized_keys%'
            OR path LIKE '/etc/ssh/%' THEN 'ssh keys'
        WHEN path LIKE '/etc/ld.so.preload'
            OR path LIKE '/etc/ld.so.conf%' THEN 'loader'
        WHEN path LIKE '/etc/modules%'
            OR path LIKE '/etc/modprobe.d/%' THEN 'kernel modules'
        WHEN path LIKE '/etc/passwd'
            OR path LIKE '/etc/shadow'
            OR path LIKE '/etc/group'
            OR path LIKE '/etc/sudoers%' THEN 'accounts'
        WHEN path LIKE '/etc/pam.d/%' THEN 'login'
        WHEN path LIKE '%/.config/autostart/%' THEN 'desktop'
        WHEN path LIKE '/etc/udev/rules.d/%'
            OR path LIKE '/usr/lib/udev/rules.d/%' THEN 'udev'
        END AS means
    FROM changed
)
SELECT ts, means, operation, path, comm, host_pid, uid, error
FROM known WHERE means IS NOT NULL
ORDER BY boot_ns, event_key, path;
