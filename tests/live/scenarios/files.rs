//! Files: opened, read, written, renamed, removed, changed.

use serde_json::Value;

use super::{Checked, Needs, Scenario, Seen};

const fn files(event: &'static str, run: &'static str, near: &'static [&'static str], check: fn(&Seen)) -> Scenario {
    Scenario { event, run, near, needs: Needs::Tracepoints, check }
}

pub(super) const SCENARIOS: &[Scenario] = &[
    files("security_file_open", "file_open", &["file_open_near"], file_open),
    // Whatever states its facts writes them.
    files("vfs_write", "file_write", &[], file_write),
    files("vfs_writev", "file_writev", &["file_writev_near"], file_writev),
    files("vfs_read", "file_read", &["file_read_near"], file_read),
    files("vfs_readv", "file_readv", &["file_readv_near"], file_readv),
    files("magic_write", "magic", &["magic_near"], magic),
    files("file_modification", "modification", &["modification_near"], modification),
    files("file_transfer", "transfer", &["transfer_near"], transfer),
    files("security_inode_rename", "rename", &["rename_near"], rename),
    files("security_inode_unlink", "unlink", &["unlink_near"], unlink),
    files("security_inode_symlink", "symlink", &["symlink_near"], symlink),
    files("security_inode_mknod", "node", &["node_near"], node),
    files("security_inode_link", "link", &["link_near"], link),
    files("do_truncate", "resize", &["resize_near"], resize),
    files("chmod_common", "mode", &["mode_near"], mode),
    files("chown_common", "owner", &["owner_near"], owner),
    files("vfs_utimes", "times", &["times_near"], times),
    files("security_inode_setxattr", "tag", &["tag_near"], tag),
    files("security_path_notify", "watch", &["watch_near"], notify),
    files("inotify_watch", "watch", &["watch_near"], watch),
    files("set_fs_pwd", "walk", &["walk_near"], walk),
    files("security_sb_mount", "mount", &["mount_near"], mount),
    files("security_sb_umount", "unmount", &["unmount_near"], unmount),
    files("security_path_chroot", "new_root", &["new_root_near"], new_root),
];

/// Whether a path leads to this file of the scenario's directory.
fn leads_to(name: &str) -> impl Fn(&Value) -> bool {
    let end = format!("/scene/{name}");
    move |path| path.as_str().is_some_and(|path| path.starts_with('/') && path.ends_with(&end))
}

/// Device and inode must be those of the named file.
fn is_file(row: &Checked<'_>, name: &str) {
    row.is_fact("dev", &format!("{name}.dev")).is_fact("inode", &format!("{name}.inode"));
}

/// The same where the row is of a call that only names the file: with tracepoints alone nobody knows which one it is.
fn is_named_file(seen: &Seen, row: &Checked<'_>, name: &str) {
    if seen.upper {
        is_file(row, name);
    } else {
        row.null("dev").null("inode");
    }
}

/// Fields that are the program's word, without and with a hook of the kernel's own.
fn from_user(seen: &Seen, row: &Checked<'_>, tracepoints: &str, upper: &str) {
    row.from_user(if seen.upper { upper } else { tracepoints });
}

fn file_open(seen: &Seen) {
    seen.find(|row| row["syscall_pathname"] == "./link")
        .fits("pathname", leads_to("target"))
        .is("flags", "O_RDWR|O_CREAT|O_NOCTTY|O_APPEND|O_LARGEFILE")
        .is_fact("dev", "target.dev")
        .is_fact("inode", "target.inode")
        .is_fact("ctime", "target.ctime")
        .is("syscall_pathname", "./link")
        .from_user("syscall_pathname");
    seen.find(|row| row["syscall_pathname"] == "target").is("flags", "O_WRONLY|O_CREAT|O_TRUNC|O_LARGEFILE");
    seen.find(|row| row["syscall_pathname"] == "fresh").is("flags", "O_WRONLY|O_CREAT|O_EXCL|O_LARGEFILE");
    assert_eq!(seen.len(), 3);
}

/// The accesses to the scenario's file: asked for, offset, done; an offset that the call does not say is known to the
/// kernel alone.
fn accesses(seen: &Seen, name: &str, amount: &str, expected: &[(i64, Option<i64>, i64, i64)]) {
    for (index, (asked, said, real, done)) in expected.iter().enumerate() {
        let row = seen.row(index);
        row.fits("pathname", leads_to(name));
        is_file(&row, name);
        row.is(amount, *asked).is("pos", if seen.upper { *real } else { said.unwrap_or(-1) }).is("result", *done);
        row.from_user("");
    }
}

fn file_write(seen: &Seen) {
    accesses(seen, "written", "count", &[(5, Some(3), 3, 5), (7, None, 0, 7)]);
    // What failed is none; the last one states the facts.
    assert_eq!(seen.len(), 3);
}

