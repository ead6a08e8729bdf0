//! What must be there before what.

use super::{address, expand, waits_for};
use crate::kinds::{Desired, Scope};
use crate::zone::sample::{Topology, in_one_account, sample, uninspected};

/// Asserts that `later` waits for each of `earlier`.
fn check(desired: &Desired, later: &str, earlier: &[&str]) {
    let found = waits_for(desired, later);
    for one in earlier {
        assert!(found.contains(&address(one)), "{later} does not wait for {one}");
    }
}

#[test]
fn a_workload_is_connected_last_and_wholly() {
    let mut zone = sample(Topology::Segmented, 2, 3);
    zone.transit_gateway.auto_accept_shared_attachments = false;
    let desired = expand(&zone).unwrap();
    let tables = "networking/transit-gateway/tables";
    check(
        &desired,
        "payments-prod/container/private/az1/routes/0.0.0.0-0",
        &[
            "networking/egress/firewall/workloads/payments-prod.container",
            "networking/egress/firewall/groups/workloads/prod/2000",
            "networking/transit-gateway/acceptances/payments-prod.container",
            &format!("{tables}/spokes-prod/associations/payments-prod.container"),
            &format!("{tables}/egress/propagations/payments-prod.container"),
            &format!("{tables}/ingress/propagations/payments-prod.container"),
        ],
    );
    // Isolation precedes connection.
    check(
        &desired,
        &format!("{tables}/spokes-prod/associations/payments-prod.container"),
        &[
            &format!("{tables}/spokes-prod/routes/10.0.0.0-8"),
            &format!("{tables}/spokes-prod/routes/0.0.0.0-0"),
            &format!("{tables}/spokes-prod/propagations/networking.ingress"),
            "networking/transit-gateway/acceptances/payments-prod.container",
        ],
    );
    check(
        &desired,
        "payments-prod/container/attachment",
        &[
            "networking/transit-gateway/share",
            "organization/ram-sharing",
            "organization/accounts/payments-prod",
            "organization/units/workloads/prod/self",
            "organization/units/workloads/self",
            "organization/self",
        ],
    );
}

#[test]
fn answers_find_their_way_back_before_packets_go_out() {
    let zone = sample(Topology::Segmented, 2, 1);
    check(
        &expand(&zone).unwrap(),
        "networking/egress/transit/az2/routes/0.0.0.0-0",
        &[
            "networking/egress/firewall/endpoints/az2",
            "networking/egress/firewall/logging",
            "networking/egress/firewall/az2/route-table-association",
            "networking/egress/firewall/az2/routes/0.0.0.0-0",
            "networking/egress/firewall/az2/routes/10.32.0.0-11",
            "networking/egress/public/az2/nat",
            "networking/egress/public/az2/routes/10.32.0.0-11",
            "networking/egress/attachment",
        ],
    );
    check(
        &expand(&uninspected(zone)).unwrap(),
        "networking/egress/transit/az2/routes/0.0.0.0-0",
        &[
            "networking/egress/public/az2/nat",
            "networking/egress/public/az2/nat-address",
            "networking/egress/public/az2/route-table-association",
            "networking/egress/public/az2/routes/0.0.0.0-0",
            "networking/egress/public/az2/routes/10.32.0.0-11",
            "networking/egress/internet-gateway",
            "networking/egress/attachment",
        ],
    );
}

#[test]
fn no_workload_waits_for_another() {
    let mut zone = sample(Topology::Flat, 3, 4);
    zone.transit_gateway.auto_accept_shared_attachments = false;
    let desired = expand(&zone).unwrap();
    for (later, resource) in &desired {
        for earlier in waits_for(&desired, later.as_str()) {
            let other = &desired[&earlier].scope;
            let legal = match resource.scope {
                Scope::Workload(_) => *other == resource.scope || !matches!(other, Scope::Workload(_)),
                _ => !matches!(other, Scope::Workload(_)),
            };
            assert!(legal, "{later} of {} waits for {earlier} of {other}", resource.scope);
        }
    }
}

#[test]
fn in_one_account_nothing_waits_for_an_organization() {
    let desired = expand(&in_one_account(sample(Topology::Segmented, 2, 2))).unwrap();
    let organizational = desired.keys().filter(|address| {
        let text = address.as_str();
        text.starts_with("organization/") || text.ends_with("/share") || text.contains("/acceptances/")
    });
    assert_eq!(organizational.count(), 0);
    check(&desired, "payments-prod/container/data/az1/routes/10.0.0.0-16", &["payments-prod/container/attachment"]);
}
