use super::*;

fn event(name: &str) -> &'static Event {
    formats::events::by_name(name).unwrap()
}

fn read(name: &str, written: &str) -> Filter {
    Filter::parse(written, Some(event(name))).unwrap_or_else(|why| panic!("{written}: {why}"))
}

fn refused(name: &str, written: &str) -> String {
    Filter::parse(written, Some(event(name))).map(|read| panic!("{written} was read as {read}")).unwrap_err()
}

#[test]
fn a_filter_names_a_field_the_result_or_a_column() {
    for (written, shown) in [
        ("data.pathname=/tmp/*", "data.pathname=/tmp/*"),
        ("args.pathname!=/tmp/1,/bin/ls", "data.pathname!=/tmp/1,/bin/ls"),
        ("retval<0", "retval<0"),
        ("retval != 0", "retval!=0"),
        ("comm=cat", "comm=cat"),
        ("scope.processName=ls", "comm=ls"),
        ("context.mountNamespace=4026531840", "mnt_ns=4026531840"),
        ("hostName=x", "uts_name=x"),
        ("uid>=1000", "uid>=1000"),
        ("container", "container"),
        ("scope.container", "container"),
        ("!container", "not-container"),
        ("host", "not-container"),
        ("container=web", "container=web"),
        ("exec=*/ls", "exe=*/ls"),
        ("data.dirfd_path=/tmp", "data.dirfd_object=/tmp"),
        ("data.flags=O_RDONLY", "data.flags=O_RDONLY"),
        ("data.mode=0644", "data.mode=0644"),
        ("data.mode>0x100", "data.mode>0x100"),
    ] {
        let filter = read("openat", written);
        assert_eq!(filter.to_string(), shown);
        assert_eq!(Filter::parse(shown, None).unwrap(), filter, "a capture's plan reads the same");
    }
}

#[test]
fn what_is_wrong_is_said() {
    for (name, written, why) in [
        ("openat", "data.patname=/x", "unknown field of openat \"patname\"; did you mean pathname?"),
        ("openat", "pathname=/x", "unknown filter \"pathname\"; did you mean data.pathname?"),
        ("openat", "retvl=0", "unknown filter \"retvl\"; did you mean retval?"),
        ("openat", "scope.processNme=0", "unknown filter \"processNme\"; did you mean processName?"),
        ("openat", "data.pathname<5", "wrong type: data.pathname is text, and < compares numbers"),
        ("openat", "comm>5", "wrong type: comm is text, and > compares numbers"),
        ("close", "data.fd=abc", "wrong type: data.fd is a number, and \"abc\" is none"),
        ("close", "data.fd=1*", "wrong type: data.fd is a number, and \"1*\" is none"),
        ("openat", "data.mode>rwx", "wrong type: > compares numbers, and \"rwx\" is none"),
        ("openat", "retval<0,1", "retval< takes one number; = and != take lists"),
        ("openat", "retval=", "a value is missing; \"\" is the empty text"),
        ("openat", "retval=x", "wrong type: retval is a number, and \"x\" is none"),
        ("openat", "uid=root", "wrong type: uid is a number, and \"root\" is none"),
        ("openat", "pathname", "\"pathname\" has no operator (= != < > <= >=) and value"),
        ("openat", "", "an empty filter"),
        ("sched_process_exec", "retval<0", "sched_process_exec is no system call and has no retval"),
        (
            "sched_process_exec",
            "data.pathnam=x",
            "unknown field of sched_process_exec \"pathnam\"; did you mean pathname?",
        ),
    ] {
        let said = refused(name, written);
        assert!(said == why || said.starts_with(&why.replace('?', "")), "{written}: {said}\n{why}");
    }
    assert!(refused("close", "data.zzzz=1").contains("; it has ret, fd"));
}

#[test]
fn a_property_has_the_kind_of_what_it_is_a_property_of() {
    assert!(refused("sched_process_exec", "data.inode=x").starts_with("wrong type: data.inode is a number"));
    assert_eq!(read("sched_process_exec", "data.inode>5").to_string(), "data.inode>5");
    assert!(refused("sched_process_exec", "data.interpreter_pathname<5").starts_with("wrong type"));
    assert!(refused("sched_process_exec", "data.exe<5").starts_with("wrong type"));
}

#[test]
fn every_field_of_every_event_can_be_compared_and_reads_back() {
    for event in crate::events::selectable() {
        for field in event.fields {
            let value = if FieldKind::of(field) == FieldKind::Text { "*x*" } else { "0x10" };
            let written = format!("data.{}!={value}", field.name);
            let filter = Filter::parse(&written, Some(event)).unwrap_or_else(|why| panic!("{written}: {why}"));
            assert_eq!(Filter::parse(&filter.to_string(), None).unwrap(), filter);
        }
    }
}
