//! What loads, how documents are put together, and what is told about what does not.

use std::path::PathBuf;

use signatures::{Body, Level, Options, Set};

use crate::rows::OwnedRow;

/// The signatures of a text.
pub(crate) fn set(text: &str) -> Set {
    parse(text, Options::default()).unwrap_or_else(|errors| panic!("{errors:#?}"))
}

pub(crate) fn parse(text: &str, options: Options) -> Result<Set, Vec<String>> {
    let files = [(PathBuf::from("a.yml"), text.to_owned())];
    Set::parse(&files, options).map_err(|errors| errors.iter().map(ToString::to_string).collect())
}

/// The one error of a text.
pub(crate) fn error(text: &str) -> String {
    match parse(text, Options::default()) {
        Ok(_) => panic!("loads: {text}"),
        Err(errors) => {
            assert_eq!(errors.len(), 1, "{errors:#?}");
            errors.into_iter().next().unwrap()
        }
    }
}

/// A signature about executions with this detection (indented by two).
pub(crate) fn execution(detection: &str) -> String {
    format!("title: t\nlogsource:\n  category: process_creation\n  product: linux\ndetection:\n{detection}\n")
}

/// Titles of the signatures that match a row of the executions with this command line.
fn titles(set: &Set, command_line: &str) -> Vec<String> {
    let table = set.tables().named("executions").unwrap();
    let declared = &set.tables().all()[table];
    let row = OwnedRow::new(declared, 1).text(declared, "command_line", command_line).text(declared, "exe", "/bin/x");
    let mut found = Vec::new();
    signatures::Matcher::new(set).matches(table, &row, &mut found);
    found.iter().map(|index| set.signatures()[*index].metadata.title.clone()).collect()
}

#[test]
fn metadata_is_kept() {
    let set = set(
        "title: T\nid: 5af7\nname: n\nlevel: high\nauthor: A\nlicense: DRL 1.1\ntags:\n- attack.execution\n- attack.t1059.004\nreferences:\n- https://example.org\nfalsepositives: many\ntracee: TRC-101\nlogsource:\n  service: auditd\ndetection:\n  s:\n    type: EXECVE\n  condition: s\n",
    );
    let signature = &set.signatures()[0];
    let metadata = &signature.metadata;
    assert_eq!((metadata.title.as_str(), metadata.id.as_str(), metadata.level), ("T", "5af7", Level::High));
    assert_eq!(metadata.techniques().collect::<Vec<_>>(), ["T1059.004"]);
    assert_eq!(metadata.falsepositives, ["many"]);
    assert_eq!(metadata.others, [("tracee".to_owned(), "TRC-101".to_owned())]);
    assert_eq!((metadata.author.as_str(), metadata.license.as_str(), signature.line), ("A", "DRL 1.1", 1));
}

#[test]
fn errors_name_file_line_column_and_field() {
    for (text, expected) in [
        (
            execution("  s:\n    Imgae: x\n  condition: s"),
            "a.yml:7:5: detection.s.Imgae: unknown field \"Imgae\"; did you mean Image?",
        ),
        (
            execution("  s:\n    Image|containz: x\n  condition: s"),
            "a.yml:7:5: detection.s.Image|containz: unknown modifier \"containz\"; did you mean contains?",
        ),
        (
            execution("  s:\n    ProcessId: abc\n  condition: s"),
            "a.yml:7:16: detection.s.ProcessId: wrong type: ProcessId is an integer, and \"abc\" is not an integer",
        ),
        (
            execution("  s:\n    ProcessId|contains: 4\n  condition: s"),
            "a.yml:7:25: detection.s.ProcessId|contains: wrong type: ProcessId is an integer, and this modifier needs text",
        ),
        (
            execution("  s:\n    Image|gt: 4\n  condition: s"),
            "a.yml:7:15: detection.s.Image|gt: wrong type: Image is text, and an order needs an integer",
        ),
        (
            execution("  s:\n    Image: x\n  condition: s and not filtr"),
            "a.yml:8:24: detection.condition: unknown search \"filtr\"; no search has this name",
        ),
        (
            execution("  s:\n    Image|re: '(?=x)'\n  condition: s"),
            "a.yml:7:15: detection.s.Image|re: regular expression: look-around, including look-ahead and look-behind, is not supported",
        ),
        (
            execution("  s:\n    Image|cidr: 10.0.0.1/8\n  condition: s"),
            "a.yml:7:17: detection.s.Image|cidr: \"10.0.0.1/8\" has bits behind its prefix",
        ),
        (execution("  s: []\n  condition: s"), "a.yml:6:6: detection.s: an empty search"),
        (execution("  s:\n    Image: x"), "a.yml:6:3: detection: the field condition is missing"),
        (
            "title: t\ntable: executons\ndetection:\n  s:\n    exe: x\n  condition: s\n".to_owned(),
            "a.yml:2:8: table: unknown table \"executons\"; did you mean executions?",
        ),
        (
            "title: t\ntable: file_accesses\ndetection:\n  s:\n    operation: opne\n  condition: s\n".to_owned(),
            "a.yml:5:16: detection.s.operation: unknown value \"opne\"; did you mean open?",
        ),
        ("title: t\nlevel: hihg\n".to_owned(), "a.yml:1:1: a detection, a correlation or a filter is missing"),
        ("title: [".to_owned(), "a.yml:2:1: YAML: while parsing a node, did not find expected node content"),
        (String::new(), "a.yml: there is no signature in it"),
    ] {
        assert_eq!(error(&text), expected, "{text}");
    }
}

