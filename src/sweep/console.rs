//! Where a person sees a resource in AWS's console.

use crate::kinds::{KindName, Observed, Spec};
use crate::values::Region;

/// The console's address of a resource's own page; none for kinds that have none.
pub(super) fn link(observed: &Observed<Spec>, region: &Region) -> Option<String> {
    let id = observed.id.as_str();
    let page = |fragment: String| Some(vpc_page(region, &fragment));
    match &observed.spec {
        // What has no page of its own is shown on the page of what it is in.
        Spec::Route(route) => return page(format!("RouteTableDetails:RouteTableId={}", route.route_table)),
        Spec::RouteTableAssociation(one) => return page(format!("RouteTableDetails:RouteTableId={}", one.route_table)),
        Spec::FlowLog(log) => return page(format!("VpcDetails:VpcId={}", log.vpc)),
        Spec::TransitGatewayAssociation(one) => return gateway_table(region, &one.route_table.to_string()),
        Spec::TransitGatewayPropagation(one) => return gateway_table(region, &one.route_table.to_string()),
        Spec::TransitGatewayRoute(one) => return gateway_table(region, &one.route_table.to_string()),
        Spec::ForeignTransitGatewayAttachment(one) => return attachment(region, &one.attachment.to_string()),
        Spec::MainRouteTable(one) => return page(format!("RouteTableDetails:RouteTableId={}", one.route_table)),
        Spec::VpcEndpointPolicy(one) => return page(format!("EndpointDetails:vpcEndpointId={}", one.endpoint)),
        Spec::TransitGatewayAttachmentAcceptance(one) => return attachment(region, &one.attachment.to_string()),
        _ => {}
    }
    match observed.spec.kind() {
        KindName::Vpc => page(format!("VpcDetails:VpcId={id}")),
        KindName::Subnet => page(format!("SubnetDetails:subnetId={id}")),
        KindName::InternetGateway => page(format!("InternetGateway:internetGatewayId={id}")),
        KindName::ElasticIp => page(format!("ElasticIpDetails:AllocationId={id}")),
        KindName::NatGateway => page(format!("NatGatewayDetails:natGatewayId={id}")),
        KindName::RouteTable => page(format!("RouteTableDetails:RouteTableId={id}")),
        KindName::DefaultSecurityGroup | KindName::SecurityGroup => page(format!("SecurityGroup:groupId={id}")),
        KindName::VpcEndpoint | KindName::FirewallEndpoint => page(format!("EndpointDetails:vpcEndpointId={id}")),
        KindName::TransitGateway => page(format!("TransitGatewayDetails:transitGatewayId={id}")),
        KindName::TransitGatewayAttachment => attachment(region, id),
        KindName::TransitGatewayRouteTable => gateway_table(region, id),
        KindName::Account => Some(format!("https://us-east-1.{}/organizations/v2/home/accounts/{id}", domain(region))),
        _ => None,
    }
}

fn attachment(region: &Region, id: &str) -> Option<String> {
    Some(vpc_page(region, &format!("TransitGatewayAttachmentDetails:transitGatewayAttachmentId={id}")))
}

fn gateway_table(region: &Region, id: &str) -> Option<String> {
    Some(vpc_page(region, &format!("TransitGatewayRouteTableDetails:transitGatewayRouteTableId={id}")))
}

fn vpc_page(region: &Region, fragment: &str) -> String {
    format!("https://{region}.{}/vpcconsole/home?region={region}#{fragment}", domain(region))
}

/// Each of AWS's partitions has a console of its own.
fn domain(region: &Region) -> &'static str {
    let name = region.as_str();
    if name.starts_with("cn-") {
        "console.amazonaws.cn"
    } else if name.starts_with("us-gov-") {
        "console.amazonaws-us-gov.com"
    } else {
        "console.aws.amazon.com"
    }
}
