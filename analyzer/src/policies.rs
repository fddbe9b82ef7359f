//! Policies: which of those that a capture was recorded by a row matches. The kernel side decided the scopes, and each
//! context says of which policies it held; rules and filters are decided here, of every row.

use std::borrow::Cow;

use formats::events::content::CONTENT;
use formats::events::packets::{NET_PACKET_RAW, is_decoded};
use policy::{Column, EventMatcher, Plan};

use crate::definitions::Definitions;
use crate::numbers::NumberMap;
use crate::row::Row;

/// The policies of one segment.
pub(crate) struct Policies {
    plan: Plan,
    /// What they want of each kind of event; a kind that is not here nobody wants.
    events: NumberMap<u16, EventMatcher>,
}

impl Policies {
    /// Prepares a plan for the kinds of a segment.
    pub(crate) fn new(plan: Plan, definitions: &Definitions) -> Policies {
        let matcher = plan.compile();
        let kinds = definitions.schema.events().iter();
        let events = kinds.filter_map(|event| Some((event.id, matcher.event(&event.name)?.clone()))).collect();
        Policies { plan, events }
    }

    /// Bits of the policies that the row matches. Of what nobody in scope did to somebody who is, every scope holds.
    pub(crate) fn matched(&self, row: &Row<'_>) -> u64 {
        let scope = row.context().map_or(u64::MAX, |context| context.policies);
        match self.events.get(&row.event_id()) {
            Some(event) => event.matched(scope, row),
            // Content and packets were asked for beside the policies: their scopes hold for them, and no rule is needed.
            None if [CONTENT.id, NET_PACKET_RAW.id].contains(&row.event_id()) || is_decoded(row.event_id()) => {
                scope & u64::MAX.checked_shr(64 - self.plan.policies().len() as u32).unwrap_or(0)
            }
            None => 0,
        }
    }

    /// Names of the policies of these bits, separated by commas.
    pub(crate) fn names(&self, bits: u64) -> String {
        let mut names = String::new();
        for name in self.plan.names(bits) {
            if !names.is_empty() {
                names.push(',');
            }
            names.push_str(&crate::text::escape(name.as_bytes()));
        }
        names
    }
}

impl policy::Row for Row<'_> {
    fn number(&self, field: &str) -> Option<i128> {
        self.field_number(field)
    }

    fn text(&self, field: &str) -> Option<Cow<'_, [u8]>> {
        self.field_text(field)
    }

    fn ret(&self) -> Option<i64> {
        Row::ret(self)
    }

    fn column_number(&self, column: Column) -> Option<i128> {
        let context = self.context();
        let of = |number: fn(&crate::context::Context) -> i128| context.map(number);
        match column {
            Column::Timestamp => Some(self.ts_ns().into()),
            Column::Cpu => self.cpu().map(i128::from),
            Column::ProcessKey => context?.process_key.map(i128::from),
            Column::HostTid => Some(self.host_tid().into()),
            Column::Pid => of(|context| context.pid.into()),
            Column::Tid => of(|context| context.tid.into()),
            Column::ParentPid => of(|context| context.ppid.into()),
            Column::HostPid => of(|context| context.host_pid.into()),
            Column::HostParentPid => of(|context| context.host_ppid.into()),
            Column::Uid => of(|context| context.uid().into()),
            Column::Gid => of(|context| context.gid().into()),
            Column::MountNamespace => of(|context| context.mnt_ns().into()),
            Column::PidNamespace => of(|context| context.pid_ns().into()),
            Column::CgroupId => of(|context| context.cgroup_id.into()),
            _ => None,
        }
    }

    fn column_text(&self, column: Column) -> Option<Cow<'_, [u8]>> {
        let bytes = |text: &str| Cow::Owned(text.as_bytes().to_vec());
        match column {
            Column::Comm => self.comm().map(Cow::Borrowed),
            Column::Executable => self.exe().map(bytes),
            Column::HostName => self.context().map(|context| Cow::Borrowed(&*context.uts_name)),
            Column::Syscall => self.syscall().map(|name| bytes(&name)),
            Column::ContainerId => self.container_id().map(bytes),
            Column::ContainerName => self.described("name").map(Cow::Borrowed),
            Column::ContainerImage => self.described("image").map(Cow::Borrowed),
            Column::PodName => self.described("pod_name").map(Cow::Borrowed),
            Column::PodNamespace => self.described("pod_namespace").map(Cow::Borrowed),
            Column::PodUid => self.described("pod_uid").map(Cow::Borrowed),
            _ => None,
        }
    }
}
