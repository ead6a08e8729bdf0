//! The blind matrix: one read call that fails for good, in one account, in every command. Whatever the command was to do,
//! what was there before stays; the command ends and says what could not be read; and with sight restored one run makes the
//! network the planned one.
//!
//! The calls are found by recording each command, so that new ones are in by themselves. All cases run by
//! `scripts/blind-matrix`; otherwise a sample does, which always holds what has gone wrong before.

mod commands;

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::rc::Rc;

use aws_sdk_ec2::types::{ApplianceModeSupportValue, ModifyTransitGatewayVpcAttachmentRequestOptions};
use lz::graph::Address;
use lz::plan::Action;
use lz::twin::faults::{Kind, Rule};
use lz::twin::sts::Role;

use self::commands::{Command, Said};
use super::drift::HUB;
use super::matrix::Matrix;
use super::safety::taking;
use super::world::{Console, World};

const SEED: u64 = 83;
const WORKLOAD: &str = "payments-prod";
const OTHER: &str = "payments-dev";
const NEW: &str = "orders-prod";
/// The longest that a command may take, in seconds of AWS's time.
const LONGEST: u64 = 8 * 3600;
/// How many cases are drawn for the sample, besides those that have gone wrong before.
const DRAWN: usize = 14;
/// The role's loss, as if it were a call: nothing can be read in the account.
const ROLE: &str = "the role";
/// Calls that are left out: without an answer lz does not know who calls, and begins nothing.
const LEFT_OUT: [&str; 1] = ["GetCallerIdentity"];

/// What there is to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Situation {
    /// Nothing.
    Settled,
    /// A workload is to be built.
    NewWorkload,
    /// People have changed things in the hub and in both workloads.
    Drifted,
    /// The files ask for another tag on everything.
    Edited,
    /// A workload's onboarding has failed half way.
    HalfBuilt,
}

/// The account in which a call fails.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Place {
    Management,
    Networking,
    Workload,
}

/// How it fails, for good.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Trouble {
    Denied,
    /// AWS says that what is asked about, or the account's access, is not there.
    Gone,
    InternalError,
    Lost,
}

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Case {
    command: Command,
    situation: Situation,
    place: Place,
    /// The service and the action, such as `ec2:DescribeVpcs`, or [`ROLE`].
    call: String,
    trouble: Trouble,
}

impl fmt::Display for Case {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { command, situation, place, call, trouble } = self;
        let call = call.replace(' ', "-");
        write!(formatter, "{command:?}-{situation:?}-{place:?}-{call}-{trouble:?}")
    }
}

const COMMANDS: [(Command, &[Situation]); 6] = {
    use Situation::{Drifted, Edited, HalfBuilt, NewWorkload, Settled};
    const ALL: &[Situation] = &[Settled, NewWorkload, Drifted, Edited];
    [
        (Command::Plan, ALL),
        (Command::Bootstrap, ALL),
        (Command::Onboard, ALL),
        (Command::Rollback, &[HalfBuilt]),
        (Command::Sweep, ALL),
        (Command::Repair, ALL),
    ]
};
const PLACES: [Place; 3] = [Place::Management, Place::Networking, Place::Workload];
const TROUBLES: [Trouble; 4] = [Trouble::Denied, Trouble::Gone, Trouble::InternalError, Trouble::Lost];

/// What has gone wrong before; always in the sample.
const WHY: [(Command, Situation, Place, &str, Trouble); 8] = [
    (Command::Onboard, Situation::NewWorkload, Place::Networking, "ec2:DescribeInternetGateways", Trouble::Denied),
    (Command::Onboard, Situation::NewWorkload, Place::Networking, "ec2:DescribeTransitGateways", Trouble::Denied),
    (Command::Repair, Situation::Drifted, Place::Networking, "ec2:DescribeVpcs", Trouble::Denied),
    (Command::Repair, Situation::Drifted, Place::Networking, "network-firewall:ListFirewalls", Trouble::Denied),
    (Command::Onboard, Situation::NewWorkload, Place::Networking, "ram:GetResourceShares", Trouble::Denied),
    (Command::Repair, Situation::Drifted, Place::Networking, "ec2:DescribeRouteTables", Trouble::InternalError),
    (Command::Repair, Situation::Drifted, Place::Networking, ROLE, Trouble::Gone),
    (Command::Onboard, Situation::NewWorkload, Place::Networking, ROLE, Trouble::Gone),
];

