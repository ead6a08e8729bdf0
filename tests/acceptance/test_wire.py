"""The twin speaks AWS's protocols: every request and answer of lz, AWS CLI and boto3 fits AWS's own service models."""
import unittest

import lz

# What lz must have called, or the findings mean nothing.
CALLED = {
    "sts.AssumeRole", "organizations.CreateOrganization", "organizations.CreateOrganizationalUnit",
    "organizations.CreateAccount", "organizations.MoveAccount", "ram.EnableSharingWithAwsOrganization",
    "ram.CreateResourceShare", "ec2.CreateVpc", "ec2.CreateSubnet", "ec2.CreateInternetGateway", "ec2.AllocateAddress",
    "ec2.CreateNatGateway", "ec2.CreateRouteTable", "ec2.AssociateRouteTable", "ec2.CreateRoute",
    "ec2.RevokeSecurityGroupIngress", "ec2.CreateSecurityGroup", "ec2.CreateVpcEndpoint", "ec2.CreateTransitGateway",
    "ec2.CreateTransitGatewayVpcAttachment", "ec2.CreateTransitGatewayRouteTable",
    "ec2.AssociateTransitGatewayRouteTable", "ec2.EnableTransitGatewayRouteTablePropagation",
    "ec2.CreateTransitGatewayRoute", "ec2.SearchTransitGatewayRoutes",
}


class Wire(unittest.TestCase):
    maxDiff = None

    @classmethod
    def setUpClass(cls):
        cls.twin = lz.ServedTwin(seed=11)
        cls.addClassCleanup(cls.twin.stop)
        cls.proxy = lz.Wirecheck(cls.twin)
        cls.addClassCleanup(cls.proxy.stop)
        cls.zone = lz.Zone()
        env = cls.twin.env(cls.proxy.url)
        cls.zone.expect(0, "bootstrap", "--yes", env=env)
        cls.zone.expect(0, "onboard-workload", "--all", "--yes", env=env)
        cls.zone.expect(0, "plan", "--detailed-exitcode", env=env)
        cls.by_lz = cls.proxy.report()
        cls.management = cls.twin.aws(cls.proxy.url)

    def assert_clean(self):
        self.assertEqual(self.proxy.report()["findings"], [])

    def test_lz_and_the_twin_keep_to_the_service_models(self):
        self.assertEqual(self.by_lz["findings"], [])
        self.assertEqual(CALLED - set(self.by_lz["calls"]), set())

    def test_no_call_of_lz_failed_inside_the_twin(self):
        self.assertEqual([status for status in self.by_lz["status"] if status.startswith("5") and status != "503"], [])

    def test_aws_cli_reads_the_result(self):
        cli = self.management.cli
        identity = cli("sts", "get-caller-identity")
        accounts = {one["Name"]: one["Id"] for one in cli("organizations", "list-accounts")["Accounts"]}
        self.assertIn(identity["Account"], accounts.values())
        self.assertLessEqual({"networking", "payments-prod", "orders-prod", "payments-dev"}, set(accounts))
        networking = self.management.assume(accounts["networking"])
        vpcs = networking.cli("ec2", "describe-vpcs", "--filters", "Name=tag:lz:zone,Values=acme")["Vpcs"]
        addresses = {lz.tags(vpc)["lz:address"] for vpc in vpcs}
        self.assertEqual(addresses, {"networking/ingress/vpc", "networking/egress/vpc"})
        [gateway] = networking.cli("ec2", "describe-transit-gateways")["TransitGateways"]
        self.assertEqual((gateway["State"], gateway["OwnerId"]), ("available", accounts["networking"]))
        [share] = networking.cli("ram", "get-resource-shares", "--resource-owner", "SELF")["resourceShares"]
        self.assertEqual((share["status"], share["allowExternalPrincipals"]), ("ACTIVE", False))
        self.assert_clean()

    def test_boto3_reads_every_account_through_its_role(self):
        accounts = self.management.accounts()
        for name in ("payments-prod", "orders-prod", "payments-dev"):
            with self.subTest(account=name):
                member = self.management.assume(accounts[name])
                self.assertEqual(member.client("sts").get_caller_identity()["Account"], accounts[name])
                [vpc] = member.every("ec2", "describe_vpcs", "Vpcs", Filters=lz.tagged("acme"))
                self.assertEqual(lz.tags(vpc)["lz:address"], f"{name}/container/vpc")
                for operation, key, filters, name in LISTINGS:
                    where = {filters: [{"Name": name, "Values": [vpc["VpcId"]]}]}
                    member.every("ec2", operation, key, **where)
                [gateway] = member.every("ec2", "describe_transit_gateways", "TransitGateways")
                self.assertEqual(gateway["OwnerId"], accounts["networking"])
                [share] = member.every("ram", "get_resource_shares", "resourceShares", resourceOwner="OTHER-ACCOUNTS")
                self.assertEqual(share["owningAccountId"], accounts["networking"])
        self.assert_clean()


# EC2's listings of what is in a VPC: operation, what it lists, its filters' name, the filter for the VPC.
LISTINGS = (
    ("describe_subnets", "Subnets", "Filters", "vpc-id"),
    ("describe_route_tables", "RouteTables", "Filters", "vpc-id"),
    ("describe_security_groups", "SecurityGroups", "Filters", "vpc-id"),
    ("describe_vpc_endpoints", "VpcEndpoints", "Filters", "vpc-id"),
    ("describe_nat_gateways", "NatGateways", "Filter", "vpc-id"),
    ("describe_network_interfaces", "NetworkInterfaces", "Filters", "vpc-id"),
    ("describe_flow_logs", "FlowLogs", "Filter", "resource-id"),
    ("describe_transit_gateway_vpc_attachments", "TransitGatewayVpcAttachments", "Filters", "vpc-id"),
)


if __name__ == "__main__":
    unittest.main()
