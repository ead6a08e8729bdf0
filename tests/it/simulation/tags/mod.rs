//! The tag matrix: each of lz's tags on each kind of resource, as people come to change it. The finding is about the tag;
//! nothing that lz made goes, no second one of it is made, and in the end the zone is the clean one.
//!
//! All cases run by `scripts/tag-matrix`; otherwise a sample does, which always holds what has gone wrong before.

mod hands;
mod strangers;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use lz::discover::LiveResource;
use lz::graph::Address;
use lz::kinds::{Desired, KindName, Owner, TAG_ADDRESS, TAG_RUN, TAG_ZONE, Tagging};
use lz::plan::{Attribute, Strangers};
use lz::sweep::{Class, Finding, Severity, Swept};

use self::hands::retag;
use self::strangers::{Around, stranger};
use super::drift::HUB;
use super::matrix::Matrix;
use super::safety::taking;
use super::world::World;

const SEED: u64 = 89;
/// How many cases are drawn for the sample, besides those that have gone wrong before.
const DRAWN: usize = 24;

/// What becomes of a tag.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Damage {
    Removed,
    /// Something was typed wrong.
    Typo,
    OtherCase,
    /// It was swapped with that of another resource of the kind.
    Swapped,
    /// It was copied to somebody else's; of the address all three are, as by the console's "copy to new".
    Copied,
    /// Both that lz knows it by are gone.
    BothStripped,
}

/// What lz is asked to do then.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Mode {
    Sweep,
    Repair,
    RepairWithRemovals,
    Apply,
}

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Case {
    kind: KindName,
    address: Address,
    tag: &'static str,
    damage: Damage,
    mode: Mode,
    /// False where there is no lock that pins ids, as in a checkout from before lz pinned them.
    locked: bool,
}

impl fmt::Display for Case {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { kind, address, tag, damage, mode, locked } = self;
        let lock = if *locked { "Locked" } else { "Unlocked" };
        write!(formatter, "{}-{address}-{tag}-{damage:?}-{mode:?}-{lock}", kind.as_str())
    }
}

const DAMAGES: [Damage; 6] =
    [Damage::Removed, Damage::Typo, Damage::OtherCase, Damage::Swapped, Damage::Copied, Damage::BothStripped];
const MODES: [Mode; 4] = [Mode::Sweep, Mode::Repair, Mode::RepairWithRemovals, Mode::Apply];
const TAGS: [&str; 3] = [TAG_ADDRESS, TAG_ZONE, TAG_RUN];

/// The kinds of which a stranger, outside the zone's VPCs, under another name or no account of the zone, is nothing that lz
/// looks at.
const OUT_OF_SIGHT: &[KindName] = &[
    KindName::Account,
    KindName::Firewall,
    KindName::FirewallPolicy,
    KindName::FirewallRuleGroup,
    KindName::LogGroup,
    KindName::NatGateway,
    KindName::Subnet,
    KindName::VpcEndpoint,
];

/// What has gone wrong before; always in the sample.
const WHY: [(KindName, &str, Damage, Mode); 9] = [
    (KindName::TransitGateway, TAG_ADDRESS, Damage::OtherCase, Mode::Apply),
    (KindName::TransitGateway, TAG_ZONE, Damage::OtherCase, Mode::Repair),
    (KindName::Vpc, TAG_ADDRESS, Damage::Typo, Mode::Apply),
    (KindName::Vpc, TAG_ZONE, Damage::OtherCase, Mode::Apply),
    (KindName::ElasticIp, TAG_ADDRESS, Damage::Typo, Mode::Repair),
    (KindName::FirewallRuleGroup, TAG_ADDRESS, Damage::Copied, Mode::Repair),
    (KindName::FirewallPolicy, TAG_ADDRESS, Damage::Copied, Mode::Apply),
    (KindName::SecurityGroup, TAG_ADDRESS, Damage::Copied, Mode::Repair),
    (KindName::Vpc, TAG_ADDRESS, Damage::Copied, Mode::Sweep),
];

