//! Columns: what a row of each event kind holds in the database, and how the views show it.

use formats::event::Kind;
use formats::schema::{EventSchema, FieldSchema};

use super::identifiers::{Identifiers, literal, quoted};
use super::naming::{Domain, MARKS, NameTable, marked, name_sql};
use crate::arguments::{has_path, path_name};
use crate::names;
use crate::object::NUMBERS;
use crate::origin::Origin;
use crate::row::returns;

/// Columns that every event has, with the SQL that shows them. `e` is the event's stored row, `c` its context; `{...}` is
/// filled in per capture and kind.
const COMMON: &[(&str, &str)] = &[
    (
        "ts",
        "printf('%s.%06d', datetime((e.boot_ns+{offset})/1000000000,'unixepoch'), (e.boot_ns+{offset})/1000%1000000)",
    ),
    ("ts_ns", "e.boot_ns+{offset}"),
    ("boot_ns", "e.boot_ns"),
    ("cpu", "e.cpu"),
    ("seq", "e.seq"),
    ("event", "{event}"),
    ("hook", "{hook}"),
    ("process_key", "c.process_key"),
    ("host_id", "{host_id}"),
    ("boot_id", "{boot_id}"),
    ("pid", "c.pid"),
    ("tid", "c.tid"),
    ("ppid", "c.ppid"),
    ("host_pid", "c.host_pid"),
    ("host_tid", "coalesce(e.tid,c.host_tid)"),
    ("host_ppid", "c.host_ppid"),
    ("uid", "c.uid"),
    ("gid", "c.gid"),
    ("comm", "coalesce(e.comm,c.comm)"),
    ("exe", "c.exe"),
    ("container_id", "c.container_id"),
    ("cgroup_id", "c.cgroup_id"),
    ("mnt_ns", "c.mnt_ns"),
    ("pid_ns", "c.pid_ns"),
    ("uts_name", "c.uts_name"),
    ("syscall", "{syscall}"),
    ("ret", "{ret}"),
    ("args", "{args}"),
    ("from_user", "{from_user}"),
    ("truncated", "e.truncated"),
    ("unfinished", "(e.flags&2)/2"),
    ("late", "(e.flags&32)/32"),
    ("policies", "e.policies"),
    ("marks", "{marks}"),
    ("row", "e.row"),
    ("capture", "1"),
    ("event_key", "e.row"),
    ("error", "NULL"),
];

/// Names of [`COMMON`], in order.
pub(crate) fn common_names() -> impl Iterator<Item = &'static str> {
    COMMON.iter().map(|(name, _)| *name)
}

/// Columns that every stored row begins with.
pub(super) const STORED: &[&str] =
    &["row", "boot_ns", "cpu", "lane", "seq", "context", "tid", "comm", "flags", "policies", "truncated", "from_user"];

/// Most pairs for one call of `json_object`: SQLite takes 127 arguments.
const PAIRS: usize = 60;

/// What fills the holes of [`COMMON`].
struct Filling<'a> {
    event: &'a str,
    hook: &'a str,
    syscall: &'a str,
    ret: &'a str,
    args: &'a str,
    from_user: &'a str,
}

/// One field in the database.
pub(super) struct Column {
    /// Name in the stored row, quoted.
    pub(super) stored: String,
    /// How its numbers are named, if they are.
    pub(super) domain: Option<Domain>,
    /// SQL of whether those names hold; empty when they always do.
    condition: String,
    /// Whether its bytes are stored as JSON of the structure that they are.
    pub(super) is_structure: bool,
    from_user: bool,
    kind: Kind,
    name: String,
    /// Of an attribute: SQL of what it shows.
    attribute: String,
    /// Of an object: whether an attribute shows its path in `args`.
    has_path: bool,
    /// Names in the kind's view: of the value, and of what it is called or its number.
    shown: String,
    second: Option<String>,
    /// Of an address of a network: its own column in the stored row, and the names of those that show which name an answer
    /// of DNS gave it, and which answer.
    named: Option<AddressColumns>,
}

