//! Packets as pcapng files: one, or one for each process, container or command.

use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};

use analyzer::packets::{About, File, Names, Packet, Tally};
use anyhow::{Result, bail};

use super::output::Output;
use super::{Taker, is_stdout};
use crate::output::file_name::harmless;
use crate::output::{Cell, Format, Printer};

/// What packets are told apart by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(super) enum Split {
    /// The process that owns it
    Process,
    /// The container of its owner
    Container,
    /// Container and name of its owner
    Command,
}

/// Files that are made at the most; what would need one more goes into one for all others.
const FILES: usize = 10_000;
/// Bytes that may wait to be appended to files, together.
const WAITING_BYTES: usize = 64 << 20;
/// Bytes of a packet in a file besides its own, about.
const PACKET_OVERHEAD: usize = 300;
/// Characters of a container's id that name a file.
const ID_DIGITS: usize = 12;

/// Whose packets a file has.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Key {
    /// Everybody's.
    All,
    /// Nobody's.
    Nobody,
    /// Of those for whom there was no file.
    Others,
    /// A process's.
    Process(i64),
    /// A container's; `None` for those in none.
    Container(Option<String>),
    /// A program's by its name.
    Command(Option<String>, String),
}

/// What the list of files says of one.
#[derive(Clone, Debug, Default)]
struct Owner {
    process_key: Option<i64>,
    host_pid: Option<u32>,
    comm: Option<String>,
    container_id: Option<String>,
}

struct Part {
    file: File<Output>,
    owner: Owner,
}

/// The files.
pub(super) struct Files {
    path: PathBuf,
    split: Option<Split>,
    about: About,
    parts: Vec<Part>,
    numbers: HashMap<Key, usize>,
    /// Names of files that are taken.
    names: HashSet<String>,
    /// Bytes that may be waiting.
    waiting: usize,
}

const COLUMNS: [&str; 6] = ["file", "packets", "host_pid", "comm", "container_id", "process_key"];

impl Files {
    /// Begins; without a split the file is there from now on, also when nothing comes.
    pub(super) fn new(path: &Path, split: Option<Split>, about: About) -> Result<Files> {
        if split.is_some() && (is_stdout(path) || path.file_stem().is_none()) {
            bail!("several files are named after one: -w FILE must be a file's name");
        }
        let mut files = Files {
            path: path.to_owned(),
            split,
            about,
            parts: Vec::new(),
            numbers: HashMap::new(),
            names: HashSet::new(),
            waiting: 0,
        };
        if split.is_none() {
            files.add(Key::All, Owner::default(), path)?;
        }
        Ok(files)
    }

    fn add(&mut self, key: Key, owner: Owner, path: &Path) -> Result<usize> {
        let output = Output::create(path)?;
        let file = File::begin(output, &self.about)?;
        self.parts.push(Part { file, owner });
        self.numbers.insert(key, self.parts.len() - 1);
        Ok(self.parts.len() - 1)
    }

    /// The number of the file that the packet belongs into.
    fn number(&mut self, packet: &Packet<'_>) -> Result<usize> {
        let (mut key, mut owner) = self.split.map_or((Key::All, Owner::default()), |split| whose(split, packet));
        if let Some(number) = self.numbers.get(&key) {
            return Ok(*number);
        }
        if self.parts.len() >= FILES {
            (key, owner) = (Key::Others, Owner::default());
            if let Some(number) = self.numbers.get(&key) {
                return Ok(*number);
            }
        }
        let path = self.path_of(&label(&key, &owner));
        self.add(key, owner, &path)
    }

    /// `out.pcapng` and a label give `out-LABEL.pcapng`, or with a number behind it when there is one by that name.
    fn path_of(&mut self, label: &str) -> PathBuf {
        let mut name = label.to_owned();
        let mut number = 1;
        while !self.names.insert(name.clone()) {
            number += 1;
            name = format!("{label}.{number}");
        }
        let mut file = self.path.file_stem().unwrap_or_default().to_owned();
        file.push(format!("-{name}"));
        if let Some(extension) = self.path.extension() {
            file.push(".");
            file.push(extension);
        }
        self.path.with_file_name(file)
    }