/// A zone that is built, and the situations that were needed so far, each with what was there.
struct Scene {
    built: World,
    situations: RefCell<BTreeMap<Situation, Rc<(World, Was)>>>,
}

/// What was there.
struct Was {
    /// All of AWS's ids that lz sees.
    ids: BTreeSet<String>,
    /// The id of each address that is there.
    built: BTreeMap<Address, String>,
}

impl Was {
    fn of(world: &World) -> Self {
        let mut looking = world.copy();
        let plan = looking.plan();
        let changing = plan.changes.iter().filter_map(|(address, one)| Some((address, &one.live()?.id)));
        let built = plan.unchanged.iter().chain(changing).map(|(address, id)| (address.clone(), id.clone())).collect();
        let ids = looking.discover().resources.into_iter().map(|one| one.observed);
        Self { ids: ids.flat_map(|one| one.aliases.into_iter().chain([one.id])).collect(), built }
    }
}

/// Changes by hand that one repair mends without taking anything away.
fn drift(world: &World) {
    let plan = world.copy().plan();
    let id = |address: &str| plan.unchanged[&Address::parse(address).expect("an address")].clone();
    let attachment = id("networking/egress/attachment");
    world.by_hand(&world.account(HUB), async |by: Console| {
        let options = ModifyTransitGatewayVpcAttachmentRequestOptions::builder();
        let options = options.appliance_mode_support(ApplianceModeSupportValue::Disable).build();
        let modify = by.ec2.modify_transit_gateway_vpc_attachment().transit_gateway_attachment_id(&attachment);
        modify.options(options).send().await.expect("done");
    });
    let table = id(&format!("{WORKLOAD}/container/private/az1/route-table"));
    world.by_hand(&world.account(WORKLOAD), async |by: Console| {
        let delete = by.ec2.delete_route().route_table_id(&table).destination_cidr_block("0.0.0.0/0");
        delete.send().await.expect("done");
    });
    let log = id(&format!("{OTHER}/container/flow-log"));
    world.by_hand(&world.account(OTHER), async |by: Console| {
        by.ec2.delete_flow_logs().flow_log_ids(&log).send().await.expect("done");
    });
}

impl Situation {
    /// The situation, made of a zone that is built.
    fn world(self, built: &World) -> World {
        let mut world = built.copy();
        match self {
            Self::Settled => {}
            Self::NewWorkload => drop(world.add_workload(NEW)),
            Self::Drifted => drift(&world),
            Self::Edited => drop(world.edit("lz.toml", "owner = \"platform\"", "owner = \"network\"")),
            Self::HalfBuilt => {
                world.add_workload(NEW).rollback = false;
                world.fault(Kind::Denied, None, "CreateVpcEndpoint", 1, u64::MAX);
                assert_ne!(world.onboard_all().errors(), Vec::<String>::new());
                world.twin.with_world(|aws| aws.faults.rules.clear());
            }
        }
        world.rollback = true;
        world
    }
}

impl Scene {
    fn new() -> Self {
        let mut built = World::small(SEED);
        built.build();
        built.check();
        Self { built, situations: RefCell::default() }
    }

    fn situation(&self, situation: Situation) -> Rc<(World, Was)> {
        if let Some(known) = self.situations.borrow().get(&situation) {
            return Rc::clone(known);
        }
        let world = situation.world(&self.built);
        let was = Was::of(&world);
        let made = Rc::new((world, was));
        self.situations.borrow_mut().insert(situation, Rc::clone(&made));
        made
    }

    fn copy(&self, situation: Situation) -> World {
        self.situation(situation).0.copy()
    }

