//! One recording from start to stop: who is started when, when a segment is cut, what ends it.

use std::os::fd::{AsRawFd, OwnedFd};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, anyhow};
use formats::event::Lane;
use formats::events::identity::INIT_NAMESPACES;
use formats::reason::{LossReason, MarkerPurpose, StopReason};
use formats::segment::SegmentHeader;
use serde_json::{Value, json};

use crate::capturing::{self, Capturing};
use crate::cgroups::Hierarchy;
use crate::child::Child;
use crate::clock::Clocks;
use crate::control::{Asked, Control, Request};
use crate::describe::{Describer, Found, Sources};
use crate::drain::{Cut, Drain};
use crate::filter::Filter;
use crate::lineage::Snapshot;
use crate::programs::{Limits, Programs, Setup};
use crate::scan::Scanner;
use crate::scope;
use crate::scoping::Scoping;
use crate::signals::{Signals, Waiter};
use crate::watermark::Pace;
use crate::writer::{OwnFrames, Writer};
use crate::{Measurements, Options, Outcome, RecordError, clock, host, keyframe, manifest, measure, resources};

/// How long the drain sleeps when nothing wakes it.
const NAP_MS: i32 = 50;
/// Without a frame for so long, the last markers are no longer waited for.
const END_PATIENCE: Duration = Duration::from_secs(10);
/// A cut is set so far ahead that every CPU knows of it in time.
const CUT_LEAD_NS: u64 = 2_000_000;
/// Between two looks at the clocks.
const CLOCK_EVERY: Duration = Duration::from_secs(1);
/// A real-time clock that moves by this much against boot-time was set, not slewed.
const STEP_NS: i64 = 50_000_000;
/// Records until the command ends, time is up or a signal comes.
///
/// # Errors
/// [`RecordError`] where a caller may want to tell reasons apart, otherwise what failed, in words.
pub fn record(options: Options) -> Result<Outcome> {
    record_watched(options, || {})
}

/// The same; calls `began` when the capture is there, no process is forked any more, and threads made from then on do
/// not take the recorder's signals.
///
/// # Errors
/// As [`record`].
pub fn record_watched(options: Options, began: impl FnOnce()) -> Result<Outcome> {
    host::check_capabilities()?;
    host::check_kernel()?;
    if options.output.symlink_metadata().is_ok() {
        return Err(RecordError::OutputExists(options.output).into());
    }
    let mut filter = Filter::new(&options.events).map_err(|name| anyhow!("{name}: no such event"))?;
    if options.events.is_empty() && !options.command.is_empty() {
        filter.leave_out_scans();
    }
    filter.set_capture(&capturing::needed(&options.capture));
    // The command is new, though it waits already when recording begins.
    let since_ns = clock::boot_ns();
    // Forked first: no thread of ours is there yet, and nothing that we do is inherited.
    let child = match options.command.is_empty() {
        true => None,
        false => Some(Child::spawn(&options.command, options.run_as.as_ref())?),
    };
    let mut session = Session::begin(&options, &filter, child, since_ns)?;
    began();
    if let Err(error) = session.run() {
        session.fail(&error);
    }
    session.end()
}

/// What scopes ask of this host.
struct Here<'a> {
    mount_namespace: u32,
    sources: &'a Sources,
}

impl scope::Host for Here<'_> {
    fn mount_namespace(&self) -> u32 {
        self.mount_namespace
    }

    fn containers_named(&self, pattern: &policy::Text) -> Vec<Found> {
        self.sources.named(pattern)
    }

    fn has_process(&self, pid: u32) -> bool {
        std::path::Path::new(&format!("/proc/{pid}")).exists()
    }
}

