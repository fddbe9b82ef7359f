//! A YAML value with the path of fields that leads to it, for errors that name both. Other files about signatures
//! (suppressions, expected findings) are read by the same.

use std::path::Path;

use policy::error::quoted;
use policy::names;
use policy::reading;
use policy::yaml::{self, Content, Key, Node};

use crate::error::Error;
use crate::limits::MAX_FILE_BYTES;

/// The documents of a YAML file.
///
/// # Errors
/// The file cannot be read, is too long, or is no YAML; the error names the file.
pub fn read(path: &Path) -> Result<Vec<Node>, Error> {
    parse(&reading::text(path, MAX_FILE_BYTES)?).map_err(|error| error.file(path))
}

/// The documents of a YAML text.
///
/// # Errors
/// It is no YAML, or beyond the limits.
pub fn parse(text: &str) -> Result<Vec<Node>, Error> {
    yaml::documents(text).map_err(|error| Error::new(error.message).at((error.line, error.column)))
}

/// A value and the path of fields to it.
#[derive(Clone, Debug)]
pub struct At<'a> {
    /// The value.
    pub node: &'a Node,
    /// Names of the fields that lead to it, joined by dots.
    pub path: String,
}

impl<'a> At<'a> {
    /// A whole document.
    pub fn root(node: &'a Node) -> At<'a> {
        At { node, path: String::new() }
    }

    /// An error here.
    pub fn wrong(&self, message: impl Into<String>) -> Error {
        Error::new(message).field(&self.path).at((self.node.line, self.node.column))
    }

    /// The path of a field in it.
    pub fn below(&self, name: &str) -> String {
        if self.path.is_empty() { name.to_owned() } else { format!("{}.{name}", self.path) }
    }

    /// The fields of a mapping.
    ///
    /// # Errors
    /// It is none.
    pub fn entries(&self) -> Result<&'a [(Key, Node)], Error> {
        match &self.node.content {
            Content::Map(entries) => Ok(entries),
            _ => Err(self.wrong(format!("must be a mapping of fields, not {}", self.node.content.kind()))),
        }
    }

    /// The field of this name, if it is there and not nothing.
    ///
    /// # Errors
    /// It is no mapping.
    pub fn get(&self, name: &str) -> Result<Option<At<'a>>, Error> {
        let found = self.entries()?.iter().find(|(key, node)| key.name == name && !node.is_null());
        Ok(found.map(|(_, node)| At { node, path: self.below(name) }))
    }

    /// The field of this name.
    ///
    /// # Errors
    /// It is not there.
    pub fn required(&self, name: &str) -> Result<At<'a>, Error> {
        self.get(name)?.ok_or_else(|| self.wrong(format!("the field {name} is missing")))
    }

    /// Checks that there are no fields but these.
    ///
    /// # Errors
    /// There is another.
    pub fn known(&self, known: &[&str]) -> Result<(), Error> {
        for (key, _) in self.entries()? {
            if !known.contains(&key.name.as_str()) {
                let otherwise = format!("there are {}", known.join(", "));
                let why = names::unknown_or("field", &key.name, known.iter().copied(), &otherwise);
                return Err(Error::new(why).field(self.below(&key.name)).at((key.line, key.column)));
            }
        }
        Ok(())
    }

    /// The text.
    ///
    /// # Errors
    /// It is none.
    pub fn text(&self) -> Result<&'a str, Error> {
        match &self.node.content {
            Content::Text(text) => Ok(text),
            _ => Err(self.wrong(format!("must be text, not {}", self.node.content.kind()))),
        }
    }

    /// The members of a list.
    ///
    /// # Errors
    /// It is none.
    pub fn list(&self) -> Result<Vec<At<'a>>, Error> {
        match &self.node.content {
            Content::List(members) => {
                let member = |(index, node)| At { node, path: format!("{}[{index}]", self.path) };
                Ok(members.iter().enumerate().map(member).collect())
            }
            _ => Err(self.wrong(format!("must be a list, not {}", self.node.content.kind()))),
        }
    }

    /// The members of a list; anything else is a list of one.
    pub fn one_or_more(&self) -> Vec<At<'a>> {
        self.list().unwrap_or_else(|_| vec![self.clone()])
    }

    /// The texts of a list, or the one text.
    ///
    /// # Errors
    /// One is no text.
    pub fn texts(&self) -> Result<Vec<String>, Error> {
        self.one_or_more().iter().map(|member| member.text().map(str::to_owned)).collect()
    }

    /// `true` or `false`.
    ///
    /// # Errors
    /// It is neither.
    pub fn boolean(&self) -> Result<bool, Error> {
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
