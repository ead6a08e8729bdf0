"""Whoever is asked says yes to what was shown: where AWS has changed meanwhile, lz says so and changes nothing."""
import os
import pty
import select
import subprocess
import time
import unittest

import lz

QUESTION = b"Apply this plan?"
# Seconds until lz asks, and until it ends.
PATIENCE = 120


class Asked:
    """lz on a terminal of its own, up to its question."""

    def __init__(self, zone, env, *arguments):
        terminal, end = pty.openpty()
        self.terminal = terminal
        self.process = subprocess.Popen(
            [lz.LZ, *arguments], cwd=zone.directory, env=env, stdin=end, stderr=end, stdout=subprocess.PIPE
        )
        os.close(end)
        self.said = b""
        self._read_until(lambda: QUESTION in self.said)

    def _read_until(self, is_enough):
        limit = time.monotonic() + PATIENCE
        while not is_enough():
            if time.monotonic() > limit:
                self.process.kill()
                raise AssertionError(f"lz did not get so far: {self.said.decode()}")
            if select.select([self.terminal], [], [], 0.2)[0]:
                try:
                    self.said += os.read(self.terminal, 65536)
                except OSError:
                    return

    def answer(self, text):
        """Types an answer; gives the exit status and what is said after it."""
        before = len(self.said)
        os.write(self.terminal, text.encode() + b"\n")
        self._read_until(lambda: self.process.poll() is not None)
        self.process.stdout.close()
        os.close(self.terminal)
        return self.process.wait(PATIENCE), self.said[before:].decode()


class AskedTest(unittest.TestCase):
    def setUp(self):
        self.twin = lz.ServedTwin(seed=17)
        self.addCleanup(self.twin.stop)
        self.zone = lz.Zone()

    def asked(self, *arguments):
        return Asked(self.zone, self.twin.env(), *arguments)

    def gateways(self):
        """The transit gateways of the hub."""
        aws = self.twin.aws()
        hub = aws.assume(aws.accounts()["networking"])
        gateways = hub.every("ec2", "describe_transit_gateways", "TransitGateways")
        return [one for one in gateways if one["State"] != "deleted"]

    def test_a_yes_is_for_the_plan_that_was_shown(self):
        status, said = self.asked("bootstrap").answer("n")
        self.assertEqual(status, 130, said)
        asked = self.asked("bootstrap")
        # Somebody else, with a folder of their own, is faster.
        lz.Zone().expect(0, "bootstrap", "--yes", env=self.twin.env())
        status, said = asked.answer("y")
        self.assertEqual(status, 1, said)
        self.assertIn("has changed since the plan was shown, first at ", said)
        self.assertIn("nothing was changed", said)
        self.assertEqual(len(self.gateways()), 1)
        # Nothing has changed: it is done as it was shown.
        status, said = self.asked("onboard-workload", "payments-prod").answer("yes")
        self.assertEqual(status, 0, said)


if __name__ == "__main__":
    unittest.main()
