//! A fault at every point between the taking of the lease and its giving back, of every command that takes it.
//!
//! A command runs as a whole, with the zone's files, its simulated AWS and its stores. Its points are what it asks of its
//! stores, counted by a first run without trouble. Each other run meets one trouble at one point. After each the zone is
//! free, or lz has told that it is not, and the lease expires. `LZ_LEASE_MATRIX=all` runs every trouble at every point;
//! without it the first point of each sort meets one of them.

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, BTreeSet};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::sync::{Arc, LazyLock, Mutex};
use std::time::{Duration, SystemTime};

use async_trait::async_trait;
use futures::channel::mpsc::{UnboundedSender, unbounded};

use super::error::ExitStatus;
use super::machine::{Host, hold, twin_lock_file, world_file};
use super::settings::Settings;
use crate::journal::store::{CreateError, StoreError};
use crate::journal::{MemoryStore, Store, lease};
use crate::operate::{Requests, TERM};
use crate::twin::Twin;
use crate::twin::faults::{Kind, Rule};
use crate::ui::Printer;

/// What goes wrong at a point.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Trouble {
    /// The store fails, and nothing is done.
    Fails,
    /// The store fails, and it is done all the same.
    FailsAfterwards,
    /// The store answers after an hour.
    Late,
    /// The store never answers, and somebody interrupts twice.
    Hangs,
    /// The stores fail from now on.
    Gone,
    /// Somebody interrupts.
    Interrupted,
    /// `lz.lock` can't be written from now on.
    LockInTheWay,
}

const TROUBLES: [Trouble; 7] = [
    Trouble::Fails,
    Trouble::FailsAfterwards,
    Trouble::Late,
    Trouble::Hangs,
    Trouble::Gone,
    Trouble::Interrupted,
    Trouble::LockInTheWay,
];

