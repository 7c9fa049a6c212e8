//! Starting a program with a vfork-style clone.
//!
//! The child shares our memory until it has executed the new program, so the cost
//! doesn't grow with our size, and it reports an error by writing to a field that
//! we read afterwards. In return it may do nothing but system calls: no
//! allocation, no lock, nothing of libc that keeps state.

use rustix::process::Pid;
use std::ffi::{CString, c_char, c_int, c_void};
use std::io;
use std::mem::MaybeUninit;
use std::os::fd::{AsRawFd, BorrowedFd, FromRawFd, OwnedFd};
use std::ptr;

/// A program with everything that the kernel is told about it.
#[derive(Debug)]
pub(crate) struct Command {
    /// Absolute path.
    pub(crate) program: CString,
    /// Arguments, the program's own name first.
    pub(crate) args: Vec<CString>,
    /// The whole environment as `NAME=value`.
    pub(crate) env: Vec<CString>,
    /// The directory that it starts in.
    pub(crate) cwd: CString,
    /// Resource limits: resource, soft, hard.
    pub(crate) limits: Vec<(u32, u64, u64)>,
    /// End with the thread that spawns it. A help, not a guarantee.
    pub(crate) die_with_parent: bool,
}

/// A running child: its pid, and a descriptor that always means this process.
#[derive(Debug)]
pub(crate) struct Spawned {
    pub(crate) pid: Pid,
    pub(crate) pidfd: OwnedFd,
}

/// What the child was doing when it failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(i32)]
pub(crate) enum Step {
    Clone,
    Prepare,
    Descriptors,
    Directory,
    Exec,
}

/// A program that couldn't be started.
#[derive(Debug)]
pub(crate) struct SpawnError {
    pub(crate) step: Step,
    pub(crate) source: io::Error,
}

/// What parent and child share while the parent is suspended.
struct Shared<'a> {
    command: &'a Command,
    argv: &'a [*const c_char],
    envp: &'a [*const c_char],
    fds: &'a [c_int],
    parent: c_int,
    failed: Option<(Step, c_int)>,
}

/// Room for the child's few frames; it never runs a signal handler on it.
const STACK: usize = 32 << 10;

