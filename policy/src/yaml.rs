//! YAML as a tree with lines. JSON is YAML too.
//!
//! Scalars stay the text that they are written as: `no` is no boolean here, `0x10` no number yet. Depth, and the number of
//! values with those that aliases repeat, are limited.

use std::collections::HashMap;

use saphyr_parser::{Event, Parser, ScalarStyle, Tag};

use crate::error::quoted;
use crate::limits::{MAX_DEPTH, MAX_FIELDS, MAX_NODES};

/// What is no YAML that is taken here, and where.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("line {line}, column {column}: {message}")]
pub struct Error {
    /// Counted from 1.
    pub line: usize,
    /// In characters, counted from 1.
    pub column: usize,
    /// One sentence without a full stop.
    pub message: String,
}

/// A value and the place that it begins at.
#[derive(Clone, Debug, PartialEq)]
pub struct Node {
    /// Counted from 1.
    pub line: usize,
    /// In characters, counted from 1.
    pub column: usize,
    /// The value.
    pub content: Content,
}

/// What a value may be.
#[derive(Clone, Debug, PartialEq)]
pub enum Content {
    /// Nothing, `~` or `null`.
    Null,
    /// A scalar as it is written, without its quotes.
    Text(String),
    /// A list.
    List(Vec<Node>),
    /// In the order written, no key twice.
    Map(Vec<(Key, Node)>),
}

impl Content {
    /// What it is, as messages say it.
    pub const fn kind(&self) -> &'static str {
        match self {
            Content::Null => "nothing",
            Content::Text(_) => "text",
            Content::List(_) => "a list",
            Content::Map(_) => "a mapping",
        }
    }
}

/// The name of a field, and its place.
#[derive(Clone, Debug, PartialEq)]
pub struct Key {
    /// Counted from 1.
    pub line: usize,
    /// In characters, counted from 1.
    pub column: usize,
    /// The name.
    pub name: String,
}

impl Node {
    /// Whether it is nothing.
    pub fn is_null(&self) -> bool {
        self.content == Content::Null
    }
}

/// The documents of a file.
///
/// # Errors
/// Text that is no YAML, or that is beyond the limits.
pub fn documents(text: &str) -> Result<Vec<Node>, Error> {
    let mut builder = Builder::default();
    for event in Parser::new_from_str(text) {
        let (event, span) = event.map_err(|error| {
            let message = format!("YAML: {}", error.info().replace(char::is_control, " "));
            Error { line: error.marker().line(), column: error.marker().col().saturating_add(1), message }
        })?;
        let (line, column) = (span.start.line(), span.start.col().saturating_add(1));
        builder.event(event, line, column).map_err(|message| Error { line, column, message })?;
    }
    Ok(builder.documents)
}

#[derive(Default)]
struct Builder {
    documents: Vec<Node>,
    /// Lists and mappings that are not complete, the outermost first.
    open: Vec<Open>,
    /// What aliases stand for, with the number of values in it.
    anchors: HashMap<usize, (Node, usize)>,
    nodes: usize,
}

struct Open {
    line: usize,
    column: usize,
    anchor: usize,
    /// Values that there were before it.
    nodes_before: usize,
    content: OpenContent,
}

enum OpenContent {
    List(Vec<Node>),
    Map { entries: Vec<(Key, Node)>, key: Option<Key> },
}