fn file_writev(seen: &Seen) {
    accesses(seen, "gathered", "vlen", &[(2, Some(3), 3, 8), (2, None, 0, 8)]);
    assert_eq!(seen.len(), 2);
}

fn file_read(seen: &Seen) {
    accesses(seen, "readable", "count", &[(4, Some(1), 1, 4), (16, None, 2, 8)]);
    assert_eq!(seen.len(), 2);
}

fn file_readv(seen: &Seen) {
    accesses(seen, "scattered", "vlen", &[(2, Some(1), 1, 6), (2, None, 2, 6)]);
    assert_eq!(seen.len(), 2);
}

fn magic(seen: &Seen) {
    let bytes = |row: &Value| row["bytes"].as_str().unwrap_or_default().to_owned();
    let row = seen.row(0);
    row.fits("pathname", leads_to("magic")).is("bytes", "23212f62696e2f73680a").from_user("bytes");
    is_file(&row, "magic");
    seen.row(1).is("bytes", "233f").is_fact("inode", "magic.inode");
    // Out of three buffers, at the end of an empty file.
    seen.row(2).is("bytes", "7f454c4620616e64206120676f6f64206465616c").is_fact("inode", "magicv.inode");
    seen.row(3).is("bytes", "6669727374").is_fact("inode", "pipe.inode");
    let of_files = |row: &Value| row["pathname"].as_str().is_some_and(|path| path.contains("/scene/"));
    assert_eq!(seen.rows(of_files).len(), 3, "{:?}", seen.rows(|_| true).into_iter().map(bytes).collect::<Vec<_>>());
}

fn modification(seen: &Seen) {
    assert_eq!(seen.len(), 2);
    let first = seen.row(0);
    first.fits("file_path", leads_to("modified")).is_fact("old_ctime", "before").is_fact("new_ctime", "after");
    first.from_user("");
    is_file(&first, "modified");
    seen.row(1).is_fact("inode", "modified.inode").is_fact("new_ctime", "modified.ctime");
}

fn transfer(seen: &Seen) {
    assert_eq!(seen.len(), 3);
    let sent = seen.find(|row| row["count"] == 5);
    sent.fits("in_pathname", leads_to("from")).fits("out_pathname", leads_to("to"));
    sent.is("in_offset", 2).is("out_offset", 0).is("count", 5).is("result", 5).from_user("in_offset,out_offset");
    let copied = seen.find(|row| row["count"] == 4);
    copied.is("in_offset", 1).is("out_offset", 20).is("result", 4).fits("out_pathname", leads_to("to"));
    let spliced = seen.find(|row| row["count"] == 3);
    spliced.is("in_offset", 3).is("out_offset", -1).is("result", 3).fits("in_pathname", leads_to("from"));
    spliced.fits("out_pathname", |path| path.as_str().is_some_and(|path| path.starts_with("pipe:[")));
}

fn rename(seen: &Seen) {
    let row = seen.only();
    row.fits("old_path", leads_to("before")).fits("new_path", leads_to("after")).is("flags", "RENAME_NOREPLACE");
    row.is("syscall_old_path", "./before").is("syscall_new_path", "after");
    is_named_file(seen, &row, "before");
    from_user(seen, &row, "old_path,new_path,syscall_old_path,syscall_new_path", "syscall_old_path,syscall_new_path");
}

fn unlink(seen: &Seen) {
    assert_eq!(seen.len(), 2);
    let named = [("gone", "./gone"), ("gone-too", "gone-too")];
    for (index, (name, given)) in named.into_iter().enumerate() {
        let row = seen.row(index);
        row.fits("pathname", leads_to(name)).is("syscall_pathname", given);
        is_named_file(seen, &row, name);
        if seen.upper {
            row.is_fact("ctime", &format!("{name}.ctime"));
        } else {
            row.null("ctime");
        }
        from_user(seen, &row, "pathname,syscall_pathname", "syscall_pathname");
    }
}

fn symlink(seen: &Seen) {
    let row = seen.only();
    row.fits("linkpath", leads_to("pointer")).is("target", "to/../nowhere").is("syscall_linkpath", "./pointer");
    from_user(seen, &row, "linkpath,target,syscall_linkpath", "syscall_linkpath");
}

fn node(seen: &Seen) {
    assert_eq!(seen.len(), 3);
    let expected = [("fifo", "S_IFIFO|0640", "0:0"), ("made", "S_IFDIR|0751", "0:0"), ("null", "S_IFCHR|0600", "1:3")];
    for (index, (name, mode, dev)) in expected.into_iter().enumerate() {
        let row = seen.row(index);
        row.fits("file_name", leads_to(name)).is("mode", mode).is("dev", dev);
        row.is("syscall_file_name", format!("./{name}"));
        from_user(seen, &row, "file_name,syscall_file_name", "syscall_file_name");
    }
}

