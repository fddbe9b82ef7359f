//! Definitions: what a segment's rows refer to by number. A first pass over the segment collects them, because a row may
//! come before the frame that defines what it names; numbers are unique within a capture.

use std::borrow::Cow;
use std::collections::hash_map::Entry;
use std::collections::{BTreeMap, HashMap};
use std::ops::Range;
use std::sync::OnceLock;

use anyhow::Result;
use formats::arch::Arch;
use formats::block::BlockDecoder;
use formats::capture::{BlockEntry, Segment};
use formats::error::Error;
use formats::event::Event;
use formats::events::containers::CGROUP_RMDIR;
use formats::events::packets::DECODED;
use formats::events::recorder::{CONTAINER_DESCRIBED, SCOPE_CHANGED};
use formats::events::structure::{CONTAINER, CONTEXT, FILE_OBJECT, KEYFRAME_FD, LOSS, SOCKET_OBJECT};
use formats::frame::{Frame, Frames};
use formats::payload::Value;
use formats::schema::{EventSchema, Schema};

use crate::container::{Container, Description};
use crate::context::Context;
use crate::derive;
use crate::loss::Loss;
use crate::manifest::Manifest;
use crate::names::{self, Naming};
use crate::numbers::NumberMap;
use crate::object::{File, FileIdentity, Layout, Object, Property};
use crate::policies::Policies;
use crate::statements::Statements;

/// Stands for no context.
pub(crate) const NONE: u32 = u32::MAX;

/// Objects for which there is room from the beginning on, at most.
const OBJECTS_AHEAD: usize = 1 << 18;

/// How files end that are the memory of a process.
const MEM: &[u8] = b"mem";

/// A thread when it was first seen.
#[derive(Clone, Debug)]
pub(crate) struct FirstSeen {
    /// Unique id, as the table `threads` has it.
    pub(crate) key: i64,
    pub(crate) host_tid: u32,
    pub(crate) comm: Box<[u8]>,
    /// The process that it is the first thread of.
    pub(crate) leads: Option<i64>,
}

/// Everything that the rows of one segment refer to.
pub struct Definitions {
    /// The segment's number.
    pub segment: u64,
    /// The boot that it was recorded in.
    pub boot_id: [u8; 16],
    /// Start of the segment, boot-time nanoseconds.
    pub start_boot_ns: u64,
    /// The kinds of event in it, as it embeds them.
    pub schema: Schema,
    /// The recorded host's.
    pub arch: Arch,
    pub(crate) contexts: Vec<Context>,
    context_numbers: NumberMap<u64, u32>,
    /// Number of the thread that each context is of.
    pub(crate) threads: Vec<u32>,
    /// Per thread: what is known of it.
    pub(crate) first_seen: Vec<FirstSeen>,
    /// Path of each context's program, as a column shows it.
    exes: Vec<Option<Box<str>>>,
    /// The containers, by the key that contexts refer to them by.
    pub containers: BTreeMap<u64, Container>,
    /// What runtimes said of containers.
    pub descriptions: Vec<Description>,
    /// Number in `descriptions` of the last that says something of each container.
    described: NumberMap<u64, usize>,
    policies: Option<Policies>,
    /// The policies as they were changed within the segment: those of before, and what came behind.
    changed_plan: Option<policy::Plan>,
    /// Control groups that were removed: id, hierarchy, and when, boot-time nanoseconds.
    pub(crate) removed_cgroups: Vec<(u64, u32, u64)>,
    /// Contexts of which the program is not defined yet.
    nameless: Vec<u32>,
    layouts: [Option<Layout>; 2],
    /// Which layout an object has and where its payload lies, by id.
    objects: NumberMap<u64, (usize, Range<usize>)>,
    object_bytes: Vec<u8>,
    /// Files whose path ends in [`MEM`], and those of which that is not known without decoding them.
    called_mem: Vec<u64>,
    /// What columns show of each object, found when it is first asked for; `None` while objects are still being added.
    names: Option<OnceLock<NumberMap<u64, Box<str>>>>,
    /// By cookie: when and in which context a socket was first seen.
    socket_users: NumberMap<u64, (u64, u64)>,
    pub(crate) losses: Vec<Loss>,
    /// What the recorder said of itself, the clocks and the end.
    pub statements: Statements,
    /// The descriptors that were open when the segment began.
    pub open_files: Vec<OpenFile>,
    namings: NumberMap<u16, Vec<Option<Naming>>>,
}

