//! Memory: mappings, protections, access to other processes, where calls come from.

use serde_json::Value;

use super::{Checked, Needs, Scenario, Seen};

const fn scenario(event: &'static str, run: &'static str, near: &'static [&'static str], check: fn(&Seen)) -> Scenario {
    Scenario { event, run, near, needs: Needs::Tracepoints, check }
}

pub(super) const SCENARIOS: &[Scenario] = &[
    scenario("security_mmap_file", "mmap_file", &["mmap_file_near"], mmap_file),
    scenario("do_mmap", "mmap_file", &["mmap_near"], mmap),
    scenario("security_file_mprotect", "protect", &["protect_near"], protect),
    scenario("mem_prot_alert", "written_and_executed", &["written_and_executed_near"], written_and_executed),
    scenario("shared_object_loaded", "load_object", &["load_object_near"], load_object),
    scenario("proc_mem_access", "access_memory", &["access_memory_near"], access_memory),
    scenario("stack_pivot", "pivot", &["pivot_near", "mmap_file"], pivot),
    scenario("suspicious_syscall_source", "injected", &["injected_near", "pivot_near"], injected),
    scenario("process_vm_readv", "read_other", &["write_other"], read_other),
    scenario("process_vm_writev", "write_other", &["read_other"], write_other),
    scenario("ptrace", "trace", &["read_other"], trace),
    scenario("memfd_create", "anonymous_file", &["mmap_file"], anonymous_file),
    scenario("userfaultfd", "handle_faults", &["mmap_file"], handle_faults),
];

/// Whether a row's column holds the number that a fact says, or one that far behind it.
fn at<'a>(seen: &'a Seen, column: &'a str, fact: &'a str, behind: i64) -> impl Fn(&Value) -> bool + 'a {
    move |row| row[column].as_i64() == Some(seen.number(fact) + behind)
}

fn is_file<'a>(row: &'a Checked<'_>, path: &str) -> &'a Checked<'a> {
    row.fits("pathname", |name| name.as_str().is_some_and(|name| name.ends_with(path)))
        .is_fact("inode", "file.inode")
        .is_fact("dev", "file.dev")
        .is_fact("ctime", "file.ctime")
}

fn is_anonymous<'a>(row: &'a Checked<'_>) -> &'a Checked<'a> {
    row.null("pathname").null("inode").null("dev").null("ctime")
}

fn mmap_file(seen: &Seen) {
    is_file(&seen.only(), "/scene/mapped")
        .is("flags", "O_RDWR|O_LARGEFILE")
        .is("prot", "PROT_READ|PROT_WRITE")
        .is("mmap_flags", "MAP_SHARED")
        .from_user("");
}

fn mmap(seen: &Seen) {
    is_file(seen.find(at(seen, "addr", "at", 0)).is_fact("addr", "at"), "/scene/mapped")
        .is("flags", "O_RDWR|O_LARGEFILE")
        .is("pgoff", 1)
        .is("len", 4096)
        .is("prot", "PROT_READ|PROT_WRITE")
        .is("mmap_flags", "MAP_SHARED")
        .from_user("");
    is_anonymous(&seen.find(at(seen, "addr", "anonymous", 0)))
        .is("pgoff", 0)
        .is("len", 4096)
        .is("prot", "PROT_READ")
        .is("mmap_flags", "MAP_PRIVATE|MAP_ANONYMOUS");
}

