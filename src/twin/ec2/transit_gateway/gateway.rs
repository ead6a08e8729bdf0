//! Transit gateways themselves: create, describe, modify, delete.

use super::lookup::{self, Access};
use super::state::{Gateway, GatewayOptions, Peering, PolicyTable, Progress, RouteTable, Stage};
use super::{GATEWAY, ROUTE_TABLE, route_table};
use crate::twin::ec2::describe::Describe;
use crate::twin::ec2::look::Look;
use crate::twin::ec2::page::USUAL;
use crate::twin::ec2::quota;
use crate::twin::ec2::tag::{self, Tags};
use crate::twin::ec2::visibility;
use crate::twin::time::{Duration, Moment};
use crate::twin::wire::fault::Answer;
use crate::twin::wire::{Fault, Form, Xml};
use crate::twin::world::Call;

const CREATE: Duration = Duration::seconds(120, 240, 600);
const MODIFY: Duration = Duration::seconds(20, 60, 300);
const DELETE: Duration = Duration::seconds(60, 120, 600);

const FILTERS: &[&str] = &[
    "options.amazon-side-asn",
    "options.association-default-route-table-id",
    "options.auto-accept-shared-attachments",
    "options.default-route-table-association",
    "options.default-route-table-propagation",
    "options.dns-support",
    "options.propagation-default-route-table-id",
    "options.vpn-ecmp-support",
    "owner-id",
    "state",
    "tag",
    "transit-gateway-id",
];

/// Reads an option whose values are `enable` and `disable`.
pub(super) fn switch(options: Option<&Form>, name: &str) -> Answer<Option<bool>> {
    let Some(options) = options else { return Ok(None) };
    Ok(options.one_of(name, &["enable", "disable"])?.map(|value| value == "enable"))
}

/// How AWS writes such an option.
pub(super) fn switch_name(on: bool) -> &'static str {
    if on { "enable" } else { "disable" }
}

fn asn(options: Option<&Form>) -> Answer<Option<i64>> {
    let Some(asn) = options.map(|options| options.integer("AmazonSideAsn")).transpose()?.flatten() else {
        return Ok(None);
    };
    // The private ranges of 16 and 32 bits.
    if (64_512..=65_534).contains(&asn) || (4_200_000_000..=4_294_967_294).contains(&asn) {
        return Ok(Some(asn));
    }
    Err(Fault::new("InvalidParameterValue", format!("Value ({asn}) for parameter AmazonSideAsn is invalid.")))
}

fn read_options(options: Option<&Form>) -> Answer<GatewayOptions> {
    Ok(GatewayOptions {
        amazon_side_asn: asn(options)?.unwrap_or(64_512),
        auto_accept_shared_attachments: switch(options, "AutoAcceptSharedAttachments")?.unwrap_or(false),
        default_route_table_association: switch(options, "DefaultRouteTableAssociation")?.unwrap_or(true),
        association_default_route_table_id: None,
        default_route_table_propagation: switch(options, "DefaultRouteTablePropagation")?.unwrap_or(true),
        propagation_default_route_table_id: None,
        vpn_ecmp_support: switch(options, "VpnEcmpSupport")?.unwrap_or(true),
        dns_support: switch(options, "DnsSupport")?.unwrap_or(true),
        security_group_referencing_support: switch(options, "SecurityGroupReferencingSupport")?.unwrap_or(false),
        multicast_support: switch(options, "MulticastSupport")?.unwrap_or(false),
    })
}

pub(super) fn create(call: &mut Call<'_>, form: &Form, xml: &mut Xml) -> Answer<()> {
    let description = form.optional("Description").map(str::to_owned);
    let mut options = read_options(form.form("Options"))?;
    let tags = tag::specified(form, "TagSpecification", GATEWAY.resource_type)?;
    form.finish()?;
    let now = call.now;
    let most = quota::limit(call, quota::TRANSIT_GATEWAYS);
    let gateways = &call.ec2().transit_gateways.gateways;
    if gateways.values().filter(|one| one.progress.stage(now) != Stage::Deleted).count() >= most {
        let text = format!("You have reached the limit of {most} transit gateways in this region.");
        return Err(Fault::new("TransitGatewayLimitExceeded", text));
    }
    let id = call.new_id("tgw");
    let available_at = call.done_after("CreateTransitGateway", CREATE);
    if options.default_route_table_association || options.default_route_table_propagation {
        let table = route_table::add(call, &id, available_at);
        options.association_default_route_table_id = options.default_route_table_association.then(|| table.clone());
        options.propagation_default_route_table_id = options.default_route_table_propagation.then_some(table);
    }
    let owner = call.caller.account.clone();
    let progress = Progress::Pending(available_at);
    let gateway = Gateway { id: id.clone(), owner, description, created: now, progress, options };
    answer(xml, call, &gateway, &tags);
    visibility::created(call, &id);
    let state = call.ec2();
    state.tags.set(&id, tags);
    state.transit_gateways.forget_ended(now);
    state.transit_gateways.gateways.insert(id, gateway);
    Ok(())
}

