//! Scope expressions: whose events are recorded. The kernel side decides them; see `docs/policies.md` for the grammar.
//!
//! Within one expression values are alternatives; the expressions of a scope must all hold. A scope without expressions is
//! everything.

use std::collections::HashSet;
use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::error::{Error, quoted};
use crate::names;
use crate::operator::Operator;
use crate::text::Text;
use crate::words::{self, Word};

/// One expression of a scope.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Expression {
    /// `global`: everything on the host.
    Global,
    /// `follow`: also the descendants of what the other expressions hold for.
    Follow,
    /// `pid=new`: processes that begin while recording.
    NewProcesses,
    /// `container`: what runs in a container.
    Containers,
    /// `not-container`: what does not.
    NotContainers,
    /// `container=new`: containers that begin while recording.
    NewContainers,
    /// `container=started`: containers whose first process has run already when the event happens.
    StartedContainers,
    /// A number: one of the values, none of them, or (ids only) by size, then with exactly one value.
    Number {
        /// What is compared.
        subject: NumberSubject,
        /// How; by size only where [`NumberSubject::has_order`].
        operator: Operator,
        /// With what.
        values: Vec<u32>,
    },
    /// Text: one of the values, or none of them when `negated`.
    Text {
        /// What is compared.
        subject: TextSubject,
        /// `!=`
        negated: bool,
        /// With what.
        values: Vec<Text>,
    },
    /// The executed file.
    Executable {
        /// `!=`
        negated: bool,
        /// With what.
        values: Vec<ExecutablePattern>,
    },
    /// Containers by id or name.
    Container {
        /// `!=`
        negated: bool,
        /// With what.
        values: Vec<ContainerPattern>,
    },
}

/// Numbers that a scope may compare.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum NumberSubject {
    /// `uid`: the user id.
    Uid,
    /// `pid`: the process or thread id on the host.
    Pid,
    /// `mntns`: inode number of the mount namespace.
    MountNamespace,
    /// `pidns`: inode number of the PID namespace.
    PidNamespace,
    /// `tree`: the process of this host pid and its descendants.
    Tree,
}

impl NumberSubject {
    /// As it is written.
    pub const fn name(self) -> &'static str {
        match self {
            NumberSubject::Uid => "uid",
            NumberSubject::Pid => "pid",
            NumberSubject::MountNamespace => "mntns",
            NumberSubject::PidNamespace => "pidns",
            NumberSubject::Tree => "tree",
        }
    }

    /// Whether it can be compared by size.
    pub const fn has_order(self) -> bool {
        matches!(self, NumberSubject::Uid | NumberSubject::Pid)
    }
}

/// Text that a scope may compare.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum TextSubject {
    /// `uts`: host name of the UTS namespace.
    HostName,
    /// `comm`: the thread's name.
    Comm,
    /// `cgroup`: path of the cgroup below its hierarchy's root.
    Cgroup,
}

impl TextSubject {
    /// As it is written.
    pub const fn name(self) -> &'static str {
        match self {
            TextSubject::HostName => "uts",
            TextSubject::Comm => "comm",
            TextSubject::Cgroup => "cgroup",
        }
    }
}

/// The mount namespace that an executable is looked for in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum MountNamespace {
    /// `host:`: that of the host's first process.
    Host,
    /// `4026531840:`: that of this inode number.
    Inode(u32),
}

/// A path of an executed file, in one mount namespace or in any.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ExecutablePattern {
    /// The namespace; `None` for any.
    pub namespace: Option<MountNamespace>,
    /// The path.
    pub path: Text,
}

impl fmt::Display for ExecutablePattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.namespace {
            Some(MountNamespace::Host) => f.write_str("host:")?,
            Some(MountNamespace::Inode(inode)) => write!(f, "{inode}:")?,
            None => {}
        }
        write!(f, "{}", self.path)
    }
}

/// A container by its id, the beginning of its id (12 hexadecimal digits or more), or its name.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ContainerPattern(pub Text);

impl ContainerPattern {
    /// Hexadecimal digits that make a value the beginning of an id.
    pub const ID_PREFIX: usize = 12;

