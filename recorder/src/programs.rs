//! The kernel side: loads the programs with their options, gives each lane of each CPU its ring, attaches, and offers
//! what the recorder asks of it while it runs.

use std::collections::BTreeMap;
use std::mem::MaybeUninit;
use std::os::fd::{AsFd, AsRawFd, FromRawFd, OwnedFd};

use anyhow::{Context, Result, bail};
use formats::event::{FIRST_LIFECYCLE_EVENT, Lane};
use libbpf_rs::btf::Btf;
use libbpf_rs::skel::{OpenSkel, Skel, SkelBuilder};
use libbpf_rs::{Link, MapCore, MapFlags, OpenObject, ProgramInput};

use crate::filter::Filter;
use crate::ring::Ring;
use crate::table;

#[allow(missing_docs, clippy::all, unreachable_pub, dead_code, non_snake_case, unused)]
mod skeleton {
    include!(concat!(env!("OUT_DIR"), "/tracee.skel.rs"));
}
use skeleton::{TraceeSkel, TraceeSkelBuilder, types};

/// Lanes that have rings so far.
pub(crate) const LANES: [Lane; 2] = [Lane::Control, Lane::Events];
const RUN_ON_CPU: u32 = 1;

/// What the programs are loaded with.
pub(crate) struct Setup<'a> {
    pub(crate) filter: &'a Filter,
    pub(crate) whole_host: bool,
    pub(crate) environment: bool,
    /// Bytes of a ring of the control lane, a power of two.
    pub(crate) control_bytes: usize,
    /// Bytes of a ring of the events lane, a power of two.
    pub(crate) events_bytes: usize,
}

/// A ring with the lane and CPU that it serves.
pub(crate) type LaneRing = (Lane, u32, Ring);

/// A hook that a program wanted and this kernel has not got.
pub(crate) struct Missing {
    pub(crate) event: String,
    pub(crate) hook: String,
    pub(crate) why: String,
}

/// The programs, loaded.
pub(crate) struct Programs {
    skeleton: TraceeSkel<'static>,
    links: Vec<Link>,
    cpus: u32,
    /// Hook by event (or `syscalls`), as got.
    pub(crate) hooks: BTreeMap<String, String>,
    /// Hooks not got.
    pub(crate) missing: Vec<Missing>,
}

/// The tracepoints by the event they serve: program, event, tracepoint.
const HOOKS: [(&str, &str, &str); 6] = [
    ("tracee_sys_enter", "syscalls (arguments)", "sys_enter"),
    ("tracee_sys_exit", "syscalls", "sys_exit"),
    ("tracee_sched_process_fork", "sched_process_fork", "sched_process_fork"),
    ("tracee_sched_process_exec", "sched_process_exec", "sched_process_exec"),
    ("tracee_sched_process_exit", "sched_process_exit", "sched_process_exit"),
    ("tracee_task_rename", "task_rename", "task_rename"),
];

impl Programs {
    /// Loads the programs and makes the rings: first by lane, then by CPU, as they come out of the second value.
    pub(crate) fn load(setup: &Setup) -> Result<(Programs, Vec<LaneRing>)> {
        silence_libbpf();
        let cpus = libbpf_rs::num_possible_cpus().context("cannot tell the number of CPUs")? as u32;
        // The skeleton borrows from its storage for as long as the process records.
        let storage: &'static mut MaybeUninit<OpenObject> = Box::leak(Box::new(MaybeUninit::uninit()));
        let mut open = TraceeSkelBuilder::default().open(storage).context("cannot open the programs")?;
        set_options(open.maps.rodata_data.as_deref_mut().context("the programs have no options")?, setup, cpus);
        open.maps.rings.set_max_entries(cpus * LANES.len() as u32)?;
        open.maps.frames.set_max_entries(cpus)?;
        open.maps.stashes.set_max_entries(stashes(cpus) + cpus)?;

        let kernel_types = Btf::from_vmlinux().context("cannot read the kernel's types")?;
        let mut missing = Vec::new();
        let mut hooks = BTreeMap::new();
        for (program, event, tracepoint) in HOOKS {
            let known =
                kernel_types.type_by_name::<libbpf_rs::btf::types::Typedef<'_>>(&format!("btf_trace_{tracepoint}"));
            let hook = format!("tp_btf/{tracepoint}");
            if known.is_some() {
                hooks.insert(event.to_owned(), hook);
                continue;
            }
            missing.push(Missing {
                event: event.to_owned(),
                hook,
                why: "this kernel has no such tracepoint".to_owned(),
            });
            let mut object = open.open_object_mut().progs_mut();
            if let Some(mut found) = object.find(|found| found.name() == program) {
                found.set_autoload(false);
            }
        }
        let skeleton = open.load().context("the kernel refuses the programs")?;
        let mut rings = Vec::new();
        for cpu in 0..cpus {
            for (index, lane) in LANES.into_iter().enumerate() {
                let bytes = if lane == Lane::Control { setup.control_bytes } else { setup.events_bytes };
                let ring = Ring::create(bytes)?;
                let key = (cpu * LANES.len() as u32 + index as u32).to_ne_bytes();
                let value = ring.fd().as_raw_fd().to_ne_bytes();
                skeleton.maps.rings.update(&key, &value, MapFlags::ANY).context("cannot hand over a ring buffer")?;
                rings.push((lane, cpu, ring));
            }
        }
        let programs = Programs { skeleton, links: Vec::new(), cpus, hooks, missing };
        programs.introduce().context("cannot run a program")?;
        Ok((programs, rings))
    }