struct Session<'a> {
    options: &'a Options,
    /// Dropped before the programs, whose memory it uses.
    capturing: Option<Capturing>,
    programs: Programs,
    drain: Drain,
    writer: Writer,
    writer_thread: JoinHandle<()>,
    own: OwnFrames,
    describer: Option<Describer>,
    content_limits: Vec<(String, u64)>,
    control: Option<Control>,
    scoping: Scoping,
    child: Option<Child>,
    child_end: Option<OwnedFd>,
    status: Option<i32>,
    signals: Signals,
    waiter: Waiter,
    info: Value,
    init_namespaces: Option<[u32; 10]>,
    hierarchy: Hierarchy,
    header: SegmentHeader,
    clocks: Clocks,
    clocks_read: Instant,
    started: Instant,
    segment_opened: Instant,
    cut: Option<Cut>,
    pace: Pace,
    serial: u64,
    keyframe: Option<JoinHandle<Result<keyframe::Cost>>>,
    scanner: Option<Scanner>,
    reason: Option<(StopReason, String)>,
    measurements: Measurements,
    cpu_at_start_ns: u64,
}

impl<'a> Session<'a> {
    fn begin(options: &'a Options, filter: &Filter, child: Option<Child>, since_ns: u64) -> Result<Session<'a>> {
        resources::raise_locked_memory_limit();
        let began = Instant::now();
        let cpus = libbpf_rs::num_possible_cpus().context("cannot tell the number of CPUs")? as u64;
        let (control_bytes, events_bytes) = resources::ring_sizes(options.buffer_size, cpus);
        let artifacts_bytes = if options.capture.is_empty() { 0 } else { resources::artifact_ring_size(cpus) };
        let packets_bytes = options.capture.packets().map_or([0; 2], |_| resources::packet_ring_sizes(cpus));
        let buffers = [control_bytes, events_bytes, artifacts_bytes, packets_bytes[0]];
        let sources = Sources::new(&options.runtimes).map_err(|error| anyhow!("--runtime: {error}"))?;
        let hierarchy = Hierarchy::of_containers();
        let setup = Setup {
            filter,
            plan: options.plan.as_ref(),
            everyone: child.is_none(),
            container_hierarchy: hierarchy.id,
            upper_hooks: options.upper_hooks,
            environment: options.environment,
            control_bytes,
            events_bytes,
            artifacts_bytes,
            packets_bytes,
            captured: capturing::captured(&options.capture, options.hold),
        };
        let (mut programs, rings) = Programs::load(&setup)?;
        // What is wrong with it is known before there is a capture.
        let here = Here { mount_namespace: programs.init_namespaces()[2], sources: &sources };
        let command = child.as_ref().map(|child| child.pid() as u32);
        let scoping = Scoping::new(options.plan.clone(), filter.names(), command);
        let scope = scoping.compile(&here)?;
        let signals = Signals::take()?;
        let (writer, writer_thread) = Writer::start(&options.output, programs.choice.schema())?;
        resources::prefer_this_thread();
        let clocks = Clocks::read();
        let start = clocks.boot_ns;
        let mut drain = Drain::new(rings, start);
        let header = SegmentHeader {
            capture_id: host::random_id(),
            boot_id: host::boot_id(),
            host_id: host::host_id(),
            number: 1,
            start_boot_ns: start,
            clock_boot_ns: clocks.boot_ns,
            clock_monotonic_ns: clocks.monotonic_ns,
            clock_realtime_ns: clocks.realtime_ns,
            capture_start_boot_ns: start,
            previous_root: [0; 32],
        };
        programs.set_cut(start);
        if let Some(child) = &child {
            programs.add_process(child.pid())?;
        }
        if let Some(scope) = &scope {
            programs.set_scope(scope, scoping.is_of_everyone())?;
        }
        programs.start(child.as_ref().map(|_| since_ns))?;
        let waiter = Waiter::new()?;
        waiter.add(signals.fd(), false)?;
        for fd in drain.fds() {
            waiter.add(fd, true)?;
        }
        let child_end = child.as_ref().and_then(|child| crate::signals::end_of(child.pid()));
        if let Some(end) = &child_end {
            waiter.add(end.as_raw_fd(), false)?;
        }
        let info = manifest::info(options, filter, &programs, buffers, &clocks, hierarchy.id);
        let init_namespaces =
            programs.choice.hooks.contains_key(INIT_NAMESPACES.name).then(|| programs.init_namespaces());
        let measurements = Measurements { load_ns: began.elapsed().as_nanos() as u64, ..Measurements::default() };
        let own = OwnFrames::default();
        let capturing = match options.capture.is_empty() {
            true => None,
            false => {
                let frames = (&writer, &own);
                let realtime_ns = clocks.realtime_ns;
                Some(Capturing::start(&options.capture, options.hold, &mut programs, &mut drain, frames, realtime_ns)?)
            }
        };
        let warnings: Vec<String> = sources.warnings().collect();
        let describer = {
            let (writer, own) = (writer.clone(), own.clone());
            Describer::start(sources, move |rows| {
                own.put(&writer, Lane::Control, false, rows);
            })
            .context("cannot start a thread")?
        };
        let mut session = Session {
            options,
            programs,
            drain,
            writer,
            writer_thread,
            own,
            describer: Some(describer),
            capturing,
            content_limits: Vec::new(),
            control: None,
            scoping,
            child,
            child_end,
            status: None,
            signals,
            waiter,
            info,
            init_namespaces,
            hierarchy,
            header,
            clocks,
            clocks_read: Instant::now(),
            started: Instant::now(),
            segment_opened: Instant::now(),
            cut: None,
            pace: Pace::new(&options.output),
            serial: 0,
            keyframe: None,
            scanner: None,
            reason: None,
            measurements,
            cpu_at_start_ns: measure::cpu_ns(),
        };
        session.open_segment(Snapshot::default())?;
        match Control::listen(&options.output) {
            Ok(control) => session.control = Some(control),
            Err(error) => session.note_limit(&format!("control socket: {error:#}")),
        }
        for warning in warnings {
            session.note_limit(&format!("container runtimes: {warning}"));
        }
        session.begin_scans()?;
        if session.child.is_some() {
            // The command begins when everything about it that was there before is told.
            session.finish_keyframe();
        }
        if let Some(child) = &session.child {
            child.release()?;
        }
        Ok(session)
    }

    /// Begins to look for what hides in the kernel, where that was chosen.
    fn begin_scans(&mut self) -> Result<()> {
        let wanted = self.programs.choice.scans();
        if !wanted.is_empty() {
            let scanner = Scanner::start(wanted, self.programs.peek()?).context("cannot start a thread")?;
            self.scanner = Some(scanner);
        }
        Ok(())
    }

    /// Puts what was found meanwhile.
    fn put_findings(&self) {
        if let Some(scanner) = &self.scanner {
            self.put_own(scanner.found());
        }
    }

    /// Does what was asked for by the control socket.
    fn answer_requests(&mut self) {
        while let Some(asked) = self.control.as_ref().and_then(Control::next) {
            let answer = self.answer(&asked);
            asked.answer(answer);
        }
    }

    fn answer(&mut self, asked: &Asked) -> Result<Value> {
        match &asked.request {
            Request::Status => Ok(self.status()),
            Request::Stop => {
                let (pid, uid) = asked.by;
                let detail = format!("process {pid} of user {uid} asked for it");
                self.reason.get_or_insert((StopReason::Request, detail));
                Ok(json!({}))
            }
            Request::ScopeList => Ok(self.scoping.list().into()),
            Request::ScopeAdd { expressions } => {
                let name = self.scoping.add(expressions)?;
                if let Err(error) = self.put_scope_in_force(asked.by, &format!("add {name}: {}", expressions.join(" ")))
                {
                    // It is in no force, and nobody sees that it was tried but who did.
                    let _ = self.scoping.remove(&name);
                    return Err(error);
                }
                Ok(json!({ "added": name }))
            }
            Request::ScopeRemove { name } => {
                self.scoping.remove(name)?;
                self.put_scope_in_force(asked.by, &format!("remove {name}"))?;
                Ok(json!({ "removed": name }))
            }
        }
    }

    fn status(&self) -> Value {
        let progress = self.writer.progress();
        json!({
            "capture": self.options.output,
            "pid": std::process::id(),
            "seconds": self.started.elapsed().as_secs(),
            "segment": self.header.number,
            "segment_bytes": progress.segment_bytes.load(std::sync::atomic::Ordering::Relaxed),
            "frames": self.drain.taken,
            "lost": self.drain.lost,
            "scope": self.scoping.list(),
        })
    }

    /// Has the kernel side judge by the scope as it is now, and says so in the log.
    fn put_scope_in_force(&mut self, by: (u32, u32), change: &str) -> Result<()> {
        let sources = Sources::new(&self.options.runtimes).map_err(anyhow::Error::msg)?;
        let here = Here { mount_namespace: self.programs.init_namespaces()[2], sources: &sources };
        let scope = self.scoping.compile(&here)?.context("there is no policy")?;
        let plan = self.scoping.plan().context("there is no policy")?;
        if self.options.plan.is_some() {
            self.programs.set_filters(&self.programs.filters_of(plan))?;
        }
        let policies = serde_json::to_string(plan)?;
        let from_ns = clock::boot_ns();
        self.programs.set_scope(&scope, self.scoping.is_of_everyone())?;
        self.programs.let_pass();
        let boot_ns = (from_ns, clock::boot_ns());
        self.info["policies"] = serde_json::to_value(plan)?;
        let mut rows = Vec::new();
        let active = self.scoping.active();
        manifest::put_scope_change(
            &manifest::ScopeChange { boot_ns, by, active, change, policies: &policies },
            &mut rows,
        );
        self.put_own(rows);
        Ok(())
    }

    /// Has the containers that frames told of described.
    fn ask_about_containers(&mut self) {
        if let Some(describer) = &self.describer {
            self.drain.containers.drain(..).for_each(|container| describer.seen(container));
        }
    }

    /// Has every container described that is not yet, or its record say why it is not.
    fn finish_describing(&mut self) {
        self.ask_about_containers();
        if let Some(describer) = self.describer.take()
            && !describer.end()
        {
            self.note_limit("container runtimes: some containers were not asked about");
        }
    }

    /// Has everything kept that is to be, or said why not.
    fn finish_capturing(&mut self) {
        let Some(capturing) = self.capturing.take() else { return };
        // It puts frames, too: the writer ends when nobody does any more.
        self.drain.rewriter = None;
        let mut rows = Vec::new();
        self.content_limits = capturing.finish(&self.programs);
        for (limit, count) in &self.content_limits {
            manifest::put_limit(limit, *count, &mut rows);
        }
        self.put_own(rows);
    }

    /// Opens the segment that `header` describes and starts telling it what is there.
    fn open_segment(&mut self, snapshot: Snapshot) -> Result<()> {
        self.writer.open(self.header.clone());
        let mut rows = Vec::new();
        manifest::put_info(&self.info, &mut rows);
        if let Some(namespaces) = &self.init_namespaces {
            manifest::put_init_namespaces(namespaces, &mut rows);
        }
        let clocks = Clocks {
            boot_ns: self.header.clock_boot_ns,
            monotonic_ns: self.header.clock_monotonic_ns,
            realtime_ns: self.header.clock_realtime_ns,
            uncertainty_ns: self.clocks.uncertainty_ns,
        };
        manifest::put_clock(&clocks, 0, &mut rows);
        self.put_own(rows);
        self.segment_opened = Instant::now();
        let sources = keyframe::Sources {
            tasks: self.programs.tasks()?,
            files: self.programs.files()?,
            snapshot,
            hierarchy: self.hierarchy.clone(),
            whole_host: self.is_whole_host(),
            proc_is_ours: self.programs.recorder_pid() == std::process::id(),
            keeps_files: self.capturing.is_some(),
        };
        let (writer, own) = (self.writer.clone(), self.own.clone());
        let read = move || {
            keyframe::read(sources, &mut |rows| {
                own.put(&writer, Lane::Control, true, rows);
            })
        };
        self.keyframe = Some(
            thread::Builder::new().name("tracee-keyframe".to_owned()).spawn(read).context("cannot start a thread")?,
        );
        Ok(())
    }

    /// Whether nothing narrows what is recorded.
    fn is_whole_host(&self) -> bool {
        let is_everything = |plan: &policy::Plan| {
            plan.policies().iter().any(|policy| {
                policy
                    .scope
                    .iter()
                    .all(|expression| matches!(expression, policy::Expression::Global | policy::Expression::Follow))
            })
        };
        self.options.command.is_empty() && self.options.plan.as_ref().is_none_or(is_everything)
    }

    fn finish_keyframe(&mut self) {
        let Some(thread) = self.keyframe.take() else { return };
        match thread.join() {
            Ok(Ok(cost)) => {
                self.measurements.keyframe_ns.push(cost.ns);
                self.measurements.keyframe_entries.push(cost.entries);
                self.drain.note_contexts(&cost.contexts, &cost.shown);
                self.drain.note_files(&cost.files);
                self.drain.containers.extend(cost.containers);
            }
            Ok(Err(error)) => self.note_limit(&format!("keyframe: {error:#}")),
            Err(_) => self.note_limit("keyframe: its thread failed"),
        }
    }

    /// Something of ours failed: recording ends in order, and says so.
    fn fail(&mut self, error: &anyhow::Error) {
        self.reason = Some((StopReason::Error, format!("{error:#}")));
    }

    fn note_limit(&mut self, limit: &str) {
        let mut rows = Vec::new();
        manifest::put_limit(limit, 1, &mut rows);
        self.put_own(rows);
    }

    fn put_own(&self, rows: Vec<u8>) {
        self.own.put(&self.writer, Lane::Control, false, rows);
    }

    /// Drains until there is a reason to stop.
    fn run(&mut self) -> Result<()> {
        while self.reason.is_none() {
            let taken = self.drain.turn(self.cut, &self.writer);
            if let Some(rewriter) = &mut self.drain.rewriter {
                Capturing::pass_verdicts(&self.programs, rewriter);
            }
            if self.cut.is_none() {
                self.drain.flush_aged(&self.writer);
            }
            self.look_for_reasons()?;
            self.look_at_clocks();
            self.put_findings();
            self.ask_about_containers();
            self.answer_requests();
            if self.keyframe.as_ref().is_some_and(JoinHandle::is_finished) {
                self.finish_keyframe();
            }
            self.advance_cut()?;
            self.advance_watermark();
            // What came in meanwhile is worth another turn only when there was much.
            if taken < 256 * 1024 && self.reason.is_none() {
                let is_waiting = self.cut.is_some() || self.pace.under_way.is_some();
                self.waiter.sleep(if is_waiting { 1 } else { NAP_MS });
            }
        }
        Ok(())
    }

    fn look_for_reasons(&mut self) -> Result<()> {
        while let Some(signal) = self.signals.next() {
            match &self.child {
                Some(child) => {
                    if !signal.from_terminal {
                        // SAFETY: our child's pid, which is not reused before we wait for it.
                        unsafe { libc::kill(child.pid(), signal.number) };
                    }
                }
                None => self.reason = Some((StopReason::Signal, format!("signal {}", signal.number))),
            }
        }
        if let Some(child) = &self.child
            && self.status.is_none()
        {
            self.status = child.try_wait()?;
            if self.status.is_some() {
                self.reason = Some((StopReason::CommandEnded, "the command ended".to_owned()));
            }
        }
        if self.options.duration.is_some_and(|duration| self.started.elapsed() >= duration) {
            self.reason.get_or_insert((StopReason::Duration, "time is up".to_owned()));
        }
        if let Some(failure) = self.writer.progress().failure() {
            self.reason = Some((StopReason::DiskFull, failure));
        }
        Ok(())
    }

    /// Notes a step of the real-time clock.
    fn look_at_clocks(&mut self) {
        if self.clocks_read.elapsed() < CLOCK_EVERY {
            return;
        }
        self.clocks_read = Instant::now();
        let now = Clocks::read();
        let step_ns = now.offset_ns() - self.clocks.offset_ns();
        if step_ns.abs() >= STEP_NS {
            let mut rows = Vec::new();
            manifest::put_clock(&now, step_ns, &mut rows);
            self.put_own(rows);
            self.clocks = now;
        }
    }

    /// Begins a cut when the segment is large or old enough; goes on with one that is under way.
    fn advance_cut(&mut self) -> Result<()> {
        let Some(cut) = self.cut else {
            let bytes = self.writer.progress().segment_bytes.load(std::sync::atomic::Ordering::Relaxed);
            let is_due =
                bytes >= self.options.segment_size || self.segment_opened.elapsed() >= self.options.segment_age;
            // A segment that has not been told what is there cannot stand alone.
            if is_due && self.keyframe.as_ref().is_none_or(JoinHandle::is_finished) {
                self.finish_keyframe();
                self.serial += 1;
                let boot_ns = clock::boot_ns() + CUT_LEAD_NS;
                self.programs.set_cut(boot_ns);
                self.cut = Some(Cut { boot_ns, serial: self.serial });
            }
            return Ok(());
        };
        if clock::boot_ns() <= cut.boot_ns || !self.put_markers(cut.serial, MarkerPurpose::SegmentCut) {
            return Ok(());
        }
        self.drain.flush(&self.writer);
        self.writer.close(cut.boot_ns);
        self.cut = None;
        let now = Clocks::read();
        self.header.number += 1;
        if let Some(scanner) = &self.scanner {
            scanner.set_segment(self.header.number);
        }
        self.header.start_boot_ns = cut.boot_ns;
        self.header.clock_boot_ns = now.boot_ns;
        self.header.clock_monotonic_ns = now.monotonic_ns;
        self.header.clock_realtime_ns = now.realtime_ns;
        self.drain.begin_segment(cut.boot_ns);
        let snapshot = self.drain.snapshot(cut.boot_ns);
        self.open_segment(snapshot)
    }

    /// Says from time to time up to when the file has everything. A cut says that itself.
    fn advance_watermark(&mut self) {
        if self.cut.is_some() || self.keyframe.is_some() {
            self.pace.under_way = None;
            return;
        }
        if self.pace.under_way.is_none() && self.pace.is_due(self.header.number, self.writer.progress()) {
            let boot_ns = clock::boot_ns();
            let has_news = self.drain.begin_watermark(self.serial + 1) | self.own.has_news();
            if self.pace.begin(boot_ns, has_news) {
                self.serial += 1;
            }
        }
        let Some(boot_ns) = self.pace.under_way else { return };
        let mut complete = true;
        for cpu in 0..self.programs.cpus() {
            let wanted = self.drain.lanes_awaited(cpu);
            if wanted != 0 {
                self.programs.put_markers(cpu, wanted, self.serial, MarkerPurpose::Watermark.number());
                complete = false;
            }
        }
        if !complete {
            // They are in the rings by now.
            self.drain.turn(None, &self.writer);
            complete = (0..self.programs.cpus())
                .all(|cpu| self.drain.lanes_awaited(cpu) == 0 || !self.programs.is_online(cpu));
        }
        if complete {
            self.pace.under_way = None;
            self.drain.flush(&self.writer);
            self.own.put_watermark(&self.writer, boot_ns, self.serial);
        }
    }

    /// Puts markers where they are still missing; true when every stream has shown its own.
    fn put_markers(&self, serial: u64, purpose: MarkerPurpose) -> bool {
        let mut complete = true;
        for cpu in 0..self.programs.cpus() {
            let wanted = self.drain.lanes_without(cpu, serial);
            if wanted == 0 {
                continue;
            }
            // A CPU that is off line has nothing to come.
            complete &= !self.programs.is_online(cpu);
            self.programs.put_markers(cpu, wanted, serial, purpose.number());
        }
        complete
    }

    /// Stops the kernel side, takes everything that is left, says how it went.
    fn end(mut self) -> Result<Outcome> {
        if let Err(error) = self.complete_cut() {
            self.fail(&error);
        }
        if let Some(cut) = self.cut.take() {
            // The disk is full: what was gathered for a segment that is not to come is counted with the rest.
            self.drain.flush(&self.writer);
            self.drain.begin_segment(cut.boot_ns);
        }
        if let Some(scanner) = &mut self.scanner {
            scanner.finish();
        }
        self.put_findings();
        self.programs.stop();
        self.serial += 1;
        // Two rounds at the least: one that puts the markers, one that finds them.
        let mut progressed = Instant::now();
        while !self.put_markers(self.serial, MarkerPurpose::End) && progressed.elapsed() < END_PATIENCE {
            if self.drain.turn(None, &self.writer) == 0 {
                self.waiter.sleep(1);
            } else {
                progressed = Instant::now();
            }
        }
        self.drain.turn(None, &self.writer);
        self.drain.flush(&self.writer);
        self.finish_keyframe();
        if let Err(error) = self.put_calls_under_way() {
            self.fail(&error);
        }
        self.finish_describing();
        self.finish_capturing();
        let statistics = self.programs.statistics();
        self.programs.detach();
        self.measurements.verified = statistics.iter().map(|(name, verified, _)| (name.clone(), *verified)).collect();
        let misses: u64 = statistics.iter().map(|(_, _, misses)| misses).sum();
        self.measurements.recursion_misses = misses + self.programs.limits().refused;
        let (reason, detail) = self.reason.take().unwrap_or((StopReason::Error, String::new()));
        self.put_limits();

        // Everything before is written or counted when this has gone through: the queue is in order.
        self.writer.last(self.own.block(Lane::Control, false, Self::clock_rows()).context("no closing clock")?);
        let produced = self.drain.produced();
        let (unwritten_rows, unwritten) = self.settle_disk();
        if let Some(block) = self.own.block(Lane::Control, false, unwritten_rows) {
            self.writer.last(block);
        }
        let written = self.drain.taken.saturating_sub(unwritten);
        // What never got a number: tasks without state, runs that the recursion guard refused.
        let unnumbered = self.programs.limits().without_state + self.measurements.recursion_misses;
        let (produced, lost) = (produced + unnumbered, self.drain.lost + unwritten + unnumbered);
        let packets_left_out = self.programs.limits().packets_left_out;
        let mut rows = Vec::new();
        manifest::put_ending(
            &manifest::Ending {
                produced,
                written,
                lost,
                status: self.status,
                reason,
                packets_left_out,
                detail: &detail,
            },
            &mut rows,
        );
        self.writer.last(self.own.block(Lane::Control, false, rows).context("no last record")?);
        self.writer.close(clock::boot_ns());
        self.finish(produced, written, lost, reason, detail)
    }

    fn clock_rows() -> Vec<u8> {
        let mut rows = Vec::new();
        manifest::put_clock(&Clocks::read(), 0, &mut rows);
        rows
    }

    /// A cut that is under way is carried through: its frames are in two places.
    fn complete_cut(&mut self) -> Result<()> {
        while self.cut.is_some() && self.writer.progress().failure().is_none() {
            self.drain.turn(self.cut, &self.writer);
            self.advance_cut()?;
            self.waiter.sleep(1);
        }
        Ok(())
    }

    fn put_calls_under_way(&mut self) -> Result<()> {
        let mut rows = Vec::new();
        std::io::Read::read_to_end(&mut std::fs::File::from(self.programs.calls()?), &mut rows)
            .context("cannot read the calls under way")?;
        self.own.put(&self.writer, Lane::Events, false, rows);
        Ok(())
    }

    fn put_limits(&self) {
        let mut rows = Vec::new();
        let Limits { without_stash, without_state, memory_busy, packets_forgotten, .. } = self.programs.limits();
        if without_stash > 0 {
            manifest::put_limit(
                "calls whose user memory was read at the exit (no stash was free)",
                without_stash,
                &mut rows,
            );
        }
        if memory_busy > 0 {
            manifest::put_limit(
                "looks at a mapping while another thread changed the process's mappings",
                memory_busy,
                &mut rows,
            );
        }
        if let (count @ 1.., since_ns) = packets_forgotten {
            const FORGOTTEN: &str = "packets of unknown owner after more sockets or flows than are remembered";
            let limit = format!("{FORGOTTEN}, from boot_ns {since_ns} on");
            manifest::put_limit(&limit, count, &mut rows);
        }
        if without_state > 0 {
            manifest::put_loss(LossReason::Storage, without_state, self.header.capture_start_boot_ns, &mut rows);
        }
        let misses = self.measurements.recursion_misses;
        if misses > 0 {
            manifest::put_loss(LossReason::RecursionGuard, misses, self.header.capture_start_boot_ns, &mut rows);
        }
        self.put_own(rows);
    }

    /// Waits for the writer to have seen everything so far; loss frames for what the disk refused.
    fn settle_disk(&self) -> (Vec<u8>, u64) {
        self.writer.wait();
        self.writer.progress().unwritten()
    }

    fn finish(mut self, produced: u64, written: u64, lost: u64, reason: StopReason, detail: String) -> Result<Outcome> {
        self.writer.wait();
        let progress = self.writer.progress();
        let error = progress.failure().or_else(|| (reason == StopReason::Error).then(|| detail.clone()));
        let bytes = progress.closed_bytes.load(std::sync::atomic::Ordering::Relaxed);
        let segments = progress.segments.load(std::sync::atomic::Ordering::Relaxed);
        drop(self.writer);
        let _ = self.writer_thread.join();
        self.measurements.cpu_ns = measure::cpu_ns().saturating_sub(self.cpu_at_start_ns);
        self.measurements.peak_resident_bytes = measure::peak_resident_bytes();
        self.measurements.ring_bytes = measure::resident_ring_bytes();
        if let Some(child) = &mut self.child {
            if self.status.is_none() {
                // Recording ended before the command did. It goes on, and our status is still to be its own.
                self.status = Some(wait_passing_signals(child, &self.signals, self.child_end.as_ref())?);
            }
            if let Some(failure) = child.exec_failure() {
                let command = self.options.command.first().cloned().unwrap_or_default();
                return Err(if failure.kind() == std::io::ErrorKind::NotFound {
                    RecordError::CommandNotFound { command }
                } else {
                    RecordError::CommandNotExecutable { command, why: failure.to_string() }
                }
                .into());
            }
        }
        let mut missing: Vec<String> = self.programs.choice.missing.iter().map(|hook| hook.event.clone()).collect();
        missing.dedup();
        let stop = if detail.is_empty() { reason.words().to_owned() } else { detail };
        let status = self.status;
        Ok(Outcome {
            status,
            produced,
            written,
            lost,
            segments,
            bytes,
            missing,
            stop,
            limits: self.content_limits,
            error,
            measurements: self.measurements,
        })
    }
}

fn wait_passing_signals(child: &Child, signals: &Signals, end: Option<&OwnedFd>) -> Result<i32> {
    let waiter = Waiter::new()?;
    waiter.add(signals.fd(), false)?;
    if let Some(end) = end {
        waiter.add(end.as_raw_fd(), false)?;
    }
    loop {
        if let Some(status) = child.try_wait()? {
            return Ok(status);
        }
        while let Some(signal) = signals.next() {
            if !signal.from_terminal {
                // SAFETY: our child's pid, which is not reused before we wait for it.
                unsafe { libc::kill(child.pid(), signal.number) };
            }
        }
        waiter.sleep(200);
    }
}