/// Starts `command` with `fds` as its descriptors 0, 1, 2, … and no others.
///
/// In the child: all signals at their defaults, a session of its own, umask 077,
/// no new privileges, the limits of the command.
///
/// # Errors
/// Names the step that failed; no process is left then.
pub(crate) fn spawn(command: &Command, fds: &[BorrowedFd<'_>]) -> Result<Spawned, SpawnError> {
    let argv = pointers(&command.args);
    let envp = pointers(&command.env);
    let fds: Vec<c_int> = fds.iter().map(AsRawFd::as_raw_fd).collect();
    debug_assert!(fds.iter().all(|&fd| fd as usize >= fds.len()), "sources lie above targets");
    let mut stack: Vec<MaybeUninit<u128>> = Vec::with_capacity(STACK / size_of::<u128>());
    // SAFETY: getpid has no preconditions.
    let parent = unsafe { libc::getpid() };
    let mut shared = Shared { command, argv: &argv, envp: &envp, fds: &fds, parent, failed: None };
    let mut pidfd: c_int = -1;

    let blocked = BlockedSignals::all();
    // SAFETY: the stack's end is within one allocation and 16-byte aligned (u128).
    // The child runs `child` on it with `shared`, both of which outlive it: with
    // CLONE_VFORK this thread is suspended until the child has executed another
    // program or exited. `pidfd` is a valid place for CLONE_PIDFD's answer.
    let pid = unsafe {
        libc::clone(
            child,
            stack.as_mut_ptr().add(stack.capacity()).cast::<c_void>(),
            libc::CLONE_VM | libc::CLONE_VFORK | libc::CLONE_PIDFD | libc::SIGCHLD,
            (&raw mut shared).cast::<c_void>(),
            &raw mut pidfd,
        )
    };
    let clone_error = io::Error::last_os_error();
    drop(blocked);
    let Some(pid) = Some(pid).filter(|&pid| pid > 0).and_then(Pid::from_raw) else {
        return Err(SpawnError { step: Step::Clone, source: clone_error });
    };
    // SAFETY: the clone succeeded, so the kernel stored a new descriptor there,
    // which nobody else owns.
    let pidfd = unsafe { OwnedFd::from_raw_fd(pidfd) };
    // SAFETY: `failed` is a live field; a plain read would let the compiler assume
    // that nothing changed it, since it can't see the child's write.
    let failed = unsafe { ptr::read_volatile(&raw const shared.failed) };
    if let Some((step, errno)) = failed {
        // It has exited already; only its zombie is left.
        let _ = rustix::process::waitpid(Some(pid), rustix::process::WaitOptions::empty());
        return Err(SpawnError { step, source: io::Error::from_raw_os_error(errno) });
    }
    Ok(Spawned { pid, pidfd })
}

fn pointers(strings: &[CString]) -> Vec<*const c_char> {
    strings.iter().map(|s| s.as_ptr()).chain([ptr::null()]).collect()
}

/// The child, from clone to exec. Runs in the parent's memory: system calls only.
extern "C" fn child(shared: *mut c_void) -> c_int {
    // SAFETY: `spawn` passes a `Shared` that outlives this function, and its own
    // thread is suspended meanwhile, so nothing else refers to it.
    let shared = unsafe { &mut *shared.cast::<Shared<'_>>() };
    let failed = steps(shared);
    // SAFETY: `failed` is a field of `shared`; volatile, for the parent's sake.
    unsafe { ptr::write_volatile(&raw mut shared.failed, Some(failed)) };
    // SAFETY: ends this process only, running nothing of the parent's on the way.
    unsafe { libc::_exit(127) }
}

/// Returns only when a step fails.
fn steps(shared: &Shared<'_>) -> (Step, c_int) {
    let command = shared.command;
    macro_rules! attempt {
        ($step:expr, $call:expr) => {
            // SAFETY: a system call on values that outlive it; its pointers refer to
            // NUL-terminated strings or live structures of `shared`.
            if unsafe { $call } < 0 {
                return ($step, errno());
            }
        };
    }
    default_signals();
    attempt!(Step::Prepare, libc::setsid());
    if command.die_with_parent {
        attempt!(Step::Prepare, libc::prctl(libc::PR_SET_PDEATHSIG, libc::SIGKILL, 0, 0, 0));
        // It may have died before the request was made.
        // SAFETY: getppid has no preconditions.
        if unsafe { libc::getppid() } != shared.parent {
            return (Step::Prepare, libc::ESRCH);
        }
    }
    attempt!(Step::Prepare, libc::prctl(libc::PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0));
    // SAFETY: umask can't fail and has no preconditions.
    unsafe { libc::umask(0o077) };
    for &(resource, soft, hard) in &command.limits {
        let limit = libc::rlimit64 { rlim_cur: soft, rlim_max: hard };
        attempt!(
            Step::Prepare,
            libc::syscall(
                libc::SYS_prlimit64,
                0,
                resource,
                &raw const limit,
                ptr::null::<c_void>()
            )
        );
    }
    for (number, &fd) in shared.fds.iter().enumerate() {
        attempt!(Step::Descriptors, libc::dup2(fd, number as c_int));
    }
    let first_closed = shared.fds.len() as libc::c_uint;
    attempt!(
        Step::Descriptors,
        libc::syscall(libc::SYS_close_range, first_closed, libc::c_uint::MAX, 0)
    );
    attempt!(Step::Directory, libc::chdir(command.cwd.as_ptr()));
    unblock_signals();
    attempt!(
        Step::Exec,
        libc::execve(command.program.as_ptr(), shared.argv.as_ptr(), shared.envp.as_ptr())
    );
    (Step::Exec, libc::EINVAL)
}

fn errno() -> c_int {
    // SAFETY: the location is the calling thread's own; the suspended parent
    // thread doesn't use it.
    unsafe { *libc::__errno_location() }
}

/// The kernel's own layout; libc's `sigaction` refuses glibc's private signals and
/// may take locks.
#[repr(C)]
struct KernelSigaction {
    handler: usize,
    flags: libc::c_ulong,
    restorer: usize,
    mask: u64,
}

const SIGNALS: c_int = 64;
/// The size of the kernel's signal set, which is not libc's.
const SET_SIZE: usize = 8;

/// An ignored signal stays ignored across exec, and a handler of ours must not run
/// in a process that shares our memory: everything goes back to its default.
fn default_signals() {
    let default = KernelSigaction { handler: libc::SIG_DFL, flags: 0, restorer: 0, mask: 0 };
    for signal in 1..=SIGNALS {
        if signal == libc::SIGKILL || signal == libc::SIGSTOP {
            continue;
        }
        // SAFETY: the structure has the kernel's layout and outlives the call.
        unsafe {
            libc::syscall(
                libc::SYS_rt_sigaction,
                signal,
                &raw const default,
                ptr::null::<c_void>(),
                SET_SIZE,
            )
        };
    }
}

fn unblock_signals() {
    let none: u64 = 0;
    set_mask(&none, ptr::null_mut());
}

fn set_mask(new: &u64, old: *mut u64) {
    // SAFETY: both point to eight bytes, as SET_SIZE says, or `old` is null.
    unsafe {
        libc::syscall(
            libc::SYS_rt_sigprocmask,
            libc::SIG_SETMASK,
            ptr::from_ref(new),
            old,
            SET_SIZE,
        )
    };
}

/// Every signal blocked on this thread until dropped: between clone and exec a
/// handler would run on memory that two processes share.
struct BlockedSignals {
    before: u64,
}

impl BlockedSignals {
    fn all() -> Self {
        let mut before = 0;
        set_mask(&u64::MAX, &raw mut before);
        Self { before }
    }
}

impl Drop for BlockedSignals {
    fn drop(&mut self) {
        set_mask(&self.before, ptr::null_mut());
    }
}

impl std::fmt::Display for SpawnError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:?}: {}", self.step, self.source)
    }
}