/// A descriptor that was open when the segment began.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OpenFile {
    /// Id of the context of the process.
    pub context: u64,
    /// Descriptor number.
    pub fd: i32,
    /// Object id of what is open.
    pub object: u64,
    /// When it was read, boot-time nanoseconds.
    pub read_boot_ns: u64,
}

/// When threads were first seen, to tell which of their names is the first.
#[derive(Default)]
pub(crate) struct Seen {
    /// Number and time by thread id and start.
    threads: HashMap<(u32, u64), (u32, u64)>,
    /// Threads of which that has changed.
    pub(crate) revised: Vec<u32>,
}

/// Whether a kind is needed by [`Definitions::collect`].
pub(crate) fn defines(event: u16) -> bool {
    const OWN: [u16; 9] = [
        CONTEXT.id,
        FILE_OBJECT.id,
        SOCKET_OBJECT.id,
        LOSS.id,
        KEYFRAME_FD.id,
        CONTAINER.id,
        CONTAINER_DESCRIBED.id,
        CGROUP_RMDIR.id,
        SCOPE_CHANGED.id,
    ];
    OWN.contains(&event) || Statements::KINDS.contains(&event)
}

impl Definitions {
    /// Reads every block of the segment that defines something. Blocks that cannot be read are left out: the capture
    /// names the damage.
    ///
    /// # Errors
    /// The system refused to read.
    pub(crate) fn collect(segment: &Segment) -> Result<Definitions> {
        let mut found = Definitions::of(segment);
        let mut seen = Seen::default();
        let objects =
            segment.frame_blocks().flat_map(|block| &block.header.kinds).filter(|kind| kind.event == FILE_OBJECT.id);
        let objects = objects.fold(0, |sum: usize, kind| sum.saturating_add(kind.count as usize));
        // Headers may say what they like.
        found.objects.reserve(objects.min(OBJECTS_AHEAD));
        scan(segment, defines, |_, frame| found.add(frame, &mut seen))?;
        found.name_programs();
        found.know_schema(segment.schema());
        found.losses.sort_by_key(Loss::order);
        found.names = Some(OnceLock::new());
        Ok(found)
    }

    /// None yet, for a segment of which the schema is known as far as it goes.
    pub(crate) fn of(segment: &Segment) -> Definitions {
        let header = segment.header();
        let mut found = Definitions {
            segment: header.number,
            boot_id: header.boot_id,
            start_boot_ns: header.start_boot_ns,
            schema: Schema::new(),
            arch: Arch::default(),
            contexts: Vec::new(),
            context_numbers: NumberMap::default(),
            threads: Vec::new(),
            first_seen: Vec::new(),
            exes: Vec::new(),
            containers: BTreeMap::new(),
            descriptions: Vec::new(),
            described: NumberMap::default(),
            policies: None,
            changed_plan: None,
            removed_cgroups: Vec::new(),
            nameless: Vec::new(),
            layouts: [None, None],
            objects: NumberMap::default(),
            object_bytes: Vec::new(),
            called_mem: Vec::new(),
            names: None,
            socket_users: NumberMap::default(),
            losses: Vec::new(),
            statements: Statements::default(),
            open_files: Vec::new(),
            namings: NumberMap::default(),
        };
        found.know_schema(segment.schema());
        found
    }

    /// Takes the segment's schema as it is now.
    pub(crate) fn know_schema(&mut self, schema: &Schema) {
        self.schema = schema.clone();
        self.layouts = [FILE_OBJECT.id, SOCKET_OBJECT.id].map(|id| schema.get(id).and_then(Layout::of));
        self.arch = Manifest::parse(self.statements.info.as_deref()).arch();
        self.namings = namings(schema, self.arch);
    }

    /// Notes the paths of the programs of contexts that were added since, and of those that had none yet.
    pub(crate) fn name_programs(&mut self) {
        let name = |definitions: &Definitions, context: usize| {
            definitions.object_name(definitions.contexts.get(context)?.exe).map(|name| Box::from(&*name))
        };
        for context in std::mem::take(&mut self.nameless) {
            self.exes[context as usize] = name(self, context as usize);
            self.note_nameless(context);
        }
        for context in self.exes.len()..self.contexts.len() {
            self.exes.push(name(self, context));
            self.note_nameless(context as u32);
        }
    }

