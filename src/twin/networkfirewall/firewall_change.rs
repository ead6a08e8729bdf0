//! The changes to a firewall, one action for each attribute.

use std::collections::BTreeSet;

use serde::Deserialize;
use serde_json::{Value, json};

use super::firewall::{SubnetMapping, attach, check_unrouted, detach, gone_after, places};
use super::firewall_state::{Firewall, resync_firewall};
use super::firewall_status::subnet_mappings;
use super::input::{
    arn, check_description, check_token, find, invalid, let_go, named, not_now, referred, regional, touch,
};
use super::state::Policy;
use crate::twin::wire::fault::Answer;
use crate::twin::wire::json::input;
use crate::twin::world::Call;

/// What every change says which firewall it means with. The token may be left out.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Which {
    update_token: Option<String>,
    firewall_arn: Option<String>,
    firewall_name: Option<String>,
}

impl Which {
    /// The firewall's name, and the firewall as it is.
    fn find(self, call: &mut Call<'_>) -> Answer<(String, Firewall)> {
        let name = named::<Firewall>(&call.caller, self.firewall_name, self.firewall_arn)?;
        let firewall = find::<Firewall>(call, &name)?;
        self.update_token.as_ref().map_or(Ok(()), |token| check_token(&firewall.record, token))?;
        if firewall.record.gone_at.is_some() {
            return Err(invalid(format!("firewall is being deleted, parameter: [{name}]")));
        }
        Ok((name.clone(), firewall.clone()))
    }
}

/// Splits a request into which firewall it means, and the one member that the action has besides.
fn split<T: serde::de::DeserializeOwned>(mut value: Value) -> Answer<(Which, T)> {
    let which = input(value.clone())?;
    if let Some(members) = value.as_object_mut() {
        members.retain(|name, _| !matches!(name.as_str(), "UpdateToken" | "FirewallArn" | "FirewallName"));
    }
    Ok((which, input(value)?))
}