pub(super) fn describe(call: &mut Call<'_>, form: &Form, xml: &mut Xml) -> Answer<()> {
    let request = Describe::read(form, &GATEWAY, "TransitGatewayIds", FILTERS, Some(USUAL))?;
    let look = Look::at(call);
    let Look { now, region, .. } = look;
    let seen = lookup::states(look.world, region)
        .flat_map(|state| &state.gateways)
        .filter(|(_, one)| lookup::access(look.world, region, look.account, one, now).is_some());
    let selection = request.select(look.state, now, seen, |_, gateway, name| attribute(gateway, name, now))?;
    selection.write(xml, "transitGatewaySet", |item, id, gateway| {
        write(item, gateway, region, look.state.tags.of(id), now);
    });
    Ok(())
}

fn attribute(gateway: &Gateway, name: &str, now: Moment) -> Vec<String> {
    let options = &gateway.options;
    let switch = |on| Some(switch_name(on).to_owned());
    let value = match name {
        "options.amazon-side-asn" => Some(options.amazon_side_asn.to_string()),
        "options.association-default-route-table-id" => options.association_default_route_table_id.clone(),
        "options.auto-accept-shared-attachments" => switch(options.auto_accept_shared_attachments),
        "options.default-route-table-association" => switch(options.default_route_table_association),
        "options.default-route-table-propagation" => switch(options.default_route_table_propagation),
        "options.dns-support" => switch(options.dns_support),
        "options.propagation-default-route-table-id" => options.propagation_default_route_table_id.clone(),
        "options.vpn-ecmp-support" => switch(options.vpn_ecmp_support),
        "owner-id" => Some(gateway.owner.clone()),
        "state" => Some(gateway.progress.stage(now).name().to_owned()),
        "transit-gateway-id" => Some(gateway.id.clone()),
        _ => None,
    };
    value.into_iter().collect()
}

/// What ModifyTransitGateway changes.
struct Changes {
    description: Option<String>,
    asn: Option<i64>,
    auto_accept: Option<bool>,
    association: Option<bool>,
    association_table: Option<String>,
    propagation: Option<bool>,
    propagation_table: Option<String>,
    vpn_ecmp: Option<bool>,
    dns: Option<bool>,
    security_group_referencing: Option<bool>,
}

impl Changes {
    fn read(form: &Form) -> Answer<Self> {
        let options = form.form("Options");
        let text = |name| options.and_then(|options| options.optional(name)).map(str::to_owned);
        Ok(Self {
            description: form.optional("Description").map(str::to_owned),
            asn: asn(options)?,
            auto_accept: switch(options, "AutoAcceptSharedAttachments")?,
            association: switch(options, "DefaultRouteTableAssociation")?,
            association_table: text("AssociationDefaultRouteTableId"),
            propagation: switch(options, "DefaultRouteTablePropagation")?,
            propagation_table: text("PropagationDefaultRouteTableId"),
            vpn_ecmp: switch(options, "VpnEcmpSupport")?,
            dns: switch(options, "DnsSupport")?,
            security_group_referencing: switch(options, "SecurityGroupReferencingSupport")?,
        })
    }

    fn apply(self, gateway: &mut Gateway) {
        let options = &mut gateway.options;
        set(&mut options.amazon_side_asn, self.asn);
        set(&mut options.auto_accept_shared_attachments, self.auto_accept);
        set(&mut options.default_route_table_association, self.association);
        set(&mut options.default_route_table_propagation, self.propagation);
        set(&mut options.vpn_ecmp_support, self.vpn_ecmp);
        set(&mut options.dns_support, self.dns);
        set(&mut options.security_group_referencing_support, self.security_group_referencing);
        options.association_default_route_table_id = self
            .association_table
            .or(options.association_default_route_table_id.take())
            .filter(|_| options.default_route_table_association);
        options.propagation_default_route_table_id = self
            .propagation_table
            .or(options.propagation_default_route_table_id.take())
            .filter(|_| options.default_route_table_propagation);
        if self.description.is_some() {
            gateway.description = self.description;
        }
    }
}

fn set<T>(place: &mut T, value: Option<T>) {
    if let Some(value) = value {
        *place = value;
    }
}

