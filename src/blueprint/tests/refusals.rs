//! What can't be expanded, and what is said of it.

use super::{address, expand, graph};
use crate::values::{Cidr, Email, Label};
use crate::zone::sample::{Topology, network_name, sample, unit};
use crate::zone::{Layout, NextHop, Organization, ShareWith, Zone};

/// What expanding the sample zone says once `spoil` has had its way with it.
fn refusal(spoil: impl FnOnce(&mut Zone)) -> String {
    let mut zone = sample(Topology::Segmented, 2, 1);
    spoil(&mut zone);
    expand(&zone).unwrap_err().to_string()
}

fn organization(zone: &mut Zone) -> &mut Organization {
    match &mut zone.layout {
        Layout::Organization(organization) => organization,
        Layout::SingleAccount => panic!("the sample is an organization"),
    }
}

fn tier<'zone>(zone: &'zone mut Zone, account: &str, network: &str, tier: &str) -> &'zone mut crate::zone::Tier {
    let network = zone.networks.get_mut(&network_name(account, network)).unwrap();
    network.tiers.get_mut(&Label::parse(tier).unwrap()).unwrap()
}

#[test]
fn each_fault_is_named() {
    let everywhere = Cidr::EVERYWHERE;
    let faults: [(&str, String); 9] = [
        (
            "the tier `data` of `payments-prod/container` routes to a NAT gateway in use1-az1, where that VPC has none; \
             give a tier of the VPC NAT gateways",
            refusal(|zone| {
                tier(zone, "payments-prod", "container", "data").routes.insert(everywhere, NextHop::NatGateway);
            }),
        ),
        (
            "the tier `private` of `networking/ingress` routes to an internet gateway, which that VPC does not have",
            refusal(|zone| {
                tier(zone, "networking", "ingress", "private").routes.insert(everywhere, NextHop::InternetGateway);
            }),
        ),
        (
            "the tier `public` of `networking/egress` holds NAT gateways, but has no route to an internet gateway",
            refusal(|zone| {
                tier(zone, "networking", "egress", "public").routes.remove(&everywhere);
            }),
        ),
        (
            "a route of the tier `private` to the transit gateway needs the VPC `networking/ingress` to be attached to \
             the transit gateway, and it is not",
            refusal(|zone| {
                zone.networks.get_mut(&network_name("networking", "ingress")).unwrap().attachment = None;
            }),
        ),
        (
            "`payments-prod/container` can't be attached: the transit gateway is not shared with a unit that holds its \
             account",
            refusal(|zone| organization(zone).share_with = ShareWith::Units([unit(&["Workloads", "NonProd"])].into())),
        ),
        (
            "the organizational units `Workloads/PROD` and `Workloads/Prod` would have the same address, \
             `organization/units/workloads/prod/self`; rename one",
            refusal(|zone| {
                organization(zone).units.insert(unit(&["Workloads", "PROD"]));
            }),
        ),
        (
            "`organization/units/workloads/self` would be a resource and hold `organization/units/workloads/self/self`; \
             rename what one of them is named after",
            refusal(|zone| {
                organization(zone).units.insert(unit(&["Workloads", "Self"]));
            }),
        ),
        (
            "account `payments-prod` has no e-mail address, which an account of an organization needs",
            refusal(|zone| {
                zone.accounts.get_mut(&Label::parse("payments-prod").unwrap()).unwrap().email = None::<Email>;
            }),
        ),
        (
            "`payments-prod/container` is associated with the transit gateway's route tables `egress` and `spokes-prod`; \
             it can be with one",
            refusal(|zone| {
                let egress = Label::parse("egress").unwrap();
                let table = zone.transit_gateway.route_tables.get_mut(&egress).unwrap();
                table.associated.insert(network_name("payments-prod", "container"));
            }),
        ),
    ];
    for (expected, found) in faults {
        assert_eq!(found, expected);
    }
}

#[test]
fn a_share_with_a_unit_reaches_the_accounts_below_it() {
    let mut zone = sample(Topology::Segmented, 2, 3);
    organization(&mut zone).share_with = ShareWith::Units([unit(&["Workloads"])].into());
    assert!(expand(&zone).is_ok());
}

#[test]
fn a_graph_names_who_needs_what_is_missing() {
    let mut desired = expand(&sample(Topology::Flat, 2, 0)).unwrap();
    desired.remove(&address("networking/egress/internet-gateway"));
    assert_eq!(
        graph(&desired).unwrap_err().to_string(),
        "`networking/egress/public/az1/nat` needs `networking/egress/internet-gateway`, which nothing makes"
    );
}

#[test]
fn names_that_meet_in_an_address_are_refused() {
    let rename = |zone: &mut Zone, name: &str| {
        let network = zone.networks.get_mut(&network_name("networking", "ingress")).unwrap();
        let mut tier = network.tiers.remove(&Label::parse("private").unwrap()).unwrap();
        tier.name = Label::parse(name).unwrap();
        network.tiers.insert(tier.name.clone(), tier);
    };
    assert_eq!(
        refusal(|zone| rename(zone, "vpc")),
        "`networking/ingress/vpc` would be a resource and hold `networking/ingress/vpc/az1/route-table`; rename what one \
         of them is named after"
    );
}
