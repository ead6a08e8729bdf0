"""moto's server with the departures from AWS corrected that would hide what a second plan finds.

    moto_corrected.py -H 127.0.0.1 -p PORT

Each correction stands for one of moto's faults, documented in MOTO.md; `test_moto.py` proves on the plain `moto_server`
that each fault is still there, so that a correction goes when moto no longer needs it.
"""
import json

import moto.server
from moto.core.responses import ActionResult
from moto.ec2.models import EC2Backend
from moto.ec2.models.elastic_network_interfaces import NetworkInterface
from moto.ec2.responses import EC2Response
from moto.ec2.responses.transit_gateway_attachments import TransitGatewayAttachment as AttachmentResponse
from moto.networkfirewall.responses import NetworkFirewallResponse


def search_takes_a_limit():
    """SearchTransitGatewayRoutes with MaxResults answers with HTTP 500: moto slices a dictionary."""
    search = EC2Backend.search_transit_gateway_routes

    def corrected(self, transit_gateway_route_table_id, filters, max_results=None):
        return search(self, transit_gateway_route_table_id, filters)[: int(max_results) if max_results else None]

    EC2Backend.search_transit_gateway_routes = corrected


def static_routes_name_their_attachment():
    """A static route's attachment is left out of every answer: moto keeps an object where the model has a list."""
    create = EC2Backend.create_transit_gateway_route

    def corrected(self, *args, **kwargs):
        route = create(self, *args, **kwargs)
        if isinstance(route.get("transitGatewayAttachments"), dict):
            route["transitGatewayAttachments"] = [route["transitGatewayAttachments"]]
        return route

    EC2Backend.create_transit_gateway_route = corrected


def attachments_are_created_with_their_tags():
    """Tags given to CreateTransitGatewayVpcAttachment are dropped: moto looks for those of a route table."""
    create = AttachmentResponse.create_transit_gateway_vpc_attachment

    def corrected(self):
        result = create(self)
        attachment = result.result["TransitGatewayVpcAttachment"]
        attachment.add_tags(self._parse_tag_specification().get("transit-gateway-attachment", {}))
        return result

    AttachmentResponse.create_transit_gateway_vpc_attachment = corrected


def disabled_default_tables_take_no_associations():
    """DefaultRouteTableAssociation=disable is ignored: every attachment is associated with the default table, and stays
    so when it is associated with another one."""
    associate = EC2Backend.set_route_table_association

    def corrected(self, transit_gateway_attachment_id, transit_gateway_route_table_id):
        attachment = self.transit_gateway_attachments[transit_gateway_attachment_id]
        gateway = self.transit_gateways[attachment.transit_gateway_id]
        by_default = gateway.default_route_table.id == transit_gateway_route_table_id
        if not (by_default and gateway.options["DefaultRouteTableAssociation"] == "disable"):
            associate(self, transit_gateway_attachment_id, transit_gateway_route_table_id)

    EC2Backend.set_route_table_association = corrected


def gateway_endpoints_have_no_private_dns():
    """A gateway endpoint says PrivateDnsEnabled=true where the request said nothing; AWS says false."""
    create = EC2Backend.create_vpc_endpoint

    def corrected(self, *args, **kwargs):
        endpoint = create(self, *args, **kwargs)
        if (endpoint.vpc_endpoint_type or "Gateway").lower() == "gateway":
            endpoint.private_dns_enabled = False
        return endpoint

    EC2Backend.create_vpc_endpoint = corrected


def policies_and_rule_groups_are_listed():
    """ListFirewallPolicies and ListRuleGroups answer with HTTP 500. moto can't create any, so there are none."""
    NetworkFirewallResponse.list_firewall_policies = lambda self: json.dumps({"FirewallPolicies": []})
    NetworkFirewallResponse.list_rule_groups = lambda self: json.dumps({"RuleGroups": []})


def interfaces_are_found_by_their_public_addresses():
    """DescribeNetworkInterfaces answers with HTTP 500 to the filter `addresses.association.public-ip`."""
    value_of = NetworkInterface.get_filter_value

    def corrected(self, filter_name, method_name=None):
        if filter_name == "addresses.association.public-ip":
            return self.public_ip
        return value_of(self, filter_name, method_name)

    NetworkInterface.get_filter_value = corrected


def policy_tables_are_listed():
    """DescribeTransitGatewayPolicyTables answers with HTTP 500. moto can't create any, so there are none."""
    EC2Response.describe_transit_gateway_policy_tables = lambda self: ActionResult({"TransitGatewayPolicyTables": []})


def main():
    search_takes_a_limit()
    static_routes_name_their_attachment()
    attachments_are_created_with_their_tags()
    disabled_default_tables_take_no_associations()
    gateway_endpoints_have_no_private_dns()
    policies_and_rule_groups_are_listed()
    interfaces_are_found_by_their_public_addresses()
    policy_tables_are_listed()
    moto.server.main()


if __name__ == "__main__":
    main()
