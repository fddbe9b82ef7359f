//! Architectures of recorded hosts: what a capture holds is the same on each, numbers of system calls and some constants of
//! the kernel's interface are not.

/// An architecture that tracee records on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Arch {
    /// x86_64, with programs of i386 and x32.
    #[default]
    X86_64,
    /// aarch64, with programs of 32-bit Arm.
    Aarch64,
}

impl Arch {
    /// Every one.
    pub const ALL: [Arch; 2] = [Arch::X86_64, Arch::Aarch64];

    /// The one that this program was built for, or x86_64 when it was built for another.
    pub const THIS: Arch = if cfg!(target_arch = "aarch64") { Arch::Aarch64 } else { Arch::X86_64 };

    /// Its name, as uname(2) gives it in `machine`.
    pub const fn name(self) -> &'static str {
        match self {
            Arch::X86_64 => "x86_64",
            Arch::Aarch64 => "aarch64",
        }
    }

    /// The one that uname(2) means; a recorder with the personality of a 32-bit program is told that program's.
    pub fn from_machine(machine: &str) -> Option<Arch> {
        match machine {
            "x86_64" | "i386" | "i486" | "i586" | "i686" => Some(Arch::X86_64),
            "aarch64" | "armv7l" | "armv8l" => Some(Arch::Aarch64),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Arch;

    #[test]
    fn every_architecture_is_known_by_its_name() {
        for arch in Arch::ALL {
            assert_eq!(Arch::from_machine(arch.name()), Some(arch));
        }
        assert_eq!(Arch::from_machine("i686"), Some(Arch::X86_64));
        assert_eq!(Arch::from_machine("riscv64"), None);
    }
}