fn protect(seen: &Seen) {
    let is = |row: Checked<'_>, len: i64, prot: &str, before: &str| {
        row.is("len", len).is("prot", prot).is("prev_prot", before).from_user("");
    };
    let of = |prot: &'static str, behind| move |row: &Value| row["prot"] == prot && at(seen, "addr", "at", behind)(row);
    let second = seen.find(of("PROT_READ", 4096));
    is_anonymous(&second).is("pkey", -1).is("addr", seen.number("at") + 4096);
    is(second, 4096, "PROT_READ", "PROT_READ|PROT_WRITE");
    is(seen.find(of("PROT_NONE", 0)), 4096, "PROT_NONE", "PROT_READ|PROT_WRITE");
    is(seen.find(of("PROT_NONE", 4096)), 4096, "PROT_NONE", "PROT_READ");
    is(seen.find(of("PROT_NONE", 8192)), 4096, "PROT_NONE", "PROT_READ|PROT_WRITE");
    let mapped = seen.find(at(seen, "addr", "mapped", 0));
    is_file(&mapped, "/scene/protected").is_fact("pkey", "key");
    is(mapped, 4096, "PROT_READ|PROT_WRITE", "PROT_READ");
    // The first gave the three pages their protection.
    assert_eq!(seen.len(), 6);
}

const TO_EXECUTABLE: &str = "Protection changed to Executable!";

fn written_and_executed(seen: &Seen) {
    const RX: &str = "PROT_READ|PROT_EXEC";
    const RW: &str = "PROT_READ|PROT_WRITE";
    const RWX: &str = "PROT_READ|PROT_WRITE|PROT_EXEC";
    let expected = [
        ("new", 4096, "Mmaped region with W+E permissions!", RWX, "PROT_NONE"),
        ("new_file", 8192, "Mmaped region with W+E permissions!", RWX, "PROT_NONE"),
        ("at", 8192, TO_EXECUTABLE, RX, RW),
        ("at", 8192, "Protection changed from E to W+E!", RWX, RX),
        ("at", 8192, "Protection changed from W to E!", RX, RWX),
        ("at", 8192, "Protection changed from E to W!", RW, RX),
        ("at", 8192, TO_EXECUTABLE, RX, RW),
        ("mapped", 4096, TO_EXECUTABLE, RX, "PROT_READ"),
    ];
    for (index, (address, len, alert, prot, before)) in expected.into_iter().enumerate() {
        let row = seen.row(index);
        row.is("alert", alert).is_fact("addr", address).is("len", len).is("prot", prot).is("prev_prot", before);
        if matches!(address, "new_file" | "mapped") {
            is_file(&row, "/scene/code").from_user("");
        } else {
            is_anonymous(&row).from_user("");
        }
    }
    assert_eq!(seen.len(), expected.len());
}

fn load_object(seen: &Seen) {
    is_file(&seen.only(), "/scene/object").is("flags", "O_RDONLY|O_LARGEFILE").from_user("");
}

fn access_memory(seen: &Seen) {
    let path = format!("/proc/{}/mem", seen.fact("pid"));
    let expected = [("open", None, 0), ("write", Some("word"), 6), ("read", Some("word"), 8), ("read", None, 4)];
    for (index, (operation, address, size)) in expected.into_iter().enumerate() {
        let row = seen.row(index);
        row.is("operation", operation)
            .is_fact("target_pid", "pid")
            .is("pathname", path.as_str())
            .is("flags", "O_RDWR|O_LARGEFILE")
            .is("addr", address.map_or(0, |fact| seen.number(fact)))
            .is("size", size)
            .from_user("");
    }
    assert_eq!(seen.len(), expected.len());
}

/// The mapping, by the fact that says where it begins.
fn is_mapping(row: &Checked<'_>, kind: &str, start: &str, size: i64, flags: &str) {
    row.is("vma_type", kind)
        .is_fact("vma_start", start)
        .is("vma_size", size)
        .fits("vma_flags", |text| text.as_str().is_some_and(|text| text.starts_with(flags)))
        .from_user("");
}