struct AddressColumns {
    stored: String,
    name: String,
    dns_row: String,
}

/// The columns of one kind.
pub(super) struct Columns {
    pub(super) fields: Vec<Column>,
    pub(super) returns: bool,
    /// Whether a field says in which network namespace it was.
    has_net_ns: bool,
    event: String,
}

impl Columns {
    /// The columns of a kind of which every field's kind is known.
    pub(super) fn of(schema: &EventSchema, names: &mut NameTable<'_>) -> Columns {
        let mut taken = Identifiers::with(common_names());
        let returns = returns(schema);
        let column = |field: &FieldSchema| {
            let kind = field.kind.unwrap_or(Kind::Bytes);
            let domain =
                if kind.is_variable() || kind == Kind::Attribute { None } else { names.domain(&field.display) };
            let shown = taken.claim(&field.name, "arg_");
            let second = match kind {
                Kind::Object => Some(taken.claim(&path_name(&field.name), "arg_")),
                _ if domain.is_some() => Some(taken.claim(&format!("{}_number", field.name), "arg_")),
                _ => None,
            };
            let named = is_address(kind).then(|| AddressColumns {
                stored: quoted(&address_column(&field.name)),
                name: taken.claim(&format!("{}_name", field.name), "arg_"),
                dns_row: taken.claim(&format!("{}_dns_row", field.name), "arg_"),
            });
            Column {
                named,
                stored: quoted(&format!("f_{}", field.name)),
                domain,
                condition: condition(schema, &field.display),
                is_structure: kind == Kind::Bytes && names::structure::is_known(&field.display),
                from_user: field.from_user,
                kind,
                name: field.name.clone(),
                attribute: attribute(schema, &field.display),
                has_path: kind == Kind::Object && has_path(schema, &field.name),
                shown,
                second,
            }
        };
        let fields = schema.fields.iter().skip(usize::from(returns)).map(column).collect();
        let is_net_ns = |field: &FieldSchema| field.name == "net_ns" && field.kind == Some(Kind::U32);
        Columns { fields, returns, has_net_ns: schema.fields.iter().any(is_net_ns), event: schema.name.clone() }
    }

    /// Names of the stored columns: the common ones, `ret` when there is one, the fields.
    pub(super) fn stored(&self) -> Vec<String> {
        let common = STORED.iter().map(|name| (*name).to_owned());
        let ret = self.returns.then(|| "ret".to_owned());
        let fields = self.fields.iter().filter(|field| field.kind != Kind::Attribute);
        let own = |field: &Column| {
            let address = field.named.as_ref().map(|named| named.stored.clone());
            std::iter::once(field.stored.clone()).chain(address)
        };
        common.chain(ret).chain(fields.flat_map(own)).collect()
    }

    /// SELECT for the kind's view over the table `stored`.
    pub(super) fn view(&self, stored: &str, hook: Option<&str>, is_syscall: bool, origin: &Origin) -> String {
        let null = "NULL".to_owned();
        let event = literal(&self.event);
        // Of a call of another table the name is that of its number.
        let compat = self.fields.iter().find_map(|field| {
            let domain = field.domain.filter(Domain::is_compat_calls)?;
            Some(domain.name_sql(&format!("e.{}", field.stored)))
        });
        let from_user: Vec<&str> =
            self.fields.iter().filter(|field| field.from_user).map(|field| field.name.as_str()).collect();
        let filling = Filling {
            event: &event,
            hook: &hook.map_or_else(|| null.clone(), literal),
            syscall: if is_syscall { &event } else { compat.as_ref().unwrap_or(&null) },
            ret: if self.returns { "e.ret" } else { &null },
            args: &self.args(),
            // The stored column is NULL when everything that can be from user memory was there.
            from_user: &if from_user.is_empty() {
                null.clone()
            } else {
                format!("nullif(coalesce(e.from_user,{}),'')", literal(&from_user.join(",")))
            },
        };
        let fields = self
            .fields
            .iter()
            .flat_map(|field| field.shown(self.has_net_ns))
            .map(|(sql, name)| format!("{sql} AS {}", quoted(&name)));
        let columns: Vec<String> = common(&filling, origin).chain(fields).collect();
        format!("SELECT {} FROM {stored} e LEFT JOIN contexts c ON c.id=e.context", columns.join(","))
    }