/// What a command asks of a store: which store, and what.
type Point = (String, &'static str);

/// A machine on which something goes wrong at one point.
#[derive(Debug)]
struct Shaky {
    directory: PathBuf,
    stores: RefCell<BTreeMap<PathBuf, Rc<MemoryStore>>>,
    /// The point that meets trouble, counted from 1.
    trouble: Option<(usize, Trouble)>,
    points: RefCell<Vec<Point>>,
    gone: Cell<bool>,
    ears: RefCell<Vec<UnboundedSender<()>>>,
}

impl Shaky {
    fn interrupt(&self) {
        for ear in &*self.ears.borrow() {
            // Some do not listen any more.
            let _ = ear.unbounded_send(());
        }
    }

    /// What a point meets.
    fn meets(&self, store: &Path, deed: &'static str) -> Option<Trouble> {
        let name = store.file_name().unwrap_or_default().to_string_lossy().into_owned();
        self.points.borrow_mut().push((name, deed));
        let here = self.points.borrow().len();
        match self.trouble {
            _ if self.gone.get() => Some(Trouble::Gone),
            Some((at, trouble)) if at == here => Some(trouble),
            _ => None,
        }
    }

    async fn suffer(&self, trouble: Trouble) -> Result<(), StoreError> {
        let failed = || Err(StoreError::new("the store", std::io::ErrorKind::StorageFull.into()));
        match trouble {
            Trouble::Fails | Trouble::FailsAfterwards => return failed(),
            // The process would be gone: nobody has to give anything back.
            Trouble::Hangs if self.ears.borrow().is_empty() => return failed(),
            Trouble::Gone => {
                self.gone.set(true);
                return failed();
            }
            Trouble::Late => sleep(Duration::from_secs(3600)).await,
            Trouble::Hangs => {
                for _ in 0..2 {
                    self.interrupt();
                    sleep(Duration::from_secs(5)).await;
                }
                sleep(Duration::from_secs(24 * 3600)).await;
                panic!("two interrupts end no command that hangs");
            }
            Trouble::Interrupted => self.interrupt(),
            Trouble::LockInTheWay => {
                let file = twin_lock_file(&self.directory);
                // It is there after the first time.
                let _ = std::fs::remove_file(&file);
                std::fs::create_dir_all(&file).unwrap();
            }
        }
        Ok(())
    }
}

#[expect(clippy::disallowed_methods, reason = "a test's clock stands still")]
async fn sleep(time: Duration) {
    tokio::time::sleep(time).await;
}

/// A store of a shaky machine.
#[derive(Debug)]
struct ShakyStore {
    machine: Rc<Machinery>,
    folder: PathBuf,
    store: Rc<MemoryStore>,
}

impl ShakyStore {
    async fn does<T, E: From<StoreError>>(
        &self,
        deed: &'static str,
        does: impl Future<Output = Result<T, E>>,
    ) -> Result<T, E> {
        match self.machine.0.meets(&self.folder, deed) {
            Some(Trouble::FailsAfterwards) => {
                does.await?;
                self.machine.0.suffer(Trouble::FailsAfterwards).await?;
                unreachable!("it has failed")
            }
            Some(trouble) => {
                self.machine.0.suffer(trouble).await?;
                does.await
            }
            None => does.await,
        }
    }
}

#[async_trait(?Send)]
impl Store for ShakyStore {
    async fn create(&self, number: u64, bytes: &[u8]) -> Result<(), CreateError> {
        self.does("create", self.store.create(number, bytes)).await
    }

    async fn list(&self) -> Result<Vec<u64>, StoreError> {
        self.does("list", self.store.list()).await
    }

    async fn newest(&self) -> Result<Option<u64>, StoreError> {
        self.does("newest", self.store.newest()).await
    }

    async fn read(&self, number: u64) -> Result<Option<Vec<u8>>, StoreError> {
        self.does("read", self.store.read(number)).await
    }

    async fn remove(&self, number: u64) -> Result<(), StoreError> {
        self.does("remove", self.store.remove(number)).await
    }
}

/// A shaky machine as commands have it.
#[derive(Debug, Clone)]
struct Machinery(Rc<Shaky>);

impl Host for Machinery {
    fn store(&self, folder: &Path) -> Rc<dyn Store> {
        let key = folder.strip_prefix(&self.0.directory).unwrap().to_owned();
        let store = Rc::clone(self.0.stores.borrow_mut().entry(key.clone()).or_default());
        Rc::new(ShakyStore { machine: Rc::new(self.clone()), folder: key, store })
    }

    fn requests(&self) -> Requests {
        let (ear, heard) = unbounded();
        self.0.ears.borrow_mut().push(ear);
        Requests::of(heard)
    }

    fn now(&self) -> SystemTime {
        SystemTime::UNIX_EPOCH + Duration::from_secs(1_900_000_000)
    }
}

/// A zone's files with its simulated AWS, and its stores.
#[derive(Clone, Default)]
struct Zone {
    files: BTreeMap<PathBuf, Vec<u8>>,
    stores: BTreeMap<PathBuf, BTreeMap<u64, Vec<u8>>>,
}

/// How a command has ended.
struct Ended {
    status: ExitStatus,
    said: String,
    machine: Rc<Shaky>,
    /// Where it ran.
    place: tempfile::TempDir,
    /// What it has left.
    zone: Zone,
}

/// What is written, kept.
#[derive(Clone, Default)]
struct Kept(Arc<Mutex<Vec<u8>>>);

impl Write for Kept {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl Zone {
    /// Replaces a piece of a file, which must be there.
    fn edit(mut self, file: &str, from: &str, to: &str) -> Self {
        let held = self.files.get_mut(Path::new(file)).unwrap();
        let text = String::from_utf8(held.clone()).unwrap();
        assert!(text.contains(from), "{file} has no `{from}`:\n{text}");
        *held = text.replacen(from, to, 1).into_bytes();
        self
    }

    /// Calls of AWS go wrong from one on.
    fn with_aws_failing(mut self, rules: Vec<Rule>) -> Self {
        let place = self.write();
        let file = world_file(place.path());
        let twin = Twin::load(&file).unwrap();
        twin.with_world(|world| world.faults.rules = rules);
        twin.save(&file).unwrap();
        self.files = read(place.path());
        self
    }

    /// The files, in a folder of their own.
    fn write(&self) -> tempfile::TempDir {
        let place = tempfile::tempdir().unwrap();
        for (file, bytes) in &self.files {
            let path = place.path().join(file);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, bytes).unwrap();
        }
        place
    }

    /// Runs a command to its end.
    fn run(&self, command: &[&str], trouble: Option<(usize, Trouble)>) -> Ended {
        let place = self.write();
        let directory = place.path().to_owned();
        let stores = self.stores.iter().map(|(folder, held)| {
            let store = MemoryStore::new();
            held.iter().for_each(|(number, bytes)| store.damage(*number, bytes.clone()));
            (folder.clone(), Rc::new(store))
        });
        let machine = Rc::new(Shaky {
            directory: directory.clone(),
            stores: RefCell::new(stores.collect()),
            trouble,
            points: RefCell::default(),
            gone: Cell::new(false),
            ears: RefCell::default(),
        });
        let words = ["lz", "--twin", "--dir", directory.to_str().unwrap()];
        let words = words.iter().chain(command).map(|word| (*word).into());
        let arguments = super::parse(words).unwrap();
        let mut settings = Settings::resolve(arguments.global, std::iter::empty()).unwrap();
        settings.host = Rc::new(Machinery(Rc::clone(&machine)));
        let said = Kept::default();
        let printer = Printer::to(crate::ui::Output::Human, std::io::sink(), said.clone());
        let status = super::run(&arguments.command, &settings, &printer).unwrap_or_else(|error| error.report(&printer));
        let said = String::from_utf8(said.0.lock().unwrap().clone()).unwrap();
        let stores = machine.stores.borrow().iter().map(|(folder, store)| (folder.clone(), store.held())).collect();
        let zone = Self { files: read(place.path()), stores };
        Ended { status, said, machine, place, zone }
    }

    /// Runs a command that must end well.
    fn done(self, command: &[&str]) -> Self {
        let ended = self.run(command, None);
        assert_eq!(ended.status, ExitStatus::Done, "{command:?}: {}", ended.said);
        ended.zone
    }
}

impl Ended {
    /// The zone is free, or it is told that it is not, and will be.
    fn check(&self, context: &str) {
        let context = format!("{context}: {:?}\n{}", self.status, self.said);
        let store = Rc::clone(&self.machine.stores.borrow()[Path::new(".lz/twin/lease")]);
        let of_twin =
            SystemTime::UNIX_EPOCH + Duration::from_millis(Twin::load(&world_file(self.place.path())).unwrap().now().0);
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let held = |at| runtime.block_on(lease::holder(&*store, at)).unwrap();
        if held(SystemTime::UNIX_EPOCH).is_some() {
            let told = ["it is free in 2 minutes", "it expires in 120 seconds", "it is free in two minutes"];
            assert!(told.iter().any(|told| self.said.contains(told)), "not told: {context}");
            let later = of_twin.max(Machinery(Rc::clone(&self.machine)).now()) + TERM;
            assert_eq!(held(later), None, "it does not expire: {context}");
            let points = self.machine.points.borrow();
            let at = self.machine.trouble.and_then(|(at, _)| points.get(at - 1));
            let is_of_lease = at.is_some_and(|(store, _)| store == "lease") || self.machine.gone.get();
            assert!(is_of_lease, "nothing was wrong with the lease: {context}");
        }
        assert!(self.status == ExitStatus::Done || !self.said.is_empty(), "nothing is said: {context}");
        // Nobody holds the zone's file any more.
        drop(hold(self.place.path()).unwrap_or_else(|error| panic!("{error}: {context}")));
    }
}

/// All files in a folder and below it.
fn read(folder: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let (mut files, mut folders) = (BTreeMap::new(), vec![folder.to_owned()]);
    while let Some(next) = folders.pop() {
        for entry in std::fs::read_dir(next).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                files.insert(path.strip_prefix(folder).unwrap().to_owned(), std::fs::read(path).unwrap());
            }
        }
    }
    files
}

