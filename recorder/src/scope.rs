//! Scopes as the kernel side tests them: the expressions of a plan's policies, flattened into one list of tests.
//!
//! What the tests mean is in `bpf/membership.h`. A policy without expressions, and `global`, need none.

use std::collections::BTreeMap;

use anyhow::{Result, bail};
use policy::{Expression, MountNamespace, NumberSubject, Operator, Plan, Text, TextSubject};

use crate::describe::Found;
use crate::programs::words_of;
pub(crate) use crate::programs::{Comparison, Subject, Test};

/// `MAX_SCOPE_TESTS` of `bpf/state.h`.
pub(crate) const MAX_TESTS: usize = 1024;
/// `SCOPE_TEXT` there: bytes of text that a test may have.
pub(crate) const MAX_TEXT: usize = 256;
/// Trees that there can be, a bit each; the first is that of the command.
const MAX_TREES: usize = 64;
/// Flags of a test, as there.
pub(crate) const LAST: u32 = 1;
pub(crate) const NEGATED: u32 = 2;
const OPEN_START: u32 = 4;
const OPEN_END: u32 = 8;

/// Asked for what only the host knows.
pub(crate) trait Host {
    /// Inode number of the mount namespace of the host's first process.
    fn mount_namespace(&self) -> u32;
    /// The containers of which a runtime says that the pattern is their name.
    fn containers_named(&self, pattern: &Text) -> Vec<Found>;
    /// Whether there is a process of this number.
    fn has_process(&self, pid: u32) -> bool;
}

/// The scopes of a plan, for the kernel side.
#[derive(Clone, Default)]
pub(crate) struct Scope {
    /// In the order of policies and expressions.
    pub(crate) tests: Vec<Test>,
    /// All policies, a bit each.
    pub(crate) policies: u64,
    /// Those that follow a process into its children.
    pub(crate) follow: u64,
    /// Processes of which the descendants are asked about, with the bit that stands for each.
    pub(crate) trees: BTreeMap<u32, u64>,
}

impl Scope {
    /// The scopes of a plan's policies that are `active`, a bit each; those `of_command` are that process's tree, narrowed.
    ///
    /// # Errors
    /// What the kernel side cannot test, or what is not there.
    pub(crate) fn of(
        plan: &Plan,
        active: u64,
        of_command: u64,
        command: Option<u32>,
        host: &dyn Host,
    ) -> Result<Scope> {
        let mut scope = Scope::default();
        if let Some(pid) = command {
            scope.trees.insert(pid, 1);
        }
        for (index, policy) in plan.policies().iter().enumerate() {
            if active & (1 << index) == 0 {
                continue;
            }
            scope.policies |= 1 << index;
            if of_command & (1 << index) != 0 {
                let policy = index as u32;
                let tree = Test { subject: Subject::SCOPE_TREE, policy, flags: LAST, ..Test::default() };
                scope.tests.push(tree);
            }
            for expression in &policy.scope {
                scope.add(index as u32, expression, host)?;
            }
        }
        if scope.tests.len() > MAX_TESTS {
            bail!("the scopes have {} values in all; the kernel side can test {MAX_TESTS}", scope.tests.len());
        }
        Ok(scope)
    }

    /// Whether everybody in question is in it.
    pub(crate) fn is_everything(&self) -> bool {
        self.tests.is_empty() && self.policies != 0
    }

    /// Subjects that are asked about, a bit each.
    pub(crate) fn needs(&self) -> u32 {
        self.tests.iter().fold(0, |needs, test| needs | 1 << test.subject.0)
    }

