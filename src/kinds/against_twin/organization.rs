//! The organization, and what is shared in it.

use std::collections::{BTreeMap, BTreeSet};

use super::network::{subnet, vpc};
use super::transit_gateway::{attachment, gateway};
use super::{Bench, to};
use crate::kinds::resource_share::Principal;
use crate::kinds::{
    Account, Cause, KindName, Organization, OrganizationalUnit, RamOrganizationSharing, ResourceShare, Spec, State,
    Tagging, TransitGatewayAttachmentAcceptance, tag,
};
use crate::values::Email;

fn account(name: &str) -> Account {
    Account { name: name.to_owned(), email: Email::parse(&format!("aws+{name}@example.com")).unwrap(), parent: None }
}

async fn organization(seed: u64) -> Bench {
    let mut bench = Bench::new(seed);
    for kind in [KindName::Organization, KindName::OrganizationalUnit, KindName::Account] {
        assert_eq!(kind.observe(&bench.view()).await, Ok(Vec::new()), "{}", kind.as_str());
    }
    assert_eq!(super::organization_ids(&bench.view()).await, Ok(None));
    bench.create(Organization {}).await;
    bench.learn_organization().await;
    let names = ["payments", "orders"];
    bench.known.accounts = names.iter().map(|name| ((*name).to_owned(), account(name).email)).collect();
    bench
}

#[tokio::test(start_paused = true)]
async fn units_and_accounts() {
    let mut bench = organization(7).await;
    bench.create(RamOrganizationSharing {}).await;
    let unit = |name: &str, parent| OrganizationalUnit { name: name.to_owned(), parent };
    let workloads = bench.create(unit("Workloads", None)).await;
    let prod = bench.create(unit("Production", Some(to(&workloads)))).await;
    let prod = bench.change(&prod, unit("Prod", Some(to(&workloads)))).await;

    // A request is seen by the account's name while AWS works on it.
    let tags = BTreeMap::new();
    let request = Spec::from(account("payments")).create(&bench.task(&tags, "account")).await.unwrap().unwrap();
    let seen = bench.find(&request, &Spec::from(account("payments"))).await.unwrap();
    assert_eq!((&seen.id, seen.state), (&request, State::Pending("IN_PROGRESS".to_owned())));
    let payments = bench.bring(&request, &Spec::from(account("payments"))).await;
    assert_eq!(payments.aliases, [request]);
    let payments = bench.change(&payments, Account { parent: Some(to(&prod)), ..account("payments") }).await;

    // One whose address is taken fails, and only whom it concerns sees that.
    let taken = Account { name: "orders".to_owned(), ..account("payments") };
    let request = Spec::from(taken).create(&bench.task(&tags, "account")).await.unwrap().unwrap();
    bench.known.accounts.insert("orders".to_owned(), account("orders").email);
    bench.known.asked_for = BTreeSet::from([request.clone()]);
    let failed = loop {
        match bench.find(&request, &Spec::from(account("orders"))).await {
            Some(seen) if matches!(seen.state, State::Failed(_)) => break seen,
            _ => tokio::time::sleep(super::TICK).await,
        }
    };
    let State::Failed(failure) = failed.state else { panic!("it has failed") };
    assert_eq!(failure.message, "EMAIL_ALREADY_EXISTS");
    assert!(matches!(failure.cause, Cause::Lasting(_)), "{failure}");
    bench.known.asked_for.clear();
    assert_eq!(bench.find(&request, &Spec::from(account("orders"))).await, None);

    let missing = BTreeMap::from([("cost-center".to_owned(), "42".to_owned())]);
    for live in [&payments, &workloads] {
        assert_eq!(live.spec.kind().tagging(), Tagging::Organizations);
        tag(live, &missing, &bench.cloud).await.unwrap();
        let seen = bench.find(&live.id, &live.spec).await.unwrap();
        assert_eq!(seen.tags.get("cost-center").map(String::as_str), Some("42"));
    }
}

#[tokio::test(start_paused = true)]
async fn a_transit_gateway_is_shared_and_attached_across_accounts() {
    let owner = organization(8).await;
    owner.create(RamOrganizationSharing {}).await;
    let workloads = owner.create(OrganizationalUnit { name: "Workloads".to_owned(), parent: None }).await;
    let payments = owner.create(account("payments")).await;
    let payments = owner.change(&payments, Account { parent: Some(to(&workloads)), ..account("payments") }).await;
    let hub = owner.create(gateway(false)).await;
    let share = |name: &str, principal| ResourceShare {
        name: name.to_owned(),
        allow_external_principals: false,
        transit_gateways: BTreeSet::from([to(&hub)]),
        principals: BTreeSet::from([principal]),
    };
    let ids = owner.organization.clone().unwrap();
    let everybody = Principal::Organization(crate::graph::Ref::id(ids.organization));
    let shared = owner.create(share("everybody", everybody)).await;
    let shared = owner.change(&shared, share("workloads", Principal::OrganizationalUnit(to(&workloads)))).await;

    let member = owner.assume(&payments.id).await;
    assert_eq!(KindName::TransitGateway.observe(&member.view()).await, Ok(Vec::new()), "another account's gateway");
    let vpc = vpc(&member, "10.32.0.0/20").await;
    let subnet = subnet(&member, &vpc, "10.32.0.0/28", "euw1-az1").await;
    let attached = member.create(attachment(&hub, &vpc, &[&subnet])).await;
    let acceptance = TransitGatewayAttachmentAcceptance { attachment: to(&attached) };
    assert_eq!(owner.find("", &Spec::from(acceptance.clone())).await, None);
    owner.create(acceptance.clone()).await;

    member.delete(&attached).await;
    assert_eq!(owner.find("", &Spec::from(acceptance)).await, None);
    owner.delete(&shared).await;
    owner.delete(&hub).await;
}
