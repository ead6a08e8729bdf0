"""CloudTrail's event history on the twin, held against AWS's own service model; and `lz sweep --cloudtrail` on it."""
import time
import unittest

import botocore.exceptions
import lz

TABLE = "networking/egress/public/az1/route-table"


class CloudTrail(unittest.TestCase):
    maxDiff = None

    @classmethod
    def setUpClass(cls):
        cls.twin = lz.ServedTwin(seed=41)
        cls.addClassCleanup(cls.twin.stop)
        cls.proxy = lz.Wirecheck(cls.twin)
        cls.addClassCleanup(cls.proxy.stop)
        cls.zone = lz.Zone()
        cls.zone.expect(0, "bootstrap", "--yes", env=cls.twin.env())
        management = cls.twin.aws(cls.proxy.url)
        cls.networking = management.assume(management.accounts()["networking"])

    def events(self, name):
        return self.networking.cli(
            "cloudtrail", "lookup-events", "--lookup-attributes", f"AttributeKey=EventName,AttributeValue={name}",
        )["Events"]

    def test_who_deleted_a_route(self):
        [table] = self.networking.every("ec2", "describe_route_tables", "RouteTables", Filters=lz.tagged(TABLE, "lz:address"))
        route = ("--route-table-id", table["RouteTableId"], "--destination-cidr-block", "10.32.0.0/11")
        self.networking.cli("ec2", "delete-route", *route)
        end = time.monotonic() + 60
        while not (found := self.events("DeleteRoute")):
            self.assertLess(time.monotonic(), end, "the twin's AWS has not shown the event")
            time.sleep(0.2)
        [event] = found
        self.assertEqual((event["Username"], event["ReadOnly"]), ("acceptance", "false"))
        swept = self.zone.expect(4, "sweep", "--cloudtrail", "--output", "json", env=self.twin.env()).json
        # The workloads are missing, too: nobody has onboarded them.
        [missing] = [one for one in swept["findings"] if one["kind"] == "route"]
        self.assertEqual(missing["by"]["event"], event["EventId"])
        self.assertEqual(missing["by"]["call"], "DeleteRoute")
        self.assertRegex(missing["by"]["principal"], r"^arn:aws:sts::\d{12}:assumed-role/\w+/acceptance$")
        told = self.zone.expect(4, "sweep", "--cloudtrail", env=self.twin.env()).stdout
        self.assertIn(f"DeleteRoute at {missing['by']['at']} by {missing['by']['principal']}", told)
        without = self.zone.expect(4, "sweep", "--output", "json", env=self.twin.env()).json
        self.assertEqual({one["by"] for one in without["findings"]}, {None})

    def test_events_look_as_aws_says(self):
        trail = self.networking.client("cloudtrail")
        made = self.networking.every("cloudtrail", "lookup_events", "Events")
        self.assertGreater(len(made), 50)
        times = [one["EventTime"] for one in made]
        self.assertEqual(times, sorted(times, reverse=True))
        with self.assertRaises(botocore.exceptions.ClientError) as refused:
            trail.lookup_events(LookupAttributes=[
                {"AttributeKey": key, "AttributeValue": "x"} for key in ("EventName", "Username")
            ])
        self.assertEqual(refused.exception.response["Error"]["Code"], "InvalidLookupAttributesException")
        report = self.proxy.report()
        self.assertEqual(report["findings"], [])
        self.assertIn("cloudtrail.LookupEvents", report["calls"])


if __name__ == "__main__":
    unittest.main()
