//! The whole tree of processes that an action started, and its end.
//!
//! The leader has a session of its own; what leaves it (`setsid`, a double fork)
//! becomes our child when its parent dies, since we adopt orphans. So everything
//! that an action started is, at any time, below its leader or one of our own
//! children.
//!
//! With several executions at once an orphan is attributed by the execution id in
//! its environment. One that has hidden it belongs to one of the executions that
//! were running when it was first seen; it is ended as soon as all of those have
//! ended.

mod registry;
mod table;

use crate::sys;
use registry::{Registration, attributable};
use rustix::process::{Pid, Signal, WaitId, WaitIdOptions, WaitOptions};
use std::collections::BTreeSet;
use std::io;
use std::os::unix::process::ExitStatusExt;
use std::process::ExitStatus;
use std::sync::OnceLock;
use std::time::{Duration, Instant};

pub(crate) use registry::spawning;

/// Makes this process the parent of every orphan below it, once and for good.
///
/// # Errors
/// When the kernel refuses (before Linux 3.4).
pub fn adopt_orphans() -> io::Result<()> {
    static DONE: OnceLock<()> = OnceLock::new();
    if DONE.get().is_none() {
        sys::process::adopt_orphans()?;
        let _ = DONE.set(());
    }
    Ok(())
}

/// How orphans that hide their execution are treated.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum Orphans {
    /// Other code of this process has children too: only what is known to be an
    /// action's is touched.
    #[default]
    Attributed,
    /// Every child of this process is an action's.
    All,
}

/// One execution's processes. What is left of them is killed when it is dropped.
#[derive(Debug)]
pub(crate) struct Tree {
    leader: Pid,
    marker: Vec<u8>,
    orphans: Orphans,
    /// Orphans seen to belong here; a zombie no longer shows its environment.
    known: BTreeSet<i32>,
    registration: Registration,
    /// The leader's, once it has been reaped.
    status: Option<ExitStatus>,
    ended: bool,
}

/// How often we look again when processes die meanwhile. A tree that never settles is
/// being killed, and looked at again, anyway.
const LOOKS: usize = 20;

/// How long KILL is repeated before a process counts as unkillable.
const PATIENCE: Duration = Duration::from_secs(10);

impl Tree {
    /// Takes charge of a leader that has just been spawned under [`spawning`].
    pub(crate) fn new(leader: Pid, execution_id: &str, orphans: Orphans) -> Self {
        Self {
            leader,
            marker: format!("ASIDE_EXECUTION_ID={execution_id}").into_bytes(),
            orphans,
            known: BTreeSet::new(),
            registration: Registration::of(leader),
            status: None,
            ended: false,
        }
    }

    /// Sends `signal` to every process of the tree, once to each: a second TERM would
    /// interrupt whoever is cleaning up after the first.
    pub(crate) fn signal(&mut self, signal: Signal) {
        // The group first: its members can't escape between look and kill.
        self.signal_group(signal);
        for pid in self.members() {
            if rustix::process::getpgid(Some(pid)) != Ok(self.leader) {
                let _ = rustix::process::kill_process(pid, signal);
            }
        }
    }

    /// Whether no process of the tree is alive. (The leader may be a zombie.)
    pub(crate) fn is_gone(&mut self) -> bool {
        self.members().is_empty()
    }

    /// Ends the tree: TERM, `grace`, KILL. `hurry` ends the grace period early.
    /// Returns whether everything is gone.
    pub(crate) async fn end(&mut self, grace: Duration, hurry: impl Future<Output = ()>) -> bool {
        let mut gone = self.is_gone();
        if !gone {
            self.signal(Signal::TERM);
            gone = tokio::select! {
                () = hurry => false,
                gone = self.wait_gone(grace) => gone,
            };
        }
        let start = Instant::now();
        loop {
            // Also when nobody is seen: one that forks and exits all the time can stay
            // out of sight, but not out of its group, whose signal no fork escapes.
            self.signal_group(Signal::KILL);
            if gone && self.is_childless() {
                return true;
            }
            if start.elapsed() > PATIENCE {
                return false;
            }
            self.signal(Signal::KILL);
            gone = self.wait_gone(Duration::from_millis(20)).await;
        }
    }

    /// Signals the leader's group. As long as the leader isn't reaped, the number is
    /// still its own.
    fn signal_group(&self, signal: Signal) {
        if self.status.is_none() {
            let _ = rustix::process::kill_process_group(self.leader, signal);
        }
    }

