//! Which executions run in this process, and whose an orphan can be.

use rustix::process::Pid;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, MutexGuard, PoisonError, RwLock, RwLockReadGuard};

#[derive(Debug)]
struct Registry {
    leaders: BTreeSet<i32>,
    /// Orphans that hide their execution: the leaders that it could belong to.
    suspects: BTreeMap<Orphan, BTreeSet<i32>>,
}

/// A process that can't be mistaken for a later one of the same number: pid and
/// start time.
pub(super) type Orphan = (i32, u64);

static REGISTRY: Mutex<Registry> =
    Mutex::new(Registry { leaders: BTreeSet::new(), suspects: BTreeMap::new() });

/// Between clone and registration a leader looks like an orphan.
static SPAWNING: RwLock<()> = RwLock::new(());

fn registry() -> MutexGuard<'static, Registry> {
    REGISTRY.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Held from before a clone until its leader is registered; many may spawn at
/// once, but nobody looks for orphans meanwhile.
pub(crate) fn spawning() -> RwLockReadGuard<'static, ()> {
    SPAWNING.read().unwrap_or_else(PoisonError::into_inner)
}

/// A leader's entry, for as long as its tree exists.
#[derive(Debug)]
pub(super) struct Registration {
    leader: i32,
}

impl Registration {
    pub(super) fn of(leader: Pid) -> Self {
        let leader = leader.as_raw_pid();
        registry().leaders.insert(leader);
        Self { leader }
    }
}

impl Drop for Registration {
    fn drop(&mut self) {
        let mut registry = registry();
        registry.leaders.remove(&self.leader);
        registry.suspects.retain(|_, candidates| {
            candidates.remove(&self.leader);
            !candidates.is_empty()
        });
    }
}

/// Whether no other execution runs in this process.
pub(super) fn is_alone(asking: &Registration) -> bool {
    let _no_clone = SPAWNING.write().unwrap_or_else(PoisonError::into_inner);
    registry().leaders.iter().all(|&leader| leader == asking.leader)
}

/// Looks at the process table while no clone is under way, so that every child
/// that leads an execution is among the leaders.
pub(super) fn between_clones<T>(look: impl FnOnce(&BTreeSet<i32>) -> T) -> T {
    let _no_clone = SPAWNING.write().unwrap_or_else(PoisonError::into_inner);
    let leaders = registry().leaders.clone();
    look(&leaders)
}

/// Whether `orphan`, which doesn't say whose it is or may lie, can only belong to
/// `asking`, which is about to end.
pub(super) fn attributable(orphan: Orphan, asking: &Registration) -> bool {
    let mut registry = registry();
    let running = registry.leaders.clone();
    let candidates = registry.suspects.entry(orphan).or_insert(running);
    candidates.len() == 1 && candidates.contains(&asking.leader)
}
