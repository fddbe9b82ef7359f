//! Modules that are in memory and not in /proc/modules. The kernel has them in three places: its list, the set behind
//! /sys/module, and the tree in which it looks up whose code an address is. A module that takes itself out of the list is
//! still in the tree.

use std::collections::{BTreeMap, HashSet};
use std::thread;
use std::time::Duration;

use formats::events::kernel::HIDDEN_KERNEL_MODULE;
use formats::payload::PayloadBuilder;

use super::symbols::Symbols;
use super::{Finding, Read};
use crate::programs::Layout;

/// The list.
pub(super) const LIST: &str = "modules";
/// The variable that points to the set.
pub(super) const SET: &str = "module_kset";
/// The tree; small kernels have none.
pub(super) const TREE: &str = "mod_tree";

/// Modules of one place that are looked at, at most.
const MOST: usize = 8192;
/// `MODULE_STATE_LIVE`: what comes or goes is not listed the whole time.
const LIVE: u32 = 0;
/// A module that was just loaded or unloaded looks hidden for a moment.
const SECOND_LOOK: Duration = Duration::from_millis(200);

/// A module in memory.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Module {
    name: String,
    source: Option<String>,
}

pub(super) fn hidden(symbols: &Symbols, layout: &Layout, read: Read<'_>) -> Vec<Finding> {
    let listed = || listed(&std::fs::read_to_string("/proc/modules").unwrap_or_default());
    let unlisted = || not_in(in_memory(symbols, layout, read), &listed());
    let mut hidden = unlisted();
    if !hidden.is_empty() {
        thread::sleep(SECOND_LOOK);
        let still = unlisted();
        hidden.retain(|address, module| still.get(address) == Some(module));
    }
    let finding = |(address, module): (u64, Module)| {
        let row =
            PayloadBuilder::new(&HIDDEN_KERNEL_MODULE).u64("address", address).bytes("name", module.name.as_bytes());
        Finding {
            event: &HIDDEN_KERNEL_MODULE,
            key: format!("{address:x} {}", module.name),
            row: super::text_or_null(row, "srcversion", module.source),
        }
    };
    hidden.into_iter().map(finding).collect()
}

fn listed(modules: &str) -> HashSet<String> {
    modules.lines().filter_map(|line| line.split_ascii_whitespace().next()).map(str::to_owned).collect()
}

fn not_in(mut modules: BTreeMap<u64, Module>, listed: &HashSet<String>) -> BTreeMap<u64, Module> {
    modules.retain(|_, module| !listed.contains(&module.name));
    modules
}

/// Live modules by address, from everywhere.
fn in_memory(symbols: &Symbols, layout: &Layout, read: Read<'_>) -> BTreeMap<u64, Module> {
    let mut addresses = HashSet::new();
    if let Some(list) = symbols.address(LIST) {
        addresses.extend(entries(list, read).into_iter().map(|entry| entry.wrapping_sub(layout.module_list.into())));
    }
    if let Some(set) = symbols.address(SET).and_then(|variable| word(variable, read)) {
        let entries = entries(set + u64::from(layout.kset_list), read);
        let objects = entries.into_iter().map(|entry| entry.wrapping_sub(layout.kobject_entry.into()));
        // What is built in has a directory there as well, and no module.
        addresses.extend(objects.filter_map(|object| word(object + u64::from(layout.module_of_kobject), read)));
    }
    if let Some(tree) = symbols.address(TREE).filter(|_| layout.has_tree != 0) {
        addresses.extend(in_tree(tree + u64::from(layout.tree_root), layout, read));
    }
    addresses.into_iter().filter_map(|address| Some((address, module_at(address, layout, read)?))).collect()
}

/// The entries of a circular list, without its head.
fn entries(head: u64, read: Read<'_>) -> Vec<u64> {
    let mut entries = Vec::new();
    let mut next = word(head, read);
    while let Some(entry) = next.filter(|entry| *entry != head && *entry != 0) {
        entries.push(entry);
        // Somebody may be at work on it: then it is read again another time.
        next = if entries.len() < MOST { word(entry, read) } else { None };
    }
    entries
}

/// The modules of a tree, from the address of its root on. A module may be there several times.
fn in_tree(root: u64, layout: &Layout, read: Read<'_>) -> HashSet<u64> {
    let mut modules = HashSet::new();
    let mut seen = HashSet::new();
    let mut open: Vec<u64> = word(root, read).into_iter().collect();
    while let Some(links) = open.pop().filter(|_| seen.len() < MOST) {
        if links == 0 || !seen.insert(links) {
            continue;
        }
        let node = links.wrapping_sub(layout.links_of_node.into());
        modules.extend(word(node.wrapping_add(layout.module_of_node.into()), read).filter(|module| *module != 0));
        open.extend(word(links + u64::from(layout.left), read));
        open.extend(word(links + u64::from(layout.right), read));
    }
    modules
}

