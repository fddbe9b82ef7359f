//! Columns: what a row of each event kind is stored as, and how the views show the columns that are declared.

use formats::event::Kind;
use formats::schema::{EventSchema, FieldSchema};

use super::FIRST_CAPTURE;
use super::identifiers::{literal, quoted};
use super::naming::{Domain, ERRORS, MARKS, NameTable, marked, name_sql};
use crate::arguments::{has_path, path_name};
use crate::event_key::{CPU_SHIFT, RECORDER, SEQUENCE_BITS};
use crate::names;
use crate::origin::Origin;
use crate::row::returns;
use crate::tables::{COMMON, KindColumn, KindEntry, Shows, attribute, condition, hint, is_address, is_net_ns};

/// Columns that every stored row begins with.
pub(super) const STORED: &[&str] =
    &["event_key", "boot_ns", "context", "tid", "comm", "command_line", "flags", "policies", "truncated", "from_user"];

/// Most pairs for one call of `json_object`: SQLite takes 127 arguments.
const PAIRS: usize = 60;

/// What of the common columns depends on the kind, as SQL.
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
    /// Of an address of a network: the column that has it alone, quoted.
    address: Option<String>,
}

/// The columns of one kind.
pub(super) struct Columns {
    pub(super) fields: Vec<Column>,
    pub(super) returns: bool,
    /// Whether a field says in which network namespace it was.
    has_net_ns: bool,
    event: String,
    shown: Vec<KindColumn>,
}

impl Columns {
    /// The columns of a kind.
    pub(super) fn of(kind: &KindEntry, names: &mut NameTable<'_>) -> Columns {
        let schema = &kind.schema;
        let returns = returns(schema);
        let column = |field: &FieldSchema| {
            let kind = field.kind.unwrap_or(Kind::Bytes);
            Column {
                stored: quoted(&format!("f_{}", field.name)),
                domain: hint(schema, field).and_then(|hint| names.domain(hint)),
                condition: condition_sql(schema, &field.display),
                is_structure: kind == Kind::Bytes && names::structure::is_known(&field.display),
                from_user: field.from_user,
                kind,
                name: field.name.clone(),
                attribute: attribute_sql(schema, &field.display),
                has_path: kind == Kind::Object && has_path(schema, &field.name),
                address: is_address(kind).then(|| quoted(&address_column(&field.name))),
            }
        };
        Columns {
            fields: schema.fields.iter().skip(usize::from(returns)).map(column).collect(),
            returns,
            has_net_ns: schema.fields.iter().any(is_net_ns),
            event: schema.name.clone(),
            shown: kind.columns.clone(),
        }
    }

    /// Names of the stored columns: the common ones, `ret` when there is one, the fields.
    pub(super) fn stored(&self) -> Vec<String> {
        let common = STORED.iter().map(|name| (*name).to_owned());
        let ret = self.returns.then(|| "ret".to_owned());
        let fields = self.fields.iter().filter(|field| field.kind != Kind::Attribute);
        let own = |field: &Column| std::iter::once(field.stored.clone()).chain(field.address.clone());
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
            syscall: if is_syscall { &event } else { compat.as_ref().filter(|_| self.returns).unwrap_or(&null) },
            ret: if self.returns { "e.ret" } else { &null },
            args: &self.args(),
            // The stored column is NULL when everything that can be from user memory was there.
            from_user: &if from_user.is_empty() {
                null.clone()
            } else {
                format!("nullif(coalesce(e.from_user,{}),'')", literal(&from_user.join(",")))
            },
        };
        let ts_ns = ts_ns(origin);
        let fields = self.shown.iter().map(|column| {
            let sql = self
                .field(column)
                .map_or_else(|| null.clone(), |field| field.shown(column.shows, self.has_net_ns, &ts_ns));
            format!("{sql} AS {}", quoted(&column.name))
        });
        let columns: Vec<String> = common(&filling, origin).chain(fields).collect();
        format!("SELECT {} FROM {stored} e LEFT JOIN contexts c ON c.id=e.context", columns.join(","))
    }

    /// The field that a column is of.
    fn field(&self, column: &KindColumn) -> Option<&Column> {
        self.fields.get(column.field.checked_sub(usize::from(self.returns))?)
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
    /// What a column of the kind's view shows of it.
    fn shown(&self, shows: Shows, has_net_ns: bool, ts_ns: &str) -> String {
        let number = if self.kind == Kind::Attribute { self.attribute.clone() } else { format!("e.{}", self.stored) };
        let given = |what| {
            let namespace = if has_net_ns { "e.f_net_ns" } else { "c.net_ns" };
            self.address.as_ref().map_or_else(|| "NULL".to_owned(), |address| given(what, address, namespace, ts_ns))
        };
        match shows {
            Shows::Value if self.is_structure => {
                format!("CASE WHEN typeof({number})='blob' THEN lower(hex({number})) ELSE {number} END")
            }
            Shows::Value | Shows::Number => number,
            Shows::Name => self.named(&number, &format!("CAST({number} AS TEXT)")),
            Shows::Path => self.object(),
            Shows::GivenName => given("name"),
            Shows::GivenKey => given("dns_key"),
        }
    }

    /// The name of a number, or else `other`.
    fn named(&self, number: &str, other: &str) -> String {
        match self.domain {
            Some(domain) => {
                let named = format!("coalesce({},{other})", domain.name_sql(number));
                if self.condition.is_empty() { named } else { format!("iif({},{named},{other})", self.condition) }
            }
            None => other.to_owned(),
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
            _ => self.named(&stored, &stored),
        }
    }
}

