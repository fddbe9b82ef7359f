//! What is in no file: memory that becomes code, modules, programs for the kernel.

use serde_json::Value;

use super::{Kept, brief, has_flag, is_whole, pattern, sha256, sources};
use crate::capture::{number, text};
use crate::machine;

/// Sources of a kind with this content.
fn with(kept: &Kept, kind: &str, content: &[u8]) -> Vec<Value> {
    let all = sources(&kept.capture, &format!("s.kind = '{kind}'"));
    let found: Vec<Value> = all.iter().filter(|row| is_whole(row, &sha256(content))).cloned().collect();
    assert!(!found.is_empty(), "no {kind} of these {} bytes: {all:#?}", content.len());
    found
}

/// A number, or an address as it is printed.
fn address(row: &Value) -> i64 {
    match &row["address"] {
        Value::String(text) => i64::from_str_radix(text.trim_start_matches("0x"), 16).expect("an address"),
        value => value.as_i64().expect("a number"),
    }
}

#[test]
fn memory_that_becomes_code_is_kept() {
    let Some(_turn) = machine::turn("memory_that_becomes_code_is_kept") else { return };
    let kept = Kept::record(&["--capture", "mem"], &["regions"]);
    let at = |name: &str| {
        let said = kept.said("region").into_iter().find(|words| words[0] == name).expect("a region");
        said[1].parse::<i64>().expect("an address")
    };
    let small = with(&kept, "mem", &pattern(81, 3 * 4096));
    assert!(small.iter().all(|row| address(row) == at("small")), "{small:#?}");
    let turns: Vec<bool> = small.iter().map(|row| has_flag(row, "became_writable")).collect();
    assert_eq!(turns, [false, true], "code first, then writable again");
    let large = with(&kept, "mem", &pattern(82, 300 * 1024));
    assert_eq!((large.len(), address(&large[0])), (1, at("large")));
    let page = with(&kept, "mem", &pattern(83, 3 * 4096)[4096..2 * 4096]);
    assert_eq!((page.len(), address(&page[0]), number(&page[0], "size")), (1, at("page"), 4096));
    assert!(!page[0]["process_key"].is_null() && text(&page[0], "way") == "memory", "{page:#?}");
    kept.nothing_lost();
}

#[test]
fn a_program_for_the_kernel_is_kept() {
    let Some(_turn) = machine::turn("a_program_for_the_kernel_is_kept") else { return };
    let kept = Kept::record(&["--capture", "bpf"], &["bpf", "2000"]);
    let move_to_r0 = |value: u32| [&[0xb7, 0, 0, 0][..], &value.to_le_bytes()].concat();
    let mut program: Vec<u8> = (0..1999).flat_map(move_to_r0).collect();
    program.extend([0x95, 0, 0, 0, 0, 0, 0, 0]);
    let rows = with(&kept, "bpf", &program);
    assert_eq!(rows.len(), 1, "{}", brief(&rows));
    let named = kept.capture.query(
        "SELECT s.sha256, p.name FROM artifact_sources s
         JOIN security_bpf_prog p ON s.path = 'bpf-prog:' || p.id AND p.load = 1 WHERE s.kind = 'bpf'",
    );
    assert_eq!(named.len(), 1, "{named:?}");
    assert_eq!(named[0]["sha256"], rows[0]["sha256"]);
}

#[test]
fn a_module_that_the_kernel_refused_is_kept() {
    let Some(_turn) = machine::turn("a_module_that_the_kernel_refused_is_kept") else { return };
    let kept = Kept::record(&["--capture", "module"], &["module"]);
    let rows = with(&kept, "module", &pattern(91, 100_000));
    assert_eq!(rows.len(), 1, "{}", brief(&rows));
}

#[test]
#[ignore = "loads a module: in the guest only, see scripts/vm/test"]
fn modules_are_kept_by_buffer_and_by_file() {
    assert!(std::env::var_os("TRACEE_IN_GUEST").is_some(), "modules are loaded in the guest only");
    let _turn = machine::turn("modules_are_kept_by_buffer_and_by_file").expect("the guest can record");
    let kept = Kept::record(&["--capture", "module"], &["module", "/lib/modules/dummy.ko", "dummy"]);
    let module = std::fs::read("/lib/modules/dummy.ko").expect("the module");
    assert_eq!(with(&kept, "module", &module).len(), 2, "by init_module and by finit_module");
}
