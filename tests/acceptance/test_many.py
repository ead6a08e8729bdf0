"""Fifty workloads in one run, on the twin in process."""
import json
import unittest

import lz

WORKLOADS = 50
# An organization's quota of accounts is 10 until AWS is asked for more (AWS Organizations user guide, "Quotas").
ACCOUNTS_QUOTA = 100

ACCOUNT = """\
email = "aws+{name}@example.com"
unit = "Workloads/{unit}"
segment = "{segment}"
blueprint = "container"
"""


class Many(unittest.TestCase):
    maxDiff = None

    @classmethod
    def setUpClass(cls):
        cls.zone = lz.Zone()
        for file in cls.zone.path("accounts").iterdir():
            if file.name != "networking.toml":
                file.unlink()
        cls.names = set()
        for number in range(1, WORKLOADS + 1):
            segment, unit = ("prod", "Prod") if number % 3 else ("dev", "NonProd")
            name = f"service-{number:02}-{segment}"
            cls.names.add(name)
            text = ACCOUNT.format(name=name, unit=unit, segment=segment)
            cls.zone.path(f"accounts/{name}.toml").write_text(text)
        cls.zone.expect(0, "twin", "reset", "--seed", "41", "--quota", f"accounts-per-organization={ACCOUNTS_QUOTA}")

    def test_fifty_workloads_in_one_run(self):
        bootstrap = self.zone.expect(0, "--twin", "bootstrap", "--yes", "--output", "json").json
        self.assertEqual(bootstrap["outcome"], "applied")
        result = self.zone.expect(0, "--twin", "onboard-workload", "--all", "--yes", "--output", "json")
        document = result.json
        self.assertEqual(document["outcome"], "applied")
        outcomes = {one["scope"]: one["outcome"] for one in document["scopes"]}
        self.assertEqual(outcomes, dict.fromkeys(self.names, "applied"))
        for one in document["scopes"]:
            self.assertEqual(one["failures"], [])
            # An account, a VPC, six subnets with tables of their own, an attachment: about forty resources.
            self.assertGreater(one["created"], 30)
            self.assertEqual(one["deleted"], 0)
        self.assertGreater(document["api_calls"], sum(one["created"] for one in document["scopes"]))
        self.assertLess(document["throttled"], document["api_calls"] / 2)
        # Attachments alone take AWS about two minutes; one workload after the other would take it hours.
        self.assertGreater(document["aws_seconds"], 120)
        self.assertLess(document["aws_seconds"], 2 * 3600)
        after = self.zone.expect(0, "--twin", "plan", "--detailed-exitcode", "--output", "json").json
        self.assertEqual(after["changes"], [])
        print(
            f"\n{WORKLOADS} workloads: {document['api_calls']} API calls, {document['throttled']} throttled, "
            f"{document['aws_seconds']} s of AWS in {result.seconds:.1f} s", flush=True,
        )


if __name__ == "__main__":
    unittest.main()