    /// The beginning of an id that it may be, besides a name.
    pub fn id_prefix(&self) -> Option<&str> {
        let text = std::str::from_utf8(&self.0.bytes).ok()?;
        let is_hex = |digit| matches!(digit, b'0'..=b'9' | b'a'..=b'f');
        let is_id = self.0.is_exact() && (Self::ID_PREFIX..=64).contains(&text.len()) && text.bytes().all(is_hex);
        is_id.then_some(text)
    }

    /// Whether the container of this id and these names is meant.
    pub fn matches<'a>(&self, id: &[u8], names: impl IntoIterator<Item = &'a [u8]>) -> bool {
        self.id_prefix().is_some_and(|prefix| id.starts_with(prefix.as_bytes()))
            || self.0.matches(id)
            || names.into_iter().any(|name| self.0.matches(name))
    }
}

impl fmt::Display for ContainerPattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // `new` and `started` are words of their own.
        match &self.0.bytes[..] {
            b"new" | b"started" if self.0.is_exact() => write!(f, "'{}'", String::from_utf8_lossy(&self.0.bytes)),
            _ => write!(f, "{}", self.0),
        }
    }
}

/// Subjects and words with the other names that they go by.
const SUBJECTS: &[(&str, &[&str])] = &[
    ("global", &[]),
    ("follow", &[]),
    ("not-container", &["!container", "!c", "host"]),
    ("uid", &["u", "userId"]),
    ("pid", &["p", "processId"]),
    ("mntns", &["mountns", "mnt_ns", "mountNamespace"]),
    ("pidns", &["pid_ns", "pidNamespace"]),
    ("tree", &[]),
    ("uts", &["uts_name", "hostName"]),
    ("comm", &["processName"]),
    ("executable", &["exec", "exe", "binary", "bin", "executablePath"]),
    ("container", &["c", "container_id", "containerId"]),
    ("cgroup", &[]),
];

/// The name that a subject is known by here.
fn subject(written: &str) -> Result<&'static str, String> {
    let found = SUBJECTS.iter().find(|(name, others)| *name == written || others.contains(&written));
    found.map(|(name, _)| *name).ok_or_else(|| {
        let known = SUBJECTS.iter().map(|(name, _)| *name);
        let all: Vec<&str> = known.clone().collect();
        names::unknown_or("scope", written, known, &format!("there are {}", all.join(", ")))
    })
}

/// Longest name of a thread, in bytes.
const COMM_BYTES: usize = 15;

impl Expression {
    /// How many values it has.
    pub(crate) fn count(&self) -> usize {
        match self {
            Expression::Number { values, .. } => values.len(),
            Expression::Text { values, .. } => values.len(),
            Expression::Executable { values, .. } => values.len(),
            Expression::Container { values, .. } => values.len(),
            _ => 1,
        }
    }

    pub(crate) fn parse(written: &str) -> Result<Expression, String> {
        let written = written.trim();
        if written.is_empty() {
            return Err("an empty scope; `global` is everything".to_owned());
        }
        // Begins with what is an operator elsewhere.
        if matches!(written, "!container" | "!c") {
            return Ok(Expression::NotContainers);
        }
        let Some((name, operator, values)) = words::split(written)? else {
            return match subject(written)? {
                "global" => Ok(Expression::Global),
                "follow" => Ok(Expression::Follow),
                "container" => Ok(Expression::Containers),
                "not-container" => Ok(Expression::NotContainers),
                name => Err(format!("{name} needs a value, as in {name}={}", example(name))),
            };
        };
        let name = subject(name)?;
        if operator.is_order() && !matches!(name, "uid" | "pid") {
            return Err(format!("{name} has no order: {operator} is for uid and pid, here there are = and !="));
        }
        let negated = operator == Operator::NotEqual;
        let number = |subject| number(subject, operator, values);
        let text = |subject| text(subject, negated, values);
        match name {
            "uid" => number(NumberSubject::Uid),
            "pid" if values.trim() == "new" => match operator {
                Operator::Equal => Ok(Expression::NewProcesses),
                _ => Err(format!("pid=new is all that there is of new processes, not pid{operator}new")),
            },
            "pid" => number(NumberSubject::Pid),
            "mntns" => number(NumberSubject::MountNamespace),
            "pidns" => number(NumberSubject::PidNamespace),
            "tree" => number(NumberSubject::Tree),
            "uts" => text(TextSubject::HostName),
            "comm" => text(TextSubject::Comm),
            "cgroup" => text(TextSubject::Cgroup),
            "executable" => executable(negated, values),
            "container" => container(negated, values),
            _ => Err(format!("{name} takes no value")),
        }
    }
}

