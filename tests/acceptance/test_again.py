"""A run that dies can simply be run again: it goes on, and nothing is there twice."""
import signal
import subprocess
import time
import unittest
from collections import Counter

import lz
import reference

# How fast the twin runs: a bootstrap lasts some 15 minutes in AWS.
SPEED = 60
# When the run is killed, in seconds after its first word: while accounts are made, and while the hub is.
MOMENTS = (2, 4, 5)

# What carries lz's tags in the networking account: operation, what it lists.
TAGGED = (
    ("describe_vpcs", "Vpcs"), ("describe_subnets", "Subnets"), ("describe_route_tables", "RouteTables"),
    ("describe_internet_gateways", "InternetGateways"), ("describe_addresses", "Addresses"),
    ("describe_security_groups", "SecurityGroups"), ("describe_transit_gateways", "TransitGateways"),
    ("describe_transit_gateway_route_tables", "TransitGatewayRouteTables"),
)


class Again(unittest.TestCase):
    maxDiff = None

    def test_a_killed_bootstrap_is_run_again(self):
        twin = lz.ServedTwin(seed=61, speed=SPEED)
        self.addCleanup(twin.stop)
        zone, env = lz.Zone(), twin.env()
        for moment in MOMENTS:
            self.kill_bootstrap_after(moment, zone, env)
        report = zone.expect(0, "bootstrap", "--yes", "--output", "json", env=env).json
        self.assertEqual(report["outcome"], "applied")
        plan = zone.expect(0, "plan", "--output", "json", env=env).json
        self.assertEqual({change["scope"] for change in plan["changes"]}, reference.WORKLOADS)
        self.assertEqual(plan["unexpected"], [])
        management = twin.aws()
        names = Counter(one["Name"] for one in management.every("organizations", "list_accounts", "Accounts"))
        self.assertEqual(names.pop("networking"), 1)
        self.assertEqual(len(names), 1, "the management account")
        networking = management.assume(management.accounts()["networking"])
        addresses = Counter()
        for operation, key in TAGGED:
            found = networking.every("ec2", operation, key, Filters=lz.tagged("acme"))
            self.assertTrue(found, operation)
            addresses.update(lz.tags(one)["lz:address"] for one in found)
        nats = networking.every("ec2", "describe_nat_gateways", "NatGateways", Filter=lz.tagged("acme"))
        addresses.update(lz.tags(one)["lz:address"] for one in nats if one["State"] == "available")
        self.assertEqual({address: count for address, count in addresses.items() if count > 1}, {})

    def kill_bootstrap_after(self, seconds, zone, env):
        run = subprocess.Popen(
            [str(lz.LZ), "bootstrap", "--yes"], cwd=zone.directory, env=env,
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
        )
        try:
            self.assertNotEqual(run.stderr.readline(), "")
            time.sleep(seconds)
            self.assertIsNone(run.poll(), "it ended before it was killed: this proves nothing")
        finally:
            run.send_signal(signal.SIGKILL)
            run.stderr.close()
            run.wait()


if __name__ == "__main__":
    unittest.main()
