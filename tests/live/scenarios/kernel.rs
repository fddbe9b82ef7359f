//! The kernel: what changes it or looks into it.

use serde_json::{Value, json};

use super::{Checked, Needs, Scenario, Seen};

const fn scenario(
    event: &'static str,
    run: &'static str,
    near: &'static [&'static str],
    needs: Needs,
    check: fn(&Seen),
) -> Scenario {
    Scenario { event, run, near, needs, check }
}

use Needs::{Tracepoints, Upper};

pub(super) const SCENARIOS: &[Scenario] = &[
    scenario("security_bpf", "bpf_command", &["bpf_command_near"], Tracepoints, bpf_command),
    scenario("security_bpf_map", "bpf_map_made", &["bpf_map_made_near"], Tracepoints, bpf_map),
    scenario("security_bpf_prog", "bpf_program", &["bpf_program_near"], Tracepoints, bpf_program),
    scenario("bpf_attach", "bpf_attach_tracepoint", &["bpf_attach_near"], Tracepoints, bpf_attach_tracepoint),
    scenario("bpf_attach", "bpf_attach_perf", &[], Tracepoints, bpf_attach_perf),
    scenario("bpf_attach", "bpf_attach_cgroup", &[], Tracepoints, bpf_attach_cgroup),
    scenario("bpf_attach", "bpf_attach_kprobe", &[], Upper, bpf_attach_kprobe),
    scenario("kprobe_attach", "kprobe_set", &["kprobe_set_near"], Upper, kprobe_attach),
    scenario("kallsyms_lookup_name", "kprobe_set", &["usermode_helper_near"], Upper, kallsyms_lookup_name),
    scenario("call_usermodehelper", "usermode_helper", &["usermode_helper_near"], Upper, call_usermodehelper),
    scenario("proc_create", "proc_file", &["proc_file_near"], Upper, proc_create),
    scenario("module_load", "module_loaded", &["module_loaded_near"], Upper, module_load),
    scenario("module_load", "module_from_memory", &[], Upper, module_load_from_memory),
    scenario("module_free", "module_loaded", &["module_loaded_near"], Upper, module_named),
    scenario("do_init_module", "module_loaded", &["module_loaded_near"], Upper, module_named),
    scenario("security_kernel_read_file", "module_loaded", &["module_from_memory"], Upper, kernel_read_file),
    scenario("security_kernel_post_read_file", "module_loaded", &["module_from_memory"], Upper, kernel_post_read_file),
    scenario("register_chrdev", "module_loaded", &["module_loaded_near"], Upper, register_chrdev),
    scenario("device_add", "block_device", &["module_loaded_near"], Upper, device_add),
    scenario("debugfs_create_dir", "block_device", &["module_loaded_near"], Upper, debugfs_create_dir),
    scenario("debugfs_create_file", "block_device", &["module_loaded_near"], Upper, debugfs_create_file),
    scenario("security_settime64", "time_set_to_nothing", &["time_set_near"], Tracepoints, settime_nothing),
    scenario("security_settime64", "time_set", &[], Upper, settime),
    scenario("security_task_setrlimit", "limit_set", &["limit_set_near"], Tracepoints, setrlimit),
    scenario("security_task_prctl", "prctl_done", &["prctl_near"], Tracepoints, prctl),
];

fn bpf_command(seen: &Seen) {
    seen.only().is("cmd", "BPF_MAP_CREATE").from_user("");
}

fn bpf_map(seen: &Seen) {
    assert_eq!(seen.len(), 2);
    for index in 0..2 {
        seen.row(index).is_fact("map_id", "id").is("map_name", "scene_map").from_user("");
    }
}

/// The helpers that the scenarios' program calls; known where the verifier can be watched.
fn helpers(seen: &Seen) -> Value {
    if seen.best && crate::machine::has_upper_hooks() { json!("[5,8]") } else { Value::Null }
}

fn is_list(row: &Checked<'_>, column: &str, expected: &Value) {
    row.fits(column, |value| match (value, expected) {
        (Value::Array(_), Value::String(text)) => value.to_string().as_str() == text.as_str(),
        _ => value == expected,
    });
}

