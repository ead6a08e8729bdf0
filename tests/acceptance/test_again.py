"""A run that dies at any moment can simply be run again: it goes on, and in the end there is what a calm run makes.

`SEED=… scripts/test test_again` repeats the moments of a run that failed.
"""
import os
import random
import subprocess
import time
import unittest
from collections import Counter

import lz
import reference

# How often lz is killed in its making of the zone, if it does not get to the end before.
KILLS = {"bootstrap": 13, "onboard-workload": 17}
LEAST_KILLS = 15
COMMANDS = {"bootstrap": ("bootstrap", "--yes"), "onboard-workload": ("onboard-workload", "--all", "--yes")}
# The greatest number of resources that a run is let make before it is killed, and of seconds after that.
MOST_MADE, MOST_SECONDS = 2, 0.3
# How fast the twin runs that it is killed on: a bootstrap lasts some 15 minutes in AWS.
SPEED = 75

# What an account may hold: service, operation, what it lists.
LISTINGS = (
    ("ec2", "describe_vpcs", "Vpcs"), ("ec2", "describe_subnets", "Subnets"),
    ("ec2", "describe_route_tables", "RouteTables"), ("ec2", "describe_internet_gateways", "InternetGateways"),
    ("ec2", "describe_addresses", "Addresses"), ("ec2", "describe_nat_gateways", "NatGateways"),
    ("ec2", "describe_security_groups", "SecurityGroups"), ("ec2", "describe_vpc_endpoints", "VpcEndpoints"),
    ("ec2", "describe_transit_gateways", "TransitGateways"),
    ("ec2", "describe_transit_gateway_route_tables", "TransitGatewayRouteTables"),
    ("ec2", "describe_transit_gateway_vpc_attachments", "TransitGatewayVpcAttachments"),
)
GONE = {"deleted", "deleting", "failed"}


def held(aws):
    """Everything that the organization's accounts hold, tagged or not: (account, listing, address) → how often."""
    management = aws.client("sts").get_caller_identity()["Account"]
    names = Counter(one["Name"] for one in aws.every("organizations", "list_accounts", "Accounts"))
    found = Counter({("", "accounts", name): count for name, count in names.items()})
    for name, identity in aws.accounts().items():
        account = aws if identity == management else aws.assume(identity)
        for service, operation, key in LISTINGS:
            for one in account.every(service, operation, key):
                if one.get("State") not in GONE:
                    found[name, operation, lz.tags(one).get("lz:address", "untagged")] += 1
    return found


class Again(unittest.TestCase):
    maxDiff = None

    def test_killed_at_any_moments_a_zone_is_in_the_end_what_a_calm_run_makes(self):
        seed = int(os.environ.get("SEED") or random.SystemRandom().randrange(1 << 32))
        print(f"SEED={seed}", flush=True)
        self.random = random.Random(seed)
        calm, disturbed = lz.ServedTwin(seed=61), lz.ServedTwin(seed=61, speed=SPEED)
        self.addCleanup(calm.stop)
        self.addCleanup(disturbed.stop)
        zone, env = lz.Zone(), disturbed.env()
        kills = 0
        for command, most in KILLS.items():
            killed = 0
            while killed < most and self.kill(command, zone, env):
                killed += 1
            print(f"{command}: killed {killed} times", flush=True)
            kills += killed
            calmed = zone.expect(0, *COMMANDS[command], "--output", "json", env=env).json
            self.assertIn(calmed["outcome"], ("applied", "unchanged"))
        self.assertGreaterEqual(kills, LEAST_KILLS, f"it was killed too rarely to prove anything, SEED={seed}")
        plan = zone.expect(0, "plan", "--detailed-exitcode", "--output", "json", env=env).json
        self.assertEqual((plan["changes"], plan["unmanaged"], plan["problems"]), ([], [], []), f"SEED={seed}")
        expected = lz.Zone()
        for command in COMMANDS.values():
            expected.expect(0, *command, env=calm.env())
        found = held(disturbed.aws())
        self.assertEqual(found, held(calm.aws()), f"SEED={seed}")
        self.assertLessEqual(reference.WORKLOADS, {name for _, listing, name in found if listing == "accounts"})

    def kill(self, command, zone, env):
        """Kills a run after it has made so many resources; tells whether it lived long enough to be killed."""
        made, seconds = self.random.randrange(MOST_MADE + 1), self.random.uniform(0, MOST_SECONDS)
        run = subprocess.Popen(
            [str(lz.LZ), *COMMANDS[command]], cwd=zone.directory, env=env,
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
        )
        try:
            while made and (line := run.stderr.readline()):
                made -= line.startswith("created ")
            time.sleep(seconds)
            return run.poll() is None
        finally:
            run.kill()
            run.stderr.close()
            run.wait()


if __name__ == "__main__":
    unittest.main()