    /// The calls of a command that read something, in each account.
    fn calls(&self, command: Command, situation: Situation) -> Vec<(Place, String)> {
        let mut first = self.copy(situation);
        command.obey(&mut first);
        let reads = first.twin.statistics().actions.into_keys().filter(|name| {
            let action = action_of(name);
            let is_read = lz::twin::throttle::is_read(action) || action == "AssumeRole";
            is_read && !LEFT_OUT.contains(&action)
        });
        let reads: Vec<String> = reads.collect();
        let all: Vec<(Place, String)> =
            reads.iter().flat_map(|call| PLACES.map(|place| (place, call.clone()))).collect();
        // Rules that never let anything go wrong count whose calls these are.
        let mut counted = self.copy(situation);
        let rules = all.iter().map(|(place, call)| Rule {
            kind: Kind::Slow(0),
            account: Some(place.account(&counted)),
            action: Some(action_of(call).to_owned()),
            from: 1,
            times: 0,
            seen: 0,
        });
        let rules: Vec<Rule> = rules.collect();
        counted.twin.with_world(|aws| aws.faults.rules = rules);
        command.obey(&mut counted);
        let seen: Vec<u64> = counted.twin.with_world(|aws| aws.faults.rules.iter().map(|rule| rule.seen).collect());
        let met = all.into_iter().zip(seen).filter(|(_, seen)| *seen > 0).map(|(call, _)| call);
        let roles = [Place::Networking, Place::Workload].map(|place| (place, ROLE.to_owned()));
        met.chain(roles).collect()
    }

    fn cases(&self) -> Vec<Case> {
        let mut cases = Vec::new();
        for (command, situations) in COMMANDS {
            for situation in situations.iter().copied() {
                for (place, call) in self.calls(command, situation) {
                    for trouble in TROUBLES {
                        if call != ROLE || trouble == Trouble::Gone {
                            cases.push(Case { command, situation, place, call: call.clone(), trouble });
                        }
                    }
                }
            }
        }
        cases
    }

    /// What went wrong.
    fn try_out(&self, case: &Case) -> Vec<String> {
        let known = self.situation(case.situation);
        let (_, was) = &*known;
        let mut world = self.copy(case.situation);
        case.begin(&mut world);
        let (began, since) = (world.twin.now(), world.trace.len());
        let said = case.command.obey(&mut world);
        let mut wrong = Vec::new();
        let seconds = world.twin.now().since(began) / 1000;
        if seconds > LONGEST {
            wrong.push(format!("it took {seconds} seconds"));
        }
        // A rollback names what it needed and could not read; what it did not need is nothing to it.
        // What a run waits for and does not find may only be not visible yet.
        let is_awaited = case.trouble == Trouble::Gone && said.text.contains("not visible yet");
        if case.command != Command::Rollback && !said.text.contains(case.words()) && !is_awaited {
            wrong.push(format!("it did not say {}: {}", case.words(), said.text));
        }
        let exchanges = world.trace.since(since);
        let is_new = case.situation == Situation::HalfBuilt;
        let taken = exchanges.iter().filter_map(taking).filter(|_| !is_new);
        let taken = taken.filter(|one| one.ids.iter().any(|id| was.ids.contains(id)));
        wrong.extend(taken.map(|one| format!("it took away {} {:?}", one.action, one.ids)));
        wrong.extend(case.command.lies(&said, &was.built));
        if case.command.changes() {
            wrong.extend(end(world, was, is_new));
        }
        wrong
    }
}

/// Sight restored: what is not so after one run.
fn end(mut world: World, was: &Was, is_new: bool) -> Vec<String> {
    world.twin.with_world(|aws| aws.faults.rules.clear());
    let mut aws = world.twin.with_world(|aws| aws.clone());
    world.make_readable(&mut aws);
    world.twin.with_world(|there| *there = aws);
    let again = world.apply(&world.everything());
    let mut wrong: Vec<String> = again.errors().into_iter().map(|error| format!("afterwards {error}")).collect();
    let plan = world.check();
    let other = was.built.iter().filter(|(address, id)| !is_new && plan.unchanged.get(*address) != Some(id));
    wrong.extend(other.map(|(address, id)| format!("{address} is not {id} any more")));
    wrong
}

