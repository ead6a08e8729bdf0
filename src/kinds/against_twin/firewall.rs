//! Network Firewall and what it writes its logs to.

use std::collections::BTreeSet;

use super::network::{subnet, vpc};
use super::{Bench, set_of, to};
use crate::graph::Ref;
use crate::kinds::firewall_policy::STRICT_ORDER;
use crate::kinds::route::{Destination, RouteTarget};
use crate::kinds::{
    Firewall, FirewallEndpoint, FirewallLogging, FirewallPolicy, FirewallRuleGroup, FirewallWorkloadRules, KindName,
    LogGroup, Observed, Route, RouteTable, Spec,
};
use crate::values::Cidr;

/// Matches nothing: a group may not be empty.
const NEVER: &str = "alert ip 192.0.2.0/24 any -> any any (msg:\"never\"; sid:1;)";

fn group(capacity: u32) -> FirewallRuleGroup {
    let name = format!("lz-demo-workloads-prod-{capacity}");
    FirewallRuleGroup { name, capacity, rules: NEVER.to_owned() }
}

fn policy(groups: &[&Observed<Spec>]) -> FirewallPolicy {
    let words = |all: &[&str]| all.iter().map(|one| (*one).to_owned()).collect::<BTreeSet<String>>();
    FirewallPolicy {
        name: "lz-demo-egress".to_owned(),
        rule_groups: groups.iter().map(|group| Ref::id(&group.id)).collect(),
        home_net: BTreeSet::from([Cidr::parse("10.0.0.0/8").unwrap()]),
        stateless_default_actions: words(&["aws:forward_to_sfe"]),
        stateless_fragment_default_actions: words(&["aws:forward_to_sfe"]),
        stateful_default_actions: words(&["aws:drop_established", "aws:alert_established"]),
        stream_exception_policy: "REJECT".to_owned(),
        rule_order: STRICT_ORDER.to_owned(),
    }
}

fn rule(workload: &str, sid: u32) -> String {
    format!("pass tcp 10.1.0.0/24 any -> 203.0.113.1 443 (metadata:lz {workload}; sid:{sid};)")
}

fn workload(group: &Observed<Spec>, name: &str, sids: &[u32]) -> FirewallWorkloadRules {
    let rules = sids.iter().map(|sid| rule(name, *sid)).collect();
    FirewallWorkloadRules { group: to(group), workload: name.to_owned(), rules }
}

fn firewall(vpc: &Observed<Spec>, policy: &Observed<Spec>, subnets: &[&Observed<Spec>]) -> Firewall {
    Firewall {
        name: "lz-demo-egress".to_owned(),
        policy: to(policy),
        vpc: to(vpc),
        subnets: set_of(subnets),
        delete_protection: true,
        subnet_change_protection: true,
        policy_change_protection: true,
    }
}

#[tokio::test(start_paused = true)]
async fn a_firewall_from_its_rules_to_its_endpoints_and_back() {
    let bench = Bench::new(11);
    let vpc = vpc(&bench, "10.0.0.0/16").await;
    let first = subnet(&bench, &vpc, "10.0.0.0/28", "euw1-az1").await;
    let second = subnet(&bench, &vpc, "10.0.0.16/28", "euw1-az2").await;
    let third = subnet(&bench, &vpc, "10.0.0.32/28", "euw1-az3").await;
    let table = bench.create(RouteTable { vpc: to(&vpc) }).await;
    let rules = bench.create(group(100)).await;
    let rules = bench.change(&rules, FirewallRuleGroup { rules: NEVER.replace("sid:1", "sid:2"), ..group(100) }).await;
    let egress = bench.create(policy(&[&rules])).await;
    let wall = bench.create(firewall(&vpc, &egress, &[&first, &second])).await;

    let endpoint = |subnet| FirewallEndpoint { firewall: to(&wall), subnet: to(subnet) };
    let (a, b) = (bench.create(endpoint(&first)).await, bench.create(endpoint(&second)).await);
    assert!(a.id.starts_with("vpce-") && b.id.starts_with("vpce-") && a.id != b.id, "{a:?} {b:?}");
    assert_eq!(KindName::VpcEndpoint.observe(&bench.view()).await, Ok(Vec::new()), "they are the firewall's");
    let out = Route {
        route_table: to(&table),
        destination: Destination::Cidr(Cidr::EVERYWHERE),
        target: RouteTarget::VpcEndpoint(to(&a)),
    };
    let out = bench.create(out).await;

    // Protected, and yet changed where that is wanted; protected again afterwards.
    let wall = bench.change(&wall, firewall(&vpc, &egress, &[&first, &third])).await;
    let other = bench.create(FirewallPolicy { name: "lz-demo-other".to_owned(), ..policy(&[]) }).await;
    let wall = bench.change(&wall, firewall(&vpc, &other, &[&first, &third])).await;
    let c = bench.create(endpoint(&third)).await;
    bench.delete(&b).await;
    bench.delete(&c).await;

    for live in [&out, &wall, &other, &egress, &rules, &table, &third, &second, &first, &vpc] {
        bench.delete(live).await;
    }
}

