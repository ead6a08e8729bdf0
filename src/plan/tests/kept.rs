//! Plans that are kept or shown, and what has become of them when they are applied.

use std::collections::{BTreeMap, BTreeSet};

use super::super::change::{Action, Attribute, AttributeChange, Change, Plan, Selection};
use super::super::file::{Confirmed, PlanFile, PlanFileError, first_difference};
use super::super::order::Step;
use super::super::testing;
use crate::graph::Address;
use crate::kinds::vpc::VpcField;
use crate::kinds::{Owner, Resource, Scope, Vpc};
use crate::values::{Cidr, Label};

fn address(name: &str) -> Address {
    Address::parse(name).unwrap()
}

fn workload() -> Scope {
    Scope::Workload(Label::parse("payments").unwrap())
}

fn change(name: &str, scope: Scope) -> Change {
    let spec = Vpc { cidr: Cidr::EVERYWHERE, dns_support: true, dns_hostnames: true }.into();
    let resource = Resource { owner: Owner::Management, scope, spec, after: BTreeSet::new() };
    testing::change(&address(name), &resource, Action::Create, Vec::new())
}

/// A plan of these changes, of which each waits for all in front of it.
fn plan(changes: &[Change]) -> Plan {
    let mut plan = Plan::empty(Label::parse("acme").unwrap());
    for change in changes {
        for first in plan.changes.keys() {
            plan.order.wait(Step::build(&change.address), Step::build(first));
        }
        plan.changes.insert(change.address.clone(), change.clone());
    }
    plan
}

/// An update of what is to be made, that differs in this besides.
fn differing(change: &Change, attribute: impl Into<Attribute>, from: &str) -> Change {
    let more = AttributeChange { attribute: attribute.into(), from: from.into(), to: "wanted".into() };
    let attributes = change.attributes().iter().cloned().chain([more]).collect();
    testing::change(&change.address, change.wanted().unwrap(), Action::Update, attributes)
}

fn nothing() -> BTreeMap<Address, String> {
    BTreeMap::new()
}

fn applied(names: &[&str]) -> BTreeMap<Address, String> {
    names.iter().map(|name| (address(name), "run-1".to_owned())).collect()
}

/// What all scopes need: the hub, and a workload.
fn whole() -> (Change, Change) {
    (change("networking/vpc", Scope::Hub), change("payments/vpc", workload()))
}

#[test]
fn a_kept_plan_of_everything_serves_one_scope_after_the_other() {
    let (hub, spoke) = whole();
    let kept = PlanFile::new("digest".to_owned(), 1, plan(&[hub, spoke.clone()]));
    let kept = PlanFile::parse(&kept.to_text().unwrap()).unwrap();
    let of_hub = Selection::Scopes([Scope::Hub].into());
    let of_workload = Selection::Scopes([workload()].into());
    // The hub is built: nothing waits for it any more.
    let now = plan(&[spoke]);
    let done = applied(&["networking/vpc"]);
    let confirmed = kept.confirmed("digest", &now, &of_workload, &done).unwrap();
    assert_eq!(confirmed.into_plan().changes.len(), 1);
    let again = kept.confirmed("digest", &now, &of_hub, &done).unwrap();
    assert!(matches!(again, Confirmed::AppliedAlready { run, .. } if run == "run-1"));
    // Somebody else has built it.
    let refused = kept.confirmed("digest", &now, &of_hub, &nothing()).unwrap_err();
    let PlanFileError::AwsChanged(difference) = refused else { panic!("{refused}") };
    assert_eq!(difference.to_string(), "networking/vpc: create was planned, and is not needed now");
    assert_eq!(kept.confirmed("other", &now, &of_hub, &done).unwrap_err(), PlanFileError::FilesChanged);
}

#[test]
fn what_differs_is_told_by_address_and_attribute() {
    let (hub, spoke) = whole();
    let planned = plan(&[differing(&hub, Attribute::Tags, "a"), spoke.clone()]);
    let told = |now: &Plan| first_difference(&planned, now, &nothing()).map(|one| one.to_string());
    assert_eq!(told(&planned), None);
    assert_eq!(
        told(&plan(&[differing(&hub, Attribute::Tags, "b"), spoke.clone()])).as_deref(),
        Some(r#"networking/vpc: tags was to be changed from "a" to "wanted", and now from "b" to "wanted""#)
    );
    let more = change("networking/subnet", Scope::Hub);
    assert_eq!(
        told(&plan(&[more, differing(&hub, Attribute::Tags, "a"), spoke.clone()])).as_deref(),
        Some("networking/subnet: create was not planned, and is needed now: not there yet")
    );
    assert_eq!(
        told(&plan(&[hub, spoke])).as_deref(),
        Some("networking/vpc: update was planned, and now it is create: not there yet")
    );
}

#[test]
fn what_aws_says_while_it_is_at_work_is_no_difference() {
    let (hub, _) = whole();
    let at_work = plan(&[differing(&hub, Attribute::State, "pending")]);
    assert_eq!(first_difference(&at_work, &plan(&[]), &nothing()), None);
    assert_eq!(first_difference(&plan(&[]), &at_work, &nothing()), None);
    let tags = differing(&hub, Attribute::Tags, "a");
    let both = differing(&tags, Attribute::State, "pending");
    assert_eq!(first_difference(&plan(&[both]), &plan(&[tags]), &nothing()), None);
}

#[test]
fn the_rest_of_what_a_run_from_the_plan_has_begun_is_no_difference() {
    let (hub, _) = whole();
    let rest = plan(&[differing(&hub, VpcField::dns_support, "false")]);
    assert_eq!(first_difference(&plan(std::slice::from_ref(&hub)), &rest, &applied(&["networking/vpc"])), None);
    assert!(first_difference(&plan(&[hub]), &rest, &nothing()).is_some());
}
