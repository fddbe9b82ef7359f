//! Documents of all files put together: actions, filters, correlations.

use std::cell::Cell;
use std::collections::HashMap;
use std::path::{Path, PathBuf};

use policy::error::quoted;
use policy::names;
use policy::reading;
use policy::yaml::{Content, Node};

use crate::condition::Condition;
use crate::correlation::{Correlation, Member};
use crate::document::{self, At};
use crate::error::Error;
use crate::limits::{MAX_ALL_TESTS, MAX_ERRORS, MAX_FILE_BYTES, MAX_FILE_NODES, MAX_SIGNATURES};
use crate::sigma::Context;
use crate::sigma::correlations::Draft;
use crate::sigma::{detection, rule};
use crate::signature::{Body, Signature};
use crate::source::{Field, Source};
use crate::table::Type;

use super::Options;

/// A document, spelled out.
struct Document<'a> {
    file: &'a Path,
    node: Node,
}

/// A rule, with what its fields are.
struct Rule<'a> {
    signature: Signature,
    source: Option<Source<'a>>,
}

/// Signatures that others refer to by id or name.
type Names = HashMap<String, usize>;

pub(super) fn signatures(files: &[(PathBuf, String)], options: &Options) -> Result<Vec<Signature>, Vec<Error>> {
    let mut errors = Errors::default();
    let mut documents = Vec::new();
    for (file, text) in files {
        errors.take(spelled_out(file, text, &mut documents).map_err(|error| error.file(file)));
    }
    let mut tests = 0;
    let (mut rules, mut drafts, mut filters) = (Vec::new(), Vec::new(), Vec::new());
    for document in &documents {
        if errors.is_full() {
            break;
        }
        let root = At::root(&document.node);
        let read = match kind(&root) {
            Ok("filter") => {
                filters.push((document.file, root));
                Ok(())
            }
            // Its place is among the others; what it finds comes when all are known.
            Ok("correlation") => start(&root, document.file, None).map(|signature| {
                drafts.push((rules.len(), root));
                rules.push(Rule { signature, source: None });
            }),
            Ok(_) => self::rule(&root, document.file, options, &mut tests).map(|rule| rules.push(rule)),
            Err(error) => Err(error),
        };
        errors.take(read.map_err(|error| error.file(document.file)));
    }
    if rules.len() > MAX_SIGNATURES {
        errors.add(Error::new(format!("{} signatures; there can be {MAX_SIGNATURES}", rules.len())));
    }
    let known = errors.named(&rules);
    for (file, root) in &filters {
        errors.take(filter(root, &known, &mut rules, options).map_err(|error| error.file(file)));
    }
    for rule in &mut rules {
        decide(&mut rule.signature);
    }
    let mut hidden = Vec::new();
    for (at, root) in &drafts {
        let body = root.required("correlation").and_then(|at| correlation(&at, &known, &rules, &mut hidden));
        let place = rules.get_mut(*at);
        match (body, place) {
            (Ok(body), Some(rule)) => rule.signature.body = body,
            (Err(error), Some(rule)) => errors.add(error.file(&rule.signature.file)),
            _ => {}
        }
    }
    for index in hidden {
        if let Some(rule) = rules.get_mut(index) {
            rule.signature.is_reported = false;
        }
    }
    errors.finish(rules.into_iter().map(|rule| rule.signature).collect())
}

/// What a document is.
fn kind(root: &At<'_>) -> Result<&'static str, Error> {
    let kinds = ["detection", "correlation", "filter"];
    let mut found = Vec::new();
    for kind in kinds {
        if root.get(kind)?.is_some() {
            found.push(kind);
        }
    }
    match found.as_slice() {
        [only] => Ok(only),
        [] => Err(root.wrong("a detection, a correlation or a filter is missing")),
        [first, second, ..] => Err(root.wrong(format!("{first} and {second} in one document"))),
    }
}

/// The documents of a file with `action` carried out.
fn spelled_out<'a>(file: &'a Path, text: &str, documents: &mut Vec<Document<'a>>) -> Result<(), Error> {
    reading::within(text.len(), MAX_FILE_BYTES)?;
    let nodes = document::parse(text)?;
    let mut global: Option<Node> = None;
    let mut last: Option<Node> = None;
    let (mut is_empty, mut values) = (true, 0);
    for node in nodes.into_iter().filter(|node| !node.is_null()) {
        is_empty = false;
        let root = At::root(&node);
        let action = root.get("action")?;
        let base = match action.as_ref().map(At::text).transpose()? {
            None => global.clone(),
            Some("global") => {
                global = Some(merged(global.take(), &node));
                continue;
            }
            Some("reset") => {
                global = None;
                None
            }
            Some("repeat") => {
                let last = last.clone();
                Some(last.ok_or_else(|| root.wrong("there is no document before that could be repeated"))?)
            }
            Some(other) => {
                let known = ["global", "reset", "repeat"];
                let why = names::unknown_or("action", other, known, "there are global, reset and repeat");
                return Err(action.as_ref().unwrap_or(&root).wrong(why));
            }
        };
        // A reset without anything else only resets.
        let is_alone = action.is_some() && root.entries()?.len() == 1;
        if is_alone && base.is_none() {
            continue;
        }
        let node = merged(base, &node);
        values += count(&node);
        if values > MAX_FILE_NODES {
            let why = format!("more than {MAX_FILE_NODES} values, those that actions repeat counted each time");
            return Err(Error::new(why).at((node.line, node.column)));
        }
        last = Some(node.clone());
        documents.push(Document { file, node });
        if documents.len() > MAX_SIGNATURES {
            return Err(Error::new(format!("more than {MAX_SIGNATURES} signatures")));
        }
    }
    if is_empty { Err(Error::new("there is no signature in it")) } else { Ok(()) }
}

