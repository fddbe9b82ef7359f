//! Findings as a log of SARIF 2.1.0 (OASIS), for what shows results of checks: code hosting, editors.
//!
//! Messages of SARIF may hold links and placeholders, so what was recorded stands in them with such characters spelled out;
//! as it is it stands in `properties` alone, which nothing renders.

use std::collections::BTreeMap;
use std::io::{self, Write};

use analyzer::json::is_active;
use analyzer::text::timestamp;
use serde_json::ser::{CompactFormatter, Formatter};
use serde_json::{Value, json};
use signatures::{Level, Signature};

use crate::json;
use crate::report::{Report, identity, tracee_id, version};

/// Results in one log: those who read it take no more. The others are counted.
pub const MAX_RESULTS: usize = 25_000;
/// Characters of a recorded text in a message.
const MAX_SHOWN: usize = 200;

const SCHEMA: &str = "https://json.schemastore.org/sarif-2.1.0.json";

/// A log that is being put together.
#[derive(Debug, Default)]
pub struct Log {
    rules: Vec<Value>,
    /// By index of the signature in the set: the index of its rule.
    indices: BTreeMap<usize, usize>,
    results: Vec<Value>,
    left_out: u64,
    has_suppressed: bool,
    notifications: Vec<Value>,
    captures: Vec<Value>,
}

impl Log {
    /// Adds a signature to the rules, before its results.
    pub fn rule(&mut self, index: usize, signature: &Signature) {
        self.indices.insert(index, self.rules.len());
        self.rules.push(rule(signature));
    }

    /// Says of a capture that it was looked at.
    pub fn capture(&mut self, about: &crate::report::About) {
        self.captures.push(json!({
            "capture": about.capture, "captureId": about.capture_id, "hostId": about.host_id, "bootId": about.boot_id,
        }));
    }

    /// Adds a finding.
    pub fn add(&mut self, report: &Report<'_>) {
        if self.results.len() >= MAX_RESULTS {
            self.left_out += 1;
            return;
        }
        self.has_suppressed |= report.suppressed.is_some();
        let mut result = result(report);
        if let Some(index) = self.indices.get(&report.finding.signature) {
            put(&mut result, "ruleIndex", json!(index));
        }
        self.results.push(result);
    }

    /// Says what the results do not: losses, damage, signatures that are not evaluated.
    pub fn note(&mut self, text: &str) {
        self.notifications.push(json!({ "level": "warning", "message": { "text": plain(text) } }));
    }

    /// Writes the log of a run that came to its end; `version` is that of the program.
    ///
    /// # Errors
    /// Of `out`.
    pub fn write(mut self, out: &mut dyn Write, version: &str) -> io::Result<()> {
        if self.left_out > 0 {
            let left_out = self.left_out;
            self.note(&format!("{left_out} more results are left out of this log"));
        }
        // Where one result says whether it is suppressed, each has to.
        if self.has_suppressed {
            for result in self.results.iter_mut().filter(|result| result.get("suppressions").is_none()) {
                result["suppressions"] = json!([]);
            }
        }
        let log = json!({
            "$schema": SCHEMA,
            "version": "2.1.0",
            "runs": [{
                "tool": { "driver": { "name": "tracee", "semanticVersion": version, "rules": self.rules } },
                "columnKind": "unicodeCodePoints",
                "invocations": [{ "executionSuccessful": true, "toolExecutionNotifications": self.notifications }],
                "results": self.results,
                "properties": { "captures": self.captures, "resultsLeftOut": self.left_out },
            }],
        });
        let mut serializer = serde_json::Serializer::with_formatter(&mut *out, Quiet);
        serde::Serialize::serialize(&log, &mut serializer)?;
        out.write_all(b"\n")
    }
}

/// What SARIF calls a severity.
pub fn level(level: Level) -> &'static str {
    match level {
        Level::Informational | Level::Low => "note",
        Level::Medium => "warning",
        Level::High | Level::Critical => "error",
    }
}

/// The severity as a score, as those who show results of security checks sort by: 0.0 to 10.0.
pub fn score(level: Level) -> &'static str {
    match level {
        Level::Informational => "0.0",
        Level::Low => "3.0",
        Level::Medium => "5.5",
        Level::High => "8.0",
        Level::Critical => "9.5",
    }
}

