//! What is true of every zone.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;

use super::{expand, graph};
use crate::graph::Address;
use crate::kinds::{Desired, Owner, Scope, Spec, account_address};
use crate::values::Label;
use crate::zone::sample::{Topology, in_one_account, sample, uninspected, unit};
use crate::zone::{Layout, ShareWith, Zone};

fn zones() -> impl Strategy<Value = Zone> {
    let topology = prop_oneof![Just(Topology::Segmented), Just(Topology::Flat)];
    (topology, 2_usize..=4, 0_usize..=12, any::<[bool; 5]>()).prop_map(
        |(topology, zones, workloads, [one_account, auto_accept, share_with_unit, flow_logs, inspected])| {
            let mut zone = sample(topology, zones, workloads);
            zone.transit_gateway.auto_accept_shared_attachments = auto_accept;
            if let (true, Layout::Organization(organization)) = (share_with_unit, &mut zone.layout) {
                organization.share_with = ShareWith::Units([unit(&["Workloads"])].into());
            }
            if !flow_logs {
                zone.flow_logs = None;
            }
            let zone = if inspected { zone } else { uninspected(zone) };
            if one_account { in_one_account(zone) } else { zone }
        },
    )
}

fn of_kind(desired: &Desired, wanted: impl Fn(&Spec) -> bool) -> BTreeSet<Address> {
    desired.iter().filter(|(_, resource)| wanted(&resource.spec)).map(|(address, _)| address.clone()).collect()
}

/// How often each address is named.
fn counted<'a>(named: impl Iterator<Item = &'a Address>) -> BTreeMap<Address, usize> {
    let mut counts = BTreeMap::new();
    for address in named {
        *counts.entry(address.clone()).or_default() += 1;
    }
    counts
}

/// Each of these once.
fn once(all: BTreeSet<Address>) -> BTreeMap<Address, usize> {
    all.into_iter().map(|address| (address, 1)).collect()
}

/// The account that an address starts with, and whose part it is: a VPC's own things by their account, the transit
/// gateway's by the VPC at their end.
fn expected_scope(address: &str) -> Scope {
    let segments: Vec<&str> = address.split('/').collect();
    let of_account = |account: &str| match account {
        "networking" => Scope::Hub,
        workload => Scope::Workload(Label::parse(workload).unwrap()),
    };
    match segments.as_slice() {
        ["organization", "accounts", "networking"] => Scope::Organization,
        ["organization", "accounts", workload] => of_account(workload),
        ["organization", ..] => Scope::Organization,
        ["networking", "transit-gateway", .., "acceptances" | "associations" | "propagations", network]
        | ["networking", "egress", "firewall", "workloads", network] => of_account(network.split_once('.').unwrap().0),
        [account, ..] => of_account(account),
        [] => unreachable!("split gives one part at least"),
    }
}

fn expected_owner(zone: &Zone, address: &str) -> Owner {
    let account = address.split('/').next().unwrap();
    if zone.layout == Layout::SingleAccount || account == "organization" {
        Owner::Management
    } else {
        Owner::Account(Label::parse(account).unwrap())
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn the_graph_is_complete_and_acyclic_and_its_addresses_are_leaves(zone in zones()) {
        let desired = expand(&zone).unwrap();
        prop_assert_eq!(graph(&desired).unwrap().order().len(), desired.len());
        for above in desired.keys() {
            let prefix = format!("{above}/");
            let below = desired.keys().find(|address| address.as_str().starts_with(&prefix));
            prop_assert!(below.is_none(), "{} is above {:?}", above, below);
            prop_assert!(Address::parse(above.as_str()).is_ok());
        }
    }

    #[test]
    fn every_subnet_and_every_attachment_has_exactly_one_association(zone in zones()) {
        let desired = expand(&zone).unwrap();
        let specs = || desired.values().map(|resource| &resource.spec);
        let subnets = counted(specs().filter_map(|spec| match spec {
            Spec::RouteTableAssociation(association) => association.subnet.as_address(),
            _ => None,
        }));
        prop_assert_eq!(subnets, once(of_kind(&desired, |spec| matches!(spec, Spec::Subnet(_)))));
        let attachments = counted(specs().filter_map(|spec| match spec {
            Spec::TransitGatewayAssociation(association) => association.attachment.as_address(),
            _ => None,
        }));
        prop_assert_eq!(attachments, once(of_kind(&desired, |spec| matches!(spec, Spec::TransitGatewayAttachment(_)))));
    }

    #[test]
    fn every_resource_has_its_owner_and_scope_and_waits_for_its_account(zone in zones()) {
        for (address, resource) in expand(&zone).unwrap() {
            prop_assert_eq!(&resource.owner, &expected_owner(&zone, address.as_str()), "{}", &address);
            prop_assert_eq!(&resource.scope, &expected_scope(address.as_str()), "{}", &address);
            if let Owner::Account(name) = &resource.owner {
                prop_assert!(resource.after.contains(&account_address(name)), "{}", &address);
            }
        }
    }

    #[test]
    fn acceptances_are_those_that_aws_does_not_give_by_itself(zone in zones()) {
        let desired = expand(&zone).unwrap();
        let accepted = of_kind(&desired, |spec| matches!(spec, Spec::TransitGatewayAttachmentAcceptance(_)));
        let shared = zone.layout != Layout::SingleAccount && !zone.transit_gateway.auto_accept_shared_attachments;
        let workloads = zone.networks.keys().filter(|name| name.account != zone.transit_gateway.account).count();
        prop_assert_eq!(accepted.len(), if shared { workloads } else { 0 });
    }
}
