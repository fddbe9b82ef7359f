//! Standard streams: a script that only its interpreter saw is kept.

use serde_json::Value;

use super::{Kept, brief, is_whole, sha256, sources};
use crate::capture::text;
use crate::machine;

/// Sources of this content that were read by a program of this name.
fn read_by(kept: &Kept, comm: &str, content: &str) -> Vec<Value> {
    let condition = format!(
        "s.kind = 'read' AND a.sha256 = '{}' AND s.process_key IN (SELECT process_key FROM processes WHERE comm = '{comm}')",
        sha256(content.as_bytes())
    );
    sources(&kept.capture, &condition)
}

#[track_caller]
fn assert_read(kept: &Kept, comm: &str, content: &str) {
    let rows = read_by(kept, comm, content);
    assert_eq!(
        rows.len(),
        1,
        "{}",
        serde_json::to_string_pretty(&sources(&kept.capture, "s.kind = 'read'")).expect("rows")
    );
    assert!(is_whole(&rows[0], &sha256(content.as_bytes())), "{}", brief(&rows));
}

const SCRIPT: &str = "# what curl would have brought\nx=1\nwhile [ $x -lt 4 ]; do echo \"line $x\"; x=$((x+1)); done\n";

#[test]
fn a_script_from_a_pipe_is_kept() {
    let Some(_turn) = machine::turn("a_script_from_a_pipe_is_kept") else { return };
    for shell in ["dash", "bash"] {
        let kept = Kept::shell(
            &["--capture", "read:fd=stdin,type=pipe"],
            &format!("printf '%s' '{SCRIPT}' >script; cat script | {shell}"),
        );
        assert_eq!(kept.finished.stdout_text(), "line 1\nline 2\nline 3\n");
        assert_read(&kept, shell, SCRIPT);
        // cat read it too, but from a file that is not its standard input.
        assert_eq!(read_by(&kept, "cat", SCRIPT), Vec::<Value>::new());
        kept.nothing_lost();
    }
}

#[test]
fn a_here_document_is_kept() {
    let Some(_turn) = machine::turn("a_here_document_is_kept") else { return };
    let kept = Kept::shell(&["--capture", "read:fd=stdin"], &format!("bash <<'end'\n{SCRIPT}end\n"));
    assert_eq!(kept.finished.stdout_text(), "line 1\nline 2\nline 3\n");
    assert_read(&kept, "bash", SCRIPT);
    // One that is too large for a pipe goes by a file, which has no name any more.
    let large: String = (0..5000).map(|line| format!("# line {line} of a long document\n")).collect();
    let script = format!("bash <<'end'\n{large}echo read\nend\n");
    let (capture, scene) = Kept::planned();
    let file = capture.scratch().join("script");
    std::fs::write(&file, script).expect("a script");
    let kept = Kept::finish(capture, scene, &["--capture", "read:fd=stdin"], &["bash", &file.display().to_string()]);
    assert_eq!(kept.finished.stdout_text(), "read\n");
    assert_read(&kept, "bash", &format!("{large}echo read\n"));
}

#[test]
fn a_script_that_is_only_read_is_kept_where_that_is_asked_for() {
    let Some(_turn) = machine::turn("a_script_that_is_only_read_is_kept_where_that_is_asked_for") else { return };
    let (capture, scene) = Kept::planned();
    let file = scene.join("library");
    std::fs::write(&file, SCRIPT).expect("a file");
    let filter = format!("read:path={}/*", scene.display());
    let command = ["sh".to_owned(), "-c".to_owned(), format!(". {}", file.display())];
    let kept = Kept::finish(capture, scene, &["--capture", &filter], &command);
    let rows = kept.of_file("read", "library");
    assert!(rows.len() == 1 && is_whole(&rows[0], &sha256(SCRIPT.as_bytes())), "{}", brief(&rows));
    let others = sources(&kept.capture, "s.kind = 'read' AND s.path NOT LIKE '%/library'");
    assert_eq!(others, Vec::<Value>::new(), "libraries were read as well, and not asked for");
}

#[test]
fn what_a_command_says_is_kept() {
    let Some(_turn) = machine::turn("what_a_command_says_is_kept") else { return };
    let kept = Kept::shell(
        &["--capture", "write:fd=stdout", "--capture", "write:fd=stderr"],
        "echo one; echo problem >&2; echo two",
    );
    let rows = sources(&kept.capture, "s.kind = 'write'");
    let of = |content: &str| rows.iter().filter(|row| text(row, "sha256") == sha256(content.as_bytes())).count();
    assert_eq!((of("one\ntwo\n"), of("problem\n")), (1, 1), "{}", brief(&rows));
}