fn module_at(address: u64, layout: &Layout, read: Read<'_>) -> Option<Module> {
    let mut state = [0; 4];
    if address == 0 || !read(address + u64::from(layout.module_state), &mut state) || u32::from_ne_bytes(state) != LIVE
    {
        return None;
    }
    let name = text(address + u64::from(layout.module_name), read)?;
    let source = word(address + u64::from(layout.module_srcversion), read).filter(|pointer| *pointer != 0);
    Some(Module { name, source: source.and_then(|pointer| text(pointer, read)) })
}

fn word(address: u64, read: Read<'_>) -> Option<u64> {
    let mut bytes = [0; 8];
    read(address, &mut bytes).then(|| u64::from_ne_bytes(bytes))
}

/// A string of at most 55 bytes, as long as the kernel lets a module's name be.
fn text(address: u64, read: Read<'_>) -> Option<String> {
    let mut bytes = [0; 56];
    if !read(address, &mut bytes) {
        return None;
    }
    let length = bytes.iter().position(|byte| *byte == 0).unwrap_or(55);
    Some(String::from_utf8_lossy(&bytes[..length]).into_owned())
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;
    use std::collections::HashMap;

    use super::super::symbols::tests::KALLSYMS;
    use super::*;

    /// Memory byte by byte.
    #[derive(Default)]
    struct Memory(RefCell<HashMap<u64, u8>>);

    impl Memory {
        fn set(&self, address: u64, bytes: &[u8]) {
            self.0.borrow_mut().extend(bytes.iter().enumerate().map(|(at, byte)| (address + at as u64, *byte)));
        }

        fn word(&self, address: u64, word: u64) {
            self.set(address, &word.to_ne_bytes());
        }

        fn read(&self, address: u64, into: &mut [u8]) -> bool {
            let memory = self.0.borrow();
            into.iter_mut()
                .enumerate()
                .all(|(at, byte)| memory.get(&(address + at as u64)).map(|stored| *byte = *stored).is_some())
        }
    }

    fn layout() -> Layout {
        Layout {
            module_state: 0,
            module_list: 8,
            module_name: 24,
            module_srcversion: 80,
            kset_list: 0,
            kobject_entry: 8,
            module_of_kobject: 96,
            has_tree: 1,
            tree_root: 8,
            module_of_node: 0,
            links_of_node: 8,
            left: 16,
            right: 8,
        }
    }

    /// A module that is in the list and the tree, and one that is in the tree alone.
    fn machine() -> Memory {
        let memory = Memory::default();
        for (module, name) in [(0x10000, b"honest"), (0x20000, b"hidden")] {
            memory.set(module, &[0; 96]);
            memory.set(module + 24, name);
        }
        memory.word(0x20000 + 80, 0x30000);
        memory.set(0x30000, b"ABCDEF\0");
        memory.set(0x30007, &[0; 64]);
        // The list: its head, and the honest one.
        memory.word(0x5000, 0x10008);
        memory.word(0x10008, 0x5000);
        // An empty set.
        memory.word(0x5100, 0x6000);
        memory.word(0x6000, 0x6000);
        // The tree: the honest one's node, the hidden one's to its left, and a way back.
        memory.word(0x5208, 0x7008);
        memory.word(0x7000, 0x10000);
        memory.word(0x7018, 0x8008);
        memory.word(0x7010, 0);
        memory.word(0x8000, 0x20000);
        memory.word(0x8018, 0x7008);
        memory.word(0x8010, 0);
        memory
    }

    #[test]
    fn a_module_that_left_the_list_is_found_in_the_tree() {
        let memory = machine();
        let read = |address: u64, into: &mut [u8]| memory.read(address, into);
        let symbols = Symbols::parse(KALLSYMS);
        let all = in_memory(&symbols, &layout(), &read);
        assert_eq!(all.keys().copied().collect::<Vec<_>>(), [0x10000, 0x20000]);
        let hidden = not_in(all, &listed("honest 4096 0 - Live 0x0000000000010000\n"));
        let expected = Module { name: "hidden".to_owned(), source: Some("ABCDEF".to_owned()) };
        assert_eq!(hidden.into_iter().collect::<Vec<_>>(), [(0x20000, expected)]);
    }

    #[test]
    fn what_comes_or_goes_is_not_hidden() {
        let memory = machine();
        memory.set(0x20000, &[2, 0, 0, 0]);
        let read = |address: u64, into: &mut [u8]| memory.read(address, into);
        let all = in_memory(&Symbols::parse(KALLSYMS), &layout(), &read);
        assert_eq!(all.keys().copied().collect::<Vec<_>>(), [0x10000]);
    }
}
