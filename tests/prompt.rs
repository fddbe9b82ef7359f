//! The prompt of `tracee query`, at a terminal: `script` of util-linux makes one.

use std::fs;
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use tempfile::TempDir;

/// However busy the machine is.
const PATIENCE: Duration = Duration::from_secs(120);
const CTRL_C: &str = "\x03";
const CTRL_D: &str = "\x04";
const UP: &str = "\x1b[A";
/// What the terminal is told when a line is read (bracketed paste). Keys before it may get lost.
const BEGUN: &str = "\x1b[?2004h";
const ENDLESS: &str = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n;\r";

/// A terminal with the prompt in it.
struct Terminal {
    child: Child,
    input: Option<ChildStdin>,
    screen: Arc<Mutex<Vec<u8>>>,
    /// What was on the screen before this was waited for.
    seen: usize,
}

impl Terminal {
    /// Begins `tracee query` on the shell fixture; what was asked before is in `state`.
    fn begin(state: &TempDir, pager: &str) -> Terminal {
        let fixture = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/shell.tracee");
        let program = env!("CARGO_BIN_EXE_tracee");
        let line = format!("stty rows 12 cols 160; exec {program} query {}", fixture.display());
        let mut child = Command::new("script")
            .args(["--quiet", "--return", "--command", &line, "/dev/null"])
            .env("XDG_STATE_HOME", state.path())
            .env("TERM", "xterm")
            .env("PAGER", pager)
            .current_dir(state.path())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap_or_else(|error| panic!("script: {error}"));
        let screen = Arc::new(Mutex::new(Vec::new()));
        let mut output = child.stdout.take().unwrap();
        let shown = Arc::clone(&screen);
        thread::spawn(move || {
            let mut bytes = [0; 4096];
            while let Ok(length @ 1..) = output.read(&mut bytes) {
                shown.lock().unwrap().extend_from_slice(&bytes[..length]);
            }
        });
        let input = child.stdin.take();
        let mut terminal = Terminal { child, input, screen, seen: 0 };
        terminal.shows(BEGUN);
        terminal
    }

    /// Presses keys.
    fn press(&mut self, keys: &str) {
        let input = self.input.as_mut().unwrap();
        input.write_all(keys.as_bytes()).and_then(|()| input.flush()).unwrap();
    }

    /// Waits for the text to be shown, after what was waited for before; gives what came until its end.
    fn shows(&mut self, text: &str) -> String {
        let began = Instant::now();
        loop {
            let screen = self.screen.lock().unwrap().clone();
            let new = String::from_utf8_lossy(&screen[self.seen..]).into_owned();
            if let Some(at) = new.find(text) {
                // Replaced characters would move the place: the screen here is what was written as UTF-8.
                let end = at + text.len();
                self.seen += end;
                return new[..end].to_owned();
            }
            assert!(began.elapsed() < PATIENCE, "no {text:?} in {new:?}");
            thread::sleep(Duration::from_millis(20));
        }
    }

    /// Ends a line; gives what is shown until the next one is read.
    fn line(&mut self, keys: &str) -> String {
        self.press(keys);
        self.shows(BEGUN)
    }

