//! Every example of `docs/policies.md` is read.

use std::path::Path;

use policy::{Expression, Plan, events, file, options};

const PAGE: &str = include_str!("../../docs/policies.md");

/// The fenced blocks of this kind.
fn blocks(kind: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut lines = PAGE.lines();
    while let Some(line) = lines.next() {
        if line.starts_with("```") {
            let block: Vec<&str> = lines.by_ref().take_while(|line| *line != "```").collect();
            if line.trim_start_matches('`') == kind {
                found.push(block.join("\n"));
            }
        }
    }
    found
}

#[test]
fn scopes_are_read() {
    let blocks = blocks("scope");
    let mut read = 0;
    for line in blocks.iter().flat_map(|block| block.lines()) {
        let written = line.split("  #").next().unwrap_or_default().split(" #").next().unwrap_or_default().trim();
        written.parse::<Expression>().unwrap_or_else(|error| panic!("{written}: {error}"));
        options::scope(&[written]).unwrap();
        read += 1;
    }
    assert_eq!(read, 21);
}

#[test]
fn selections_are_read() {
    let blocks = blocks("events");
    let lines: Vec<&str> = blocks.iter().flat_map(|block| block.lines()).collect();
    for line in &lines {
        let rules = events::select(&[line]).unwrap_or_else(|error| panic!("{line}: {error}"));
        assert!(!rules.is_empty(), "{line}");
    }
    assert_eq!(lines.len(), 10);
}

#[test]
fn policies_are_read_and_go_together() {
    let mut policies = Vec::new();
    for (index, text) in blocks("yaml").iter().chain(&blocks("json")).enumerate() {
        policies
            .extend(file::parse(Path::new(&format!("example{index}")), text).unwrap_or_else(|error| panic!("{error}")));
    }
    let names: Vec<&str> = policies.iter().map(|policy| policy.name.as_str()).collect();
    assert_eq!(names, ["shadow-readers", "example1", "new-containers"]);
    let plan = Plan::new(policies).unwrap();
    let json = serde_json::to_string(&plan).unwrap();
    assert_eq!(serde_json::from_str::<Plan>(&json).unwrap(), plan);
}

#[test]
fn the_error_shown_is_the_error_said() {
    let text = blocks("yaml").remove(0).replacen("data.pathname", "data.patname", 1);
    let error = file::parse(Path::new("shadow.yaml"), &text).unwrap_err().to_string();
    assert!(PAGE.contains(&format!("    {error}\n")), "{error}");
}

#[test]
fn the_options_make_a_policy() {
    let policy =
        options::policy("command-line", &["uid>=1000", "uid<2000"], &["openat.retval<0"], &["default"]).unwrap();
    assert_eq!((policy.scope.len(), policy.rules.len()), (2, 1));
    let policy = options::policy::<&str, &str>("command-line", &[], &[], &["default", "syscalls"]).unwrap();
    assert!(policy.rules.len() > 300);
    assert_eq!(
        options::policy::<_, &str>("n", &["uid=1", "uid=2"], &[], &["default"]).unwrap_err().to_string(),
        "--scope \"uid=2\": \"uid=1\" and \"uid=2\" never hold together; alternatives are one expression with commas"
    );
    assert_eq!(
        options::policy::<_, &str>("n", &["udi=1"], &[], &["default"]).unwrap_err().to_string(),
        "--scope \"udi=1\": unknown scope \"udi\"; did you mean uid?"
    );
}
