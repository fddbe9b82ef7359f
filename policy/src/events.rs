//! Which events to record, as `--events` has it: names, sets, wildcards, exclusions, and filters among them.
//!
//! The words are taken in order, so that `all,-read,-write` is everything but two. A selection that begins with an
//! exclusion begins with everything. A filter chooses its event. The log's own frames are not events that can be chosen.

use std::collections::{BTreeMap, BTreeSet};

use formats::event::{Event, FIRST_RECORDER_EVENT};

use crate::error::{Error, quoted};
use crate::filter::Filter;
use crate::limits::MAX_FILTERS;
use crate::names;
use crate::plan::Rule;

/// Stands for every event.
const ALL: &str = "all";

/// What begins behind an event's name in a filter.
const SUBJECTS: [&str; 5] = ["data.", "args.", "retval", "scope.", "context."];

/// A rule for each event that `words` choose, in id order.
///
/// Each word is the value of one `--events`: names, sets, wildcards and exclusions separated by commas, then perhaps a
/// filter, to which the commas behind it belong. Another filter may follow; names may not.
///
/// Nothing chosen gives an empty list, which stands for the default.
///
/// # Errors
/// Names the word that fits nothing, or says what is wrong with a filter.
pub fn select<S: AsRef<str>>(words: &[S]) -> Result<Vec<Rule>, Error> {
    let mut selection = Selection::default();
    for word in words.iter().map(AsRef::as_ref) {
        selection.add(word).map_err(|why| Error::new(why).field(format!("--events {}", quoted(word))))?;
    }
    if !selection.is_untouched && selection.chosen.is_empty() {
        return Err(Error::new("--events leaves no event to record"));
    }
    Ok(selection.rules())
}

/// Every event that can be chosen, in id order.
pub fn selectable() -> impl Iterator<Item = &'static Event> {
    formats::events::all().filter(|event| event.id >= FIRST_RECORDER_EVENT)
}

/// The event of this name, or what is wrong with the name.
pub(crate) fn named(name: &str) -> Result<&'static Event, String> {
    let found = selectable().find(|event| event.name == name);
    found.ok_or_else(|| names::unknown("event", name, selectable().map(|event| event.name)))
}

struct Selection {
    chosen: BTreeSet<u16>,
    filters: BTreeMap<u16, Vec<Filter>>,
    is_untouched: bool,
}

impl Default for Selection {
    fn default() -> Selection {
        Selection { chosen: BTreeSet::new(), filters: BTreeMap::new(), is_untouched: true }
    }
}

impl Selection {
    fn add(&mut self, word: &str) -> Result<(), String> {
        let mut rest = word;
        while !rest.is_empty() {
            let (piece, behind) = match is_filter(rest) {
                true => filter_end(rest),
                false => rest.split_once(',').unwrap_or((rest, "")),
            };
            match piece.trim() {
                "" => {}
                filter if is_filter(filter) => self.filter(filter)?,
                name => self.choose(name)?,
            }
            rest = behind;
        }
        Ok(())
    }

    fn choose(&mut self, word: &str) -> Result<(), String> {
        match word.strip_prefix('-') {
            Some(excluded) => {
                if self.is_untouched {
                    self.chosen.extend(selectable().map(|event| event.id));
                }
                for event in fitting(excluded)? {
                    self.chosen.remove(&event.id);
                }
            }
            None => self.chosen.extend(fitting(word)?.into_iter().map(|event| event.id)),
        }
        self.is_untouched = false;
        Ok(())
    }

    fn filter(&mut self, word: &str) -> Result<(), String> {
        let Some((name, filter)) = word.split_once('.').filter(|(name, _)| !name.contains(['=', '!', '<', '>'])) else {
            let name = word.split(['=', '!', '<', '>']).next().unwrap_or_default().trim();
            return Err(format!(
                "compares nothing of {0}; filters are {0}.data.FIELD=VALUE and the like",
                quoted(name)
            ));
        };
        let event = named(name)?;
        let filter = Filter::parse(filter, Some(event))?;
        let filters = self.filters.entry(event.id).or_default();
        if filters.len() == MAX_FILTERS {
            return Err(format!("more than {MAX_FILTERS} filters of {name}"));
        }
        filters.push(filter);
        self.chosen.insert(event.id);
        self.is_untouched = false;
        Ok(())
    }

    fn rules(mut self) -> Vec<Rule> {
        let chosen = selectable().filter(|event| self.chosen.contains(&event.id));
        let rule = |event: &Event| Rule {
            event: event.name.to_owned(),
            filters: self.filters.remove(&event.id).unwrap_or_default(),
        };
        chosen.map(rule).collect()
    }
}

/// Whether a filter begins here: a name, a dot, and more. No name of an event or set has a dot.
fn is_filter(word: &str) -> bool {
    let first = word.split(',').next().unwrap_or_default();
    let before_operator = first.split(['=', '!', '<', '>', '"', '\'']).next().unwrap_or_default();
    before_operator.contains('.') || before_operator.len() < first.len()
}

/// The filter that a word begins with, and what is behind its comma: the next filter, if there is one.
fn filter_end(word: &str) -> (&str, &str) {
    let mut quote = None;
    let mut previous = '=';
    for (at, c) in word.char_indices() {
        match quote {
            // A backslash escapes only between double quotes.
            Some('"') if previous == '\\' && c != '\0' => {
                previous = '\0';
                continue;
            }
            Some(open) if c == open => quote = None,
            Some(_) => {}
            None if matches!(c, '"' | '\'') && matches!(previous, '=' | '<' | '>' | ',' | '*') => quote = Some(c),
            None if c == ',' && begins_filter(word.get(at.saturating_add(1)..).unwrap_or_default()) => {
                let (filter, rest) = word.split_at(at);
                return (filter, rest.strip_prefix(',').unwrap_or(rest));
            }
            None => {}
        }
        if !c.is_whitespace() {
            previous = c;
        }
    }
    (word, "")
}

/// Whether a list of values ends here because another event's filter begins.
fn begins_filter(word: &str) -> bool {
    let Some((name, rest)) = word.trim_start().split_once('.') else { return false };
    SUBJECTS.iter().any(|subject| rest.starts_with(subject)) && selectable().any(|event| event.name == name)
}

/// The events that one word stands for: a name, a set, or a pattern with `*`.
fn fitting(word: &str) -> Result<Vec<&'static Event>, String> {
    let fits = |event: &&Event| event.name == word || event.sets.contains(&word) || names::matches(word, event.name);
    let found: Vec<_> = selectable().filter(|event| word == ALL || fits(event)).collect();
    if found.is_empty() {
        let sets = selectable().flat_map(|event| event.sets.iter().copied()).collect::<BTreeSet<_>>();
        let known = selectable().map(|event| event.name).chain(sets).chain([ALL]);
        return Err(names::unknown("event or set", word, known));
    }
    Ok(found)
}

#[cfg(test)]
mod tests;