fn action_of(call: &str) -> &str {
    call.split_once(':').map_or(call, |(_, action)| action)
}

impl Place {
    fn account(self, world: &World) -> String {
        match self {
            Self::Management => world.twin.management_credentials().account,
            Self::Networking => world.account(HUB),
            Self::Workload => world.account(WORKLOAD),
        }
    }
}

impl Case {
    /// What the command has to name.
    fn words(&self) -> &str {
        if self.call == ROLE { "AssumeRole" } else { action_of(&self.call) }
    }

    fn begin(&self, world: &mut World) {
        let account = self.place.account(world);
        if self.call == ROLE {
            world.twin.with_world(|aws| {
                let trusts = vec!["999999999999".to_owned()];
                let role = Role::trusting(aws.seed, &account, "OrganizationAccountAccessRole", trusts, aws.now);
                aws.sts.add_role(&account, "OrganizationAccountAccessRole", role);
            });
            return;
        }
        let kind = match self.trouble {
            Trouble::Denied => Kind::Denied,
            Trouble::Gone => Kind::Refused(self.gone().to_owned()),
            Trouble::InternalError => Kind::ErrorBefore,
            Trouble::Lost => Kind::RequestLost,
        };
        world.fault(kind, Some(&account), action_of(&self.call), 1, u64::MAX);
        world.expected.extend([self.gone()]);
    }

    /// How a service says that something is not there.
    fn gone(&self) -> &'static str {
        match self.call.split_once(':').map_or("", |(service, _)| service) {
            "ec2" => "InvalidTransitGatewayID.NotFound",
            "organizations" => "TargetNotFoundException",
            "ram" => "UnknownResourceException",
            "sts" => "AccessDenied",
            _ => "ResourceNotFoundException",
        }
    }
}

impl Command {
    /// What is told and not so: that something is missing, or has to be made or deleted, that is there.
    fn lies(self, said: &Said, built: &BTreeMap<Address, String>) -> Vec<String> {
        let of_plan = said
            .plan
            .iter()
            .flat_map(|plan| plan.changes.values())
            .filter(|change| change.action() != Action::Update && built.contains_key(&change.address));
        let of_plan = of_plan.map(|change| format!("it plans to {} {}", change.action().as_str(), change.address));
        let missing = said.missing.iter().filter(|address| built.contains_key(*address));
        of_plan.chain(missing.map(|address| format!("it says that {address} is missing"))).collect()
    }
}

#[test]
fn what_cannot_be_read_is_left_as_it_is() {
    let matrix = Matrix::new("scripts/blind-matrix", "LZ_BLIND_MATRIX");
    let scene = Scene::new();
    let cases = match matrix.is_whole() {
        true => matrix.choose(scene.cases()),
        false => scene.sample(),
    };
    matrix.run(&cases, Scene::new, Scene::try_out);
}

impl Scene {
    /// What has gone wrong before, and some of the rest.
    fn sample(&self) -> Vec<Case> {
        let case = |(command, situation, place, call, trouble): (_, _, _, &str, _)| Case {
            command,
            situation,
            place,
            call: call.to_owned(),
            trouble,
        };
        let mut cases: Vec<Case> = WHY.into_iter().map(case).collect();
        let mut drawn = fastrand::Rng::with_seed(SEED);
        let calls = self.calls(Command::Repair, Situation::Drifted);
        for _ in 0..DRAWN {
            let (command, situations) = COMMANDS[drawn.usize(..COMMANDS.len())];
            let situation = situations[drawn.usize(..situations.len())];
            let (place, call) = calls[drawn.usize(..calls.len())].clone();
            let trouble = if call == ROLE { Trouble::Gone } else { TROUBLES[drawn.usize(..TROUBLES.len())] };
            cases.push(Case { command, situation, place, call, trouble });
        }
        cases.sort();
        cases.dedup();
        cases
    }
}