fn link(seen: &Seen) {
    let row = seen.only();
    row.fits("old_path", leads_to("one")).fits("new_path", leads_to("two"));
    row.is("syscall_old_path", "./one").is("syscall_new_path", "two");
    is_named_file(seen, &row, "one");
    from_user(seen, &row, "old_path,new_path,syscall_old_path,syscall_new_path", "syscall_old_path,syscall_new_path");
}

/// A change by path, and the next one, by descriptor: there the file is known to everybody.
fn by_path_and_descriptor<'a>(seen: &'a Seen, name: &str, user: &str) -> [Checked<'a>; 2] {
    assert_eq!(seen.len(), 2);
    let [path, descriptor] = [seen.row(0), seen.row(1)];
    path.fits("pathname", leads_to(name)).is("syscall_pathname", format!("./{name}"));
    is_named_file(seen, &path, name);
    from_user(seen, &path, user, "syscall_pathname");
    descriptor.fits("pathname", leads_to(name)).null("syscall_pathname");
    // The path is the kernel's then; times are read from memory all the same.
    let of_memory: Vec<&str> = user.split(',').filter(|field| !field.ends_with("pathname")).collect();
    from_user(seen, &descriptor, &of_memory.join(","), "");
    is_file(&descriptor, name);
    [path, descriptor]
}

fn resize(seen: &Seen) {
    let [path, descriptor] = by_path_and_descriptor(seen, "cut", "pathname,syscall_pathname");
    path.is("length", 3);
    descriptor.is("length", 7);
}

fn mode(seen: &Seen) {
    let [path, descriptor] = by_path_and_descriptor(seen, "moded", "pathname,syscall_pathname");
    path.is("mode", "04711");
    descriptor.is("mode", "0600");
}

fn owner(seen: &Seen) {
    let [path, descriptor] = by_path_and_descriptor(seen, "owned", "pathname,syscall_pathname");
    path.is("owner", 1234).is("group", -1);
    descriptor.is("owner", -1).is("group", 5678);
}

fn times(seen: &Seen) {
    let [path, descriptor] = by_path_and_descriptor(seen, "timed", "pathname,atime,mtime,syscall_pathname");
    path.is("atime", 1_000_000_000_000_000_005_i64).is("mtime", "now");
    descriptor.is("atime", "now").is("mtime", "now");
}

fn tag(seen: &Seen) {
    let row = seen.only();
    row.fits("pathname", leads_to("tagged")).is("name", "trusted.note").is("flags", "XATTR_CREATE");
    row.is("syscall_pathname", "./tagged");
    is_named_file(seen, &row, "tagged");
    if seen.upper {
        row.is("value", "76616c7565");
    } else {
        row.null("value");
    }
    from_user(seen, &row, "pathname,name,syscall_pathname", "syscall_pathname");
}

fn notify(seen: &Seen) {
    watch(seen);
    seen.only().is("mask", "FS_MODIFY|FS_DELETE_SELF").is("obj_type", "inode");
}

fn watch(seen: &Seen) {
    let row = seen.only();
    row.fits("pathname", leads_to("watched")).is("syscall_pathname", "./watched");
    is_named_file(seen, &row, "watched");
    from_user(seen, &row, "pathname,syscall_pathname", "syscall_pathname");
}

fn walk(seen: &Seen) {
    assert_eq!(seen.len(), 2);
    seen.row(0).is("unresolved_path", "./door").fits("resolved_path", leads_to("room")).from_user("unresolved_path");
    let back = |path: &Value| path.as_str().is_some_and(|path| path.ends_with("/scene"));
    seen.row(1).null("unresolved_path").fits("resolved_path", back).from_user("");
}

fn new_root(seen: &Seen) {
    let row = seen.only();
    row.is("unresolved_path", "./gate").fits("resolved_path", leads_to("cell")).from_user("unresolved_path");
}

fn mount(seen: &Seen) {
    assert_eq!(seen.len(), 3);
    seen.find(|row| row["path"] == "/").is("flags", "MS_REC|MS_PRIVATE").is("dev_name", "none").null("type");
    let row = seen.find(|row| row["syscall_path"] == "./mounted");
    row.is("dev_name", "scene").fits("path", leads_to("mounted")).is("type", "tmpfs").is("flags", "MS_NOSUID|MS_NODEV");
    from_user(seen, &row, "dev_name,path,type,syscall_path", "syscall_path");
    let row = seen.find(|row| row["syscall_path"] == "./moved");
    row.fits("path", leads_to("moved")).is("flags", "MS_MOVE").is("syscall_path", "./moved");
    if seen.upper {
        row.is("dev_name", "scene").is("type", "tmpfs");
    } else {
        row.null("dev_name").null("type");
    }
}

fn unmount(seen: &Seen) {
    let row = seen.only();
    row.fits("path", leads_to("unmounted")).is("flags", "MNT_DETACH").is("syscall_path", "./unmounted");
    if seen.upper {
        row.is("dev_name", "scene").is("type", "tmpfs");
    } else {
        row.null("dev_name").null("type");
    }
    from_user(seen, &row, "path,syscall_path", "syscall_path");
}