/// Name of the stored column that has the address alone.
pub(super) fn address_column(field: &str) -> String {
    format!("i_{field}")
}

/// SQL of what the last answer of DNS before a row says of an address: in the network namespace, or else in another.
fn given(what: &str, address: &str, namespace: &str, ts_ns: &str) -> String {
    let last = |which: &str| {
        format!(
            "(SELECT n.{what} FROM raw_dns_names n WHERE n.address=e.{address} AND {which}
                (n.from_ns,n.event_key)<({ts_ns},e.event_key)
                ORDER BY n.from_ns DESC, n.event_key DESC, n.dns_key DESC LIMIT 1)"
        )
    };
    format!("coalesce({},{})", last(&format!("n.net_namespace={namespace} AND ")), last(""))
}

/// SQL of whether the names of a display hint hold in a row of the kind; empty when that depends on nothing.
fn condition_sql(schema: &EventSchema, display: &str) -> String {
    let Some((sibling, values)) = condition(schema, display) else { return String::new() };
    let Some(sibling) = schema.fields.get(sibling) else { return String::new() };
    let values: Vec<String> = values.iter().map(i64::to_string).collect();
    format!("e.{} IN ({})", quoted(&format!("f_{}", sibling.name)), values.join(","))
}

/// SQL of an attribute's value, given its display hint.
fn attribute_sql(schema: &EventSchema, display: &str) -> String {
    let object = attribute(schema, display).and_then(|(object, property)| Some((schema.fields.get(object)?, property)));
    match object {
        Some((object, property)) => {
            let stored = quoted(&format!("f_{}", object.name));
            format!("(SELECT o.{property} FROM raw_objects o WHERE o.id=e.{stored})")
        }
        None => "NULL".to_owned(),
    }
}

/// SQL of the common columns, with their names. `e` is the event's stored row, `c` its context.
fn common<'a>(filling: &'a Filling<'a>, origin: &Origin) -> impl Iterator<Item = String> + use<'a> {
    let ts_ns = ts_ns(origin);
    let (host_id, boot_id) = (literal(&origin.host_id), literal(&origin.boot_id));
    COMMON.iter().map(move |column| {
        let sql = match column.name {
            "ts" => format!("printf('%s.%06d',datetime(({ts_ns})/1000000000,'unixepoch'),({ts_ns})/1000%1000000)"),
            "ts_ns" => ts_ns.clone(),
            "capture" => FIRST_CAPTURE.to_string(),
            "cpu" => format!("nullif(e.event_key>>{CPU_SHIFT},{RECORDER})"),
            "seq" => format!("e.event_key&{}", (1u64 << SEQUENCE_BITS) - 1),
            "event" => filling.event.to_owned(),
            "hook" => filling.hook.to_owned(),
            "syscall" => filling.syscall.to_owned(),
            "ret" => filling.ret.to_owned(),
            "error" => error(filling.ret),
            "args" => filling.args.to_owned(),
            "from_user" => filling.from_user.to_owned(),
            "host_id" => host_id.clone(),
            "boot_id" => boot_id.clone(),
            "host_tid" => "coalesce(e.tid,c.host_tid)".to_owned(),
            name @ ("comm" | "command_line") => format!("coalesce(e.{name},c.{name})"),
            "unfinished" => "(e.flags&2)/2".to_owned(),
            "late" => "(e.flags&32)/32".to_owned(),
            "marks" => name_sql(MARKS, &format!("(e.flags&{})", marked())),
            name @ ("boot_ns" | "event_key" | "truncated" | "policies") => format!("e.{name}"),
            name => format!("c.{name}"),
        };
        format!("{sql} AS {}", column.name)
    })
}

/// SQL of a row's time, UTC nanoseconds.
fn ts_ns(origin: &Origin) -> String {
    format!("e.boot_ns+({})", origin.offset_ns())
}

/// SQL for the name of the error in `ret`, which may be NULL.
fn error(ret: &str) -> String {
    if ret == "NULL" {
        return ret.to_owned();
    }
    let name = name_sql(ERRORS, &format!("-{ret}"));
    format!("CASE WHEN {ret} BETWEEN -4095 AND -1 THEN coalesce({name},CAST(-{ret} AS TEXT)) END")
}

/// SELECT of the common columns for events of which the kind has no table of its own.
pub(super) fn other_view(origin: &Origin) -> String {
    let filling = Filling {
        event: "e.event",
        hook: "e.hook",
        syscall: "e.syscall",
        ret: "e.ret",
        args: "e.args",
        from_user: "e.from_user",
    };
    let columns: Vec<String> = common(&filling, origin).collect();
    format!("SELECT {} FROM raw_other e LEFT JOIN contexts c ON c.id=e.context", columns.join(","))
}