    /// Waits for the program to end; gives its status.
    fn ends(mut self) -> Option<i32> {
        let began = Instant::now();
        while began.elapsed() < PATIENCE {
            if let Some(status) = self.child.try_wait().unwrap() {
                return status.code();
            }
            thread::sleep(Duration::from_millis(20));
        }
        panic!("the prompt does not end: {:?}", String::from_utf8_lossy(&self.screen.lock().unwrap()));
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        // A terminal that is gone ends what runs in it.
        self.input = None;
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn history(state: &TempDir) -> PathBuf {
    state.path().join("tracee/query-history")
}

#[test]
fn a_question_goes_over_lines_and_names_are_completed() {
    let state = TempDir::new().unwrap();
    let mut terminal = Terminal::begin(&state, "cat");
    terminal.press("SELECT 40\r");
    let shown = terminal.line(" + 2 AS sum;\r");
    assert!(shown.contains("sum\r\n") && shown.contains(" 42\r\n"), "{shown:?}");
    terminal.press("SELECT 'none: ' || count(*) AS steps FROM clock_st\t");
    terminal.shows("clock_steps");
    let shown = terminal.line(";\r");
    assert!(shown.contains("none: 0\r\n"), "{shown:?}");
    terminal.press("SELECT 'kind: ' || count(*) FROM sched_process_exec WHERE event = 'sched_process_ex\t\t");
    terminal.shows("sched_process_exit");
    let shown = terminal.line("ec';\r");
    assert!(shown.contains("kind: ") && !shown.contains("kind: 0"), "{shown:?}");
    terminal.press("@fail\t\t");
    terminal.shows("failed-commands");
    terminal.line(CTRL_C);
    terminal.press(CTRL_D);
    assert_eq!(terminal.ends(), Some(0));
}

#[test]
fn ctrl_c_stops_the_question_and_not_the_prompt() {
    let state = TempDir::new().unwrap();
    let mut terminal = Terminal::begin(&state, "cat");
    terminal.press(ENDLESS);
    // The question begins when the terminal is the kernel's again; before, the key is the line editor's.
    thread::sleep(Duration::from_secs(2));
    terminal.press(CTRL_C);
    let shown = terminal.shows(BEGUN);
    assert!(shown.contains("tracee: stopped"), "{shown:?}");
    let shown = terminal.line("SELECT 6 * 7 AS answer;\r");
    assert!(shown.contains(" 42\r\n"), "{shown:?}");
    let shown = terminal.line("SELECT nosuch;\r");
    assert!(shown.contains("no such column: nosuch"), "{shown:?}");
    let shown = terminal.line(".timr on\r");
    assert!(shown.contains("did you mean .timer?"), "{shown:?}");
    terminal.press(".quit\r");
    assert_eq!(terminal.ends(), Some(0));
}

#[test]
fn answers_go_into_a_file_and_nothing_is_written_over() {
    let state = TempDir::new().unwrap();
    let mut terminal = Terminal::begin(&state, "cat");
    terminal.line(".output json rows.json\r");
    terminal.line("SELECT 1 AS a, 'x' AS b; SELECT 2 AS a;\r");
    assert_eq!(fs::read_to_string(state.path().join("rows.json")).unwrap(), "{\"a\":1,\"b\":\"x\"}\n{\"a\":2}\n");
    let shown = terminal.line(".output csv rows.json\r");
    assert!(shown.contains("cannot make rows.json"), "{shown:?}");
    terminal.line(".output markdown\r");
    let shown = terminal.line("SELECT 3 AS a, 'x|y' AS b;\r");
    assert!(shown.contains("| a | b |\r\n| --- | --- |\r\n| 3 | x&#124;y |\r\n"), "{shown:?}");
    terminal.line(".timer on\r");
    let shown = terminal.line("SELECT 1;\r");
    assert!(shown.contains(" s, 1 row"), "{shown:?}");
    let shown = terminal.line(".tables clock*\r");
    assert!(shown.contains("clock_steps"), "{shown:?}");
    let shown = terminal.line(".schema losses\r");
    assert!(shown.contains("first_seq"), "{shown:?}");
    let shown = terminal.line("@failed-commands\r");
    assert!(shown.contains("/no/such/file"), "{shown:?}");
    terminal.press(".quit\r");
    assert_eq!(terminal.ends(), Some(0));
}

#[test]
fn answers_become_a_file_of_columns_where_the_program_can_write_one() {
    let state = TempDir::new().unwrap();
    let mut terminal = Terminal::begin(&state, "cat");
    let shown = terminal.line(".output parquet\r");
    assert!(shown.contains("tracee: Parquet and Arrow"), "{shown:?}");
    let shown = terminal.line(".output parquet rows.parquet\r");
    if !cfg!(feature = "columnar") {
        assert!(shown.contains("--features columnar"), "{shown:?}");
        return;
    }
    terminal.line(".timer on\r");
    let shown = terminal.line("SELECT event, ts_ns FROM openat LIMIT 3;\r");
    assert!(shown.contains(" s, 3 rows"), "{shown:?}");
    let bytes = fs::read(state.path().join("rows.parquet")).unwrap();
    assert!(bytes.starts_with(b"PAR1") && bytes.ends_with(b"PAR1"));
    let shown = terminal.line("SELECT 1 AS another;\r");
    assert!(shown.contains("cannot make rows.parquet"), "{shown:?}");
    assert_eq!(fs::read(state.path().join("rows.parquet")).unwrap(), bytes);
    terminal.line(".output arrow rows.arrow\r");
    terminal.line("SELECT nosuch;\r");
    assert!(!state.path().join("rows.arrow").exists());
    terminal.line("SELECT 1 AS one;\r");
    assert!(fs::read(state.path().join("rows.arrow")).unwrap().starts_with(b"ARROW1"));
    terminal.press(CTRL_D);
    assert_eq!(terminal.ends(), Some(0));
}

#[test]
fn keys_that_are_pressed_while_an_answer_is_worked_out_are_not_lost() {
    let state = TempDir::new().unwrap();
    let mut terminal = Terminal::begin(&state, "cat");
    let slow =
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n LIMIT 6000000) SELECT max(i) AS m FROM n;\r";
    terminal.press(slow);
    // It begins, and then the keys of the next question come, in two pieces.
    thread::sleep(Duration::from_millis(700));
    terminal.press("SELECT 'first' || '-ahead' AS a;\rSELECT 'sec");
    thread::sleep(Duration::from_millis(200));
    terminal.press("ond' || '-ahead' AS b;\r");
    terminal.shows("6000000");
    terminal.shows("first-ahead");
    terminal.shows("second-ahead");
    terminal.shows(BEGUN);
    terminal.press(CTRL_D);
    assert_eq!(terminal.ends(), Some(0));
}

#[test]
fn a_question_that_takes_long_says_how_far_it_is() {
    let state = TempDir::new().unwrap();
    let mut terminal = Terminal::begin(&state, "cat");
    terminal.press(ENDLESS);
    let shown = terminal.shows(" steps ");
    assert!(shown.contains("asking"), "{shown:?}");
    terminal.press(CTRL_C);
    terminal.shows("tracee: stopped");
    terminal.shows(BEGUN);
    let shown = terminal.line(".tables raw_*\r");
    assert!(!shown.contains("raw_openat"), "{shown:?}");
    terminal.press(CTRL_D);
    assert_eq!(terminal.ends(), Some(0));
}

#[test]
fn what_was_asked_is_there_the_next_time_and_for_nobody_else() {
    let state = TempDir::new().unwrap();
    let mut terminal = Terminal::begin(&state, "cat");
    terminal.line("SELECT 'first' AS asked;\r");
    terminal.press(CTRL_D);
    assert_eq!(terminal.ends(), Some(0));
    let kept = fs::read_to_string(history(&state)).unwrap();
    assert!(kept.contains("SELECT 'first' AS asked;"), "{kept}");
    let mode = std::os::unix::fs::PermissionsExt::mode(&fs::metadata(history(&state)).unwrap().permissions());
    assert_eq!(mode & 0o777, 0o600);
    let mut terminal = Terminal::begin(&state, "cat");
    terminal.press(UP);
    terminal.shows("SELECT 'first' AS asked;");
    let shown = terminal.line("\r");
    assert!(shown.contains("asked\r\nfirst\r\n"), "{shown:?}");
    terminal.press(CTRL_D);
    assert_eq!(terminal.ends(), Some(0));
}

#[test]
fn a_long_answer_is_paged_and_nothing_recorded_reaches_the_terminal() {
    let state = TempDir::new().unwrap();
    let mut terminal = Terminal::begin(&state, "sed 's/^/paged: /'");
    let shown = terminal.line("SELECT 'short' AS short;\r");
    assert!(!shown.contains("paged: "), "{shown:?}");
    let shown = terminal.line("SELECT event, id FROM event_kinds;\r");
    assert!(shown.contains("paged: event") && shown.contains("paged: openat "), "{shown:?}");
    for format in ["table", "json", "csv", "markdown"] {
        terminal.line(&format!(".output {format}\r"));
        let shown = terminal.line("SELECT DISTINCT pathname AS name FROM openat WHERE pathname LIKE 'odd%';\r");
        assert!(shown.contains("1b[31m") || shown.contains("1b&#91;31m"), "{format}: {shown:?}");
        assert!(!shown.contains("\x1b[31m"), "{format}: {shown:?}");
    }
    terminal.press(CTRL_D);
    assert_eq!(terminal.ends(), Some(0));
}
