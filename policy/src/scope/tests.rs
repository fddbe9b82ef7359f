use super::*;

fn read(written: &str) -> Expression {
    Expression::parse(written).unwrap_or_else(|why| panic!("{written}: {why}"))
}

fn refused(written: &str) -> String {
    Expression::parse(written).map(|read| panic!("{written} was read as {read}")).unwrap_err()
}

fn uid(operator: Operator, values: &[u32]) -> Expression {
    Expression::Number { subject: NumberSubject::Uid, operator, values: values.to_vec() }
}

#[test]
fn a_comma_list_is_one_expression() {
    assert_eq!(read("uid=0,1000"), uid(Operator::Equal, &[0, 1000]));
    assert_eq!(read("uid!=0, 0x10"), uid(Operator::NotEqual, &[0, 16]));
    let Expression::Text { subject: TextSubject::Comm, negated: false, values } = read("comm=cat,v*,*m,*in*") else {
        panic!()
    };
    assert_eq!(values.iter().map(Text::to_string).collect::<Vec<_>>(), ["cat", "v*", "*m", "*in*"]);
}

#[test]
fn every_operator_is_there_for_ids() {
    for operator in [
        Operator::Equal,
        Operator::NotEqual,
        Operator::Less,
        Operator::Greater,
        Operator::LessOrEqual,
        Operator::GreaterOrEqual,
    ] {
        assert_eq!(read(&format!("uid{operator}5")), uid(operator, &[5]));
        assert!(matches!(read(&format!("pid {operator} 5")), Expression::Number { subject: NumberSubject::Pid, .. }));
    }
}

#[test]
fn the_words_are_read() {
    for (written, expression) in [
        ("global", Expression::Global),
        ("follow", Expression::Follow),
        ("container", Expression::Containers),
        ("c", Expression::Containers),
        ("not-container", Expression::NotContainers),
        ("!container", Expression::NotContainers),
        ("container=new", Expression::NewContainers),
        ("container=started", Expression::StartedContainers),
        ("pid=new", Expression::NewProcesses),
        ("p=new", Expression::NewProcesses),
    ] {
        assert_eq!(read(written), expression, "{written}");
    }
}

#[test]
fn other_names_mean_the_same() {
    for (other, name) in [
        ("u>0", "uid>0"),
        ("p=1", "pid=1"),
        ("mountns=1", "mntns=1"),
        ("exec=/bin/ls", "executable=/bin/ls"),
        ("binary=/bin/ls", "executable=/bin/ls"),
        ("bin=/bin/ls", "executable=/bin/ls"),
        ("c=web", "container=web"),
        ("processName=ls", "comm=ls"),
    ] {
        assert_eq!(read(other), read(name), "{other}");
    }
}

#[test]
fn an_executable_may_be_of_one_mount_namespace() {
    let Expression::Executable { negated: false, values } = read("executable=host:/bin/ls,4026532448:*/sh,/bin/*")
    else {
        panic!()
    };
    let namespaces: Vec<_> = values.iter().map(|value| value.namespace).collect();
    assert_eq!(namespaces, [Some(MountNamespace::Host), Some(MountNamespace::Inode(4_026_532_448)), None]);
    assert_eq!(values[1].path, Text { bytes: b"/sh".to_vec(), starts: false, ends: true });
}

#[test]
fn a_container_is_meant_by_id_prefix_or_name() {
    let pattern = |written: &str| match read(&format!("container={written}")) {
        Expression::Container { mut values, .. } => values.remove(0),
        other => panic!("{other}"),
    };
    let id = b"ab356bc4dd554ab356bc4dd554ab356bc4dd554ab356bc4dd554ab356bc4dd55";
    let names = || [b"web-1".as_slice()];
    assert!(pattern("ab356bc4dd55").matches(id, names()));
    assert!(!pattern("ab356bc4dd5").matches(id, names()), "11 digits are a name");
    assert!(pattern("ab356*").matches(id, names()));
    assert!(pattern("web-1").matches(id, names()) && pattern("web-*").matches(id, names()));
    assert!(!pattern("web").matches(id, names()));
    assert_eq!(pattern("'new'").0, Text::exact("new"));
    assert_eq!(pattern("'new'").to_string(), "'new'");
}

