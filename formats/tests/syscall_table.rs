//! The committed table of system calls is what `data/syscalls.tsv` says, and its two halves agree.

use formats::arch::Arch;
use formats::event::{Field, Kind, Lane};
use formats::events::syscalls::{Collect, EVENTS, GENERIC, SYSCALLS, by_number};

#[path = "../examples/generate_syscalls.rs"]
mod generate_syscalls;

#[test]
fn committed_table_is_generated_from_the_list() {
    let rendered = generate_syscalls::render(include_str!("../data/syscalls.tsv")).expect("a well-formed list");
    assert!(
        rendered == include_str!("../src/events/syscalls/table.rs"),
        "stale: cargo run -p tracee-formats --example generate_syscalls"
    );
}

#[test]
fn every_call_has_its_event_in_the_same_order() {
    assert_eq!(SYSCALLS.len(), EVENTS.len());
    for (call, event) in SYSCALLS.iter().zip(EVENTS) {
        assert_eq!((call.event(), call.name, call.lane), (event.id, event.name, event.lane));
        assert_eq!(by_number(call.number).map(|found| found.name), Some(call.name));
    }
    assert!(SYSCALLS.is_sorted_by(|before, after| before.number < after.number));
    assert_eq!(by_number(400).map(|call| call.name), None);
}

/// The number of the call of this name on aarch64.
fn on_aarch64(name: &str) -> Option<u16> {
    SYSCALLS.iter().find(|call| call.name == name).expect(name).number_on(Arch::Aarch64)
}

#[test]
fn a_call_has_one_event_whatever_its_numbers_are() {
    let openat = by_number(257).expect("openat");
    assert_eq!((openat.event(), openat.number_on(Arch::X86_64)), (4096 + 257, Some(257)));
    let known = [("read", 63), ("openat", 56), ("newfstatat", 79), ("execve", 221), ("clone", 220), ("mmap", 222)];
    for (name, number) in known {
        assert_eq!(on_aarch64(name), Some(number), "{name}");
    }
    for gone in ["open", "fork", "vfork", "stat", "arch_prctl", "epoll_wait", "iopl"] {
        assert_eq!(on_aarch64(gone), None, "{gone}");
    }
    let mut numbers: Vec<u16> = SYSCALLS.iter().filter_map(|call| call.aarch64).collect();
    numbers.sort_unstable();
    let count = numbers.len();
    numbers.dedup();
    assert_eq!((numbers.len(), count), (325, 325));
    // Since 5.1 a new call has the same number everywhere.
    assert!(SYSCALLS.iter().filter(|call| call.number >= 424).all(|call| call.aarch64 == Some(call.number)));
}

/// The kernel's own list, where the machine has its headers. Numbers in it that are given under a condition may be those of
/// 32-bit machines, so it is asked about ours and not the other way round.
#[test]
fn numbers_on_aarch64_are_those_of_the_kernels_header() {
    let Ok(header) = std::fs::read_to_string("/usr/include/asm-generic/unistd.h") else {
        eprintln!("not compared: no asm-generic/unistd.h here (Debian package linux-libc-dev)");
        return;
    };
    let mut numbers = std::collections::BTreeMap::new();
    let mut aliases = Vec::new();
    for line in header.lines() {
        let mut words = line.split_whitespace();
        let (Some("#define"), Some(name), Some(value)) = (words.next(), words.next(), words.next()) else { continue };
        let Some(name) = name.strip_prefix("__NR_").or_else(|| name.strip_prefix("__NR3264_")) else { continue };
        match (value.parse::<u16>(), value.strip_prefix("__NR3264_")) {
            (Ok(number), _) => _ = numbers.insert(name, number),
            (_, Some(alias)) => aliases.push((name, alias)),
            _ => {}
        }
    }
    numbers.extend(aliases.iter().filter_map(|(name, alias)| Some((*name, *numbers.get(alias)?))).collect::<Vec<_>>());
    let newest = numbers.values().max().copied().expect("numbers");
    let mut compared = 0;
    for call in SYSCALLS {
        let Some(number) = call.aarch64.filter(|number| *number < newest) else { continue };
        assert_eq!(numbers.get(call.name), Some(&number), "{}", call.name);
        compared += 1;
    }
    assert!(compared >= 300, "{compared}");
}

