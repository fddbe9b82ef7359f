//! Which hook sees each event: the best that the event's row names and this kernel gives.

use std::collections::BTreeMap;

use formats::event::{
    AT_BOTH, AT_ENTRY, AT_EXIT, BY_RECORDER, Event, FIRST_HOOKED_EVENT, FIRST_SYSCALL_EVENT, REPLAY, SCAN,
};
use formats::events;
use formats::schema::Schema;

use crate::filter::Filter;
use crate::kinds::Kinds;
use crate::scan;

/// Programs that serve others: prefix of their names, under which the manifest has the hook when there is one, and hooks
/// as in an event's row. What they find out is missing where they are; nothing else is.
pub(crate) const SUPPORT: &[(&str, &[&str])] = &[
    ("bpf_helpers", &["fentry/bpf_check"]),
    ("copied_path", &["fexit/getname_flags"]),
    ("copied_path_at", &["fexit/getname_uflags"]),
    ("copied_plain_path", &["fexit/getname"]),
    ("execute_failed", &["fexit/bprm_execve"]),
    ("executed_file", &["tp_btf/sched_process_exec"]),
    ("path_moved", &["tp_btf/io_uring_complete"]),
];

/// Of these, the ones that are of no use without one of these events.
const SERVES: &[(&str, &[&str])] =
    &[("bpf_helpers", &["bpf_attach", "security_bpf_prog"]), ("executed_file", &["content"])];

/// Events whose program looks at what these calls were given.
const LOOKS_AT: &[(&str, &[&str])] = &[
    ("sched_process_exec", &["execve", "execveat"]),
    ("security_socket_bind", &["bind"]),
    ("security_socket_connect", &["connect"]),
    ("security_socket_sendmsg", &["sendto", "sendmsg"]),
];

/// What our programs on system calls cannot make without a helper of the kernel's: event and helper.
const HELPERS: &[(&str, &str)] = &[
    ("security_file_mprotect", "bpf_find_vma"),
    ("mem_prot_alert", "bpf_find_vma"),
    ("stack_pivot", "bpf_find_vma"),
    ("suspicious_syscall_source", "bpf_find_vma"),
];

/// What is always there: the frames of system calls, and the scope of threads that are made without one. Program, name in
/// the manifest, hook.
pub(crate) const CALLS: [(&str, &str, &str); 3] = [
    ("tracee_sys_enter", "syscalls (arguments)", "tp_btf/sys_enter"),
    ("tracee_sys_exit", "syscalls", "tp_btf/sys_exit"),
    ("tracee_task_newtask", "threads of io_uring", "tp_btf/task_newtask"),
];

/// A hook that an event's row names and this kernel has not got, where nothing else sees the event.
#[derive(Clone, Debug)]
pub(crate) struct Missing {
    pub(crate) event: String,
    pub(crate) hook: String,
    pub(crate) why: String,
}

/// A program of the object file: name and section.
pub(crate) type Program = (String, String);

/// What was chosen.
#[derive(Clone, Debug, Default)]
pub(crate) struct Choice {
    /// Hook by event (or `syscalls`), as rows name it.
    pub(crate) hooks: BTreeMap<String, String>,
    /// Entry of the event's row that was chosen.
    pub(crate) entries: BTreeMap<String, &'static str>,
    /// Events of which replay makes the rows.
    pub(crate) replayed: Vec<String>,
    /// Better hooks that were refused, by event, where another one serves.
    pub(crate) passed_over: Vec<Missing>,
    /// Events that nothing sees.
    pub(crate) missing: Vec<Missing>,
    /// Names of the programs to load and attach.
    pub(crate) programs: Vec<String>,
}

impl Choice {
    /// Events that the recorder looks for itself.
    pub(crate) fn scans(&self) -> Vec<String> {
        let is_scan = |(_, entry): &(&String, &&str)| entry.starts_with(SCAN);
        self.entries.iter().filter(is_scan).map(|(event, _)| event.clone()).collect()
    }

    /// Whether rows of this call or event are needed, wanted or not, because replay makes others from them.
    pub(crate) fn is_source(&self, name: &str) -> bool {
        let replayed = self.replayed.iter().filter_map(|name| events::by_name(name));
        replayed.flat_map(Event::sources).any(|source| source == name)
    }

    /// Whether a program of some event's own looks at what this call was given, so that it must be collected: the event
    /// has a field for it, and names the calls it may be made in as those that replay would make it from.
    pub(crate) fn looks_at(&self, call: &str) -> bool {
        let own = self.entries.iter().filter(|(_, entry)| !entry.starts_with(REPLAY));
        let mut events = own.filter_map(|(name, _)| events::by_name(name));
        events.any(|event| {
            let has_field = event.fields.iter().any(|field| field.from_user);
            let named = [REPLAY, AT_ENTRY, AT_EXIT, AT_BOTH].into_iter().flat_map(|prefix| event.calls(prefix));
            let listed = LOOKS_AT.iter().filter(|(name, _)| *name == event.name).flat_map(|(_, calls)| *calls);
            has_field && named.into_iter().any(|named| named == call)
                || listed.into_iter().any(|listed| *listed == call)
        })
    }

