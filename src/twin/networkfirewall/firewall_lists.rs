//! DescribeFirewall, DescribeFirewallMetadata and ListFirewalls.

use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::firewall_state::Firewall;
use super::firewall_status::{described, status_value};
use super::input::{Page, arn, find, listed, named, paged, regional};
use super::state::Policy;
use crate::twin::wire::fault::Answer;
use crate::twin::wire::json::input;
use crate::twin::world::Call;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct Named {
    firewall_name: Option<String>,
    firewall_arn: Option<String>,
}

/// <https://docs.aws.amazon.com/network-firewall/latest/APIReference/API_DescribeFirewall.html>
pub(super) fn describe_firewall(call: &mut Call<'_>, value: Value) -> Answer<Value> {
    let request: Named = input(value)?;
    let name = named::<Firewall>(&call.caller, request.firewall_name, request.firewall_arn)?;
    let firewall = find::<Firewall>(call, &name)?.clone();
    let mut answer = described(call, &name, &firewall);
    answer["UpdateToken"] = json!(firewall.record.update_token);
    Ok(answer)
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct MetadataRequest {
    firewall_arn: Option<String>,
}

/// <https://docs.aws.amazon.com/network-firewall/latest/APIReference/API_DescribeFirewallMetadata.html>
pub(super) fn describe_firewall_metadata(call: &mut Call<'_>, value: Value) -> Answer<Value> {
    let request: MetadataRequest = input(value)?;
    let (now, caller) = (call.now, call.caller.clone());
    let name = named::<Firewall>(&caller, None, request.firewall_arn)?;
    let firewall = find::<Firewall>(call, &name)?.clone();
    let configuration = firewall.configuration(regional(call), &caller);
    let zones: Map<String, Value> =
        firewall.configured().map(|one| (one.zone.clone(), json!({"IPAddressType": "IPV4"}))).collect();
    let mut answer = json!({
        "FirewallArn": arn::<Firewall>(&caller, &name),
        "FirewallPolicyArn": arn::<Policy>(&caller, &firewall.policy),
        "Status": status_value(&firewall, &configuration, now),
        "SupportedAvailabilityZones": zones,
    });
    if let Some(description) = &firewall.record.description {
        answer["Description"] = json!(description);
    }
    Ok(answer)
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct ListRequest {
    next_token: Option<String>,
    #[serde(default)]
    vpc_ids: Vec<String>,
    max_results: Option<usize>,
}

/// <https://docs.aws.amazon.com/network-firewall/latest/APIReference/API_ListFirewalls.html>
pub(super) fn list_firewalls(call: &mut Call<'_>, value: Value) -> Answer<Value> {
    let ListRequest { next_token, vpc_ids, max_results } = input(value)?;
    let names = listed::<Firewall>(call, |one| vpc_ids.is_empty() || vpc_ids.contains(&one.vpc_id));
    let item = |name: &String| json!({"FirewallName": name, "FirewallArn": arn::<Firewall>(&call.caller, name)});
    let list = format!("ListFirewalls/{vpc_ids:?}");
    paged("Firewalls", &list, names.iter().map(item).collect(), &Page { next_token, max_results })
}
