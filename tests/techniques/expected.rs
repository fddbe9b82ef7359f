//! What each technique of `tests/programs/techniques` is to be found as. The files beside this one say it, a family each: a
//! line for each finding with the technique, where it is one (host, container or both), its severity and Tracee's id, or the
//! title where it has none; a line with `-` where nothing is to be found.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

/// Severity and what was found, by technique.
pub(crate) type Found = BTreeMap<String, BTreeSet<String>>;

/// The families with their files; in a guest there is no folder to read.
pub(crate) const FAMILIES: &[(&str, &str)] = &[
    ("containers", include_str!("containers.txt")),
    ("delivery", include_str!("delivery.txt")),
    ("escape", include_str!("escape.txt")),
    ("execution", include_str!("execution.txt")),
    ("files", include_str!("files.txt")),
    ("kernel", include_str!("kernel.txt")),
    ("memory", include_str!("memory.txt")),
    ("persistence", include_str!("persistence.txt")),
    ("secrets", include_str!("secrets.txt")),
    ("sockets", include_str!("sockets.txt")),
    ("traces", include_str!("traces.txt")),
];
/// How a technique's process is executed, before its name.
const RUN: &str = "/scene/techniques run ";

/// The techniques of a family in the order of the file, and what they are to be found as on the `host` or in a `container`.
pub(crate) fn expected(family: &str, place: &str) -> (Vec<String>, Found) {
    let (_, text) = FAMILIES.iter().find(|(name, _)| *name == family).expect("a family");
    let (mut order, mut found) = (Vec::new(), Found::new());
    for line in text.lines() {
        let words: Vec<&str> = line.split_whitespace().collect();
        let [technique, at, severity, what @ ..] = words.as_slice() else { panic!("{family}: {line}") };
        assert!(["host", "container", "both"].contains(at), "{family}: {line}");
        if !order.iter().any(|name| name == technique) {
            order.push((*technique).to_owned());
        }
        let all = found.entry((*technique).to_owned()).or_default();
        if *severity != "-" && (*at == place || *at == "both") {
            all.insert(format!("{severity} {}", what.join(" ")));
        }
    }
    (order, found)
}

/// Findings (objects of `tracee detect --output json`), by the technique that made them; those of nobody under no name.
pub(crate) fn by_technique(findings: &[Value], techniques: &[String]) -> Found {
    let mut found: Found = techniques.iter().map(|name| (name.clone(), BTreeSet::new())).collect();
    for finding in findings {
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let what = if finding["tracee_id"].is_null() { &finding["title"] } else { &finding["tracee_id"] };
        let what = format!("{} {}", text(&finding["severity"]), text(what));
        found.entry(technique(finding)).or_default().insert(what);
    }
    found
}

/// The technique that the process did, or the farthest of its ancestors that is one.
fn technique(finding: &Value) -> String {
    let ancestors = finding["ancestors"].as_array().expect("ancestors");
    let lines = std::iter::once(&finding["process"]).chain(ancestors).map(|of| of["command_line"].as_str());
    let mut names = lines.flatten().filter_map(|line| line.strip_prefix(RUN));
    names.next_back().unwrap_or_default().to_owned()
}

/// Fails with every technique that was found as something else than expected.
pub(crate) fn assert_same(found: &Found, expected: &Found, place: &str) {
    let names: BTreeSet<&String> = found.keys().chain(expected.keys()).collect();
    let differs = names.into_iter().filter(|name| found.get(*name) != expected.get(*name));
    let tell = |of: Option<&BTreeSet<String>>| of.map_or(String::new(), |set| format!("{set:?}"));
    let lines = differs.map(|name| {
        let name_shown = if name.is_empty() { "nobody's doing" } else { name };
        format!("{place}, {name_shown}: expected {}, found {}", tell(expected.get(name)), tell(found.get(name)))
    });
    let lines: Vec<String> = lines.collect();
    assert!(lines.is_empty(), "{}", lines.join("\n"));
}
