//! The kernel side: loads the programs with their options, gives each lane of each CPU its ring, attaches, and offers
//! what the recorder asks of it while it runs.

use std::collections::BTreeMap;
use std::fs::File;
use std::mem::MaybeUninit;
use std::os::fd::{AsFd, AsRawFd, FromRawFd, OwnedFd};

use anyhow::{Context, Result, anyhow, bail};
use formats::arch::Arch;
use formats::event::{FIRST_HOOKED_EVENT, FIRST_SYSCALL_EVENT, Lane};
use formats::events::packets::NET_PACKET_RAW;
use formats::frame::INTERRUPT_CPU;
use libbpf_rs::skel::{OpenSkel, Skel, SkelBuilder};
use libbpf_rs::{Link, MapCore, MapFlags, MapHandle, OpenObject, ProgramInput};
use policy::Plan;

use crate::artifacts::selection::CaptureRule;
use crate::artifacts::{HoldArea, LostCount};
use crate::data_filter::{DataFilters, FIRST_TEST};
use crate::filter::Filter;
use crate::hooks::{self, Choice};
use crate::kinds::Kinds;
use crate::ring::Ring;
use crate::scope::{MAX_TESTS, Scope};
use crate::{cgroups, libbpf_log, table};

#[allow(missing_docs, clippy::all, unreachable_pub, dead_code, non_snake_case, unused)]
mod skeleton {
    include!(concat!(env!("OUT_DIR"), "/tracee.skel.rs"));
}
use skeleton::{TraceeSkel, TraceeSkelBuilder, types};

/// The rings of each CPU: lane, and bits of the CPU's number.
const RINGS: [(Lane, u32); 4 + PACKET_LEVELS] = [
    (Lane::Control, 0),
    (Lane::Events, 0),
    (Lane::Artifacts, 0),
    (Lane::Events, INTERRUPT_CPU),
    (Lane::Packets, 0),
    (Lane::Packets, INTERRUPT_CPU),
    (Lane::Packets, 2 * INTERRUPT_CPU),
];
/// Packets that may be at work on a CPU at once; as `bpf/state.h` has it.
const PACKET_LEVELS: usize = 3;
/// Sockets and flows of which the user is known.
const SOCKETS_KNOWN: u32 = 65536;
/// Of them each CPU may have so many in stock that are not in use (`LOCAL_FREE_TARGET` of the kernel), and one makes room for so
/// many at once.
const STOCK_OF_CPU: u32 = 128;
/// Packets that came in and may be for no socket.
const PACKETS_MARKED: u32 = 16384;
/// What interrupts have to tell is little.
const INTERRUPT_RING_BYTES: usize = 256 << 10;
const RUN_ON_CPU: u32 = 1;

/// What the programs are loaded with.
pub(crate) struct Setup<'a> {
    pub(crate) filter: &'a Filter,
    pub(crate) plan: Option<&'a Plan>,
    /// Whether every task may be in scope, and not only descendants of the command.
    pub(crate) everyone: bool,
    /// The hierarchy of control groups that containers are told by.
    pub(crate) container_hierarchy: u32,
    /// Whether hooks other than tracepoints are tried.
    pub(crate) upper_hooks: bool,
    pub(crate) environment: bool,
    /// Bytes of a ring of the control lane, a power of two.
    pub(crate) control_bytes: usize,
    /// Bytes of a ring of the events lane, a power of two.
    pub(crate) events_bytes: usize,
    /// Bytes of a ring of the artifacts lane, a power of two; 0 when no content is captured.
    pub(crate) artifacts_bytes: usize,
    /// Bytes of the rings of the packets lane: the first, and the others, powers of two; 0 when no packets are captured.
    pub(crate) packets_bytes: [usize; 2],
    /// What content is captured.
    pub(crate) captured: Captured,
}

/// What content is captured, as the kernel side is told.
#[derive(Clone, Default)]
pub(crate) struct Captured {
    /// `CAPTURE_...` of `bpf/content.h`, a bit each.
    pub(crate) kinds: u32,
    /// Of what is written and what is read.
    pub(crate) rules: [CaptureRule; 2],
    /// Programs to hold for it: `NOTICE_...` of `bpf/executed.h`, or [`HOLD_ALL`].
    pub(crate) hold: u32,
    /// Bytes of a packet; 0 for its headers and some more.
    pub(crate) packet_bytes: u32,
    /// Which packets; all of them when there are no steps.
    pub(crate) packet_steps: Vec<PacketStep>,
}