/// `over` laid over `base`: mappings are merged, anything else is replaced.
fn merged(base: Option<Node>, over: &Node) -> Node {
    let Some(base) = base else { return over.clone() };
    let (line, column) = (over.line, over.column);
    match (base.content, &over.content) {
        (Content::Map(mut entries), Content::Map(overs)) => {
            for (key, value) in overs {
                match entries.iter_mut().find(|(known, _)| known.name == key.name) {
                    Some((_, known)) => *known = merged(Some(known.clone()), value),
                    None => entries.push((key.clone(), value.clone())),
                }
            }
            Node { line, column, content: Content::Map(entries) }
        }
        _ => over.clone(),
    }
}

/// How many values there are in it.
fn count(node: &Node) -> usize {
    match &node.content {
        Content::List(members) => 1 + members.iter().map(count).sum::<usize>(),
        Content::Map(entries) => 1 + entries.iter().map(|(_, node)| count(node)).sum::<usize>(),
        Content::Null | Content::Text(_) => 1,
    }
}

/// A signature that finds nothing yet.
fn start(root: &At<'_>, file: &Path, reason: Option<String>) -> Result<Signature, Error> {
    Ok(Signature {
        metadata: rule::metadata(root)?,
        file: file.to_owned(),
        line: root.node.line,
        body: Body::Not { reason: reason.unwrap_or_default() },
        is_reported: true,
    })
}

/// A rule; its tests are added to those of all.
fn rule<'a>(root: &At<'_>, file: &Path, options: &'a Options, tests: &mut usize) -> Result<Rule<'a>, Error> {
    let source = rule::source(root, &options.tables)?;
    let mut signature = start(root, file, source.as_ref().err().cloned())?;
    let context = Context { source, placeholders: &options.placeholders, tests: Cell::new(0) };
    let condition = detection::condition(&root.required("detection")?, &[], &context)?;
    *tests += context.tests.get();
    if *tests > MAX_ALL_TESTS {
        return Err(root.wrong(format!("more than {MAX_ALL_TESTS} tests in all signatures")));
    }
    let source = context.source.ok();
    if let Some(source) = &source {
        let condition = match &source.condition {
            Some(rows) => Condition::All(vec![rows.clone(), condition]),
            None => condition,
        };
        signature.body = Body::Rows { table: source.index, condition };
    }
    Ok(Rule { signature, source })
}

/// Lays a filter over the rules that it names: they find only what it lets pass.
fn filter(root: &At<'_>, known: &Names, rules: &mut [Rule<'_>], options: &Options) -> Result<(), Error> {
    rule::metadata(root)?;
    let body = root.required("filter")?;
    let source = rule::source(root, &options.tables)?;
    let (table, condition) = {
        let context = Context { source, placeholders: &options.placeholders, tests: Cell::new(0) };
        let condition = detection::condition(&body, &["rules"], &context)?;
        (context.source.ok().map(|source| source.index), condition)
    };
    let named = body.required("rules")?;
    let lay_over = |rule: &mut Rule<'_>| match &mut rule.signature.body {
        Body::Rows { table: of, condition: rows } if Some(*of) == table => {
            let before = std::mem::replace(rows, Condition::All(Vec::new()));
            *rows = Condition::All(vec![before, condition.clone()]);
            true
        }
        Body::Rows { .. } => false,
        _ => true,
    };
    if named.text().is_ok_and(|text| text == "any") {
        for rule in rules {
            lay_over(rule);
        }
        return Ok(());
    }
    for member in named.one_or_more() {
        let rule = rules.get_mut(find(&member, known)?).ok_or_else(|| member.wrong("no such signature"))?;
        if !lay_over(rule) {
            return Err(member.wrong("the filter has another log source than this signature"));
        }
    }
    Ok(())
}

