//! `--events SET`: which events to record, as names, sets, wildcards and exclusions; see [`policy::events`].

use anyhow::{Result, bail};

/// The names of the events that `words` choose (each word may hold several, separated by commas), in id order.
///
/// Nothing chosen gives an empty list, which the recorder takes as its default. Errors name the word that fits nothing.
pub(crate) fn select(words: &[String]) -> Result<Vec<String>> {
    let rules = policy::events::select(words)?;
    if let Some(rule) = rules.iter().find(|rule| !rule.filters.is_empty()) {
        // To record every row of the event would be more than was asked for.
        bail!("--events: the filter of {} cannot be recorded by yet", rule.event);
    }
    Ok(rules.into_iter().map(|rule| rule.event).collect())
}