fn rule(signature: &Signature) -> Value {
    let metadata = &signature.metadata;
    let description = if metadata.description.is_empty() { &metadata.title } else { &metadata.description };
    let mut tags = vec!["security".to_owned()];
    tags.extend(metadata.techniques().map(|technique| format!("external/attack/{}", technique.to_ascii_lowercase())));
    let mut help = description.clone();
    for (what, lines) in [("May also be", &metadata.falsepositives), ("See", &metadata.references)] {
        for line in lines {
            help.push_str(&format!("\n{what}: {line}"));
        }
    }
    let mut rule = json!({
        "id": identity(signature),
        "shortDescription": { "text": plain(&metadata.title) },
        "fullDescription": { "text": plain(description) },
        "help": { "text": help.lines().map(plain).collect::<Vec<_>>().join("\n") },
        "defaultConfiguration": { "level": level(metadata.level) },
        "properties": {
            "tags": tags,
            "security-severity": score(metadata.level),
            "severity": metadata.level.name(),
            "techniques": metadata.techniques().collect::<Vec<_>>(),
            "author": metadata.author,
            "status": metadata.status,
            "version": version(metadata),
            "traceeId": tracee_id(signature),
        },
    });
    if let Some(link) = metadata.references.iter().find(|link| is_link(link)) {
        put(&mut rule, "helpUri", json!(link));
    }
    rule
}

/// Adds a member to an object.
fn put(object: &mut Value, name: &str, value: Value) {
    if let Some(members) = object.as_object_mut() {
        members.insert(name.to_owned(), value);
    }
}

fn result(report: &Report<'_>) -> Value {
    let (finding, metadata) = (report.finding, report.metadata());
    let lineage: Vec<&str> = report.lineage().map(|process| process.comm.as_str()).collect();
    let who = finding.process.as_ref().map_or_else(String::new, |process| {
        let exe = process.exe.as_deref().unwrap_or(&process.comm);
        format!(": {}, process {}", plain(exe), process.host_pid)
    });
    let when = report.last().map_or_else(String::new, |row| format!(", {} UTC", timestamp(row.ts_ns)));
    let mut location = json!({
        "physicalLocation": {
            "artifactLocation": { "uri": uri(&report.about.capture) },
            "region": { "startLine": 1 },
        },
    });
    if let Some(name) = lineage.first() {
        let from_oldest: Vec<&str> = lineage.iter().rev().copied().collect();
        let process = json!([{ "name": name, "fullyQualifiedName": from_oldest.join(" > "), "kind": "process" }]);
        put(&mut location, "logicalLocations", process);
    }
    // The object that every other output has; it was just written, so it can be read.
    let own: Value = serde_json::from_str(&json::line(report)).unwrap_or_default();
    let mut result = json!({
        "ruleId": identity(report.signature),
        "level": level(metadata.level),
        "kind": "fail",
        "message": { "text": format!("{}{who}{when}", plain(&metadata.title)) },
        "locations": [location],
        "partialFingerprints": { "traceeFinding/v1": report.fingerprint() },
        "properties": { "finding": own },
    });
    if let Some(suppressed) = report.suppressed {
        let why = json!([{
            "kind": "external", "status": "accepted", "justification": plain(&suppressed.reason),
            "properties": { "expires": suppressed.expires, "place": suppressed.place },
        }]);
        put(&mut result, "suppressions", why);
    }
    result
}

/// The text for a message: in one line, not too long, and without what SARIF and those who render it give a meaning.
fn plain(text: &str) -> String {
    let mut shown = String::new();
    for c in text.chars().take(MAX_SHOWN) {
        match c {
            '[' | ']' | '{' | '}' | '<' | '>' | '`' => shown.push_str(&format!("%{:02X}", u32::from(c))),
            c if is_active(c) => shown.push_str(&c.escape_unicode().to_string()),
            c => shown.push(c),
        }
    }
    if text.chars().nth(MAX_SHOWN).is_some() {
        shown.push('…');
    }
    shown
}

/// The path as a URI reference.
fn uri(path: &str) -> String {
    let mut uri = String::from(if path.starts_with('/') { "file://" } else { "" });
    for byte in path.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'/' => uri.push(char::from(byte)),
            _ => uri.push_str(&format!("%{byte:02X}")),
        }
    }
    uri
}

