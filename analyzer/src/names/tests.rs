//! Claims about names, and that the event table asks for none that is not here.

use std::collections::BTreeSet;

use formats::arch::Arch;
use formats::event::Kind;

use super::{
    FAMILIES, Naming, Sockaddr, aarch64, is_known, name_in_row, naming, number_name, sockaddr_text, structure,
};

fn name(display: &str, value: i64) -> String {
    number_name(display, value).map_or_else(|| value.to_string(), |name| name.into_owned())
}

#[test]
fn every_hint_of_the_event_table_is_known() {
    for event in formats::events::all() {
        // An attribute's hint says whose property it is.
        let numbers = event.fields.iter().filter(|field| field.kind != Kind::Attribute);
        for field in numbers.filter(|field| !field.display.is_empty()) {
            let known = match field.kind {
                Kind::Bytes => structure::is_known(field.display),
                _ => Arch::ALL.iter().all(|arch| naming(field.display, *arch).is_some()),
            };
            assert!(known, "{}.{}: {}", event.name, field.name, field.display);
            assert!(is_known(field.display));
        }
    }
}

#[test]
fn every_hint_is_declared_once() {
    let mut seen = BTreeSet::new();
    for (hint, _) in FAMILIES.iter().flat_map(|family| family.iter()) {
        assert!(seen.insert(*hint), "{hint}");
    }
}

#[test]
fn no_flag_hides_behind_another_and_no_value_has_two_names() {
    for (hint, naming) in FAMILIES.iter().flat_map(|family| family.iter()).chain(aarch64::HINTS) {
        let (numbers, bits) = match *naming {
            Naming::Enumeration(table) => (table, &[][..]),
            Naming::Flags { bits, .. } | Naming::Permissions(bits) => (&[][..], bits),
            Naming::Masked { mask, low, bits } => {
                assert!(bits.iter().all(|(bit, _)| bit & mask == 0), "{hint}");
                (low, bits)
            }
            Naming::Computed(_) | Naming::CompatCalls(_) => continue,
        };
        let distinct: BTreeSet<i64> = numbers.iter().map(|(value, _)| *value).collect();
        assert_eq!(distinct.len(), numbers.len(), "{hint}");
        for (at, (bit, flag)) in bits.iter().enumerate() {
            assert_ne!(*bit, 0, "{hint} {flag}");
            let hidden = bits[..at].iter().any(|(before, _)| before & bit == *before);
            assert!(!hidden, "{hint} {flag}");
        }
    }
}

#[test]
fn flags_are_joined_and_unknown_bits_stay() {
    assert_eq!(name("open_flags", 0), "O_RDONLY");
    assert_eq!(name("open_flags", 0o2000000), "O_RDONLY|O_CLOEXEC");
    assert_eq!(name("open_flags", 0o4010002), "O_RDWR|O_SYNC");
    assert_eq!(name("open_flags", 0o20200002), "O_RDWR|O_TMPFILE");
    assert_eq!(name("open_flags", 3), "0x3");
    assert_eq!(name("mmap_prot", 0), "PROT_NONE");
    assert_eq!(name("mmap_prot", 0x85), "PROT_READ|PROT_EXEC|0x80");
    assert_eq!(name("mmap_flags", 0x22), "MAP_PRIVATE|MAP_ANONYMOUS");
    assert_eq!(name("socket_type", 0o2004001), "SOCK_STREAM|SOCK_NONBLOCK|SOCK_CLOEXEC");
    assert_eq!(name("at_flags", 0), "0");
    assert_eq!(name("ipc_flags", 0o1600), "0600|IPC_CREAT");
}

#[test]
fn an_architecture_has_values_of_its_own() {
    let name = |hint, arch, value| naming(hint, arch).and_then(|naming| naming.name(value)).unwrap_or_default();
    assert_eq!(name("open_flags", Arch::X86_64, 0x94000), "O_RDONLY|O_DIRECT|O_DIRECTORY|O_CLOEXEC");
    assert_eq!(name("open_flags", Arch::Aarch64, 0x94000), "O_RDONLY|O_DIRECT|O_DIRECTORY|O_CLOEXEC");
    assert_eq!(name("open_flags", Arch::Aarch64, 0xc000), "O_RDONLY|O_DIRECTORY|O_NOFOLLOW");
    assert_eq!(name("open_flags", Arch::X86_64, 0xc000), "O_RDONLY|O_DIRECT|O_LARGEFILE");
    assert_eq!(name("mmap_prot", Arch::Aarch64, 0x15), "PROT_READ|PROT_EXEC|PROT_BTI");
    assert_eq!(name("ptrace_request", Arch::Aarch64, 0x21), "PTRACE_PEEKMTETAGS");
    assert_eq!(name("signal", Arch::Aarch64, 9), "SIGKILL");
    // Every override is of a hint that there is.
    for (hint, _) in aarch64::HINTS {
        assert!(naming(hint, Arch::X86_64).is_some(), "{hint}");
    }
}

