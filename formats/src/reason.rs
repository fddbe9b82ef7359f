//! Numbers that frames carry and people read as words: why frames are missing, why recording ended, what a marker is for.

/// Declares an enum of numbers with their words.
macro_rules! words {
    ($(#[$doc:meta])* $name:ident: $number:ty { $($(#[$variant_doc:meta])* $variant:ident = $value:literal, $word:literal;)* }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum $name {
            $($(#[$variant_doc])* $variant = $value,)*
        }

        impl $name {
            /// Every value, by number.
            pub const ALL: &'static [$name] = &[$($name::$variant),*];

            /// The value with this number, if this build knows it.
            pub const fn from_number(number: $number) -> Option<$name> {
                match number {
                    $($value => Some($name::$variant),)*
                    _ => None,
                }
            }

            /// The number in frames.
            pub const fn number(self) -> $number {
                self as $number
            }

            /// The words for people.
            pub const fn words(self) -> &'static str {
                match self {
                    $($name::$variant => $word,)*
                }
            }
        }
    };
}

pub(crate) use words;

words! {
    /// Why frames are missing (`loss.reason`).
    LossReason: u16 {
        /// The ring buffer was full.
        NoRoom = 1, "no room in the ring";
        /// The memory that the frame was to hold could not be read.
        ReadFault = 2, "read fault";
        /// The kernel side's own storage (task storage, hash maps) was full.
        Storage = 3, "storage";
        /// The kernel did not run the program because it was running already on this CPU.
        RecursionGuard = 4, "recursion guard";
        /// The disk was full or failed.
        Disk = 5, "disk";
        /// A limit that was asked for.
        Limit = 6, "limit";
        /// Not known.
        Unknown = 7, "unknown";
    }
}

words! {
    /// Why recording ended (`recording_stopped.reason`).
    StopReason: u32 {
        /// The recorded command ended.
        CommandEnded = 1, "command ended";
        /// A signal asked for it.
        Signal = 2, "signal";
        /// The time asked for was over.
        Duration = 3, "duration";
        /// The disk was full.
        DiskFull = 4, "disk full";
        /// Something failed.
        Error = 5, "error";
        /// Somebody asked for it by the control socket.
        Request = 6, "request";
    }
}

words! {
    /// What a marker is for (`marker.purpose`).
    MarkerPurpose: u32 {
        /// Everything before is there: a live view may show it.
        Watermark = 1, "watermark";
        /// A segment ends here.
        SegmentCut = 2, "segment cut";
        /// The capture ends here.
        End = 3, "end of the capture";
    }
}
