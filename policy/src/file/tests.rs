use std::time::{Duration, Instant};

use super::*;

fn read_text(text: &str) -> Vec<Policy> {
    parse(Path::new("p.yaml"), text).unwrap_or_else(|error| panic!("{error}"))
}

fn refused(text: &str) -> String {
    parse(Path::new("p.yaml"), text).map(|read| panic!("was read as {read:?}")).unwrap_err().to_string()
}

/// `name [scope] event filter filter; event`
fn shown(policy: &Policy) -> String {
    let scope: Vec<String> = policy.scope.iter().map(ToString::to_string).collect();
    let rule =
        |rule: &crate::Rule| rule.filters.iter().fold(rule.event.clone(), |shown, filter| format!("{shown} {filter}"));
    let rules: Vec<String> = policy.rules.iter().map(rule).collect();
    format!("{} [{}] {}", policy.name, scope.join(" "), rules.join("; "))
}

const KUBERNETES: &str = "\
apiVersion: tracee.aquasec.com/v1beta1
kind: Policy
metadata:
  name: overview-policy
  annotations:
    description: sample overview policy
spec:
  scope:
    - uid>=1000
    - container
  defaultActions:
    - log
  rules:
    - event: security_file_open
      filters:
        - args.pathname=/tmp/*
    - event: sched_process_exec
      filters:
        - uid=0
    - event: close
      filters:
        - retval!=0
";

const PLAIN: &str = "\
name: execve_event
description: traces all execve events
defaultAction: log
scope:
  - global
rules:
  - event: execve
";

const BARE: &str = "\
- event: execve
- event: openat
  args:
    pathname: [/etc/shadow, '/etc/sudoers.d/*']
    flags: O_RDONLY
- event: close
  args:
    - fd
    - retval<0
";

#[test]
fn the_three_shapes_are_read() {
    assert_eq!(
        read_text(KUBERNETES).iter().map(shown).collect::<Vec<_>>(),
        [
            "overview-policy [uid>=1000 container] security_file_open data.pathname=/tmp/*; sched_process_exec uid=0; close retval!=0"
        ]
    );
    assert_eq!(read_text(PLAIN).iter().map(shown).collect::<Vec<_>>(), ["execve_event [global] execve"]);
    assert_eq!(
        read_text(BARE).iter().map(shown).collect::<Vec<_>>(),
        ["p [] execve; openat data.pathname=/etc/shadow,/etc/sudoers.d/* data.flags=O_RDONLY; close retval<0"]
    );
}

#[test]
fn the_names_of_before_are_read() {
    let older = KUBERNETES
        .replace("tracee.aquasec.com/v1beta1", "aquasecurity.github.io/v1beta1")
        .replace("kind: Policy", "kind: TraceePolicy");
    assert_eq!(read_text(&older).len(), 1);
}

#[test]
fn json_is_read_with_lines() {
    let json = "{\n\t\"name\": \"j\\u00e9\",\n\t\"scope\": [\"comm=\\\"a,b\\\"\"],\n\t\"rules\": [\n\t\t{\"event\": \"openat\", \"filters\": [\"retval<0\"]}\n\t]\n}\n";
    assert_eq!(shown(&read_text(json)[0]), "jé [comm=\"a,b\"] openat retval<0");
    assert_eq!(
        refused(&json.replace("retval", "retvl")),
        "p.yaml:5: rules[0].filters[0]: unknown filter \"retvl\"; did you mean retval?"
    );
}

#[test]
fn a_file_may_hold_several_documents() {
    let text = format!("---\n{KUBERNETES}---\n{PLAIN}...\n---\n{BARE}---\n");
    let names: Vec<String> = read_text(&text).into_iter().map(|policy| policy.name).collect();
    assert_eq!(names, ["overview-policy", "execve_event", "p"]);
    assert_eq!(
        refused(&format!("{PLAIN}---\n{PLAIN}")),
        "p.yaml:9: name: a second policy called \"execve_event\"; the first is p.yaml:1"
    );
}

#[test]
fn what_is_wrong_is_said_with_file_line_and_field() {
    for (text, from, to, why) in [
        (KUBERNETES, "uid>=1000", "udi>=1000", "p.yaml:9: spec.scope[0]: unknown scope \"udi\"; did you mean uid?"),
        (
            KUBERNETES,
            "- container",
            "- comm=a*b",
            "p.yaml:10: spec.scope[1]: a star stands at the beginning or the end of a value, not inside \"a*b\"; in quotes it means itself",
        ),
        (KUBERNETES, "- container", "- global", "p.yaml:10: spec.scope[1]: global is everything and stands alone"),
        (
            KUBERNETES,
            "event: close",
            "event: clsoe",
            "p.yaml:20: spec.rules[2].event: unknown event \"clsoe\"; did you mean close",
        ),
        (
            KUBERNETES,
            "event: close",
            "event: sched_process_exec",
            "p.yaml:20: spec.rules[2].event: a second rule of sched_process_exec; a policy has one rule per event, with all its filters",
        ),
        (
            KUBERNETES,
            "args.pathname",
            "args.patname",
            "p.yaml:16: spec.rules[0].filters[0]: unknown field of security_file_open \"patname\"; did you mean pathname",
        ),
        (
            KUBERNETES,
            "retval!=0",
            "retval<x",
            "p.yaml:22: spec.rules[2].filters[0]: wrong type: < compares numbers, and \"x\" is none",
        ),
        (
            KUBERNETES,
            "retval!=0",
            "data.fd=x",
            "p.yaml:22: spec.rules[2].filters[0]: wrong type: data.fd is a number, and \"x\" is none",
        ),
        (
            KUBERNETES,
            "- uid=0",
            "- data.pathname<0",
            "p.yaml:19: spec.rules[1].filters[0]: wrong type: data.pathname is text, and < compares numbers",
        ),
        (KUBERNETES, "  name: overview-policy\n", "", "p.yaml:4: metadata.name: name is missing"),
        (KUBERNETES, "name: overview-policy", "name:", "p.yaml:4: metadata.name: name is missing"),
        (
            KUBERNETES,
            "name: overview-policy",
            "name: [a]",
            "p.yaml:4: metadata.name: wrong type: must be text, not a list",
        ),
        (
            KUBERNETES,
            "v1beta1",
            "v1beta2",
            "p.yaml:1: apiVersion: unknown apiVersion \"tracee.aquasec.com/v1beta2\"; did you mean tracee.aquasec.com/v1beta1?",
        ),
        (KUBERNETES, "kind: Policy", "kind: Pod", "p.yaml:2: kind: is \"Pod\", and must be Policy"),
        (KUBERNETES, "  rules:", "  rulse:", "p.yaml:13: spec.rulse: unknown field \"rulse\"; did you mean rules?"),
        (
            KUBERNETES,
            "    - event: close\n      filters:",
            "    - event: close\n      filtres:",
            "p.yaml:21: spec.rules[2].filtres: unknown field \"filtres\"; did you mean filters?",
        ),
        (PLAIN, "  - event: execve\n", "  []\n", "p.yaml:7: rules: there is no rule"),
        (PLAIN, "  - event: execve\n", "", "p.yaml:6: rules: rules is missing"),
        (
            PLAIN,
            "  - event: execve\n",
            "  event: execve\n",
            "p.yaml:7: rules: wrong type: must be a list, not a mapping",
        ),
        (PLAIN, "  - global\n", "  []\n", "p.yaml:5: scope: an empty scope; `- global` is everything"),
        (PLAIN, "scope:\n  - global\n", "", "p.yaml:1: scope: scope is missing"),
        (PLAIN, "  - global\n", "  - !container\n", "p.yaml:5: in YAML \"!container\" is a tag; in quotes it is text"),
        (
            PLAIN,
            "name: execve_event",
            "name: a,b",
            "p.yaml:1: name: \"a,b\": a name holds no commas, no control characters and no blanks at its ends",
        ),
        (PLAIN, "defaultAction: log", "name: x", "p.yaml:3: \"name\" is there twice"),
        (PLAIN, "  - global", "  - *x", "p.yaml:5: YAML: while parsing node, found unknown anchor"),
        (PLAIN, "  - global", "\t- global", "p.yaml:5: YAML: "),
        (PLAIN, "scope:\n", "scope: [\n", "p.yaml:5: YAML: \"-\" is only valid inside a block"),
        (
            BARE,
            "pathname:",
            "patname:",
            "p.yaml:4: [1].args.patname: unknown field of openat \"patname\"; did you mean pathname?",
        ),
        (BARE, "    - fd\n", "    - df\n", "p.yaml:8: [2].args[0]: unknown field of close \"df\"; did you mean fd?"),
        (BARE, "retval<0", "fd<x", "p.yaml:9: [2].args[1]: wrong type: < compares numbers, and \"x\" is none"),
        (BARE, "- event: execve", "- evnt: execve", "p.yaml:1: [0].evnt: unknown field \"evnt\"; did you mean event?"),
        (BARE, "- event: execve", "- execve", "p.yaml:1: [0]: wrong type: must be a mapping of fields, not text"),
    ] {
        assert!(text.contains(from), "{from}");
        let said = refused(&text.replacen(from, to, 1));
        assert!(said.starts_with(why), "{to}\n said {said}\n want {why}");
    }
    assert_eq!(refused(""), "p.yaml: there is no policy in it");
    assert_eq!(refused("just text"), "p.yaml:1: a policy is a mapping with name, scope and rules, or a list of events");
}

#[test]
fn more_than_64_policies_are_too_many() {
    let text: String = (0..65).map(|n| format!("---\n{}", PLAIN.replace("execve_event", &format!("p{n}")))).collect();
    assert_eq!(refused(&text), "p.yaml:514: there can be 64 policies at once");
}

#[test]
fn bombs_are_refused_soon() {
    let begin = Instant::now();
    let mut bomb = "a0: &a0 [x,x,x,x,x,x,x,x,x]\n".to_owned();
    for level in 1..10 {
        let inner = vec![format!("*a{}", level - 1); 9].join(",");
        bomb.push_str(&format!("a{level}: &a{level} [{inner}]\n"));
    }
    assert!(refused(&bomb).contains("more than 200000 values, those that aliases repeat counted each time"));
    assert!(refused(&"[".repeat(40)).contains("more than 32 lists and mappings inside each other"));
    assert!(refused(&"- ".repeat(40)).contains("more than 32 lists and mappings inside each other"));
    assert!(refused("&a [*a]").contains("an alias inside what it stands for"));
    assert!(refused(&"x".repeat(MAX_FILE_BYTES + 1)).contains("is longer than 1048576 bytes"));
    let keys: String = (0..100_000).map(|n| format!("k{n}: 1\n")).collect();
    assert!(refused(&keys).contains("more than 1024 fields in one mapping"));
    let list = format!("name: x\nscope: [{}]\nrules: []\n", "a,".repeat(90_000));
    assert!(refused(&list).contains("90000 members; there can be 64"));
    for hostile in ["\"", "&a ", "? ", "{", "a: ", "!x ", "'", "%", "\\", "|\n", "- -", "#", "[", "- "] {
        let _ = parse(Path::new("p.yaml"), &hostile.repeat(MAX_FILE_BYTES / hostile.len()));
    }
    assert!(begin.elapsed() < Duration::from_secs(20), "{:?}", begin.elapsed());
}

#[test]
fn no_text_panics() {
    const PIECES: &[&str] = &[
        "name", "scope", "rules", "event", "filters", "spec", "metadata", ": ", ":", "\n", "\n  ", "\n    ", "- ", "[",
        "]", "{", "}", ",", "&a ", "*a", "!x ", "\"", "'", "|", ">", "openat", "uid=1", "retval<0", "---\n", "...",
        "#", "%YAML", "\t", "é", "\u{feff}", "\0", "? ", "\\u", "\r",
    ];
    let mut state = 7_u64;
    let mut next = |below: usize| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        ((state >> 33) as usize) % below
    };
    for _ in 0..20_000 {
        let text: String = (0..next(24)).map(|_| PIECES[next(PIECES.len())]).collect();
        let _ = parse(Path::new("p.yaml"), &text);
    }
    for whole in [KUBERNETES, PLAIN, BARE] {
        for _ in 0..3_000 {
            let mut bytes = whole.as_bytes().to_vec();
            for _ in 0..=next(3) {
                let at = next(bytes.len());
                bytes[at] = next(128) as u8;
            }
            let _ = parse(Path::new("p.yaml"), &String::from_utf8(bytes).unwrap());
        }
    }
}

#[test]
fn files_and_directories_are_read_in_order() {
    let directory = tempfile::tempdir().unwrap();
    let file = |name: &str, text: &str| {
        let path = directory.path().join(name);
        fs::write(&path, text).unwrap();
        path
    };
    assert!(
        read(&[directory.path()])
            .unwrap_err()
            .to_string()
            .ends_with("there is no policy file in it (.yaml, .yml, .json)")
    );
    file("b.yml", PLAIN);
    file("a.yaml", KUBERNETES);
    file("notes.txt", "not a policy");
    fs::create_dir(directory.path().join("c.yaml")).unwrap();
    let names = |policies: Vec<Policy>| policies.into_iter().map(|policy| policy.name).collect::<Vec<_>>();
    assert_eq!(names(read(&[directory.path()]).unwrap()), ["overview-policy", "execve_event"]);

    let second =
        file("d.json", "{\"name\": \"execve_event\",\n \"scope\": [\"global\"], \"rules\": [{\"event\": \"read\"}]}");
    let error = read(&[directory.path()]).unwrap_err();
    assert_eq!((error.file, error.line, error.field.as_deref()), (Some(second), Some(1), Some("name")));

    let bytes = directory.path().join("e.yaml");
    fs::write(&bytes, b"name: x\nscope: \xff\n").unwrap();
    assert_eq!(read(&[&bytes]).unwrap_err().to_string(), format!("{}:2:8: is not UTF-8", bytes.display()));
    fs::write(&bytes, vec![b' '; MAX_FILE_BYTES + 1]).unwrap();
    assert!(read(&[&bytes]).unwrap_err().to_string().ends_with("is longer than 1048576 bytes"));
    assert!(read(&["/dev/zero"]).unwrap_err().to_string().ends_with("is no regular file"));
    assert!(read(&[directory.path().join("nosuch.yaml")]).is_err());
}
