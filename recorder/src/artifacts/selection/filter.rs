//! One `--capture KIND:FILTER`: which files it is about.

use super::super::facts::FileFacts;
use super::{CaptureKind, CaptureRule};

/// What a file's content has to be.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Nature {
    pub(crate) elf: bool,
    pub(crate) script: bool,
    /// Whatever it holds, when it may be executed or is.
    pub(crate) executable: bool,
}

impl Nature {
    /// Whether content that begins so is of this nature; `None` when there is too little of it to tell.
    pub(crate) fn begins_with(self, first: &[u8]) -> Option<bool> {
        let is = |wanted: bool, magic: &[u8]| match first.len() < magic.len() {
            _ if !wanted => Some(false),
            true if magic.starts_with(first) => None,
            _ => Some(first.starts_with(magic)),
        };
        match (is(self.elf, b"\x7fELF"), is(self.script, b"#!")) {
            (Some(elf), Some(script)) => Some(elf || script),
            (Some(true), _) | (_, Some(true)) => Some(true),
            _ => None,
        }
    }

    fn or(self, other: Nature) -> Nature {
        Nature {
            elf: self.elf || other.elf,
            script: self.script || other.script,
            executable: self.executable || other.executable,
        }
    }
}

/// Whether a file's content is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Answer {
    No,
    /// When its content is such.
    When(Nature),
    Yes,
}

impl Answer {
    /// Asked for by either.
    pub(crate) fn or(self, other: Answer) -> Answer {
        match (self, other) {
            (Answer::Yes, _) | (_, Answer::Yes) => Answer::Yes,
            (Answer::When(one), Answer::When(another)) => Answer::When(one.or(another)),
            (Answer::No, any) | (any, Answer::No) => any,
        }
    }
}

/// A type that `type=` names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Type {
    Elf,
    Script,
    Regular,
    Pipe,
    Socket,
}

/// All of what is set must hold; of several values of one part, any.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Filter {
    pub(super) kind: CaptureKind,
    pub(super) paths: Vec<Vec<u8>>,
    pub(super) types: Vec<Type>,
    pub(super) descriptors: Vec<i32>,
    pub(super) new: bool,
    pub(super) max: Option<u64>,
}

impl Filter {
    /// Whether nothing narrows it.
    fn is_plain(&self) -> bool {
        self.paths.is_empty() && self.types.is_empty() && self.descriptors.is_empty() && !self.new
    }

    pub(super) fn is_about_content(&self) -> bool {
        self.is_plain() || self.types.iter().any(|of| matches!(of, Type::Elf | Type::Script))
    }

    /// What of files the kernel side is to copy for it.
    pub(super) fn rule(&self) -> CaptureRule {
        let any = CaptureRule::ANY;
        if self.is_plain() {
            // As `by_default` has it.
            return match self.kind {
                CaptureKind::Read => CaptureRule { regular: 1, pipe: any, socket: any, magic: true },
                _ => CaptureRule { magic: true, ..CaptureRule::default() },
            };
        }
        let by = match self.descriptors.as_slice() {
            [] => any,
            some => some.iter().filter(|fd| (0..3).contains(*fd)).fold(0, |bits, fd| bits | 1 << fd),
        };
        let if_named = |of: Type| if self.types.is_empty() || self.types.contains(&of) { by } else { 0 };
        CaptureRule {
            regular: if_named(Type::Regular),
            pipe: if_named(Type::Pipe),
            socket: if_named(Type::Socket),
            magic: self.types.iter().any(|of| matches!(of, Type::Elf | Type::Script)),
        }
    }

    pub(super) fn asks_for(&self, facts: &FileFacts, fd: Option<i32>, since_ns: u64) -> Answer {
        if self.is_plain() {
            return self.by_default(facts, fd);
        }
        let fits_path = self.paths.is_empty() || self.paths.iter().any(|pattern| fits(pattern, &facts.path));
        let fits_fd = self.descriptors.is_empty() || fd.is_none_or(|fd| self.descriptors.contains(&fd));
        let fits_age = !self.new || facts.ctime_ns >= since_ns;
        if !(fits_path && fits_fd && fits_age) {
            return Answer::No;
        }
        if self.types.is_empty() {
            return Answer::Yes;
        }
        self.types.iter().map(|of| of.asks_for(facts)).fold(Answer::No, Answer::or)
    }

    /// Without a filter: of what is written, programs; of what is read, scripts and what comes in by pipes, sockets and
    /// standard input; of the rest everything.
    fn by_default(&self, facts: &FileFacts, fd: Option<i32>) -> Answer {
        match self.kind {
            CaptureKind::Write if facts.is_regular() => {
                Answer::When(Nature { elf: true, script: true, executable: true })
            }
            CaptureKind::Write => Answer::No,
            CaptureKind::Read if fd.is_none_or(|fd| fd == 0) || facts.is_pipe() || facts.is_socket() => Answer::Yes,
            CaptureKind::Read if facts.is_regular() => Answer::When(Nature { script: true, ..Nature::default() }),
            CaptureKind::Read => Answer::No,
            _ => Answer::Yes,
        }
    }
}

impl Type {
    fn asks_for(self, facts: &FileFacts) -> Answer {
        let yes_if = |is: bool| if is { Answer::Yes } else { Answer::No };
        match self {
            Type::Regular => yes_if(facts.is_regular()),
            Type::Pipe => yes_if(facts.is_pipe()),
            Type::Socket => yes_if(facts.is_socket()),
            Type::Elf if facts.is_regular() => Answer::When(Nature { elf: true, ..Nature::default() }),
            Type::Script if facts.is_regular() => Answer::When(Nature { script: true, ..Nature::default() }),
            Type::Elf | Type::Script => Answer::No,
        }
    }
}

/// Whether a pattern, in which `*` stands for any bytes, fits the whole of a path.
pub(super) fn fits(pattern: &[u8], path: &[u8]) -> bool {
    let (mut at, mut in_path) = (0, 0);
    // The last star, and where in the path what stands behind it was tried last.
    let mut star: Option<(usize, usize)> = None;
    while in_path < path.len() {
        if pattern.get(at) == Some(&b'*') {
            star = Some((at, in_path));
            at += 1;
        } else if pattern.get(at) == Some(&path[in_path]) {
            at += 1;
            in_path += 1;
        } else if let Some((star_at, tried)) = star {
            star = Some((star_at, tried + 1));
            at = star_at + 1;
            in_path = tried + 1;
        } else {
            return false;
        }
    }
    pattern[at..].iter().all(|&byte| byte == b'*')
}