pub(super) fn modify(call: &mut Call<'_>, form: &Form, xml: &mut Xml) -> Answer<()> {
    let id = form.required("TransitGatewayId")?;
    let changes = Changes::read(form)?;
    form.finish()?;
    let mut gateway = lookup::available_gateway(call, id, Access::Owner)?.clone();
    for table in [&changes.association_table, &changes.propagation_table].into_iter().flatten() {
        let table = lookup::available_route_table(call, table)?;
        if table.gateway_id != gateway.id {
            return Err(ROUTE_TABLE.unknown(&table.id));
        }
    }
    changes.apply(&mut gateway);
    let GatewayOptions { default_route_table_association, default_route_table_propagation, .. } = gateway.options;
    for (wanted, table, parameter) in [
        (
            default_route_table_association,
            &gateway.options.association_default_route_table_id,
            "AssociationDefaultRouteTableId",
        ),
        (
            default_route_table_propagation,
            &gateway.options.propagation_default_route_table_id,
            "PropagationDefaultRouteTableId",
        ),
    ] {
        if wanted && table.is_none() {
            let text = format!("The request must contain the parameter Options.{parameter}");
            return Err(Fault::new("MissingParameter", text));
        }
    }
    gateway.progress = Progress::Modifying(call.done_after("ModifyTransitGateway", MODIFY));
    let tags = call.ec2().tags.of(id).clone();
    answer(xml, call, &gateway, &tags);
    call.ec2().transit_gateways.gateways.insert(gateway.id.clone(), gateway);
    Ok(())
}

pub(super) fn delete(call: &mut Call<'_>, form: &Form, xml: &mut Xml) -> Answer<()> {
    let id = form.required("TransitGatewayId")?;
    form.finish()?;
    let mut gateway = lookup::available_gateway(call, id, Access::Owner)?.clone();
    let now = call.now;
    let state = &call.ec2().transit_gateways;
    let in_use = |what: &str| Fault::new("IncorrectState", format!("{id} has non-deleted Transit Gateway {what}."));
    if state.attachments.values().any(|one| one.gateway_id == id && !one.stage(now).ended()) {
        return Err(in_use("Attachments"));
    }
    let peered = |one: &Peering| one.gateway_id == id && one.progress.stage(now) != Stage::Deleted;
    if state.peerings.values().any(peered) {
        return Err(in_use("Attachments"));
    }
    let of_policies = |table: &PolicyTable| table.gateway_id == id && table.progress.stage(now) != Stage::Deleted;
    if state.policy_tables.values().any(of_policies) {
        return Err(in_use("Policy Tables"));
    }
    let own = |table: &&RouteTable| table.gateway_id == id && table.progress.stage(now) != Stage::Deleted;
    if state.route_tables.values().filter(own).any(|table| !gateway.is_default_table(&table.id)) {
        return Err(in_use("Route Tables"));
    }
    gateway.progress = Progress::Deleting(call.done_after("DeleteTransitGateway", DELETE));
    let tags = call.ec2().tags.of(id).clone();
    answer(xml, call, &gateway, &tags);
    let state = &mut call.ec2().transit_gateways;
    for table in state.route_tables.values_mut().filter(|table| gateway.is_default_table(&table.id)) {
        table.progress = gateway.progress;
    }
    state.gateways.insert(gateway.id.clone(), gateway);
    Ok(())
}

fn answer(xml: &mut Xml, call: &Call<'_>, gateway: &Gateway, tags: &Tags) {
    xml.element("transitGateway", |item| write(item, gateway, &call.caller.region, tags, call.now));
}

fn write(xml: &mut Xml, gateway: &Gateway, region: &str, tags: &Tags, now: Moment) {
    xml.text("transitGatewayId", &gateway.id)
        .text("transitGatewayArn", lookup::arn(region, &gateway.owner, &gateway.id))
        .text("state", gateway.progress.stage(now).name())
        .text("ownerId", &gateway.owner)
        .optional("description", gateway.description.as_ref())
        .text("creationTime", gateway.created.iso8601())
        .element("options", |item| write_options(item, &gateway.options));
    tag::write(xml, tags);
}

fn write_options(xml: &mut Xml, options: &GatewayOptions) {
    xml.text("amazonSideAsn", options.amazon_side_asn)
        .text("autoAcceptSharedAttachments", switch_name(options.auto_accept_shared_attachments))
        .text("defaultRouteTableAssociation", switch_name(options.default_route_table_association))
        .optional("associationDefaultRouteTableId", options.association_default_route_table_id.as_ref())
        .text("defaultRouteTablePropagation", switch_name(options.default_route_table_propagation))
        .optional("propagationDefaultRouteTableId", options.propagation_default_route_table_id.as_ref())
        .text("vpnEcmpSupport", switch_name(options.vpn_ecmp_support))
        .text("dnsSupport", switch_name(options.dns_support))
        .text("securityGroupReferencingSupport", switch_name(options.security_group_referencing_support))
        .text("multicastSupport", switch_name(options.multicast_support));
}