fn bpf_program(seen: &Seen) {
    assert_eq!(seen.len(), 2);
    for index in 0..2 {
        let row = seen.row(index);
        row.is("type", "BPF_PROG_TYPE_SOCKET_FILTER")
            .is("name", "scene_program")
            .is_fact("id", "prog_id")
            .is("load", 1 - index as i64)
            .is_fact("maps", "prog_maps")
            .is_fact("tag", "prog_tag")
            .from_user("");
        is_list(&row, "helpers", &helpers(seen));
    }
}

/// What every attached program of the scenarios has in common.
fn attached<'a>(seen: &'a Seen, program: &str, expected: &str) -> Checked<'a> {
    let row = seen.only();
    row.is("prog_type", program)
        .is("prog_name", "scene_program")
        .is_fact("prog_id", "prog_id")
        .is("expected_attach_type", expected)
        .from_user("");
    is_list(&row, "prog_helpers", &helpers(seen));
    row
}

fn bpf_attach_tracepoint(seen: &Seen) {
    attached(seen, "BPF_PROG_TYPE_RAW_TRACEPOINT", "BPF_CGROUP_INET_INGRESS")
        .is("symbol_name", "cgroup_rename")
        .is("symbol_addr", 0)
        .is("attach_type", "raw_tracepoint")
        .is_fact("link_id", "link_id");
}

fn bpf_attach_perf(seen: &Seen) {
    attached(seen, "BPF_PROG_TYPE_PERF_EVENT", "BPF_CGROUP_INET_INGRESS")
        .is("symbol_name", "software")
        .is("symbol_addr", 0)
        .is("attach_type", "perf_event")
        .is("link_id", 0);
}

fn bpf_attach_cgroup(seen: &Seen) {
    attached(seen, "BPF_PROG_TYPE_CGROUP_SKB", "BPF_CGROUP_INET_INGRESS")
        .null("symbol_name")
        .is("symbol_addr", 0)
        .is("attach_type", "cgroup")
        .is("link_id", 0);
}

fn bpf_attach_kprobe(seen: &Seen) {
    attached(seen, "BPF_PROG_TYPE_KPROBE", "BPF_CGROUP_INET_INGRESS")
        .is("symbol_name", "do_sys_settimeofday64")
        .is_fact("symbol_addr", "addr")
        .is("attach_type", "kprobe")
        .is_fact("link_id", "link_id");
}

fn kprobe_attach(seen: &Seen) {
    seen.only()
        .is("symbol_name", "do_sys_settimeofday64")
        .is_fact("pre_handler_addr", "dispatcher")
        .is("post_handler_addr", 0)
        .is_fact("addr", "addr")
        .from_user("");
}

fn kallsyms_lookup_name(seen: &Seen) {
    seen.find(|row| row["symbol_name"] == "do_sys_settimeofday64")
        .is("symbol_name", "do_sys_settimeofday64")
        .is_fact("symbol_address", "addr")
        .from_user("");
}