impl std::error::Error for SpawnError {}

/// A string for the kernel; `None` when it holds a NUL byte.
pub(crate) fn c_string(text: impl AsRef<std::ffi::OsStr>) -> Option<CString> {
    use std::os::unix::ffi::OsStrExt;
    CString::new(text.as_ref().as_bytes()).ok()
}

#[cfg(test)]
mod tests {
    use super::super::pipe_out;
    use super::*;
    use std::ffi::CStr;
    use std::fs::File;
    use std::io::Read;
    use std::os::fd::AsFd;

    fn command(program: &CStr, args: &[&CStr]) -> Command {
        Command {
            program: program.into(),
            args: args.iter().map(|&arg| arg.into()).collect(),
            env: vec![c"A=1".into()],
            cwd: c"/".into(),
            limits: Vec::new(),
            die_with_parent: false,
        }
    }

    fn output(command: &Command) -> Result<String, SpawnError> {
        let (read, write) = pipe_out().unwrap();
        let null = std::fs::File::open("/dev/null").unwrap();
        let null = rustix::io::fcntl_dupfd_cloexec(&null, 10).unwrap();
        let child = spawn(command, &[null.as_fd(), write.as_fd(), write.as_fd()])?;
        drop(write);
        let mut text = String::new();
        File::from(read).read_to_string(&mut text).unwrap();
        rustix::process::waitpid(Some(child.pid), rustix::process::WaitOptions::empty()).unwrap();
        Ok(text)
    }

    #[test]
    fn the_child_sees_only_what_it_is_given() {
        let script = c"echo $A $PWD $(umask); ls /proc/self/fd | tr '\\n' ' '; \
            grep -E 'SigBlk|SigIgn|NoNewPrivs' /proc/self/status";
        let seen = output(&command(c"/bin/bash", &[c"bash", c"-c", script])).unwrap();
        // 3 is ls's own directory handle.
        assert!(seen.starts_with("1 / 0077\n0 1 2 3 "), "{seen}");
        assert!(seen.contains("NoNewPrivs:\t1"), "{seen}");
        for mask in ["SigBlk:\t0000000000000000", "SigIgn:\t0000000000000000"] {
            assert!(seen.contains(mask), "{seen}");
        }
    }

    #[test]
    fn a_failed_exec_names_its_step_and_leaves_no_process() {
        let error = output(&command(c"/nonexistent", &[c"x"])).unwrap_err();
        assert_eq!((error.step, error.source.raw_os_error()), (Step::Exec, Some(libc::ENOENT)));
        let mut lost = command(c"/bin/true", &[c"true"]);
        lost.cwd = c"/nonexistent".into();
        assert_eq!(output(&lost).unwrap_err().step, Step::Directory);
    }
}
