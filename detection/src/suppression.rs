//! Suppressions: findings that somebody has looked at and that do not count, by signature and conditions, with a reason and
//! a day on which that ends. `docs/detection.md` has the form of the file.

use std::path::Path;

use policy::calendar::civil;
use policy::names;
use signatures::document::{self, At};
use signatures::{Error, Set};

use crate::field;
use crate::report::{Report, Suppressed, is_called};

/// Suppressions in one file.
const MAX_SUPPRESSIONS: usize = 10_000;
const NS_PER_DAY: i64 = 86_400 * 1_000_000_000;

/// A year, a month and a day.
type Date = (i64, i64, i64);

/// Suppressions that were read from a file.
#[derive(Clone, Debug, Default)]
pub struct Suppressions {
    entries: Vec<Entry>,
    /// Place, signature and last day of those that have ended.
    expired: Vec<(String, String, String)>,
}

#[derive(Clone, Debug)]
struct Entry {
    id: String,
    /// Field and patterns, one of which has to fit; all fields have to.
    conditions: Vec<(String, Vec<String>)>,
    told: Suppressed,
}

impl Suppressions {
    /// Reads a file; those that ended before `now_ns` (UTC) are kept apart.
    ///
    /// # Errors
    /// It cannot be read, is no YAML of this form, or a reason or a day is missing.
    pub fn read(path: &Path, now_ns: i64) -> Result<Suppressions, Error> {
        let mut suppressions = Suppressions::default();
        let of_file = |error: Error| error.file(path);
        for document in document::read(path)?.iter().filter(|document| !document.is_null()) {
            let root = At::root(document);
            root.known(&["suppressions"]).map_err(of_file)?;
            for entry in root.required("suppressions").and_then(|list| list.list()).map_err(of_file)? {
                suppressions.add(&entry, path, now_ns).map_err(of_file)?;
            }
        }
        Ok(suppressions)
    }

    fn add(&mut self, entry: &At<'_>, path: &Path, now_ns: i64) -> Result<(), Error> {
        if self.entries.len() + self.expired.len() >= MAX_SUPPRESSIONS {
            return Err(entry.wrong(format!("more than {MAX_SUPPRESSIONS} suppressions")));
        }
        entry.known(&["id", "reason", "expires", "where"])?;
        let id = not_empty(&entry.required("id")?)?;
        let reason = not_empty(&entry.required("reason")?)?;
        let expires = entry.required("expires")?;
        let last_day = date(&expires)?;
        let mut conditions = Vec::new();
        if let Some(fields) = entry.get("where")? {
            for (key, node) in fields.entries()? {
                let patterns = At { node, path: fields.below(&key.name) }.texts()?;
                conditions.push((key.name.clone(), patterns));
            }
        }
        let place = format!("{}:{}", path.display(), entry.node.line);
        let told = Suppressed { reason, expires: expires.text()?.to_owned(), place };
        if last_day.is_some_and(|last| civil(now_ns.div_euclid(NS_PER_DAY)) > last) {
            self.expired.push((told.place, id, told.expires));
        } else {
            self.entries.push(Entry { id, conditions, told });
        }
        Ok(())
    }

    /// Whether every id is that of a signature of the set, or `*`; conditions are columns that one of its tables has.
    ///
    /// # Errors
    /// Sentences about those that are not.
    pub fn check(&self, set: &Set) -> Result<(), Vec<String>> {
        let known = |id: &str| set.signatures().iter().any(|signature| is_called(signature, id));
        let columns: Vec<&str> = set
            .tables()
            .all()
            .iter()
            .flat_map(|table| table.columns.iter().map(|column| column.name.as_str()))
            .collect();
        let mut wrong = Vec::new();
        for entry in &self.entries {
            if entry.id != "*" && !known(&entry.id) {
                wrong.push(format!("{}: no signature is called {:?}", entry.told.place, entry.id));
            }
            for (name, _) in &entry.conditions {
                let column = name.strip_prefix("evidence.").unwrap_or(name);
                if !field::NAMES.contains(&name.as_str()) && !columns.contains(&column) {
                    let all = field::NAMES.iter().chain(&columns).copied();
                    let why = names::unknown_or("field", name, all, "columns of the signature's table can be named");
                    wrong.push(format!("{}: {why}", entry.told.place));
                }
            }
        }
        if wrong.is_empty() { Ok(()) } else { Err(wrong) }
    }

    /// Adds those of another file.
    pub fn extend(&mut self, other: Suppressions) {
        self.entries.extend(other.entries);
        self.expired.extend(other.expired);
    }

    /// Place, signature and last day of those that have ended.
    pub fn expired(&self) -> &[(String, String, String)] {
        &self.expired
    }

    /// Why this finding does not count; the first that fits.
    pub fn of(&self, report: &Report<'_>) -> Option<&Suppressed> {
        let is_meant = |entry: &&Entry| {
            (entry.id == "*" || is_called(report.signature, &entry.id))
                && entry.conditions.iter().all(|(name, patterns)| field::fits(report, name, patterns))
        };
        self.entries.iter().find(is_meant).map(|entry| &entry.told)
    }
}