/// Keeps a changed firewall, and answers what every change does: which firewall, its new token, and the changed member.
fn change(call: &mut Call<'_>, name: &str, changed: Firewall, member: &str, value: Value) -> Answer<Value> {
    *find::<Firewall>(call, name)? = changed;
    touch::<Firewall>(call, name);
    let arn = arn::<Firewall>(&call.caller, name);
    let token = &find::<Firewall>(call, name)?.record.update_token;
    Ok(json!({"FirewallArn": arn, "FirewallName": name, "UpdateToken": token, member: value}))
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct Associate {
    subnet_mappings: Vec<SubnetMapping>,
}

/// <https://docs.aws.amazon.com/network-firewall/latest/APIReference/API_AssociateSubnets.html>
pub(super) fn associate_subnets(call: &mut Call<'_>, value: Value) -> Answer<Value> {
    let (which, Associate { subnet_mappings: mappings }) = split(value)?;
    let (name, mut firewall) = which.find(call)?;
    check_subnets_change(&firewall)?;
    if mappings.is_empty() {
        return Err(invalid("at least one subnet mapping is required"));
    }
    let now = call.now;
    firewall.attachments.retain(|attachment| attachment.is_there(now));
    let places = places(call, &firewall.vpc_id, &mappings, &firewall.attachments)?;
    let added = attach(call, &name, &firewall.vpc_id, places)?;
    firewall.attachments.extend(added);
    let mappings = subnet_mappings(&firewall);
    change(call, &name, firewall, "SubnetMappings", mappings.into())
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct Disassociate {
    subnet_ids: BTreeSet<String>,
}

/// That a firewall keeps at least one subnet, and that routes must be gone first, is the twin's own, stricter, reading.
/// <https://docs.aws.amazon.com/network-firewall/latest/APIReference/API_DisassociateSubnets.html>
pub(super) fn disassociate_subnets(call: &mut Call<'_>, value: Value) -> Answer<Value> {
    let (which, Disassociate { subnet_ids }) = split(value)?;
    let (name, mut firewall) = which.find(call)?;
    check_subnets_change(&firewall)?;
    let own: BTreeSet<String> = firewall.configured().map(|one| one.subnet_id.clone()).collect();
    if let Some(foreign) = subnet_ids.difference(&own).next() {
        return Err(invalid(format!("subnet is not associated with the firewall, parameter: [{foreign}]")));
    }
    if subnet_ids.is_empty() || subnet_ids.len() == own.len() {
        return Err(invalid(format!("a firewall must keep at least one subnet, parameter: {subnet_ids:?}")));
    }
    check_unrouted(
        call,
        &firewall.vpc_id,
        firewall.attachments.iter().filter(|one| subnet_ids.contains(&one.subnet_id)),
    )?;
    let gone = gone_after(call);
    let leaving = firewall.attachments.iter_mut().filter(|one| subnet_ids.contains(&one.subnet_id));
    leaving.for_each(|attachment| detach(call, attachment, gone));
    let mappings = subnet_mappings(&firewall);
    change(call, &name, firewall, "SubnetMappings", mappings.into())
}

fn check_subnets_change(firewall: &Firewall) -> Answer<()> {
    if firewall.subnet_change_protection {
        return Err(not_now("Unable to change the subnets of a firewall with subnet change protection enabled"));
    }
    Ok(())
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct AssociatePolicy {
    firewall_policy_arn: String,
}

/// <https://docs.aws.amazon.com/network-firewall/latest/APIReference/API_AssociateFirewallPolicy.html>
pub(super) fn associate_firewall_policy(call: &mut Call<'_>, value: Value) -> Answer<Value> {
    let (which, AssociatePolicy { firewall_policy_arn }) = split(value)?;
    let (name, mut firewall) = which.find(call)?;
    if firewall.policy_change_protection {
        return Err(not_now(
            "Unable to change the policy of a firewall with firewall policy change protection enabled",
        ));
    }
    let (policy, _) = referred::<Policy>(call, &firewall_policy_arn)?;
    let now = call.now;
    let former = std::mem::replace(&mut firewall.policy, policy);
    let same = former == firewall.policy;
    let answer = change(call, &name, firewall, "FirewallPolicyArn", firewall_policy_arn.into())?;
    if !same {
        let_go::<Policy>(call, &former, now);
        let caller = call.caller.clone();
        let regional = regional(call);
        let objects: Vec<String> = regional.firewalls.get(&name).map_or(Vec::new(), |firewall| {
            firewall.configuration(regional, &caller).into_iter().map(|(object, _)| object).collect()
        });
        resync_firewall(call, &name, &objects);
    }
    Ok(answer)
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct DeleteProtection {
    delete_protection: bool,
}

/// <https://docs.aws.amazon.com/network-firewall/latest/APIReference/API_UpdateFirewallDeleteProtection.html>
pub(super) fn update_firewall_delete_protection(call: &mut Call<'_>, value: Value) -> Answer<Value> {
    let (which, DeleteProtection { delete_protection: on }) = split(value)?;
    let (name, firewall) = which.find(call)?;
    change(call, &name, Firewall { delete_protection: on, ..firewall }, "DeleteProtection", on.into())
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct SubnetChangeProtection {
    subnet_change_protection: bool,
}

/// <https://docs.aws.amazon.com/network-firewall/latest/APIReference/API_UpdateSubnetChangeProtection.html>
pub(super) fn update_subnet_change_protection(call: &mut Call<'_>, value: Value) -> Answer<Value> {
    let (which, SubnetChangeProtection { subnet_change_protection: on }) = split(value)?;
    let (name, firewall) = which.find(call)?;
    let changed = Firewall { subnet_change_protection: on, ..firewall };
    change(call, &name, changed, "SubnetChangeProtection", on.into())
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct PolicyChangeProtection {
    firewall_policy_change_protection: bool,
}

/// <https://docs.aws.amazon.com/network-firewall/latest/APIReference/API_UpdateFirewallPolicyChangeProtection.html>
pub(super) fn update_firewall_policy_change_protection(call: &mut Call<'_>, value: Value) -> Answer<Value> {
    let (which, PolicyChangeProtection { firewall_policy_change_protection: on }) = split(value)?;
    let (name, firewall) = which.find(call)?;
    let changed = Firewall { policy_change_protection: on, ..firewall };
    change(call, &name, changed, "FirewallPolicyChangeProtection", on.into())
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct Description {
    description: Option<String>,
}

/// <https://docs.aws.amazon.com/network-firewall/latest/APIReference/API_UpdateFirewallDescription.html>
pub(super) fn update_firewall_description(call: &mut Call<'_>, value: Value) -> Answer<Value> {
    let (which, Description { description }) = split(value)?;
    check_description(description.as_deref())?;
    let (name, mut firewall) = which.find(call)?;
    firewall.record.description = description.clone().filter(|text| !text.is_empty());
    change(call, &name, firewall, "Description", description.unwrap_or_default().into())
}
