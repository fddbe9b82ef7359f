//! `detection`: named searches and the condition over them.

use policy::names;
use policy::yaml::{Content, Key};

use crate::condition::Condition;
use crate::document::At;
use crate::error::Error;

use super::expression::{self, Expression};
use super::items::{self, Context};

/// What stands among the searches and is none.
const CONDITION: &str = "condition";

/// The condition of a mapping of searches; `others` are fields in it that are no searches.
pub(crate) fn condition(detection: &At<'_>, others: &[&str], context: &Context<'_>) -> Result<Condition, Error> {
    let mut searches: Vec<(&str, Condition)> = Vec::new();
    for (key, node) in detection.entries()? {
        if key.name == CONDITION || others.contains(&key.name.as_str()) {
            continue;
        }
        let at = At { node, path: detection.below(&key.name) };
        if key.name == "timeframe" {
            return Err(at.wrong("a timeframe belongs to a correlation (timespan)"));
        }
        searches.push((&key.name, search(&at, context)?));
    }
    let written = detection.required(CONDITION)?;
    let mut found = Vec::new();
    for member in written.one_or_more() {
        let text = member.text()?;
        let wrong = |(offset, why): expression::Wrong| {
            let (line, column) = (member.node.line, member.node.column);
            Error::new(why).field(&written.path).at((line, column.saturating_add(offset)))
        };
        let expression = expression::parse(text).map_err(wrong)?;
        found.push(resolve(&expression, &searches, context).map_err(wrong)?);
    }
    match found.len() {
        0 => Err(written.wrong("an empty list of conditions")),
        1 => Ok(found.remove(0)),
        _ => Ok(Condition::Any(found)),
    }
}

/// One search: a mapping of fields, all of which must fit; or a list of such and of values without a field, one of which must.
fn search(at: &At<'_>, context: &Context<'_>) -> Result<Condition, Error> {
    match &at.node.content {
        Content::Map(_) => fields(at, context),
        Content::List(members) if members.is_empty() => Err(at.wrong("an empty search")),
        Content::List(_) => {
            let members = at.list()?;
            let found = members.iter().map(|member| match member.node.content {
                Content::Map(_) => fields(member, context),
                _ => items::item("", member, context),
            });
            found.collect::<Result<_, _>>().map(Condition::Any)
        }
        _ => items::item("", at, context),
    }
}

fn fields(at: &At<'_>, context: &Context<'_>) -> Result<Condition, Error> {
    let entries = at.entries()?;
    if entries.is_empty() {
        return Err(at.wrong("an empty search"));
    }
    let found = entries.iter().map(|(key, node)| {
        let values = At { node, path: at.below(&key.name) };
        items::item(&key.name, &values, context).map_err(|error| place(error, key))
    });
    Ok(match found.collect::<Result<Vec<_>, _>>()? {
        mut only if only.len() == 1 => only.remove(0),
        all => Condition::All(all),
    })
}

/// What is wrong with a field's name is where the name stands, and not its value.
fn place(mut error: Error, key: &Key) -> Error {
    if error.message.starts_with("unknown field") || error.message.starts_with("unknown modifier") {
        (error.line, error.column) = (Some(key.line), Some(key.column));
    }
    error
}

/// The expression with the searches put in for their names.
fn resolve(
    expression: &Expression,
    searches: &[(&str, Condition)],
    context: &Context<'_>,
) -> Result<Condition, expression::Wrong> {
    let members = |members: &[Expression]| {
        members.iter().map(|member| resolve(member, searches, context)).collect::<Result<Vec<_>, _>>()
    };
    let take = |condition: &Condition, offset: usize| {
        context.count(condition.tests().len().max(1)).map_err(|why| (offset, why))?;
        Ok(condition.clone())
    };
    match expression {
        Expression::All(all) => members(all).map(Condition::All),
        Expression::Any(any) => members(any).map(Condition::Any),
        Expression::Not(member) => Ok(Condition::Not(Box::new(resolve(member, searches, context)?))),
        Expression::Name(name, offset) => match searches.iter().find(|(known, _)| known == name) {
            Some((_, condition)) => take(condition, *offset),
            None => {
                let known = searches.iter().map(|(name, _)| *name);
                Err((*offset, names::unknown_or("search", name, known, "no search has this name")))
            }
        },
        Expression::Of { is_all, pattern, offset } => {
            let is_them = pattern.eq_ignore_ascii_case("them");
            let chosen = |name: &str| if is_them { !name.starts_with('_') } else { names::matches(pattern, name) };
            let mut found = Vec::new();
            for (_, condition) in searches.iter().filter(|(name, _)| chosen(name)) {
                found.push(take(condition, *offset)?);
            }
            match found.len() {
                0 => Err((*offset, format!("{} fits no search", policy::error::quoted(pattern)))),
                _ if *is_all => Ok(Condition::All(found)),
                _ => Ok(Condition::Any(found)),
            }
        }
    }
}
