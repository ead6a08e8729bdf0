//! Route table by route table, the architecture that lz promises.

use std::collections::{BTreeMap, BTreeSet};

use super::expand;
use crate::graph::{Address, Ref};
use crate::kinds::route::{Destination, RouteTarget};
use crate::kinds::transit_gateway_route::TransitGatewayRouteTarget;
use crate::kinds::vpc_endpoint::EndpointType;
use crate::kinds::{Desired, Spec};
use crate::zone::sample::{Topology, sample, uninspected};

/// Routes by the name of their table, each as `destination → next hop`.
type Tables = BTreeMap<String, BTreeSet<String>>;

/// What a reference names, without the segment that says which kind of thing it is.
fn place<K>(reference: &Ref<K>) -> String {
    let text = reference.as_address().map(Address::as_str).unwrap();
    text.rsplit_once('/').unwrap().0.to_owned()
}

/// The VPCs' route tables as their subnets see them: by subnet, through the associations.
fn vpc_tables(desired: &Desired) -> Tables {
    let mut by_table: Tables = BTreeMap::new();
    let mut by_subnet = BTreeMap::new();
    for resource in desired.values() {
        match &resource.spec {
            Spec::RouteTableAssociation(association) => {
                by_subnet.insert(place(&association.subnet), association.route_table.clone());
            }
            Spec::Route(route) => {
                let Destination::Cidr(destination) = &route.destination else { panic!("lz routes by IPv4 range") };
                let line = format!("{destination} → {}", next_hop(&route.target));
                assert!(by_table.entry(route.route_table.to_string()).or_default().insert(line));
            }
            Spec::VpcEndpoint(endpoint) if endpoint.endpoint_type == EndpointType::Gateway => {
                for table in &endpoint.route_tables {
                    by_table.entry(table.to_string()).or_default().insert(format!("{} → endpoint", endpoint.service));
                }
            }
            _ => {}
        }
    }
    let routes = |table: Ref<_>| by_table.get(&table.to_string()).cloned().unwrap_or_default();
    by_subnet.into_iter().map(|(subnet, table)| (subnet, routes(table))).collect()
}

fn next_hop(target: &RouteTarget) -> String {
    match target {
        RouteTarget::InternetGateway(gateway) => gateway.to_string(),
        RouteTarget::NatGateway(gateway) => gateway.to_string(),
        RouteTarget::TransitGateway(gateway) => gateway.to_string(),
        RouteTarget::VpcEndpoint(endpoint) => endpoint.to_string(),
        RouteTarget::Other(id) => panic!("lz makes no route to {id}"),
    }
}

/// The transit gateway's tables: who is associated, who propagates, and the static routes.
fn transit_gateway_tables(desired: &Desired) -> Tables {
    let mut tables: Tables = BTreeMap::new();
    for (address, resource) in desired {
        let (table, line) = match &resource.spec {
            Spec::TransitGatewayRouteTable(_) => {
                tables.entry(place(&Ref::<()>::to(address))).or_default();
                continue;
            }
            Spec::TransitGatewayAssociation(association) => {
                (&association.route_table, format!("associated {}", place(&association.attachment)))
            }
            Spec::TransitGatewayPropagation(propagation) => {
                (&propagation.route_table, format!("learns {}", place(&propagation.attachment)))
            }
            Spec::TransitGatewayRoute(route) => {
                let target = match &route.target {
                    TransitGatewayRouteTarget::Attachment(attachment) => place(attachment),
                    TransitGatewayRouteTarget::Blackhole => "blackhole".to_owned(),
                };
                (&route.route_table, format!("{} → {target}", route.destination))
            }
            _ => continue,
        };
        assert!(tables.entry(place(table)).or_default().insert(line));
    }
    tables.into_iter().map(|(name, lines)| (name.rsplit('/').next().unwrap().to_owned(), lines)).collect()
}

fn lines<const N: usize>(lines: [&str; N]) -> BTreeSet<String> {
    lines.into_iter().map(str::to_owned).collect()
}

const TO_INTERNET: &str = "0.0.0.0/0 → networking/egress/internet-gateway";
const DEFAULT_TO_HUB: &str = "0.0.0.0/0 → networking/transit-gateway/self";
const HUB_RANGE_TO_HUB: &str = "10.0.0.0/16 → networking/transit-gateway/self";
const WORKLOADS_TO_HUB: &str = "10.32.0.0/11 → networking/transit-gateway/self";
const S3: &str = "com.amazonaws.us-east-1.s3 → endpoint";

/// The egress VPC's tables in one Availability Zone, by tier.
fn egress_tables(zone: &str, inspected: bool) -> Vec<(&'static str, BTreeSet<String>)> {
    let nat = format!("0.0.0.0/0 → networking/egress/public/{zone}/nat");
    let endpoint = format!("networking/egress/firewall/endpoints/{zone}");
    if !inspected {
        return vec![("public", lines([TO_INTERNET, WORKLOADS_TO_HUB])), ("transit", lines([&nat]))];
    }
    vec![
        ("public", lines([TO_INTERNET, &format!("10.32.0.0/11 → {endpoint}")])),
        ("firewall", lines([&nat, WORKLOADS_TO_HUB])),
        ("transit", lines([&format!("0.0.0.0/0 → {endpoint}")])),
    ]
}

