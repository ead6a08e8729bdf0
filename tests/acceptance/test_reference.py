"""What stands in the simulated AWS after a run is the reference architecture, for both topologies, read by boto3."""
import ipaddress
import re
import unittest

import lz
import reference


class Reading:
    """A landing zone as boto3 reads it from every account."""

    def __init__(self, management):
        self.management = management
        self.ids = management.accounts()
        names = {network[0] for network in reference.NETWORKS}
        self.accounts = {name: management.assume(self.ids[name]) for name in sorted(names)}
        self.networking = self.accounts["networking"]
        [self.gateway] = self.networking.every(
            "ec2", "describe_transit_gateways", "TransitGateways", Filters=lz.tagged("acme"))
        self.vpcs = {}
        for name, account in self.accounts.items():
            for vpc in account.every("ec2", "describe_vpcs", "Vpcs", Filters=lz.tagged("acme")):
                owner, network, _ = lz.tags(vpc)["lz:address"].split("/")
                self.vpcs[owner, network] = {**vpc, "account": name}
        self.network_of = {vpc["VpcId"]: network for network, vpc in self.vpcs.items()}

    def inside(self, network, operation, key, filters="Filters", name="vpc-id"):
        """What an account lists of one of its VPCs."""
        vpc = self.vpcs[network]
        where = {filters: [{"Name": name, "Values": [vpc["VpcId"]]}]}
        return self.accounts[vpc["account"]].every("ec2", operation, key, **where)

    def subnets(self, network):
        """(tier, zone id) → subnet."""
        found = {}
        for subnet in self.inside(network, "describe_subnets", "Subnets"):
            owner, name, tier, _, _ = lz.tags(subnet)["lz:address"].split("/")
            assert (owner, name) == network, (owner, name)
            place = (tier, subnet["AvailabilityZoneId"])
            assert place not in found, f"two subnets in {place} of {network}"
            found[place] = subnet
        return found

    def routes(self, network):
        """(tier, zone id) → {destination: next hop}, as the tier's subnet sees them."""
        subnets = self.subnets(network)
        tables = {
            association["SubnetId"]: table
            for table in self.inside(network, "describe_route_tables", "RouteTables")
            for association in table["Associations"] if "SubnetId" in association
        }
        return {
            place: self.table(network, subnets, place, tables[subnet["SubnetId"]]) for place, subnet in subnets.items()
        }

    def table(self, network, subnets, place, table):
        vpc, found = self.vpcs[network], {}
        assert len([one for one in table["Associations"] if "SubnetId" in one]) == 1, "a route table of its own"
        zone_of = {subnet["SubnetId"]: zone for (_, zone), subnet in subnets.items()}
        nats = self.inside(network, "describe_nat_gateways", "NatGateways", "Filter")
        nat_zone = {nat["NatGatewayId"]: zone_of[nat["SubnetId"]] for nat in nats if nat["State"] == "available"}
        endpoints = {
            endpoint["VpcEndpointId"]: endpoint["ServiceName"]
            for endpoint in self.inside(network, "describe_vpc_endpoints", "VpcEndpoints")
        }
        firewall_zone = {endpoint: zone_of[subnet] for endpoint, subnet in self.firewall_endpoints(network).items()}
        attached = self.inside(network, "describe_internet_gateways", "InternetGateways", name="attachment.vpc-id")
        internet = {one["InternetGatewayId"] for one in attached}
        for route in table["Routes"]:
            assert route["State"] == "active", route
            if route.get("GatewayId") == "local":
                assert route["DestinationCidrBlock"] == vpc["CidrBlock"], route
                continue
            destination, gateway = route.get("DestinationCidrBlock"), route.get("GatewayId")
            if route.get("TransitGatewayId") == self.gateway["TransitGatewayId"]:
                hop = reference.TRANSIT_GATEWAY
            elif nat_zone.get(route.get("NatGatewayId")) == place[1]:
                hop = reference.NAT_OF_THE_ZONE
            elif firewall_zone.get(gateway) == place[1]:
                hop = reference.FIREWALL_OF_THE_ZONE
            elif gateway in internet:
                hop = reference.INTERNET_GATEWAY
            elif gateway in endpoints and route["DestinationPrefixListId"].startswith("pl-"):
                destination, hop = endpoints[gateway], reference.GATEWAY_ENDPOINT
            else:
                hop = route
            assert destination not in found, route
            found[destination] = hop
        return found

    def firewalls(self, network):
        """The firewalls of one of the VPCs, as Network Firewall describes them."""
        vpc = self.vpcs[network]
        account = self.accounts[vpc["account"]]
        client = account.client("network-firewall")
        listed = account.every("network-firewall", "list_firewalls", "Firewalls", VpcIds=[vpc["VpcId"]])
        return [client.describe_firewall(FirewallArn=one["FirewallArn"]) for one in listed]

    def firewall_endpoints(self, network):
        """Endpoint → subnet."""
        found = {}
        for firewall in self.firewalls(network):
            for state in firewall["FirewallStatus"]["SyncStates"].values():
                attachment = state["Attachment"]
                assert attachment["Status"] == "READY", attachment
                found[attachment["EndpointId"]] = attachment["SubnetId"]
        return found

    def policy(self, firewall):
        """A firewall's policy, and the text of its rule groups: name → rules, by priority."""
        client = self.networking.client("network-firewall")
        policy = client.describe_firewall_policy(FirewallPolicyArn=firewall["Firewall"]["FirewallPolicyArn"])
        policy = policy["FirewallPolicy"]
        groups = {}
        for one in sorted(policy["StatefulRuleGroupReferences"], key=lambda one: one["Priority"]):
            group = client.describe_rule_group(RuleGroupArn=one["ResourceArn"])
            assert group["RuleGroup"]["StatefulRuleOptions"] == {"RuleOrder": "STRICT_ORDER"}, group
            name = group["RuleGroupResponse"]["RuleGroupName"].removeprefix("lz-acme-egress-").rpartition("-")[0]
            groups[name] = group["RuleGroup"]["RulesSource"]["RulesString"].splitlines()
        return policy, groups

    def transit_gateway_tables(self):
        """Name → associations, propagations, static routes, and all routes as a packet meets them."""
        of_gateway = [{"Name": "transit-gateway-id", "Values": [self.gateway["TransitGatewayId"]]}]
        found = {}
        for table in self.networking.every(
                "ec2", "describe_transit_gateway_route_tables", "TransitGatewayRouteTables", Filters=of_gateway):
            which = {"TransitGatewayRouteTableId": table["TransitGatewayRouteTableId"]}
            associated = self.networking.every(
                "ec2", "get_transit_gateway_route_table_associations", "Associations", **which)
            propagates = self.networking.every(
                "ec2", "get_transit_gateway_route_table_propagations", "TransitGatewayRouteTablePropagations", **which)
            assert {one["State"] for one in associated} <= {"associated"}, associated
            assert {one["State"] for one in propagates} <= {"enabled"}, propagates
            assert not table["DefaultAssociationRouteTable"] and not table["DefaultPropagationRouteTable"]
            name = lz.tags(table).get("lz:address", table["TransitGatewayRouteTableId"]).split("/")[-2:][0]
            found[name] = {
                "associated": {self.network_of[one["ResourceId"]] for one in associated},
                "propagates": {self.network_of[one["ResourceId"]] for one in propagates},
                "static": self.transit_gateway_routes(which, "static"),
                "propagated": self.transit_gateway_routes(which, "propagated"),
            }
        return found

    def transit_gateway_routes(self, which, kind):
        answer = self.networking.client("ec2").search_transit_gateway_routes(
            Filters=[{"Name": "type", "Values": [kind]}], **which)
        assert not answer["AdditionalRoutesAvailable"]
        found = {}
        for route in answer["Routes"]:
            assert route["Type"] == kind, route
            if route["State"] == "blackhole":
                assert not route.get("TransitGatewayAttachments"), f"{route} leads to an attachment that is gone"
                found[route["DestinationCidrBlock"]] = reference.BLACKHOLE
            else:
                [attachment] = route["TransitGatewayAttachments"]
                found[route["DestinationCidrBlock"]] = self.network_of[attachment["ResourceId"]]
        return found