/// A value that a subject may have, for messages.
fn example(subject: &str) -> &'static str {
    match subject {
        "uid" | "pid" | "tree" => "1000",
        "mntns" | "pidns" => "4026531840",
        "executable" => "/usr/bin/ls",
        "cgroup" => "/system.slice/*",
        _ => "NAME",
    }
}

fn number(subject: NumberSubject, operator: Operator, values: &str) -> Result<Expression, String> {
    let name = subject.name();
    let values = words::list(values, |_| 0)?;
    if operator.is_order() && values.len() > 1 {
        return Err(format!("{name}{operator} takes one number; = and != take lists"));
    }
    let number = |word: Word<'_>| {
        let number = words::number(&word.text.bytes).filter(|_| word.text.is_exact());
        number.and_then(|number| u32::try_from(number).ok()).ok_or_else(|| match word.text.bytes.as_slice() {
            b"new" if subject == NumberSubject::Pid => "pid=new stands alone, without other values".to_owned(),
            _ => format!("{name} is a number from 0 to 4294967295, not {}", quoted(&word.text.to_string())),
        })
    };
    let values = values.into_iter().map(number).collect::<Result<_, _>>()?;
    Ok(Expression::Number { subject, operator, values })
}

fn text(subject: TextSubject, negated: bool, values: &str) -> Result<Expression, String> {
    let words = words::list(values, |_| 0)?;
    let values: Vec<Text> = words.into_iter().map(|word| word.text).collect();
    for value in &values {
        match subject {
            TextSubject::Comm if value.bytes.len() > COMM_BYTES => {
                let kept = Text { bytes: value.bytes.iter().take(COMM_BYTES).copied().collect(), ..value.clone() };
                return Err(format!(
                    "the kernel keeps {COMM_BYTES} bytes of a name, {} has {}; its beginning is {}",
                    quoted(&value.to_string()),
                    value.bytes.len(),
                    quoted(&kept.to_string()),
                ));
            }
            TextSubject::Cgroup if value.starts && !value.bytes.starts_with(b"/") => {
                return Err(format!(
                    "cgroup is a path and begins with / or a star, not {}",
                    quoted(&value.to_string())
                ));
            }
            _ => {}
        }
    }
    Ok(Expression::Text { subject, negated, values })
}

/// Bytes of the namespace in front of an executable's path, with its colon.
fn prefix(written: &str) -> usize {
    match written.split_once(':') {
        Some((namespace, _)) if namespace == "host" || namespace_number(namespace).is_some() => {
            namespace.len().saturating_add(1)
        }
        _ => 0,
    }
}

fn namespace_number(written: &str) -> Option<u32> {
    let is_decimal = !written.is_empty() && written.bytes().all(|digit| digit.is_ascii_digit());
    written.parse().ok().filter(|_| is_decimal)
}

fn executable(negated: bool, values: &str) -> Result<Expression, String> {
    let pattern = |word: Word<'_>| {
        let namespace = match word.prefix.strip_suffix(':') {
            None => None,
            Some("host") => Some(MountNamespace::Host),
            Some(number) => namespace_number(number).map(MountNamespace::Inode),
        };
        let path = word.text;
        // Files without a directory have names, not paths: those of memfd_create.
        if path.starts && !path.bytes.starts_with(b"/") && !path.bytes.starts_with(b"memfd:") {
            return Err(format!(
                "executable is a path and begins with / or a star (*/ls), not {}",
                quoted(&path.to_string())
            ));
        }
        Ok(ExecutablePattern { namespace, path })
    };
    let values = words::list(values, prefix)?.into_iter().map(pattern).collect::<Result<_, _>>()?;
    Ok(Expression::Executable { negated, values })
}

