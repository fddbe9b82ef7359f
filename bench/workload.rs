//! The four workloads: system calls, processes, files, a build.

use std::path::Path;

use anyhow::Result;

/// One workload.
pub(crate) struct Workload {
    /// Letter it is known by.
    pub(crate) name: &'static str,
    /// What it does.
    pub(crate) title: &'static str,
    /// The command.
    pub(crate) command: Vec<String>,
    /// System calls that it makes when that is known beforehand.
    pub(crate) syscalls: Option<f64>,
    /// Bytes per event on disk that are aimed at.
    pub(crate) target_bytes: f64,
}

/// All workloads; what they need is made under `scratch`.
pub(crate) fn all(scratch: &Path) -> Result<Vec<Workload>> {
    let sources = scratch.join("sources");
    write_sources(&sources)?;
    let compile =
        format!("cd '{}' && for file in *.c; do cc -O1 -c $file -o $file.o || exit 1; done", sources.display());
    Ok(vec![
        Workload {
            name: "a",
            title: "dd, single bytes",
            command: dd(),
            syscalls: Some(2_000_000.0),
            target_bytes: 3.0,
        },
        Workload {
            name: "b",
            title: "2000 fork+exec",
            command: shell("i=0; while [ $i -lt 2000 ]; do /bin/true; i=$((i+1)); done"),
            syscalls: None,
            target_bytes: 9.0,
        },
        Workload {
            name: "c",
            title: "tar /usr/share",
            // Errors of single files (some come and go) are none of the benchmark's.
            command: shell("tar cf - /usr/share 2>/dev/null | cat >/dev/null"),
            syscalls: None,
            target_bytes: 12.0,
        },
        Workload { name: "d", title: "cc, 8 files", command: shell(&compile), syscalls: None, target_bytes: 8.0 },
    ])
}

/// A million reads and writes of one byte.
pub(crate) fn dd() -> Vec<String> {
    ["dd", "if=/dev/zero", "of=/dev/null", "bs=1", "count=1000000", "status=none"].map(str::to_owned).to_vec()
}

/// A shell script as a command.
pub(crate) fn shell(script: &str) -> Vec<String> {
    ["sh", "-c", script].map(str::to_owned).to_vec()
}

/// Eight C files of some functions each, which include what most programs do.
fn write_sources(folder: &Path) -> Result<()> {
    std::fs::create_dir_all(folder)?;
    for file in 0..8 {
        let mut text = String::from(
            "#include <stdio.h>\n#include <stdlib.h>\n#include <string.h>\n#include <unistd.h>\n#include <sys/socket.h>\n",
        );
        for function in 0..100 {
            text += &format!(
                "int f{file}_{function}(int n, char *s) {{ char b[64]; snprintf(b, sizeof b, \"%d %s\", n, s); \
                 for (int i = 0; i < n; i++) n += strlen(b) * i ^ b[i % 60]; return n + atoi(b); }}\n"
            );
        }
        std::fs::write(folder.join(format!("part{file}.c")), text)?;
    }
    Ok(())
}