    fn add(&mut self, policy: u32, expression: &Expression, host: &dyn Host) -> Result<()> {
        let first = self.tests.len();
        let flag = |subject: Subject, number: u64| Test { subject, number, ..Test::default() };
        let mut negated = false;
        match expression {
            Expression::Global => return Ok(()),
            Expression::Follow => {
                self.follow |= 1 << policy;
                return Ok(());
            }
            Expression::NewProcesses => self.tests.push(flag(Subject::SCOPE_NEW_PROCESS, 1)),
            Expression::Containers => self.tests.push(flag(Subject::SCOPE_CONTAINER, 1)),
            Expression::NotContainers => self.tests.push(flag(Subject::SCOPE_CONTAINER, 0)),
            Expression::NewContainers => self.tests.push(flag(Subject::SCOPE_CONTAINER_NEW, 1)),
            Expression::StartedContainers => self.tests.push(flag(Subject::SCOPE_CONTAINER_STARTED, 1)),
            Expression::Number { subject, operator, values } => {
                negated = *operator == Operator::NotEqual;
                for value in values {
                    let test = match subject {
                        NumberSubject::Tree => flag(Subject::SCOPE_TREE, self.tree(*value, host)?.into()),
                        NumberSubject::Uid => flag(Subject::SCOPE_UID, (*value).into()),
                        NumberSubject::Pid => flag(Subject::SCOPE_PID, (*value).into()),
                        NumberSubject::MountNamespace => flag(Subject::SCOPE_MNT_NS, (*value).into()),
                        NumberSubject::PidNamespace => flag(Subject::SCOPE_PID_NS, (*value).into()),
                    };
                    self.tests.push(Test { comparison: comparison(*operator), ..test });
                }
            }
            Expression::Text { subject, negated: not, values } => {
                negated = *not;
                let subjects: &[Subject] = match subject {
                    TextSubject::HostName => &[Subject::SCOPE_UTS],
                    TextSubject::Comm => &[Subject::SCOPE_COMM],
                    TextSubject::Cgroup => &[Subject::SCOPE_CGROUP, Subject::SCOPE_CGROUP_V2],
                };
                for value in values {
                    for subject in subjects {
                        self.tests.push(text(*subject, value)?);
                    }
                }
            }
            Expression::Executable { negated: not, values } => {
                negated = *not;
                for value in values {
                    let namespace = match value.namespace {
                        None => 0,
                        Some(MountNamespace::Host) => host.mount_namespace(),
                        Some(MountNamespace::Inode(inode)) => inode,
                    };
                    self.tests.push(Test { number: namespace.into(), ..text(Subject::SCOPE_EXECUTABLE, &value.path)? });
                }
            }
            Expression::Container { negated: not, values } => {
                negated = *not;
                for value in values {
                    self.container(value, host)?;
                }
            }
        }
        if let Some(last) = self.tests.last_mut() {
            last.flags |= LAST | if negated { NEGATED } else { 0 };
        }
        self.tests[first..].iter_mut().for_each(|test| test.policy = policy);
        Ok(())
    }

    fn container(&mut self, value: &policy::ContainerPattern, host: &dyn Host) -> Result<()> {
        let before = self.tests.len();
        let written = std::str::from_utf8(&value.0.bytes).unwrap_or_default();
        if let Some(start) = formats::container::start_in(written).filter(|_| value.0.is_exact()) {
            let number = start | 1 << 63;
            self.tests.push(Test { subject: Subject::SCOPE_CONTAINER_KEY, number, ..Test::default() });
        }
        if let Some(prefix) = value.id_prefix() {
            let pattern = Text { bytes: prefix.into(), starts: true, ends: false };
            self.tests.push(text(Subject::SCOPE_CONTAINER_NAME, &pattern)?);
        } else if !value.0.is_exact() {
            self.tests.push(text(Subject::SCOPE_CONTAINER_NAME, &value.0)?);
        }
        if self.tests.len() == before || !value.0.is_exact() {
            for found in host.containers_named(&value.0) {
                self.tests.push(match found {
                    Found::Id(id) => text(Subject::SCOPE_CONTAINER_NAME, &Text::exact(id))?,
                    Found::PidNamespace(inode) => {
                        Test { subject: Subject::SCOPE_PID_NS, number: inode.into(), ..Test::default() }
                    }
                });
            }
        }
        if self.tests.len() == before {
            bail!(
                "container={}: no runtime knows a container of this name; of one that is still to be made, give the id, or record container=new",
                value.0
            );
        }
        Ok(())
    }

    /// The bit that stands for the tree of a process.
    fn tree(&mut self, pid: u32, host: &dyn Host) -> Result<u32> {
        if let Some(bits) = self.trees.get(&pid) {
            return Ok(bits.trailing_zeros());
        }
        if !host.has_process(pid) {
            bail!("tree={pid}: there is no such process");
        }
        // The first bit is the command's, whether there is one or not.
        let taken = self.trees.values().filter(|bits| **bits != 1).count() + 1;
        if taken >= MAX_TREES {
            bail!("tree={pid}: there can be {} trees", MAX_TREES - 1);
        }
        self.trees.insert(pid, 1 << taken);
        Ok(taken as u32)
    }
}

/// How the kernel side compares.
pub(crate) fn comparison(operator: Operator) -> Comparison {
    match operator {
        Operator::Equal | Operator::NotEqual => Comparison::SCOPE_EQUAL,
        Operator::Less => Comparison::SCOPE_LESS,
        Operator::LessOrEqual => Comparison::SCOPE_LESS_OR_EQUAL,
        Operator::Greater => Comparison::SCOPE_GREATER,
        Operator::GreaterOrEqual => Comparison::SCOPE_GREATER_OR_EQUAL,
    }
}

/// Which ends of a text are open, as flags of a test.
pub(crate) fn anchors(pattern: &Text) -> u32 {
    let flag = |is_anchored, flag| if is_anchored { 0 } else { flag };
    flag(pattern.starts, OPEN_START) | flag(pattern.ends, OPEN_END)
}

