"""What lz tells a shell: exit statuses, one JSON document, no escape codes where nobody sees them, examples, errors."""
import json
import os
import pty
import re
import select
import signal
import subprocess
import time
import unittest

import lz

COMMANDS = (
    ["init"], ["validate"], ["plan"], ["bootstrap"], ["onboard-workload"],
    ["twin"], ["twin", "serve"], ["twin", "env"], ["twin", "reset"],
)
ESCAPE = "\x1b"
COLOR = re.compile(r"\x1b\[[0-9;]*m")
CHANGE_KEYS = {"address", "kind", "account", "region", "action", "reason"}
SUMMARY_KEYS = {"create", "update", "replace", "delete", "duplicates", "unchanged"}
SCOPE_KEYS = {"scope", "outcome", "created", "updated", "deleted", "deduplicated", "failures"}


def at_terminal(zone, *arguments, answer="", timeout=60, **env):
    """Runs lz at a terminal; tells its exit status and what stood on the screen."""
    terminal, side = pty.openpty()
    process = subprocess.Popen(
        [str(lz.LZ), *arguments], cwd=zone.directory, env=lz.environment(TERM="xterm-256color", **env),
        stdin=side, stdout=side, stderr=side, start_new_session=True,
    )
    os.close(side)
    os.write(terminal, answer.encode())
    seen, end = b"", time.monotonic() + timeout
    while time.monotonic() < end:
        if not select.select([terminal], [], [], 0.2)[0]:
            if process.poll() is not None:
                break
            continue
        try:
            some = os.read(terminal, 65536)
        except OSError:
            break
        if not some:
            break
        seen += some
    else:
        process.kill()
    os.close(terminal)
    return process.wait(10), seen.decode(errors="replace")


class Statuses(unittest.TestCase):
    """Exit statuses, each with what stands on which stream."""

    def setUp(self):
        self.zone = lz.Zone()

    def test_0_done(self):
        self.zone.expect(0, "validate")
        self.zone.expect(0, "--twin", "plan")

    def test_1_failed(self):
        self.zone.path("broken.plan").write_text("no plan")
        result = self.zone.expect(1, "--twin", "bootstrap", "--plan", "broken.plan", "--yes")
        self.assertEqual(result.stdout, "")
        self.assertIn("broken.plan", result.stderr)

    def test_1_when_the_hub_is_not_there(self):
        result = self.zone.expect(1, "--twin", "onboard-workload", "payments-prod", "--yes")
        self.assertRegex(result.stderr, r"`lz --twin.* bootstrap` first")

    def test_1_when_aws_is_not_there(self):
        env = lz.environment(
            AWS_ENDPOINT_URL=f"http://127.0.0.1:{lz.free_port()}", AWS_ACCESS_KEY_ID="a", AWS_SECRET_ACCESS_KEY="b",
            LZ_TIME_SCALE=lz.SPEED,
        )
        result = self.zone.expect(1, "plan", env=env, timeout=120)
        self.assertEqual(result.stdout, "")
        self.assertNotEqual(result.stderr, "")

    def test_2_usage(self):
        nobody = ["onboard-workload", "nobody", "--yes"]
        for arguments in (["frobnicate"], ["plan", "--frobnicate"], ["onboard-workload"], nobody):
            with self.subTest(arguments=arguments):
                result = self.zone.expect(2, "--twin", *arguments)
                self.assertEqual(result.stdout, "")
                self.assertNotEqual(result.stderr, "")

    def test_2_when_nobody_can_be_asked(self):
        result = self.zone.expect(2, "--twin", "bootstrap")
        self.assertIn("--yes", result.stderr)
        self.zone.expect(4, "--twin", "plan", "--detailed-exitcode")

    def test_3_invalid_configuration_names_file_line_and_key_of_every_error(self):
        self.zone.replace("lz.toml", 'region = "eu-west-1"', 'regoin = "eu-west-1"')
        self.zone.replace("accounts/payments-dev.toml", 'segment = "dev"', 'segment = "nowhere"')
        for command in ("validate", "plan", "bootstrap"):
            with self.subTest(command=command):
                result = self.zone.expect(3, "--twin", command, *(["--yes"] if command == "bootstrap" else []))
                self.assertEqual(result.stdout, "")
                for text in ("lz.toml", "regoin", "accounts/payments-dev.toml", "nowhere"):
                    self.assertIn(text, result.stderr)
                line = 1 + self.zone.path("lz.toml").read_text().split("\n").index('regoin = "eu-west-1"')
                self.assertIn(f"lz.toml:{line}", result.stderr)

    def test_4_differences(self):
        self.zone.expect(4, "--twin", "plan", "--detailed-exitcode")

    def test_5_locked_and_130_interrupted(self):
        twin = lz.ServedTwin(seed=51, speed=5)
        self.addCleanup(twin.stop)
        env = twin.env()
        first = subprocess.Popen(
            [str(lz.LZ), "bootstrap", "--yes", "--output", "json"], cwd=self.zone.directory, env=env,
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )
        self.addCleanup(lambda: first.poll() is None and first.kill())
        # It tells what it does, so it holds the zone.
        self.assertTrue(select.select([first.stderr], [], [], 60)[0])
        self.assertNotEqual(first.stderr.readline(), "")
        second = self.zone.expect(5, "bootstrap", "--yes", env=env, timeout=60)
        self.assertEqual(second.stdout, "")
        self.assertNotEqual(second.stderr, "")
        first.send_signal(signal.SIGINT)
        stdout, stderr = first.communicate(timeout=120)
        self.assertEqual(first.returncode, 130, f"{stdout}\n{stderr}")
        self.assertIn("scopes", json.loads(stdout))


