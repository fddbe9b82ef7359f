//! The examples of `docs/detection.md`.

use std::fs;
use std::path::Path;

use crate::expectation::Expectations;
use crate::suppression::Suppressions;
use crate::template::Template;

/// The examples of a language, in their order.
fn examples(language: &str) -> Vec<String> {
    let page = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/detection.md")).unwrap();
    let blocks = page.split("```").skip(1).step_by(2);
    blocks.filter_map(|block| block.strip_prefix(&format!("{language}\n")).map(str::to_owned)).collect()
}

#[test]
fn the_examples_of_the_page_are_right() {
    let folder = tempfile::tempdir().unwrap();
    let [suppressions, expectations] = <[String; 2]>::try_from(examples("yaml")).unwrap();
    let path = folder.path().join("example.yaml");
    fs::write(&path, suppressions).unwrap();
    let read = Suppressions::read(&path, 0).unwrap();
    assert!(read.expired().is_empty());
    fs::write(&path, expectations).unwrap();
    assert_eq!(Expectations::read(&path).unwrap().tests.len(), 2);
    let [template] = <[String; 1]>::try_from(examples("json")).unwrap();
    Template::parse(&template).unwrap();
}