#[test]
fn vpc_route_tables_are_those_of_the_reference_architecture() {
    // The topology is the transit gateway's matter alone.
    for (topology, zones, inspected) in [
        (Topology::Segmented, 2, true),
        (Topology::Segmented, 3, true),
        (Topology::Flat, 2, true),
        (Topology::Segmented, 2, false),
        (Topology::Flat, 3, false),
    ] {
        let mut expected: Tables = BTreeMap::new();
        for zone in (1..=zones).map(|number| format!("az{number}")) {
            let mut tier = |tier: &str, routes| expected.insert(format!("{tier}/{zone}"), routes);
            tier("networking/ingress/private", lines([WORKLOADS_TO_HUB]));
            tier("networking/ingress/transit", lines([]));
            for (name, routes) in egress_tables(&zone, inspected) {
                tier(&format!("networking/egress/{name}"), routes);
            }
            for workload in ["payments-prod", "orders-prod", "payments-dev"] {
                tier(&format!("{workload}/container/private"), lines([DEFAULT_TO_HUB, S3]));
                tier(&format!("{workload}/container/data"), lines([HUB_RANGE_TO_HUB, WORKLOADS_TO_HUB, S3]));
                tier(&format!("{workload}/container/transit"), lines([]));
            }
        }
        let zone = sample(topology, zones, 3);
        let desired = expand(&if inspected { zone } else { uninspected(zone) }).unwrap();
        assert_eq!(vpc_tables(&desired), expected, "{topology:?}, {zones} zones, inspected: {inspected}");
    }
}

#[test]
fn transit_gateway_tables_are_those_of_the_segmented_topology() {
    let spokes = [
        "0.0.0.0/0 → networking/egress",
        "10.0.0.0/8 → blackhole",
        "172.16.0.0/12 → blackhole",
        "192.168.0.0/16 → blackhole",
        "100.64.0.0/10 → blackhole",
        "learns networking/ingress",
    ];
    let every_workload =
        ["learns payments-prod/container", "learns orders-prod/container", "learns payments-dev/container"];
    let and = |base: BTreeSet<String>, more: BTreeSet<String>| base.into_iter().chain(more).collect::<BTreeSet<_>>();
    let expected = BTreeMap::from([
        (
            "spokes-prod".to_owned(),
            and(lines(spokes), lines(["associated payments-prod/container", "associated orders-prod/container"])),
        ),
        ("spokes-dev".to_owned(), and(lines(spokes), lines(["associated payments-dev/container"]))),
        ("egress".to_owned(), and(lines(every_workload), lines(["associated networking/egress"]))),
        ("ingress".to_owned(), and(lines(every_workload), lines(["associated networking/ingress"]))),
    ]);
    for zones in [2, 3] {
        let desired = expand(&sample(Topology::Segmented, zones, 3)).unwrap();
        assert_eq!(transit_gateway_tables(&desired), expected);
    }
}

#[test]
fn transit_gateway_table_is_that_of_the_flat_topology() {
    let all = ["networking/ingress", "networking/egress", "payments-prod/container", "orders-prod/container"];
    let mut main = lines(["0.0.0.0/0 → networking/egress"]);
    main.extend(all.iter().flat_map(|network| [format!("associated {network}"), format!("learns {network}")]));
    for zones in [2, 3] {
        let desired = expand(&sample(Topology::Flat, zones, 2)).unwrap();
        assert_eq!(transit_gateway_tables(&desired), BTreeMap::from([("main".to_owned(), main.clone())]));
    }
}

#[test]
fn nothing_is_open_that_need_not_be() {
    let desired = expand(&sample(Topology::Segmented, 2, 2)).unwrap();
    let mut shares = 0;
    for (address, resource) in &desired {
        match &resource.spec {
            Spec::DefaultSecurityGroup(group) => assert!(group.ingress.is_empty() && group.egress.is_empty()),
            Spec::SecurityGroup(group) => {
                let Spec::Vpc(vpc) = &desired[group.vpc.as_address().unwrap()].spec else { panic!("no VPC") };
                let rules: Vec<_> =
                    group.ingress.iter().map(|rule| (&*rule.protocol, rule.to_port, &rule.peer)).collect();
                assert_eq!(rules, [("tcp", Some(443), &vpc.cidr.to_string())]);
                assert!(group.egress.is_empty());
            }
            Spec::Subnet(subnet) => assert!(!subnet.map_public_ip_on_launch),
            Spec::TransitGateway(gateway) => {
                assert!(!gateway.default_route_table_association && !gateway.default_route_table_propagation);
            }
            Spec::TransitGatewayAttachment(attachment) => {
                assert_eq!(attachment.appliance_mode, address.as_str() == "networking/egress/attachment");
            }
            Spec::ResourceShare(share) => {
                shares += 1;
                assert!(!share.allow_external_principals);
            }
            _ => {}
        }
    }
    assert_eq!(shares, 1);
}
