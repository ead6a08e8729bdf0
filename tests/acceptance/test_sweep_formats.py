"""The formats of `lz sweep`, as others read them; and sweeps again and again, as an orchestrator sees them."""
import json
import os
import signal
import subprocess
import time
import unittest
import urllib.error
import urllib.request

import formats
import lz

SNAPSHOTS = lz.REPOSITORY / "src" / "report" / "formats" / "snapshots"
DEPLOY = lz.REPOSITORY / "scripts" / "deploy"
FILES = {"junit": "sweep.xml", "sarif": "sweep.sarif", "asff": "sweep.json", "prometheus": "lz.prom"}


def snapshot(name):
    """What a unit test has written of a sweep made by hand: every class, and characters that need care."""
    (file,) = SNAPSHOTS.glob(f"*__{name}__*.snap")
    return file.read_text().split("---\n", 2)[2]


class ByHand(unittest.TestCase):
    """Every class of finding, in texts with quotes, markup, line breaks and letters of other alphabets."""

    def test_sarif(self):
        results = formats.sarif(snapshot("sarif"))
        self.assertEqual(len(results), 7)
        self.assertEqual(results["lz-000000000001"], ("error", False))
        self.assertEqual(results["lz-000000000007"], ("error", True))

    def test_junit(self):
        suites = formats.junit(snapshot("junit"))
        expected = {
            "management": (1, 0, 0, 0), "networking": (4, 3, 0, 1), "orders-prod": (1, 0, 1, 0),
            "payments-prod": (2, 2, 0, 0),
        }
        self.assertEqual(suites, expected)

    def test_asff(self):
        findings = formats.asff(snapshot("asff"))
        self.assertEqual(findings["lz-000000000003"], ("333333333333", "MEDIUM", "NEW"))
        self.assertEqual(findings["lz-000000000007"], ("222222222222", "HIGH", "SUPPRESSED"))

    def test_prometheus(self):
        values = formats.prometheus(snapshot("prometheus"))
        self.assertEqual(sum(name == "lz_sweep_findings" for name, *_ in values), 6 * 5)
        self.assertEqual(values["lz_sweep_findings", "critical", "violated"], 1)

    def test_findings_are_sent_by_account_a_hundred_at_a_time(self):
        """send-to-security-hub, to moto's Security Hub."""
        findings = json.loads(snapshot("asff"))
        more = [{**findings[1], "Id": f"lz/another/{number}"} for number in range(150)]
        file = lz.scratch() / "findings.json"
        file.write_text(json.dumps(findings + more))
        port = lz.free_port()
        moto = lz.Started([lz.BIN / "moto_server", "-p", port], port, env=lz.environment())
        self.addCleanup(moto.stop)
        env = lz.environment(
            AWS_ENDPOINT_URL=moto.url, AWS_ACCESS_KEY_ID="a", AWS_SECRET_ACCESS_KEY="b",
            AWS_DEFAULT_REGION=lz.REGION, PATH=f"{lz.BIN}{os.pathsep}{os.environ['PATH']}",
        )
        result = lz.run([DEPLOY / "send-to-security-hub", file, lz.ROLE], env=env)
        self.assertEqual((result.status, result.stderr), (0, ""), str(result))
        self.assertEqual(result.stdout.splitlines(), [
            "111111111111: 1 imported, 0 refused",
            "222222222222: 100 imported, 0 refused",
            "222222222222: 54 imported, 0 refused",
            "333333333333: 2 imported, 0 refused",
        ])


