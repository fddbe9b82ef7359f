//! A finding for tests, with bytes in it that nobody must obey.

use std::path::PathBuf;

use signatures::{Options, Set, Signature};

use crate::report::{About, Report};
use crate::{Evidence, Finding, ProcessOf};

/// A signature about executions.
pub(crate) const YAML: &str = "title: Shell of a \"server\"\nid: 6f1c8a52-3f0f-4b0c-9c1d-1c9b7a0e5d11\ntracee: TRC-1016\n\
    description: A shell.\nmodified: 2026-01-31\nlevel: high\ntags:\n  - attack.t1190\n  - attack.execution\n\
    references:\n  - https://attack.mitre.org/techniques/T1190/\ntable: executions\n\
    detection:\n  selection:\n    exe|endswith: /sh\n  condition: selection\n";

pub(crate) fn set() -> Set {
    Set::parse(&[(PathBuf::from("one.yml"), YAML.to_owned())], Options::default()).unwrap()
}

pub(crate) fn signature() -> Signature {
    set().signatures()[0].clone()
}

pub(crate) fn about() -> About {
    About {
        capture: "build.cap".to_owned(),
        capture_id: "aa".repeat(16),
        host_id: "bb".repeat(16),
        boot_id: "cc".repeat(16),
    }
}

pub(crate) fn finding() -> Finding {
    let process = ProcessOf {
        process_key: 71,
        host_pid: 4711,
        pid: 7,
        comm: "sh\x1b[31m".to_owned(),
        exe: Some("/usr/bin/sh".to_owned()),
        command_line: Some("sh -c ##[group]\n::stop\u{202e}\"".to_owned()),
        uid: Some(33),
    };
    let parent =
        ProcessOf { process_key: 70, host_pid: 4700, pid: 4700, comm: "nginx".to_owned(), ..ProcessOf::default() };
    let evidence = Evidence {
        table: "executions".to_owned(),
        event: "sched_process_exec".to_owned(),
        event_key: 9,
        ts_ns: 1_769_846_405_000_000_123,
        boot_ns: 5,
        fields: vec![("exe".to_owned(), "/usr/bin/sh".to_owned())],
    };
    Finding {
        signature: 0,
        evidence: vec![evidence],
        process: Some(process),
        ancestors: vec![parent],
        container_id: Some("c0ffee".to_owned()),
        loss: false,
        forgot: false,
    }
}

pub(crate) fn report<'a>(signature: &'a Signature, about: &'a About, finding: &'a Finding) -> Report<'a> {
    Report { finding, signature, about, suppressed: None, reasons: None }
}