    /// SELECT for the view of a kind that has no rows.
    pub(super) fn empty_view(&self) -> String {
        let shown = self.fields.iter().flat_map(|field| field.shown(false));
        let fields = shown.map(|(_, name)| format!(",NULL AS {}", quoted(&name)));
        format!("SELECT no_events.*{} FROM no_events", fields.collect::<String>())
    }

    fn args(&self) -> String {
        let pair = |field: &Column| match field.kind {
            Kind::Object => format!("{},{}", literal(&path_name(&field.name)), field.json()),
            _ => format!("{},{}", literal(&field.name), field.json()),
        };
        let shown: Vec<&Column> = self.fields.iter().filter(|field| !field.has_path).collect();
        let objects: Vec<String> = shown
            .chunks(PAIRS)
            .map(|fields| format!("json_object({})", fields.iter().copied().map(pair).collect::<Vec<_>>().join(",")))
            .collect();
        match objects.as_slice() {
            [] => "'{}'".to_owned(),
            [one] => one.clone(),
            // One object out of several: each without its braces, joined.
            objects => {
                let inside = |object: &String| format!("(SELECT substr(j,2,length(j)-2) FROM (SELECT {object} AS j))");
                format!("'{{'||{}||'}}'", objects.iter().map(inside).collect::<Vec<_>>().join("||','||"))
            }
        }
    }
}

impl Column {
    /// Its columns in the kind's view: SQL and name.
    fn shown(&self, has_net_ns: bool) -> impl Iterator<Item = (String, String)> {
        let stored = format!("e.{}", self.stored);
        let first = match self.domain {
            _ if self.kind == Kind::Attribute => self.attribute.clone(),
            Some(_) => self.named(),
            None => stored.clone(),
        };
        let second = self.second.clone().map(|name| {
            let sql = if self.kind == Kind::Object { self.object() } else { stored };
            (sql, name)
        });
        let namespace = if has_net_ns { "e.f_net_ns" } else { "c.net_ns" };
        let named = self.named.iter().flat_map(move |named| {
            let name = (given("name", &named.stored, namespace), named.name.clone());
            [name, (given("dns_row", &named.stored, namespace), named.dns_row.clone())]
        });
        std::iter::once((first, self.shown.clone())).chain(second).chain(named)
    }

    fn named(&self) -> String {
        let stored = format!("e.{}", self.stored);
        match self.domain {
            Some(domain) => {
                let named = format!("coalesce({},{stored})", domain.name_sql(&stored));
                if self.condition.is_empty() { named } else { format!("iif({},{named},{stored})", self.condition) }
            }
            None => stored,
        }
    }

    fn object(&self) -> String {
        format!("(SELECT o.path FROM raw_objects o WHERE o.id=e.{})", self.stored)
    }

    /// The value in `args`.
    fn json(&self) -> String {
        let stored = format!("e.{}", self.stored);
        match self.kind {
            Kind::Object => self.object(),
            Kind::Attribute => self.attribute.clone(),
            Kind::Pointer => format!("printf('0x%x',{stored})"),
            Kind::TextArray | Kind::U64Array | Kind::FdPair | Kind::LossCounts => format!("json({stored})"),
            Kind::Bytes if self.is_structure => {
                format!("iif(typeof({stored})='blob',lower(hex({stored})),json({stored}))")
            }
            Kind::Bytes => format!("iif({stored} IS NULL,NULL,lower(hex({stored})))"),
            _ => self.named(),
        }
    }
}

