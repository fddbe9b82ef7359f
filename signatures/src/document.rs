//! A YAML value with the path of fields that leads to it, for errors that name both.

use policy::error::quoted;
use policy::names;
use policy::yaml::{Content, Key, Node};

use crate::error::Error;

/// A value and the path of fields to it.
#[derive(Clone, Debug)]
pub(crate) struct At<'a> {
    pub(crate) node: &'a Node,
    pub(crate) path: String,
}

impl<'a> At<'a> {
    /// A whole document.
    pub(crate) fn root(node: &'a Node) -> At<'a> {
        At { node, path: String::new() }
    }

    /// An error here.
    pub(crate) fn wrong(&self, message: impl Into<String>) -> Error {
        Error::new(message).field(&self.path).at((self.node.line, self.node.column))
    }

    /// The path of a field in it.
    pub(crate) fn below(&self, name: &str) -> String {
        if self.path.is_empty() { name.to_owned() } else { format!("{}.{name}", self.path) }
    }

    pub(crate) fn entries(&self) -> Result<&'a [(Key, Node)], Error> {
        match &self.node.content {
            Content::Map(entries) => Ok(entries),
            _ => Err(self.wrong(format!("must be a mapping of fields, not {}", self.node.content.kind()))),
        }
    }

    /// The field of this name, if it is there and not nothing.
    pub(crate) fn get(&self, name: &str) -> Result<Option<At<'a>>, Error> {
        let found = self.entries()?.iter().find(|(key, node)| key.name == name && !node.is_null());
        Ok(found.map(|(_, node)| At { node, path: self.below(name) }))
    }

    /// The field of this name.
    pub(crate) fn required(&self, name: &str) -> Result<At<'a>, Error> {
        self.get(name)?.ok_or_else(|| self.wrong(format!("the field {name} is missing")))
    }

    /// Checks that there are no fields but these.
    pub(crate) fn known(&self, known: &[&str]) -> Result<(), Error> {
        for (key, _) in self.entries()? {
            if !known.contains(&key.name.as_str()) {
                let otherwise = format!("there are {}", known.join(", "));
                let why = names::unknown_or("field", &key.name, known.iter().copied(), &otherwise);
                return Err(Error::new(why).field(self.below(&key.name)).at((key.line, key.column)));
            }
        }
        Ok(())
    }

    pub(crate) fn text(&self) -> Result<&'a str, Error> {
        match &self.node.content {
            Content::Text(text) => Ok(text),
            _ => Err(self.wrong(format!("must be text, not {}", self.node.content.kind()))),
        }
    }

    pub(crate) fn list(&self) -> Result<Vec<At<'a>>, Error> {
        match &self.node.content {
            Content::List(members) => {
                let member = |(index, node)| At { node, path: format!("{}[{index}]", self.path) };
                Ok(members.iter().enumerate().map(member).collect())
            }
            _ => Err(self.wrong(format!("must be a list, not {}", self.node.content.kind()))),
        }
    }

    /// The members of a list; anything else is a list of one.
    pub(crate) fn one_or_more(&self) -> Vec<At<'a>> {
        self.list().unwrap_or_else(|_| vec![self.clone()])
    }

    /// The texts of a list, or the one text.
    pub(crate) fn texts(&self) -> Result<Vec<String>, Error> {
        self.one_or_more().iter().map(|member| member.text().map(str::to_owned)).collect()
    }

    /// `true` or `false`.
    pub(crate) fn boolean(&self) -> Result<bool, Error> {
        let text = self.text()?;
        boolean(text).ok_or_else(|| self.wrong(format!("must be true or false, not {}", quoted(text))))
    }
}

/// What a boolean is written as.
pub(crate) fn boolean(text: &str) -> Option<bool> {
    match text.to_ascii_lowercase().as_str() {
        "true" | "yes" => Some(true),
        "false" | "no" => Some(false),
        _ => None,
    }
}
