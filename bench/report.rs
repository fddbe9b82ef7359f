//! The table, with the targets that it is to be read against.

use serde_json::Value;

/// Prints everything that was measured.
pub(crate) fn print(results: &Value) {
    let machine = &results["machine"];
    println!("{} CPUs, {}, Linux {}", machine["cpus"], text(&machine["cpu"]), text(&machine["kernel"]));
    println!(
        "\nCPU time of the workload in seconds, added microseconds per event, events per second, bytes per event on disk.\n"
    );
    println!(
        "{:<20}{:>8}{:>8}{:>9}{:>8}{:>8}{:>9}{:>11}{:>10}{:>7}{:>8}{:>12}{:>7}{:>9}",
        "workload",
        "alone",
        "floor",
        "recorded",
        "+floor",
        "+rec",
        "recorder",
        "events",
        "events/s",
        "lost",
        "bytes",
        "replay/s",
        "load",
        "RSS MiB"
    );
    for row in results["workloads"].as_array().into_iter().flatten() {
        println!(
            "{:<20}{:>8}{:>8}{:>9}{:>8}{:>8}{:>9}{:>11}{:>10}{:>7}{:>8}{:>12}{:>7}{:>9}",
            format!("{} {}", text(&row["name"]), text(&row["title"])),
            decimals(&row["alone_cpu_s"], 3),
            decimals(&row["floor_cpu_s"], 3),
            decimals(&row["recorded_cpu_s"], 3),
            decimals(&row["floor_us_per_event"], 3),
            decimals(&row["recorded_us_per_event"], 3),
            decimals(&row["recorder_us_per_event"], 3),
            decimals(&row["events"], 0),
            decimals(&row["events_per_s"], 0),
            decimals(&row["lost_worst"], 0),
            decimals(&row["bytes_per_event"], 2),
            decimals(&row["replay_rows_per_s"], 0),
            decimals(&row["load_s"], 2),
            decimals(&row["peak_rss_mib"], 0),
        );
    }
    println!("\ntargets: +rec 0.45 on (a); recorder 0.25; lost 0; bytes 3 / 9 / 12 / 8; replay 500000; load 2; RSS 64");
    let outside = &results["outside"];
    if outside.is_object() {
        println!(
            "\noutside the scope:  alone {} s, floor {} s, recording default {} s: {} times the floor (target 1.1), all: {}",
            decimals(&outside["alone_cpu_s"], 3),
            decimals(&outside["floor_cpu_s"], 3),
            decimals(&outside["recording_cpu_s"], 3),
            decimals(&outside["times_floor"], 2),
            decimals(&outside["all_times_floor"], 2)
        );
    }
    for scope in results["scopes"].as_array().into_iter().flatten() {
        println!(
            "scope {:<16} inside +{:>6} us per call, outside +{:>6}",
            text(&scope["scope"]),
            decimals(&scope["inside_us_per_call"], 3),
            decimals(&scope["outside_us_per_call"], 3),
        );
    }
    let everything = &results["everything"];
    if everything.is_object() {
        println!("everything attached: {} s to load and attach (target 3)", decimals(&everything["load_s"], 2));
    }
    for family in results["families"].as_array().into_iter().flatten() {
        println!(
            "family {:<16} {:>8} us per row, recorder {:>7}, {:>7} bytes, {:>8} rows, {} lost",
            text(&family["family"]),
            decimals(&family["us_per_row"], 3),
            decimals(&family["recorder_us_per_row"], 3),
            decimals(&family["bytes_per_row"], 1),
            decimals(&family["rows"], 0),
            decimals(&family["lost"], 0)
        );
    }
    let two = &results["two_dd"];
    if two.is_object() {
        let percent = two["lost_share"].as_f64().unwrap_or(f64::NAN) * 100.0;
        println!(
            "two dd at once:     {percent:.2} % lost of {} events/s (target 1 %), rows and losses add up: {}",
            decimals(&two["events_per_s"], 0),
            two["loss_exact"]
        );
    }
    let artifacts = &results["artifacts"];
    for row in artifacts["execs"].as_array().into_iter().flatten() {
        let kept = &row["kept"];
        println!(
            "exec, {:<18} +{:>8} us each, recorder {:>7}, elapsed +{:>8}; {} of {} whole, {} held for {} us, {} at the longest",
            text(&row["variant"]),
            decimals(&row["us_per_exec"], 1),
            decimals(&row["recorder_us_per_exec"], 1),
            decimals(&row["elapsed_us_per_exec"], 1),
            decimals(&kept["whole"], 0),
            decimals(&kept["rows"], 0),
            decimals(&kept["held"], 0),
            decimals(&kept["held_mean_us"], 0),
            decimals(&kept["held_longest_us"], 0)
        );
    }
    for row in artifacts["writes"].as_array().into_iter().flatten() {
        println!(
            "write, {:<17} +{:>8} us per MiB, recorder {:>7}, {:>6} MiB/s, {:>8} bytes per MiB, {} missing, {} lost",
            text(&row["variant"]),
            decimals(&row["us_per_mib"], 1),
            decimals(&row["recorder_us_per_mib"], 1),
            decimals(&row["mib_per_s"], 0),
            decimals(&row["bytes_per_mib"], 0),
            decimals(&row["missing_bytes"], 0),
            decimals(&row["lost"], 0)
        );
    }
    for row in results["packets"].as_array().into_iter().flatten() {
        println!(
            "packets, {:<15} +{:>6} us each ({} alone), recorder {:>6}; {:>8} a second, {:>8} a second of a core; {:.2} % of {} lost",
            text(&row["variant"]),
            decimals(&row["added_us_per_packet"], 3),
            decimals(&row["alone_us_per_packet"], 3),
            decimals(&row["beside_us_per_packet"], 3),
            decimals(&row["packets_per_s"], 0),
            decimals(&row["packets_per_s_of_core"], 0),
            row["lost_share"].as_f64().unwrap_or(f64::NAN) * 100.0,
            decimals(&row["rows"], 0)
        );
    }
    let keyframe = &results["keyframe"];
    if keyframe.is_object() {
        println!(
            "keyframe:           {} tasks of {} descriptors in {} s, {} bytes a segment",
            keyframe["tasks"],
            keyframe["descriptors"],
            decimals(&keyframe["keyframe_s"], 3),
            decimals(&keyframe["bytes_per_segment"], 0)
        );
    }
    questions(&results["query"], "questions to");
    questions(&results["detection"], "signatures over");
    let verifier = results["workloads"][0]["verifier"].as_object();
    if let Some(programs) = verifier {
        println!("verifier instructions:");
        for (name, count) in programs {
            println!("  {name:<32}{count:>10}");
        }
    }
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or("")
}

/// A number with so many decimals; a dash when it was not measured.
fn decimals(value: &Value, places: usize) -> String {
    value.as_f64().map_or_else(|| "-".to_owned(), |number| format!("{number:.places$}"))
}

/// Prints what took how long of a capture.
fn questions(results: &Value, what: &str) {
    if results.is_object() {
        println!("\n{what} a capture of {} events:", decimals(&results["events"], 0));
        println!(
            "  {:<26}{:<22}{:>9}{:>9}{:>8}{:>13}{:>13}{:>9}  target",
            "", "", "wall s", "CPU s", "times", "events/s", "of a core", "peak MiB"
        );
    }
    for row in results["runs"].as_array().into_iter().flatten() {
        println!(
            "  {:<26}{:<22}{:>9}{:>9}{:>8}{:>13}{:>13}{:>9}  {}",
            text(&row["what"]),
            text(&row["engine"]),
            decimals(&row["wall_s"], 3),
            decimals(&row["cpu_s"], 3),
            decimals(&row["times"], 1),
            decimals(&row["events_per_s"], 0),
            decimals(&row["events_per_s_of_core"], 0),
            decimals(&row["peak_mib"], 0),
            text(&row["target"])
        );
    }
}
