//! The queries that come with tracee: each runs, and the important ones tell what the workload of the fixture did.

use std::path::PathBuf;
use std::process::{Command, Output, Stdio};
use std::sync::OnceLock;

use serde_json::Value;
use tempfile::TempDir;

use super::{entries, folder};

const FIXTURES: [&str; 4] = ["shell", "network", "losses", "traffic"];

fn tracee(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_tracee")).args(arguments).stdin(Stdio::null()).output().unwrap()
}

/// The fixture as a database, made once.
fn database(fixture: &str) -> String {
    static DATABASES: OnceLock<TempDir> = OnceLock::new();
    let folder = DATABASES.get_or_init(|| {
        let made = TempDir::new().unwrap();
        for name in FIXTURES {
            let capture = super::folder("fixtures").join(name).with_extension("tracee");
            let output = made.path().join(name).with_extension("db");
            let replayed = tracee(&["replay", capture.to_str().unwrap(), "--to", "sqlite", output.to_str().unwrap()]);
            assert!(replayed.status.success(), "{}", String::from_utf8_lossy(&replayed.stderr));
        }
        made
    });
    folder.path().join(fixture).with_extension("db").to_str().unwrap().to_owned()
}

fn asked(fixture: &str, arguments: &[&str]) -> Vec<Value> {
    let output = tracee(&[&["query", &database(fixture), "--output", "json", "--quiet"], arguments].concat());
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success() && said.is_empty(), "{fixture} {arguments:?}: {said}");
    let text = String::from_utf8(output.stdout).unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// The columns of the rows as text, joined by a space.
