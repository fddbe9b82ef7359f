//! Hooks set through ftrace, as tracefs tells them. Trampolines of BPF programs are left out: `bpf_attach` tells of those,
//! and the recorder's own are among them.

use std::fs;
use std::sync::OnceLock;

use formats::events::kernel::FTRACE_HOOK;
use formats::payload::PayloadBuilder;

use super::Finding;

const FILE: &str = "enabled_functions";
/// What sets a hook; not there in a kernel without them.
pub(super) const REGISTER: &str = "register_ftrace_function";
/// Where tracefs may be.
const PLACES: [&str; 2] = ["/sys/kernel/tracing", "/sys/kernel/debug/tracing"];
/// Begins the callback of a BPF program.
const BPF: &str = "bpf_trampoline_";

pub(super) fn hooks() -> Vec<Finding> {
    static IS_OURS: OnceLock<bool> = OnceLock::new();
    let text = read().or_else(|| {
        // Nobody else is to see that it is mounted: only this thread has the mount.
        IS_OURS.get_or_init(mount_for_this_thread).then(read).flatten()
    });
    Hook::all(&text.unwrap_or_default()).into_iter().filter(|hook| !hook.is_bpf()).map(Hook::finding).collect()
}

fn read() -> Option<String> {
    PLACES.iter().find_map(|place| fs::read_to_string(format!("{place}/{FILE}")).ok())
}

fn mount_for_this_thread() -> bool {
    // SAFETY: plain calls with constant strings; what they change is this thread's alone from the first on.
    unsafe {
        libc::unshare(libc::CLONE_FS | libc::CLONE_NEWNS) == 0
            && libc::mount(
                c"none".as_ptr(),
                c"/".as_ptr(),
                std::ptr::null(),
                libc::MS_REC | libc::MS_PRIVATE,
                std::ptr::null(),
            ) == 0
            && libc::mount(
                c"tracefs".as_ptr(),
                c"/sys/kernel/tracing".as_ptr(),
                c"tracefs".as_ptr(),
                libc::MS_NOSUID | libc::MS_NODEV | libc::MS_NOEXEC,
                std::ptr::null(),
            ) == 0
    }
}

/// A line of the file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Hook<'a> {
    symbol: &'a str,
    count: u64,
    flags: String,
    trampoline: Option<&'a str>,
    callback: Option<&'a str>,
    offset: i64,
    owner: Option<&'a str>,
}