/// Hold whatever program is executed.
pub(crate) const HOLD_ALL: u32 = 128;
/// Bytes of the ring in which the kernel side tells of programs and code to be kept.
const NOTICES_BYTES: usize = 1 << 20;

/// A ring with the lane and CPU (and [`INTERRUPT_CPU`]) that it serves.
pub(crate) type LaneRing = (Lane, u32, Ring);

/// The programs, loaded.
pub(crate) struct Programs {
    skeleton: TraceeSkel<'static>,
    links: Vec<Link>,
    /// What programs of control groups are attached to.
    root_of_cgroups: Option<File>,
    cpus: u32,
    /// Which hook sees what.
    pub(crate) choice: Choice,
}

/// Where the kernel keeps what [`Peek`] is used to read, in bytes.
pub(crate) use types::kernel_layout as Layout;
/// What a filter of packets is made of for the kernel side.
pub(crate) use types::{packet_step as PacketStep, packet_step_kind as PacketStepKind};
/// What a scope is made of for the kernel side.
pub(crate) use types::{scope_comparison as Comparison, scope_subject as Subject, scope_test as Test};

/// Bytes that are read at once, at most; `PEEK_ROOM` of `bpf/peek.h`.
const PEEK_ROOM: usize = 4096;

/// Kernel memory, to be read by one thread.
pub(crate) struct Peek {
    program: OwnedFd,
    map: OwnedFd,
    pub(crate) layout: Layout,
}

impl Peek {
    /// Reads from an address on; false when that cannot be read.
    pub(crate) fn read(&self, address: u64, into: &mut [u8]) -> bool {
        if into.len() > PEEK_ROOM || self.run(address, into.len() as u64) != Some(0) {
            return false;
        }
        let (mut bytes, key) = ([0u8; PEEK_ROOM], 0u32);
        // SAFETY: key and value are ours and as large as the map says.
        let result = unsafe {
            libbpf_sys::bpf_map_lookup_elem(self.map.as_raw_fd(), (&raw const key).cast(), bytes.as_mut_ptr().cast())
        };
        into.copy_from_slice(&bytes[..into.len()]);
        result == 0
    }

    /// Runs the program; what it returned.
    fn run(&self, address: u64, length: u64) -> Option<u32> {
        let context = [address, length];
        let mut options = libbpf_sys::bpf_test_run_opts {
            sz: size_of::<libbpf_sys::bpf_test_run_opts>() as u64,
            ctx_in: context.as_ptr().cast(),
            ctx_size_in: size_of_val(&context) as u32,
            ..Default::default()
        };
        // SAFETY: the options and what they point to live until the call returns.
        let result = unsafe { libbpf_sys::bpf_prog_test_run_opts(self.program.as_raw_fd(), &raw mut options) };
        (result == 0).then_some(options.retval)
    }
}

/// How often a limit of the kernel side was reached.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Limits {
    /// Calls of which user memory was read at the exit.
    pub(crate) without_stash: u64,
    /// Tasks in scope that the kernel had no memory for.
    pub(crate) without_state: u64,
    /// Frames not made because another was under construction on the CPU.
    pub(crate) refused: u64,
    /// Mappings not looked at because they were being changed.
    pub(crate) memory_busy: u64,
    /// Packets that the filter left out: no limit, but counted alike.
    pub(crate) packets_left_out: u64,
    /// Packets whose owner was not known when it may have been forgotten already, and since when (boot-time) that may be.
    pub(crate) packets_forgotten: (u64, u64),
}

/// Why programs were not loaded or attached, and because of which one, where that is known.
struct Refusal {
    program: Option<String>,
    error: anyhow::Error,
}

impl From<anyhow::Error> for Refusal {
    fn from(error: anyhow::Error) -> Refusal {
        Refusal { program: None, error }
    }
}

/// Programs that may be refused in turn before loading is given up: each costs one more try at all of them.
const MOST_REFUSALS: usize = 64;

impl Programs {
    /// Loads and attaches the programs, for each wanted event those of the best hook that works, and makes the rings:
    /// first by CPU, then by lane, as they come out of the second value. Until [`Programs::start`] they make no frames.
    pub(crate) fn load(setup: &Setup) -> Result<(Programs, Vec<LaneRing>)> {
        libbpf_log::listen();
        let cpus = libbpf_rs::num_possible_cpus().context("cannot tell the number of CPUs")? as u32;
        let mut kinds = Kinds::new(setup.upper_hooks)?;
        let mut refused = BTreeMap::new();
        loop {
            match Programs::attempt(setup, cpus, &mut kinds, &refused) {
                Ok(loaded) => return Ok(loaded),
                // What one program cannot do here is no reason to do without the others.
                Err(Refusal { program: Some(program), error })
                    if hooks::is_of_one_event(&program)
                        && refused.len() < MOST_REFUSALS
                        && !refused.contains_key(&program) =>
                {
                    refused.insert(program, format!("{error:#}"));
                }
                Err(Refusal { error, .. }) => return Err(error),
            }
        }
    }

