//! The kernel's symbols as /proc/kallsyms tells them.

use std::collections::{HashMap, HashSet};
use std::ops::Range;
use std::sync::OnceLock;

/// Beginning and end of the kernel's own code.
pub(super) const TEXT: &str = "_stext";
pub(super) const TEXT_END: &str = "_etext";

/// Names of which the address is kept.
const KEPT: [&[&str]; 3] = [
    &[TEXT, TEXT_END, super::functions::TABLE, super::functions::SWITCH, super::ftrace::REGISTER],
    &super::functions::SEQUENCES,
    &[super::modules::LIST, super::modules::SET, super::modules::TREE],
];

/// The few symbols that matter.
#[derive(Debug, Default)]
pub(super) struct Symbols {
    addresses: HashMap<String, u64>,
    /// Where functions begin that a system call may lead to.
    calls: HashSet<u64>,
    /// First symbol behind the table of system calls.
    behind_table: Option<u64>,
}

/// Who a function belongs to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Function {
    /// Its name; `None` when no symbol is near.
    pub(super) name: Option<String>,
    /// The module, or `kernel`; `None` when it is nobody's.
    pub(super) owner: Option<String>,
}

impl Symbols {
    /// As they were when they were first asked for: the kernel's own do not move.
    pub(super) fn at_start() -> &'static Symbols {
        static SYMBOLS: OnceLock<Symbols> = OnceLock::new();
        SYMBOLS.get_or_init(|| Symbols::parse(&kallsyms()))
    }

    pub(super) fn parse(text: &str) -> Symbols {
        let mut symbols = Symbols::default();
        for (address, name, module) in lines(text).filter(|(address, ..)| *address != 0) {
            if module.is_none() && KEPT.iter().any(|names| names.contains(&name)) {
                symbols.addresses.entry(name.to_owned()).or_insert(address);
            }
            if module.is_none() && name.contains("sys_") {
                symbols.calls.insert(address);
            }
        }
        let table = symbols.address(super::functions::TABLE);
        let addresses = lines(text).map(|(address, ..)| address);
        symbols.behind_table = table.and_then(|table| addresses.filter(|address| *address > table).min());
        symbols
    }

    pub(super) fn address(&self, name: &str) -> Option<u64> {
        self.addresses.get(name).copied()
    }

    /// Why there is nothing to look at, when one of these is not told.
    pub(super) fn missing(&self, names: &[&str]) -> Option<String> {
        let name = names.iter().find(|name| self.address(name).is_none())?;
        Some(format!("the kernel does not tell where its symbol {name} is"))
    }

    /// The kernel's own code.
    pub(super) fn text(&self) -> Range<u64> {
        self.address(TEXT).unwrap_or(0)..self.address(TEXT_END).unwrap_or(0)
    }

    /// Whether a function of the kernel's own begins here that may carry out a system call.
    pub(super) fn is_call(&self, address: u64) -> bool {
        self.text().contains(&address) && self.calls.contains(&address)
    }

    /// Bytes of the table of system calls.
    pub(super) fn table_bytes(&self) -> u64 {
        let start = self.address(super::functions::TABLE);
        start.zip(self.behind_table).map_or(0, |(start, behind)| behind.saturating_sub(start))
    }
}

/// Whose the function at an address is. Read anew: modules come and go.
pub(super) fn function_at(address: u64) -> Function {
    resolve(&kallsyms(), &std::fs::read_to_string("/proc/modules").unwrap_or_default(), address)
}

fn resolve(kallsyms: &str, modules: &str, address: u64) -> Function {
    let text = Symbols::parse(kallsyms).text();
    // `name size uses by state address`
    let module = modules.lines().find_map(|line| {
        let mut words = line.split_ascii_whitespace();
        let name = words.next()?;
        let size: u64 = words.next()?.parse().ok()?;
        let start = u64::from_str_radix(words.nth(3)?.strip_prefix("0x")?, 16).ok()?;
        (start..start.saturating_add(size)).contains(&address).then_some(name)
    });
    let owner = if text.contains(&address) { Some("kernel") } else { module };
    let nearest = lines(kallsyms)
        .filter(|(start, ..)| *start <= address)
        .filter(|(.., of)| *of == module)
        .max_by_key(|(start, ..)| *start)
        .filter(|_| owner.is_some());
    Function { name: nearest.map(|(_, name, _)| name.to_owned()), owner: owner.map(str::to_owned) }
}

fn kallsyms() -> String {
    std::fs::read_to_string("/proc/kallsyms").unwrap_or_default()
}

/// Address, name and module of each line.
fn lines(text: &str) -> impl Iterator<Item = (u64, &str, Option<&str>)> {
    text.lines().filter_map(|line| {
        let mut words = line.split_ascii_whitespace();
        let address = u64::from_str_radix(words.next()?, 16).ok()?;
        let name = words.nth(1)?;
        let module = words.next().and_then(|word| word.strip_prefix('[')?.strip_suffix(']'));
        Some((address, name, module))
    })
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    pub(crate) const KALLSYMS: &str = "\
1000 T _stext
1100 T __x64_sys_read
1200 T __x64_sys_write
1300 T printk
2000 T _etext
3000 D sys_call_table
3010 D behind
4000 d tcp4_seq_ops
5000 D modules
5100 B module_kset
5200 D mod_tree
9000 t evil_read\t[evil]
9000 t other\t[other]
";
    const MODULES: &str = "evil 4096 0 - Live 0x0000000000009000 (OE)\n";

    #[test]
    fn a_function_is_its_modules_only_where_the_module_is_listed() {
        let evil = Function { name: Some("evil_read".to_owned()), owner: Some("evil".to_owned()) };
        assert_eq!(resolve(KALLSYMS, MODULES, 0x9004), evil);
        assert_eq!(resolve(KALLSYMS, "", 0x9004), Function::default());
        assert_eq!(resolve(KALLSYMS, MODULES, 0x1304).owner.unwrap(), "kernel");
    }

    #[test]
    fn addresses_that_are_kept_secret_are_missing() {
        let symbols = Symbols::parse("0000000000000000 T _stext\n");
        assert!(symbols.missing(&[TEXT]).unwrap().contains("_stext"));
        assert_eq!(Symbols::parse(KALLSYMS).missing(&[TEXT, TEXT_END]), None);
        assert_eq!(Symbols::parse(KALLSYMS).table_bytes(), 16);
    }
}