impl<'a> Hook<'a> {
    /// All of the file. Who is called directly may stand on a line of its own, behind that of what calls directly.
    fn all(text: &'a str) -> Vec<Hook<'a>> {
        let mut hooks: Vec<Hook<'a>> = Vec::new();
        for line in text.lines() {
            if let (Some(direct), Some(hook)) = (line.trim_start().strip_prefix("direct-->"), hooks.last_mut()) {
                hook.trampoline = None;
                hook.owner = None;
                hook.set_callback(Some(direct));
            } else {
                hooks.extend(Hook::parse(line));
            }
        }
        hooks
    }

    /// `symbol [module] (count) flags tramp: address (callback+offset/size [module]) ->function`, the second half only
    /// where there is one callback alone; a direct one stands as `direct-->callback+offset/size`.
    fn parse(line: &'a str) -> Option<Hook<'a>> {
        let (head, rest) = line.split_once(" (")?;
        let (count, rest) = rest.split_once(')')?;
        let mut hook = Hook {
            symbol: head.split_ascii_whitespace().next()?,
            count: count.trim().parse().ok()?,
            ..Hook::default()
        };
        for word in rest.split_ascii_whitespace() {
            if word.len() != 1 || !word.bytes().all(|letter| letter.is_ascii_uppercase()) {
                break;
            }
            hook.flags.push_str(word);
        }
        if let Some((_, behind)) = rest.split_once("tramp: ") {
            hook.trampoline = behind.split_ascii_whitespace().next();
            hook.set_callback(
                behind.split_once('(').and_then(|(_, inside)| inside.split_once(')')).map(|(inside, _)| inside),
            );
        } else if let Some((_, behind)) = rest.split_once("direct-->") {
            hook.set_callback(Some(behind.trim()));
        }
        Some(hook)
    }

    /// `callback+offset/size [module]`.
    fn set_callback(&mut self, text: Option<&'a str>) {
        let Some(text) = text else { return };
        let mut words = text.split_ascii_whitespace();
        let Some(place) = words.next() else { return };
        let (name, behind) = place.split_once('+').unwrap_or((place, ""));
        self.callback = Some(name);
        let offset = behind.split('/').next().and_then(|offset| offset.strip_prefix("0x"));
        self.offset = offset.and_then(|offset| i64::from_str_radix(offset, 16).ok()).unwrap_or(0);
        self.owner = words.next().and_then(|word| word.strip_prefix('[')?.strip_suffix(']'));
    }

    fn is_bpf(&self) -> bool {
        self.callback.is_some_and(|callback| callback.starts_with(BPF))
    }

    fn finding(self) -> Finding {
        let owned = |text: Option<&str>| text.map(str::to_owned);
        let row = PayloadBuilder::new(&FTRACE_HOOK).bytes("symbol", self.symbol.as_bytes());
        let row = super::text_or_null(row, "trampoline", owned(self.trampoline));
        let row = super::text_or_null(row, "callback", owned(self.callback)).i64("callback_offset", self.offset);
        let row = super::text_or_null(row, "callback_owner", owned(self.owner))
            .bytes("flags", self.flags.as_bytes())
            .u64("count", self.count);
        Finding { event: &FTRACE_HOOK, key: format!("{self:?}"), row }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_taken_apart() {
        let line = "do_nanosleep (1) R I     \ttramp: 0xffffffffc0a1b000 (kprobe_ftrace_handler+0x0/0x1c0) \
                    ->ftrace_regs_call+0x0/0x50";
        let hook = Hook::parse(line).unwrap();
        let expected = Hook {
            symbol: "do_nanosleep",
            count: 1,
            flags: "RI".to_owned(),
            trampoline: Some("0xffffffffc0a1b000"),
            callback: Some("kprobe_ftrace_handler"),
            offset: 0,
            owner: None,
        };
        assert_eq!(hook, expected);
        let hook = Hook::parse("ip_rcv (1)       \ttramp: 0xffff (hide+0x4/0x20 [evil]) ->x+0x0/0x1").unwrap();
        assert_eq!((hook.callback, hook.offset, hook.owner), (Some("hide"), 4, Some("evil")));
        let several = Hook::parse("__x64_sys_kill (2) R    ").unwrap();
        assert_eq!((several.count, several.callback, several.flags.as_str()), (2, None, "R"));
    }

    #[test]
    fn programs_of_bpf_are_left_out() {
        let hook = Hook::parse("security_file_open (1)   D \tdirect-->bpf_trampoline_6442467410+0x0/0x1000").unwrap();
        assert!(hook.is_bpf());
        assert_eq!(Hook::parse("rubbish"), None);
        let text = "bprm_execve (1) R   D   \ttramp: ftrace_regs_caller+0x0/0x58 (call_direct_funcs+0x0/0x20) \
                    ->ftrace_ops_assist_func+0x0/0x100\n\tdirect-->bpf_trampoline_6442467410+0x0/0x1000\n\
                    do_exit (1)   D \ttramp: 0x1 (call_direct_funcs+0x0/0x20)\n\tdirect-->evil_exit+0x0/0x10 [evil]\n";
        let hooks = Hook::all(text);
        assert_eq!(hooks.iter().map(Hook::is_bpf).collect::<Vec<_>>(), [true, false]);
        assert_eq!((hooks[1].callback, hooks[1].owner, hooks[1].trampoline), (Some("evil_exit"), Some("evil"), None));
    }
}