/// A zone that is built, but for one workload.
static BUILT: LazyLock<Zone> = LazyLock::new(|| {
    let zone = Zone::default().done(&["init"]).done(&["bootstrap", "--yes"]);
    zone.done(&["onboard-workload", "payments-prod", "payments-dev", "--yes"])
});

fn all() -> bool {
    #[expect(clippy::disallowed_methods, reason = "scripts ask for all of it")]
    let asked = std::env::var_os("LZ_LEASE_MATRIX");
    asked.is_some_and(|asked| asked == "all")
}

/// The points that are tried, each with the troubles that it meets.
fn cases(points: &[Point]) -> Vec<(usize, Trouble)> {
    let numbered = || points.iter().enumerate().map(|(place, point)| (place + 1, point));
    if all() {
        return numbered().flat_map(|(at, _)| TROUBLES.map(|trouble| (at, trouble))).collect();
    }
    let of_lease = |(_, (store, deed)): &(usize, &Point)| store == "lease" && *deed == "create";
    let first: BTreeMap<&Point, usize> = numbered().rev().map(|(at, point)| (point, at)).collect();
    let mut chosen: BTreeSet<usize> = first.into_values().collect();
    chosen.extend(numbered().filter(of_lease).map(|(at, _)| at));
    let turns = chosen.iter().enumerate().map(|(place, at)| (*at, TROUBLES[place % TROUBLES.len()]));
    let mut cases: Vec<(usize, Trouble)> = turns.collect();
    // The giving back meets them all.
    let last = numbered().rfind(of_lease).map(|(at, _)| at);
    cases.extend(last.into_iter().flat_map(|at| TROUBLES.map(|trouble| (at, trouble))));
    cases
}

