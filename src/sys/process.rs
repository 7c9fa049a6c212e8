//! What our own process is allowed, and what it adopts.

use rustix::process::{
    DumpableBehavior, Pid, Resource, Rlimit, getrlimit, set_child_subreaper, set_dumpable_behavior,
    setrlimit,
};
use std::io;

/// Makes this process unreadable to others of its user: no core dump, no
/// `/proc/self/mem`, `environ` or `fd` for anybody but root.
pub(crate) fn harden() -> io::Result<()> {
    set_dumpable_behavior(DumpableBehavior::NotDumpable)?;
    let most = Some(core_limit());
    setrlimit(Resource::Core, Rlimit { current: most, maximum: most })?;
    Ok(())
}

/// The limit on core dumps under which none is written, for us and our children.
///
/// One byte rather than none: with a limit of 0 the kernel still feeds a core to a
/// handler such as systemd-coredump (`core_pattern` beginning with `|`); with 1 it
/// writes neither a file nor to a pipe (core(5)). Where somebody has already
/// lowered the hard limit to 0, raising it takes a privilege, and it stays.
pub(crate) fn core_limit() -> u64 {
    getrlimit(Resource::Core).maximum.map_or(1, |hard| hard.min(1))
}

/// Processes whose parent dies become ours rather than init's, so that an action
/// can't escape by forking twice.
pub(crate) fn adopt_orphans() -> io::Result<()> {
    Ok(set_child_subreaper(Pid::from_raw(1))?)
}

/// Whether `signal` is ignored by this process.
pub(crate) fn is_ignored(signal: i32) -> bool {
    let mut action = std::mem::MaybeUninit::<libc::sigaction>::zeroed();
    // SAFETY: a null new action only asks; the answer goes to a live structure, for
    // which all zeroes is a valid value.
    unsafe {
        libc::sigaction(signal, std::ptr::null(), action.as_mut_ptr()) == 0
            && action.assume_init().sa_sigaction == libc::SIG_IGN
    }
}
