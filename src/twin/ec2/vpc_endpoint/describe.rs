//! DescribeVpcEndpoints, and how an endpoint is written.

use super::KIND;
use super::state::{Endpoint, Interface, Stage, Target};
use crate::twin::ec2::describe::Describe;
use crate::twin::ec2::page::USUAL;
use crate::twin::ec2::{State, tag};
use crate::twin::time::Moment;
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
    let view = View::new(call);
    let now = view.now;
    let selection = request.select(view.state, now, view.state.endpoints.all(now), |id, endpoint, name| {
        let value = match name {
            "ip-address-type" => "ipv4",
            "service-name" => &endpoint.service_name,
            "service-region" => &view.region,
            "vpc-endpoint-id" => id,
            "vpc-endpoint-state" => endpoint.stage(now).name(),
            "vpc-endpoint-type" => endpoint.endpoint_type().as_str(),
            "vpc-id" => &endpoint.vpc_id,
            _ => return Vec::new(),
        };
        vec![value.to_owned()]
    })?;
    selection.write(xml, "vpcEndpointSet", |item, _, endpoint| view.write(item, endpoint));
    Ok(())
}

/// What it takes to describe an endpoint.
pub(super) struct View<'a> {
    state: &'a State,
    owner: String,
    region: String,
    now: Moment,
}

impl<'a> View<'a> {
    pub(super) fn new(call: &'a mut Call<'_>) -> Self {
        let (owner, region, now) = (call.caller.account.clone(), call.caller.region.clone(), call.now);
        Self { state: call.ec2(), owner, region, now }
    }

    pub(super) fn write(&self, xml: &mut Xml, endpoint: &Endpoint) {
        xml.text("vpcEndpointId", &endpoint.id)
            .text("vpcEndpointType", endpoint.endpoint_type().as_str())
            .text("vpcId", &endpoint.vpc_id)
            .text("serviceName", &endpoint.service_name)
            .text("state", endpoint.stage(self.now).name())
            .text("policyDocument", &endpoint.policy);
        match &endpoint.target {
            Target::Gateway(gateway) => {
                xml.texts("routeTableIdSet", &gateway.route_tables)
                    .element("subnetIdSet", |_| {})
                    .element("groupSet", |_| {})
                    .text("privateDnsEnabled", false)
                    .element("networkInterfaceIdSet", |_| {})
                    .element("dnsEntrySet", |_| {});
            }
            Target::Interface(interface) => self.write_interface(xml, endpoint, interface),
        }
        xml.text("ipAddressType", "ipv4").text("requesterManaged", false);
        xml.text("creationTimestamp", endpoint.created.iso8601());
        tag::write(xml, self.state.tags.of(&endpoint.id));
        xml.text("ownerId", &self.owner).text("serviceRegion", &self.region);
    }

    fn write_interface(&self, xml: &mut Xml, endpoint: &Endpoint, interface: &Interface) {
        xml.element("routeTableIdSet", |_| {})
            .texts("subnetIdSet", interface.subnets.iter().map(|subnet| &subnet.subnet_id))
            .list("groupSet", &interface.groups, |item, group| {
                item.text("groupId", group);
                item.optional("groupName", self.group_name(group));
            })
            .element("dnsOptions", |item| {
                item.text("dnsRecordIpType", "ipv4");
            })
            .text("privateDnsEnabled", !interface.private_dns.is_empty())
            .texts("networkInterfaceIdSet", interface.subnets.interfaces())
            .list("dnsEntrySet", self.dns_entries(endpoint, interface), |item, (name, zone)| {
                item.text("dnsName", name).text("hostedZoneId", zone);
            });
    }

    /// The endpoint's own names, one for all zones and one for each, and the private ones, with their hosted zones.
    fn dns_entries(&self, endpoint: &Endpoint, interface: &Interface) -> Vec<(String, String)> {
        let service = endpoint.service_name.rsplit_once(&format!("{}.", self.region)).map_or("", |(_, name)| name);
        let label = format!("{}-{:08x}", endpoint.id, mix(0, &endpoint.id, 0) >> 32);
        let domain = format!("{service}.{}.vpce.amazonaws.com", self.region);
        let own = std::iter::once(format!("{label}.{domain}"))
            .chain(interface.subnets.iter().map(|subnet| format!("{label}-{}.{domain}", subnet.zone_name)))
            .map(|name| (name, hosted_zone_id(&self.region)));
        let private = interface.private_dns.iter().map(|name| {
            let ready = endpoint.stage(self.now) != Stage::Pending;
            let zone = if ready { hosted_zone_id(&endpoint.id) } else { String::from("ZONEIDPENDING") };
            (name.clone(), zone)
        });
        own.chain(private).collect()
    }
}

/// A hosted zone's id that depends on a name alone.
fn hosted_zone_id(name: &str) -> String {
    format!("Z{:016X}", mix(0, name, 1))
}