fn text(subject: Subject, pattern: &Text) -> Result<Test> {
    if pattern.bytes.len() > MAX_TEXT {
        bail!("{pattern}: the kernel side compares {MAX_TEXT} bytes, this has {}", pattern.bytes.len());
    }
    let (words, masks) = words_of(&pattern.bytes);
    let flags = anchors(pattern);
    Ok(Test { subject, flags, length: pattern.bytes.len() as u32, text: words, masks, ..Test::default() })
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Nobody;

    impl Host for Nobody {
        fn mount_namespace(&self) -> u32 {
            77
        }

        fn containers_named(&self, pattern: &Text) -> Vec<Found> {
            if pattern.matches(b"web") { vec![Found::Id("a".repeat(64)), Found::PidNamespace(9)] } else { Vec::new() }
        }

        fn has_process(&self, pid: u32) -> bool {
            pid == 10
        }
    }

    fn compiled(scopes: &[&str]) -> Result<Scope> {
        let policy = policy::options::policy("test", scopes, &["openat"], &[]).unwrap();
        Scope::of(&Plan::new(vec![policy]).unwrap(), 1, 0, Some(5), &Nobody)
    }

    fn shown(scope: &Scope) -> Vec<(u32, u32, u64, u32)> {
        scope.tests.iter().map(|test| (test.subject.0, test.flags, test.number, test.length)).collect()
    }

    #[test]
    fn values_are_alternatives_and_the_last_ends_its_expression() {
        let scope = compiled(&["uid=1,2", "comm!=ls,cat*", "executable=host:*/sh"]).unwrap();
        let (uid, comm, exe) = (Subject::SCOPE_UID.0, Subject::SCOPE_COMM.0, Subject::SCOPE_EXECUTABLE.0);
        assert_eq!(
            shown(&scope),
            [
                (uid, 0, 1, 0),
                (uid, LAST, 2, 0),
                (comm, 0, 0, 2),
                (comm, OPEN_END | LAST | NEGATED, 0, 3),
                (exe, OPEN_START | LAST, 77, 3),
            ]
        );
        assert_eq!(scope.needs(), 1 << uid | 1 << comm | 1 << exe);
        assert_eq!((scope.policies, scope.follow), (1, 0));
    }

    #[test]
    fn trees_have_bits_and_the_first_is_the_commands() {
        let scope = compiled(&["tree=10,5", "follow"]).unwrap();
        assert_eq!(scope.trees, BTreeMap::from([(5, 1), (10, 2)]));
        assert_eq!(scope.tests.iter().map(|test| test.number).collect::<Vec<_>>(), [1, 0]);
        assert_eq!(scope.follow, 1);
        assert_eq!(compiled(&["tree=11"]).err().unwrap().to_string(), "tree=11: there is no such process");
    }

    #[test]
    fn containers_are_found_by_name_and_by_the_beginning_of_an_id() {
        let (name, pid_ns) = (Subject::SCOPE_CONTAINER_NAME.0, Subject::SCOPE_PID_NS.0);
        let key = Subject::SCOPE_CONTAINER_KEY.0;
        assert_eq!(shown(&compiled(&["container=pidns-5-9"]).unwrap()), [(key, LAST, 9 | 1 << 63, 0)]);
        assert_eq!(shown(&compiled(&["container=web"]).unwrap()), [(name, 0, 0, 64), (pid_ns, LAST, 9, 0)]);
        assert_eq!(shown(&compiled(&["container=0123456789ab"]).unwrap()), [(name, OPEN_END | LAST, 0, 12)]);
        let error = compiled(&["container=other"]).err().unwrap().to_string();
        assert!(error.contains("no runtime knows a container of this name"), "{error}");
    }

    #[test]
    fn what_is_too_much_for_the_kernel_side_is_refused() {
        let long = format!("executable=/{}", "x".repeat(256));
        assert!(compiled(&[&long]).err().unwrap().to_string().contains("256 bytes"));
        let many = (0..600).map(|number| number.to_string()).collect::<Vec<_>>().join(",");
        let error = compiled(&[&format!("uid={many}"), &format!("pid={many}")]).err().unwrap().to_string();
        assert!(error.contains("1200 values"), "{error}");
    }

    #[test]
    fn policies_out_of_force_have_no_tests_and_those_of_the_command_begin_with_its_tree() {
        let policy = |name| policy::options::policy(name, &["uid=1"], &["openat"], &[]).unwrap();
        let plan = Plan::new(vec![policy("a"), policy("b"), policy("c")]).unwrap();
        let scope = Scope::of(&plan, 0b101, 0b001, Some(5), &Nobody).unwrap();
        let tests: Vec<_> = scope.tests.iter().map(|test| (test.policy, test.subject.0)).collect();
        let (tree, uid) = (Subject::SCOPE_TREE.0, Subject::SCOPE_UID.0);
        assert_eq!((tests, scope.policies), (vec![(0, tree), (0, uid), (2, uid)], 0b101));
        assert!(!Scope::of(&plan, 0, 0, None, &Nobody).unwrap().is_everything(), "nobody is in it");
    }

    #[test]
    fn everything_needs_no_test() {
        assert!(compiled(&["global"]).unwrap().is_everything());
        assert!(!compiled(&["container"]).unwrap().is_everything());
    }
}