    fn attempt(
        setup: &Setup,
        cpus: u32,
        kinds: &mut Kinds,
        refused: &BTreeMap<String, String>,
    ) -> std::result::Result<(Programs, Vec<LaneRing>), Refusal> {
        // The skeleton borrows from its storage for as long as the process records.
        let storage: &'static mut MaybeUninit<OpenObject> = Box::leak(Box::new(MaybeUninit::uninit()));
        let mut open = TraceeSkelBuilder::default().open(storage).context("cannot open the programs")?;
        let known: Vec<_> = open.open_object().progs().map(|program| name_and_section(&program)).collect();
        let choice = hooks::choose(setup.filter, &known, kinds, refused);
        set_options(
            open.maps.rodata_data.as_deref_mut().context("the programs have no options")?,
            setup,
            cpus,
            &choice,
            kinds,
        );
        let shared = open.maps.bss_data.as_deref_mut().context("the programs have no shared words")?;
        shared.stopping = 1;
        shared.everyone = setup.everyone.into();
        // That of the one policy that there is when none is named.
        shared.unscoped_policies = 1;
        open.maps.rings.set_max_entries(cpus * RINGS.len() as u32).context("cannot size a map")?;
        open.maps.frames.set_max_entries(cpus).context("cannot size a map")?;
        if setup.captured.kinds != 0 {
            open.maps.notices.set_max_entries(NOTICES_BYTES as u32).context("cannot size a map")?;
        }
        if setup.packets_bytes[0] != 0 {
            open.maps.packet_rooms.set_max_entries(cpus * PACKET_LEVELS as u32).context("cannot size a map")?;
            open.maps.socket_users.set_max_entries(sockets_known(cpus)).context("cannot size a map")?;
            open.maps.packet_flows.set_max_entries(sockets_known(cpus)).context("cannot size a map")?;
            open.maps.packet_marks.set_max_entries(PACKETS_MARKED).context("cannot size a map")?;
        }
        open.maps.stashes.set_max_entries(stashes(cpus) + cpus).context("cannot size a map")?;
        for mut program in open.open_object_mut().progs_mut() {
            let name = program.name().to_string_lossy().into_owned();
            program.set_autoload(!hooks::is_optional(&name) || choice.programs.contains(&name));
        }
        let skeleton = open.load().map_err(|error| Refusal {
            program: libbpf_log::failed_program(),
            error: anyhow!("the kernel refuses the program: {error}"),
        })?;
        let mut rings = Vec::new();
        for cpu in 0..cpus {
            for (index, (lane, bits)) in RINGS.into_iter().enumerate() {
                let bytes = match (lane, bits) {
                    (Lane::Control, _) => setup.control_bytes,
                    // Without content there is nothing to carry.
                    (Lane::Artifacts, _) if setup.artifacts_bytes == 0 => continue,
                    (Lane::Artifacts, _) => setup.artifacts_bytes,
                    (Lane::Packets, _) if setup.packets_bytes[0] == 0 => continue,
                    (Lane::Packets, bits) => setup.packets_bytes[usize::from(bits != 0)],
                    (_, 0) => setup.events_bytes,
                    _ => INTERRUPT_RING_BYTES,
                };
                let ring = Ring::create(bytes)?;
                let key = (cpu * RINGS.len() as u32 + index as u32).to_ne_bytes();
                let value = ring.fd().as_raw_fd().to_ne_bytes();
                skeleton.maps.rings.update(&key, &value, MapFlags::ANY).context("cannot hand over a ring buffer")?;
                rings.push((lane, cpu | bits, ring));
            }
        }
        let root_of_cgroups = cgroups::root_of_version_2();
        let mut programs = Programs { skeleton, links: Vec::new(), cpus, choice, root_of_cgroups };
        programs.introduce().context("cannot run a program")?;
        if let Some(plan) = setup.plan {
            programs.set_filters(&programs.filters_of(plan))?;
        }
        programs.attach()?;
        Ok((programs, rings))
    }

