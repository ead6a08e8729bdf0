"""The AWS CLI's own output as recordings: the script of docs/recordings.md records what `lz snapshot` records."""
import os
import re
import unittest

import lz

TRACES = (
    ("payments-prod", "api.binance.com"),
    ("payments-prod", "example.org"),
    ("payments-prod/container/data/az1", "internet"),
    ("internet", "payments-prod"),
)


class Recordings(unittest.TestCase):
    maxDiff = None

    @classmethod
    def setUpClass(cls):
        cls.zone = lz.Zone()
        cls.twin = lz.ServedTwin(seed=9)
        cls.addClassCleanup(cls.twin.stop)
        cls.proxy = lz.Wirecheck(cls.twin)
        cls.addClassCleanup(cls.proxy.stop)
        cls.zone.expect(0, "bootstrap", "--yes", env=cls.twin.env())
        cls.zone.expect(0, "onboard-workload", "payments-prod", "--yes", env=cls.twin.env())

    def record(self, aws, script):
        env = lz.environment(
            AWS_ACCESS_KEY_ID=aws.key, AWS_SECRET_ACCESS_KEY=aws.secret, AWS_SESSION_TOKEN=aws.token,
            AWS_ENDPOINT_URL=self.proxy.url, AWS_MAX_ATTEMPTS=8, AWS_RETRY_MODE="standard",
            PATH=f"{lz.BIN}{os.pathsep}{os.environ['PATH']}",
        )
        result = lz.run(["sh", script, "by-hand", lz.REGION], env=env, cwd=self.zone.directory)
        self.assertEqual((result.status, result.stderr), (0, ""), str(result))

    def test_the_documented_script_records_what_lz_records(self):
        page = (lz.REPOSITORY / "docs" / "recordings.md").read_text()
        script = self.zone.path("record.sh")
        script.write_text(re.search(r"```sh\n(#!/bin/sh\n.*?)```", page, re.DOTALL)[1])
        aws = self.twin.aws(self.proxy.url)
        management = aws.client("sts").get_caller_identity()["Account"]
        for account in sorted(set(aws.accounts().values()) - {management}):
            self.record(aws.assume(account), script)
        self.zone.expect(0, "snapshot", "by-lz", env=self.twin.env(self.proxy.url))
        for ends in TRACES:
            with self.subTest(ends):
                ask = lambda folder: self.zone.expect(0, "trace", *ends, "--snapshot", folder, "--output", "json").json
                by_hand = ask("by-hand")
                self.assertEqual(by_hand["caveats"], [])
                self.assertEqual(by_hand, ask("by-lz"))
        self.assertEqual(self.proxy.report()["findings"], [])


if __name__ == "__main__":
    unittest.main()
