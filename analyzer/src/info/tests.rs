use super::*;
use crate::testing::{OFFSET_NS, sample};

#[test]
fn a_capture_that_ended_in_order_is_complete() {
    let mut recording = sample(2, 100);
    recording.stop(30_000_000);
    recording.cut(40_000_000);
    let info = Info::gather(&recording.open()).unwrap();
    assert!(info.is_complete(), "{:?}", info.problems);
    assert_eq!(info.segments.iter().map(|segment| segment.number).collect::<Vec<_>>(), [1, 2, 3]);
    assert_eq!((info.start_ns, info.end_ns), (OFFSET_NS, OFFSET_NS + 40_000_000));
    let events = [("read".to_owned(), 160), ("openat".to_owned(), 40), ("recording_stopped".to_owned(), 1)];
    assert_eq!((info.rows(), info.events.as_slice()), (201, events.as_slice()));
    assert_eq!((info.stop_reason().as_deref(), info.exit_status()), (Some("command ended"), Some(0)));
}

#[test]
fn what_is_not_there_is_a_problem() {
    let recording = sample(4, 10);
    std::fs::remove_file(recording.path().join("00000002.seg")).unwrap();
    std::fs::remove_file(recording.path().join("00000003.seg")).unwrap();
    let problems = Info::gather(&recording.open()).unwrap().problems;
    assert_eq!(problems, ["segments 2 to 3 are missing", "the recording's end is not there"]);
}

#[test]
fn a_capture_without_a_readable_segment_is_an_error() {
    let recording = sample(1, 10);
    std::fs::write(recording.path().join("00000001.seg"), "x").unwrap();
    assert!(Info::gather(&recording.open()).is_err());
}

#[test]
fn what_the_recorder_said_is_json_whatever_it_said() {
    for said in [r#"{"command":["sh","-c","echo \"x\\y\""]}"#, r#"{"cut"#, "\u{7f}\u{1b}", "\\"] {
        let mut recording = sample(1, 10);
        recording.info(said);
        recording.cut(20_000_000);
        let info = Info::gather(&recording.open()).unwrap().recorder.unwrap();
        let json: serde_json::Value = serde_json::from_str(&info).unwrap();
        match serde_json::from_str::<serde_json::Value>(said) {
            Ok(whole) => assert_eq!(json, whole),
            Err(_) => assert_eq!(text::unescape(json.as_str().unwrap()).unwrap(), said.as_bytes()),
        }
    }
}
