//! Which events are wanted.

use std::collections::HashSet;

use formats::event::{BEHIND_HOOKED_EVENTS, Event, FIRST_HOOKED_EVENT, SCAN};
use formats::events;
use formats::events::content::CONTENT;
use formats::events::lifecycle::{SCHED_PROCESS_EXEC, SCHED_PROCESS_EXIT, SCHED_PROCESS_FORK, TASK_RENAME};
use formats::events::packets::{DECODED, NET_PACKET_RAW};

/// Sets of which the events are recorded when none is named. What replay can make from system calls, or what comes with
/// every one of them, is not worth its room unasked.
pub const UNASKED: [&str; 2] = ["default", "syscalls"];
/// Without these no process has a name: they are always made.
const NEEDED: [u16; 4] = [SCHED_PROCESS_FORK.id, SCHED_PROCESS_EXEC.id, SCHED_PROCESS_EXIT.id, TASK_RENAME.id];

/// The wanted events' names.
pub(crate) struct Filter {
    names: HashSet<&'static str>,
}

impl Filter {
    /// A filter that lets the named events through, or the sets `default` and `syscalls` when there are none.
    ///
    /// # Errors
    /// The first name that is no event's.
    pub(crate) fn new(names: &[String]) -> Result<Filter, String> {
        if names.is_empty() {
            let unasked = |event: &&Event| event.sets.iter().any(|set| UNASKED.contains(set));
            return Ok(Filter { names: events::all().filter(unasked).map(|event| event.name).collect() });
        }
        let known = |name: &String| events::by_name(name).map(|event| event.name).ok_or_else(|| name.clone());
        Ok(Filter { names: names.iter().map(known).collect::<Result<_, _>>()? })
    }

    /// Leaves out what the recorder looks for itself: it says something of the host and nothing of a command.
    pub(crate) fn leave_out_scans(&mut self) {
        self.names.retain(|name| {
            events::by_name(name).is_none_or(|event| !event.hooks.iter().any(|hook| hook.starts_with(SCAN)))
        });
    }

    /// Wants the events that capturing content takes, or leaves out content and packets, with what replay reads out of these,
    /// when none are captured.
    pub(crate) fn set_capture(&mut self, needed: &[&'static str]) {
        self.names.remove(CONTENT.name);
        self.names.remove(NET_PACKET_RAW.name);
        if !needed.contains(&NET_PACKET_RAW.name) {
            self.names.retain(|name| !DECODED.iter().any(|event| event.name == *name));
        }
        self.names.extend(needed);
    }

    /// A filter that lets every event through.
    pub(crate) fn everything() -> Filter {
        Filter { names: events::all().map(|event| event.name).collect() }
    }

    /// Names of the wanted events, in order.
    pub(crate) fn names(&self) -> Vec<String> {
        let mut names: Vec<String> = self.names.iter().map(|name| (*name).to_owned()).collect();
        names.sort_unstable();
        names
    }

    /// Whether an event is wanted.
    pub(crate) fn wants(&self, name: &str) -> bool {
        self.names.contains(name)
    }

    /// Whether frames of an event with hooks are made. Fork, exec, exit and renames always are.
    pub(crate) fn is_made(&self, event: &Event) -> bool {
        NEEDED.contains(&event.id) || self.wants(event.name)
    }

    /// Whether frames of an event are made whatever is wanted.
    pub(crate) fn is_needed(event: &Event) -> bool {
        NEEDED.contains(&event.id)
    }

    /// Names of events that are made though nobody asked for them, given the calls that are needed for others; replay does
    /// not show them.
    pub(crate) fn hidden(&self, is_source: impl Fn(&str) -> bool) -> Vec<&'static str> {
        let is_made = |event: &&Event| {
            let hooked = (FIRST_HOOKED_EVENT..BEHIND_HOOKED_EVENTS).contains(&event.id);
            is_source(event.name) || hooked && NEEDED.contains(&event.id)
        };
        events::all().filter(|event| !self.wants(event.name)).filter(is_made).map(|event| event.name).collect()
    }
}

#[cfg(test)]
mod tests {
    use formats::events::lifecycle::COMMIT_CREDS;

    use super::*;

    #[test]
    fn no_name_wants_what_a_responder_wants_and_an_unknown_one_is_an_error() {
        let unasked = Filter::new(&[]).unwrap();
        assert!(unasked.wants("openat") && unasked.wants("sched_process_exec"));
        let only = Filter::new(&["openat".to_owned()]).unwrap();
        assert!(only.wants("openat") && !only.wants("read"));
        assert!(only.is_made(&SCHED_PROCESS_EXEC) && !only.is_made(&COMMIT_CREDS));
        assert_eq!(Filter::new(&["openatt".to_owned()]).err().unwrap(), "openatt");
    }

    #[test]
    fn a_command_says_nothing_of_what_hides_in_the_kernel() {
        let mut unasked = Filter::new(&[]).unwrap();
        assert!(unasked.wants("hooked_syscall"));
        unasked.leave_out_scans();
        assert!(!unasked.wants("hooked_syscall") && unasked.wants("module_load"));
    }

    #[test]
    fn what_is_read_out_of_packets_takes_packets() {
        let names = ["net_packet_dns", "net_packet_raw", "content", "openat"].map(str::to_owned);
        let mut without = Filter::new(&names).unwrap();
        without.set_capture(&[CONTENT.name]);
        assert_eq!(without.names(), ["content", "openat"]);
        let mut with = Filter::new(&names).unwrap();
        with.set_capture(&[NET_PACKET_RAW.name]);
        assert_eq!(with.names(), ["net_packet_dns", "net_packet_raw", "openat"]);
    }

    #[test]
    fn what_is_only_needed_is_hidden() {
        let only = Filter::new(&["task_rename".to_owned()]).unwrap();
        let hidden = only.hidden(|name| name == "openat");
        assert_eq!(hidden, ["sched_process_fork", "sched_process_exec", "sched_process_exit", "openat"]);
    }
}