fn call_usermodehelper(seen: &Seen) {
    // The kernel asks for the family and then for the type within it, each a module.
    let row = seen.find(|row| row["argv"].as_str().is_some_and(|argv| argv.contains("net-pf-4\"")));
    let arguments = format!(r#"["{}","-q","--","net-pf-4"]"#, seen.fact("path"));
    let environment = r#"["HOME=/","TERM=linux","PATH=/sbin:/usr/sbin:/bin:/usr/bin"]"#;
    row.is_fact("pathname", "path").is("wait", "UMH_WAIT_PROC|UMH_KILLABLE").from_user("");
    is_list(&row, "argv", &json!(arguments));
    is_list(&row, "envp", &json!(environment));
}

fn proc_create(seen: &Seen) {
    let operations = seen.number("operations");
    seen.find(|row| row["name"] == "rt_cache" && row["proc_ops_addr"] == operations)
        .is("name", "rt_cache")
        .is("proc_ops_addr", operations)
        .from_user("");
}

fn module_named(seen: &Seen) {
    // Of a module with a version and a digest of its source, see `rootkit`.
    let source = Some(seen.fact("src_version")).filter(|source| !source.is_empty());
    seen.only().is("name", "msr").null("version").is("src_version", source).from_user("");
}

fn module_load(seen: &Seen) {
    module_named(seen);
    seen.only()
        .is("pathname", "/usr/lib/modules/msr.ko")
        .is_fact("dev", "module.dev")
        .is_fact("inode", "module.inode")
        .is_fact("ctime", "module.ctime");
}

fn module_load_from_memory(seen: &Seen) {
    module_named(seen);
    seen.only().null("pathname").null("dev").null("inode").null("ctime");
}

fn kernel_read_file(seen: &Seen) {
    seen.only()
        .is("pathname", "/usr/lib/modules/msr.ko")
        .is_fact("dev", "module.dev")
        .is_fact("inode", "module.inode")
        .is("type", "READING_MODULE")
        .is_fact("ctime", "module.ctime")
        .from_user("");
}

fn kernel_post_read_file(seen: &Seen) {
    seen.only()
        .is("pathname", "/usr/lib/modules/msr.ko")
        .is_fact("size", "size")
        .is("type", "READING_MODULE")
        .from_user("");
}

fn register_chrdev(seen: &Seen) {
    seen.only()
        .is("requested_major_number", 202)
        .is("granted_major_number", 202)
        .is("char_device_name", "cpu/msr")
        .is_fact("char_device_fops", "operations_now")
        .from_user("");
}

fn device_add(seen: &Seen) {
    seen.find(|row| row["name"] == "loop0").is("name", "loop0").null("parent_name");
    seen.find(|row| row["name"] == "loop0p1").is("parent_name", "loop0").from_user("");
}

fn debugfs_create_dir(seen: &Seen) {
    seen.find(|row| row["name"] == "loop0").is("name", "loop0").is("path", "/block").from_user("");
}

fn debugfs_create_file(seen: &Seen) {
    seen.find(|row| row["file_name"] == "state" && row["path"] == "/block/loop0")
        .is("file_name", "state")
        .is("path", "/block/loop0")
        .is("mode", "0600")
        .is_fact("proc_ops_addr", "operations")
        .from_user("");
}

/// What replay reads from the call is the program's word.
const TIME: &str = "tv_sec,tv_nsec,tz_minuteswest,tz_dsttime";

fn settime_nothing(seen: &Seen) {
    seen.only()
        .is("tv_sec", 0)
        .is("tv_nsec", 0)
        .is("tz_minuteswest", 0)
        .is("tz_dsttime", 0)
        .is("given", "0")
        .from_user(if seen.upper { "" } else { TIME });
}

fn settime(seen: &Seen) {
    assert_eq!(seen.len(), 2);
    seen.row(0)
        .is_fact("tv_sec", "sec")
        .is_fact("tv_nsec", "nsec")
        .is("tz_minuteswest", 0)
        .is("tz_dsttime", 0)
        .is("given", "time");
    seen.row(1)
        .is_fact("tv_sec", "tv_sec")
        .is_fact("tv_nsec", "tv_nsec")
        .is("tz_minuteswest", 90)
        .is("tz_dsttime", 1)
        .is("given", "time|zone")
        .from_user("");
}

fn setrlimit(seen: &Seen) {
    assert_eq!(seen.len(), 2);
    let user = if seen.upper { "" } else { "new_rlim_cur,new_rlim_max" };
    let own = seen.row(0);
    let host_pid = own.get("host_pid").clone();
    own.is("target_host_pid", host_pid)
        .is("resource", "RLIMIT_CORE")
        .is("new_rlim_cur", 1000)
        .is("new_rlim_max", "RLIM_INFINITY")
        .from_user(user);
    let child = seen.row(1);
    // Replay knows other processes by the caller's numbers alone.
    let is_nested = child.get("host_pid") != child.get("pid");
    if is_nested && !seen.upper {
        child.is("target_host_pid", 0);
    } else if !is_nested {
        child.is_fact("target_host_pid", "child");
    }
    child.is("resource", "RLIMIT_NOFILE").is("new_rlim_cur", 17).is("new_rlim_max", 18).from_user(user);
}

fn prctl(seen: &Seen) {
    assert_eq!(seen.len(), 2);
    seen.row(0)
        .is("option", "PR_SET_TIMERSLACK")
        .is("arg2", 60001)
        .is("arg3", -1)
        .is("arg4", 4)
        .is("arg5", 5)
        .from_user("");
    seen.row(1).is("option", "PR_GET_TIMERSLACK");
}