fn not_empty(at: &At<'_>) -> Result<String, Error> {
    let text = at.text()?.trim();
    if text.is_empty() { Err(at.wrong("is empty")) } else { Ok(text.to_owned()) }
}

/// The day; `None` for never.
fn date(at: &At<'_>) -> Result<Option<Date>, Error> {
    let text = at.text()?;
    if text == "never" {
        return Ok(None);
    }
    let wrong = || at.wrong("must be a day like 2026-12-31, or never");
    let parts: Vec<&str> = text.split('-').collect();
    let &[year, month, day] = parts.as_slice() else { return Err(wrong()) };
    let is_written = [(year, 4), (month, 2), (day, 2)]
        .iter()
        .all(|(part, digits)| part.len() == *digits && part.bytes().all(|byte| byte.is_ascii_digit()));
    let number = |part: &str| part.parse::<i64>().map_err(|_| wrong());
    let date = (number(year)?, number(month)?, number(day)?);
    let days = match date.1 {
        4 | 6 | 9 | 11 => 30,
        2 if date.0 % 4 == 0 && (date.0 % 100 != 0 || date.0 % 400 == 0) => 29,
        2 => 28,
        _ => 31,
    };
    if is_written && (1..=12).contains(&date.1) && (1..=days).contains(&date.2) { Ok(Some(date)) } else { Err(wrong()) }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::Suppressions;
    use crate::testing::{about, finding, report, set, signature};

    /// 2026-06-30 12:00 UTC.
    const NOW_NS: i64 = 1_782_820_800_000_000_000;

    fn read(yaml: &str) -> Result<Suppressions, String> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("s.yml");
        fs::write(&path, yaml).unwrap();
        Suppressions::read(&path, NOW_NS)
            .map_err(|error| error.to_string().replace(&path.display().to_string(), "s.yml"))
    }

    fn fits(rest: &str) -> bool {
        let yaml = format!("suppressions:\n  - id: TRC-1016\n    reason: known\n    expires: never\n{rest}");
        let (suppressions, signature, about, finding) = (read(&yaml).unwrap(), signature(), about(), finding());
        suppressions.check(&set()).unwrap();
        suppressions.of(&report(&signature, &about, &finding)).is_some()
    }

    #[test]
    fn all_conditions_must_fit_and_one_of_several_patterns() {
        assert!(fits(""));
        assert!(fits("    where:\n      exe: /usr/bin/*\n      uid: [0, 33]\n"));
        assert!(!fits("    where:\n      exe: /usr/bin/*\n      uid: 0\n"));
        assert!(!fits("    where:\n      parent_exe: '*'\n"));
    }

    #[test]
    fn the_last_day_is_part_of_it() {
        let one = |day: &str| read(&format!("suppressions:\n  - {{id: '*', reason: r, expires: {day}}}\n")).unwrap();
        assert_eq!((one("2026-06-30").entries.len(), one("2026-06-30").expired().len()), (1, 0));
        let ended = one("2026-06-29");
        assert!(ended.entries.is_empty() && ended.expired()[0].0.ends_with("s.yml:2"));
        assert_eq!(ended.expired()[0].2, "2026-06-29");
    }

    #[test]
    fn what_is_wrong_is_said_with_its_place() {
        for (yaml, told) in [
            (
                "suppressions:\n  - id: a\n    expires: never\n",
                "s.yml:2:5: suppressions[0]: the field reason is missing",
            ),
            ("suppressions:\n  - {id: a, reason: r}\n", "s.yml:2:5: suppressions[0]: the field expires is missing"),
            (
                "suppressions:\n  - {id: a, reason: ' ', expires: never}\n",
                "s.yml:2:21: suppressions[0].reason: is empty",
            ),
            (
                "suppressions:\n  - {id: a, reason: r, expires: 2026-02-29}\n",
                "s.yml:2:33: suppressions[0].expires: must be a day like 2026-12-31, or never",
            ),
            ("suppressions:\n  - {id: a, reason: r, expires: never, exe: x}\n", "unknown field \"exe\"; there are id"),
            ("suppressions: [", "YAML: "),
            ("suppressions: x\n", "s.yml:1:15: suppressions: must be a list, not text"),
        ] {
            let error = read(yaml).unwrap_err();
            assert!(error.contains(told), "{error}");
        }
    }

    #[test]
    fn a_suppression_of_nothing_is_told() {
        let yaml = "suppressions:\n  - {id: TRC-0, reason: r, expires: never, where: {exee: x}}\n";
        let wrong = read(yaml).unwrap().check(&set()).unwrap_err();
        assert!(wrong[0].contains("no signature is called \"TRC-0\""), "{wrong:?}");
        assert!(wrong[1].contains("unknown field \"exee\"; did you mean exe?"), "{wrong:?}");
    }
}
