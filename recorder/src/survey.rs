//! What this kernel gives: every program is loaded and attached as for a recording, and nothing is recorded.

use std::collections::BTreeMap;

use anyhow::Result;
use formats::event::FIRST_SYSCALL_EVENT;
use formats::events;

use crate::filter::Filter;
use crate::hooks::{CALLS, Missing};
use crate::programs::{Captured, Programs, Setup};
use crate::{host, resources};

/// How one event can be seen here.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sight {
    /// The hook it gets; `None` when nothing sees it.
    pub hook: Option<String>,
    /// Better hooks, or all there are, that this kernel has not got: hook and reason.
    pub refused: Vec<(String, String)>,
}

/// By event, in id order of the table: how this kernel shows it. The log's own frames and the recorder's words are left
/// out: they need no hook.
///
/// # Errors
/// The process or the kernel cannot record at all.
pub fn survey(upper_hooks: bool) -> Result<Vec<(&'static str, Sight)>> {
    host::check_capabilities()?;
    host::check_kernel()?;
    resources::raise_locked_memory_limit();
    let filter = Filter::everything();
    let least = 64 << 10;
    let setup = Setup {
        filter: &filter,
        plan: None,
        everyone: false,
        container_hierarchy: 0,
        upper_hooks,
        environment: false,
        control_bytes: least,
        events_bytes: least,
        artifacts_bytes: 0,
        packets_bytes: [0; 2],
        captured: Captured::default(),
    };
    let (programs, _rings) = Programs::load(&setup)?;
    let choice = &programs.choice;
    let mut refused: BTreeMap<&str, Vec<(String, String)>> = BTreeMap::new();
    for Missing { event, hook, why } in choice.passed_over.iter().chain(&choice.missing) {
        refused.entry(event).or_default().push((hook.clone(), why.clone()));
    }
    let sight = |name: &'static str, key: &str| {
        let hook = choice.hooks.get(key).cloned();
        (name, Sight { hook, refused: refused.get(key).cloned().unwrap_or_default() })
    };
    let hooked = events::all().filter(|event| event.id >= formats::event::FIRST_HOOKED_EVENT);
    Ok(hooked
        .map(|event| sight(event.name, if event.id >= FIRST_SYSCALL_EVENT - 2 { CALLS[1].1 } else { event.name }))
        .collect())
}
