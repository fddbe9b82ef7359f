//! Which events are wanted.

use std::collections::HashSet;

use formats::events;
use formats::events::lifecycle;

/// The wanted events' names; everything when none is named.
pub(crate) struct Filter {
    names: Option<HashSet<String>>,
}

impl Filter {
    /// A filter that lets the named events through, or all when there are none.
    ///
    /// # Errors
    /// The first name that is no event's.
    pub(crate) fn new(names: &[String]) -> Result<Filter, String> {
        for name in names {
            if !events::all().any(|event| event.name == name) {
                return Err(name.clone());
            }
        }
        Ok(Filter { names: (!names.is_empty()).then(|| names.iter().cloned().collect()) })
    }

    /// Whether an event is wanted.
    pub(crate) fn wants(&self, name: &str) -> bool {
        self.names.as_ref().is_none_or(|names| names.contains(name))
    }

    /// Whether a life-cycle event's frames are made. Fork, exec, exit and renames always are: without them no process
    /// has a name; who did not ask for them is not shown them.
    pub(crate) fn is_made(&self, id: u16) -> bool {
        let needed = [
            lifecycle::SCHED_PROCESS_FORK.id,
            lifecycle::SCHED_PROCESS_EXEC.id,
            lifecycle::SCHED_PROCESS_EXIT.id,
            lifecycle::TASK_RENAME.id,
        ];
        needed.contains(&id) || lifecycle::EVENTS.iter().any(|event| event.id == id && self.wants(event.name))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_name_wants_everything_and_an_unknown_one_is_an_error() {
        assert!(Filter::new(&[]).unwrap().wants("openat"));
        let only = Filter::new(&["openat".to_owned()]).unwrap();
        assert!(only.wants("openat") && !only.wants("read"));
        assert!(only.is_made(lifecycle::SCHED_PROCESS_EXEC.id) && !only.is_made(lifecycle::COMMIT_CREDS.id));
        assert_eq!(Filter::new(&["openatt".to_owned()]).err().unwrap(), "openatt");
    }
}
