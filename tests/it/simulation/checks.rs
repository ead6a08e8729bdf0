//! What must hold at the end of every simulation.

use std::collections::{BTreeMap, BTreeSet};

use lz::graph::Address;
use lz::kinds::{Desired, TAG_ADDRESS, TAG_ZONE};
use lz::plan::Plan;
use lz::twin::ec2::kind::Kind;
use lz::twin::world::World as Aws;
use serde_json::Value;

use super::trace::Exchange;
use super::world::World;

/// Error codes that a run meets on an AWS that does nothing wrong: what was just made is not seen everywhere at once, a
/// new organization or account is not usable at once, what goes away does not at once, and another update of a rule group
/// came first.
const EXPECTED: &[&str] = &[
    "AWSOrganizationsNotInUseException",
    "AccessDenied",
    "DependencyViolation",
    "InvalidPermission.Duplicate",
    "FinalizingOrganizationException",
    "IncorrectState",
    "NatGatewayNotFound",
    "OptInRequired",
    "RequestLimitExceeded",
    "ThrottlingException",
    "TooManyRequestsException",
    "ChildNotFoundException",
    "ParentNotFoundException",
    "TargetNotFoundException",
    "AccountNotFoundException",
    "Resource.AlreadyAssociated",
    "ResourceNotFoundException",
    "InvalidIPAddress.InUse",
    "InvalidOperationException",
    "InvalidTokenException",
];

/// A day, in milliseconds: longer than anything takes in AWS or is shown after its end.
const DAY: u64 = 86_400_000;

impl World {
    /// The zone is in AWS as the files say, once, and nothing else was touched. Gives the plan, which holds no change.
    pub fn check(&mut self) -> Plan {
        let plan = self.check_built();
        assert!(plan.unmanaged.is_empty(), "unmanaged: {:#?}", plan.unmanaged);
        plan
    }

    /// The same, where something that nobody asked for may be there.
    pub fn check_built(&mut self) -> Plan {
        let plan = self.plan();
        assert!(plan.problems.is_empty(), "{:#?}", plan.problems);
        assert!(plan.changes.is_empty(), "{}", described(&plan));
        let zone = self.read().declared.loaded.zone.name.to_string();
        let desired = self.read().declared.desired.clone();
        self.twin.with_world(|aws| check_tagged(aws, &zone, &desired, &plan));
        self.check_errors();
        self.check_foreign();
        plan
    }

    /// Whatever else is not as the files say: everything with the zone's tag is what its address means, there is one of each,
    /// and nothing of somebody else's was touched.
    pub fn check_unfinished(&mut self) -> Plan {
        let plan = self.plan();
        assert!(plan.unmanaged.is_empty(), "unmanaged: {:#?}", plan.unmanaged);
        let zone = self.read().declared.loaded.zone.name.to_string();
        let desired = self.read().declared.desired.clone();
        self.twin.with_world(|aws| check_tagged(aws, &zone, &desired, &plan));
        self.check_errors();
        self.check_foreign();
        plan
    }

    /// AWS answered with no errors but such as a run must expect, and those that the simulation brought about.
    pub fn check_errors(&self) {
        let exchanges = self.exchanges();
        let mut surprising: BTreeMap<(&str, &str), usize> = BTreeMap::new();
        for Exchange { action, error, .. } in &exchanges {
            let Some(error) = error.as_deref().filter(|error| !error.is_empty()) else { continue };
            if !error.ends_with(".NotFound") && !EXPECTED.contains(&error) && !self.expected.contains(error) {
                *surprising.entry((action, error)).or_default() += 1;
            }
        }
        assert!(surprising.is_empty(), "errors that nobody expects: {surprising:?}");
        if self.expected.contains("RequestLimitExceeded") {
            return;
        }
        let throttled = exchanges.iter().filter(|one| one.error.as_deref().is_some_and(is_throttle)).count();
        assert!(throttled * 50 <= exchanges.len().max(200), "{throttled} of {} calls throttled", exchanges.len());
    }

    /// No call that changes something was about anything of somebody else's.
    fn check_foreign(&self) {
        let foreign = &self.foreign | &self.twin.with_world(|aws| default_vpcs(aws));
        for exchange in self.exchanges().iter().filter(|exchange| !exchange.is_read()) {
            let touched = foreign.iter().find(|id| exchange.request.contains(id.as_str()));
            assert_eq!(touched, None, "{exchange:?}");
        }
    }
}

fn is_throttle(error: &str) -> bool {
    ["RequestLimitExceeded", "TooManyRequestsException", "ThrottlingException", "Throttling"].contains(&error)
}

/// A plan's changes, a line each.
pub fn described(plan: &Plan) -> String {
    let line = |(address, change): (&Address, &lz::plan::Change)| {
        let attributes: Vec<String> =
            change.attributes().iter().map(|one| format!("{} {} -> {}", one.attribute, one.from, one.to)).collect();
        format!("{} {address}: {} {}", change.action().as_str(), change.reason, attributes.join(", "))
    };
    plan.changes.iter().map(line).collect::<Vec<_>>().join("\n")
}

