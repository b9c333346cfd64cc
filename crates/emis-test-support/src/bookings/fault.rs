//! The faults of calls.

/// A fault of a write.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum WriteFault {
    /// No connection could be made: provably not sent.
    Unreachable,
    /// The connection breaks; EMIS did nothing.
    LostBefore,
    /// The connection breaks; EMIS did it.
    LostAfter,
    /// An error status; EMIS did nothing.
    StatusBefore(u16),
    /// An error status; EMIS did it.
    StatusAfter(u16),
    /// An answer of 200 that is not the documented one; EMIS did nothing.
    FalseBefore(usize),
    /// An answer of 200 that is not the documented one; EMIS did it.
    FalseAfter(usize),
    /// The true answer under another status.
    TrueUnder(u16),
    /// EMIS does it later by so many seconds, and answers at once: an error status, or nothing.
    Late(u32, Option<u16>),
    /// A machine in between sends it twice; the second answer arrives.
    DoubledAtOnce,
    /// A machine in between sends it again later by so many seconds.
    DoubledLate(u32),
}

/// A fault of a read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ReadFault {
    Lost,
    Status(u16),
    False(usize),
    /// One record can't be decoded.
    Spoilt,
}

/// The kinds of calls that faults are queued for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum CallKind {
    Book,
    Cancel,
    Slots,
    Appointments,
    Other,
}

/// A fault of any call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fault {
    Write(WriteFault),
    Read(ReadFault),
}
