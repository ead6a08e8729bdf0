//! VPCs and what is inside them.

use std::collections::BTreeSet;

use super::{Bench, set_of, to};
use crate::kinds::route::{Destination, RouteTarget};
use crate::kinds::security_group::SecurityGroupRule;
use crate::kinds::vpc_endpoint::EndpointType;
use crate::kinds::{
    DefaultSecurityGroup, ElasticIp, FlowLog, InternetGateway, KindName, NatGateway, Observed, Route, RouteTable,
    RouteTableAssociation, SecurityGroup, Spec, Subnet, Vpc, VpcEndpoint,
};
use crate::values::{Cidr, ZoneId};

fn cidr(text: &str) -> Cidr {
    Cidr::parse(text).unwrap()
}

pub(super) async fn vpc(bench: &Bench, range: &str) -> Observed<Spec> {
    bench.create(Vpc { cidr: cidr(range), dns_support: true, dns_hostnames: true }).await
}

pub(super) async fn subnet(bench: &Bench, vpc: &Observed<Spec>, range: &str, zone: &str) -> Observed<Spec> {
    let availability_zone = ZoneId::parse(zone).unwrap();
    let spec = Subnet { vpc: to(vpc), cidr: cidr(range), availability_zone, map_public_ip_on_launch: false };
    bench.create(spec).await
}

async fn public_vpc(bench: &Bench) -> (Observed<Spec>, Observed<Spec>, Observed<Spec>) {
    let vpc = vpc(bench, "10.0.0.0/16").await;
    let subnet = subnet(bench, &vpc, "10.0.0.0/24", "euw1-az1").await;
    let gateway = bench.create(InternetGateway { vpc: Some(to(&vpc)) }).await;
    (vpc, subnet, gateway)
}

#[tokio::test(start_paused = true)]
async fn vpcs_and_subnets() {
    let bench = Bench::new(1);
    let vpc = vpc(&bench, "10.0.0.0/16").await;
    let without_dns = Vpc { cidr: cidr("10.0.0.0/16"), dns_support: false, dns_hostnames: false };
    let vpc = bench.change(&vpc, without_dns).await;
    let subnet = subnet(&bench, &vpc, "10.0.1.0/24", "euw1-az2").await;
    let Spec::Subnet(spec) = &subnet.spec else { panic!("no subnet") };
    let subnet = bench.change(&subnet, Subnet { map_public_ip_on_launch: true, ..spec.clone() }).await;
    bench.delete(&subnet).await;
    bench.delete(&vpc).await;
}

#[tokio::test(start_paused = true)]
async fn the_way_to_the_internet() {
    let bench = Bench::new(2);
    let (vpc, subnet, gateway) = public_vpc(&bench).await;
    let public = bench.create(RouteTable { vpc: to(&vpc) }).await;
    let private = bench.create(RouteTable { vpc: to(&vpc) }).await;
    let association = bench.create(RouteTableAssociation { subnet: to(&subnet), route_table: to(&private) }).await;
    let association =
        bench.change(&association, RouteTableAssociation { subnet: to(&subnet), route_table: to(&public) }).await;
    let address = bench.create(ElasticIp {}).await;
    let nat = bench.create(NatGateway { subnet: to(&subnet), elastic_ip: to(&address) }).await;

    let route =
        |table, target| Route { route_table: to(table), destination: Destination::Cidr(Cidr::EVERYWHERE), target };
    let out = bench.create(route(&public, RouteTarget::InternetGateway(to(&gateway)))).await;
    let inside = bench.create(route(&private, RouteTarget::InternetGateway(to(&gateway)))).await;
    let inside = bench.change(&inside, route(&private, RouteTarget::NatGateway(to(&nat)))).await;
    assert_eq!(KindName::Route.observe(&bench.view()).await.unwrap().len(), 2);

    for live in [&out, &inside, &nat, &address, &association, &private, &public, &gateway, &subnet, &vpc] {
        bench.delete(live).await;
    }
}

fn https(peer: &str) -> SecurityGroupRule {
    let (from_port, to_port) = (Some(443), Some(443));
    SecurityGroupRule { protocol: "tcp".to_owned(), from_port, to_port, peer: peer.to_owned() }
}