#[test]
fn quoted_values_keep_commas_and_stars() {
    assert_eq!(
        read(r#"comm="a,b",'c*'"#),
        Expression::Text {
            subject: TextSubject::Comm,
            negated: false,
            values: vec![Text::exact("a,b"), Text::exact("c*")]
        }
    );
}

#[test]
fn what_is_wrong_is_said() {
    for (written, why) in [
        ("", "an empty scope; `global` is everything"),
        ("udi=1", "unknown scope \"udi\"; did you mean uid?"),
        ("contaner=x", "unknown scope \"contaner\"; did you mean container?"),
        (
            "zzz=1",
            "unknown scope \"zzz\"; there are global, follow, not-container, uid, pid, mntns, pidns, tree, uts, comm, executable, container, cgroup",
        ),
        ("uid", "uid needs a value, as in uid=1000"),
        ("uid=", "a value is missing; \"\" is the empty text"),
        ("uid=root", "uid is a number from 0 to 4294967295, not \"root\""),
        ("uid=1*", "uid is a number from 0 to 4294967295, not \"1*\""),
        ("uid=-1", "uid is a number from 0 to 4294967295, not \"-1\""),
        ("uid=4294967296", "uid is a number from 0 to 4294967295, not \"4294967296\""),
        ("uid<1,2", "uid< takes one number; = and != take lists"),
        ("mntns<5", "mntns has no order: < is for uid and pid, here there are = and !="),
        ("comm>a", "comm has no order: > is for uid and pid, here there are = and !="),
        (
            "comm=a*b",
            "a star stands at the beginning or the end of a value, not inside \"a*b\"; in quotes it means itself",
        ),
        (
            "comm=systemd-resolved",
            "the kernel keeps 15 bytes of a name, \"systemd-resolved\" has 16; its beginning is \"systemd-resolve\"",
        ),
        ("executable=ls", "executable is a path and begins with / or a star (*/ls), not \"ls\""),
        ("cgroup=system.slice", "cgroup is a path and begins with / or a star, not \"system.slice\""),
        ("pid=new,5", "pid=new stands alone, without other values"),
        ("pid!=new", "pid=new is all that there is of new processes, not pid!=new"),
        ("container=new,x", "container=new stands alone, without other values"),
        ("container!=new", "container=new has no contrary; a container of that name is 'new' in quotes"),
        ("global=1", "global takes no value"),
        ("follow=x", "follow takes no value"),
        ("!comm", "\"!comm\" is no comparison; the operators are = != < > <= >="),
    ] {
        assert_eq!(refused(written), why, "{written}");
    }
}

#[test]
fn expressions_that_never_hold_together_are_refused() {
    let scope = |written: &[&str]| written.iter().map(|written| read(written)).collect::<Vec<_>>();
    for (written, at, why) in [
        (&["comm=a", "global"][..], 1, "global is everything and stands alone"),
        (
            &["uid=1", "comm=x", "uid=2"],
            2,
            "\"uid=1\" and \"uid=2\" never hold together; alternatives are one expression with commas",
        ),
        (&["container=web", "not-container"], 1, "\"container=web\" and \"not-container\" never hold together"),
    ] {
        assert_eq!(contradiction(&scope(written)), Some((at, why.to_owned())), "{written:?}");
    }
    for written in [
        &["uid>=1000", "uid<2000", "uid!=1500"][..],
        &["uid=1,2", "uid=2,3"],
        &["tree=1", "tree=2"],
        &["comm=a*", "comm=ab"],
        &["container", "container=new", "follow"],
        &["container!=web", "not-container"],
    ] {
        assert_eq!(contradiction(&scope(written)), None, "{written:?}");
    }
}

#[test]
fn what_is_displayed_reads_back_the_same() {
    for written in [
        "global",
        "follow",
        "pid=new",
        "container",
        "not-container",
        "container=new",
        "container=started",
        "uid>=1000",
        "pid!=1,2",
        "comm=\"a,b\",c*,*,\"\"",
        "uts=\"\\xff\"",
        "executable!=host:/bin/*,5:*/ls",
        "container='new',abc*",
        "cgroup=/a/*",
        "comm='\"'",
        "comm=\" a\"*",
    ] {
        let read = read(written);
        assert_eq!(Expression::parse(&read.to_string()).as_ref(), Ok(&read), "{written} -> {read}");
    }
}