/// A zone that is built.
struct Scene {
    world: World,
    desired: Desired,
    built: BTreeMap<Address, String>,
    live: BTreeMap<String, LiveResource>,
}

/// A case at work.
struct Trial<'s> {
    scene: &'s Scene,
    case: &'s Case,
    world: World,
    /// The addresses whose tags were changed.
    touched: BTreeSet<Address>,
    stranger: Option<String>,
}

impl Scene {
    fn new() -> Self {
        let mut world = World::small(SEED);
        world.build();
        world.rollback = true;
        let built = world.check().unchanged;
        let desired = world.load().1;
        let live = world.discover().resources.into_iter().map(|one| (one.observed.id.clone(), one)).collect();
        // What lz has made is known from here on, whatever becomes of its tags.
        world.before_hands();
        Self { world, desired, built, live }
    }

    /// One resource of each kind that carries tags, in the hub and in a workload.
    fn subjects(&self) -> Vec<(KindName, Address)> {
        let mut chosen: BTreeMap<(KindName, bool), Address> = BTreeMap::new();
        for (address, resource) in &self.desired {
            let kind = resource.spec.kind();
            if kind.tagging() != Tagging::None {
                let in_workload = matches!(&resource.owner, Owner::Account(name) if name.as_str() != HUB);
                chosen.entry((kind, in_workload)).or_insert_with(|| address.clone());
            }
        }
        chosen.into_iter().map(|((kind, _), address)| (kind, address)).collect()
    }

    fn cases(&self) -> Vec<Case> {
        let mut cases = Vec::new();
        for (kind, address) in self.subjects() {
            for damage in DAMAGES {
                for tag in TAGS {
                    if damage == Damage::BothStripped && tag != TAG_ADDRESS {
                        continue;
                    }
                    for locked in [true, false] {
                        let case = |mode| Case { kind, address: address.clone(), tag, damage, mode, locked };
                        if self.is_possible(&case(Mode::Sweep)) {
                            cases.extend(MODES.map(case));
                        }
                    }
                }
            }
        }
        cases
    }

    fn is_possible(&self, case: &Case) -> bool {
        match case.damage {
            Damage::Swapped => self.partner(case).is_some(),
            // AWS makes one in each VPC.
            Damage::Copied => case.kind != KindName::DefaultSecurityGroup,
            _ => true,
        }
    }

    fn sample(&self) -> Vec<Case> {
        let all = self.cases();
        let is_why = |case: &&Case| case.locked && WHY.contains(&(case.kind, case.tag, case.damage, case.mode));
        let mut cases: Vec<Case> = all.iter().filter(is_why).cloned().collect();
        let mut drawn = fastrand::Rng::with_seed(SEED);
        cases.extend((0..DRAWN).map(|_| all[drawn.usize(..all.len())].clone()));
        cases.sort();
        cases.dedup();
        cases
    }

    fn tags(&self, address: &Address) -> &BTreeMap<String, String> {
        &self.live[&self.built[address]].observed.tags
    }

    /// Another resource of the kind whose tag has another value, of the same account where there is one.
    fn partner(&self, case: &Case) -> Option<Address> {
        let value = |address: &Address| self.tags(address).get(case.tag);
        let owner = &self.desired[&case.address].owner;
        let others = self.desired.iter().filter(|(address, one)| {
            one.spec.kind() == case.kind && **address != case.address && value(address) != value(&case.address)
        });
        let mut others: Vec<(&Address, &Owner)> = others.map(|(address, one)| (address, &one.owner)).collect();
        others.sort_by_key(|(_, other)| *other != owner);
        others.first().map(|(address, _)| (*address).clone())
    }

    fn account(&self, address: &Address) -> String {
        match &self.desired[address].owner {
            Owner::Management => self.world.twin.management_credentials().account,
            Owner::Account(name) => self.world.account(name.as_str()),
        }
    }

    fn try_out(&self, case: &Case) -> Vec<String> {
        let mut world = self.world.copy();
        if !case.locked {
            world.without_lock = true;
            let lock = world.lock().without_ids();
            world.write("lz.lock", lock.to_text().expect("a lock"));
        }
        let touched = BTreeSet::from([case.address.clone()]);
        let mut trial = Trial { scene: self, case, world, touched, stranger: None };
        trial.damage();
        trial.go()
    }
}