#[test]
fn every_wrong_signature_is_told_at_once() {
    let text = format!("{}---\n{}", execution("  s:\n    A: x\n  condition: s"), execution("  s: {}\n  condition: s"));
    let errors = parse(&text, Options::default()).unwrap_err();
    assert_eq!(errors.len(), 2, "{errors:?}");
    assert!(errors[1].starts_with("a.yml:15:6:"), "{errors:?}");
}

#[test]
fn global_reset_and_repeat_spell_out_documents() {
    let set = set(
        "action: global\nlogsource:\n  category: process_creation\nlevel: low\n---\ntitle: first\ndetection:\n  s:\n    CommandLine: a\n  condition: s\n---\naction: repeat\ntitle: second\ndetection:\n  s:\n    CommandLine: b\n---\naction: reset\n---\ntitle: third\nlogsource:\n  category: process_creation\ndetection:\n  s:\n    CommandLine: b\n  condition: s\n",
    );
    let levels: Vec<Level> = set.signatures().iter().map(|signature| signature.metadata.level).collect();
    assert_eq!(levels, [Level::Low, Level::Low, Level::Informational]);
    assert_eq!(titles(&set, "a"), ["first"]);
    assert_eq!(titles(&set, "b"), ["second", "third"]);
}

#[test]
fn filters_narrow_the_signatures_that_they_name() {
    let rules = "title: one\nid: 1\nlogsource:\n  category: process_creation\ndetection:\n  s:\n    CommandLine|contains: a\n  condition: s\n---\ntitle: two\nid: 2\nlogsource:\n  category: process_creation\ndetection:\n  s:\n    CommandLine|contains: a\n  condition: s\n---\n";
    let filter = |rules: &str| {
        format!(
            "title: f\nlogsource:\n  category: process_creation\nfilter:\n  rules: {rules}\n  own:\n    CommandLine|endswith: b\n  condition: not own\n"
        )
    };
    let named = set(&format!("{rules}{}", filter("[1]")));
    assert_eq!(titles(&named, "ab"), ["two"]);
    assert_eq!(titles(&named, "ac"), ["one", "two"]);
    let any = set(&format!("{rules}{}", filter("any")));
    assert!(titles(&any, "ab").is_empty());
    let wrong = error(&format!("{rules}{}", filter("[3]")));
    assert!(wrong.contains("filter.rules[0]: unknown signature \"3\""), "{wrong}");
}

#[test]
fn lists_of_mappings_are_alternatives_and_keywords_need_no_field() {
    let searches = "  maps:\n  - CommandLine: a\n    Image: /bin/x\n  - CommandLine|endswith: z\n  words:\n  - k1\n  - k2\n  every:\n    '|all':\n    - m1\n    - m2\n";
    let matches = |condition: &str, line: &str| {
        !titles(&set(&execution(&format!("{searches}  condition: {condition}"))), line).is_empty()
    };
    assert!(matches("maps", "a") && matches("maps", "xZ") && !matches("maps", "b"));
    assert!(matches("words", "a k2 b") && !matches("words", "a k b"));
    assert!(matches("every", "m2 m1") && !matches("every", "m2"));
    assert!(matches("1 of them", "k1") && !matches("all of them", "a k1"));
    assert!(matches("all of them or not maps", "q"));
    assert!(matches("\n  - maps\n  - words", "k1") && matches("\n  - maps\n  - words", "a"));
}

#[test]
fn what_no_capture_holds_is_left_out_or_told() {
    let set = set(
        "title: part\nlogsource:\n  service: auditd\ndetection:\n  a:\n    type: EXECVE\n    a0: id\n  b:\n    type: ADD_USER\n  condition: 1 of them\n---\ntitle: whole\nlogsource:\n  service: auditd\ndetection:\n  b:\n    type: ADD_USER\n  condition: b\n---\ntitle: placeholder\nlogsource:\n  service: auditd\ndetection:\n  b:\n    exe|expand: '%admins%'\n  condition: b\n",
    );
    let [part, whole, placeholder] = set.signatures() else { panic!() };
    let why = "type: \"add_user\" is none of SYSCALL, EXECVE, PATH, CWD, SOCKADDR; the kernel makes no others";
    assert_eq!((part.not_evaluated(), part.impossible()), (None, vec![why]));
    assert_eq!(whole.not_evaluated(), Some(why));
    assert_eq!(placeholder.not_evaluated(), Some("the placeholder \"admins\" has no values"));
    assert!(matches!(part.body, Body::Rows { .. }));
}

#[test]
fn two_signatures_cannot_have_one_name() {
    let one = format!("id: x\n{}", execution("  s:\n    Image: x\n  condition: s"));
    assert_eq!(error(&format!("{one}---\n{one}")), "a.yml:11:1: a second signature called \"x\"; the first is a.yml:1");
}

#[test]
fn a_directory_is_read_with_everything_below_it_in_order() {
    let directory = tempfile::tempdir().unwrap();
    std::fs::create_dir(directory.path().join("b")).unwrap();
    for (name, title) in [("b/x.yml", "second"), ("a.yaml", "first"), ("c.yml", "third")] {
        let text = execution("  s:\n    Image: x\n  condition: s").replace("title: t", &format!("title: {title}"));
        std::fs::write(directory.path().join(name), text).unwrap();
    }
    std::fs::write(directory.path().join("README.md"), "no signature").unwrap();
    let set = Set::load(&[directory.path()], Options::default()).unwrap();
    let titles: Vec<&str> = set.signatures().iter().map(|signature| signature.metadata.title.as_str()).collect();
    assert_eq!(titles, ["first", "second", "third"]);
    let empty = tempfile::tempdir().unwrap();
    let errors = Set::load(&[empty.path()], Options::default()).unwrap_err();
    assert!(errors[0].to_string().contains("no signature file"), "{errors:?}");
}