    /// The ring in which the kernel side tells of programs and code to be kept.
    pub(crate) fn notices(&self) -> Result<Ring> {
        let map = MapHandle::try_from(&self.skeleton.maps.notices).context("cannot take a ring buffer")?;
        Ring::over(map, NOTICES_BYTES)
    }

    /// Notices for which that ring had no room.
    pub(crate) fn notices_lost(&self) -> u64 {
        // SAFETY: an aligned word in a mapping that the kernel side writes.
        self.skeleton
            .maps
            .bss_data
            .as_deref()
            .map_or(0, |shared| unsafe { std::ptr::read_volatile(&shared.notices_lost) })
    }

    /// Frames of the artifacts lane that the kernel side has lost so far, for as long as the process lives.
    pub(crate) fn content_lost(&mut self) -> Option<LostCount> {
        let shared = self.skeleton.maps.bss_data.as_deref_mut()?;
        Some(LostCount(&raw mut shared.content_lost))
    }

    /// Where who is held is kept, for as long as the process lives. `exempt` are never held; what was changed since
    /// `since_utc_ns` is new.
    pub(crate) fn hold_area(&mut self, exempt: &[u32], since_utc_ns: i64) -> Option<HoldArea> {
        let shared = self.skeleton.maps.bss_data.as_deref_mut()?;
        shared.recording_since_utc_ns = since_utc_ns.max(0) as u64;
        for (slot, pid) in shared.exempt.iter_mut().zip(exempt) {
            *slot = *pid;
        }
        Some(HoldArea {
            heartbeat_ns: &raw mut shared.hold_area.heartbeat_ns,
            slots: (&raw mut shared.hold_area.slots).cast(),
            count: shared.hold_area.slots.len(),
        })
    }

    /// Has the kernel side copy the bytes of an open file, or no longer.
    pub(crate) fn set_verdict(&self, object: u64, is_wanted: bool) {
        let verdict: u32 = if is_wanted { 1 } else { 2 };
        // A verdict that finds no room costs time and no truth.
        let _ =
            self.skeleton.maps.content_verdicts.update(&object.to_ne_bytes(), &verdict.to_ne_bytes(), MapFlags::ANY);
    }

    /// Lets the kernel side note which process we are, as the initial PID namespace has it, and that what is made from now
    /// on is new.
    fn introduce(&self) -> Result<()> {
        let mut context = [0u8; 16];
        let input = ProgramInput { context_in: Some(&mut context), ..Default::default() };
        self.skeleton.progs.tracee_put_markers.test_run(input)?;
        Ok(())
    }

    /// This process in the initial PID namespace.
    pub(crate) fn recorder_pid(&self) -> u32 {
        self.skeleton.maps.bss_data.as_deref().map_or(0, |shared| shared.recorder_pid)
    }

    /// Attaches every program that was chosen.
    fn attach(&mut self) -> std::result::Result<(), Refusal> {
        for program in self.skeleton.object_mut().progs_mut() {
            let name = program.name().to_string_lossy().into_owned();
            if !self.choice.programs.contains(&name) {
                continue;
            }
            let is_of_cgroups = program.section().to_string_lossy().starts_with("cgroup");
            let attached = match self.root_of_cgroups.as_ref().filter(|_| is_of_cgroups) {
                Some(root) => program.attach_cgroup(root.as_raw_fd()),
                None => program.attach(),
            };
            match attached {
                Ok(link) => self.links.push(link),
                Err(error) => {
                    let error = anyhow!("cannot attach to {}: {error}", program.section().to_string_lossy());
                    return Err(Refusal { program: Some(name), error });
                }
            }
        }
        Ok(())
    }

    /// From now on the programs make frames, and what is made is new; processes are that began since `since_ns`, when that
    /// is given (boot-time).
    pub(crate) fn start(&mut self, since_ns: Option<u64>) -> Result<()> {
        self.introduce()?;
        if let (Some(since_ns), Some(shared)) = (since_ns, self.skeleton.maps.bss_data.as_deref_mut()) {
            // SAFETY: as in `set_cut`.
            unsafe { std::ptr::write_volatile(&mut shared.recording_since_ns, since_ns) };
        }
        self.set_stopping(0);
        Ok(())
    }

    /// Detaches every program.
    pub(crate) fn detach(&mut self) {
        self.links.clear();
    }

    /// Number of CPUs that rings were made for.
    pub(crate) fn cpus(&self) -> u32 {
        self.cpus
    }

