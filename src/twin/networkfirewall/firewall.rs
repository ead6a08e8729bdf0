//! CreateFirewall and DeleteFirewall.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;
use serde_json::Value;

use super::FIREWALLS;
use super::firewall_state::{Attachment, Failure, Firewall};
use super::firewall_status::described;
use super::input::{
    self, Encryption, Tag, arn, check_description, check_encryption, check_name, check_room, find, insert, invalid,
    let_go, named, new_record, not_now, referred,
};
use super::state::Policy;
use crate::twin::ec2::route::Target;
use crate::twin::ec2::{subnet, vpc_endpoint};
use crate::twin::faults::EndpointOutcome;
use crate::twin::time::{Duration, Moment};
use crate::twin::wire::fault::Answer;
use crate::twin::wire::json::input;
use crate::twin::world::Call;

/// How long an endpoint takes.
const CREATE: Duration = Duration::seconds(300, 640, 1800);
/// How much later than a failed endpoint its reason is told: at most fifteen minutes.
const TELL: Duration = Duration::seconds(120, 600, 900);
/// How long a firewall, or one endpoint, takes to go.
const DELETE: Duration = Duration::seconds(480, 1500, 2700);

/// A subnet that a firewall is to have an endpoint in.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(super) struct SubnetMapping {
    subnet_id: String,
    #[serde(rename = "IPAddressType")]
    address_type: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct CreateRequest {
    firewall_name: String,
    firewall_policy_arn: String,
    vpc_id: Option<String>,
    subnet_mappings: Option<Vec<SubnetMapping>>,
    delete_protection: Option<bool>,
    subnet_change_protection: Option<bool>,
    firewall_policy_change_protection: Option<bool>,
    description: Option<String>,
    tags: Option<Vec<Tag>>,
    encryption_configuration: Option<Encryption>,
}

/// The protections that a request leaves out are off. AWS's reference says that creation turns them on, and practice that
/// it does not.
/// <https://docs.aws.amazon.com/network-firewall/latest/APIReference/API_CreateFirewall.html>
pub(super) fn create_firewall(call: &mut Call<'_>, value: Value) -> Answer<Value> {
    let request: CreateRequest = input(value)?;
    let name = request.firewall_name;
    check_name(&name)?;
    check_description(request.description.as_deref())?;
    check_encryption(request.encryption_configuration.as_ref())?;
    let tags = input::tags(request.tags)?;
    let vpc_id = request.vpc_id.ok_or_else(|| invalid("VpcId is required: a firewall must be in a VPC here"))?;
    let mappings = request.subnet_mappings.unwrap_or_default();
    if mappings.is_empty() {
        return Err(invalid("at least one subnet mapping is required"));
    }
    let (policy, _) = referred::<Policy>(call, &request.firewall_policy_arn)?;
    check_room::<Firewall>(call, &name, FIREWALLS)?;
    let places = places(call, &vpc_id, &mappings, &[])?;
    let firewall = Firewall {
        record: new_record(call, request.description, tags),
        policy,
        attachments: attach(call, &name, &vpc_id, places)?,
        vpc_id,
        delete_protection: request.delete_protection.unwrap_or(false),
        subnet_change_protection: request.subnet_change_protection.unwrap_or(false),
        policy_change_protection: request.firewall_policy_change_protection.unwrap_or(false),
        logging: BTreeMap::new(),
    };
    let answer = described(call, &name, &firewall);
    insert(call, &name, firewall);
    Ok(answer)
}

/// A subnet that an endpoint is to be made in, with its zone's name.
#[derive(Debug)]
pub(super) struct Place {
    subnet_id: String,
    zone: String,
}

/// The subnets of a request: of the VPC, each in a zone of its own that none of the firewall's endpoints is in, with room
/// for an endpoint.
///
/// # Errors
/// `InvalidRequestException`.
pub(super) fn places(
    call: &mut Call<'_>,
    vpc_id: &str,
    mappings: &[SubnetMapping],
    present: &[Attachment],
) -> Answer<Vec<Place>> {
    let now = call.now;
    let state = call.ec2();
    if state.vpcs.get(vpc_id).is_none() {
        return Err(invalid(format!("VPC not found, parameter: [{vpc_id}]")));
    }
    let present = present.iter().filter(|attachment| attachment.is_there(now));
    let mut zones: BTreeSet<String> = present.map(|attachment| attachment.zone.clone()).collect();
    let mut places = Vec::new();
    for SubnetMapping { subnet_id, address_type } in mappings {
        if address_type.as_deref().is_some_and(|address_type| address_type != "IPV4") {
            return Err(invalid(format!("The simulated AWS has subnets of IPv4 only, parameter: [{subnet_id}]")));
        }
        let subnet = state.subnets.get(subnet_id).filter(|subnet| subnet.vpc_id == vpc_id);
        let subnet = subnet.ok_or_else(|| invalid(format!("subnet not found in the VPC, parameter: [{subnet_id}]")))?;
        let zone = subnet.zone.name.clone();
        if !zones.insert(zone.clone()) {
            let text = format!("only one subnet is allowed in each Availability Zone, parameter: [{subnet_id}]");
            return Err(invalid(text));
        }
        if subnet::free_addresses(state, subnet_id, now) == 0 {
            return Err(invalid(format!("subnet has no free addresses, parameter: [{subnet_id}]")));
        }
        places.push(Place { subnet_id: subnet_id.clone(), zone });
    }
    Ok(places)
}

