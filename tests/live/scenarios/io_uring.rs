//! io_uring: rings and what is submitted to them.

use super::lifecycle::is_host_number;
use super::{Checked, Needs, Scenario, Seen};

const fn scenario(event: &'static str, run: &'static str, near: &'static [&'static str], check: fn(&Seen)) -> Scenario {
    Scenario { event, run, near, needs: Needs::Tracepoints, check }
}

pub(super) const SCENARIOS: &[Scenario] = &[
    scenario("io_uring_create", "ring_made", &["ring_refused"], ring_made),
    scenario("io_uring_create", "ring_polled", &[], polled_ring_made),
    scenario("io_uring_submit_req", "ring_used", &["ring_made"], submitted),
    scenario("io_uring_submit_req", "ring_polled", &[], submitted_by_polling),
    scenario("io_uring_complete", "ring_used", &["ring_made"], completed),
];

fn is_address(value: &serde_json::Value) -> bool {
    value.as_i64().is_some_and(|address| address != 0)
}

fn ring_made(seen: &Seen) {
    seen.only()
        .fits("ctx", is_address)
        .is_fact("sq_entries", "sq")
        .is_fact("cq_entries", "cq")
        .fits("flags", |flags| flags.as_str().is_some_and(|flags| !flags.contains("SQPOLL")))
        .is("polling", 0)
        .is("ring_path", "anon_inode:[io_uring]")
        .is_fact("fd", "fd")
        .is("sq_thread_id", 0)
        .from_user("");
}

fn polled_ring_made(seen: &Seen) {
    let row = seen.only();
    row.fits("flags", |flags| flags.as_str().is_some_and(|flags| flags.contains("IORING_SETUP_SQPOLL")))
        .is("polling", 1);
    is_host_number(&row, "sq_thread_id", "thread");
    for column in ["ctx", "sq_entries", "cq_entries", "ring_path", "fd"] {
        row.get(column);
    }
}

fn by_mark<'a>(seen: &'a Seen, mark: i64) -> Checked<'a> {
    seen.find(|row| row["user_data"] == mark)
}

/// No path, no address, no directory.
fn names_nothing(row: &Checked<'_>) {
    row.null("pathname").null("new_pathname").null("address").null("cwd_path");
    row.null("directory_path").null("new_directory_path").is("new_fd", -1);
    row.is("open_flags_number", 0).is("open_flags", "O_RDONLY");
}

fn submitted(seen: &Seen) {
    let here = seen.fact("here");
    let directory = format!("{here}/directory");
    let file = format!("{here}/file");
    assert_eq!(seen.rows(|row| row["user_data"].as_i64().is_some_and(|mark| mark <= 11)).len(), 11);
    let nop = by_mark(seen, 1);
    nop.is("user_data", 1)
        .is("opcode", "IORING_OP_NOP")
        .is("flags", "IOSQE_ASYNC")
        .is("fd", -1)
        .null("file")
        .null("path");
    nop.is("sq_thread", 0).is("sq_thread_id", 0).null("submitter").is("submitter_tid", 0);
    nop.fits("ctx", is_address).fits("req", is_address);
    names_nothing(&nop);
    let open = by_mark(seen, 2);
    open.is("opcode", "IORING_OP_OPENAT").null("file").is("pathname", "new").null("new_pathname");
    open.is_fact("fd", "directory").is("directory_path", directory.as_str()).is("cwd_path", here);
    open.fits("open_flags", |flags| flags.as_str().is_some_and(|flags| flags.starts_with("O_WRONLY|O_CREAT")));
    open.is("new_fd", -1).null("new_directory_path").null("address").from_user("");
    let nowhere = by_mark(seen, 3);
    nowhere.is("fd", "AT_FDCWD").null("directory_path").is("pathname", "nowhere").is("cwd_path", here);
    let rename = by_mark(seen, 4);
    rename.is("opcode", "IORING_OP_RENAMEAT").is("pathname", "new").is("new_pathname", "renamed");
    rename.is_fact("fd", "directory").is("directory_path", directory.as_str());
    rename.is("new_fd", "AT_FDCWD").null("new_directory_path").is("cwd_path", here);
    by_mark(seen, 5).is("opcode", "IORING_OP_UNLINKAT").is("pathname", "renamed").is("fd", "AT_FDCWD");
    let fixed = by_mark(seen, 6);
    fixed.is("opcode", "IORING_OP_READ").is("flags", "IOSQE_FIXED_FILE").is("fd", 1);
    fixed.is("path", file.as_str()).is_fact("device", "file.dev").is_fact("inode", "file.inode");
    names_nothing(&fixed);
    let read = by_mark(seen, 7);
    read.is("path", file.as_str()).is_fact("fd", "file").is("flags", "0");
    let send = by_mark(seen, 8);
    send.is("opcode", "IORING_OP_SENDMSG").is_fact("fd", "udp").is("address", "127.0.0.1:10").from_user("address");
    send.fits("path", |path| path.as_str().is_some_and(|path| path.starts_with("socket:[")));
    by_mark(seen, 9).is("opcode", "IORING_OP_CONNECT").is_fact("fd", "udp").is("address", "127.0.0.1:9");
    by_mark(seen, 10).is("fd", 999).null("file").null("path");
    by_mark(seen, 11).is("opcode", "IORING_OP_CLOSE").is("path", format!("{here}/renamed (deleted)")).null("pathname");
    if crate::machine::kernel() >= (6, 11) {
        by_mark(seen, 12).is("opcode", "IORING_OP_BIND").is_fact("fd", "bound").is("address", "127.0.0.1:0");
    }
}

