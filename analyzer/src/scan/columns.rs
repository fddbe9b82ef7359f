//! Scans by column: what frames' headers, their contexts and what calls returned say is read column by column as blocks hold
//! it, without making rows. Rows come block by block, not in the order of replay.

use std::collections::HashSet;
use std::ops::{ControlFlow, Range};

use anyhow::Result;
use formats::block::BlockDecoder;
use formats::capture::Segment;
use formats::event::Kind;
use formats::events::recorder::SCOPE_CHANGED;
use formats::frame::UNFINISHED;
use formats::payload::Value;
use formats::schema::EventSchema;

use super::block::{Needs, OpenBlock};
use super::{Nobody, ScanOptions, Scanner};
use crate::definitions::{Definitions, decoder};
use crate::numbers::NumberMap;
use crate::origin::Origin;
use crate::replay::{Damage, Options, Wanted, collect, follows_socket, has_rows, replay_segments, unreadable, who};
use crate::row::{Entry, Row, is_late, returns};
use crate::tables::{COMMON, Cell, Common, EVENTS, Reader, Shown, Table};

/// Values of one column.
#[derive(Clone, Debug, PartialEq)]
pub enum Values {
    /// Of integers, truth values (1 or 0) and times (UTC nanoseconds).
    Numbers(Vec<Option<i64>>),
    /// Of text.
    Texts {
        /// The texts, among them none.
        dictionary: Vec<Option<String>>,
        /// Which of them each row has.
        indexes: Vec<u32>,
    },
}

/// Takes rows, column by column, until it says that it wants no more: how many rows there are, and their columns.
pub type EachChunk<'e> = &'e mut dyn FnMut(usize, Vec<Values>) -> ControlFlow<()>;

