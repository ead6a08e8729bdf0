//! How a firewall and its status are written.
//!
//! <https://docs.aws.amazon.com/network-firewall/latest/APIReference/API_FirewallStatus.html>

use serde_json::{Map, Value, json};

use super::firewall_state::{Attachment, Firewall};
use super::input::{arn, encryption, put_tags, regional};
use super::state::Policy;
use crate::twin::time::Moment;
use crate::twin::world::{Call, Caller};

/// A firewall with its status, as the actions that tell of a whole firewall answer it.
pub(super) fn described(call: &mut Call<'_>, name: &str, firewall: &Firewall) -> Value {
    let (now, caller) = (call.now, call.caller.clone());
    let configuration = firewall.configuration(regional(call), &caller);
    json!({
        "Firewall": describe(&caller, name, firewall),
        "FirewallStatus": status(firewall, &configuration, now),
    })
}

fn describe(caller: &Caller, name: &str, firewall: &Firewall) -> Value {
    let record = &firewall.record;
    let mut described = json!({
        "FirewallName": name,
        "FirewallArn": arn::<Firewall>(caller, name),
        "FirewallPolicyArn": arn::<Policy>(caller, &firewall.policy),
        "VpcId": firewall.vpc_id,
        "SubnetMappings": subnet_mappings(firewall),
        "DeleteProtection": firewall.delete_protection,
        "SubnetChangeProtection": firewall.subnet_change_protection,
        "FirewallPolicyChangeProtection": firewall.policy_change_protection,
        "FirewallId": record.id,
        "EncryptionConfiguration": encryption(),
        "NumberOfAssociations": 0,
    });
    if let Some(description) = &record.description {
        described["Description"] = json!(description);
    }
    put_tags(&mut described, &record.tags);
    described
}

/// The subnets that a firewall is to have endpoints in.
pub(super) fn subnet_mappings(firewall: &Firewall) -> Vec<Value> {
    let mapping = |one: &Attachment| json!({"SubnetId": one.subnet_id, "IPAddressType": "IPV4"});
    firewall.configured().map(mapping).collect()
}

/// `FirewallStatusValue`: a firewall is ready only while all its endpoints are there and have the present rules.
pub(super) fn status_value(firewall: &Firewall, configuration: &[(String, String)], now: Moment) -> &'static str {
    if firewall.record.gone_at.is_some() {
        return "DELETING";
    }
    let ready = firewall.configured().all(|one| one.is_ready(now)) && is_in_sync(firewall, configuration, now);
    if ready { "READY" } else { "PROVISIONING" }
}

fn is_in_sync(firewall: &Firewall, configuration: &[(String, String)], now: Moment) -> bool {
    firewall.configured().all(|one| configuration.iter().all(|(object, _)| one.has(object, now)))
}

fn status(firewall: &Firewall, configuration: &[(String, String)], now: Moment) -> Value {
    let shown = firewall.attachments.iter().filter(|one| one.is_there(now) && one.shown_at <= now);
    let zones: Map<String, Value> = shown.map(|one| (one.zone.clone(), sync_state(one, configuration, now))).collect();
    json!({
        "Status": status_value(firewall, configuration, now),
        "ConfigurationSyncStateSummary": if is_in_sync(firewall, configuration, now) { "IN_SYNC" } else { "PENDING" },
        "SyncStates": zones,
    })
}

fn sync_state(one: &Attachment, configuration: &[(String, String)], now: Moment) -> Value {
    let mut attachment = json!({"SubnetId": one.subnet_id, "Status": one.status(now)});
    if let Some(endpoint) = one.endpoint_id.as_ref().filter(|_| one.endpoint_at <= now) {
        attachment["EndpointId"] = json!(endpoint);
    }
    if let Some(failure) = one.failure.as_ref().filter(|failure| failure.told_at <= now) {
        attachment["StatusMessage"] = json!(failure.message);
    }
    let object = |(object, token): &(String, String)| {
        let status = if one.has(object, now) { "IN_SYNC" } else { "PENDING" };
        (object.clone(), json!({"SyncStatus": status, "UpdateToken": token}))
    };
    let objects: Map<String, Value> = configuration.iter().map(object).collect();
    json!({"Attachment": attachment, "Config": objects})
}
