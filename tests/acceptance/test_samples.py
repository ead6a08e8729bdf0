"""The samples of scripts/deploy and docs/sweep.md are what the programs they are for read, and call lz as lz is called."""
import configparser
import json
import re
import shlex
import shutil
import unittest

import botocore.session
import botocore.validate
import yaml

import lz

SAMPLES = lz.REPOSITORY / "scripts" / "deploy"
PAGE = (lz.REPOSITORY / "docs" / "sweep.md").read_text()


def manifests():
    """Every Kubernetes object of the samples."""
    return [one for file in sorted(SAMPLES.glob("*.yaml")) for one in yaml.safe_load_all(file.read_text())]


def validate(service, operation, document):
    """What AWS's own model of a call finds wrong with a request."""
    model = botocore.session.get_session().get_service_model(service).operation_model(operation)
    return botocore.validate.ParamValidator().validate(document, model.input_shape).generate_report()


class Samples(unittest.TestCase):
    def test_lz_takes_the_arguments(self):
        """Every call of lz, in samples and on the page, with --help at its end: what is unknown before is refused."""
        calls = []
        for one in manifests():
            spec = one.get("spec", {})
            spec = spec.get("jobTemplate", {}).get("spec", spec)
            for container in spec.get("template", {}).get("spec", {}).get("containers", []):
                calls.append(container["args"])
        task = json.loads((SAMPLES / "ecs-task-definition.json").read_text())
        calls += [container["command"][1:] for container in task["containerDefinitions"]]
        texts = [file.read_text() for file in SAMPLES.iterdir() if file.suffix in (".service", ".cron")]
        texts += re.findall(r"```(?:sh|yaml)\n(.*?)```", PAGE, re.DOTALL)
        for text in texts:
            calls += [shlex.split(found) for found in re.findall(r"\blz (sweep\b[^\n\]]*)", text)]
        self.assertGreaterEqual(len(calls), 9)
        for call in calls:
            with self.subTest(shlex.join(call)):
                result = lz.run([lz.LZ, *call, "--help"])
                self.assertEqual(result.status, 0, str(result))

    def test_kubernetes_objects(self):
        kinds = sorted(one["kind"] for one in manifests())
        self.assertEqual(kinds, ["CronJob", "Deployment", "ServiceAccount"])
        for block in re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL):
            self.assertIsInstance(yaml.safe_load(block), dict)

    def test_aws_takes_the_task_and_its_schedule(self):
        task = json.loads((SAMPLES / "ecs-task-definition.json").read_text())
        self.assertEqual(validate("ecs", "RegisterTaskDefinition", task), "")
        schedule = json.loads((SAMPLES / "eventbridge-schedule.json").read_text())
        # The CLI makes up the token that the model asks for; the network's keys are written as Scheduler has them.
        self.assertEqual(validate("scheduler", "CreateSchedule", {"ClientToken": "t", **schedule}), "")

    def test_systemd_units(self):
        units = [file for file in sorted(SAMPLES.iterdir()) if file.suffix in (".service", ".timer")]
        self.assertEqual(len(units), 3)
        for unit in units:
            parser = configparser.ConfigParser(strict=False, interpolation=None)
            parser.optionxform = str
            parser.read_string(unit.read_text())
            self.assertIn("Unit", parser.sections())
        if not shutil.which("systemd-analyze"):
            return
        folder = lz.scratch() / "units"
        folder.mkdir(exist_ok=True)
        for unit in units:
            (folder / unit.name).write_text(unit.read_text().replace("/usr/local/bin/lz", str(lz.LZ)))
        result = lz.run(["systemd-analyze", "verify", *(folder / unit.name for unit in units)])
        self.assertNotRegex(result.stderr, r"Unknown|Failed to parse|not executable", str(result))

    def test_the_cron_line(self):
        lines = [line for line in (SAMPLES / "lz-sweep.cron").read_text().splitlines() if line and line[0] not in "#M"]
        self.assertEqual(len(lines), 1)
        self.assertRegex(lines[0], r"^[0-9]+ \* \* \* \* lz cd /srv/zone && /usr/local/bin/lz sweep ")


if __name__ == "__main__":
    unittest.main()
