"""What the acceptance tests need to drive lz from outside: zones in folders of their own, simulated AWSs on free ports,
AWS CLI and boto3 against them. Everything that is started here is stopped by `Started.stop`, or when Python ends.
"""
import atexit
import functools
import json
import os
import pathlib
import re
import shlex
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request

import boto3
import botocore.config

HERE = pathlib.Path(__file__).resolve().parent
REPOSITORY = HERE.parent.parent
LZ = pathlib.Path(os.environ.get("LZ_BINARY", REPOSITORY / "target" / "debug" / "lz"))
BIN = pathlib.Path(sys.executable).parent
SAMPLE = ("lz.toml", "accounts", "blueprints")
REGION = "eu-west-1"
# How much faster than AWS a served twin runs.
SPEED = 600
# The role that lz assumes in every account of the sample zone.
ROLE = "OrganizationAccountAccessRole"
# Seconds within which any command of lz ends, and any server is ready.
COMMAND_TIMEOUT = 300
READY_TIMEOUT = 30


def environment(**more):
    """The environment without anything of the user's that AWS clients or lz would heed."""
    clean = {key: value for key, value in os.environ.items() if not key.startswith(("AWS_", "LZ_", "CLICOLOR"))}
    clean.pop("NO_COLOR", None)
    nowhere = str(scratch())
    clean.update(
        AWS_CONFIG_FILE=os.path.join(nowhere, "config"),
        AWS_SHARED_CREDENTIALS_FILE=os.path.join(nowhere, "credentials"),
        AWS_EC2_METADATA_DISABLED="true",
        AWS_PAGER="",
        PYTHONWARNINGS="ignore",
    )
    clean.update({key: str(value) for key, value in more.items()})
    return clean