/// Whether a field of this kind can hold an address of a network.
pub(super) fn is_address(kind: Kind) -> bool {
    matches!(kind, Kind::Sockaddr | Kind::IpAddress)
}

/// Name of the stored column that has the address alone.
pub(super) fn address_column(field: &str) -> String {
    format!("i_{field}")
}

/// SQL of what the last answer of DNS before a row says of an address: in the network namespace, or else in another.
fn given(what: &str, address: &str, namespace: &str) -> String {
    let last = |which: &str| {
        format!(
            "(SELECT n.{what} FROM raw_dns_names n WHERE n.address=e.{address} AND {which}n.row<e.row
                ORDER BY n.row DESC, n.dns_row DESC LIMIT 1)"
        )
    };
    format!("coalesce({},{})", last(&format!("n.net_namespace={namespace} AND ")), last(""))
}

/// SQL of whether the names of a display hint hold in a row of the kind; empty when that depends on nothing.
fn condition(schema: &EventSchema, display: &str) -> String {
    let Some((siblings, values)) = names::condition(display) else { return String::new() };
    let is_there = |name: &&&str| schema.fields.iter().any(|field| field.name == **name);
    let values: Vec<String> = values.iter().map(i64::to_string).collect();
    match siblings.iter().find(is_there) {
        Some(name) => format!("e.{} IN ({})", quoted(&format!("f_{name}")), values.join(",")),
        None => String::new(),
    }
}

/// SQL of an attribute's value, given its display hint; what a capture says of itself is not trusted.
fn attribute(schema: &EventSchema, display: &str) -> String {
    let known = display.split_once('.').filter(|(object, property)| {
        let is_object = |field: &FieldSchema| field.name == *object && field.kind == Some(Kind::Object);
        (*property == "path" || NUMBERS.contains(property)) && schema.fields.iter().any(is_object)
    });
    match known {
        Some((object, property)) => {
            format!("(SELECT o.{property} FROM raw_objects o WHERE o.id=e.{})", quoted(&format!("f_{object}")))
        }
        None => "NULL".to_owned(),
    }
}

fn common<'a>(filling: &'a Filling<'a>, origin: &Origin) -> impl Iterator<Item = String> + use<'a> {
    let offset = format!("({})", origin.offset_ns());
    let (host_id, boot_id) = (literal(&origin.host_id), literal(&origin.boot_id));
    let marks = name_sql(MARKS, &format!("(e.flags&{})", marked()));
    COMMON.iter().map(move |(name, sql)| {
        let sql = match *sql {
            "{event}" => filling.event,
            "{hook}" => filling.hook,
            "{syscall}" => filling.syscall,
            "{ret}" => filling.ret,
            "{args}" => filling.args,
            "{from_user}" => filling.from_user,
            "{host_id}" => &host_id,
            "{boot_id}" => &boot_id,
            "{marks}" => &marks,
            sql => &sql.replace("{offset}", &offset),
        };
        format!("{sql} AS {name}")
    })
}

/// SELECT of the common columns for events of which the kind has no table of its own.
pub(super) fn other_view(origin: &Origin) -> String {
    let filling = Filling {
        event: "e.event",
        hook: "NULL",
        syscall: "e.syscall",
        ret: "e.ret",
        args: "e.args",
        from_user: "e.from_user",
    };
    let columns: Vec<String> = common(&filling, origin).collect();
    format!("SELECT {} FROM raw_other e LEFT JOIN contexts c ON c.id=e.context", columns.join(","))
}

/// SELECT of the common columns that gives no row.
pub(super) fn no_events() -> String {
    let columns: Vec<String> = common_names().map(|name| format!("NULL AS {name}")).collect();
    format!("SELECT {} WHERE 0", columns.join(","))
}