class Architecture:
    """The same expectations for every topology; only the transit gateway's tables differ."""

    maxDiff = None
    topology = ""
    # The blueprint of the egress VPC.
    egress = "egress"
    # Whether AWS accepts attachments of other accounts by itself; lz accepts them where it does not.
    auto_accept = "enable"

    @classmethod
    def setUpClass(cls):
        cls.twin = lz.ServedTwin(seed=cls.seed)
        cls.addClassCleanup(cls.twin.stop)
        zone = lz.Zone()
        if cls.topology != "segmented":
            zone.replace("lz.toml", 'topology = "segmented"', f'topology = "{cls.topology}"')
        if cls.auto_accept == "disable":
            zone.replace("lz.toml", "auto_accept_shared_attachments = true", "auto_accept_shared_attachments = false")
        if cls.egress != "egress":
            zone.without_firewall()
        zone.expect(0, "bootstrap", "--yes", env=cls.twin.env())
        zone.expect(0, "onboard-workload", "--all", "--yes", env=cls.twin.env())
        cls.read = Reading(cls.twin.aws())

    def test_networks_lie_in_their_supernets_and_nowhere_twice(self):
        self.assertEqual(set(self.read.vpcs), reference.NETWORKS)
        ranges = {network: ipaddress.ip_network(vpc["CidrBlock"]) for network, vpc in self.read.vpcs.items()}
        for network, cidr in ranges.items():
            supernet = reference.HUB_RANGE if network[0] == "networking" else reference.WORKLOADS_RANGE
            self.assertTrue(cidr.subnet_of(ipaddress.ip_network(supernet)), (network, cidr))
            self.assertFalse([other for other in ranges if other != network and ranges[other].overlaps(cidr)], network)

    def test_vpc_route_tables_per_tier_and_zone(self):
        for network in sorted(reference.NETWORKS):
            with self.subTest(network="/".join(network)):
                blueprint = self.egress if network == reference.EGRESS else network[1]
                expected = {
                    (tier, zone): routes
                    for tier, routes in reference.VPC_ROUTES[blueprint].items() for zone in reference.ZONE_IDS
                }
                self.assertEqual(self.read.routes(network), expected)

    def test_transit_gateway_route_tables(self):
        expected = reference.TRANSIT_GATEWAY_TABLES[self.topology]
        for name, table in expected.items():
            propagated = {self.read.vpcs[network]["CidrBlock"]: network for network in table["propagates"]}
            table["propagated"] = propagated
        self.assertEqual(self.read.transit_gateway_tables(), expected)

    def test_the_transit_gateway_leaves_nothing_to_defaults(self):
        options = self.read.gateway["Options"]
        self.assertEqual(options["DefaultRouteTableAssociation"], "disable")
        self.assertEqual(options["DefaultRouteTablePropagation"], "disable")
        self.assertEqual(options["AutoAcceptSharedAttachments"], self.auto_accept)
        self.assertEqual(self.read.gateway["OwnerId"], self.read.ids["networking"])

    def test_attachments_cover_every_zone_by_zone_id(self):
        found = {}
        for attachment in self.read.networking.every(
                "ec2", "describe_transit_gateway_vpc_attachments", "TransitGatewayVpcAttachments"):
            network = self.read.network_of[attachment["VpcId"]]
            self.assertNotIn(network, found, "one attachment per VPC")
            self.assertEqual(attachment["State"], "available")
            self.assertEqual(attachment["VpcOwnerId"], self.read.ids[network[0]])
            places = {subnet["SubnetId"]: place for place, subnet in self.read.subnets(network).items()}
            subnets = {places[one] for one in attachment["SubnetIds"]}
            self.assertEqual(subnets, {("transit", zone) for zone in reference.ZONE_IDS})
            found[network] = attachment["Options"]["ApplianceModeSupport"]
        expected = {network: "enable" if network == reference.EGRESS else "disable" for network in reference.NETWORKS}
        self.assertEqual(found, expected)

    def test_attachment_subnets_are_small_and_of_their_own(self):
        for network in sorted(reference.NETWORKS):
            for (tier, _), subnet in self.read.subnets(network).items():
                if tier == "transit":
                    self.assertEqual(ipaddress.ip_network(subnet["CidrBlock"]).prefixlen, 28, network)

    def test_zone_names_differ_between_accounts_and_zone_ids_agree(self):
        names = set()
        for account, aws in self.read.accounts.items():
            zones = aws.every("ec2", "describe_availability_zones", "AvailabilityZones")
            mapping = {zone["ZoneName"]: zone["ZoneId"] for zone in zones}
            self.assertLessEqual(reference.ZONE_IDS, set(mapping.values()))
            names.add(next(name for name, identifier in mapping.items() if identifier == "euw1-az1"))
            for network in [one for one in reference.NETWORKS if one[0] == account]:
                for subnet in self.read.subnets(network).values():
                    self.assertEqual(mapping[subnet["AvailabilityZone"]], subnet["AvailabilityZoneId"])
        self.assertGreater(len(names), 1, "every account calls euw1-az1 the same: this seed proves nothing")

    def test_the_transit_gateway_is_shared_with_the_organization_only(self):
        organization = self.read.management.client("organizations").describe_organization()["Organization"]
        [share] = self.read.networking.every("ram", "get_resource_shares", "resourceShares", resourceOwner="SELF")
        self.assertEqual((share["status"], share["allowExternalPrincipals"]), ("ACTIVE", False))

        def associated(kind):
            every = self.read.networking.every(
                "ram", "get_resource_share_associations", "resourceShareAssociations",
                associationType=kind, resourceShareArns=[share["resourceShareArn"]])
            return {(one["associatedEntity"], one["status"]) for one in every}

        self.assertEqual(associated("RESOURCE"), {(self.read.gateway["TransitGatewayArn"], "ASSOCIATED")})
        self.assertEqual(associated("PRINCIPAL"), {(organization["Arn"], "ASSOCIATED")})
        for account in sorted(reference.WORKLOADS):
            [seen] = self.read.accounts[account].every("ec2", "describe_transit_gateways", "TransitGateways")
            self.assertEqual(seen["TransitGatewayId"], self.read.gateway["TransitGatewayId"])

    def test_workloads_have_no_way_out_of_their_own(self):
        for network in sorted(reference.NETWORKS):
            with self.subTest(network="/".join(network)):
                groups = self.read.inside(network, "describe_security_groups", "SecurityGroups")
                [default] = [group for group in groups if group["GroupName"] == "default"]
                self.assertEqual((default["IpPermissions"], default["IpPermissionsEgress"]), ([], []))
                for subnet in self.read.subnets(network).values():
                    self.assertFalse(subnet["MapPublicIpOnLaunch"])
                nats = self.read.inside(network, "describe_nat_gateways", "NatGateways", "Filter")
                internet = self.read.inside(
                    network, "describe_internet_gateways", "InternetGateways", name="attachment.vpc-id")
                expected = (len(reference.ZONE_IDS), 1) if network == reference.EGRESS else (0, 0)
                self.assertEqual((len(nats), len(internet)), expected)
        for account in sorted(reference.WORKLOADS):
            self.assertEqual(self.read.accounts[account].every("ec2", "describe_addresses", "Addresses"), [])

    def test_accounts_are_in_their_units(self):
        organizations = self.read.management
        [root] = organizations.every("organizations", "list_roots", "Roots")

        def below(parent, path):
            for unit in organizations.every(
                    "organizations", "list_organizational_units_for_parent", "OrganizationalUnits", ParentId=parent):
                yield from below(unit["Id"], [*path, unit["Name"]])
            accounts = organizations.every("organizations", "list_accounts_for_parent", "Accounts", ParentId=parent)
            yield from ((account["Name"], "/".join(path)) for account in accounts)

        found = dict(below(root["Id"], []))
        management = [name for name in found if name not in self.read.accounts]
        self.assertEqual([found.pop(name) for name in management], [""])
        self.assertEqual(found, {
            "networking": "Infrastructure", "payments-prod": "Workloads/Prod", "orders-prod": "Workloads/Prod",
            "payments-dev": "Workloads/NonProd",
        })