#[tokio::test(start_paused = true)]
async fn security_groups() {
    let bench = Bench::new(3);
    let vpc = vpc(&bench, "10.0.0.0/16").await;
    let empty = DefaultSecurityGroup { vpc: to(&vpc), ingress: BTreeSet::new(), egress: BTreeSet::new() };
    bench.create(empty).await;

    let group = |ingress: &[&str]| SecurityGroup {
        vpc: to(&vpc),
        name: "endpoints".to_owned(),
        description: "HTTPS from the VPC".to_owned(),
        ingress: ingress.iter().map(|peer| https(peer)).collect(),
        egress: BTreeSet::new(),
    };
    let endpoints = bench.create(group(&["10.0.0.0/16", "10.1.0.0/16"])).await;
    let endpoints = bench.change(&endpoints, group(&["10.0.0.0/16", "10.2.0.0/16", &endpoints.id])).await;
    bench.delete(&endpoints).await;
    bench.delete(&vpc).await;
}

#[tokio::test(start_paused = true)]
async fn endpoints_and_flow_logs() {
    let bench = Bench::new(4);
    let vpc = vpc(&bench, "10.0.0.0/16").await;
    let first = subnet(&bench, &vpc, "10.0.0.0/24", "euw1-az1").await;
    let second = subnet(&bench, &vpc, "10.0.1.0/24", "euw1-az2").await;
    let table = bench.create(RouteTable { vpc: to(&vpc) }).await;
    let group = SecurityGroup {
        vpc: to(&vpc),
        name: "endpoints".to_owned(),
        description: "HTTPS from the VPC".to_owned(),
        ingress: BTreeSet::from([https("10.0.0.0/16")]),
        egress: BTreeSet::new(),
    };
    let group = bench.create(group).await;
    let by_route = |tables: &[&Observed<Spec>]| VpcEndpoint {
        vpc: to(&vpc),
        service: "com.amazonaws.eu-west-1.s3".to_owned(),
        endpoint_type: EndpointType::Gateway,
        route_tables: set_of(tables),
        subnets: BTreeSet::new(),
        security_groups: BTreeSet::new(),
        private_dns: false,
    };
    let by_interface = |subnets: &[&Observed<Spec>], private_dns| VpcEndpoint {
        service: "com.amazonaws.eu-west-1.logs".to_owned(),
        endpoint_type: EndpointType::Interface,
        route_tables: BTreeSet::new(),
        subnets: set_of(subnets),
        security_groups: set_of(&[&group]),
        private_dns,
        ..by_route(&[])
    };
    let s3 = bench.create(by_route(&[])).await;
    let s3 = bench.change(&s3, by_route(&[&table])).await;
    let logs = bench.create(by_interface(&[&first], false)).await;
    let logs = bench.change(&logs, by_interface(&[&second], true)).await;
    assert_eq!(KindName::Route.observe(&bench.view()).await, Ok(Vec::new()), "the endpoint's routes are AWS's");

    let flow_log =
        FlowLog { vpc: to(&vpc), bucket_arn: "arn:aws:s3:::flow-logs".to_owned(), traffic: "REJECT".to_owned() };
    let flow_log = bench.create(flow_log).await;
    for live in [&flow_log, &logs, &s3, &group, &table, &second, &first, &vpc] {
        bench.delete(live).await;
    }
}

#[tokio::test(start_paused = true)]
async fn an_account_without_vpcs_of_the_zone_is_not_asked_what_is_in_them() {
    let bench = Bench::new(5);
    for kind in KindName::ALL.iter().filter(|kind| kind.realm() != crate::kinds::Realm::Organization) {
        assert_eq!(kind.observe(&bench.view()).await, Ok(Vec::new()), "{}", kind.as_str());
    }
    let view = bench.view();
    for kind in [KindName::Subnet, KindName::RouteTable, KindName::SecurityGroup, KindName::TransitGatewayRoute] {
        kind.observe(&view).await.unwrap();
    }
    let asked: Vec<String> = bench.statistics.counts().by_operation.into_keys().collect();
    insta::assert_snapshot!(asked.join("\n"));
}
