//! What somebody changes or deletes by hand is told exactly, and brought back by one repair: for each kind that lz makes
//! its disappearance, and for each of its attributes a change.
//!
//! [`catalogue`] says for each kind what can be done to it; it is exhaustive, and held against the specifications of a zone
//! that has every kind. `case` is how one of these is tried. The other files are the cases, by subject.

mod case;
mod catalogue;
mod endpoints;
mod firewall;
mod firewall_rules;
mod organization;
mod routes;
mod scene;
mod transit_gateway;
mod transit_gateway_routes;
mod vpc;

use std::collections::BTreeSet;

use lz::kinds::KindName;

pub use self::case::Entry;
pub use self::catalogue::entries;
pub use self::scene::{DHCP_OPTIONS, HUB, Scene, lines};
use super::world::Console;

/// Tests of some kinds each, so that they run beside each other: every kind is in one of them.
macro_rules! parts {
    ($($test:ident $number:literal,)+) => {
        const PARTS: usize = [$($number),+].len();

        $(
            #[test]
            fn $test() {
                let made = KindName::ALL.iter().copied().filter(|kind| kind.made());
                let part: Vec<KindName> = made.skip($number).step_by(PARTS).collect();
                case::try_all(&part);
            }
        )+
    };
}

parts! {
    of_each_kind_part_1 0,
    of_each_kind_part_2 1,
    of_each_kind_part_3 2,
    of_each_kind_part_4 3,
    of_each_kind_part_5 4,
    of_each_kind_part_6 5,
    of_each_kind_part_7 6,
    of_each_kind_part_8 7,
}

#[test]
fn what_nobody_asked_for_is_told_and_left_alone() {
    let scene = Scene::new();
    let mut world = scene.copy();
    let table = scene.id("payments-prod/container/private/az1/route-table");
    let gateway = scene.id("networking/transit-gateway/self");
    let vpc = scene.id("payments-prod/container/vpc");
    let account = world.account("payments-prod");
    let group = world.by_hand(&account, async |by: Console| {
        let create = by.ec2.create_route().route_table_id(&table).destination_cidr_block("192.0.2.0/24");
        create.transit_gateway_id(&gateway).send().await.expect("done");
        let group = by.ec2.create_security_group().vpc_id(&vpc).group_name("application").description("theirs");
        let group = group.send().await.expect("a group").group_id.expect("an id");
        let bystander = by.ec2.create_vpc().cidr_block("10.99.0.0/16").send().await.expect("a VPC");
        (group, bystander.vpc.and_then(|vpc| vpc.vpc_id).expect("an id"))
    });
    world.foreign.extend([group.0, group.1]);
    let told = |plan: &lz::plan::Plan| plan.unmanaged.iter().map(|one| one.observed.spec.kind()).collect();
    // A group of the workload's own is theirs.
    let strangers = BTreeSet::from([KindName::Route]);
    let plan = world.plan();
    assert_eq!((lines(&plan), told(&plan)), (Vec::new(), strangers.clone()));
    world.build();
    let plan = world.check_built();
    assert_eq!(told(&plan), strangers);
}