    fn note_nameless(&mut self, context: u32) {
        if self.exes[context as usize].is_none() && self.contexts[context as usize].exe != 0 {
            self.nameless.push(context);
        }
    }

    /// Takes a frame of a kind that [`defines`].
    pub(crate) fn add(&mut self, frame: &Frame<'_>, seen: &mut Seen) {
        let event = frame.header.event;
        let Some(schema) = self.schema.get(event) else { return };
        if event == CONTEXT.id {
            let Some(context) = Context::decode(schema, frame.payload, &self.boot_id) else { return };
            self.add_context(context, frame.header.boot_ns, seen);
        } else if event == FILE_OBJECT.id || event == SOCKET_OBJECT.id {
            let layout = usize::from(event == SOCKET_OBJECT.id);
            let Some(id) = self.layouts[layout].as_ref().and_then(|layout| layout.id(frame.payload)) else { return };
            self.add_user(layout, frame);
            if let Entry::Vacant(entry) = self.objects.entry(id) {
                if self.layouts[layout].as_ref().is_some_and(|layout| layout.may_end_in(frame.payload, MEM)) {
                    self.called_mem.push(id);
                }
                let start = self.object_bytes.len();
                self.object_bytes.extend_from_slice(frame.payload);
                entry.insert((layout, start..self.object_bytes.len()));
            }
        } else if event == LOSS.id {
            self.losses.extend(Loss::decode(schema, frame.payload));
        } else if event == CONTAINER.id {
            if let Some(container) = Container::decode(schema, frame.payload, frame.header.boot_ns) {
                let known = self.containers.entry(container.key).or_insert_with(|| container.clone());
                if container.seen_boot_ns < known.seen_boot_ns {
                    *known = container;
                }
            }
        } else if event == CONTAINER_DESCRIBED.id {
            let Some(description) = Description::decode(schema, frame.payload) else { return };
            // That a runtime did not answer later takes nothing away.
            if description.text("why_not").is_none() || !self.described.contains_key(&description.key) {
                self.described.insert(description.key, self.descriptions.len());
            }
            self.descriptions.push(description);
        } else if event == SCOPE_CHANGED.id {
            let plan = schema.index("policies").and_then(|index| schema.value(frame.payload, index));
            if let Some(Value::Variable(_, plan)) = plan {
                self.changed_plan = serde_json::from_slice(plan.bytes).ok().or(self.changed_plan.take());
                self.prepare_policies();
            }
        } else if event == CGROUP_RMDIR.id {
            let number = |name: &str| schema.value(frame.payload, schema.index(name)?);
            if let (Some(Value::U64(id)), Some(Value::U64(hierarchy))) = (number("cgroup_id"), number("hierarchy_id")) {
                self.removed_cgroups.push((id, hierarchy as u32, frame.header.boot_ns));
            }
        } else if event == KEYFRAME_FD.id {
            self.open_files.extend(OpenFile::decode(schema, frame.payload));
        } else {
            self.statements.add(schema, frame);
        }
    }

    /// Notes who used a socket first: who made or accepted it, when that is in the segment.
    fn add_user(&mut self, layout: usize, frame: &Frame<'_>) {
        let layout = self.layouts[layout].as_ref().filter(|_| frame.header.event == SOCKET_OBJECT.id);
        let decoded = layout.and_then(|layout| layout.decode(frame.payload));
        let (Some(Object::Socket(socket)), 1..) = (decoded, frame.header.context) else { return };
        if socket.cookie != 0 {
            let user = (frame.header.boot_ns, frame.header.context);
            let first = self.socket_users.entry(socket.cookie).or_insert(user);
            *first = user.min(*first);
        }
    }

    /// The context of who first used the socket with this cookie.
    pub(crate) fn socket_user(&self, cookie: u64) -> Option<&Context> {
        self.context(self.socket_users.get(&cookie)?.1)
    }