/// Begins to make a firewall's endpoints.
///
/// # Errors
/// What EC2 answers; [`places`] leaves nothing that it refuses.
pub(super) fn attach(call: &mut Call<'_>, firewall: &str, vpc_id: &str, places: Vec<Place>) -> Answer<Vec<Attachment>> {
    let firewall_arn = arn::<Firewall>(&call.caller, firewall);
    places.into_iter().map(|place| attach_one(call, &firewall_arn, vpc_id, place)).collect()
}

fn attach_one(call: &mut Call<'_>, firewall_arn: &str, vpc_id: &str, place: Place) -> Answer<Attachment> {
    let now = call.now;
    let ready = call.done_after("network-firewall/endpoint", CREATE);
    let took = ready.since(now);
    let mut attachment = Attachment {
        subnet_id: place.subnet_id,
        zone: place.zone,
        endpoint_id: None,
        // The status tells of a zone, then of its endpoint, and then that it works. The shares are the twin's own.
        shown_at: now.after(took / 8),
        endpoint_at: now.after(took / 2),
        ready_at: None,
        failure: None,
        gone_at: None,
        synced: BTreeMap::new(),
    };
    match call.world.faults.next_firewall_endpoint() {
        Some(EndpointOutcome::Stuck) => {}
        Some(EndpointOutcome::Failed(message)) => {
            let late = call.done_after("network-firewall/endpoint-failure", TELL).since(now);
            attachment.failure = Some(Failure { failed_at: ready, told_at: ready.after(late), message });
        }
        None => {
            let specification = vpc_endpoint::firewall::Specification {
                vpc_id,
                subnet_id: &attachment.subnet_id,
                firewall_arn,
                appears: attachment.endpoint_at,
                available: ready,
            };
            attachment.endpoint_id = Some(vpc_endpoint::firewall::create(call, &specification)?);
            attachment.ready_at = Some(ready);
        }
    }
    Ok(attachment)
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct Named {
    firewall_name: Option<String>,
    firewall_arn: Option<String>,
}

/// <https://docs.aws.amazon.com/network-firewall/latest/developerguide/deleting-firewall.html>
pub(super) fn delete_firewall(call: &mut Call<'_>, value: Value) -> Answer<Value> {
    let request: Named = input(value)?;
    let name = named::<Firewall>(&call.caller, request.firewall_name, request.firewall_arn)?;
    let mut firewall = find::<Firewall>(call, &name)?.clone();
    if firewall.delete_protection {
        return Err(not_now(format!("Unable to delete firewall with delete protection enabled, parameter: [{name}]")));
    }
    check_unrouted(call, &firewall.vpc_id, firewall.attachments.iter())?;
    if !firewall.logging.is_empty() {
        return Err(invalid("Cannot delete firewall with a logging configuration"));
    }
    if firewall.record.gone_at.is_none() {
        let gone = call.done_after("network-firewall/DeleteFirewall", DELETE);
        firewall.attachments.iter_mut().for_each(|attachment| detach(call, attachment, gone));
        firewall.record.gone_at = Some(gone);
        let policy = firewall.policy.clone();
        let_go::<Policy>(call, &policy, gone);
        *find::<Firewall>(call, &name)? = firewall.clone();
    }
    Ok(described(call, &name, &firewall))
}

/// Lets an endpoint go until `gone`.
pub(super) fn detach(call: &mut Call<'_>, attachment: &mut Attachment, gone: Moment) {
    if attachment.gone_at.is_none() {
        attachment.gone_at = Some(gone);
        attachment.endpoint_id.iter().for_each(|id| vpc_endpoint::firewall::delete(call, id, gone));
    }
}

/// The moment at which what is let go now is gone.
pub(super) fn gone_after(call: &mut Call<'_>) -> Moment {
    call.done_after("network-firewall/DisassociateSubnets", DELETE)
}

/// Refuses to take away endpoints that routes of the VPC lead to.
pub(super) fn check_unrouted<'a>(
    call: &mut Call<'_>,
    vpc_id: &str,
    attachments: impl Iterator<Item = &'a Attachment>,
) -> Answer<()> {
    let tables = &call.ec2().route_tables;
    let targets: BTreeSet<&String> = tables
        .in_vpc(vpc_id)
        .flat_map(|(_, table)| table.routes.values())
        .filter_map(|route| match &route.target {
            Target::VpcEndpoint(id) => Some(id),
            _ => None,
        })
        .collect();
    let routed: Vec<&str> = attachments
        .filter_map(|attachment| attachment.endpoint_id.as_ref())
        .filter(|id| targets.contains(id))
        .map(String::as_str)
        .collect();
    if routed.is_empty() {
        return Ok(());
    }
    Err(invalid(format!(
        "Unable to fulfill request because the following related VPC endpoint(s) still exist in route table(s): [{}]",
        routed.join(", ")
    )))
}