fn container(negated: bool, values: &str) -> Result<Expression, String> {
    match (values.trim(), negated) {
        ("new", false) => return Ok(Expression::NewContainers),
        ("started", false) => return Ok(Expression::StartedContainers),
        (word @ ("new" | "started"), true) => {
            return Err(format!("container={word} has no contrary; a container of that name is '{word}' in quotes"));
        }
        _ => {}
    }
    let words = words::list(values, |_| 0)?;
    let is_word = |word: &&Word<'_>| !word.is_quoted && matches!(word.text.bytes.as_slice(), b"new" | b"started");
    if let Some(word) = words.iter().find(is_word) {
        let word = word.text.to_string();
        return Err(format!("container={word} stands alone, without other values"));
    }
    Ok(Expression::Container { negated, values: words.into_iter().map(|word| ContainerPattern(word.text)).collect() })
}

/// Why the expressions cannot all hold, with the place of the one that is too many.
pub(crate) fn contradiction(scope: &[Expression]) -> Option<(usize, String)> {
    if scope.len() > 1
        && let Some(at) = scope.iter().position(|expression| *expression == Expression::Global)
    {
        return Some((at, "global is everything and stands alone".to_owned()));
    }
    for (at, second) in scope.iter().enumerate() {
        for first in scope.iter().take(at) {
            if are_apart(first, second) {
                let hint = match (second, first) {
                    (Expression::NotContainers, _) | (_, Expression::NotContainers) => "",
                    _ => "; alternatives are one expression with commas",
                };
                let (first, second) = (first.to_string(), second.to_string());
                return Some((at, format!("{} and {} never hold together{hint}", quoted(&first), quoted(&second))));
            }
        }
    }
    None
}

/// Whether nothing can be in both; only what is plain to see.
fn are_apart(first: &Expression, second: &Expression) -> bool {
    let is_container = |expression: &Expression| {
        matches!(
            expression,
            Expression::Containers
                | Expression::NewContainers
                | Expression::StartedContainers
                | Expression::Container { negated: false, .. }
        )
    };
    match (first, second) {
        (Expression::NotContainers, other) | (other, Expression::NotContainers) => is_container(other),
        (
            Expression::Number { subject: a, operator: Operator::Equal, values: left },
            Expression::Number { subject: b, operator: Operator::Equal, values: right },
        ) => {
            let left: HashSet<&u32> = left.iter().collect();
            // Trees lie inside each other.
            a == b && *a != NumberSubject::Tree && !right.iter().any(|value| left.contains(value))
        }
        (
            Expression::Text { subject: a, negated: false, values: left },
            Expression::Text { subject: b, negated: false, values: right },
        ) => {
            let exact = left.iter().chain(right).all(Text::is_exact);
            let left: HashSet<&Text> = left.iter().collect();
            a == b && exact && !right.iter().any(|value| left.contains(value))
        }
        _ => false,
    }
}

impl FromStr for Expression {
    type Err = Error;

    fn from_str(written: &str) -> Result<Expression, Error> {
        Expression::parse(written).map_err(Error::new)
    }
}

/// In the form that reads back as the same expression.
impl fmt::Display for Expression {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Expression::Global => f.write_str("global"),
            Expression::Follow => f.write_str("follow"),
            Expression::NewProcesses => f.write_str("pid=new"),
            Expression::Containers => f.write_str("container"),
            Expression::NotContainers => f.write_str("not-container"),
            Expression::NewContainers => f.write_str("container=new"),
            Expression::StartedContainers => f.write_str("container=started"),
            Expression::Number { subject, operator, values } => listed(f, subject.name(), *operator, values),
            Expression::Text { subject, negated, values } => listed(f, subject.name(), equality(*negated), values),
            Expression::Executable { negated, values } => listed(f, "executable", equality(*negated), values),
            Expression::Container { negated, values } => listed(f, "container", equality(*negated), values),
        }
    }
}

const fn equality(negated: bool) -> Operator {
    if negated { Operator::NotEqual } else { Operator::Equal }
}

/// Writes a subject, an operator and values with commas.
pub(crate) fn listed(
    f: &mut fmt::Formatter<'_>,
    subject: &str,
    operator: Operator,
    values: &[impl fmt::Display],
) -> fmt::Result {
    write!(f, "{subject}{operator}")?;
    for (index, value) in values.iter().enumerate() {
        write!(f, "{}{value}", if index == 0 { "" } else { "," })?;
    }
    Ok(())
}

impl Serialize for Expression {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Expression {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Expression, D::Error> {
        let written = std::borrow::Cow::<str>::deserialize(deserializer)?;
        Expression::parse(&written).map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests;