impl Trial<'_> {
    fn retag(&self, address: &Address, id: &str, set: &[(String, String)], removed: &[&str]) {
        let tagging = self.case.kind.tagging();
        self.world.by_hand(&self.scene.account(address), async |by| retag(&by, tagging, id, set, removed).await);
    }

    fn damage(&mut self) {
        let (scene, case) = (self.scene, self.case);
        let id = &scene.built[&case.address];
        let tags = scene.tags(&case.address);
        let value = tags.get(case.tag).cloned().unwrap_or_default();
        let set = |value: String| [(case.tag.to_owned(), value)];
        match case.damage {
            Damage::Removed => self.retag(&case.address, id, &[], &[case.tag]),
            Damage::BothStripped => self.retag(&case.address, id, &[], &[TAG_ADDRESS, TAG_ZONE]),
            Damage::Typo => self.retag(&case.address, id, &set(format!("{value}x")), &[]),
            Damage::OtherCase => self.retag(&case.address, id, &set(other_case(&value)), &[]),
            Damage::Swapped => {
                let other = scene.partner(case).expect("another one");
                let others = scene.tags(&other)[case.tag].clone();
                self.retag(&case.address, id, &set(others), &[]);
                self.retag(&other, &scene.built[&other], &set(value), &[]);
                self.touched.insert(other);
            }
            Damage::Copied => {
                let copied: Vec<(String, String)> = match case.tag {
                    TAG_ADDRESS => {
                        TAGS.iter().filter_map(|tag| Some(((*tag).to_owned(), tags.get(*tag)?.clone()))).collect()
                    }
                    tag => vec![(tag.to_owned(), value)],
                };
                let around = self.around();
                let account = scene.account(&case.address);
                let made = self.world.by_hand(&account, async |by| stranger(&by, case.kind, &around).await);
                let made = made.expect("a stranger");
                self.retag(&case.address, &made, &copied, &[]);
                self.stranger = Some(made);
            }
        }
    }

    fn around(&self) -> Around {
        let (desired, built) = (&self.scene.desired, &self.scene.built);
        let owner = &desired[&self.case.address].owner;
        let first = |kind: KindName, owner: Option<&Owner>| {
            let is_one =
                |one: &lz::kinds::Resource| one.spec.kind() == kind && owner.is_none_or(|owner| one.owner == *owner);
            desired.iter().find(|(_, one)| is_one(one)).map(|(address, _)| built[address].clone())
        };
        Around {
            vpc: first(KindName::Vpc, Some(owner)),
            gateway: first(KindName::TransitGateway, None).expect("a gateway"),
            unit: first(KindName::OrganizationalUnit, None).expect("a unit"),
        }
    }

    fn go(&mut self) -> Vec<String> {
        let mut wrong = self.judge_findings(&self.world.copy().sweep());
        let since = self.world.trace.len();
        match self.case.mode {
            Mode::Sweep => return wrong,
            Mode::Repair => wrong.extend(self.world.repair().errors()),
            Mode::RepairWithRemovals => {
                self.world.strangers = Strangers::Removed;
                wrong.extend(self.world.repair().errors());
                self.world.strangers = Strangers::Kept;
            }
            Mode::Apply => {
                let everything = self.world.everything();
                wrong.extend(self.world.apply(&everything).errors());
            }
        }
        let exchanges = self.world.trace.since(since);
        let makes = |action: &str| action.starts_with("Create") || action.starts_with("Allocate");
        let made = exchanges.iter().filter(|one| makes(&one.action) && one.action != "CreateTags");
        wrong.extend(made.map(|one| format!("it made something: {}", one.action)));
        let removes = self.case.mode == Mode::RepairWithRemovals;
        if let Some(stranger) = self.stranger.as_ref().filter(|_| !removes) {
            let taken = exchanges.iter().filter_map(taking).filter(|one| one.ids.contains(stranger));
            wrong.extend(taken.map(|one| format!("it took the stranger: {}", one.action)));
        }
        wrong.extend(self.judge_end());
        wrong
    }

    /// What the sweep says that it should not, and does not say that it should.
    fn judge_findings(&self, swept: &Swept) -> Vec<String> {
        let is_about =
            |finding: &Finding, text: &str| finding.aws_id.as_deref() == Some(text) || finding.sentence.contains(text);
        let is_about_stranger =
            |finding: &&Finding| self.stranger.as_ref().is_some_and(|stranger| is_about(finding, stranger));
        let is_about_tags = |finding: &Finding| {
            let only_tags =
                !finding.attributes.is_empty() && finding.attributes.iter().all(|one| one.attribute == Attribute::Tags);
            let words = finding.sentence.contains("tag");
            (only_tags || finding.attributes.is_empty()) && words && finding.class != Class::Missing
        };
        let (of_stranger, others): (Vec<&Finding>, Vec<&Finding>) =
            swept.sweep.findings.iter().partition(is_about_stranger);
        let mut told = BTreeSet::new();
        let mut wrong = Vec::new();
        for finding in others {
            match &finding.address {
                Some(address) if self.touched.contains(address) && is_about_tags(finding) => {
                    told.insert(address.clone());
                    if finding.severity > Severity::High {
                        wrong.push(format!("too severe: {} {}", finding.severity.as_str(), finding.sentence));
                    }
                }
                _ => wrong.push(format!("a false finding: {} {}", finding.class.as_str(), finding.sentence)),
            }
        }
        let is_of_run = self.case.tag == TAG_RUN;
        match (is_of_run, self.stranger.is_some()) {
            (true, _) if !told.is_empty() => wrong.push("lz:run is not compared, and was told".to_owned()),
            (true, _) | (false, true) => {}
            (false, false) => {
                let untold = self.touched.difference(&told);
                wrong.extend(untold.map(|address| format!("nothing was told of {address}")));
            }
        }
        let is_seen = !OUT_OF_SIGHT.contains(&self.case.kind);
        let is_copy = self.stranger.is_some() && self.case.tag == TAG_ADDRESS;
        if is_seen && is_copy && of_stranger.is_empty() && told.is_empty() {
            wrong.push("nothing was told of the copy".to_owned());
        }
        wrong
    }

    /// What is not as it was.
    fn judge_end(&mut self) -> Vec<String> {
        let mut wrong = Vec::new();
        let plan = self.world.plan();
        let changes = super::checks::described(&plan);
        if !changes.is_empty() {
            wrong.push(format!("there is still to do: {changes}"));
        }
        for (address, id) in &self.scene.built {
            if plan.unchanged.get(address) != Some(id) {
                wrong.push(format!("{address} is {:?} and not {id}", plan.unchanged.get(address)));
            }
        }
        if self.stranger.is_none() && wrong.is_empty() {
            self.world.check();
            self.world.assert_conformant();
        }
        wrong
    }
}

/// The same with the last word's first letter in the other case.
fn other_case(value: &str) -> String {
    let has_letters = |part: &&str| part.contains(|one: char| one.is_ascii_alphabetic());
    let part = value.rsplit('/').find(has_letters).expect("a letter");
    let start = value.rfind(part).expect("it is there");
    let letter = start + part.find(|one: char| one.is_ascii_alphabetic()).expect("a letter");
    let flip = |(place, one): (usize, char)| match (place == letter, one.is_uppercase()) {
        (true, true) => one.to_ascii_lowercase(),
        (true, false) => one.to_ascii_uppercase(),
        (false, _) => one,
    };
    value.char_indices().map(flip).collect()
}

#[test]
fn tags_that_people_change_are_put_back_and_nothing_else_happens() {
    let matrix = Matrix::new("scripts/tag-matrix", "LZ_TAG_MATRIX");
    let scene = Scene::new();
    let cases = if matrix.is_whole() { matrix.choose(scene.cases()) } else { scene.sample() };
    matrix.run(&cases, Scene::new, Scene::try_out);
}
