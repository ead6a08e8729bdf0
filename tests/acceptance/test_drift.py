"""A route that somebody deletes is found, told, and put back; and a kept plan is applied exactly or not at all."""
import unittest

import lz


class Drift(unittest.TestCase):
    maxDiff = None

    @classmethod
    def setUpClass(cls):
        cls.twin = lz.ServedTwin(seed=31)
        cls.addClassCleanup(cls.twin.stop)
        cls.zone = lz.Zone()
        cls.lz("bootstrap", "--yes")
        cls.lz("onboard-workload", "--all", "--yes")
        cls.management = cls.twin.aws()
        cls.ids = cls.management.accounts()

    @classmethod
    def lz(cls, *arguments, status=0):
        return cls.zone.expect(status, *arguments, env=cls.twin.env())

    def setUp(self):
        self.assert_nothing_to_do()

    def assert_nothing_to_do(self):
        document = self.lz("plan", "--detailed-exitcode", "--output", "json").json
        self.assertEqual(document["changes"], [])
        counts = dict(document["summary"])
        self.assertGreater(counts.pop("unchanged"), 100)
        self.assertEqual(set(counts.values()), {0}, counts)

    def delete_route(self, account, table, destination):
        """Deletes a route with AWS CLI, as somebody would by hand; tells the address that lz knows it by."""
        aws = self.management.assume(self.ids[account])
        [found] = aws.every("ec2", "describe_route_tables", "RouteTables", Filters=lz.tagged(table, "lz:address"))
        route = ("--route-table-id", found["RouteTableId"], "--destination-cidr-block", destination)
        aws.cli("ec2", "delete-route", *route)
        [left] = aws.every("ec2", "describe_route_tables", "RouteTables", RouteTableIds=[found["RouteTableId"]])
        self.assertNotIn(destination, [route.get("DestinationCidrBlock") for route in left["Routes"]])
        return f"{table.removesuffix('/route-table')}/routes/{destination.replace('/', '-')}"

    def assert_plan_is_one_route(self, account, address):
        document = self.lz("plan", "--detailed-exitcode", "--output", "json", status=4).json
        self.assertEqual(document["zone"], "acme")
        [change] = document["changes"]
        self.assertEqual(
            {key: change[key] for key in ("address", "kind", "account", "region", "action")},
            {"address": address, "kind": "route", "account": account, "region": lz.REGION, "action": "create"},
        )
        self.assertTrue(change["reason"])
        counts = {key: count for key, count in document["summary"].items() if key != "unchanged"}
        self.assertEqual(counts, {"create": 1, "update": 0, "replace": 0, "delete": 0, "duplicates": 0})
        self.assertGreaterEqual(document["estimate"]["seconds"], 0)
        self.assertEqual(len(document["estimate"]["critical_path"]), 1)

    def assert_repaired(self, result, scope):
        document = result.json
        self.assertEqual(document["outcome"], "applied")
        touched = {one["scope"]: one for one in document["scopes"] if one["outcome"] != "unchanged"}
        self.assertEqual(set(touched), {scope})
        self.assertEqual({key: touched[scope][key] for key in ("outcome", "created", "updated", "deleted", "failures")},
                         {"outcome": "applied", "created": 1, "updated": 0, "deleted": 0, "failures": []})
        self.assert_nothing_to_do()

    def test_a_route_of_the_hub(self):
        address = self.delete_route("networking", "networking/egress/public/az1/route-table", "10.32.0.0/11")
        self.assert_plan_is_one_route("networking", address)
        self.assertIn(address, self.lz("plan").stdout)
        self.assert_repaired(self.lz("bootstrap", "--yes", "--output", "json"), "hub")

    def test_a_route_of_a_workload(self):
        address = self.delete_route("payments-prod", "payments-prod/container/private/az2/route-table", "0.0.0.0/0")
        self.assert_plan_is_one_route("payments-prod", address)
        self.assert_repaired(
            self.lz("onboard-workload", "payments-prod", "--yes", "--output", "json"), "payments-prod")

    def test_a_second_run_changes_nothing(self):
        for command in (["bootstrap"], ["onboard-workload", "--all"]):
            document = self.lz(*command, "--yes", "--output", "json").json
            self.assertEqual(document["outcome"], "unchanged")
            self.assertEqual({one["outcome"] for one in document["scopes"]}, {"unchanged"})

    def test_a_kept_plan_is_applied_exactly(self):
        self.delete_route("networking", "networking/ingress/private/az1/route-table", "10.32.0.0/11")
        self.lz("plan", "--out", "kept.plan")
        self.assert_repaired(self.lz("bootstrap", "--plan", "kept.plan", "--yes", "--output", "json"), "hub")

    def test_a_kept_plan_of_a_workload_is_applied_exactly(self):
        self.delete_route("payments-dev", "payments-dev/container/data/az1/route-table", "10.16.0.0/16")
        self.lz("plan", "--out", "kept.plan")
        result = self.lz("onboard-workload", "payments-dev", "--plan", "kept.plan", "--yes", "--output", "json")
        self.assert_repaired(result, "payments-dev")

    def test_a_kept_plan_is_refused_when_the_files_have_changed(self):
        self.delete_route("networking", "networking/ingress/private/az1/route-table", "10.32.0.0/11")
        self.lz("plan", "--out", "kept.plan")
        before = self.zone.path("lz.toml").read_text()
        self.zone.replace("lz.toml", 'owner = "platform"', 'owner = "network"')
        refused = self.lz("bootstrap", "--plan", "kept.plan", "--yes", status=1)
        self.assertIn("files have changed", refused.stderr)
        self.zone.path("lz.toml").write_text(before)
        self.assert_repaired(self.lz("bootstrap", "--plan", "kept.plan", "--yes", "--output", "json"), "hub")

    def test_a_kept_plan_is_refused_when_aws_has_changed(self):
        self.delete_route("networking", "networking/ingress/private/az1/route-table", "10.32.0.0/11")
        self.lz("plan", "--out", "kept.plan")
        also = self.delete_route("networking", "networking/ingress/private/az2/route-table", "10.32.0.0/11")
        refused = self.lz("bootstrap", "--plan", "kept.plan", "--yes", status=1)
        self.assertIn("AWS has changed", refused.stderr)
        self.assertIn(also, refused.stderr)
        document = self.lz("bootstrap", "--yes", "--output", "json").json
        self.assertEqual([one["created"] for one in document["scopes"] if one["scope"] == "hub"], [2])


if __name__ == "__main__":
    unittest.main()