    /// Puts a process into the scope before it runs on: `pid` must be waiting for us.
    pub(crate) fn add_process(&self, pid: i32) -> Result<()> {
        // SAFETY: pidfd_open takes numbers and returns a descriptor that nobody else owns.
        let pidfd = unsafe {
            let fd = libc::syscall(libc::SYS_pidfd_open, pid, 0);
            if fd < 0 {
                return Err(std::io::Error::last_os_error()).context("cannot take hold of the command");
            }
            OwnedFd::from_raw_fd(fd as i32)
        };
        let mut value = vec![0u8; size_of::<types::task_state>()];
        let mut set = |offset: usize, bytes: &[u8]| value[offset..offset + bytes.len()].copy_from_slice(bytes);
        // What it does until it is let go is ours, not the command's.
        set(std::mem::offset_of!(types::task_state, new_child), &[1]);
        let key = pidfd.as_raw_fd().to_ne_bytes();
        let undecided = vec![0u8; size_of::<types::task_scope>()];
        self.skeleton
            .maps
            .tasks
            .update(&key, &value, MapFlags::ANY)
            .and_then(|()| self.skeleton.maps.scopes.update(&key, &undecided, MapFlags::ANY))
            .context("cannot put the command into the scope")
    }

    /// Hands over what policies want of each event; when the programs run already, only of policies that have no filters.
    pub(crate) fn set_filters(&self, filters: &DataFilters) -> Result<()> {
        for (index, test) in filters.tests.iter().enumerate() {
            self.put_test(FIRST_TEST + index, test)?;
        }
        let everybody = types::event_filter { policies: u64::MAX, first: 0, tests: 0 };
        let mut slots = vec![everybody; self.skeleton.maps.event_filters.max_entries() as usize];
        for filter in &filters.events {
            let (first, tests) = (filter.tests.0 as u32, filter.tests.1 as u32);
            slots[event_slot(filter.event)] = types::event_filter { policies: filter.policies, first, tests };
        }
        for (slot, filter) in slots.iter().enumerate() {
            // SAFETY: plain numbers, read for as long as the value lives.
            let value = unsafe {
                std::slice::from_raw_parts((&raw const *filter).cast::<u8>(), size_of::<types::event_filter>())
            };
            let key = (slot as u32).to_ne_bytes();
            self.skeleton.maps.event_filters.update(&key, value, MapFlags::ANY).context("cannot hand over a filter")?;
        }
        Ok(())
    }

    fn put_test(&self, index: usize, test: &Test) -> Result<()> {
        let key = (index as u32).to_ne_bytes();
        // SAFETY: plain numbers, read for as long as the value lives.
        let value = unsafe { std::slice::from_raw_parts((&raw const *test).cast::<u8>(), size_of::<Test>()) };
        self.skeleton.maps.scope_tests.update(&key, value, MapFlags::ANY).context("cannot hand over the scope")
    }

    /// Puts another scope in force: for every task, from its next event on.
    pub(crate) fn set_scope(&mut self, scope: &Scope, everyone: bool) -> Result<()> {
        const NO_WORDS: &str = "the programs have no shared words";
        let shared = self.skeleton.maps.bss_data.as_deref().context(NO_WORDS)?;
        // SAFETY: an aligned word in a mapping that nobody else writes.
        let bank = unsafe { std::ptr::read_volatile(&shared.scope_bank) } ^ 1;
        for (index, test) in scope.tests.iter().enumerate() {
            self.put_test(bank as usize * MAX_TESTS + index, test)?;
        }
        for (pid, bits) in &scope.trees {
            let (key, value) = (pid.to_ne_bytes(), bits.to_ne_bytes());
            self.skeleton.maps.tree_roots.update(&key, &value, MapFlags::ANY).context("cannot hand over a tree")?;
        }
        let shared = self.skeleton.maps.bss_data.as_deref_mut().context(NO_WORDS)?;
        let into = &mut shared.scope_banks[bank as usize];
        into.tests = scope.tests.len() as u32;
        into.needs = scope.needs();
        into.policies = scope.policies;
        into.follow = scope.follow;
        // SAFETY: aligned words in a mapping that the kernel side reads, in this order: who sees the new generation sees
        // what belongs to it.
        unsafe {
            std::sync::atomic::fence(std::sync::atomic::Ordering::SeqCst);
            std::ptr::write_volatile(&mut shared.scope_bank, bank);
            std::ptr::write_volatile(&mut shared.scope_changes, shared.scope_changes + 1);
            std::ptr::write_volatile(&mut shared.unscoped_policies, scope.policies);
            std::ptr::write_volatile(&mut shared.everyone, everyone.into());
            std::sync::atomic::fence(std::sync::atomic::Ordering::SeqCst);
            std::sync::atomic::AtomicU64::from_ptr(&raw mut shared.trees_generation)
                .fetch_add(1, std::sync::atomic::Ordering::SeqCst);
            std::sync::atomic::AtomicU64::from_ptr(&raw mut shared.scope_generation)
                .fetch_add(1, std::sync::atomic::Ordering::SeqCst);
            std::ptr::write_volatile(&mut shared.scoped, u32::from(!scope.is_everything()));
        }
        Ok(())
    }

