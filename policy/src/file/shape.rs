//! What a policy file's fields mean.

use crate::error::{Error, quoted};
use crate::events;
use crate::filter::{self, Filter, Target, Value};
use crate::limits::{MAX_EXPRESSIONS, MAX_FILTERS, MAX_RULES, MAX_VALUE_BYTES, MAX_VALUES};
use crate::names;
use crate::operator::Operator;
use crate::plan::{self, Policy, Rule};
use crate::scope::{self, Expression};
use crate::words;

use crate::yaml::{Content, Key, Node};

/// `apiVersion` and `kind` of Tracee's policies, now and before.
const VERSIONS: [(&str, &str); 2] =
    [("tracee.aquasec.com/v1beta1", "Policy"), ("aquasecurity.github.io/v1beta1", "TraceePolicy")];

/// A value with the path of fields that leads to it.
struct At<'a> {
    node: &'a Node,
    path: String,
}

type Entries<'a> = &'a [(Key, Node)];

/// The policy of one document, with the line and path of its name; `stem` is what a bare list is called.
pub(super) fn policy(document: &Node, stem: &str) -> Result<(Policy, usize, &'static str), Error> {
    let root = At { node: document, path: String::new() };
    match &document.content {
        Content::List(_) => bare(&root, stem),
        Content::Map(entries)
            if entries
                .iter()
                .any(|(key, _)| ["apiVersion", "kind", "metadata", "spec"].contains(&key.name.as_str())) =>
        {
            kubernetes(&root)
        }
        Content::Map(_) => plain(&root),
        _ => Err(root.wrong("a policy is a mapping with name, scope and rules, or a list of events")),
    }
}

/// `apiVersion`, `kind`, `metadata`, `spec`.
fn kubernetes(root: &At<'_>) -> Result<(Policy, usize, &'static str), Error> {
    root.fields(&["apiVersion", "kind", "metadata", "spec", "status"])?;
    let (version, kind) = (root.required("apiVersion")?, root.required("kind")?);
    let known = VERSIONS.iter().find(|(name, _)| version.text().is_ok_and(|version| version == *name));
    match known {
        None => {
            let why = names::unknown_or(
                "apiVersion",
                version.text()?,
                [VERSIONS[0].0],
                "tracee.aquasec.com/v1beta1 is known",
            );
            return Err(version.wrong(why));
        }
        Some((_, name)) if kind.text()? != *name => {
            return Err(kind.wrong(format!("is {}, and must be {name}", quoted(kind.text()?))));
        }
        Some(_) => {}
    }
    let name = root.required("metadata")?.required("name")?;
    let spec = root.required("spec")?;
    spec.fields(&["scope", "defaultActions", "rules"])?;
    let policy = body(&name, &spec)?;
    Ok((policy, name.node.line, "metadata.name"))
}

/// `name`, `description`, `scope`, `defaultActions`, `rules`.
fn plain(root: &At<'_>) -> Result<(Policy, usize, &'static str), Error> {
    root.fields(&["name", "description", "scope", "defaultActions", "defaultAction", "rules"])?;
    let name = root.required("name")?;
    let policy = body(&name, root)?;
    Ok((policy, name.node.line, "name"))
}

/// The scope and the rules.
fn body(name: &At<'_>, spec: &At<'_>) -> Result<Policy, Error> {
    let text = name.text()?;
    plan::check_name(text).map_err(|why| name.wrong(why))?;
    for actions in ["defaultActions", "defaultAction"] {
        if let Some(actions) = spec.field(actions)? {
            check_actions(&actions)?;
        }
    }
    let written = spec.required("scope")?;
    let members = written.list(MAX_EXPRESSIONS)?;
    if members.is_empty() {
        return Err(written.wrong("an empty scope; `- global` is everything"));
    }
    let mut scope = Vec::new();
    for member in &members {
        scope.push(Expression::parse(member.text()?).map_err(|why| member.wrong(why))?);
    }
    if let Some((at, why)) = scope::contradiction(&scope) {
        return Err(members.get(at).unwrap_or(&written).wrong(why));
    }
    let rules = rules(&spec.required("rules")?, &["event", "filters", "actions"])?;
    Ok(Policy { name: text.to_owned(), scope, rules })
}

