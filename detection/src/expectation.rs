//! Expected findings: what signatures have to find in captures, as a file says it, and how what they found differs.
//! `docs/signatures.md` has the form of the file.

use std::path::{Path, PathBuf};

use policy::error::quoted;
use policy::names;
use signatures::Error;
use signatures::document::{self, At};

use crate::field;
use crate::report::{Report, identity, is_called, tracee_id};

/// Differences of one test that are told.
const MAX_DIFFERENCES: usize = 20;

/// A file of expected findings.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Expectations {
    /// Files and directories of the signatures; none for the built-in ones.
    pub signatures: Vec<PathBuf>,
    /// What they have to find.
    pub tests: Vec<Test>,
}

/// What has to be found in one capture.
#[derive(Clone, Debug, PartialEq)]
pub struct Test {
    /// What it shows.
    pub name: String,
    /// The capture.
    pub capture: PathBuf,
    /// What has to be found.
    expected: Vec<Expected>,
    /// Whether signatures that are not named may find something.
    others: bool,
}

#[derive(Clone, Debug, PartialEq)]
struct Expected {
    signature: String,
    count: u64,
    /// Field and patterns, one of which has to fit.
    fields: Vec<(String, Vec<String>)>,
}

impl Expectations {
    /// Reads a file; paths in it are relative to it.
    ///
    /// # Errors
    /// It cannot be read, or is no YAML of this form.
    pub fn read(path: &Path) -> Result<Expectations, Error> {
        let folder = path.parent().unwrap_or(Path::new(""));
        let mut expectations = Expectations::default();
        for node in document::read(path)?.iter().filter(|node| !node.is_null()) {
            expectations.add(&At::root(node), folder).map_err(|error| error.file(path))?;
        }
        if expectations.tests.is_empty() {
            return Err(Error::new("there is no test in it").file(path));
        }
        Ok(expectations)
    }

    fn add(&mut self, root: &At<'_>, folder: &Path) -> Result<(), Error> {
        root.known(&["signatures", "tests"])?;
        if let Some(paths) = root.get("signatures")? {
            self.signatures.extend(paths.texts()?.iter().map(|path| folder.join(path)));
        }
        for test in root.required("tests")?.list()? {
            test.known(&["name", "capture", "expect", "others"])?;
            let capture = test.required("capture")?.text()?;
            let name = test.get("name")?.map(|name| name.text()).transpose()?.unwrap_or(capture);
            let others = test.get("others")?.map(|others| others.boolean()).transpose()?.unwrap_or(false);
            let expected = test.required("expect")?.list()?.iter().map(Expected::of).collect::<Result<_, _>>()?;
            self.tests.push(Test { name: name.to_owned(), capture: folder.join(capture), expected, others });
        }
        Ok(())
    }
}

impl Expected {
    fn of(at: &At<'_>) -> Result<Expected, Error> {
        at.known(&["signature", "count", "fields"])?;
        let count = match at.get("count")? {
            None => 1,
            Some(count) => {
                let text = count.text()?;
                text.parse().map_err(|_| count.wrong(format!("must be a number, not {}", quoted(text))))?
            }
        };
        let mut fields = Vec::new();
        if let Some(wanted) = at.get("fields")? {
            for (key, node) in wanted.entries()? {
                let patterns = At { node, path: wanted.below(&key.name) }.texts()?;
                fields.push((key.name.clone(), patterns));
            }
        }
        Ok(Expected { signature: at.required("signature")?.text()?.to_owned(), count, fields })
    }

    fn misfits<'e>(&'e self, report: &Report<'_>) -> Vec<&'e (String, Vec<String>)> {
        self.fields.iter().filter(|(name, patterns)| !field::fits(report, name, patterns)).collect()
    }
}

impl Test {
    /// The signatures that it names.
    pub fn signatures(&self) -> impl Iterator<Item = &str> {
        self.expected.iter().map(|expected| expected.signature.as_str())
    }