    /// Frames from this boot-time on belong to another segment than those before.
    pub(crate) fn set_cut(&mut self, boot_ns: u64) {
        if let Some(shared) = self.skeleton.maps.bss_data.as_deref_mut() {
            // SAFETY: aligned 8-byte words in a mapping that the kernel side reads, in this order.
            unsafe {
                std::ptr::write_volatile(&mut shared.previous_cut_ns, shared.cut_ns);
                std::sync::atomic::fence(std::sync::atomic::Ordering::SeqCst);
                std::ptr::write_volatile(&mut shared.cut_ns, boot_ns);
            }
        }
    }

    /// From now on the programs make no frames.
    pub(crate) fn stop(&mut self) {
        self.set_stopping(1);
    }

    fn set_stopping(&mut self, stopping: u32) {
        if let Some(shared) = self.skeleton.maps.bss_data.as_deref_mut() {
            // SAFETY: as in `set_cut`.
            unsafe { std::ptr::write_volatile(&mut shared.stopping, stopping) };
        }
    }

    /// The namespaces of the host's first process, in the order of `init_namespaces`.
    pub(crate) fn init_namespaces(&self) -> [u32; 10] {
        let Some(shared) = self.skeleton.maps.bss_data.as_deref() else { return [0; 10] };
        let n = &shared.init_namespaces;
        [n.cgroup, n.ipc, n.mnt, n.net, n.pid, n.pid_for_children, n.time, n.time_for_children, n.user, n.uts]
    }

    /// How often a limit of the kernel side was reached.
    pub(crate) fn limits(&self) -> Limits {
        let Some(shared) = self.skeleton.maps.bss_data.as_deref() else { return Limits::default() };
        // SAFETY: aligned 8-byte words in a mapping that the kernel side writes.
        unsafe {
            Limits {
                without_stash: std::ptr::read_volatile(&shared.stash_exhausted),
                without_state: std::ptr::read_volatile(&shared.storage_failures),
                refused: std::ptr::read_volatile(&shared.refused),
                memory_busy: std::ptr::read_volatile(&shared.memory_busy),
                packets_left_out: std::ptr::read_volatile(&shared.packets_left_out),
                packets_forgotten: {
                    let since = [&shared.sockets_forgotten_ns, &shared.flows_forgotten_ns];
                    let since =
                        since.into_iter().map(|since| std::ptr::read_volatile(since)).filter(|since| *since != 0);
                    (std::ptr::read_volatile(&shared.packets_forgotten), since.min().unwrap_or(0))
                },
            }
        }
    }

    /// What it takes to read kernel memory.
    pub(crate) fn peek(&self) -> Result<Peek> {
        let mut peek = Peek {
            program: self.skeleton.progs.tracee_peek.as_fd().try_clone_to_owned()?,
            map: self.skeleton.maps.peeked.as_fd().try_clone_to_owned()?,
            layout: Layout::default(),
        };
        peek.run(0, 0).context("cannot run a program")?;
        if let Some(shared) = self.skeleton.maps.bss_data.as_deref() {
            peek.layout = shared.layout;
        }
        Ok(peek)
    }

    /// Whether a CPU runs.
    pub(crate) fn is_online(&self, cpu: u32) -> bool {
        // CPU 0 often has no such file: it cannot be taken off line.
        std::fs::read_to_string(format!("/sys/devices/system/cpu/cpu{cpu}/online")).map_or_else(
            |_| std::path::Path::new(&format!("/sys/devices/system/cpu/cpu{cpu}")).exists(),
            |text| text.trim() == "1",
        )
    }

    /// Returns when every program that ran on a CPU has ended.
    pub(crate) fn let_pass(&self) {
        for cpu in 0..self.cpus {
            self.put_markers(cpu, 0, u64::MAX, 0);
        }
    }