/// Runs a command with each trouble, and says how many runs that were.
fn each_trouble(zone: &Zone, command: &[&str]) {
    let whole = zone.run(command, None);
    assert_eq!(whole.status, ExitStatus::Done, "{command:?}: {}", whole.said);
    whole.check("without trouble");
    let points = whole.machine.points.borrow().clone();
    let written = points.iter().filter(|(store, deed)| store == "lease" && *deed == "create").count();
    assert!(written >= 2, "{command:?} takes no lease: {points:?}");
    for (at, trouble) in cases(&points) {
        let (store, deed) = &points[at - 1];
        let ended = zone.run(command, Some((at, trouble)));
        ended.check(&format!("{command:?}: {trouble:?} at {at} of {}, {deed} of {store}", points.len()));
    }
}

/// Runs a command with AWS failing for good from each of its calls on.
fn each_call(zone: &Zone, command: &[&str]) {
    let kinds = [Kind::Denied, Kind::Refused("ExpiredTokenException".to_owned()), Kind::RequestLost];
    let of_all = |kind: &Kind, from| Rule {
        kind: kind.clone(),
        account: None,
        action: Some("*".to_owned()),
        from,
        times: u64::MAX,
        seen: 0,
    };
    let calls = |zone: &Zone| {
        let place = zone.write();
        Twin::load(&world_file(place.path())).unwrap().with_world(|world| world.faults.rules[0].seen)
    };
    let counting = zone.clone().with_aws_failing(vec![of_all(&kinds[0], u64::MAX)]);
    let calls = calls(&counting.run(command, None).zone);
    assert!(calls > 10, "{calls} calls");
    let step = if all() { 1 } else { calls / 3 };
    for (round, from) in (1..=calls).step_by(usize::try_from(step).unwrap()).enumerate() {
        let chosen = if all() { kinds.as_slice() } else { &kinds[round % kinds.len()..][..1] };
        for kind in chosen {
            let ended = zone.clone().with_aws_failing(vec![of_all(kind, from)]).run(command, None);
            ended.check(&format!("{command:?}: {kind:?} from call {from} of {calls} on"));
        }
    }
}

/// Runs with as much stack as a process has: a command is a large future.
fn with_stack(test: impl FnOnce() + Send + 'static) {
    std::thread::Builder::new().stack_size(8 << 20).spawn(test).unwrap().join().unwrap();
}

/// The zone with something in its hub to change.
fn changed() -> Zone {
    BUILT.clone().edit("blueprints/egress.toml", "log_retention_days = 90", "log_retention_days = 30")
}

#[test]
fn a_bootstrap() {
    with_stack(|| {
        each_trouble(&changed(), &["bootstrap", "--yes"]);
        each_call(&changed(), &["bootstrap", "--yes"]);
    });
}

#[test]
fn an_onboarding() {
    with_stack(|| {
        let zone = BUILT.clone().edit("accounts/payments-prod.toml", "port = 8443", "port = 8444");
        each_trouble(&zone, &["onboard-workload", "payments-prod", "--yes"]);
        each_call(&zone, &["onboard-workload", "payments-prod", "--yes"]);
    });
}

#[test]
fn a_repair_of_what_a_sweep_has_found() {
    with_stack(|| {
        // What is not built yet is no finding.
        let command = ["sweep", "--repair", "--yes", "--fail-on", "critical"];
        each_trouble(&changed(), &command);
        each_call(&changed(), &command);
    });
}

#[test]
fn a_rollback() {
    with_stack(|| {
        let denied = Rule {
            kind: Kind::Denied,
            account: None,
            action: Some("CreateRouteTable".to_owned()),
            from: 2,
            times: u64::MAX,
            seen: 0,
        };
        let failed = BUILT.clone().with_aws_failing(vec![denied]);
        let ended = failed.run(&["onboard-workload", "orders-prod", "--no-rollback", "--yes"], None);
        assert_eq!(ended.status, ExitStatus::Failed, "{}", ended.said);
        let zone = ended.zone.with_aws_failing(Vec::new());
        each_trouble(&zone, &["rollback", "--yes"]);
        each_call(&zone, &["rollback", "--yes"]);
    });
}

#[test]
fn a_repair_of_the_journal() {
    with_stack(|| {
        let mut zone = BUILT.clone();
        let checkpoints = zone.stores.get_mut(Path::new(".lz/twin/journal/checkpoints")).unwrap();
        *checkpoints.last_entry().unwrap().get_mut() = b"damaged".to_vec();
        each_trouble(&zone, &["journal", "repair", "--yes"]);
    });
}