    /// How what was found differs from what was expected, a sentence each; none when it does not.
    pub fn differences(&self, reports: &[Report<'_>]) -> Vec<String> {
        let mut found = vec![0u64; self.expected.len()];
        let mut stray = Vec::new();
        for report in reports {
            let fits = |expected: &&Expected| {
                is_called(report.signature, &expected.signature) && expected.misfits(report).is_empty()
            };
            match self.expected.iter().position(|expected| fits(&expected)) {
                Some(index) => found.iter_mut().skip(index).take(1).for_each(|count| *count += 1),
                None => stray.push(report),
            }
        }
        let mut differences = Vec::new();
        for (expected, found) in self.expected.iter().zip(found).filter(|(expected, found)| expected.count != *found) {
            let Expected { signature, count, fields } = expected;
            let which = if fields.is_empty() { "" } else { " with these fields" };
            let mut told = format!("{signature}: expected {count}{which}, found {found}");
            let near = stray.iter().filter(|report| is_called(report.signature, signature));
            if found < *count
                && let Some(nearest) = near.min_by_key(|report| expected.misfits(report).len())
            {
                told.push_str(&format!("; one has {}", other_values(expected, nearest)));
            }
            differences.push(told);
        }
        let is_named = |report: &Report<'_>| self.signatures().any(|name| is_called(report.signature, name));
        for report in stray.into_iter().filter(|report| !self.others || is_named(report)) {
            let name = tracee_id(report.signature).unwrap_or_else(|| identity(report.signature));
            let exe = field::values(report, "exe").first().map(|exe| format!(" by {exe}")).unwrap_or_default();
            let keys: Vec<String> =
                report.finding.evidence.iter().map(|row| format!("{} {}", row.event, row.event_key)).collect();
            differences.push(format!("{name}: not expected{exe} ({})", keys.join(", ")));
        }
        if differences.len() > MAX_DIFFERENCES {
            let more = differences.len() - MAX_DIFFERENCES;
            differences.truncate(MAX_DIFFERENCES);
            differences.push(format!("and {more} more"));
        }
        differences
    }

    /// Names of signatures that no signature of the set answers to: such a test would say nothing.
    pub fn unknown(&self, set: &signatures::Set) -> Option<String> {
        let all = set.signatures();
        let unknown = self.signatures().find(|name| !all.iter().any(|signature| is_called(signature, name)))?;
        let known = all.iter().map(|signature| tracee_id(signature).unwrap_or_else(|| identity(signature)));
        Some(names::unknown_or("signature", unknown, known, "`tracee list signatures` shows the built-in ones"))
    }
}

/// The fields of a finding that are not as expected.
fn other_values(expected: &Expected, report: &Report<'_>) -> String {
    let other = |(name, patterns): &(String, Vec<String>)| {
        let values = field::values(report, name);
        let has = if values.is_empty() { "no value".to_owned() } else { format!("\"{}\"", values.join("\", \"")) };
        format!("{name} = {has}, not \"{}\"", patterns.join("\" or \""))
    };
    expected.misfits(report).into_iter().map(other).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::Path;

    use super::Expectations;
    use crate::testing::{about, finding, report, set, signature};

    fn read(yaml: &str) -> Result<Expectations, String> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("t.yml");
        fs::write(&path, yaml).unwrap();
        Expectations::read(&path).map_err(|error| error.to_string().replace(&path.display().to_string(), "t.yml"))
    }

    /// The differences of one finding.
    fn differences(test: &str) -> Vec<String> {
        let expectations = read(&format!("tests:\n  - capture: a.tracee\n{test}")).unwrap();
        let (signature, about, finding) = (signature(), about(), finding());
        expectations.tests[0].differences(&[report(&signature, &about, &finding)])
    }

    #[test]
    fn what_is_as_expected_differs_in_nothing() {
        assert!(differences("    expect:\n      - {signature: TRC-1016, fields: {exe: '*/sh', uid: 33}}\n").is_empty());
        assert!(differences("    expect: []\n    others: true\n").is_empty());
    }

    #[test]
    fn each_difference_is_told() {
        let unexpected = "TRC-1016: not expected by /usr/bin/sh (sched_process_exec 9)";
        assert_eq!(differences("    expect: []\n"), [unexpected]);
        assert_eq!(
            differences("    expect:\n      - {signature: TRC-1016, count: 2}\n"),
            ["TRC-1016: expected 2, found 1"]
        );
        assert_eq!(
            differences(
                "    expect:\n      - {signature: TRC-1016, fields: {exe: /bin/ash, uid: 33, parent_exe: x}}\n    others: true\n"
            ),
            [
                "TRC-1016: expected 1 with these fields, found 0; one has exe = \"/usr/bin/sh\", not \"/bin/ash\", parent_exe = no value, not \"x\"",
                unexpected
            ]
        );
    }

    #[test]
    fn a_file_says_where_it_is_wrong_and_paths_are_beside_it() {
        assert_eq!(read("tests: []\n").unwrap_err(), "t.yml: there is no test in it");
        let error =
            read("tests:\n  - capture: a\n    expect:\n      - signature: x\n        count: many\n").unwrap_err();
        assert_eq!(error, "t.yml:5:16: tests[0].expect[0].count: must be a number, not \"many\"");
        assert!(read("tests:\n  - {capture: a}\n").unwrap_err().contains("the field expect is missing"));
        let read = read("signatures: [s.yml]\ntests:\n  - {capture: a, expect: [{signature: x}]}\n").unwrap();
        assert!(read.tests[0].capture.is_absolute() && read.signatures[0].ends_with(Path::new("s.yml")));
        assert!(read.tests[0].unknown(&set()).unwrap().contains("unknown signature \"x\""));
    }
}