fn is_link(text: &str) -> bool {
    let is_plain = |byte: u8| byte.is_ascii_graphic() && !b"<>\"\\^`{|}".contains(&byte);
    (text.starts_with("https://") || text.starts_with("http://")) && text.bytes().all(is_plain)
}

/// JSON in which nothing is left that a terminal or what runs a job would obey.
struct Quiet;

impl Formatter for Quiet {
    fn write_string_fragment<W: ?Sized + Write>(&mut self, out: &mut W, fragment: &str) -> io::Result<()> {
        let mut plain = CompactFormatter;
        if !fragment.contains(is_active) && !fragment.contains("##[") {
            return plain.write_string_fragment(out, fragment);
        }
        for (at, c) in fragment.char_indices() {
            let begins_command = c == '[' && fragment.get(..at).is_some_and(|before| before.ends_with("##"));
            if is_active(c) || begins_command {
                for unit in c.encode_utf16(&mut [0; 2]) {
                    write!(out, "\\u{unit:04x}")?;
                }
            } else {
                write!(out, "{c}")?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::{Log, plain, uri};
    use crate::report::Suppressed;
    use crate::testing::{about, finding, report, signature};

    fn written(log: Log) -> (String, Value) {
        let mut out = Vec::new();
        log.write(&mut out, "1.2.3").unwrap();
        let text = String::from_utf8(out).unwrap();
        let value = serde_json::from_str(&text).unwrap();
        (text, value)
    }

    #[test]
    fn a_log_has_what_the_standard_requires() {
        let (signature, about, finding) = (signature(), about(), finding());
        let mut log = Log::default();
        log.rule(0, &signature);
        log.capture(&about);
        log.add(&report(&signature, &about, &finding));
        let (text, value) = written(log);
        assert!(!text.trim_end().contains(|c: char| c.is_control() || c == '\u{202e}') && !text.contains("##["));
        assert_eq!(value["version"], "2.1.0");
        let run = &value["runs"][0];
        let rule = &run["tool"]["driver"]["rules"][0];
        assert_eq!(rule["id"], run["results"][0]["ruleId"]);
        assert_eq!(rule["properties"]["security-severity"], "8.0");
        assert_eq!(rule["helpUri"], "https://attack.mitre.org/techniques/T1190/");
        let result = &run["results"][0];
        assert_eq!((&result["ruleIndex"], &result["level"]), (&0.into(), &"error".into()));
        assert_eq!(result["partialFingerprints"]["traceeFinding/v1"].as_str().unwrap().len(), 32);
        assert_eq!(result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"], "build.cap");
        assert_eq!(result["locations"][0]["logicalLocations"][0]["fullyQualifiedName"], "nginx > sh\x1b[31m");
        assert!(result.get("suppressions").is_none());
        assert_eq!(result["properties"]["finding"]["process"]["host_pid"], 4711);
        assert_eq!(run["invocations"][0]["executionSuccessful"], true);
    }

    #[test]
    fn where_one_result_is_suppressed_each_says_whether() {
        let (signature, about, finding) = (signature(), about(), finding());
        let suppressed =
            Suppressed { reason: "known [x](y)".to_owned(), expires: "never".to_owned(), place: "s:1".to_owned() };
        let mut log = Log::default();
        log.rule(0, &signature);
        log.add(&report(&signature, &about, &finding));
        let mut other = report(&signature, &about, &finding);
        other.suppressed = Some(&suppressed);
        log.add(&other);
        let (_, value) = written(log);
        let results = &value["runs"][0]["results"];
        assert_eq!(results[0]["suppressions"], Value::Array(Vec::new()));
        assert_eq!(results[1]["suppressions"][0]["kind"], "external");
        assert_eq!(results[1]["suppressions"][0]["justification"], "known %5Bx%5D(y)");
    }

    #[test]
    fn a_message_has_no_links_and_no_placeholders() {
        assert_eq!(plain("[a](b) {0} \x1b<i>"), "%5Ba%5D(b) %7B0%7D \\u{1b}%3Ci%3E");
        assert_eq!(plain(&"x".repeat(300)).chars().count(), 201);
    }

    #[test]
    fn a_path_is_a_uri() {
        assert_eq!([uri("a b/ü.cap"), uri("/x")], ["a%20b/%C3%BC.cap", "file:///x"]);
    }
}
