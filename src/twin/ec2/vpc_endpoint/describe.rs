//! DescribeVpcEndpoints, and how an endpoint is written.

use super::KIND;
use super::state::{Endpoint, FirewallEndpoint, Gateway, Interface, Stage, Target};
use crate::twin::ec2::describe::Describe;
use crate::twin::ec2::look::Look;
use crate::twin::ec2::page::USUAL;
use crate::twin::ec2::tag;
use crate::twin::wire::fault::Answer;
use crate::twin::wire::{Form, Xml};
use crate::twin::world::{Call, mix};

const FILTERS: &[&str] = &[
    "ip-address-type",
    "service-name",
    "service-region",
    "tag",
    "vpc-endpoint-id",
    "vpc-endpoint-state",
    "vpc-endpoint-type",
    "vpc-id",
];

pub(super) fn describe(call: &mut Call<'_>, form: &Form, xml: &mut Xml) -> Answer<()> {
    let request = Describe::read(form, &KIND, "VpcEndpointId", FILTERS, Some(USUAL))?;
    let look = Look::at(call);
    let now = look.now;
    let selection = request.select(look.state, now, look.state.endpoints.all(now), |id, endpoint, name| {
        let value = match name {
            "ip-address-type" => "ipv4",
            "service-name" => &endpoint.service_name,
            "service-region" => look.region,
            "vpc-endpoint-id" => id,
            "vpc-endpoint-state" => endpoint.stage(now).name(),
            "vpc-endpoint-type" => endpoint.endpoint_type().as_str(),
            "vpc-id" => &endpoint.vpc_id,
            _ => return Vec::new(),
        };
        vec![value.to_owned()]
    })?;
    selection.write(xml, "vpcEndpointSet", |item, _, endpoint| write(item, look, endpoint));
    Ok(())
}

/// Writes an endpoint of the caller.
pub(super) fn write(xml: &mut Xml, look: Look<'_>, endpoint: &Endpoint) {
    xml.text("vpcEndpointId", &endpoint.id)
        .text("vpcEndpointType", endpoint.endpoint_type().as_str())
        .text("vpcId", &endpoint.vpc_id)
        .text("serviceName", &endpoint.service_name)
        .text("state", endpoint.stage(look.now).name());
    match &endpoint.target {
        Target::Gateway(gateway) => write_gateway(xml.text("policyDocument", &endpoint.policy), gateway),
        Target::Interface(interface) => {
            write_interface(xml.text("policyDocument", &endpoint.policy), look, endpoint, interface);
        }
        Target::Firewall(firewall) => write_firewall(xml, firewall),
    }
    xml.text("ipAddressType", "ipv4").text("requesterManaged", endpoint.is_requester_managed());
    xml.text("creationTimestamp", endpoint.created.iso8601());
    if let (Some(code), Stage::Failed) = (&endpoint.failure, endpoint.stage(look.now)) {
        xml.element("lastError", |item| {
            item.text("code", code).text("message", "An internal error has occurred");
        });
    }
    tag::write(xml, look.state.tags.of(&endpoint.id));
    xml.text("ownerId", look.account).text("serviceRegion", look.region);
}

fn write_gateway(xml: &mut Xml, gateway: &Gateway) {
    xml.texts("routeTableIdSet", &gateway.route_tables).text("privateDnsEnabled", false);
    for empty in ["subnetIdSet", "groupSet", "networkInterfaceIdSet", "dnsEntrySet"] {
        xml.element(empty, |_| {});
    }
}

fn write_interface(xml: &mut Xml, look: Look<'_>, endpoint: &Endpoint, interface: &Interface) {
    xml.element("routeTableIdSet", |_| {})
        .texts("subnetIdSet", interface.subnets.iter().map(|subnet| &subnet.subnet_id))
        .list("groupSet", &interface.groups, |item, group| {
            item.text("groupId", group);
            item.optional("groupName", look.state.security_groups.get(group).map(|group| &group.name));
        })
        .element("dnsOptions", |item| {
            item.text("dnsRecordIpType", "ipv4");
        })
        .text("privateDnsEnabled", !interface.private_dns.is_empty())
        .texts("networkInterfaceIdSet", interface.subnets.interfaces())
        .list("dnsEntrySet", dns_entries(look, endpoint, interface), |item, (name, zone)| {
            item.text("dnsName", name).text("hostedZoneId", zone);
        });
}

fn write_firewall(xml: &mut Xml, endpoint: &FirewallEndpoint) {
    xml.texts("subnetIdSet", [&endpoint.subnet_id]).text("privateDnsEnabled", false);
    xml.texts("networkInterfaceIdSet", [&endpoint.network_interface_id]);
    for empty in ["routeTableIdSet", "groupSet", "dnsEntrySet"] {
        xml.element(empty, |_| {});
    }
}

/// The endpoint's own names, one for all zones and one for each, and the private ones, with their hosted zones.
fn dns_entries(look: Look<'_>, endpoint: &Endpoint, interface: &Interface) -> Vec<(String, String)> {
    let service = endpoint.service_name.rsplit_once(&format!("{}.", look.region)).map_or("", |(_, name)| name);
    let label = format!("{}-{:08x}", endpoint.id, mix(0, &endpoint.id, 0) >> 32);
    let domain = format!("{service}.{}.vpce.amazonaws.com", look.region);
    let own = std::iter::once(format!("{label}.{domain}"))
        .chain(interface.subnets.iter().map(|subnet| format!("{label}-{}.{domain}", subnet.zone_name)))
        .map(|name| (name, hosted_zone_id(look.region)));
    let private = interface.private_dns.iter().map(|name| {
        let ready = endpoint.stage(look.now) != Stage::Pending;
        let zone = if ready { hosted_zone_id(&endpoint.id) } else { String::from("ZONEIDPENDING") };
        (name.clone(), zone)
    });
    own.chain(private).collect()
}

/// A hosted zone's id that depends on a name alone.
fn hosted_zone_id(name: &str) -> String {
    format!("Z{:016X}", mix(0, name, 1))
}
