//! Templates of what a webhook sends: text with `{{field}}` in it, for a finding's values.
//!
//! A value stands where a template has it between quotes, escaped as JSON wants it, so nothing that was recorded can change
//! what is around it. That what comes out is JSON is tried when a template is read.

use analyzer::query::place;
use serde_json::Value;
use signatures::Error;

use crate::json::sample;

/// Bytes of a template at the most.
pub const MAX_BYTES: usize = 64 << 10;
/// What stands for the whole finding as a JSON object, without quotes.
const WHOLE: &str = "finding";

/// A template that was read.
#[derive(Clone, Debug, PartialEq)]
pub struct Template {
    parts: Vec<Part>,
}

#[derive(Clone, Debug, PartialEq)]
enum Part {
    Text(String),
    /// Names of members, one inside the other.
    Value(Vec<String>),
    Whole,
}

impl Default for Template {
    /// The finding as it is in every other output.
    fn default() -> Template {
        Template { parts: vec![Part::Whole] }
    }
}

impl Template {
    /// Reads a template.
    ///
    /// # Errors
    /// It is too long, names what a finding does not have, or what comes out is not JSON; with line and column.
    pub fn parse(text: &str) -> Result<Template, Error> {
        if text.len() > MAX_BYTES {
            return Err(Error::new(format!("is longer than {MAX_BYTES} bytes")));
        }
        let sample = sample();
        let known: Value = serde_json::from_str(&sample).unwrap_or_default();
        let mut parts = Vec::new();
        let mut rest = text;
        while let Some((before, behind)) = rest.split_once("{{") {
            let place = place(text, text.len() - behind.len() - 2);
            let Some((name, after)) = behind.split_once("}}") else {
                return Err(Error::new("{{ without its }}").at(place));
            };
            let name = name.trim();
            parts.push(Part::Text(before.to_owned()));
            parts.push(if name == WHOLE {
                Part::Whole
            } else {
                Part::Value(path(name, &known).map_err(|error| error.at(place))?)
            });
            rest = after;
        }
        parts.push(Part::Text(rest.to_owned()));
        let template = Template { parts };
        let tried = template.fill(&sample);
        serde_json::from_str::<Value>(&tried).map_err(|error| {
            let why = error.to_string();
            let why = why.split(" at line ").next().unwrap_or_default();
            Error::new(format!("what comes out of it is not JSON: {why}; values belong between quotes"))
        })?;
        Ok(template)
    }

    /// The text for a finding.
    pub fn fill(&self, finding: &str) -> String {
        let value: Value = serde_json::from_str(finding).unwrap_or_default();
        let mut out = String::new();
        for part in &self.parts {
            match part {
                Part::Text(text) => out.push_str(text),
                Part::Whole => out.push_str(finding),
                Part::Value(path) => inside(&mut out, path.iter().fold(&value, |value, name| &value[name.as_str()])),
            }
        }
        out
    }
}

/// The names of a path, each of which has to be there.
fn path(name: &str, known: &Value) -> Result<Vec<String>, Error> {
    let mut value = known;
    let mut path = Vec::new();
    for part in name.split('.') {
        let members = value.as_object().into_iter().flat_map(|object| object.keys().map(String::as_str));
        match value.get(part) {
            Some(inner) => value = inner,
            None => {
                let members: Vec<&str> = members.chain([WHOLE]).collect();
                let otherwise = format!("there are {}", members.join(", "));
                return Err(Error::new(policy::names::unknown_or("field", name, members, &otherwise)));
            }
        }
        path.push(part.to_owned());
    }
    Ok(path)
}

/// Appends a value as it stands between quotes; nothing where there is none.
fn inside(out: &mut String, value: &Value) {
    let text = match value {
        Value::Null => return,
        Value::String(text) => text.clone(),
        Value::Array(members) if members.iter().all(Value::is_string) => {
            members.iter().filter_map(Value::as_str).collect::<Vec<_>>().join(", ")
        }
        other => other.to_string(),
    };
    let mut quoted = String::new();
    analyzer::json::string(&mut quoted, &text);
    out.push_str(quoted.get(1..quoted.len() - 1).unwrap_or_default());
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::Template;
    use crate::json::line;
    use crate::testing::{about, finding, report, signature};

    fn told() -> String {
        let (signature, about, finding) = (signature(), about(), finding());
        line(&report(&signature, &about, &finding))
    }

    #[test]
    fn values_stay_inside_their_quotes() {
        let template = "{\"text\": \"{{severity}}: {{ title }} by {{process.command_line}} ({{techniques}}, {{container_id}}{{suppressed}})\",\n \"all\": {{finding}}}";
        let filled = Template::parse(template).unwrap().fill(&told());
        let value: Value = serde_json::from_str(&filled).unwrap();
        let text = "high: Shell of a \"server\" by sh -c ##[group]\n::stop\u{202e}\" (T1190, c0ffee)";
        assert_eq!(value["text"], text);
        assert_eq!(value["all"]["process"]["host_pid"], 4711);
    }

    #[test]
    fn what_is_wrong_is_said_with_its_place() {
        for (template, told) in [
            ("{\n \"a\": \"{{titel}}\"}", "line 2, column 8: unknown field \"titel\"; did you mean title?"),
            ("{\"a\": \"{{process.exee}}\"}", "unknown field \"process.exee\""),
            ("{\"a\": \"{{title\"}", "line 1, column 8: {{ without its }}"),
            ("{\"a\": {{title}}}", "is not JSON"),
            ("{\"a\": \"{{finding}}\"}", "is not JSON"),
        ] {
            let error = Template::parse(template).unwrap_err().to_string();
            assert!(error.contains(told), "{error}");
        }
    }
}
