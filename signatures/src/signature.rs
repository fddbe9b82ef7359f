//! A signature that was loaded.

use std::path::PathBuf;

use crate::condition::Condition;
use crate::correlation::Correlation;

/// How bad what a signature finds is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Level {
    /// Worth knowing; also where nothing is said.
    #[default]
    Informational,
    /// Rarely worth a look alone.
    Low,
    /// To be looked at.
    Medium,
    /// To be looked at now.
    High,
    /// An incident.
    Critical,
}

impl Level {
    /// All, in order.
    pub const ALL: [Level; 5] = [Level::Informational, Level::Low, Level::Medium, Level::High, Level::Critical];

    /// Its name: Sigma's, and `info` for the lowest as findings call it.
    pub fn name(self) -> &'static str {
        match self {
            Level::Informational => "info",
            Level::Low => "low",
            Level::Medium => "medium",
            Level::High => "high",
            Level::Critical => "critical",
        }
    }

    /// The level of this name.
    pub fn named(name: &str) -> Option<Level> {
        match name {
            "informational" => Some(Level::Informational),
            other => Level::ALL.into_iter().find(|level| level.name() == other),
        }
    }
}

/// What a signature says of itself.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Metadata {
    /// One line.
    pub title: String,
    /// Unique: a UUID in Sigma.
    pub id: String,
    /// The name that correlations and filters refer to it by, besides the id.
    pub name: String,
    /// stable, test, experimental, ...
    pub status: String,
    /// What it is about.
    pub description: String,
    /// Who wrote it.
    pub author: String,
    /// When, as written.
    pub date: String,
    /// When it was changed last, as written.
    pub modified: String,
    /// Its licence, where it names one.
    pub license: String,
    /// How bad it is.
    pub level: Level,
    /// As written.
    pub tags: Vec<String>,
    /// Where to read more.
    pub references: Vec<String>,
    /// What else may look so.
    pub falsepositives: Vec<String>,
    /// Fields that are worth showing.
    pub fields: Vec<String>,
    /// Other fields at the top that are text, by name.
    pub others: Vec<(String, String)>,
}

impl Metadata {
    /// Techniques of ATT&CK, as `T1059.004`.
    pub fn techniques(&self) -> impl Iterator<Item = String> {
        self.tags.iter().filter_map(|tag| {
            let technique = tag.strip_prefix("attack.")?;
            let is_technique = technique.strip_prefix(['t', 'T'])?.starts_with(|c: char| c.is_ascii_digit());
            is_technique.then(|| technique.to_ascii_uppercase())
        })
    }
}

/// A signature.
#[derive(Clone, Debug, PartialEq)]
pub struct Signature {
    /// What it says of itself.
    pub metadata: Metadata,
    /// The file that it is from.
    pub file: PathBuf,
    /// The line that it begins in.
    pub line: usize,
    /// What it finds.
    pub body: Body,
    /// Whether it makes findings of its own: not when it is there for correlations only.
    pub is_reported: bool,
}

/// What a signature finds.
#[derive(Clone, Debug, PartialEq)]
pub enum Body {
    /// Rows of a table.
    Rows {
        /// Index of the table.
        table: usize,
        /// Which rows.
        condition: Condition,
    },
    /// Rows that other signatures find, together.
    Correlation(Correlation),
    /// Nothing: it cannot be evaluated.
    Not {
        /// Why not, in one sentence without a full stop.
        reason: String,
    },
}

impl Signature {
    /// Why it cannot be evaluated, if it cannot.
    pub fn not_evaluated(&self) -> Option<&str> {
        match &self.body {
            Body::Not { reason } => Some(reason),
            _ => None,
        }
    }

    /// Parts of its condition that can never hold, and why; the rest is evaluated.
    pub fn impossible(&self) -> Vec<&str> {
        match &self.body {
            Body::Rows { condition, .. } => condition.impossible(),
            _ => Vec::new(),
        }
    }
}
