//! What libbpf says while it works: kept, so that it can be asked which program the kernel refused.

use std::sync::Mutex;

static FAILED: Mutex<Option<String>> = Mutex::new(None);

/// Takes libbpf's messages off stderr; what matters comes back as an error. `TRACEE_DEBUG_LIBBPF` shows them.
pub(crate) fn listen() {
    libbpf_rs::set_print(Some((libbpf_rs::PrintLevel::Debug, note)));
}

fn note(_: libbpf_rs::PrintLevel, text: String) {
    if std::env::var_os("TRACEE_DEBUG_LIBBPF").is_some() {
        eprint!("{text}");
    }
    if let Some(program) = refused_program(&text)
        && let Ok(mut failed) = FAILED.lock()
    {
        *failed = Some(program.to_owned());
    }
}

/// The program that loading failed at since this was last asked.
pub(crate) fn failed_program() -> Option<String> {
    FAILED.lock().ok()?.take()
}

/// `libbpf: prog 'NAME': failed to load: -13`
fn refused_program(text: &str) -> Option<&str> {
    let (name, rest) = text.strip_prefix("libbpf: prog '")?.split_once('\'')?;
    rest.contains("failed to load").then_some(name)
}

#[cfg(test)]
mod tests {
    use super::refused_program;

    #[test]
    fn the_refused_program_is_named() {
        assert_eq!(refused_program("libbpf: prog 'a__lsm': failed to load: -13\n"), Some("a__lsm"));
        assert_eq!(refused_program("libbpf: prog 'a__lsm': relo #1: ...\n"), None);
        assert_eq!(refused_program("libbpf: failed to load object 'tracee'\n"), None);
    }
}