    /// Removes what was written.
    pub(super) fn remove(&mut self) {
        for part in &mut self.parts {
            part.file.get_mut().remove();
        }
    }

    /// Prints which files there are; nothing when standard output was one.
    pub(super) fn list(&mut self, format: Format) -> Result<()> {
        if is_stdout(&self.path) {
            return Ok(());
        }
        let text = |text: &Option<String>| text.clone().map_or(Cell::Null, Cell::Text);
        let mut rows: Vec<Vec<Cell>> = Vec::new();
        for part in &mut self.parts {
            let written = part.file.written();
            let path = part.file.get_mut().path().map(|path| path.to_string_lossy().into_owned());
            let owner = &part.owner;
            rows.push(vec![
                text(&path),
                Cell::Integer(written as i64),
                owner.host_pid.map_or(Cell::Null, |pid| Cell::Integer(pid.into())),
                text(&owner.comm),
                text(&owner.container_id),
                owner.process_key.map_or(Cell::Null, Cell::Integer),
            ]);
        }
        // People are not shown what files were not split by.
        let is_shown =
            |at: &usize| format != Format::Table || *at < 2 || rows.iter().any(|row| !matches!(row[*at], Cell::Null));
        let shown: Vec<usize> = (0..COLUMNS.len()).filter(is_shown).collect();
        let names: Vec<String> = shown.iter().map(|at| COLUMNS[*at].to_owned()).collect();
        let mut printer = Printer::to_stdout(format, &names)?;
        for row in rows {
            printer.row(shown.iter().map(|at| row[*at].clone()).collect())?;
        }
        Ok(printer.finish()?)
    }
}

impl Taker for Files {
    fn take(&mut self, packet: &Packet<'_>, names: &Names) -> Result<()> {
        let number = self.number(packet)?;
        self.parts[number].file.packet(packet, names)?;
        self.waiting += packet.data.len() + PACKET_OVERHEAD;
        if self.waiting >= WAITING_BYTES { self.flush() } else { Ok(()) }
    }

    fn flush(&mut self) -> Result<()> {
        self.waiting = 0;
        for part in &mut self.parts {
            part.file.flush()?;
        }
        Ok(())
    }

    fn finish(&mut self, tally: &Tally, names: &Names) -> Result<()> {
        for part in &mut self.parts {
            part.file.finish(tally, names, &self.about)?;
        }
        Ok(())
    }
}

/// Whose a packet is.
fn whose(split: Split, packet: &Packet<'_>) -> (Key, Owner) {
    let Some(context) = packet.owner() else { return (Key::Nobody, Owner::default()) };
    let container_id = packet.row.container_id().map(str::to_owned);
    let comm = packet.comm().map(|comm| comm.into_owned());
    match split {
        Split::Process => match context.process_key {
            Some(key) => {
                let host_pid = Some(context.host_pid);
                (Key::Process(key), Owner { process_key: Some(key), host_pid, comm, container_id })
            }
            None => (Key::Nobody, Owner::default()),
        },
        Split::Container => (Key::Container(container_id.clone()), Owner { container_id, ..Owner::default() }),
        Split::Command => {
            let key = Key::Command(container_id.clone(), comm.clone().unwrap_or_default());
            (key, Owner { comm, container_id, ..Owner::default() })
        }
    }
}

/// What a file is called by whose packets it has.
fn label(key: &Key, owner: &Owner) -> String {
    let name = |text: &Option<String>| match harmless(text.as_deref().unwrap_or_default()) {
        name if name.is_empty() => "unnamed".to_owned(),
        name => name,
    };
    let container = |id: &Option<String>| match id {
        None => "host".to_owned(),
        Some(_) => name(id).chars().take(ID_DIGITS).collect(),
    };
    match key {
        Key::All => "all".to_owned(),
        Key::Nobody => "nobody".to_owned(),
        Key::Others => "others".to_owned(),
        Key::Process(_) => format!("{}-{}", owner.host_pid.unwrap_or_default(), name(&owner.comm)),
        Key::Container(id) => container(id),
        Key::Command(id, _) => format!("{}-{}", container(id), name(&owner.comm)),
    }
}