/// A list of `event` and `args` alone, without a scope.
fn bare(root: &At<'_>, stem: &str) -> Result<(Policy, usize, &'static str), Error> {
    plan::check_name(stem).map_err(|why| root.wrong(format!("a list of events is called as its file: {why}")))?;
    let rules = rules(root, &["event", "args", "filters"])?;
    Ok((Policy { name: stem.to_owned(), scope: Vec::new(), rules }, root.node.line, ""))
}

fn rules(list: &At<'_>, fields: &[&str]) -> Result<Vec<Rule>, Error> {
    let mut rules: Vec<Rule> = Vec::new();
    for rule in list.list(MAX_RULES)? {
        rule.fields(fields)?;
        let name = rule.required("event")?;
        let event = events::named(name.text()?).map_err(|why| name.wrong(why))?;
        if rules.iter().any(|known| known.event == event.name) {
            return Err(name.wrong(plan::twice(event.name)));
        }
        if let Some(actions) = rule.field("actions")? {
            check_actions(&actions)?;
        }
        let mut filters = Vec::new();
        if let Some(written) = rule.field("filters")? {
            for member in written.list(MAX_FILTERS)? {
                filters.push(Filter::parse(member.text()?, Some(event)).map_err(|why| member.wrong(why))?);
            }
        }
        if let Some(args) = rule.field("args")? {
            arguments(&args, event, &mut filters)?;
            if filters.len() > MAX_FILTERS {
                return Err(args.wrong(format!("more than {MAX_FILTERS} filters")));
            }
        }
        rules.push(Rule { event: event.name.to_owned(), filters });
    }
    if rules.is_empty() {
        return Err(list.wrong("there is no rule"));
    }
    Ok(rules)
}

/// `args` of a bare list: a mapping of fields to values, or a list of comparisons without `data.` in front. A field without
/// a comparison is taken for what to show: every field is recorded anyway.
fn arguments(args: &At<'_>, event: &formats::event::Event, filters: &mut Vec<Filter>) -> Result<(), Error> {
    let test = |at: &At<'_>, name: &str, operator, values| {
        let target = if name == "retval" && filter::returns(event) {
            Target::Return
        } else {
            Target::Data(filter::data(name, Some(event)).map_err(|why| at.wrong(why))?)
        };
        Filter::test(target, operator, values, Some(event)).map_err(|why| at.wrong(why))
    };
    match &args.node.content {
        Content::Null => {}
        Content::Map(entries) => {
            for (key, node) in entries.iter() {
                let value = At { node, path: args.below(&key.name) };
                let members = match &node.content {
                    Content::List(_) => value.list(MAX_VALUES)?,
                    _ => vec![At { node, path: value.path.clone() }],
                };
                if members.is_empty() {
                    return Err(value.wrong("a value is missing"));
                }
                let mut values = Vec::new();
                for member in members {
                    values.push(literal(&member)?);
                }
                filters.push(test(&value, &key.name, Operator::Equal, values)?);
            }
        }
        _ => {
            for member in args.list(MAX_FILTERS)? {
                let written = member.text()?;
                match words::split(written).map_err(|why| member.wrong(why))? {
                    None => drop(filter::data(written.trim(), Some(event)).map_err(|why| member.wrong(why))?),
                    Some((name, operator, values)) => {
                        let name = name.strip_prefix("args.").or_else(|| name.strip_prefix("data.")).unwrap_or(name);
                        let values = words::list(values, |_| 0).map_err(|why| member.wrong(why))?;
                        let values = values.into_iter().map(|word| Value::new(word.text)).collect();
                        filters.push(test(&member, name, operator, values)?);
                    }
                }
            }
        }
    }
    Ok(())
}

