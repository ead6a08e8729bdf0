//! What people write about paths, on the networks that zones are planned with.

use super::violations;
use crate::intent::intent;
use crate::reach::prove::Source;
use crate::values::{Cidr, DomainName, Label, PortRange};
use crate::zone::sample::{Topology, network_name, sample, uninspected};
use crate::zone::{Egress, Invariant, NetworkName, PathClaim, PathTraffic, Place, Waypoint, Zone};

const NAME: &str = "mine";
const REACHES: PathClaim = PathClaim::Reaches { through: None };

fn label(text: &str) -> Label {
    Label::parse(text).unwrap()
}

fn container(account: &str) -> NetworkName {
    network_name(account, "container")
}

fn tier(account: &str, tier: &str) -> Place {
    Place::Tier(container(account), label(tier))
}

fn range(text: &str) -> Place {
    Place::Range(Cidr::parse(text).unwrap())
}

fn domain(text: &str) -> Place {
    Place::Domain(DomainName::parse(text).unwrap())
}

fn https() -> PathTraffic {
    PathTraffic::Tcp([PortRange::parse("443").unwrap()].into())
}

fn stated(zone: &Zone, (from, to): (Place, Place), claim: PathClaim, traffic: PathTraffic) -> Zone {
    let statement = Invariant { name: label(NAME), from, to, claim, traffic };
    Zone { invariants: [(label(NAME), statement)].into(), ..zone.clone() }
}

/// What breaks a statement, each in a sentence; nothing else is broken.
fn broken(zone: &Zone, ends: (Place, Place), claim: PathClaim, traffic: PathTraffic) -> Vec<String> {
    let found = violations(&stated(zone, ends, claim, traffic));
    assert!(found.iter().all(|one| one.invariant == NAME), "{found:#?}");
    found.into_iter().map(|one| one.sentence).collect()
}

fn holds(zone: &Zone, ends: (Place, Place), claim: PathClaim, traffic: PathTraffic) -> bool {
    let found = broken(zone, ends.clone(), claim, traffic);
    let sources = intent(&stated(zone, ends, REACHES, PathTraffic::All)).invariants;
    assert!(sources.iter().any(|one| one.name == NAME), "it is about nothing");
    found.is_empty()
}

#[test]
fn workloads_reach_of_the_internet_what_they_list() {
    let zone = sample(Topology::Segmented, 2, 3);
    let out = || (Place::Workloads, Place::Internet);
    let found = broken(&zone, out(), PathClaim::NeverReaches, PathTraffic::All);
    assert_eq!(found.len(), 3, "{found:#?}");
    // Which name the client asks for decides, and nobody says.
    assert!(found[0].starts_with("what orders-prod sends to the internet may get there: "), "{}", found[0]);
    assert!(
        found[0].ends_with(
            " lead it to networking/egress/internet-gateway, and networking/egress/firewall/endpoints/az1 decides by a rule \
             that lz can't judge, or by the name that the client asks for"
        ),
        "{}",
        found[0]
    );
    assert!(holds(&zone, out(), PathClaim::NeverReaches, PathTraffic::Udp([].into())));

    let mut silent = zone;
    silent.accounts.values_mut().for_each(|account| account.egress = Egress::default());
    assert!(holds(&silent, out(), PathClaim::NeverReaches, PathTraffic::All));
}

#[test]
fn segments_are_kept_apart_or_not() {
    let apart = || (Place::Segment(label("prod")), Place::Segment(label("dev")));
    let together = || (Place::Segment(label("prod")), Place::Segment(label("prod")));
    let segmented = sample(Topology::Segmented, 2, 3);
    assert!(holds(&segmented, apart(), PathClaim::NeverReaches, PathTraffic::All));
    assert!(holds(&segmented, together(), PathClaim::NeverReaches, PathTraffic::All));
    assert_eq!(
        broken(&segmented, together(), REACHES, https())[0],
        "what orders-prod sends to payments-prod/container/vpc does not get there and back: \
         networking/transit-gateway/tables/spokes-prod/self drops it: its route leads nowhere"
    );

    let flat = sample(Topology::Flat, 2, 3);
    assert!(holds(&flat, apart(), REACHES, PathTraffic::All));
    let found = broken(&flat, apart(), PathClaim::NeverReaches, PathTraffic::Icmp);
    assert_eq!(found.len(), 2, "{found:#?}");
    let way = "what orders-prod sends to payments-dev/container/vpc gets there: orders-prod/container/data/az1/route-table, \
               networking/transit-gateway/tables/main/self, payments-dev/container/transit/az1/route-table lead it to \
               payments-dev/container/data/az1/subnet";
    assert_eq!(found[0], way);
    // The only one of its segment: there is nobody to reach.
    let dev = || Place::Segment(label("dev"));
    let alone = intent(&stated(&segmented, (dev(), dev()), REACHES, PathTraffic::All)).invariants;
    assert!(alone.iter().all(|one| one.name != NAME), "{alone:#?}");
}