class Json(unittest.TestCase):
    """`--output json`: one document on standard output, and nothing else there."""

    @classmethod
    def setUpClass(cls):
        cls.zone = lz.Zone()

    def test_plan_then_bootstrap_then_onboarding(self):
        plan = self.zone.expect(0, "--twin", "plan", "--output", "json").json
        self.assertLessEqual({"zone", "changes", "summary", "estimate"}, set(plan))
        self.assertEqual(set(plan["summary"]), SUMMARY_KEYS)
        self.assertLessEqual({"seconds", "critical_path"}, set(plan["estimate"]))
        self.assertEqual(plan["summary"]["create"], len(plan["changes"]))
        self.assertEqual({change["action"] for change in plan["changes"]}, {"create"})
        for change in plan["changes"]:
            self.assertLessEqual(CHANGE_KEYS, set(change))
        addresses = [change["address"] for change in plan["changes"]]
        self.assertEqual(len(addresses), len(set(addresses)))
        created = 0
        for command in (["bootstrap"], ["onboard-workload", "--all"]):
            report = self.zone.expect(0, "--twin", *command, "--yes", "--output", "json").json
            self.assertEqual(report["outcome"], "applied")
            for one in report["scopes"]:
                self.assertEqual(set(one), SCOPE_KEYS)
                created += one["created"]
            for count in ("api_calls", "throttled", "aws_seconds"):
                self.assertIsInstance(report[count], int)
        self.assertEqual(created, plan["summary"]["create"])

    def test_errors_are_one_document_too(self):
        zone = lz.Zone()
        zone.replace("lz.toml", 'region = "eu-west-1"', 'region = "mars"')
        for command in ("validate", "plan"):
            self.assertIsInstance(zone.expect(3, command, "--output", "json").json, dict)

    def test_twin_env(self):
        document = self.zone.expect(0, "twin", "env", "--port", "4599", "--output", "json").json
        self.assertEqual(document["variables"]["AWS_ENDPOINT_URL"], "http://127.0.0.1:4599")


class Served(unittest.TestCase):
    """`lz twin serve`: what is kept, and what is not."""

    def test_a_world_is_kept_in_its_file_and_a_new_one_is_empty(self):
        zone = lz.Zone()
        first = lz.ServedTwin(seed=52)
        self.addCleanup(first.stop)
        zone.expect(0, "bootstrap", "--yes", env=first.env())
        accounts = first.aws().accounts()
        self.assertEqual(first.stop(), 0)
        again = lz.ServedTwin(seed=52, state=first.state)
        self.addCleanup(again.stop)
        self.assertEqual(again.aws().accounts(), accounts)
        report = zone.expect(0, "bootstrap", "--yes", "--output", "json", env=again.env()).json
        self.assertEqual(report["outcome"], "unchanged")

    def test_unknown_credentials_are_refused(self):
        twin = lz.ServedTwin(seed=53)
        self.addCleanup(twin.stop)
        env = twin.env(AWS_ACCESS_KEY_ID="AKIAIOSFODNN7EXAMPLE")
        result = lz.Zone().expect(1, "plan", env=env)
        self.assertEqual(result.stdout, "")
        self.assertNotEqual(result.stderr, "")


class Text(unittest.TestCase):
    """What people read."""

    @classmethod
    def setUpClass(cls):
        cls.zone = lz.Zone()

    def test_a_pipe_gets_no_escape_codes(self):
        bootstrap = ["--twin", "bootstrap", "--yes"]
        for arguments in (["--help"], ["validate"], ["--twin", "plan"], bootstrap, ["frobnicate"]):
            with self.subTest(arguments=arguments):
                result = self.zone.lz(*arguments)
                self.assertNotIn(ESCAPE, result.stdout + result.stderr)

    def test_no_color_at_a_terminal(self):
        zone = lz.Zone()
        _, colored = at_terminal(zone, "--twin", "plan")
        self.assertRegex(colored, COLOR)
        status, plain = at_terminal(zone, "--twin", "plan", NO_COLOR="1")
        self.assertEqual(status, 0)
        self.assertNotRegex(plain, COLOR)
        self.assertIn("networking/egress/vpc", plain)

    def test_a_terminal_is_asked_and_no_means_no(self):
        zone = lz.Zone()
        status, seen = at_terminal(zone, "--twin", "bootstrap", answer="n\n")
        self.assertNotEqual(status, 0)
        self.assertIn("?", seen)
        plan = zone.expect(4, "--twin", "plan", "--detailed-exitcode", "--output", "json").json
        self.assertEqual(plan["summary"]["unchanged"], 0)

    def test_progress_at_a_terminal(self):
        zone = lz.Zone()
        status, seen = at_terminal(zone, "--twin", "bootstrap", "--yes")
        self.assertEqual(status, 0, seen)
        self.assertIn("hub", seen)
        zone.expect(0, "--twin", "plan")

    def test_every_command_shows_an_example(self):
        for command in ([], *COMMANDS):
            with self.subTest(command=command):
                result = self.zone.expect(0, *command, "--help")
                self.assertRegex(result.stdout, r"(?m)^Examples?:")
                self.assertRegex(result.stdout, r"(?m)^ +(eval \"\$\()?lz ")
                self.assertEqual(result.stderr, "")

    def test_the_starter_zone_is_valid_and_never_overwrites(self):
        folder = lz.Zone().path("fresh")
        lz_in = lambda *arguments: lz.run([lz.LZ, *arguments], cwd=folder.parent)
        self.assertEqual(lz_in("init", "fresh").status, 0)
        valid = lz_in("validate", "--dir", "fresh")
        self.assertEqual(valid.status, 0, valid)
        again = lz_in("init", "fresh")
        self.assertEqual(again.status, 2, again)


if __name__ == "__main__":
    unittest.main()