fn pivot(seen: &Seen) {
    const FLAGS: &str = "VM_READ|VM_WRITE|VM_MAYREAD|VM_MAYWRITE|VM_MAYEXEC|VM_ACCOUNT";
    const SHARED: &str = "VM_READ|VM_WRITE|VM_SHARED|VM_MAYREAD|VM_MAYWRITE|VM_MAYEXEC|VM_MAYSHARE";
    let is_call = |row: &Value, call: &str| row["arg_syscall"] == call || row["syscall"] == call;
    for call in ["socket", "dup3"] {
        let row = seen.find(|row| is_call(row, call) && at(seen, "sp", "at", 8192)(row));
        row.is("syscall", call).is("sp", seen.number("at") + 8192);
        is_mapping(&row, "anonymous", "at", 4 * 4096, FLAGS);
    }
    let heap = seen.find(at(seen, "sp", "heap", 0));
    heap.is("syscall", "socket").is("vma_type", "heap").from_user("");
    let (sp, start) = (seen.number("heap"), heap.get("vma_start").as_i64().unwrap());
    heap.fits("vma_size", |size| (start..start + size.as_i64().unwrap()).contains(&sp));
    is_mapping(&seen.find(at(seen, "sp", "mapped", 2048)), "file backed", "mapped", 4096, SHARED);
    let unmapped = seen.find(at(seen, "sp", "unmapped", 2048));
    unmapped.is("vma_type", "unknown").is("vma_start", 0).is("vma_size", 0).is("vma_flags", "0").from_user("");
    assert_eq!(seen.len(), 5);
}

fn injected(seen: &Seen) {
    const FLAGS: &str = "VM_READ|VM_EXEC|VM_MAYREAD|VM_MAYWRITE|VM_MAYEXEC|VM_ACCOUNT";
    const SHARED: &str = "VM_READ|VM_EXEC|VM_SHARED|VM_MAYREAD|VM_MAYWRITE|VM_MAYEXEC|VM_MAYSHARE";
    let behind = seen.number("behind");
    let expected = [
        ("socket", "at", 8192, "anonymous", FLAGS),
        ("dup3", "at", 8192, "anonymous", FLAGS),
        ("socket", "shared", 4096, "anonymous", SHARED),
        ("socket", "heap", 4096, "heap", FLAGS),
    ];
    for (index, (call, address, size, kind, flags)) in expected.into_iter().enumerate() {
        let row = seen.row(index);
        row.is("syscall", call).is("ip", seen.number(address) + behind);
        is_mapping(&row, kind, address, size, flags);
    }
    assert_eq!(seen.len(), expected.len());
}

fn read_other(seen: &Seen) {
    seen.only()
        .is("ret", 8)
        .is_fact("pid", "pid")
        .is("local_iov", "[3,5]")
        .is("liovcnt", 2)
        .is("remote_iov", "[8]")
        .is("riovcnt", 1)
        .is("flags", 0)
        .from_user("local_iov,remote_iov");
}

fn write_other(seen: &Seen) {
    seen.only()
        .is("ret", 6)
        .is_fact("pid", "pid")
        .is("local_iov", "[6]")
        .is("liovcnt", 1)
        .is("remote_iov", "[6]")
        .is("riovcnt", 1)
        .is("flags", 0)
        .from_user("local_iov,remote_iov");
}

fn trace(seen: &Seen) {
    let requests = ["PTRACE_ATTACH", "PTRACE_POKEDATA", "PTRACE_DETACH"];
    for (index, request) in requests.into_iter().enumerate() {
        let row = seen.row(index);
        row.is("ret", 0).is("request", request).is_fact("pid", "pid").from_user("");
        if request == "PTRACE_POKEDATA" {
            row.is_fact("addr", "word").is("data", 0x4142_4344);
        }
    }
    assert_eq!(seen.len(), requests.len());
}

fn anonymous_file(seen: &Seen) {
    seen.only()
        .fits("ret", |fd| fd.as_i64() > Some(2))
        .is("name", "payload")
        .is("flags", "MFD_CLOEXEC")
        .is("ret_path", "memfd:payload")
        .from_user("name");
}

fn handle_faults(seen: &Seen) {
    let row = seen.only();
    row.is_fact("ret", "ret").is("flags", "O_CLOEXEC|O_NONBLOCK").from_user("");
    let opened = seen.number("ret") >= 0;
    row.is("ret_path", if opened { "anon_inode:[userfaultfd]".into() } else { Value::Null });
}