    /// The filters of a plan, but for events that are recorded whatever policies want.
    pub(crate) fn filters_of(&self, plan: &Plan) -> DataFilters {
        DataFilters::of(plan, |event| Filter::is_needed(event) || self.choice.is_source(event.name))
    }

    /// Tries to put a marker into the lanes of a CPU; returns those of `wanted` (a bit each) that it did not get into.
    /// A CPU that is off line has none to wait for.
    pub(crate) fn put_markers(&self, cpu: u32, wanted: u32, serial: u64, purpose: u32) -> u32 {
        let mut context = [0u8; 16];
        context[..8].copy_from_slice(&serial.to_ne_bytes());
        context[8..].copy_from_slice(&(u64::from(wanted) << 32 | u64::from(purpose)).to_ne_bytes());
        let input = ProgramInput { context_in: Some(&mut context), cpu, flags: RUN_ON_CPU, ..Default::default() };
        match self.skeleton.progs.tracee_put_markers.test_run(input) {
            Ok(output) => wanted & !output.return_value,
            Err(_) => 0,
        }
    }

    /// A reader over every task in scope, as keyframe frames.
    pub(crate) fn tasks(&self) -> Result<OwnedFd> {
        iterate(self.skeleton.progs.tracee_iterate_tasks.as_fd().as_raw_fd())
    }

    /// A reader over every open file of the processes in scope, as keyframe frames.
    pub(crate) fn files(&self) -> Result<OwnedFd> {
        iterate(self.skeleton.progs.tracee_iterate_files.as_fd().as_raw_fd())
    }

    /// A reader over the system calls that tasks in scope are in, as unfinished rows.
    pub(crate) fn calls(&self) -> Result<OwnedFd> {
        iterate(self.skeleton.progs.tracee_iterate_calls.as_fd().as_raw_fd())
    }

    /// Per program: name, instructions that the verifier looked at, runs that the recursion guard refused.
    pub(crate) fn statistics(&self) -> Vec<(String, u64, u64)> {
        let mut all = Vec::new();
        for program in self.skeleton.object().progs() {
            let mut info = libbpf_sys::bpf_prog_info::default();
            let mut length = size_of_val(&info) as u32;
            // SAFETY: the structure is ours, zeroed (so that the kernel fills no arrays), and its size is passed along.
            let result = unsafe {
                libbpf_sys::bpf_obj_get_info_by_fd(program.as_fd().as_raw_fd(), (&raw mut info).cast(), &raw mut length)
            };
            if result == 0 {
                let name = program.name().to_string_lossy().into_owned();
                all.push((name, info.verified_insns.into(), info.recursion_misses));
            }
        }
        all
    }
}

/// Opens an iterator. The link is pinned to the descriptor by the kernel, so that only that is kept.
fn iterate(program: i32) -> Result<OwnedFd> {
    // SAFETY: plain calls with descriptors; each result is checked and owned by exactly one OwnedFd.
    unsafe {
        let link = libbpf_sys::bpf_link_create(program, 0, libbpf_sys::BPF_TRACE_ITER, std::ptr::null());
        if link < 0 {
            bail!("cannot attach an iterator: {}", std::io::Error::from_raw_os_error(-link));
        }
        let link = OwnedFd::from_raw_fd(link);
        let reader = libbpf_sys::bpf_iter_create(link.as_raw_fd());
        if reader < 0 {
            bail!("cannot open an iterator: {}", std::io::Error::from_raw_os_error(-reader));
        }
        Ok(OwnedFd::from_raw_fd(reader))
    }
}

/// Where the kernel side keeps what it knows of an event: `event_slot()` of `bpf/lane.h`.
fn event_slot(event: u16) -> usize {
    let event = usize::from(event);
    if event < 512 { event } else { 512 + ((event - (usize::from(FIRST_SYSCALL_EVENT) - 4)) & 1023) }
}

/// Text as the kernel side compares it: words, and masks of the bytes that it has. What is beyond is left out.
pub(crate) fn words_of<const N: usize>(text: &[u8]) -> ([u64; N], [u64; N]) {
    let (mut words, mut masks) = ([0; N], [0; N]);
    for ((word, mask), chunk) in words.iter_mut().zip(&mut masks).zip(text.chunks(8)) {
        let mut bytes = [0; 8];
        bytes[..chunk.len()].copy_from_slice(chunk);
        *word = u64::from_le_bytes(bytes);
        bytes[..chunk.len()].fill(0xff);
        *mask = u64::from_le_bytes(bytes);
    }
    (words, masks)
}