class Segmented(Architecture, unittest.TestCase):
    topology, seed = "segmented", 21

    def test_the_firewall_has_an_endpoint_in_each_zone_and_is_protected(self):
        for network in sorted(reference.NETWORKS):
            self.assertEqual(len(self.read.firewalls(network)), 1 if network == reference.EGRESS else 0, network)
        [firewall] = self.read.firewalls(reference.EGRESS)
        places = {subnet["SubnetId"]: place for place, subnet in self.read.subnets(reference.EGRESS).items()}
        endpoints = sorted(places[subnet] for subnet in self.read.firewall_endpoints(reference.EGRESS).values())
        self.assertEqual(endpoints, [("firewall", zone) for zone in sorted(reference.ZONE_IDS)])
        told = firewall["Firewall"]
        protections = ("DeleteProtection", "SubnetChangeProtection", "FirewallPolicyChangeProtection")
        self.assertEqual([told[protection] for protection in protections], [True, True, True])
        status = firewall["FirewallStatus"]
        self.assertEqual((status["Status"], status["ConfigurationSyncStateSummary"]), ("READY", "IN_SYNC"))

    def test_the_policy_drops_what_no_rule_lets_pass(self):
        [firewall] = self.read.firewalls(reference.EGRESS)
        policy, groups = self.read.policy(firewall)
        self.assertEqual(list(groups), reference.FIREWALL_GROUPS)
        self.assertEqual(policy["StatefulEngineOptions"]["RuleOrder"], "STRICT_ORDER")
        self.assertEqual(set(policy["StatefulDefaultActions"]), reference.FIREWALL_DEFAULTS)
        for actions in ("StatelessDefaultActions", "StatelessFragmentDefaultActions"):
            self.assertEqual(policy[actions], ["aws:forward_to_sfe"])
        variables = policy["PolicyVariables"]["RuleVariables"]
        self.assertEqual(variables, {"HOME_NET": {"Definition": [reference.WORKLOADS_RANGE]}})

    def test_what_passes_is_what_the_accounts_files_list(self):
        [firewall] = self.read.firewalls(reference.EGRESS)
        _, groups = self.read.policy(firewall)
        passes = {"/".join(network): set() for network in reference.PASSES}
        for name, rules in groups.items():
            for rule in (rule for rule in rules if rule.startswith("pass ")):
                action, protocol, source, ports, arrow, destination, port, _ = rule.split(" ", 7)
                self.assertEqual((action, ports, arrow), ("pass", "any", "->"), rule)
                [owner] = re.findall(r"metadata:lz ([a-z0-9.-]+);", rule)
                network = tuple(owner.split("."))
                self.assertEqual(source, self.read.vpcs[network]["CidrBlock"], rule)
                [segment] = [one for one, accounts in reference.SEGMENTS.items() if network[0] in accounts]
                self.assertEqual(name, f"workloads-{segment}")
                domain = re.search(r'content:"([^"]+)"', rule)
                passes["/".join(network)].add((protocol, destination, port, domain and domain[1]))
        self.assertEqual(passes, {"/".join(network): rules for network, rules in reference.PASSES.items()})

    def test_the_firewalls_logs_go_to_cloudwatch(self):
        [firewall] = self.read.firewalls(reference.EGRESS)
        logging = self.read.networking.client("network-firewall").describe_logging_configuration(
            FirewallArn=firewall["Firewall"]["FirewallArn"])["LoggingConfiguration"]["LogDestinationConfigs"]
        groups = {one["LogType"]: one["LogDestination"]["logGroup"] for one in logging}
        self.assertEqual(set(groups), {"ALERT", "FLOW"})
        there = self.read.networking.every("logs", "describe_log_groups", "logGroups")
        self.assertEqual({one["logGroupName"]: one["retentionInDays"] for one in there},
                         dict.fromkeys(groups.values(), 90))


class Flat(Architecture, unittest.TestCase):
    topology, seed, auto_accept, egress = "flat", 22, "disable", "egress-uninspected"


if __name__ == "__main__":
    unittest.main()