/// A value that YAML has separated already: commas are its own, stars at its ends are open.
fn literal(at: &At<'_>) -> Result<Value, Error> {
    let text = at.text()?;
    if text.len() > MAX_VALUE_BYTES {
        return Err(at.wrong(format!("a value is longer than {MAX_VALUE_BYTES} bytes")));
    }
    if text.is_empty() {
        return Ok(Value::new(crate::text::Text::exact("")));
    }
    words::whole(text).map(Value::new).map_err(|why| at.wrong(why))
}

/// What Tracee's policies do with a match; a recording has only one thing to do.
fn check_actions(actions: &At<'_>) -> Result<(), Error> {
    match &actions.node.content {
        Content::Null | Content::Text(_) => Ok(()),
        _ => {
            for action in actions.list(MAX_RULES)? {
                action.text()?;
            }
            Ok(())
        }
    }
}

impl<'a> At<'a> {
    /// An error at this place.
    fn wrong(&self, why: impl Into<String>) -> Error {
        Error::new(why).field(self.path.clone()).line(self.node.line)
    }

    /// The path of a field in this one.
    fn below(&self, name: &str) -> String {
        let is_plain =
            (1..=64).contains(&name.len()) && name.bytes().all(|b| b.is_ascii_alphanumeric() || b"_-.".contains(&b));
        let name = if is_plain { name.to_owned() } else { quoted(name) };
        if self.path.is_empty() { name } else { format!("{}.{name}", self.path) }
    }

    fn entries(&self) -> Result<Entries<'a>, Error> {
        match &self.node.content {
            Content::Map(entries) => Ok(entries),
            _ => Err(self.wrong(format!("wrong type: must be a mapping of fields, not {}", self.node.content.kind()))),
        }
    }

    /// Checks that there are no fields but these.
    fn fields(&self, known: &[&str]) -> Result<(), Error> {
        for (key, _) in self.entries()? {
            if !known.contains(&key.name.as_str()) {
                let why = names::unknown_or(
                    "field",
                    &key.name,
                    known.iter().copied(),
                    &format!("there are {}", known.join(", ")),
                );
                return Err(Error::new(why).field(self.below(&key.name)).line(key.line));
            }
        }
        Ok(())
    }

    /// The field of this name, if it is there and has a value.
    fn field(&self, name: &str) -> Result<Option<At<'a>>, Error> {
        let found = self.entries()?.iter().find(|(key, _)| key.name == name);
        Ok(found.map(|(_, node)| At { node, path: self.below(name) }))
    }

    fn required(&self, name: &str) -> Result<At<'a>, Error> {
        let found = self.field(name)?;
        found.filter(|at| !at.node.is_null()).ok_or_else(|| {
            let line = self.entries().ok().and_then(|entries| entries.iter().find(|(key, _)| key.name == name));
            let line = line.map_or(self.node.line, |(key, _)| key.line);
            Error::new(format!("{name} is missing")).field(self.below(name)).line(line)
        })
    }

    fn text(&self) -> Result<&'a str, Error> {
        match &self.node.content {
            Content::Text(text) => Ok(text),
            _ => Err(self.wrong(format!("wrong type: must be text, not {}", self.node.content.kind()))),
        }
    }

    fn list(&self, max: usize) -> Result<Vec<At<'a>>, Error> {
        match &self.node.content {
            Content::List(members) if members.len() > max => {
                Err(self.wrong(format!("{} members; there can be {max}", members.len())))
            }
            Content::List(members) => {
                let member = |(index, node)| At { node, path: format!("{}[{index}]", self.path) };
                Ok(members.iter().enumerate().map(member).collect())
            }
            _ => Err(self.wrong(format!("wrong type: must be a list, not {}", self.node.content.kind()))),
        }
    }
}