#[test]
fn the_hub_reaches_workloads_in_all_their_tiers() {
    let zone = sample(Topology::Segmented, 2, 3);
    let ingress = || Place::Network(network_name("networking", "ingress"));
    assert!(holds(&zone, (ingress(), Place::Workloads), REACHES, https()));
    assert!(holds(&zone, (Place::Workloads, ingress()), REACHES, https()));
    assert!(!holds(&zone, (ingress(), Place::Workloads), PathClaim::NeverReaches, https()));
    // The egress VPC is of the hub too, and its own way ends at the internet.
    assert!(!holds(&zone, (ingress(), Place::Hub), REACHES, https()));
}

#[test]
fn tiers_and_names_are_told_apart() {
    let zone = sample(Topology::Segmented, 2, 3);
    let own = || domain("payments-prod.example.com");
    let through = |waypoint| PathClaim::Reaches { through: Some(waypoint) };
    let (private, data) = (|| tier("payments-prod", "private"), || tier("payments-prod", "data"));
    for waypoint in [Waypoint::Firewall, Waypoint::NatGateway, Waypoint::TransitGateway] {
        assert!(holds(&zone, (private(), own()), through(waypoint), https()), "{waypoint:?}");
    }
    assert!(holds(&zone, (data(), own()), PathClaim::NeverReaches, PathTraffic::All));
    assert!(holds(&zone, (private(), domain("orders-prod.example.com")), PathClaim::NeverReaches, https()));
    let found = broken(&zone, (private(), domain("orders-prod.example.com")), REACHES, https());
    assert_eq!(
        found[0],
        "what payments-prod sends to orders-prod.example.com does not get there and back: \
         networking/egress/firewall/endpoints/az1 drops it by its rules, \
         where networking/egress/transit/az1/route-table sends it"
    );
    // Inside the VPC nothing passes the firewall.
    let found = broken(&zone, (private(), data()), through(Waypoint::Firewall), PathTraffic::All);
    assert!(found[0].contains("gets there without a firewall"), "{found:#?}");
}

#[test]
fn ranges_are_any_hosts_with_their_addresses() {
    let zone = sample(Topology::Segmented, 2, 3);
    let workload = zone.networks[&container("payments-prod")].cidr;
    let (from, listed) = (|| Place::Range(workload), || range("203.0.113.10/32"));
    let statement = intent(&stated(&zone, (from(), listed()), REACHES, PathTraffic::Icmp)).invariants;
    assert!(statement.iter().any(|one| one.from == Source::Ranges([workload].into())));
    // Its data tier has no way out, and is of the range.
    assert!(!holds(&zone, (from(), listed()), REACHES, PathTraffic::Icmp));
    let private = zone.networks[&container("payments-prod")].tiers[&label("private")].subnets[0].cidr;
    let from = || Place::Range(private);
    assert!(holds(&zone, (from(), listed()), REACHES, PathTraffic::Icmp));
    assert!(!holds(&zone, (from(), range("203.0.113.8/30")), REACHES, PathTraffic::Icmp));
    assert!(holds(&zone, (from(), range("192.0.2.0/24")), PathClaim::NeverReaches, PathTraffic::Icmp));
    assert!(!holds(&zone, (from(), range("203.0.113.0/24")), PathClaim::NeverReaches, PathTraffic::Icmp));
}

#[test]
fn what_passes_a_component_does_so_in_the_zone_that_has_it() {
    let zone = sample(Topology::Segmented, 2, 3);
    let out = || (Place::Workloads, Place::Internet);
    let passes = |waypoint: &Waypoint| PathClaim::Passes(*waypoint);
    for waypoint in [Waypoint::Firewall, Waypoint::NatGateway, Waypoint::TransitGateway] {
        assert!(holds(&zone, out(), passes(&waypoint), PathTraffic::All), "{waypoint:?}");
        let found = broken(&uninspected(zone.clone()), out(), passes(&waypoint), PathTraffic::All);
        assert_eq!(found.is_empty(), waypoint != Waypoint::Firewall, "{found:#?}");
    }
    assert!(holds(&zone, (Place::Internet, Place::Workloads), PathClaim::NeverReaches, PathTraffic::All));
}
