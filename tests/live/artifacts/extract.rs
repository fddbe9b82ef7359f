//! What is kept comes out again: by hash, by name, whole, and nowhere but where it was asked for.

use std::collections::BTreeSet;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use super::{Kept, artifacts, list, script, sha256};
use crate::capture::{rows, text, unescape};
use crate::machine;

/// Names and bytes of all files of a directory, which must hold nothing else, and nothing that can be executed.
fn files(directory: &Path) -> Vec<(Vec<u8>, Vec<u8>)> {
    let entries = std::fs::read_dir(directory).expect("the directory").map(|entry| entry.expect("an entry"));
    let mut files: Vec<_> = entries
        .map(|entry| {
            let data = std::fs::symlink_metadata(entry.path()).expect("a file");
            assert!(data.is_file(), "{:?}", entry.path());
            assert_eq!(data.permissions().mode() & 0o7777, 0o600, "{:?}", entry.path());
            (entry.file_name().into_encoded_bytes(), std::fs::read(entry.path()).expect("its bytes"))
        })
        .collect();
    files.sort();
    files
}

#[test]
fn artifacts_come_out_by_their_hash() {
    let Some(_turn) = machine::turn("artifacts_come_out_by_their_hash") else { return };
    let kept = Kept::record(&["--capture", "exec"], &["execs", "{}", "{self}", "5", "itself"]);
    let capture = &kept.capture.path;
    let filter = "kind = 'exec' AND path LIKE '%/scene/x%'";
    let listed: BTreeSet<String> = list(capture, filter).iter().map(|row| text(row, "sha256").to_owned()).collect();
    assert_eq!(listed.len(), 5);
    let directory = kept.capture.scratch().join("out");
    std::fs::create_dir(&directory).expect("a directory");
    let arguments = ["-o".as_ref(), directory.as_os_str(), "--filter".as_ref(), filter.as_ref()];
    let extract = || artifacts(capture, "extract", &arguments);
    let finished = extract();
    assert_eq!(finished.code(), 0, "{}", finished.stderr);
    let files = files(&directory);
    let names: BTreeSet<String> = files.iter().map(|(name, _)| String::from_utf8_lossy(name).into_owned()).collect();
    assert_eq!(names, listed);
    for (name, bytes) in &files {
        assert_eq!(sha256(bytes).as_bytes(), name);
        let name = String::from_utf8_lossy(name);
        for word in [&name[..], &name[..16]] {
            let finished = artifacts(capture, "cat", &[word]);
            assert_eq!((finished.code(), &finished.stdout), (0, bytes), "{word}: {}", finished.stderr);
        }
    }
    // What is there already stays as it is.
    let first = directory.join(String::from_utf8_lossy(&files[0].0).into_owned());
    std::fs::write(&first, "mine").expect("a file");
    extract();
    assert_eq!(std::fs::read(&first).expect("the file"), b"mine");

    let finished = artifacts::<&str>(capture, "hash", &[]);
    assert_eq!(finished.code(), 0, "{}{}", finished.stdout_text(), finished.stderr);
    // The same from a capture in one file.
    let packed = kept.capture.scratch().join("packed");
    let mut pack = crate::capture::tracee();
    let finished = crate::process::run(pack.arg("pack").arg(capture).arg("-o").arg(&packed), crate::capture::LIMIT);
    assert_eq!(finished.code(), 0, "{}", finished.stderr);
    let name = String::from_utf8_lossy(&files[1].0);
    assert_eq!(artifacts(&packed, "cat", &[&name[..]]).stdout, files[1].1);
}

/// The names that the program gives to files, with their numbers.
pub(super) const HOSTILE: [&[u8]; 8] = [
    b"..\nrow,two\r\n",
    b"\x1b[2J\x1b]0;owned\x07\xff\xfe",
    b"-rf --help",
    b".hidden",
    b"'; drop table artifacts; --",
    "\u{202e}gnp.exe".as_bytes(),
    b"con",
    b"a\\x41\\",
];

#[test]
fn hostile_names_are_recorded_as_they_are_and_extracted_as_something_harmless() {
    let test = "hostile_names_are_recorded_as_they_are_and_extracted_as_something_harmless";
    let Some(_turn) = machine::turn(test) else { return };
    let kept = Kept::record(&["--capture", "write"], &["names", "{}"]);
    assert_eq!(kept.said("named")[0][0], HOSTILE.len().to_string());
    let capture = &kept.capture.path;
    let found = list(capture, "kind = 'write'");
    let path_of = |sha256: &str| {
        let row = found.iter().find(|row| text(row, "sha256") == sha256);
        unescape(text(row.unwrap_or_else(|| panic!("{sha256}: {found:#?}")), "path"))
    };
    for (number, name) in HOSTILE.iter().enumerate() {
        let path = path_of(&sha256(&script("hostile", 50 + number as u64, 5000)));
        assert_eq!(path, [kept.scene.as_os_str().as_encoded_bytes(), b"/", name].concat());
    }
    let path = path_of(&sha256(&script("hostile", 70, 5000)));
    let name: &[u8] = b"../../../../../../tmp/../evil\n/x";
    assert!(path.windows(name.len()).any(|window| window == name), "{}", path.escape_ascii());
    assert_eq!(found.len(), HOSTILE.len() + 1, "{found:#?}");

    for output in ["table", "json"] {
        let finished = artifacts(capture, "list", &["--output", output]);
        let printed = finished.stdout_text();
        let control = printed.chars().find(|c| c.is_control() && *c != '\n' && *c != '\r');
        assert_eq!((finished.code(), control), (0, None), "{output}");
        assert_eq!(
            printed.trim_end().lines().count(),
            found.len() + usize::from(output != "json"),
            "{output}:\n{printed}"
        );
    }

    let names_in = |directory: &Path| {
        let entries =
            std::fs::read_dir(directory).expect("a directory").map(|entry| entry.expect("an entry").file_name());
        entries.collect::<BTreeSet<_>>()
    };
    let outer = kept.capture.scratch().join("outer");
    let directory = outer.join("middle/out");
    std::fs::create_dir_all(&directory).expect("a directory");
    let before = (names_in(kept.capture.scratch()), names_in(&kept.scene));
    let arguments = ["-o".as_ref(), directory.as_os_str(), "--names".as_ref(), "--output".as_ref(), "json".as_ref()];
    let finished = artifacts(capture, "extract", &arguments);
    assert_eq!(finished.code(), 0, "{}", finished.stderr);
    assert_eq!(rows(&finished).len(), found.len(), "{}", finished.stdout_text());
    let files = files(&directory);
    assert_eq!(files.len(), found.len());
    for (name, bytes) in &files {
        let printable = |byte: &u8| byte.is_ascii_graphic() || *byte == b' ' || *byte >= 0x80;
        assert!(name.iter().all(printable) && !b"-.".contains(&name[0]), "{}", name.escape_ascii());
        assert!(!name.contains(&b'/') && name.len() < 256, "{}", name.escape_ascii());
        let text = String::from_utf8(name.clone()).expect("text");
        assert!(!text.contains('\u{202e}'), "{text:?} is read from the other side");
        assert!(text.contains(&sha256(bytes)[..8]), "{text:?} tells its hash");
    }
    assert_eq!(names_in(&outer).len() + names_in(&outer.join("middle")).len(), 2, "nothing beside it");
    assert_eq!((names_in(kept.capture.scratch()), names_in(&kept.scene)), before);
    assert!(!Path::new("/evil\n").exists() && !Path::new("/tmp/evil\n").exists());
}