/// What is not possible is not evaluated.
fn decide(signature: &mut Signature) {
    if let Body::Rows { condition, .. } = &signature.body
        && !condition.is_possible()
    {
        let reasons = condition.impossible();
        let reason = if reasons.is_empty() { "its condition can never hold".to_owned() } else { reasons.join("; ") };
        signature.body = Body::Not { reason };
    }
}

fn find(at: &At<'_>, known: &Names) -> Result<usize, Error> {
    let name = at.text()?;
    known.get(name).copied().ok_or_else(|| {
        let names = known.keys().map(String::as_str);
        at.wrong(names::unknown_or("signature", name, names, "none of those loaded has this id or name"))
    })
}

/// The correlation, with the names of signatures and fields looked up. Signatures that make no findings of their own because
/// of it go into `hidden`.
fn correlation(at: &At<'_>, known: &Names, rules: &[Rule<'_>], hidden: &mut Vec<usize>) -> Result<Body, Error> {
    let draft = Draft::read(at)?;
    let mut members: Vec<Member> = Vec::new();
    let mut types: Vec<Vec<Type>> = Vec::new();
    for name in &draft.rules {
        let index = find(name, known)?;
        let rule = rules.get(index).ok_or_else(|| name.wrong("no such signature"))?;
        if members.iter().any(|member| member.signature == index) {
            return Err(name.wrong("is there twice"));
        }
        let Some(source) = &rule.source else {
            return match rule.signature.not_evaluated().filter(|why| !why.is_empty()) {
                Some(why) => Ok(Body::Not { reason: format!("{}: {why}", rule.signature.metadata.title) }),
                None => Err(name.wrong("is a correlation itself; correlations of correlations are not known here")),
            };
        };
        if let Some(why) = rule.signature.not_evaluated() {
            return Ok(Body::Not { reason: format!("{}: {why}", rule.signature.metadata.title) });
        }
        let metadata = &rule.signature.metadata;
        let names = [metadata.name.as_str(), metadata.id.as_str()];
        let column = |field: &At<'_>| -> Result<usize, Error> {
            let name = draft.field_of(field.text()?, &names)?;
            match source.field(&name) {
                Ok(Field::Column(column)) => Ok(column),
                Ok(Field::Never(why)) | Err(why) => Err(field.wrong(why)),
            }
        };
        let group = draft.group_by.iter().map(&column).collect::<Result<Vec<_>, _>>()?;
        let value = draft.field.as_ref().map(&column).transpose()?;
        let kind = |column: &usize| source.table.columns.get(*column).map_or(Type::Text, |column| column.kind);
        let kinds: Vec<Type> = group.iter().chain(&value).map(kind).collect();
        if draft.kind.has_number() && kinds.last() != Some(&Type::Integer) {
            let field = draft.field.as_ref().unwrap_or(name);
            return Err(field.wrong("wrong type: only integers can be added up and ranked"));
        }
        if types.first().is_some_and(|first| *first != kinds) {
            return Err(name.wrong("wrong type: the columns to group by differ from those of the first signature"));
        }
        types.push(kinds);
        members.push(Member { signature: index, group, value });
    }
    if !draft.generate {
        hidden.extend(members.iter().map(|member| member.signature));
    }
    let (kind, timespan_ns, conditions) = (draft.kind, draft.timespan_ns, draft.conditions);
    Ok(Body::Correlation(Correlation { kind, members, timespan_ns, conditions }))
}

#[derive(Default)]
struct Errors(Vec<Error>);

impl Errors {
    fn is_full(&self) -> bool {
        self.0.len() >= MAX_ERRORS
    }

    fn add(&mut self, error: Error) {
        if !self.is_full() {
            self.0.push(error);
        }
    }

    fn take(&mut self, result: Result<(), Error>) {
        if let Err(error) = result {
            self.add(error);
        }
    }

    /// Ids and names of all signatures; an error for each that two have.
    fn named(&mut self, rules: &[Rule<'_>]) -> Names {
        let mut known: Names = HashMap::new();
        for (index, rule) in rules.iter().enumerate() {
            let (signature, metadata) = (&rule.signature, &rule.signature.metadata);
            for name in [&metadata.id, &metadata.name].into_iter().filter(|name| !name.is_empty()) {
                let first = known.insert(name.clone(), index).filter(|first| *first != index);
                if let Some(first) = first.and_then(|first| rules.get(first)) {
                    let place = format!("{}:{}", first.signature.file.display(), first.signature.line);
                    let message = format!("a second signature called {}; the first is {place}", quoted(name));
                    self.add(Error::new(message).at((signature.line, 1)).file(&signature.file));
                }
            }
        }
        known
    }

    fn finish(self, signatures: Vec<Signature>) -> Result<Vec<Signature>, Vec<Error>> {
        if self.0.is_empty() { Ok(signatures) } else { Err(self.0) }
    }
}