/// Every resource with the zone's tag is the one that its address means, and there is one of each.
fn check_tagged(aws: &Aws, zone: &str, desired: &Desired, plan: &Plan) {
    let then = aws.now.after(DAY);
    let all: Value = serde_json::to_value(aws).expect("a world");
    let mut found: BTreeMap<String, String> = BTreeMap::new();
    let mut note = |id: &str, tags: &Value| {
        if tags[TAG_ZONE] != zone {
            return;
        }
        let address = tags[TAG_ADDRESS].as_str().expect("an address").to_owned();
        let other = found.insert(address.clone(), id.to_owned());
        assert_eq!(other, None, "a second {address} beside {id}");
        let address = Address::parse(&address).expect("an address");
        let changing = plan.changes.get(&address).and_then(|change| change.live()).map(|live| &live.id);
        let known = plan.unchanged.get(&address).or(changing);
        assert_eq!(known.map(String::as_str), Some(id), "{address} is nobody's");
    };
    for (account, regions) in all["ec2"].as_object().expect("accounts") {
        for region in regions.as_object().expect("regions").keys() {
            let state = aws.ec2_of(account, region).expect("a state");
            let tags = &regions[region]["tags"]["by_resource"];
            for (id, tags) in tags.as_object().expect("tags") {
                if Kind::of(id).is_some_and(|kind| (kind.exists)(state, id, then)) {
                    note(id, tags);
                }
            }
        }
    }
    for (arn, tags) in firewall_tags(&all) {
        note(&arn, &tags);
    }
    for share in aws.ram.shares.values().filter(|share| share.deletion.is_none()) {
        note(&share.arn, &serde_json::to_value(&share.tags).expect("tags"));
    }
    for (id, account) in all["organizations"]["accounts"].as_object().expect("accounts") {
        note(id, &account["tags"]);
    }
    for organization in all["organizations"]["organizations"].as_object().expect("organizations").values() {
        // A unit that the files no longer ask for stays: lz deletes none.
        let is_wanted = |tags: &Value| {
            let address = tags[TAG_ADDRESS].as_str().and_then(|address| Address::parse(address).ok());
            address.is_some_and(|address| desired.contains_key(&address))
        };
        let units = organization["units"].as_object().expect("units").iter();
        for (id, unit) in units.filter(|(_, unit)| is_wanted(&unit["tags"])) {
            note(id, &unit["tags"]);
        }
    }
    // Everything that the plan knows by a tag has one in AWS.
    for (address, id) in &plan.unchanged {
        let tagged = found.get(address.as_str()) == Some(id);
        let taggable = Kind::of(id).is_some() && !id.contains('|');
        // AWS makes these itself.
        let of_aws =
            address.as_str().ends_with("default-security-group") || address.as_str().contains("/firewall/endpoints/");
        assert!(tagged || !taggable || of_aws, "{address} {id} has no tag");
    }
}

/// The ARN and tags of all that Network Firewall holds and that is not going away.
fn firewall_tags(all: &Value) -> Vec<(String, Value)> {
    let mut found = Vec::new();
    for (account, regions) in all["network_firewall"]["regions"].as_object().expect("accounts") {
        for (region, part) in regions.as_object().expect("regions") {
            for (field, path) in
                [("rule_groups", "stateful-rulegroup"), ("policies", "firewall-policy"), ("firewalls", "firewall")]
            {
                let there = part[field].as_object().expect("resources").iter();
                let there = there.filter(|(_, one)| one["record"]["gone_at"].is_null());
                found.extend(there.map(|(name, one)| {
                    let arn = format!("arn:aws:network-firewall:{region}:{account}:{path}/{name}");
                    (arn, one["record"]["tags"].clone())
                }));
            }
        }
    }
    found
}

/// The ids of all accounts' default VPCs and of what is in them.
fn default_vpcs(aws: &Aws) -> BTreeSet<String> {
    let all: Value = serde_json::to_value(aws).expect("a world");
    let mut foreign = BTreeSet::new();
    let regions = all["ec2"].as_object().expect("accounts").values().flat_map(|one| one.as_object().expect("regions"));
    for (_, state) in regions {
        let vpcs = state["vpcs"]["vpcs"].as_object().expect("VPCs").iter();
        foreign.extend(vpcs.filter(|(_, vpc)| vpc["is_default"] == true).map(|(id, _)| id.clone()));
        inside(state, &mut foreign);
    }
    foreign
}

/// The keys of what names one of these VPCs.
fn inside(value: &Value, vpcs: &mut BTreeSet<String>) {
    let Some(fields) = value.as_object() else { return };
    for (key, part) in fields {
        let vpc = part.get("vpc_id").or_else(|| part.get("vpc")).and_then(Value::as_str);
        if key.contains('-') && vpc.is_some_and(|vpc| vpcs.contains(vpc)) {
            vpcs.insert(key.clone());
        }
        inside(part, vpcs);
    }
}
