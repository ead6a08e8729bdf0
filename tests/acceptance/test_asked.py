"""Whoever is asked says yes to what was shown: where AWS has changed meanwhile, lz says so and changes nothing. Whoever
interrupts a question changes nothing either, and the zone is free."""
import fcntl
import os
import pty
import select
import signal
import subprocess
import termios
import time
import unittest

import lz

# How each question ends.
QUESTION = b"[y/N] "
CTRL_C = b"\x03"
# Seconds until lz asks, and until it ends.
PATIENCE = 120


class Asked:
    """lz on a terminal of its own, up to its question."""

    def __init__(self, zone, env, *arguments):
        terminal, end = pty.openpty()
        self.terminal = terminal
        self.process = subprocess.Popen(
            [lz.LZ, *arguments], cwd=zone.directory, env=env, stdin=end, stderr=end, stdout=subprocess.PIPE,
            # With a terminal of its own to which Ctrl-C goes.
            start_new_session=True, preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0),
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
        return self.type(text.encode() + b"\n")

    def type(self, keys):
        """Types keys; gives the exit status and what is said after them."""
        before = len(self.said)
        os.write(self.terminal, keys)
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

    def interrupted(self, question, *arguments):
        """Interrupts a question; gives the exit status and what is said after it."""
        asked = self.asked(*arguments)
        self.assertIn(question, asked.said)
        return asked.type(CTRL_C)

    def free(self):
        """Nobody holds the zone, neither by the lease nor by a process."""
        self.assertEqual(self.zone.expect(0, "unlock", env=self.twin.env()).stdout, "nobody holds the zone\n")

    def test_an_interrupt_while_a_question_waits_changes_nothing_and_leaves_the_zone_free(self):
        status, said = self.interrupted(b"Apply this plan?", "bootstrap")
        self.assertEqual(status, 130, said)
        self.assertIn("nothing was changed", said)
        self.free()
        history = self.zone.expect(0, "history", "--output", "json", env=self.twin.env()).json
        self.assertEqual(history["runs"], [])
        self.zone.expect(0, "bootstrap", "--yes", env=self.twin.env())
        status, said = self.interrupted(b"Apply this plan?", "onboard-workload", "payments-prod")
        self.assertEqual(status, 130, said)
        self.free()
        # A lock is rebuilt without a lease: the signal ends lz as the system does, and nothing is written.
        lock = self.zone.directory / "lz.lock"
        kept = lock.read_bytes()
        lock.write_text("version = 1\n")
        status, said = self.interrupted(b"Write this into lz.lock?", "lock", "--rebuild")
        self.assertEqual(status, -signal.SIGINT, said)
        self.assertEqual(lock.read_text(), "version = 1\n")
        lock.write_bytes(kept)
        self.zone.expect(0, "onboard-workload", "payments-prod", "--yes", env=self.twin.env())


if __name__ == "__main__":
    unittest.main()
