//! Which kinds of hook work on this kernel, found out by trying: a program of each kind is loaded, attached, and must run.

use std::collections::{BTreeMap, HashSet};
use std::mem::MaybeUninit;

use crate::cgroups;
use libbpf_rs::btf::Btf;
use libbpf_rs::btf::TypeId;
use libbpf_rs::btf::types::{Enum, Func, Typedef};
use libbpf_rs::skel::{OpenSkel, Skel, SkelBuilder};

#[allow(missing_docs, clippy::all, unreachable_pub, dead_code, non_snake_case, unused)]
mod skeleton {
    include!(concat!(env!("OUT_DIR"), "/probe.skel.rs"));
}

/// Kinds that not every kernel gives, by the name that libbpf has for their sections.
const TRIED: [&str; 5] = ["lsm", "fentry", "fexit", "kprobe", "kretprobe"];

/// What this kernel offers.
pub(crate) struct Kinds {
    types: Btf<'static>,
    /// By kind that was tried: why it does not work, `None` when it does.
    refusals: BTreeMap<&'static str, Option<String>>,
    /// Functions that a kprobe can be set on; read when the first is asked for.
    symbols: Option<HashSet<String>>,
    upper: bool,
}

impl Kinds {
    /// Reads the kernel's types; kinds are tried when they are first asked for. Without `upper`, raw tracepoints are all
    /// there is.
    pub(crate) fn new(upper: bool) -> anyhow::Result<Kinds> {
        use anyhow::Context;
        let types = Btf::from_vmlinux().context("cannot read the kernel's types")?;
        Ok(Kinds { types, refusals: BTreeMap::new(), symbols: None, upper })
    }

    /// Whether the kernel has a function of this name, a helper's (`bpf_find_vma`) for one.
    pub(crate) fn has_function(&self, name: &str) -> bool {
        self.types.type_by_name::<Func<'_>>(name).is_some()
    }

    /// The value of an enumerator, also of an enumeration without a name, which programs cannot ask for.
    pub(crate) fn enumerator(&self, name: &str) -> Option<i64> {
        let ids = (1..self.types.len() as u32).map(TypeId::from);
        let mut enums = ids.filter_map(|id| self.types.type_by_id::<Enum<'_>>(id));
        let value = |of: Enum<'_>| {
            let member = of.iter().find(|member| member.name.is_some_and(|given| given == name))?;
            Some(member.value)
        };
        enums.find_map(value)
    }

    /// Why a program on this hook (a section's name) has no chance, `None` when it has one.
    pub(crate) fn refusal(&mut self, hook: &str) -> Option<String> {
        let (kind, target) = hook.split_once('/')?;
        if let Some(kind) = TRIED.into_iter().find(|tried| *tried == kind) {
            if !self.upper {
                return Some("only tracepoints were asked for".to_owned());
            }
            if let Some(why) = self.refusals.entry(kind).or_insert_with(|| attempt(kind).err()) {
                return Some(why.clone());
            }
        }
        let is_there = match kind {
            "lsm" => self.types.type_by_name::<Func<'_>>(&format!("bpf_lsm_{target}")).is_some(),
            "fentry" | "fexit" => self.types.type_by_name::<Func<'_>>(target).is_some(),
            "kprobe" | "kretprobe" => self.symbols.get_or_insert_with(kernel_functions).contains(target),
            "tp_btf" => self.types.type_by_name::<Typedef<'_>>(&format!("btf_trace_{target}")).is_some(),
            "cgroup_skb" => cgroups::root_of_version_2().is_some(),
            _ => true,
        };
        (!is_there).then(|| match kind {
            "tp_btf" => "this kernel has no such tracepoint".to_owned(),
            "lsm" => "this kernel has no such hook".to_owned(),
            "cgroup_skb" => "the control groups of version 2 are mounted nowhere".to_owned(),
            _ => "this kernel has no such function".to_owned(),
        })
    }
}

/// Loads, attaches and triggers a program of this kind.
fn attempt(kind: &'static str) -> Result<(), String> {
    let mut storage = MaybeUninit::uninit();
    let mut open = skeleton::ProbeSkelBuilder::default().open(&mut storage).map_err(|error| error.to_string())?;
    let wanted = format!("probe_{kind}");
    for mut program in open.open_object_mut().progs_mut() {
        let is_wanted = program.name() == wanted.as_str();
        program.set_autoload(is_wanted);
    }
    let mut loaded = open.load().map_err(|error| format!("{kind} programs do not load: {error}"))?;
    let program = loaded.object_mut().progs_mut().find(|program| program.name() == wanted.as_str());
    let link = program.ok_or("no such program")?.attach();
    let link = link.map_err(|error| format!("{kind} programs do not attach: {error}"))?;
    // SAFETY: numbers only.
    unsafe { libc::getpgid(libc::getpid()) };
    let ran = loaded.maps.bss_data.as_deref().is_some_and(|shared| {
        // SAFETY: an aligned word in a mapping that the kernel side writes.
        unsafe { std::ptr::read_volatile(&shared.ran) != 0 }
    });
    drop(link);
    if ran { Ok(()) } else { Err(format!("{kind} programs attach but are not called")) }
}

/// Names of the kernel's and its modules' functions.
fn kernel_functions() -> HashSet<String> {
    let text = std::fs::read_to_string("/proc/kallsyms").unwrap_or_default();
    let function = |line: &str| {
        let mut words = line.split_ascii_whitespace().skip(1);
        let is_function = words.next().is_some_and(|kind| matches!(kind, "t" | "T"));
        words.next().filter(|_| is_function).map(str::to_owned)
    };
    text.lines().filter_map(function).collect()
}

#[cfg(test)]
mod tests {
    use super::Kinds;

    /// Needs the kernel's types, and nothing else.
    #[test]
    fn a_tracepoint_that_is_not_there_is_refused() {
        let Ok(mut kinds) = Kinds::new(false) else { return };
        assert_eq!(kinds.refusal("tp_btf/sys_enter"), None);
        assert_eq!(kinds.enumerator("TASK_COMM_LEN"), Some(16));
        assert_eq!(kinds.enumerator("TASK_COMM_LEN_OF_NOBODY"), None);
        assert!(kinds.refusal("tp_btf/no_such_tracepoint").unwrap().contains("no such tracepoint"));
        assert!(kinds.refusal("lsm/file_open").unwrap().contains("only tracepoints"));
    }
}
