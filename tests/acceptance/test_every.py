"""`lz sweep --every` as an orchestrator runs it: it mends by itself, gives way to others, stops when asked, and does not grow."""
import signal
import subprocess
import time
import unittest
import urllib.error
import urllib.request

import formats
import lz

# Seconds within which a loop at full speed does what is waited for.
PATIENCE = 300
# Sweeps after which everything that is kept from one to the next is there, and sweeps over which nothing more may come.
WARM_UP, MEASURED = 8, 32
# Kilobytes by which a process may be greater all the same: allocators round, and give back late.
MARGIN = 2048


def resident(process):
    """The memory that a process has, in kilobytes."""
    with open(f"/proc/{process.pid}/status", encoding="ascii") as status:
        return next(int(line.split()[1]) for line in status if line.startswith("VmRSS:"))


class Monitor:
    """`lz sweep --every` with its endpoints. Time runs so fast that a sweep follows the other."""

    def __init__(self, zone, twin, *options):
        self.port = lz.free_port()
        self.log = lz.scratch() / f"monitor-{self.port}.log"
        command = [lz.LZ, "sweep", "--every", "1m", "--listen", f"127.0.0.1:{self.port}", *options]
        with open(self.log, "wb") as stream:
            self.process = subprocess.Popen(
                [str(part) for part in command], cwd=zone.directory, env=twin.env(), stdin=subprocess.DEVNULL,
                stdout=stream, stderr=stream,
            )

    def said(self):
        return self.log.read_text()

    def numbers(self):
        """What /metrics tells; nothing while nobody listens."""
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/metrics", timeout=5) as answer:
                return formats.prometheus(answer.read().decode())
        except urllib.error.URLError:
            return {}

    def succeeded(self):
        values = self.numbers()
        return values.get(("lz_sweep_sweeps_total",), 0) - values.get(("lz_sweep_failed_sweeps_total",), 0)

    def failed(self):
        return self.numbers().get(("lz_sweep_failed_sweeps_total",), 0)

    def findings(self):
        return sum(value for (name, *_), value in self.numbers().items() if name == "lz_sweep_findings")

    def until(self, what, holds):
        end = time.monotonic() + PATIENCE
        while not holds():
            if self.process.poll() is not None or time.monotonic() > end:
                raise AssertionError(f"{what}, exit status {self.process.poll()}: {self.said()}")
            time.sleep(0.05)

    def another(self):
        """A whole sweep has begun and ended since."""
        before = self.succeeded()
        self.until("no more sweeps", lambda: self.succeeded() >= before + 2)

    def terminate(self):
        """Asks it to stop; its exit status."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(PATIENCE)

    def close(self):
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()


class Every(unittest.TestCase):
    maxDiff = None

    @classmethod
    def setUpClass(cls):
        cls.zone = lz.Zone()
        cls.twin = lz.ServedTwin(seed=13)
        cls.addClassCleanup(cls.twin.stop)
        cls.zone.expect(0, "bootstrap", "--yes", env=cls.twin.env())
        cls.zone.expect(0, "onboard-workload", "--all", "--yes", env=cls.twin.env())
        aws = cls.twin.aws()
        cls.networking = aws.assume(aws.accounts()["networking"])

    def monitor(self, *options):
        monitor = Monitor(self.zone, self.twin, *options)
        self.addCleanup(monitor.close)
        return monitor

    def runs(self):
        document = self.zone.expect(0, "history", "--output", "json", env=self.twin.env()).json
        return [(one["command"], one["outcome"]) for one in document["runs"]]

    def routes(self):
        """The routes to the transit gateway in the hub's VPCs: (table, destination, gateway)."""
        tables = self.networking.every("ec2", "describe_route_tables", "RouteTables", Filters=lz.tagged("acme"))
        return sorted(
            (table["RouteTableId"], one["DestinationCidrBlock"], one["TransitGatewayId"])
            for table in tables for one in table["Routes"]
            if one.get("TransitGatewayId") and one.get("DestinationCidrBlock"))

    def delete_route(self):
        table, destination, _ = self.routes()[0]
        self.networking.client("ec2").delete_route(RouteTableId=table, DestinationCidrBlock=destination)

    def test_what_drifts_is_mended_by_the_next_sweep(self):
        whole = self.routes()
        monitor = self.monitor("--repair", "--yes")
        monitor.until("no sweep", lambda: monitor.succeeded() >= 1)
        before = self.runs()
        for _ in range(2):
            self.delete_route()
            monitor.until("not mended", lambda: self.routes() == whole)
            monitor.another()
            self.assertEqual(monitor.findings(), 0, monitor.said())
        self.assertEqual(monitor.failed(), 0, monitor.said())
        self.assertIn("Mended:", monitor.said())
        self.assertEqual(monitor.terminate(), 0, monitor.said())
        self.assertEqual(self.runs()[len(before):], [("sweep --repair", "applied")] * 2)
        self.assertEqual(self.routes(), whole)

    def test_a_repair_under_way_ends_before_the_loop_does(self):
        whole = self.routes()
        monitor = self.monitor("--repair", "--yes")
        monitor.until("no sweep", lambda: monitor.succeeded() >= 1)
        self.delete_route()
        monitor.until("no repair", lambda: "routes/" in monitor.said())
        self.assertEqual(monitor.terminate(), 0, monitor.said())
        command, outcome = self.runs()[-1]
        self.assertEqual(command, "sweep --repair")
        self.assertIn(outcome, ("applied", "interrupted"), monitor.said())
        # Whatever was left is done by the next one, which nobody keeps from it.
        self.zone.expect(0, "sweep", "--repair", "--yes", env=self.twin.env())
        self.assertEqual(self.routes(), whole)

    def test_who_holds_the_zone_is_waited_for(self):
        whole = self.routes()
        self.delete_route()
        log = lz.scratch() / "holder.log"
        with open(log, "wb") as stream:
            holder = subprocess.Popen(
                [str(lz.LZ), "sweep", "--repair", "--yes"], cwd=self.zone.directory, env=self.twin.env(),
                stdin=subprocess.DEVNULL, stdout=stream, stderr=stream,
            )
        self.addCleanup(holder.wait)
        self.addCleanup(holder.kill)
        held = self.zone.path(".lz") / "lock"
        end = time.monotonic() + PATIENCE
        while not (held.exists() and f"process {holder.pid} " in held.read_text()):
            self.assertLess(time.monotonic(), end)
            self.assertIsNone(holder.poll(), log.read_text())
            time.sleep(0.01)
        holder.send_signal(signal.SIGSTOP)
        try:
            monitor = self.monitor("--repair", "--yes")
            monitor.until("not refused twice", lambda: monitor.failed() >= 2)
            self.assertIn(f"another run holds this zone: process {holder.pid} since", monitor.said())
            self.assertEqual(monitor.succeeded(), 0, monitor.said())
        finally:
            holder.send_signal(signal.SIGCONT)
        self.assertEqual(holder.wait(PATIENCE), 0, log.read_text())
        monitor.until("no sweep", lambda: monitor.succeeded() >= 1)
        self.assertEqual(monitor.terminate(), 0, monitor.said())
        self.assertEqual(self.routes(), whole)

    def grows(self, monitor):
        """By how many kilobytes lz and the simulated AWS grow in many sweeps."""
        monitor.until("no sweeps", lambda: monitor.succeeded() >= WARM_UP)
        before = [resident(process) for process in (monitor.process, self.twin.process)]
        sweeps = monitor.succeeded()
        monitor.until("too few sweeps", lambda: monitor.succeeded() >= sweeps + MEASURED)
        after = [resident(process) for process in (monitor.process, self.twin.process)]
        print(f"resident before and after {MEASURED} sweeps, in kB: lz, twin: {before} {after}", flush=True)
        return [later - earlier for earlier, later in zip(before, after)]

    def test_many_sweeps_take_no_more_memory_than_few(self):
        monitor = self.monitor()
        lz_grown, twin_grown = self.grows(monitor)
        self.assertEqual(monitor.terminate(), 0, monitor.said())
        self.assertEqual(monitor.failed(), 0)
        self.assertLess(lz_grown, MARGIN)
        self.assertLess(twin_grown, MARGIN)


if __name__ == "__main__":
    unittest.main()