/// Sockets, and flows, of which the user is remembered.
fn sockets_known(cpus: u32) -> u32 {
    SOCKETS_KNOWN.max(4 * STOCK_OF_CPU * cpus)
}

fn stashes(cpus: u32) -> u32 {
    (32 * cpus).clamp(256, 1024)
}

fn set_options(options: &mut types::rodata, setup: &Setup, cpus: u32, choice: &Choice, kinds: &Kinds) {
    let is_made = |name: &str| setup.filter.wants(name) || choice.is_source(name);
    let looked_at = |name: &str| choice.looks_at(name);
    for (number, row) in table::rows(Arch::THIS, is_made, looked_at, &choice.entries).iter().enumerate() {
        let Some(row) = row else { continue };
        let out = &mut options.syscalls[number];
        out.event = row.event;
        out.flags = row.flags;
        out.args = row.args;
        out.lane = row.lane;
        out.fds = row.fds;
        out.fd = row.fd;
        out.pair = row.pair;
        out.duplicates = row.duplicates;
        out.collect = row.collect;
        out.aux = row.aux;
        out.readdresses = row.readdresses;
        out.taken = row.taken;
        out.entry_extras = row.entry_extras;
        out.exit_extras = row.exit_extras;
    }
    for event in hooks::hooked() {
        let index = usize::from(event.id - FIRST_HOOKED_EVENT);
        options.event_enabled[index] = choice.hooks.contains_key(event.name).into();
    }
    if choice.hooks.contains_key("io_uring_submit_req") {
        let bit = kinds.enumerator("REQ_F_ASYNC_DATA_BIT").and_then(|bit| u32::try_from(bit).ok());
        options.async_data_flag = bit.and_then(|bit| 1_u64.checked_shl(bit)).unwrap_or(0);
    }
    options.captured = setup.captured.kinds;
    for (out, rule) in options.capture_rules.iter_mut().zip(setup.captured.rules) {
        (out.regular, out.pipe, out.socket, out.magic) = (rule.regular, rule.pipe, rule.socket, rule.magic.into());
    }
    options.packet_bytes = setup.captured.packet_bytes;
    let mut used = 0;
    for (out, step) in options.packet_steps.iter_mut().zip(&setup.captured.packet_steps) {
        *out = *step;
        used += 1;
    }
    options.packet_steps_used = used;
    options.owners_kept = u64::from(sockets_known(cpus) - STOCK_OF_CPU * (cpus + 1));
    options.packets_at_sockets =
        choice.entries.get(NET_PACKET_RAW.name).is_some_and(|entry| entry.starts_with("cgroup_skb/")).into();
    options.hold_wanted = setup.captured.hold;
    options.filtered = setup.plan.is_some().into();
    options.container_hierarchy = setup.container_hierarchy;
    for (out, (prefix, _)) in options.container_prefixes.iter_mut().zip(formats::container::PREFIXES) {
        out.length = prefix.len() as u64;
        (out.words, out.masks) = words_of(prefix.as_bytes());
    }
    for digit in b"0123456789abcdef" {
        options.is_id_digit[usize::from(*digit)] = 1;
    }
    options.record_environment = setup.environment.into();
    options.cpus = cpus;
    options.stash_count = stashes(cpus);
    options.wakeup_bytes = setup.events_bytes.min(setup.control_bytes) as u64 / 8;
}

fn name_and_section(program: &libbpf_rs::OpenProgram<'_>) -> hooks::Program {
    (program.name().to_string_lossy().into_owned(), program.section().to_string_lossy().into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Needs no kernel: the object is only opened.
    #[test]
    fn every_hook_of_the_table_has_a_program_and_every_program_a_hook() {
        let mut storage = MaybeUninit::uninit();
        let open = TraceeSkelBuilder::default().open(&mut storage).unwrap();
        let programs: Vec<_> = open.open_object().progs().map(|program| name_and_section(&program)).collect();
        let mut used = Vec::new();
        for event in hooks::hooked() {
            for entry in event.hooks.iter().filter(|entry| hooks::has_program(entry)) {
                let found = hooks::programs_on(event.name, entry, &programs);
                assert!(!found.is_empty(), "{} has no program on {entry}", event.name);
                used.extend(found);
            }
        }
        for (prefix, entries) in hooks::SUPPORT {
            used.extend(entries.iter().flat_map(|entry| hooks::programs_on(prefix, entry, &programs)));
        }
        for (name, section) in programs.iter().filter(|(name, _)| name.contains("__")) {
            assert!(used.contains(name), "nothing asks for {name} on {section}");
        }
    }
}