fn columns(rows: &[Value], names: &[&str]) -> Vec<String> {
    let shown = |row: &Value, name: &&str| match &row[*name] {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    rows.iter().map(|row| names.iter().map(|name| shown(row, name)).collect::<Vec<_>>().join(" ")).collect()
}

/// The process of the fixture whose arguments are these, as the host has it.
fn pid(fixture: &str, argv: &str) -> String {
    let sql = "SELECT host_pid FROM processes WHERE argv = :argv ORDER BY start_ns LIMIT 1";
    let rows = asked(fixture, &[sql, "--param", &format!("argv={argv}")]);
    columns(&rows, &["host_pid"]).remove(0)
}

#[test]
fn every_recipe_runs_on_every_fixture() {
    let recipes: Vec<PathBuf> = entries(&folder("queries"), "sql").into_values().collect();
    assert!(recipes.len() >= 30, "{}", recipes.len());
    for fixture in FIXTURES {
        for recipe in &recipes {
            let name = format!("@{}", recipe.file_stem().unwrap().to_str().unwrap());
            let mut arguments = vec![name];
            let text = std::fs::read_to_string(recipe).unwrap();
            // What has no default.
            for line in text.lines().filter(|line| line.starts_with("-- :") && !line.contains(" = ")) {
                let (name, kind) = line[4..].split_once(": ").unwrap().0.split_once(' ').unwrap();
                let value = match kind {
                    "time" => "+1s",
                    "text" => "%",
                    _ => "1",
                };
                arguments.extend(["--param".to_owned(), format!("{name}={value}")]);
            }
            asked(fixture, &arguments.iter().map(String::as_str).collect::<Vec<_>>());
        }
    }
}

#[test]
fn what_the_shell_did_is_told() {
    let of = |name: &str, names: &[&str]| columns(&asked("shell", &[name]), names);
    let dropped = of("@dropped-and-run", &["path", "written_by"]);
    assert!(dropped.contains(&"/tmp/busybox-dropped cp".to_owned()), "{dropped:?}");
    let deleted = of("@ran-and-deleted", &["path", "deleted_by"]);
    assert!(deleted.contains(&"/tmp/busybox-dropped rm".to_owned()), "{deleted:?}");
    let gone = of("@deleted-and-gone", &["path", "made_by", "removed_by"]);
    assert_eq!(gone, ["/tmp/busybox-dropped cp rm", "/tmp/script.sh sh rm"]);
    let temporary = of("@run-from-temporary", &["path"]);
    assert!(temporary.contains(&"/tmp/busybox-dropped".to_owned()), "{temporary:?}");
    let failed = of("@failed-commands", &["comm", "exit_code"]);
    assert_eq!(failed, ["cat 1", "sh 3", "sh null"]);
    let sent = of("@signals-sent", &["comm", "sig", "target_argv"]);
    assert_eq!(sent, ["sh SIGTERM sh -c 'kill -TERM $$'"]);
    let modes = of("@mode-changes", &["operation", "path", "mode"]);
    assert_eq!(modes, ["chmod /tmp/script.sh 0755"]);
    let opens = columns(&asked("shell", &["@failed-opens", "--param", "error=ENOENT"]), &["path", "comm"]);
    assert!(opens.contains(&"/no/such/file cat".to_owned()), "{opens:?}");
    let rare = of("@rare-executables", &["executable", "times"]);
    assert_eq!(rare[0], "/tmp/busybox-dropped 1");
    let ran = columns(&asked("shell", &["@what-ran", "--param", "path=/tmp/%"]), &["executable", "parent"]);
    assert_eq!(ran, ["/tmp/busybox-dropped sh"]);
}

#[test]
fn a_process_is_told_with_who_it_comes_from_and_what_it_started() {
    let shell = pid("shell", "/bin/sh /scene/shell.sh");
    let tree = asked("shell", &["@process-tree", "--param", &format!("pid={shell}")]);
    let all = asked("shell", &["SELECT count(*) AS n FROM processes WHERE argv IS NOT NULL"]);
    assert_eq!(tree.len() as u64, all[0]["n"].as_u64().unwrap(), "everything descends from the shell");
    let cat = pid("shell", "cat /no/such/file");
    let ancestors = asked("shell", &["@ancestors", "--param", &format!("pid={cat}")]);
    assert_eq!(
        columns(&ancestors[..1], &["depth", "host_pid", "argv"]),
        [format!("1 {shell} /bin/sh /scene/shell.sh")]
    );
    let touched = asked("shell", &["@touched-by-process", "--param", &format!("pid={cat}")]);
    let last = columns(&touched[touched.len() - 1..], &["operation", "path", "error"]);
    assert_eq!(last, ["open /no/such/file ENOENT"]);
    let chain = asked("shell", &["SELECT callchain(process_key) AS c FROM processes WHERE argv = 'cat /no/such/file'"]);
    assert!(chain[0]["c"].as_str().unwrap().ends_with(" > sh > cat"), "{chain:?}");
}

#[test]
fn what_the_network_did_is_told() {
    let of = |name: &str, names: &[&str]| columns(&asked("network", &[name]), names);
    let listening = of("@listening-sockets", &["comm", "address", "port"]);
    assert_eq!(listening, ["httpd 127.0.0.1 8080", "nc :: 9000"]);
    let refused = of("@refused-connections", &["comm", "remote_address", "remote_port", "error"]);
    assert_eq!(refused, ["wget 127.0.0.1 9 ECONNREFUSED"]);
    let incoming = of("@incoming", &["comm", "local_port"]);
    assert_eq!(incoming, ["httpd 8080", "httpd 8080", "nc 9000"]);
    let talked = of("@who-talked-to-whom", &["comm", "direction", "remote_address", "remote_port", "connections"]);
    assert!(talked.contains(&"wget out 127.0.0.1 8080 2".to_owned()), "{talked:?}");
    let server = pid("network", "httpd -f -p 127.0.0.1:8080 -h /tmp/www");
    let net = asked("network", &["@net-by-process", "--param", &format!("pid={server}")]);
    assert!(columns(&net, &["direction", "local_port"]).contains(&"in 8080".to_owned()), "{net:?}");
    let shells = asked("network", &["@server-shells"]);
    assert!(shells.iter().all(|row| row["server"] == "httpd"), "{shells:?}");
}

#[test]
fn what_packets_hold_is_told() {
    let of = |name: &str, names: &[&str]| columns(&asked("traffic", &[name]), names);
    let names = of("@dns-names", &["name", "type", "comm", "questions"]);
    assert_eq!(names, ["www.example A wget 2", "www.example AAAA wget 2", "missing.example A nslookup 1"]);
    let requests = of("@http-requests", &["comm", "method", "host", "target", "dst_port", "user_agent"]);
    assert_eq!(
        requests,
        ["wget GET www.example:8080 /index.html 8080 fixture/1", "wget GET www.example:8080 /missing.html 8080 Wget"]
    );
    let hellos = of("@tls-names", &["server_name", "dst_port", "comm", "connections"]);
    assert_eq!(hellos, ["www.example 8443 nc 1"]);
}

#[test]
fn what_was_kept_and_what_ran_in_containers_is_told() {
    let kept = columns(&asked("traffic", &["@artifacts"]), &["path", "comm", "type", "size", "complete"]);
    assert_eq!(
        kept,
        [
            "/tmp/www/index.html sh text 14 1",
            "/tmp/page wget text 14 1",
            "/tmp/hello nc data 89 1",
            "/tmp/answer nc data 64 1",
            "/tmp/kept.sh sh script 26 1"
        ]
    );
    let containers = asked("traffic", &["@containers"]);
    let id = containers[0]["container_id"].as_str().unwrap();
    assert!(containers.len() == 1 && id.starts_with("pidns-") && containers[0]["processes"] == 20, "{containers:?}");
    let ran = |of: &str| {
        let rows = asked("traffic", &["@ran-in-containers", "--param", &format!("container={of}")]);
        columns(&rows, &["container_id", "executable", "argv"])
    };
    let names = format!("{id} /scene/names [\"/scene/names\"]");
    assert!(ran(id).contains(&names), "{:?}", ran(id));
    assert!(ran("pidns-0%").is_empty());
}

#[test]
fn what_is_missing_is_told() {
    let lost: u64 = asked("losses", &["@losses"]).iter().filter_map(|row| row["count"].as_u64()).sum();
    let total = asked("losses", &["SELECT lost FROM captures"]);
    assert_eq!(total[0]["lost"].as_u64(), Some(lost));
    assert!(lost > 0);
    assert!(asked("shell", &["@losses"]).is_empty());
}

#[test]
fn a_moment_is_told_with_what_was_before_it() {
    let at = |at: &str, within: &str| {
        asked("shell", &["@before", "--param", &format!("at={at}"), "--param", &format!("within={within}")]).len()
    };
    let all = asked("shell", &["SELECT count(*) AS n FROM events"])[0]["n"].as_u64().unwrap() as usize;
    assert_eq!(at("+1h", "2h"), all);
    assert!((1..all).contains(&at("+20ms", "20ms")));
    assert_eq!(at("+1h", "1s"), 0);
}