class Swept(unittest.TestCase):
    """A zone that somebody has changed by hand."""

    maxDiff = None

    @classmethod
    def setUpClass(cls):
        cls.zone = lz.Zone()
        cls.twin = lz.ServedTwin(seed=11)
        cls.addClassCleanup(cls.twin.stop)
        cls.zone.expect(0, "bootstrap", "--yes", env=cls.twin.env())
        cls.zone.expect(0, "onboard-workload", "--all", "--yes", env=cls.twin.env())

    def sweep(self, status, *options):
        files = [part for name, file in FILES.items() for part in (f"--{name}", file)]
        document = self.zone.expect(status, "sweep", "--output", "json", *files, *options, env=self.twin.env()).json
        return document, {name: self.zone.path(file).read_text() for name, file in FILES.items()}

    def agree(self, document, files):
        """Every format tells the findings of the document, and no others."""
        findings = {one["id"]: one for one in document["findings"]}
        self.assertEqual(set(formats.sarif(files["sarif"])), set(findings))
        self.assertEqual({id: one[1].lower() for id, one in formats.asff(files["asff"]).items()},
                         {id: one["severity"] for id, one in findings.items()})
        suites = formats.junit(files["junit"])
        self.assertEqual(sum(failures + errors for _, failures, errors, _ in suites.values()), len(findings))
        self.assertEqual(set(suites), set(document["accounts"]))
        values = formats.prometheus(files["prometheus"])
        self.assertEqual(sum(value for (name, *_), value in values.items() if name == "lz_sweep_findings"),
                         len(findings))
        self.assertEqual(values["lz_sweep_accounts",], len(document["accounts"]))

    def test_files_say_what_the_document_says(self):
        document, files = self.sweep(0)
        self.assertEqual(document["findings"], [])
        self.agree(document, files)
        modes = {name: self.zone.path(file).stat().st_mode & 0o777 for name, file in FILES.items()}
        self.assertEqual(modes, {"junit": 0o600, "sarif": 0o600, "asff": 0o600, "prometheus": 0o644})

        aws = self.twin.aws()
        networking = aws.assume(aws.accounts()["networking"])
        tables = networking.every("ec2", "describe_route_tables", "RouteTables", Filters=lz.tagged("acme"))
        table, route = next(
            (table["RouteTableId"], one) for table in tables for one in table["Routes"]
            if one.get("TransitGatewayId") and one.get("DestinationCidrBlock"))
        lost = {"RouteTableId": table, "DestinationCidrBlock": route["DestinationCidrBlock"]}
        networking.client("ec2").delete_route(**lost)
        self.addCleanup(
            networking.client("ec2").create_route, **lost, TransitGatewayId=route["TransitGatewayId"])
        document, files = self.sweep(4)
        self.assertGreaterEqual(len(document["findings"]), 1)
        self.agree(document, files)

    def test_a_monitor_is_healthy_tells_numbers_and_stops_when_asked(self):
        port = lz.free_port()
        log = lz.scratch() / f"monitor-{port}.log"
        with open(log, "wb") as stream:
            monitor = subprocess.Popen(
                [str(lz.LZ), "sweep", "--every", "5m", "--listen", f"127.0.0.1:{port}"], cwd=self.zone.directory,
                env=self.twin.env(), stdin=subprocess.DEVNULL, stdout=stream, stderr=stream,
            )
        self.addCleanup(monitor.wait)
        self.addCleanup(monitor.kill)
        end = time.monotonic() + 60
        while (sweeps := self.sweeps(port)) < 3:
            self.assertLess(time.monotonic(), end, log.read_text())
            self.assertIsNone(monitor.poll(), log.read_text())
            time.sleep(0.1)
        self.assertGreaterEqual(sweeps, 3)
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=5) as answer:
            self.assertEqual(answer.status, 200)
        monitor.send_signal(signal.SIGTERM)
        self.assertEqual(monitor.wait(15), 0, log.read_text())

    @staticmethod
    def sweeps(port):
        """How many sweeps have ended well; none while nobody listens."""
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=5) as answer:
                values = formats.prometheus(answer.read().decode())
        except urllib.error.URLError:
            return 0
        return values["lz_sweep_sweeps_total",] - values["lz_sweep_failed_sweeps_total",]


if __name__ == "__main__":
    unittest.main()