    /// The events as the capture declares them, for as long as the process lives.
    pub(crate) fn schema(&self) -> &'static Schema {
        let at_call = |entry: &&str| [AT_ENTRY, AT_EXIT, AT_BOTH].iter().any(|prefix| entry.starts_with(prefix));
        let made_at_calls = |event: &Event| self.entries.get(event.name).is_some_and(at_call);
        Box::leak(Box::new(Schema::of_build(made_at_calls)))
    }
}

/// Chooses for every wanted event. `refused` are programs that did not load or attach when they were tried, and why.
pub(crate) fn choose(
    filter: &Filter,
    programs: &[Program],
    kinds: &mut Kinds,
    refused: &BTreeMap<String, String>,
) -> Choice {
    let mut choice = Choice::default();
    for (program, name, hook) in CALLS {
        match kinds.refusal(hook).or_else(|| refused.get(program).cloned()) {
            None => {
                choice.hooks.insert(name.to_owned(), hook.to_owned());
                choice.programs.push(program.to_owned());
            }
            Some(why) => choice.missing.push(Missing { event: name.to_owned(), hook: hook.to_owned(), why }),
        }
    }
    for event in hooked() {
        if filter.is_made(event) {
            choose_for(event, programs, kinds, refused, &mut choice);
        }
    }
    for (prefix, hooks) in SUPPORT {
        let is_served = |event: &&str| choice.entries.contains_key(*event);
        if SERVES.iter().any(|(support, events)| support == prefix && !events.iter().any(is_served)) {
            continue;
        }
        let found = hooks.iter().find_map(|hook| {
            let found = programs_on(prefix, hook, programs);
            let fits = kinds.refusal(hook).is_none() && !found.iter().any(|name| refused.contains_key(name));
            (!found.is_empty() && fits).then_some((*hook, found))
        });
        if let Some((hook, found)) = found {
            choice.hooks.insert((*prefix).to_owned(), hook.to_owned());
            choice.programs.extend(found);
        }
    }
    choice
}

fn choose_for(
    event: &'static Event,
    programs: &[Program],
    kinds: &mut Kinds,
    refused: &BTreeMap<String, String>,
    choice: &mut Choice,
) {
    let is_done = choice.hooks.contains_key(event.name) || choice.missing.iter().any(|one| one.event == event.name);
    if is_done {
        return;
    }
    let mut passed_over = Vec::new();
    for entry in event.hooks {
        let source = event.own_source().filter(|_| entry.starts_with(REPLAY));
        let hook = match source {
            Some(source) => hook_of_source(source, programs, kinds, refused, choice),
            None => Some(hook_of(entry).to_owned()),
        };
        let found = programs_on(event.name, entry, programs);
        let refusal = match &hook {
            None => Some("nothing sees what replay would make it from".to_owned()),
            Some(hook) => kinds
                .refusal(hook)
                .or_else(|| found.iter().find_map(|name| refused.get(name).cloned()))
                .or_else(|| missing_helper(event.name, entry, kinds))
                .or_else(|| entry.strip_prefix(SCAN).and_then(scan::refusal))
                .or_else(|| (found.is_empty() && has_program(entry)).then(|| "no program for it".to_owned())),
        };
        let hook = hook.unwrap_or_else(|| (*entry).to_owned());
        let Some(why) = refusal else {
            choice.hooks.insert(event.name.to_owned(), hook);
            choice.entries.insert(event.name.to_owned(), entry);
            choice.programs.extend(found);
            if entry.starts_with(REPLAY) {
                choice.replayed.push(event.name.to_owned());
            }
            choice.passed_over.extend(passed_over);
            return;
        };
        passed_over.push(Missing { event: event.name.to_owned(), hook, why });
    }
    choice.missing.extend(passed_over);
}

/// Why our programs on system calls cannot make the event on this kernel.
fn missing_helper(event: &str, entry: &str, kinds: &Kinds) -> Option<String> {
    let at_call = [AT_ENTRY, AT_EXIT, AT_BOTH].iter().any(|prefix| entry.starts_with(prefix));
    let (_, helper) = HELPERS.iter().find(|(needy, _)| at_call && *needy == event)?;
    (!kinds.has_function(helper)).then(|| format!("this kernel has no {helper}"))
}

