//! Interfaces and network namespaces that go away in the middle of a recording.

use crate::capture::{LIMIT, number, text, tracee};
use crate::{machine, process};

use super::scene::Scene;

#[test]
fn an_interface_or_namespace_may_go_away_and_others_are_recorded_on() {
    let Some(_turn) = machine::turn("an_interface_or_namespace_may_go_away_and_others_are_recorded_on") else { return };
    let scene = Scene::record(&["--capture", "net"], &["gone"]);
    scene.capture.verify();
    assert_eq!(scene.capture.number("SELECT count(*) FROM losses"), 0);
    let count = |port: u16, condition: &str| {
        let rows = scene.query(&format!("SELECT count(*) AS n FROM packets WHERE dst_port = {port} AND {condition}"));
        number(&rows[0], "n")
    };
    for (port, name) in [(4001, "gone"), (4002, "again")] {
        let (client, server) = (scene.number(&format!("{name}_client")), scene.number(&format!("{name}_server")));
        assert_eq!(count(port, &format!("net_namespace = LEFT_NS AND host_pid = {client}")), 20, "{name}");
        assert_eq!(count(port, &format!("net_namespace = RIGHT_NS AND host_pid = {server}")), 20, "{name}");
        assert_eq!(count(port, "true"), 40, "{name}");
    }
    let brief = scene.number("brief_namespace");
    assert_eq!(count(4003, &format!("net_namespace = {brief} AND interface = 'lo'")), 2, "there and back");

    // The new interface of the same name is another one, to whoever reads the file too.
    let file = scene.capture.scratch().join("out.pcapng");
    let finished = process::run(tracee().arg("packets").arg(&scene.capture.path).arg("-w").arg(&file), LIMIT);
    assert!(finished.status.success(), "{}", finished.stderr);
    let rows =
        scene.query("SELECT DISTINCT net_namespace, ifindex, interface FROM packets WHERE interface = 'wire_left'");
    assert_eq!(rows.len(), 2, "{rows:?}");
    let rows = scene.query("SELECT DISTINCT interface FROM packets ORDER BY 1");
    let names: Vec<&str> = rows.iter().map(|row| text(row, "interface")).collect();
    assert_eq!(names, ["lo", "wire_left", "wire_right"]);
}