impl Builder {
    fn event(&mut self, event: Event<'_>, line: usize, column: usize) -> Result<(), String> {
        match event {
            Event::Scalar(text, style, anchor, tag) => {
                check_tag(tag.as_deref(), style == ScalarStyle::Plain && text.is_empty())?;
                self.count(1)?;
                let is_null =
                    style == ScalarStyle::Plain && matches!(text.as_ref(), "" | "~" | "null" | "Null" | "NULL");
                let content = if is_null { Content::Null } else { Content::Text(text.into_owned()) };
                let node = Node { line, column, content };
                if anchor > 0 {
                    self.anchors.insert(anchor, (node.clone(), 1));
                }
                self.put(node)
            }
            Event::SequenceStart(anchor, tag) => {
                check_tag(tag.as_deref(), false)?;
                self.begin(line, column, anchor, OpenContent::List(Vec::new()))
            }
            Event::MappingStart(anchor, tag) => {
                check_tag(tag.as_deref(), false)?;
                self.begin(line, column, anchor, OpenContent::Map { entries: Vec::new(), key: None })
            }
            Event::SequenceEnd | Event::MappingEnd => self.end(),
            Event::Alias(anchor) => {
                // The anchor of a list that contains the alias is not there yet.
                let (node, nodes) = self.anchors.get(&anchor).ok_or("an alias inside what it stands for")?;
                let (node, nodes) = (Node { line, column, content: node.content.clone() }, *nodes);
                self.count(nodes)?;
                self.put(node)
            }
            Event::DocumentEnd => {
                self.anchors.clear();
                Ok(())
            }
            _ => Ok(()),
        }
    }

    fn count(&mut self, nodes: usize) -> Result<(), String> {
        self.nodes = self.nodes.saturating_add(nodes);
        if self.nodes > MAX_NODES {
            return Err(format!("more than {MAX_NODES} values, those that aliases repeat counted each time"));
        }
        Ok(())
    }

    fn begin(&mut self, line: usize, column: usize, anchor: usize, content: OpenContent) -> Result<(), String> {
        if self.open.len() == MAX_DEPTH {
            return Err(format!("more than {MAX_DEPTH} lists and mappings inside each other"));
        }
        let nodes_before = self.nodes;
        self.count(1)?;
        self.open.push(Open { line, column, anchor, nodes_before, content });
        Ok(())
    }

    fn end(&mut self) -> Result<(), String> {
        let Some(Open { line, column, anchor, nodes_before, content }) = self.open.pop() else { return Ok(()) };
        let content = match content {
            OpenContent::List(members) => Content::List(members),
            OpenContent::Map { entries, .. } => Content::Map(entries),
        };
        let node = Node { line, column, content };
        if anchor > 0 {
            let nodes = self.nodes.saturating_sub(nodes_before);
            // The copy takes room as well.
            self.count(nodes)?;
            self.anchors.insert(anchor, (node.clone(), nodes));
        }
        self.put(node)
    }

    /// Puts a complete value where it belongs.
    fn put(&mut self, node: Node) -> Result<(), String> {
        match self.open.last_mut().map(|open| &mut open.content) {
            None => self.documents.push(node),
            Some(OpenContent::List(members)) => members.push(node),
            Some(OpenContent::Map { entries, key }) => match key.take() {
                // Nothing has no line of its own.
                Some(key) if node.is_null() => {
                    entries.push((key.clone(), Node { line: key.line, column: key.column, ..node }))
                }
                Some(key) => entries.push((key, node)),
                None => match node.content {
                    Content::Text(name) => {
                        if entries.len() == MAX_FIELDS {
                            return Err(format!("more than {MAX_FIELDS} fields in one mapping"));
                        }
                        if entries.iter().any(|(known, _)| known.name == name) {
                            return Err(format!("{} is there twice", quoted(&name)));
                        }
                        *key = Some(Key { line: node.line, column: node.column, name });
                    }
                    _ => return Err("the name of a field is a word".to_owned()),
                },
            },
        }
        Ok(())
    }
}

/// Tags other than YAML's own mean nothing here; `!container` without quotes would be one.
fn check_tag(tag: Option<&Tag>, is_empty: bool) -> Result<(), String> {
    match tag {
        Some(tag) if tag.is_yaml_core_schema() || (tag.handle.is_empty() && tag.suffix == "!") => Ok(()),
        Some(tag) if is_empty => {
            let written = format!("{}{}", tag.handle, tag.suffix);
            Err(format!("in YAML {} is a tag; in quotes it is text", quoted(&written)))
        }
        Some(tag) => Err(format!("the tag {} means nothing here", quoted(&format!("{}{}", tag.handle, tag.suffix)))),
        None => Ok(()),
    }
}