    /// Lets the kernel side note which process we are, as the initial PID namespace has it.
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

    /// Attaches every program that was loaded.
    pub(crate) fn attach(&mut self) -> Result<()> {
        for program in self.skeleton.object_mut().progs_mut() {
            let name = program.name().to_string_lossy().into_owned();
            let Some((_, _, tracepoint)) = HOOKS.iter().find(|(hook, _, _)| *hook == name) else { continue };
            if self.missing.iter().any(|missing| missing.hook.ends_with(tracepoint)) {
                continue;
            }
            self.links.push(program.attach().with_context(|| format!("cannot attach to tp_btf/{tracepoint}"))?);
        }
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
        self.skeleton.maps.tasks.update(&key, &value, MapFlags::ANY).context("cannot put the command into the scope")
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
        if let Some(shared) = self.skeleton.maps.bss_data.as_deref_mut() {
            // SAFETY: as in `set_cut`.
            unsafe { std::ptr::write_volatile(&mut shared.stopping, 1) };
        }
    }

    /// How often a limit of the kernel side was reached: calls without a stash, tasks without state.
    pub(crate) fn limits(&self) -> (u64, u64) {
        let Some(shared) = self.skeleton.maps.bss_data.as_deref() else { return (0, 0) };
        // SAFETY: aligned 8-byte words in a mapping that the kernel side writes.
        unsafe { (std::ptr::read_volatile(&shared.stash_exhausted), std::ptr::read_volatile(&shared.storage_failures)) }
    }

    /// Whether a CPU runs.
    pub(crate) fn is_online(&self, cpu: u32) -> bool {
        // CPU 0 often has no such file: it cannot be taken off line.
        std::fs::read_to_string(format!("/sys/devices/system/cpu/cpu{cpu}/online")).map_or_else(
            |_| std::path::Path::new(&format!("/sys/devices/system/cpu/cpu{cpu}")).exists(),
            |text| text.trim() == "1",
        )
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

fn stashes(cpus: u32) -> u32 {
    (32 * cpus).clamp(256, 1024)
}

fn set_options(options: &mut types::rodata, setup: &Setup, cpus: u32) {
    for (number, row) in table::rows(|name| setup.filter.wants(name)).iter().enumerate() {
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
    }
    for (index, enabled) in options.lifecycle_enabled.iter_mut().enumerate() {
        *enabled = setup.filter.is_made(FIRST_LIFECYCLE_EVENT + index as u16).into();
    }
    options.whole_host = setup.whole_host.into();
    options.record_environment = setup.environment.into();
    options.cpus = cpus;
    options.stash_count = stashes(cpus);
    options.wakeup_bytes = setup.events_bytes.min(setup.control_bytes) as u64 / 8;
}

/// libbpf says on stderr what it tries; what matters comes back as an error.
fn silence_libbpf() {
    fn note(_: libbpf_rs::PrintLevel, text: String) {
        if std::env::var_os("TRACEE_DEBUG_LIBBPF").is_some() {
            eprint!("{text}");
        }
    }
    libbpf_rs::set_print(Some((libbpf_rs::PrintLevel::Debug, note)));
}