#[test]
fn fields_follow_from_how_the_arguments_are_collected() {
    for (call, event) in SYSCALLS.iter().zip(EVENTS) {
        let (args, objects) = event.fields[1..].split_at(call.args.len());
        let mut expected = Vec::new();
        for (arg, field) in call.args.iter().zip(args) {
            assert_eq!(kind_fits(arg.collect, field), Ok(()), "{} {}", call.name, field.name);
            if matches!(arg.collect, Collect::Fd | Collect::DirFd) {
                expected.push(format!("{}_object", field.name));
            }
        }
        for (arg, field) in call.args.iter().zip(args) {
            if arg.collect == Collect::FdPairOut {
                expected.extend([format!("{}_object0", field.name), format!("{}_object1", field.name)]);
            }
        }
        if call.returns_fd {
            expected.push("ret_object".into());
        }
        assert_eq!(call.names_path, call.args.iter().any(|arg| arg.collect == Collect::Path));
        if call.names_path {
            expected.push("cwd".into());
        }
        let found: Vec<&str> = objects.iter().map(|field| field.name).collect();
        assert_eq!(found, expected, "{}", call.name);
        assert!(objects.iter().all(|field| field.kind == Kind::Object));
    }
}

#[test]
fn every_slot_is_eight_bytes_and_every_name_is_used_once() {
    for event in GENERIC.iter().chain(EVENTS) {
        assert_eq!((event.fields[0].name, event.fields[0].kind), ("ret", Kind::I64));
        assert!(event.fields.iter().all(|field| field.kind.width() == 8), "{}", event.name);
        let mut names: Vec<&str> = event.fields.iter().map(|field| field.name).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), event.fields.len(), "{}", event.name);
    }
}

#[test]
fn lengths_point_at_arguments_that_can_hold_them() {
    for (call, event) in SYSCALLS.iter().zip(EVENTS) {
        for arg in call.args {
            let length = event.fields.get(1 + usize::from(arg.aux));
            match arg.collect {
                Collect::SockaddrIn | Collect::IovecLengths => {
                    let kind = length.map(|field| field.kind);
                    assert!(matches!(kind, Some(Kind::Int | Kind::Uint | Kind::U64)), "{}", call.name);
                }
                Collect::SockaddrOut => {
                    assert_eq!(length.map(|field| field.kind), Some(Kind::Pointer), "{}", call.name)
                }
                Collect::StructIn => assert!(arg.aux >= 8, "{}", call.name),
                Collect::TextArray => assert!(arg.aux <= 1, "{}", call.name),
                _ => assert_eq!(arg.aux, 0, "{}", call.name),
            }
        }
    }
}

#[test]
fn an_interface_fact_per_column_holds() {
    let openat = by_number(257).expect("openat");
    assert!(openat.returns_fd && openat.names_path && openat.lane == Lane::Events);
    assert!(!by_number(72).expect("fcntl").returns_fd);
    let execve = by_number(59).expect("execve");
    assert_eq!(execve.lane, Lane::Control);
    let aux: Vec<(Collect, u8)> = execve.args.iter().map(|arg| (arg.collect, arg.aux)).collect();
    assert_eq!(aux, [(Collect::Path, 0), (Collect::TextArray, 0), (Collect::TextArray, 1)]);
    assert_eq!(by_number(469).map(|call| call.name), Some("file_setattr"));
}

#[test]
fn collect_numbers_are_their_places() {
    for (at, (collect, _)) in Collect::ALL.iter().enumerate() {
        assert_eq!(*collect as usize, at);
    }
}

#[test]
fn a_wrong_line_is_named() {
    let wrong = generate_syscalls::render("# head\n0\t63\tread\t-\tfs\tReads.\tfd:int:descriptor\n")
        .expect_err("no such collect");
    assert!(wrong.contains("line 2: unknown collect: descriptor"), "{wrong}");
    let wrong = generate_syscalls::render("# head\n0\t63\tread\tmaybe\tfs\tReads.\n").expect_err("no such flag");
    assert!(wrong.contains("line 2"), "{wrong}");
    let wrong = generate_syscalls::render("0\tread\t-\tfs\tReads.\n").expect_err("no aarch64 column");
    assert!(wrong.contains("line 1"), "{wrong}");
}

/// Whether the field can hold what is collected, and says rightly whether that came from user memory.
fn kind_fits(collect: Collect, field: &Field) -> Result<(), String> {
    let scalar = matches!(field.kind, Kind::Int | Kind::Uint | Kind::I64 | Kind::U64 | Kind::Pointer);
    let (fits, from_user) = match collect {
        Collect::Scalar => (scalar, false),
        Collect::Fd | Collect::DirFd => (field.kind == Kind::Int, false),
        Collect::Path | Collect::Text => (field.kind == Kind::Text, true),
        Collect::TextArray => (field.kind == Kind::TextArray, true),
        Collect::SockaddrIn | Collect::SockaddrOut | Collect::MsgName | Collect::MsgNameOut => {
            (field.kind == Kind::Sockaddr, true)
        }
        Collect::IovecLengths => (field.kind == Kind::U64Array, true),
        Collect::FdPairOut => (field.kind == Kind::FdPair, true),
        Collect::StructIn => (field.kind == Kind::Bytes && !field.display.is_empty(), true),
    };
    if fits && field.from_user == from_user { Ok(()) } else { Err(format!("{collect:?} in {field:?}")) }
}