fn submitted_by_polling(seen: &Seen) {
    assert_eq!(seen.len(), 2);
    for mark in [21, 22] {
        let row = by_mark(seen, mark);
        row.is("user_data", mark).fits("ctx", is_address).fits("req", is_address);
        row.null("new_pathname").null("address").null("new_directory_path").is("new_fd", -1).null("directory_path");
        row.is("sq_thread", 1).is_fact("pid", "self").is_fact("tid", "thread");
        is_host_number(&row, "sq_thread_id", "thread");
        is_host_number(&row, "submitter_tid", "self");
        row.fits("submitter", |id| id.as_u64().is_some_and(|id| id > 0));
        row.fits("comm", |comm| comm.as_str().is_some_and(|comm| comm.starts_with("iou-sqp-")));
    }
    let open = by_mark(seen, 21);
    // Who may create a file may have to wait, so it is done by another thread.
    open.is("pathname", "polled")
        .is_fact("cwd_path", "here")
        .is("fd", "AT_FDCWD")
        .fits("flags", |flags| flags == "IOSQE_ASYNC" || flags == "0" && crate::machine::kernel() < (6, 2));
    let write = by_mark(seen, 22);
    write.is("opcode", "IORING_OP_WRITE").is("path", format!("{}/polled", seen.fact("here")));
    write.is_fact("device", "polled.dev").is_fact("inode", "polled.inode");
    names_nothing(&write);
    write.is("flags", "0");
}

fn completed(seen: &Seen) {
    assert_eq!(seen.rows(|row| row["user_data"].as_i64().is_some_and(|mark| mark <= 11)).len(), 11);
    let open = by_mark(seen, 2);
    open.is("user_data", 2)
        .is("opcode", "IORING_OP_OPENAT")
        .fits("res_number", |fd| fd.as_i64().is_some_and(|fd| fd > 2))
        .is("cqe_flags", "0");
    open.is("opened_path", format!("{}/directory/new", seen.fact("here")));
    open.fits("ctx", is_address).fits("req", is_address).from_user("");
    by_mark(seen, 1).is("opcode", "IORING_OP_NOP").is("res", 0).null("opened");
    by_mark(seen, 3).is("res", "-ENOENT").null("opened");
    by_mark(seen, 4).is("opcode", "IORING_OP_RENAMEAT").is("res", 0);
    by_mark(seen, 6).is("res", 1).null("opened");
    by_mark(seen, 10).is("res", "-EBADF");
}