@functools.cache
def scratch():
    """A folder for everything these tests write, gone at the end."""
    folder = tempfile.mkdtemp(prefix="lz-acceptance-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return pathlib.Path(folder)


def free_port():
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


class Started:
    """A process of ours that listens on a port of loopback."""

    running = []

    def __init__(self, command, port, env=None, cwd=None):
        self.port = port
        self.url = f"http://127.0.0.1:{port}"
        self.log = scratch() / f"server-{port}.log"
        with open(self.log, "wb") as log:
            self.process = subprocess.Popen(
                [str(part) for part in command], stdout=log, stderr=log, stdin=subprocess.DEVNULL, env=env, cwd=cwd
            )
        Started.running.append(self)
        self._wait_until_ready()

    def _wait_until_ready(self):
        end = time.monotonic() + READY_TIMEOUT
        while time.monotonic() < end:
            if self.process.poll() is not None:
                status, said = self.process.returncode, self.log.read_text()
                raise AssertionError(f"{self.process.args[0]} ended with {status}: {said}")
            try:
                socket.create_connection(("127.0.0.1", self.port), timeout=1).close()
                return
            except OSError:
                time.sleep(0.05)
        self.stop()
        raise AssertionError(f"{self.process.args[0]} did not listen on {self.port}: {self.log.read_text()}")

    def stop(self):
        """Ends the process and tells its exit status."""
        if self in Started.running:
            Started.running.remove(self)
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(15)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        return self.process.returncode


@atexit.register
def _stop_all():
    for one in list(Started.running):
        one.stop()


class Result:
    """How a command ended."""

    def __init__(self, done, seconds):
        self.arguments, self.status, self.seconds = done.args, done.returncode, seconds
        self.stdout, self.stderr = done.stdout, done.stderr

    @property
    def json(self):
        """Standard output, which has to be exactly one JSON document."""
        return json.loads(self.stdout)

    def __str__(self):
        command = shlex.join(str(part) for part in self.arguments)
        stdout, stderr = self.stdout[-6000:], self.stderr[-6000:]
        return f"$ {command}\nexit status {self.status}\n--- stdout\n{stdout}\n--- stderr\n{stderr}"


def run(arguments, *, env=None, cwd=None, timeout=COMMAND_TIMEOUT):
    """Runs a command to its end."""
    begun = time.monotonic()
    done = subprocess.run(
        [str(part) for part in arguments], env=env or environment(), cwd=cwd, timeout=timeout,
        stdin=subprocess.DEVNULL, capture_output=True, text=True,
    )
    return Result(done, time.monotonic() - begun)


class Zone:
    """A copy of the sample zone in a folder of its own."""

    def __init__(self):
        self.directory = pathlib.Path(tempfile.mkdtemp(prefix="zone-", dir=scratch()))
        for name in SAMPLE:
            source = REPOSITORY / name
            if source.is_dir():
                shutil.copytree(source, self.directory / name)
            else:
                shutil.copy(source, self.directory / name)

    def path(self, name):
        return self.directory / name

    def replace(self, name, old, new):
        """Replaces a text that stands in a file exactly once."""
        file = self.path(name)
        text = file.read_text()
        if text.count(old) != 1:
            raise AssertionError(f"{name} holds {old!r} {text.count(old)} times")
        file.write_text(text.replace(old, new))

    def without_firewall(self):
        """Takes the blueprint of the egress VPC that has no firewall, and the lists of what may pass one."""
        self.replace("accounts/networking.toml", 'blueprint = "egress"', 'blueprint = "egress-uninspected"')
        for file in self.path("accounts").iterdir():
            file.write_text(re.sub(r"\n(# [^\n]*\n)*\[egress\]\n([^\n]+\n)*", "", file.read_text()))

    def lz(self, *arguments, env=None, timeout=COMMAND_TIMEOUT):
        """Runs lz in the zone's folder."""
        return run([LZ, *arguments], env=env, cwd=self.directory, timeout=timeout)

    def expect(self, status, *arguments, env=None, timeout=COMMAND_TIMEOUT):
        """Runs lz, which has to end with this exit status."""
        result = self.lz(*arguments, env=env, timeout=timeout)
        if result.status != status:
            raise AssertionError(f"exit status {status} expected\n{result}")
        return result


class ServedTwin(Started):
    """`lz twin serve` on a free port, and the ways to it."""

    def __init__(self, seed=1, speed=SPEED, state=None):
        self.seed, self.speed = seed, speed
        self.state = state or pathlib.Path(tempfile.mkdtemp(prefix="twin-", dir=scratch())) / "world.json"
        port = free_port()
        command = [LZ, "twin", "serve", "--port", port, "--speed", speed, "--seed", seed, "--state", self.state]
        super().__init__(command, port, env=environment(), cwd=self.state.parent)
        exports = run([LZ, "twin", "env", "--port", port, "--seed", seed], cwd=self.state.parent)
        # A shell applies them, as the documentation tells people to.
        applied = run(["bash", "-c", f"{exports.stdout}\nexec env -0"])
        if exports.status or applied.status:
            raise AssertionError(f"{exports}\n{applied}")
        variables = dict(one.split("=", 1) for one in applied.stdout.split("\0") if "=" in one)
        self.exports = {key: value for key, value in variables.items() if key in EXPORTED}

    def env(self, endpoint=None, **more):
        """The environment of a client: lz, AWS CLI."""
        more.setdefault("LZ_TIME_SCALE", self.speed)
        return environment(**{**self.exports, "AWS_ENDPOINT_URL": endpoint or self.url, **more})

    def aws(self, endpoint=None):
        return Aws(endpoint or self.url, self.exports["AWS_ACCESS_KEY_ID"], self.exports["AWS_SECRET_ACCESS_KEY"])


EXPORTED = ("AWS_ENDPOINT_URL", "AWS_REGION", "AWS_DEFAULT_REGION", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY")


class Wirecheck(Started):
    """wirecheck.py between clients and a server."""

    def __init__(self, target):
        port = free_port()
        command = [sys.executable, HERE / "wirecheck.py", "--listen", port, "--target", f"127.0.0.1:{target.port}"]
        super().__init__(command, port, env=environment())

    def report(self):
        """Calls by operation, answers by status, findings."""
        with urllib.request.urlopen(f"{self.url}/_wirecheck", timeout=10) as answer:
            return json.load(answer)


class Aws:
    """An AWS, real or not, as boto3 and AWS CLI see it with the credentials of one account."""

    CONFIG = botocore.config.Config(retries={"mode": "standard", "max_attempts": 8}, connect_timeout=5, read_timeout=60)

    def __init__(self, endpoint, key, secret, token=None):
        self.endpoint, self.key, self.secret, self.token = endpoint, key, secret, token
        self._clients = {}

    def client(self, service):
        if service not in self._clients:
            self._clients[service] = boto3.session.Session(
                aws_access_key_id=self.key, aws_secret_access_key=self.secret, aws_session_token=self.token,
                region_name=REGION,
            ).client(service, endpoint_url=self.endpoint, config=self.CONFIG)
        return self._clients[service]

    def every(self, service, operation, key, **arguments):
        """All items of a listing, over its pages."""
        client = self.client(service)
        if client.can_paginate(operation):
            pages = client.get_paginator(operation).paginate(**arguments)
        else:
            pages = [getattr(client, operation)(**arguments)]
        return [item for page in pages for item in page.get(key, [])]

    def assume(self, account, role=ROLE):
        """The same AWS with the credentials of a role in another account."""
        arn = f"arn:aws:iam::{account}:role/{role}"
        made = self.client("sts").assume_role(RoleArn=arn, RoleSessionName="acceptance")["Credentials"]
        return Aws(self.endpoint, made["AccessKeyId"], made["SecretAccessKey"], made["SessionToken"])

    def accounts(self):
        """The organization's accounts by name: name → id."""
        return {one["Name"]: one["Id"] for one in self.every("organizations", "list_accounts", "Accounts")}

    def cli(self, *arguments):
        """Runs AWS CLI; tells its answer."""
        env = environment(
            AWS_ACCESS_KEY_ID=self.key, AWS_SECRET_ACCESS_KEY=self.secret, AWS_DEFAULT_REGION=REGION,
            AWS_MAX_ATTEMPTS=8, AWS_RETRY_MODE="standard", **({"AWS_SESSION_TOKEN": self.token} if self.token else {}),
        )
        command = [sys.executable, BIN / "aws", "--endpoint-url", self.endpoint, "--output", "json", *arguments]
        result = run(command, env=env, timeout=120)
        if result.status:
            raise AssertionError(str(result))
        return json.loads(result.stdout) if result.stdout.strip() else None


def tags(resource):
    """A resource's tags as a dictionary, however the service spells them."""
    return {one.get("Key", one.get("key")): one.get("Value", one.get("value")) for one in resource.get("Tags") or []}


def tagged(value, key="lz:zone"):
    """The filter of EC2's describe calls for a tag."""
    return [{"Name": f"tag:{key}", "Values": [value]}]