    fn add_context(&mut self, context: Context, boot_ns: u64, seen: &mut Seen) {
        let threads = self.first_seen.len() as u32;
        let thread = match seen.threads.entry((context.host_tid, context.thread_start_boot_ns)) {
            Entry::Vacant(entry) => {
                entry.insert((threads, boot_ns));
                self.first_seen.push(FirstSeen {
                    key: formats::process_key(&self.boot_id, context.thread_start_boot_ns, context.host_tid),
                    host_tid: context.host_tid,
                    comm: context.comm.clone(),
                    leads: context.process_key.filter(|_| context.host_tid == context.host_pid),
                });
                threads
            }
            Entry::Occupied(mut entry) => {
                let (thread, first_ns) = entry.get_mut();
                if boot_ns < *first_ns {
                    *first_ns = boot_ns;
                    self.first_seen[*thread as usize].comm = context.comm.clone();
                    seen.revised.push(*thread);
                }
                *thread
            }
        };
        match self.context_numbers.entry(context.id) {
            Entry::Vacant(entry) => {
                entry.insert(self.contexts.len() as u32);
                self.contexts.push(context);
                self.threads.push(thread);
            }
            // A keyframe tells of a task that is ending, which has no program any more; what it told itself has it.
            Entry::Occupied(entry) => {
                let number = *entry.get();
                let known = &mut self.contexts[number as usize];
                if known.exe == 0 && context.exe != 0 {
                    known.exe = context.exe;
                    if (number as usize) < self.exes.len() {
                        self.nameless.push(number);
                    }
                }
            }
        }
    }

    /// Adds kinds that replay makes itself, where the segment does not declare them, and prepares the policies.
    pub(crate) fn declare(&mut self, events: &[&'static Event]) {
        let events = events.iter().copied();
        for event in events.chain(DECODED) {
            if self.schema.insert(derive::schema(event)).is_ok() {
                let namings = event.fields.iter().map(|field| names::naming(field.display, self.arch)).collect();
                self.namings.insert(event.id, namings);
            }
        }
        self.prepare_policies();
    }

    fn prepare_policies(&mut self) {
        let first = || Manifest::parse(self.statements.info.as_deref()).plan();
        let plan = self.changed_plan.clone().or_else(first);
        self.policies = plan.map(|plan| Policies::new(plan, self));
    }

    /// The policies that the segment was recorded by, if any.
    pub(crate) fn policies(&self) -> Option<&Policies> {
        self.policies.as_ref()
    }

    /// What a runtime said of the container with this key.
    pub fn description(&self, container: u64) -> Option<&Description> {
        self.descriptions.get(*self.described.get(&container)?)
    }

    /// How the numbers of a kind's fields are named, field by field.
    pub(crate) fn namings(&self, event: u16) -> &[Option<Naming>] {
        self.namings.get(&event).map_or(&[], Vec::as_slice)
    }

    /// The contexts, in the order they were found.
    pub fn contexts(&self) -> &[Context] {
        &self.contexts
    }

    /// The context with this id.
    pub fn context(&self, id: u64) -> Option<&Context> {
        self.contexts.get(self.context_number(id) as usize)
    }

    /// Path of the program of the context with this number in the segment, as a column shows it.
    pub(crate) fn exe(&self, context: u32) -> Option<&str> {
        self.exes.get(context as usize)?.as_deref()
    }

    /// Id of the container of the context with this number in the segment, as a column shows it.
    pub(crate) fn container_id(&self, context: u32) -> Option<&str> {
        let context = self.contexts.get(context as usize)?;
        self.containers.get(&context.container).map(|container| &*container.id)
    }

    pub(crate) fn context_number(&self, id: u64) -> u32 {
        if id == 0 { NONE } else { self.context_numbers.get(&id).copied().unwrap_or(NONE) }
    }

    /// The object with this id.
    pub fn object(&self, id: u64) -> Option<Object<'_>> {
        let (layout, range) = self.objects.get(&id)?;
        self.layouts[*layout].as_ref()?.decode(self.object_bytes.get(range.clone())?)
    }

