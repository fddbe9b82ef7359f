//! `--events SET`: which events to record, as names, sets, wildcards and exclusions.
//!
//! The words are taken in order, so that `all,-read,-write` is everything but two. A selection that begins with an
//! exclusion begins with everything. The log's own frames are not events that can be chosen.

use std::collections::BTreeSet;

use anyhow::{Result, bail};
use formats::event::{Event, FIRST_RECORDER_EVENT};

use super::names;

/// Stands for every event.
const ALL: &str = "all";

/// The names of the events that `words` choose (each word may hold several, separated by commas), in id order.
///
/// Nothing chosen gives an empty list, which the recorder takes as its default. Errors name the word that fits nothing.
pub(crate) fn select(words: &[String]) -> Result<Vec<String>> {
    let mut chosen = BTreeSet::new();
    let mut first = true;
    for word in words.iter().flat_map(|word| word.split(',')).map(str::trim).filter(|word| !word.is_empty()) {
        match word.strip_prefix('-') {
            Some(excluded) => {
                if first {
                    chosen.extend(selectable().map(|event| event.id));
                }
                for event in fitting(excluded)? {
                    chosen.remove(&event.id);
                }
            }
            None => chosen.extend(fitting(word)?.into_iter().map(|event| event.id)),
        }
        first = false;
    }
    if !first && chosen.is_empty() {
        bail!("--events leaves no event to record");
    }
    Ok(selectable().filter(|event| chosen.contains(&event.id)).map(|event| event.name.to_owned()).collect())
}

/// Every event that can be chosen.
fn selectable() -> impl Iterator<Item = &'static Event> {
    formats::events::all().filter(|event| event.id >= FIRST_RECORDER_EVENT)
}

/// The events that one word stands for: a name, a set, or a pattern with `*`.
fn fitting(word: &str) -> Result<Vec<&'static Event>> {
    let fits = |event: &&Event| event.name == word || event.sets.contains(&word) || names::matches(word, event.name);
    let found: Vec<_> = selectable().filter(|event| word == ALL || fits(event)).collect();
    if found.is_empty() {
        let sets = selectable().flat_map(|event| event.sets.iter().copied()).collect::<BTreeSet<_>>();
        let known = selectable().map(|event| event.name).chain(sets).chain([ALL]);
        bail!(names::unknown("event or set", word, known));
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::select;

    fn chosen(words: &str) -> Vec<String> {
        select(&[words.to_owned()]).unwrap()
    }

    #[test]
    fn words_are_taken_in_order() {
        assert_eq!(chosen("sched_process_exec,sched_process_exit"), ["sched_process_exec", "sched_process_exit"]);
        assert_eq!(chosen("sched_process_*,-*_exit"), ["sched_process_fork", "sched_process_exec"]);
        assert_eq!(chosen("-sched_process_*").len() + 3, chosen("all").len());
        assert_eq!(chosen("sched_process_exec, ,"), ["sched_process_exec"]);
        assert!(select(&[]).unwrap().is_empty());
    }

    #[test]
    fn a_set_chooses_its_members() {
        let proc = chosen("proc");
        assert!(proc.contains(&"task_rename".to_owned()) && !proc.contains(&"openat".to_owned()), "{proc:?}");
    }

    #[test]
    fn the_logs_own_frames_cannot_be_chosen() {
        let error = select(&["file_object".to_owned()]).unwrap_err().to_string();
        assert!(error.starts_with("unknown event or set \"file_object\""), "{error}");
    }

    #[test]
    fn an_unknown_name_or_an_empty_choice_is_refused() {
        let error = select(&["sched_proces_exec".to_owned()]).unwrap_err().to_string();
        assert!(error.contains("did you mean sched_process_exec"), "{error}");
        assert!(select(&["proc,-all".to_owned()]).unwrap_err().to_string().contains("no event"));
    }
}
