//! A module that does to the guest's kernel what rootkits do. It stays for as long as the guest runs.

use std::path::Path;
use std::process::Command;

use serde_json::Value;

use crate::capture::{Capture, LIMIT, number, rows, text, tracee};
use crate::{machine, process, program};

const MODULE: &str = "tracee_test_rootkit";
/// `uselib`, which this kernel has not got and nobody calls.
const CALL: (&str, i64) = ("uselib", 134);
/// Functions that get a hook: one that nobody would hide anything by, one that lists processes.
const FUNCTIONS: [&str; 2] = ["ksys_sync", "proc_pid_readdir"];
const EVENTS: &str = "hooked_syscall,hooked_seq_ops,ftrace_hook,hidden_kernel_module";

/// Where the kernel has this.
fn symbol(name: &str) -> String {
    let symbols = std::fs::read_to_string("/proc/kallsyms").expect("the kernel's symbols");
    let mut words = symbols.lines().map(|line| line.split_ascii_whitespace().collect::<Vec<_>>());
    let found = words.find(|words| words.get(2) == Some(&name)).unwrap_or_else(|| panic!("no symbol {name}"));
    format!("0x{}", found[0])
}

/// What the module says of itself.
fn fact(path: &str) -> String {
    let path = Path::new("/sys/module").join(MODULE).join(path);
    std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display())).trim().to_owned()
}

fn address(path: &str) -> i64 {
    let text = fact(path);
    let value = match text.strip_prefix("0x") {
        Some(digits) => u64::from_str_radix(digits, 16),
        None => text.parse(),
    };
    value.expect("an address") as i64
}

fn only(capture: &Capture, event: &str) -> Value {
    let mut rows = capture.query(&format!("SELECT * FROM {event}"));
    assert_eq!(rows.len(), 1, "{event}: {rows:#?}");
    let row = rows.remove(0);
    assert_eq!(text(&row, "hook"), format!("scan/{event}"), "{row:#}");
    row
}

/// Severity and Tracee's id, or else the title, of what the built-in signatures find.
fn findings(capture: &Capture) -> Vec<String> {
    let mut detect = tracee();
    let finished = process::run(detect.arg("detect").arg(&capture.path).args(["--output", "json"]), LIMIT);
    assert!(finished.code() < 2, "detect: {}: {}", finished.status, finished.stderr);
    let name = |row: &Value| {
        let id = if row["tracee_id"].is_null() { "title" } else { "tracee_id" };
        format!("{} {}", text(row, "severity"), text(row, id))
    };
    rows(&finished).iter().map(name).collect()
}

fn check(capture: &Capture) {
    let call = only(capture, "hooked_syscall");
    assert_eq!((text(&call, "arg_syscall"), number(&call, "number")), CALL, "{call:#}");
    assert_eq!(number(&call, "address"), address("parameters/call_is_at"), "{call:#}");
    // Later versions of 6.1 call by a switch.
    let by_switch = std::fs::read_to_string("/proc/kallsyms").unwrap().contains(" x64_sys_call\n");
    assert_eq!(number(&call, "is_used"), i64::from(!by_switch), "{call:#}");

    let sequence = only(capture, "hooked_seq_ops");
    assert_eq!(text(&sequence, "hooked_seq_ops"), "tcp4_seq_ops.show", "{sequence:#}");
    assert_eq!(number(&sequence, "address"), address("parameters/show_is_at"), "{sequence:#}");
    for row in [&call, &sequence] {
        // The module is in no list, so nothing there has a name.
        assert!(row["function"].is_null() && row["owner"].is_null(), "{row:#}");
    }

    let hooks = capture.query("SELECT * FROM ftrace_hook ORDER BY symbol");
    assert_eq!(hooks.iter().map(|hook| text(hook, "symbol")).collect::<Vec<_>>(), FUNCTIONS, "{hooks:#?}");
    for hook in &hooks {
        assert_eq!((text(hook, "hook"), number(hook, "count")), ("scan/ftrace_hook", 1), "{hook:#}");
        // Functions that ftrace uses it can name, whatever the list of modules says.
        assert_eq!((text(hook, "callback"), text(hook, "callback_owner")), ("tracee_test_hook", MODULE), "{hook:#}");
        assert_eq!((number(hook, "callback_offset"), text(hook, "flags")), (0, ""), "{hook:#}");
        assert!(text(hook, "trampoline").starts_with("0xffffffff"), "{hook:#}");
    }

    let hidden = only(capture, "hidden_kernel_module");
    assert_eq!(text(&hidden, "name"), MODULE, "{hidden:#}");
    assert_eq!(number(&hidden, "address"), address("sections/.gnu.linkonce.this_module"), "{hidden:#}");
    assert_eq!(text(&hidden, "srcversion"), fact("srcversion"), "{hidden:#}");
}

#[test]
#[ignore = "changes the kernel: in the guest only, see scripts/vm/test"]
fn what_a_rootkit_changes_is_found() {
    assert!(std::env::var_os("TRACEE_IN_GUEST").is_some(), "a kernel is changed in the guest only");
    let _turn = machine::turn("what_a_rootkit_changes_is_found").expect("the guest can record");
    let clean = Capture::record(&["--events", EVENTS], &["true"]);
    assert_eq!(findings(&clean), Vec::<String>::new());
    for event in EVENTS.split(',') {
        assert_eq!(clean.query(&format!("SELECT * FROM {event}")), Vec::<Value>::new(), "{event}");
    }
    // While it is recorded: found by the last look.
    let table = format!("table={}", symbol("sys_call_table"));
    let (call, sequence) = (format!("number={}", CALL.1), format!("sequence={}", symbol("tcp4_seq_ops")));
    let module = format!("/lib/modules/{MODULE}.ko");
    let events = format!("{EVENTS},module_load");
    let loaded = Capture::record(&["--events", &events], &["insmod", &module, &table, &call, &sequence]);
    check(&loaded);
    let hooks = ["high TRC-1020", "critical TRC-1030, DRV-002", "critical DRV-003"].map(str::to_owned);
    let found = findings(&loaded);
    for hook in &hooks {
        assert!(found.contains(hook), "{hook}: {found:?}");
    }
    assert_eq!(found.iter().filter(|name| name.contains("TRC-1020")).count(), 1, "of the two functions one: {found:?}");
    let load = &loaded.query("SELECT * FROM module_load")[0];
    assert_eq!((text(load, "name"), text(load, "version")), (MODULE, "1.5"), "{load:#}");
    assert_eq!(text(load, "src_version"), fact("srcversion"), "{load:#}");
    let listed = Command::new("lsmod").output().expect("lsmod runs");
    assert!(!String::from_utf8_lossy(&listed.stdout).contains(MODULE), "it hides");
    // And when it was there before.
    let before = Capture::record(&["--events", EVENTS], &["true"]);
    check(&before);
    let mut found = findings(&before);
    found.sort();
    let mut expected = hooks.to_vec();
    expected.sort();
    assert_eq!(found, expected);

    // Whoever gives up his rights is nobody; whoever then has them all, without an exec, was given them.
    let rights = format!("/sys/module/{MODULE}/parameters/rights");
    let program = program::build_static("rights").display().to_string();
    let nobody = |what: &str| Capture::record(&["--events", "commit_creds"], &[&program, &rights, what]);
    assert_eq!(findings(&nobody("keep")), Vec::<String>::new());
    let found = findings(&nobody("ask"));
    assert_eq!(found, ["critical Capabilities gained out of nothing"]);
}