    /// Every file that is called `mem`, and perhaps others.
    pub(crate) fn files_called_mem(&self) -> impl Iterator<Item = File<'_>> {
        self.called_mem.iter().filter_map(|id| match self.object(*id)? {
            Object::File(file) => Some(file),
            Object::Socket(_) => None,
        })
    }

    /// The ids of every object, ascending.
    pub fn object_ids(&self) -> Vec<u64> {
        let mut ids: Vec<u64> = self.objects.keys().copied().collect();
        ids.sort_unstable();
        ids
    }

    /// Appends what a column shows of the object; false when the id is 0 or not defined in the segment.
    pub fn object_name_into(&self, id: u64, out: &mut String) -> bool {
        if id == 0 {
            return false;
        }
        match self.object(id) {
            Some(object) => {
                object.name_into(out);
                true
            }
            None => false,
        }
    }

    /// Which file the object is; `None` when it is none.
    pub(crate) fn file_identity(&self, id: u64) -> Option<FileIdentity> {
        match self.object(id)? {
            Object::File(file) => Some(FileIdentity { dev: file.dev, inode: file.inode, ctime_ns: file.ctime_ns }),
            Object::Socket(_) => None,
        }
    }

    /// A property of the object: a field of its frame, or what a column shows of it as `path`.
    pub(crate) fn property(&self, id: u64, name: &str) -> Option<Property<'_>> {
        if name == "path" {
            return self.object_name(id).map(Property::Text);
        }
        self.object(id)?.number(name).map(Property::Number)
    }

    /// What a column shows of the object.
    pub fn object_name(&self, id: u64) -> Option<Cow<'_, str>> {
        if let Some(names) = &self.names {
            return names.get_or_init(|| self.name_objects()).get(&id).map(|name| Cow::Borrowed(&**name));
        }
        let mut name = String::new();
        self.object_name_into(id, &mut name).then_some(name.into())
    }

    /// What columns show of all objects: rows refer to each many times.
    fn name_objects(&self) -> NumberMap<u64, Box<str>> {
        let mut name = String::new();
        let ids = self.objects.keys();
        ids.filter_map(|id| {
            name.clear();
            self.object_name_into(*id, &mut name).then(|| (*id, name.as_str().into()))
        })
        .collect()
    }
}

impl OpenFile {
    fn decode(schema: &EventSchema, payload: &[u8]) -> Option<OpenFile> {
        let mut open = OpenFile { context: 0, fd: -1, object: 0, read_boot_ns: 0 };
        for (field, value) in schema.fields.iter().zip(schema.values(payload)?) {
            match (field.name.as_str(), value) {
                ("context", Value::Context(id)) => open.context = id,
                ("object", Value::Object(id)) => open.object = id,
                ("read_boot_ns", Value::U64(number)) => open.read_boot_ns = number,
                ("fd", Value::I64(number)) => open.fd = number as i32,
                _ => {}
            }
        }
        Some(open)
    }
}

fn namings(schema: &Schema, arch: Arch) -> NumberMap<u16, Vec<Option<Naming>>> {
    let of_event = |event: &EventSchema| event.fields.iter().map(|field| names::naming(&field.display, arch)).collect();
    schema.events().iter().map(|event| (event.id, of_event(event))).collect()
}

/// Gives every frame of the wanted kinds to `each`, block by block, with the segment's schema. Blocks that cannot be decoded
/// are left out.
///
/// # Errors
/// The system refused to read.
pub(crate) fn scan(
    segment: &Segment,
    wanted: impl Fn(u16) -> bool,
    mut each: impl FnMut(&Schema, &Frame<'_>),
) -> Result<()> {
    let mut decoder = decoder(segment)?;
    let mut rows = Vec::new();
    for block in segment.frame_blocks() {
        if !block.header.kinds.iter().any(|kind| wanted(kind.event)) || !read(segment, block, &mut decoder, &mut rows)?
        {
            continue;
        }
        for frame in Frames::new(&rows).map_while(|frame| frame.ok()) {
            if wanted(frame.header.event) {
                each(segment.schema(), &frame);
            }
        }
    }
    Ok(())
}

/// A decoder for the segment's blocks.
pub(crate) fn decoder(segment: &Segment) -> Result<BlockDecoder> {
    BlockDecoder::new().map_err(|wrong| wrong.at(segment.path(), 0).into())
}

/// Replaces `rows` by a block's; false when they cannot be decoded.
///
/// # Errors
/// The system refused to read.
pub(crate) fn read(
    segment: &Segment,
    block: &BlockEntry,
    decoder: &mut BlockDecoder,
    rows: &mut Vec<u8>,
) -> Result<bool> {
    match segment.rows(block, decoder, rows) {
        Ok(()) => Ok(true),
        Err(error @ Error::Io { .. }) => Err(error.into()),
        Err(_) => Ok(false),
    }
}