    /// Asks the kernel, where its answer is exact: when every child of this process
    /// is this action's, whoever is left of it is, at any time, below one of them.
    fn is_childless(&mut self) -> bool {
        if self.orphans != Orphans::All || !registry::is_alone(&self.registration) {
            return true;
        }
        loop {
            match rustix::process::waitpid(None, WaitOptions::NOHANG) {
                Ok(Some((pid, status))) if pid == self.leader => {
                    self.status = Some(ExitStatus::from_raw(status.as_raw()));
                }
                Ok(Some(_)) => {}
                // Somebody lives.
                Ok(None) => return false,
                // Nobody does: there are no children.
                Err(_) => return true,
            }
        }
    }

    async fn wait_gone(&mut self, limit: Duration) -> bool {
        let start = Instant::now();
        let mut pause = Duration::from_millis(1);
        loop {
            if self.is_gone() {
                return true;
            }
            let left = limit.saturating_sub(start.elapsed());
            if left.is_zero() {
                return false;
            }
            tokio::time::sleep(pause.min(left)).await;
            pause = (pause * 2).min(Duration::from_millis(20));
        }
    }

    /// Takes the leader's exit status; nothing of the tree may be alive.
    pub(crate) fn reap(mut self) -> io::Result<ExitStatus> {
        self.ended = true;
        if let Some(status) = self.status {
            return Ok(status);
        }
        let status = rustix::process::waitpid(Some(self.leader), WaitOptions::empty())?;
        Ok(status
            .map_or_else(ExitStatus::default, |(_, status)| ExitStatus::from_raw(status.as_raw())))
    }

    /// The living processes of the tree. Orphans of it that have died are reaped.
    ///
    /// A process that dies while we look hands its children to us behind our back:
    /// after our own children were listed, before its own were. So a look counts only
    /// if nobody has died during it.
    fn members(&mut self) -> Vec<Pid> {
        for _ in 1..LOOKS {
            let (found, settled) = self.look();
            if settled {
                return found;
            }
        }
        self.look().0
    }

    /// One look, and whether nobody died during it.
    fn look(&mut self) -> (Vec<Pid>, bool) {
        let leader_lived = table::is_alive(self.leader);
        let orphans = registry::between_clones(|leaders| {
            let mut children = table::own_children();
            children.retain(|child| !leaders.contains(&child.as_raw_pid()));
            children
        });
        let mut found: Vec<Pid> = leader_lived.then_some(self.leader).into_iter().collect();
        let mut settled = true;
        for orphan in orphans {
            match self.adopt(orphan) {
                Adopted::Alive => found.push(orphan),
                Adopted::Dead => settled = false,
                Adopted::Stranger => {}
            }
        }
        // Breadth first; `found` grows while it is walked.
        let mut next = 0;
        while let Some(&pid) = found.get(next) {
            for child in table::children(pid) {
                if table::is_alive(child) && !found.contains(&child) {
                    found.push(child);
                }
            }
            next += 1;
        }
        settled &= found.iter().all(|&pid| table::is_alive(pid));
        (found, settled)
    }

    /// What `child`, which leads no execution, is to this tree. A dead one is reaped.
    fn adopt(&mut self, child: Pid) -> Adopted {
        let Some(entry) = table::entry(child) else { return Adopted::Stranger };
        let number = child.as_raw_pid();
        let ours = self.known.contains(&number)
            || entry.session == self.leader.as_raw_pid()
            || table::has_variable(child, &self.marker)
            || (self.orphans == Orphans::All
                && (!entry.is_alive()
                    || attributable((number, entry.started), &self.registration)));
        if !ours {
            return Adopted::Stranger;
        }
        self.known.insert(number);
        if entry.is_alive() {
            return Adopted::Alive;
        }
        if let Ok(Some(_)) = rustix::process::waitpid(Some(child), WaitOptions::NOHANG) {
            self.known.remove(&number);
        }
        Adopted::Dead
    }
}

/// What one of our children is to a tree.
enum Adopted {
    /// A living member.
    Alive,
    /// A member that has died, and whose children are ours from now on.
    Dead,
    /// Somebody else's.
    Stranger,
}

impl Drop for Tree {
    fn drop(&mut self) {
        if self.ended {
            return;
        }
        // The execution was abandoned: nobody is left to be polite for.
        let start = Instant::now();
        loop {
            self.signal(Signal::KILL);
            if self.is_gone() || start.elapsed() > PATIENCE {
                break;
            }
            std::thread::sleep(Duration::from_millis(1));
        }
        let id = WaitId::Pid(self.leader);
        let _ = rustix::process::waitid(id, WaitIdOptions::EXITED | WaitIdOptions::NOHANG);
    }
}
