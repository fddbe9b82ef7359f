use super::*;

fn chosen(words: &str) -> Vec<String> {
    select(&[words]).unwrap().into_iter().map(|rule| rule.event).collect()
}

/// Rules as `event filter filter`.
fn rules(words: &[&str]) -> Vec<String> {
    let shown = |rule: Rule| rule.filters.iter().fold(rule.event.clone(), |shown, filter| format!("{shown} {filter}"));
    select(words).unwrap_or_else(|error| panic!("{error}")).into_iter().map(shown).collect()
}

fn refused(word: &str) -> String {
    select(&[word]).unwrap_err().to_string()
}

#[test]
fn words_are_taken_in_order() {
    assert_eq!(chosen("sched_process_exec,sched_process_exit"), ["sched_process_exec", "sched_process_exit"]);
    assert_eq!(chosen("sched_process_*,-*_exit"), ["sched_process_fork", "sched_process_exec"]);
    assert_eq!(chosen("-sched_process_*").len() + 3, chosen("all").len());
    assert_eq!(chosen("sched_process_exec, ,"), ["sched_process_exec"]);
    assert!(select::<&str>(&[]).unwrap().is_empty());
}

#[test]
fn a_set_chooses_its_members() {
    let proc = chosen("proc");
    assert!(proc.contains(&"task_rename".to_owned()) && !proc.contains(&"openat".to_owned()), "{proc:?}");
}

#[test]
fn the_logs_own_frames_cannot_be_chosen() {
    let error = refused("file_object");
    assert!(error.contains("unknown event or set \"file_object\""), "{error}");
}

#[test]
fn an_unknown_name_or_an_empty_choice_is_refused() {
    assert_eq!(
        refused("sched_proces_exec"),
        "--events \"sched_proces_exec\": unknown event or set \"sched_proces_exec\"; did you mean sched_process_exec, \
         sched_process_exit or sched_process_fork?"
    );
    assert_eq!(refused("proc,-all"), "--events leaves no event to record");
}

#[test]
fn a_filter_chooses_its_event() {
    assert_eq!(rules(&["openat.data.pathname=/etc/shadow"]), ["openat data.pathname=/etc/shadow"]);
    assert_eq!(rules(&["openat.retval<0"]), ["openat retval<0"]);
    assert_eq!(rules(&["close,openat.scope.container"]), ["close", "openat container"]);
    assert_eq!(rules(&["openat.args.pathname=*shadow", "openat.retval<0"]), ["openat data.pathname=*shadow retval<0"]);
    let most = rules(&["-read", "openat.retval<0"]);
    assert!(most.contains(&"openat retval<0".to_owned()) && !most.contains(&"read".to_owned()));
    assert!(most.contains(&"write".to_owned()));
}

#[test]
fn commas_behind_a_filter_are_its_values_until_another_filter_begins() {
    assert_eq!(rules(&["openat.data.pathname!=/tmp/1,/bin/ls"]), ["openat data.pathname!=/tmp/1,/bin/ls"]);
    assert_eq!(
        rules(&["read,openat.data.pathname=/a,/b,close.retval<0,close.data.fd=1,2"]),
        ["read", "close retval<0 data.fd=1,2", "openat data.pathname=/a,/b"]
    );
    assert_eq!(
        rules(&[r#"openat.data.pathname="/a,close.retval<0",'b\',close.data.fd=5"#]),
        ["close data.fd=5", r#"openat data.pathname="/a,close.retval<0",b\"#],
        "not in quotes"
    );
    assert_eq!(rules(&["openat.data.pathname=a.b,c.d"]), ["openat data.pathname=a.b,c.d"]);
}

#[test]
fn an_excluded_event_loses_its_filters() {
    assert_eq!(rules(&["openat.retval<0", "read", "-openat"]), ["read"]);
}

#[test]
fn what_is_wrong_with_a_filter_is_said() {
    for (word, why) in [
        ("opnat.retval<0", "--events \"opnat.retval<0\": unknown event \"opnat\"; did you mean openat"),
        ("openat.data.flag=1", "--events \"openat.data.flag=1\": unknown field of openat \"flag\"; did you mean flags"),
        ("openat=5", "--events \"openat=5\": compares nothing of \"openat\"; filters are \"openat\".data"),
        (
            "close.data.fd=1,read",
            "--events \"close.data.fd=1,read\": wrong type: data.fd is a number, and \"read\" is none",
        ),
        ("file_object.data.inode=1", "--events \"file_object.data.inode=1\": unknown event \"file_object\""),
    ] {
        assert!(refused(word).starts_with(why), "{}\n{why}", refused(word));
    }
}