/// What a column's values depend on.
#[derive(Clone, Copy)]
enum Of {
    /// Who did it, or nothing.
    Context(&'static Common),
    /// Which event it is.
    Event(&'static Common),
    UtcNs,
    BootNs,
    EventKey,
    Sequence,
    HostTid,
    Ret,
    Unfinished,
    Late,
}

impl Of {
    /// `None` when it depends on more than a frame has in columns.
    fn column(common: &'static Common) -> Option<Of> {
        Some(match common.name {
            "process_key" | "host_id" | "boot_id" | "capture" | "pid" | "tid" | "ppid" | "host_pid" | "host_ppid"
            | "uid" | "gid" | "exe" | "container_id" | "cgroup_id" | "mnt_ns" | "pid_ns" | "uts_name" | "cpu" => {
                Of::Context(common)
            }
            "event" | "hook" => Of::Event(common),
            "ts" | "ts_ns" => Of::UtcNs,
            "boot_ns" => Of::BootNs,
            "event_key" => Of::EventKey,
            "seq" => Of::Sequence,
            "host_tid" => Of::HostTid,
            "ret" => Of::Ret,
            "unfinished" => Of::Unfinished,
            "late" => Of::Late,
            _ => return None,
        })
    }
}

impl Scanner {
    /// Whether [`Scanner::scan_columns`] can give these columns of a table.
    pub fn has_columns(&self, table: &Table, columns: &[usize], options: &ScanOptions) -> bool {
        table.name == EVENTS
            && !self.origin.has_policies
            && !self.reads_earlier_segments(table, options)
            && columns.iter().all(|at| COMMON.get(*at).and_then(Of::column).is_some())
    }

    /// Gives `each` the rows of consecutive segments in the table `events`, block by block, with the columns at these positions.
    /// What could not be read is returned.
    ///
    /// # Errors
    /// The system refused to read.
    pub fn scan_columns(
        &self,
        segments: Range<usize>,
        columns: &[usize],
        options: &ScanOptions,
        each: EachChunk<'_>,
    ) -> Result<Vec<Damage>> {
        let columns: Vec<&'static Common> = columns.iter().filter_map(|at| COMMON.get(*at)).collect();
        let of: Vec<Of> = columns.iter().filter_map(|common| Of::column(common)).collect();
        let options = self.wanted(self.catalog.events(), options);
        let mut damage = Vec::new();
        for (index, source) in self.capture.segments().iter().enumerate().take(segments.end).skip(segments.start) {
            let segment = match Segment::open(source) {
                Ok(segment) => segment,
                Err(error) => {
                    damage.push(Damage::whole(source, error)?);
                    continue;
                }
            };
            // Rows that policies choose are not known by their columns.
            let is_chosen =
                segment.frame_blocks().flat_map(|block| &block.header.kinds).any(|kind| kind.event == SCOPE_CHANGED.id);
            let going_on = if is_chosen {
                let (found, going_on) = self.row_by_row(index, &columns, &options, each)?;
                damage.extend(found);
                going_on
            } else {
                let mut blocks = Blocks::new(&segment, &options, &self.origin, &of)?;
                let going_on = blocks.scan(each)?;
                damage.extend(unreadable(&segment, blocks.unreadable.iter().copied()));
                going_on
            };
            if going_on.is_break() {
                break;
            }
        }
        Ok(damage)
    }

    /// The same of one segment by its rows.
    fn row_by_row(
        &self,
        segment: usize,
        columns: &[&'static Common],
        options: &Options,
        each: EachChunk<'_>,
    ) -> Result<(Vec<Damage>, ControlFlow<()>)> {
        let shown: Vec<Shown> = columns.iter().map(|common| Shown::Common(common)).collect();
        let reader = Reader::new(shown.iter().collect());
        let mut going_on = ControlFlow::Continue(());
        let damage = replay_segments(&self.capture, segment..segment + 1, options, &self.origin, &mut |batch| {
            let mut values: Vec<Values> = columns.iter().map(|common| Values::empty(common)).collect();
            let mut cells = Vec::new();
            for entry in &batch.entries {
                reader.read(&batch.row(&self.origin, entry), &Nobody, &mut cells);
                values.iter_mut().zip(cells.drain(..)).for_each(|(values, cell)| values.push(cell));
            }
            going_on = each(batch.entries.len(), values);
            going_on
        })?;
        Ok((damage, going_on))
    }
}

impl Values {
    fn empty(common: &Common) -> Values {
        match common.ty {
            crate::tables::Type::Text | crate::tables::Type::Bytes => {
                Values::Texts { dictionary: Vec::new(), indexes: Vec::new() }
            }
            _ => Values::Numbers(Vec::new()),
        }
    }

    fn push(&mut self, cell: Cell<'_>) {
        match self {
            Values::Numbers(numbers) => numbers.push(number(&cell)),
            Values::Texts { dictionary, indexes } => {
                indexes.push(dictionary.len() as u32);
                dictionary.push(text(cell));
            }
        }
    }
}

fn number(cell: &Cell<'_>) -> Option<i64> {
    match cell {
        Cell::Integer(number) | Cell::Timestamp(number) => Some(*number),
        Cell::Boolean(is_true) => Some((*is_true).into()),
        _ => None,
    }
}

fn text(cell: Cell<'_>) -> Option<String> {
    if let Cell::Text(text) = cell { Some(text.into_owned()) } else { None }
}

/// The blocks of one segment.
struct Blocks<'s> {
    segment: &'s Segment,
    origin: &'s Origin,
    definitions: Definitions,
    wanted: Wanted,
    /// Ids of the contexts whose rows are wanted; `None` for all.
    contexts: Option<HashSet<u64>>,
    of: &'s [Of],
    decoder: BlockDecoder,
    block: OpenBlock,
    unreadable: Vec<(&'s formats::capture::BlockEntry, &'static str)>,
}

/// The rows of a block.
#[derive(Default)]
struct Rows {
    /// Frame and event of each.
    rows: Vec<(u32, u16)>,
    /// Of each, which of `contexts` it is of.
    who: Vec<u32>,
    /// Numbers of the contexts, in the order of their first row.
    contexts: Vec<u32>,
    /// By frame, of whom rows are that are not of whose frame they are: context id and thread.
    of_others: NumberMap<u32, (u64, u32)>,
}

impl<'s> Blocks<'s> {
    fn new(segment: &'s Segment, options: &Options, origin: &'s Origin, of: &'s [Of]) -> Result<Blocks<'s>> {
        let definitions = if has_rows(segment, options, origin) && options.whose.may_have(segment)? {
            collect(segment, origin)?
        } else {
            let mut none = Definitions::of(segment);
            none.declare(&origin.replayed);
            none
        };
        let mut wanted = Wanted::of(options, &definitions, origin);
        wanted.narrow(&definitions);
        let contexts = wanted.chooses().then(|| {
            let is_wanted = |(number, context): &(usize, &crate::context::Context)| {
                wanted.is_of(Some(context), definitions.container_id(*number as u32))
            };
            definitions.contexts.iter().enumerate().filter(is_wanted).map(|(_, context)| context.id).collect()
        });
        Ok(Blocks {
            segment,
            origin,
            definitions,
            wanted,
            contexts,
            of,
            decoder: decoder(segment)?,
            block: OpenBlock::default(),
            unreadable: Vec::new(),
        })
    }

    fn scan(&mut self, each: EachChunk<'_>) -> Result<ControlFlow<()>> {
        let segment = self.segment;
        if self.contexts.as_ref().is_some_and(HashSet::is_empty) {
            return Ok(ControlFlow::Continue(()));
        }
        for entry in segment.frame_blocks().filter(|block| self.wanted.has_rows(block)) {
            let kinds = &entry.header.kinds;
            let follows = kinds.iter().any(|kind| follows_socket(kind.event));
            let (wanted, definitions, of) = (&self.wanted, &self.definitions, self.of);
            let reads_ret = of.iter().any(|of| matches!(of, Of::Ret));
            let needs = |event: u16| {
                let returns = || definitions.schema.get(event).is_some_and(returns) && wanted.is_shown(event);
                match () {
                    () if wanted.is_source(event) || follows_socket(event) => Needs::Payload,
                    () if reads_ret && returns() => Needs::Ret,
                    () => Needs::Nothing,
                }
            };
            let contexts = self.contexts.as_ref().filter(|_| !follows);
            let opened = self.block.open(segment, entry, &mut self.decoder, contexts, &definitions.schema, needs)?;
            match opened {
                Ok(true) => {}
                Ok(false) => continue,
                Err(why) => {
                    self.unreadable.push((entry, why));
                    continue;
                }
            }
            let rows = self.rows();
            if rows.rows.is_empty() {
                continue;
            }
            let values = self.of.iter().map(|of| self.values(*of, &rows)).collect();
            if each(rows.rows.len(), values).is_break() {
                return Ok(ControlFlow::Break(()));
            }
        }
        Ok(ControlFlow::Continue(()))
    }

    /// Which rows the block has.
    fn rows(&self) -> Rows {
        let mut rows = Rows::default();
        let mut known: NumberMap<u64, Option<u32>> = NumberMap::default();
        let mut last = None;
        // Of what a kind's rows are made, found once.
        let mut kind: Option<(u16, bool, bool, bool)> = None;
        for (frame, (event, context)) in (0u32..).zip(self.block.events.iter().zip(&self.block.contexts)) {
            let (_, is_shown, is_source, follows) = match kind {
                Some(kind) if kind.0 == *event => kind,
                _ => *kind.insert((
                    *event,
                    self.wanted.is_shown(*event),
                    self.wanted.is_source(*event),
                    follows_socket(*event),
                )),
            };
            if !is_shown && !is_source {
                continue;
            }
            let boot_ns = self.block.boot_ns.get(frame as usize).copied().unwrap_or_default();
            if !self.wanted.is_in_time(boot_ns as u64) {
                continue;
            }
            let mut context = *context as u64;
            if follows && let Some(read) = self.block.frame(frame) {
                let whose = who(&self.definitions, &read);
                context = whose.0;
                rows.of_others.insert(frame, whose);
            }
            let place = match last {
                Some((before, place)) if before == context => place,
                _ => {
                    let place = *known.entry(context).or_insert_with(|| self.place(context, &mut rows.contexts));
                    last = Some((context, place));
                    place
                }
            };
            let Some(place) = place else { continue };
            if is_shown {
                rows.rows.push((frame, *event));
                rows.who.push(place);
            }
            if is_source && let Some(read) = self.block.frame(frame) {
                self.wanted.derive(&self.definitions, &read, |derived| {
                    rows.rows.push((frame, derived.event));
                    rows.who.push(place);
                });
            }
        }
        rows
    }

    /// The place of a context among those of a block's rows; `None` when its rows are not wanted.
    fn place(&self, id: u64, contexts: &mut Vec<u32>) -> Option<u32> {
        let number = self.definitions.context_number(id);
        let context = self.definitions.contexts.get(number as usize);
        self.wanted.is_of(context, self.definitions.container_id(number)).then(|| {
            contexts.push(number);
            contexts.len() as u32 - 1
        })
    }

    fn values(&self, of: Of, rows: &Rows) -> Values {
        let block = &self.block;
        let at = |numbers: &[i64], frame: u32| numbers.get(frame as usize).copied().unwrap_or_default();
        let numbers = |value: &dyn Fn(u32, u16) -> Option<i64>| {
            Values::Numbers(rows.rows.iter().map(|(frame, event)| value(*frame, *event)).collect())
        };
        match of {
            Of::Context(common) => {
                let value = |number: &u32| self.value(common, &self.entry(*number, 0));
                expand(common, rows.contexts.iter().map(value), &rows.who)
            }
            Of::Event(common) => {
                let (mut places, mut indexes) = (NumberMap::<u16, u32>::default(), Vec::with_capacity(rows.rows.len()));
                let mut events = Vec::new();
                for (_, event) in &rows.rows {
                    indexes.push(*places.entry(*event).or_insert_with(|| {
                        events.push(*event);
                        events.len() as u32 - 1
                    }));
                }
                let value = |event: &u16| self.value(common, &self.entry(u32::MAX, *event));
                expand(common, events.iter().map(value), &indexes)
            }
            Of::UtcNs => numbers(&|frame, _| Some(self.origin.utc_ns(at(&block.boot_ns, frame) as u64))),
            Of::BootNs => numbers(&|frame, _| Some(at(&block.boot_ns, frame))),
            Of::EventKey => numbers(&|frame, _| block.key(frame)),
            Of::Sequence => numbers(&|frame, _| Some(block.sequence(frame) as i64)),
            Of::HostTid => numbers(&|frame, _| {
                let of_others = rows.of_others.get(&frame).map(|(_, tid)| *tid);
                Some(of_others.or_else(|| block.tids.get(frame as usize).copied()).unwrap_or_default().into())
            }),
            Of::Ret => numbers(&|frame, event| {
                let is_own = block.events.get(frame as usize) == Some(&event);
                let is_over = at(&block.flags, frame) as u16 & UNFINISHED == 0;
                block.rets.get(frame as usize).copied().flatten().filter(|_| is_own && is_over)
            }),
            Of::Unfinished => numbers(&|frame, _| Some((at(&block.flags, frame) as u16 & UNFINISHED != 0).into())),
            Of::Late => numbers(&|frame, _| {
                let (flags, boot_ns) = (at(&block.flags, frame) as u16, at(&block.boot_ns, frame) as u64);
                Some(is_late(flags, boot_ns, &self.definitions).into())
            }),
        }
    }

    /// A row of which nothing is known but its context and event.
    fn entry(&self, context: u32, event: u16) -> Entry {
        Entry {
            boot_ns: 0,
            sequence: 0,
            context,
            context_id: 0,
            tid: 0,
            cpu: self.block.cpu,
            payload: (0, 0),
            comm: (0, 0),
            event,
            flags: 0,
            lane: self.block.lane,
            vouched: 0,
            policies: 0,
        }
    }

    /// What a column says of such a row: a number or text.
    fn value(&self, common: &Common, entry: &Entry) -> (Option<i64>, Option<String>) {
        let schema = self.definitions.schema.get(entry.event);
        let (origin, definitions) = (self.origin, &self.definitions);
        let cell = (common.value)(&Row { origin, definitions, schema, entry, payload: &[], comm: None });
        (number(&cell), text(cell))
    }
}

/// Values of rows, given those of what they refer to.
fn expand(common: &Common, of: impl Iterator<Item = (Option<i64>, Option<String>)>, indexes: &[u32]) -> Values {
    match Values::empty(common) {
        Values::Texts { .. } => {
            Values::Texts { dictionary: of.map(|(_, text)| text).collect(), indexes: indexes.to_vec() }
        }
        Values::Numbers(_) => {
            let numbers: Vec<Option<i64>> = of.map(|(number, _)| number).collect();
            Values::Numbers(indexes.iter().map(|index| numbers.get(*index as usize).copied().flatten()).collect())
        }
    }
}

/// Whether what a call of the kind returned is a signed number.
pub(super) fn is_signed(schema: &EventSchema) -> bool {
    returns(schema)
        && schema.fields.first().is_some_and(|field| matches!(field.kind, Some(Kind::I64 | Kind::I32 | Kind::Int)))
}

/// What a call returned, by its payload.
pub(super) fn ret(schema: &EventSchema, payload: &[u8]) -> Option<i64> {
    match schema.value(payload, 0)? {
        Value::I64(ret) => Some(ret),
        _ => None,
    }
}
