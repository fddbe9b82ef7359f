//! One document: what it says of itself, what it is about, what it finds.

use policy::yaml::Content;

use crate::document::At;
use crate::error::Error;
use crate::signature::{Level, Metadata};
use crate::source::Source;
use crate::table::Tables;

/// Fields at the top of a document that are read.
const FIELDS: &[&str] = &[
    "title",
    "id",
    "name",
    "status",
    "description",
    "author",
    "date",
    "modified",
    "license",
    "level",
    "tags",
    "references",
    "falsepositives",
    "fields",
    "table",
    "logsource",
    "detection",
    "correlation",
    "filter",
    "related",
    "taxonomy",
    "scope",
    "action",
];

/// What a document says of itself. In a signature of ours every other field must be text; Sigma's may hold anything.
pub(crate) fn metadata(root: &At<'_>) -> Result<Metadata, Error> {
    let text = |name: &str| root.get(name)?.map_or(Ok(String::new()), |at| at.text().map(str::to_owned));
    let texts = |name: &str| root.get(name)?.map_or(Ok(Vec::new()), |at| at.texts());
    let level = match root.get("level")? {
        None => Level::default(),
        Some(at) => {
            let written = at.text()?;
            let known = "informational, low, medium, high and critical are known";
            let names = ["informational", "low", "medium", "high", "critical"];
            Level::named(written).ok_or_else(|| at.wrong(policy::names::unknown_or("level", written, names, known)))?
        }
    };
    let title = root.required("title")?.text()?.to_owned();
    if title.is_empty() {
        return Err(root.wrong("an empty title"));
    }
    let others = root.entries()?.iter().filter(|(key, _)| !FIELDS.contains(&key.name.as_str()));
    let others = others.filter_map(|(key, node)| match &node.content {
        Content::Text(text) => Some((key.name.clone(), text.clone())),
        _ => None,
    });
    Ok(Metadata {
        title,
        id: text("id")?,
        name: text("name")?,
        status: text("status")?,
        description: text("description")?,
        author: text("author")?,
        date: text("date")?,
        modified: text("modified")?,
        license: text("license")?,
        level,
        tags: texts("tags")?,
        references: texts("references")?,
        falsepositives: texts("falsepositives")?,
        fields: texts("fields")?,
        others: others.collect(),
    })
}

/// What a document is about: the inner result says why there is no such thing here.
pub(crate) fn source<'a>(root: &At<'_>, tables: &'a Tables) -> Result<Result<Source<'a>, String>, Error> {
    match (root.get("table")?, root.get("logsource")?) {
        (Some(table), None) => Source::of_table(table.text()?, tables).map(Ok).map_err(|why| table.wrong(why)),
        (None, Some(log)) => {
            let text = |name: &str| log.get(name)?.map(|at| at.text()).transpose();
            Ok(Source::of_log(text("category")?, text("product")?, text("service")?, tables))
        }
        (Some(table), Some(_)) => Err(table.wrong("a signature has a table or a log source, not both")),
        (None, None) => Err(root.wrong("a logsource (Sigma) or a table is missing")),
    }
}