/// The hook that an entry of an event's row stands for.
fn hook_of(entry: &'static str) -> &'static str {
    if entry.starts_with(AT_ENTRY) {
        CALLS[0].2
    } else if [AT_EXIT, AT_BOTH, REPLAY].iter().any(|prefix| entry.starts_with(prefix)) {
        CALLS[1].2
    } else {
        entry
    }
}

/// The hook that sees what replay makes an event from, `None` when nothing does. The log's own frames are always there.
fn hook_of_source(
    source: &'static Event,
    programs: &[Program],
    kinds: &mut Kinds,
    refused: &BTreeMap<String, String>,
    choice: &mut Choice,
) -> Option<String> {
    if source.id < FIRST_HOOKED_EVENT {
        return source.hooks.first().map(|hook| (*hook).to_owned());
    }
    choose_for(source, programs, kinds, refused, choice);
    choice.hooks.get(source.name).cloned()
}

/// Names of the programs for `prefix` on this hook: the one on it, and its parts on others.
pub(crate) fn programs_on(prefix: &str, hook: &str, programs: &[Program]) -> Vec<String> {
    let own = |name: &str| name.strip_prefix(prefix).and_then(|rest| rest.strip_prefix("__")).map(str::to_owned);
    let main = programs.iter().find_map(|(name, section)| {
        own(name).filter(|variant| section == hook && !variant.contains("__")).map(|_| name.as_str())
    });
    let Some(main) = main else { return Vec::new() };
    let part = format!("{main}__");
    let is_of = |name: &str| name == main || name.starts_with(&part);
    programs.iter().map(|(name, _)| name).filter(|name| is_of(name)).cloned().collect()
}

/// Events that have hooks to choose from: all but the log's own frames, the recorder's words and the calls themselves.
pub(crate) fn hooked() -> impl Iterator<Item = &'static Event> {
    let calls = FIRST_SYSCALL_EVENT - 2;
    events::all().filter(move |event| event.id >= formats::event::FIRST_HOOKED_EVENT && event.id < calls)
}

/// Whether an entry of an event's row stands for a program of the event's own.
pub(crate) fn has_program(entry: &'static str) -> bool {
    let by_recorder = entry == BY_RECORDER || entry.starts_with(SCAN);
    hook_of(entry) == entry && !by_recorder && !CALLS.iter().any(|(_, _, hook)| *hook == entry)
}

/// Whether a program is only loaded when it was chosen.
pub(crate) fn is_optional(name: &str) -> bool {
    CALLS.iter().any(|(program, ..)| *program == name) || is_of_one_event(name)
}

/// Whether a program serves one event alone, so that another hook can take its place.
pub(crate) fn is_of_one_event(name: &str) -> bool {
    name.contains("__")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn program(name: &str, section: &str) -> Program {
        (name.to_owned(), section.to_owned())
    }

    #[test]
    fn a_program_is_found_by_its_events_name_and_hook_with_its_parts() {
        let programs = [
            program("file_open__lsm", "lsm/file_open"),
            program("file_open__kprobe", "kprobe/do_open"),
            program("file_open__kprobe__exit", "kretprobe/do_open"),
            program("file_open_at__lsm", "lsm/file_open"),
        ];
        assert_eq!(programs_on("file_open", "lsm/file_open", &programs), ["file_open__lsm"]);
        let both = ["file_open__kprobe", "file_open__kprobe__exit"];
        assert_eq!(programs_on("file_open", "kprobe/do_open", &programs), both);
        assert!(programs_on("file_open", "kretprobe/do_open", &programs).is_empty());
        assert!(is_optional("file_open__lsm") && !is_optional("tracee_put_markers"));
    }

    #[test]
    fn what_needs_a_helper_is_an_event_made_at_system_calls() {
        for (name, _) in HELPERS {
            let event = events::by_name(name).unwrap();
            assert!(event.hooks.iter().any(|entry| hook_of(entry) != *entry), "{name}");
        }
    }

    #[test]
    fn entries_at_system_calls_stand_for_the_tracepoints() {
        assert_eq!(hook_of("sys_enter/mmap"), "tp_btf/sys_enter");
        assert_eq!(hook_of("sys_exit/mmap+brk"), "tp_btf/sys_exit");
        assert_eq!(hook_of("sys_call/mmap"), "tp_btf/sys_exit");
        assert_eq!(hook_of("replay/openat"), "tp_btf/sys_exit");
        assert_eq!(hook_of("lsm/file_open"), "lsm/file_open");
    }

    #[test]
    fn what_replay_makes_an_event_from_is_seen_wanted_or_not() {
        let Ok(mut kinds) = Kinds::new(false) else { return };
        let programs = [program("cgroup_mkdir__tp", "tp_btf/cgroup_mkdir")];
        let wanted = ["container_create", "existing_container", "init_namespaces"].map(str::to_owned);
        let filter = Filter::new(&wanted).unwrap();
        let choice = choose(&filter, &programs, &mut kinds, &BTreeMap::new());
        assert_eq!(choice.hooks["container_create"], "tp_btf/cgroup_mkdir");
        assert_eq!(choice.hooks["cgroup_mkdir"], "tp_btf/cgroup_mkdir");
        assert_eq!(choice.hooks["existing_container"], "/proc/PID/cgroup");
        assert_eq!(choice.hooks["init_namespaces"], "recorder");
        assert_eq!(choice.replayed, ["container_create", "existing_container"]);
        assert!(
            choice.is_source("cgroup_mkdir") && filter.hidden(|name| choice.is_source(name)).contains(&"cgroup_mkdir")
        );

        let refused = BTreeMap::from([("cgroup_mkdir__tp".to_owned(), "too new".to_owned())]);
        let choice = choose(&filter, &programs, &mut kinds, &refused);
        let missing: Vec<_> = choice.missing.iter().map(|one| one.event.as_str()).collect();
        assert!(missing.contains(&"cgroup_mkdir") && missing.contains(&"container_create"), "{missing:?}");
    }
}