#[tokio::test(start_paused = true)]
async fn workloads_share_a_rule_group_and_none_loses_its_rules() {
    let bench = Bench::new(12);
    let vpc = vpc(&bench, "10.0.0.0/16").await;
    let first = subnet(&bench, &vpc, "10.0.0.0/28", "euw1-az1").await;
    let old = bench.create(group(100)).await;
    let egress = bench.create(policy(&[&old])).await;
    let wall = bench.create(firewall(&vpc, &egress, &[&first])).await;
    let names: Vec<String> = (0..6).map(|number| format!("w{number}-prod.container")).collect();
    // Another process knows nothing of this one's turns: what keeps them apart is the update token.
    let other = Bench::in_account(bench.cloud.id().clone(), bench.sdk.clone());
    let benches = [&bench, &other].into_iter().cycle();
    let all = (100..).step_by(16).zip(&names).zip(benches);
    let all = all.map(|((sid, name), bench)| bench.create(workload(&old, name, &[sid, sid + 1])));
    let mut there = futures::future::join_all(all).await;
    there[0] = bench.change(&there[0], workload(&old, &names[0], &[7])).await;
    bench.delete(&there.remove(1)).await;
    let seen = bench.all(&there[0].spec).await.unwrap();
    assert_eq!(seen.len(), 5, "{seen:?}");
    let Spec::FirewallRuleGroup(own) = &bench.all(&old.spec).await.unwrap()[0].spec else { panic!("no group") };
    assert_eq!(own.rules, NEVER, "the workloads' rules are not the group's");

    // Another capacity is another group, which has the workloads' rules before the policy turns to it.
    let new = bench.create(group(200)).await;
    let wanted = workload(&new, &names[2], &[132, 133]);
    let refused = Spec::from(wanted.clone()).create(&bench.task(&std::collections::BTreeMap::new(), "again")).await;
    assert_eq!(refused.unwrap_err().class, crate::cloud::Class::Exists);
    let moved = bench.find("", &Spec::from(wanted.clone())).await.unwrap();
    assert_eq!(moved.spec, Spec::from(wanted));
    let egress = bench.change(&egress, policy(&[&new])).await;
    bench.delete(&old).await;
    let seen = bench.all(&there[0].spec).await.unwrap();
    assert_eq!(seen.len(), 5, "{seen:?}");

    for live in [&moved, &wall, &egress, &new, &first, &vpc] {
        bench.delete(live).await;
    }
}

#[tokio::test(start_paused = true)]
async fn what_others_have_written_into_a_group_differs() {
    let bench = Bench::new(13);
    let rules = bench.create(group(100)).await;
    let foreign = FirewallRuleGroup { rules: format!("{NEVER}\npass ip any any -> any any (sid:9;)"), ..group(100) };
    let changed = bench.change(&rules, foreign.clone()).await;
    assert_eq!(changed.spec, Spec::from(foreign));
    let back = bench.change(&changed, group(100)).await;
    bench.delete(&back).await;
}

#[tokio::test(start_paused = true)]
async fn logs_change_one_destination_a_call() {
    let bench = Bench::new(14);
    let log_group =
        |name: &str, retention_days| LogGroup { name: format!("/aws/vendedlogs/lz/demo/{name}"), retention_days };
    let alerts = bench.create(log_group("alert", Some(30))).await;
    let alerts = bench.change(&alerts, log_group("alert", None)).await;
    let flows = bench.create(log_group("flow", Some(7))).await;
    let vpc = vpc(&bench, "10.0.0.0/16").await;
    let first = subnet(&bench, &vpc, "10.0.0.0/28", "euw1-az1").await;
    let rules = bench.create(group(100)).await;
    let egress = bench.create(policy(&[&rules])).await;
    let wall = bench.create(firewall(&vpc, &egress, &[&first])).await;
    let to_groups = |alert: Option<&Observed<Spec>>, flow: Option<&Observed<Spec>>| FirewallLogging {
        firewall: to(&wall),
        alert: alert.map(to),
        flow: flow.map(to),
    };
    let logging = bench.create(to_groups(Some(&alerts), Some(&flows))).await;
    let logging = bench.change(&logging, to_groups(Some(&flows), None)).await;
    let logging = bench.change(&logging, to_groups(Some(&alerts), Some(&flows))).await;
    for live in [&logging, &wall, &egress, &rules, &first, &vpc] {
        bench.delete(live).await;
    }
    let left = bench.all(&alerts.spec).await.unwrap();
    assert_eq!(left.len(), 2, "records are kept");
}