#[test]
fn only_x86_64_packs_an_epoll_event() {
    let mut bytes = vec![1, 0, 0, 0, 7, 0, 0, 0];
    bytes.extend(9_u64.to_le_bytes());
    let json = |arch| structure::structure_json("epoll_event", &bytes, None, arch).expect("a known structure");
    assert_eq!(json(Arch::X86_64), r#"{"events":"EPOLLIN","data":38654705671}"#);
    assert_eq!(json(Arch::Aarch64), r#"{"events":"EPOLLIN","data":9}"#);
}

#[test]
fn a_c_int_with_its_top_bit_set_is_not_padded_with_ones() {
    assert_eq!(name("inotify_mask", i64::from(0x8000_0002_u32 as i32)), "IN_MODIFY|IN_ONESHOT");
    assert_eq!(name("reboot_magic", i64::from(0xfee1_dead_u32 as i32)), "LINUX_REBOOT_MAGIC1");
}

#[test]
fn clone_flags_hold_the_exit_signal() {
    assert_eq!(name("clone_flags", 0x0120_0011), "SIGCHLD|CLONE_CHILD_CLEARTID|CLONE_CHILD_SETTID");
    assert_eq!(name("clone_flags", 0), "0");
    assert_eq!(name("clone3_flags", 0x2000_0000), "CLONE_NEWPID");
}

#[test]
fn results_are_named_only_when_they_are_errors() {
    assert_eq!(number_name("errno", -2).as_deref(), Some("-ENOENT"));
    assert_eq!(number_name("errno", -512).as_deref(), Some("-ERESTARTSYS"));
    assert_eq!(number_name("errno", 3), None);
    assert_eq!(number_name("errno", -4096), None);
    assert_eq!(number_name("errno", i64::MIN), None);
    assert_eq!(name("address", 0x7f00_0000_1000), "0x7f0000001000");
    assert_eq!(name("address", -12), "-ENOMEM");
}

#[test]
fn modes_and_devices_are_read_as_the_kernel_packs_them() {
    assert_eq!(name("mode", 0o100644), "S_IFREG|0644");
    assert_eq!(name("mode", 0o41777), "S_IFDIR|01777");
    assert_eq!(name("mode", 0o755), "0755");
    assert_eq!(name("dev", (259 << 20) | 5), "259:5");
    assert_eq!(name("encoded_dev", 0x801), "8:1");
    assert_eq!(name("encoded_dev", 0x1_0000_0000 | 0x0010_0301), "3:257");
}

#[test]
fn numbers_without_a_name_stay_numbers() {
    assert_eq!(number_name("signal", 9).as_deref(), Some("SIGKILL"));
    assert_eq!(number_name("signal", 34).as_deref(), Some("SIGRT_2"));
    assert_eq!(number_name("signal", 0), None);
    assert_eq!(number_name("signal", 65), None);
    assert_eq!(number_name("dirfd", -100).as_deref(), Some("AT_FDCWD"));
    assert_eq!(number_name("dirfd", 3), None);
    assert_eq!(number_name("ioctl_cmd", 0x5413).as_deref(), Some("TIOCGWINSZ"));
    assert_eq!(number_name("no_such_hint", 1), None);
    assert_eq!(number_name("keyring", -3).as_deref(), Some("KEY_SPEC_SESSION_KEYRING"));
}

#[test]
fn capabilities_are_sets_of_64_bits() {
    assert_eq!(name("capabilities", 0), "0");
    assert_eq!(name("capabilities", (1 << 21) | (1 << 39)), "CAP_SYS_ADMIN|CAP_BPF");
    assert!(name("capabilities", -1).ends_with("CAP_CHECKPOINT_RESTORE|0xfffffe0000000000"));
    assert_eq!(name("capabilities_high", 1 << 7), "CAP_BPF");
    assert_eq!(name("cap", 21), "CAP_SYS_ADMIN");
    assert_eq!(number_name("cap", 200), None);
}

#[test]
fn a_protocol_depends_on_its_family_and_an_option_on_its_level() {
    let with = |field: &'static str, number: i64| move |asked: &str| (asked == field).then_some(number);
    assert_eq!(name_in_row("socket_protocol", 6, with("domain", 2)).as_deref(), Some("IPPROTO_TCP"));
    assert_eq!(name_in_row("socket_protocol", 9, with("family", 16)).as_deref(), Some("NETLINK_AUDIT"));
    assert_eq!(name_in_row("socket_protocol", 0, with("domain", 1)), None);
    assert_eq!(name_in_row("sockopt_name", 2, with("level", 1)).as_deref(), Some("SO_REUSEADDR"));
    assert_eq!(name_in_row("sockopt_name", 1, with("level", 6)), None);
    assert_eq!(name_in_row("signal", 9, |_| None).as_deref(), Some("SIGKILL"));
}

#[test]
fn the_recorders_numbers_have_words() {
    assert_eq!(name("lane", 0), "control");
    assert_eq!(name("loss_reason", 4), "recursion guard");
    assert_eq!(name("stop_reason", 1), "command ended");
    assert_eq!(name("marker_purpose", 2), "segment cut");
    assert_eq!(name("context_flags", 3), "kernel_thread|ended");
    assert_eq!(name("object_flags", 1), "unlinked");
    assert_eq!(number_name("lane", 9), None);
}

#[test]
fn extreme_values_have_some_text_and_no_panic() {
    for (hint, naming) in FAMILIES.iter().flat_map(|family| family.iter()) {
        for value in [i64::MIN, i64::from(i32::MIN), -1, 0, 1, 63, 64, i64::from(u32::MAX), i64::MAX] {
            assert_ne!(naming.name(value).as_deref(), Some(""), "{hint} {value}");
        }
    }
}

#[test]
fn internet_addresses_read_as_people_write_them() {
    let bytes = [2, 0, 0x1f, 0x90, 127, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0];
    assert_eq!(sockaddr_text(&bytes), "127.0.0.1:8080");
    let address = Sockaddr::parse(&bytes).expect("an address");
    assert_eq!((address.family_name().as_ref(), address.port), ("AF_INET", Some(8080)));
    let mut bytes = vec![10, 0, 0, 53, 0, 0, 0, 0];
    bytes.extend([0xfe, 0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1]);
    assert_eq!(sockaddr_text(&bytes), "[fe80::1]:53");
    bytes.extend([2, 0, 0, 0]);
    assert_eq!(sockaddr_text(&bytes), "[fe80::1%2]:53");
}

#[test]
fn unix_addresses_keep_every_byte() {
    assert_eq!(sockaddr_text(b"\x01\0/run/x\0rest"), "/run/x");
    assert_eq!(sockaddr_text(b"\x01\0/run/x"), "/run/x");
    assert_eq!(sockaddr_text(b"\x01\0\0name\0\xff"), r"@name\x00\xff");
    assert_eq!(sockaddr_text(b"\x01\0"), "AF_UNIX");
    assert_eq!(sockaddr_text(b"\x01\0a\\b"), r"a\\b");
    let address = Sockaddr::parse(b"\x01\0\0name").expect("an address");
    assert_eq!(address.path.as_deref(), Some(&b"\0name"[..]));
}

#[test]
fn other_families_name_themselves() {
    assert_eq!(sockaddr_text(&[16, 0, 0, 0, 42, 0, 0, 0, 1, 0, 0, 0]), "AF_NETLINK pid:42 groups:0x1");
    assert_eq!(sockaddr_text(&[40, 0, 0, 0, 0xd2, 4, 0, 0, 2, 0, 0, 0]), "AF_VSOCK 2:1234");
    let packet = [17, 0, 8, 0, 3, 0, 0, 0, 1, 0, 0, 6, 2, 0x42, 0xac, 0x11, 0, 2, 0, 0];
    assert_eq!(sockaddr_text(&packet), "AF_PACKET ifindex:3 protocol:0x0800 address:02:42:ac:11:00:02");
    assert_eq!(sockaddr_text(&[31, 0, 1, 2]), "AF_BLUETOOTH 0x0102");
    assert_eq!(sockaddr_text(&[0xff, 0xff, 1]), "65535 0x01");
}

#[test]
fn short_addresses_are_shown_and_do_not_panic() {
    for family in 0..50_u8 {
        for length in 0..32_usize {
            let mut bytes = vec![family, 0];
            bytes.resize(2 + length, 0xfe);
            assert!(!sockaddr_text(&bytes).is_empty(), "{family} {length}");
        }
    }
    assert_eq!(sockaddr_text(&[2, 0, 0x1f]), "AF_INET 0x1f");
    assert_eq!(sockaddr_text(&[2]), "02");
    assert_eq!(sockaddr_text(&[]), "");
}
