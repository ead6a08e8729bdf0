"""The reference architecture as tables: what AWS has to hold, whoever builds it."""

WORKLOADS_RANGE = "10.32.0.0/11"
HUB_RANGE = "10.16.0.0/16"
EVERYWHERE = "0.0.0.0/0"
S3 = "com.amazonaws.eu-west-1.s3"
ZONE_IDS = {"euw1-az1", "euw1-az2"}

# The workloads' accounts, by segment.
SEGMENTS = {"prod": {"payments-prod", "orders-prod"}, "dev": {"payments-dev"}}
WORKLOADS = {account for accounts in SEGMENTS.values() for account in accounts}

TRANSIT_GATEWAY = "the transit gateway"
INTERNET_GATEWAY = "the VPC's internet gateway"
NAT_OF_THE_ZONE = "the NAT gateway of the same VPC and zone"
GATEWAY_ENDPOINT = "the VPC's gateway endpoint"
FIREWALL_OF_THE_ZONE = "the firewall's endpoint of the same VPC and zone"

# Route tables of VPCs, per tier, the same in every zone: destination → next hop, without the VPC's own range.
VPC_ROUTES = {
    "container": {
        "private": {EVERYWHERE: TRANSIT_GATEWAY, S3: GATEWAY_ENDPOINT},
        "data": {WORKLOADS_RANGE: TRANSIT_GATEWAY, HUB_RANGE: TRANSIT_GATEWAY, S3: GATEWAY_ENDPOINT},
        "transit": {},
    },
    "ingress": {
        "private": {WORKLOADS_RANGE: TRANSIT_GATEWAY},
        "transit": {},
    },
    "egress": {
        "transit": {EVERYWHERE: FIREWALL_OF_THE_ZONE},
        "firewall": {EVERYWHERE: NAT_OF_THE_ZONE, WORKLOADS_RANGE: TRANSIT_GATEWAY},
        "public": {EVERYWHERE: INTERNET_GATEWAY, WORKLOADS_RANGE: FIREWALL_OF_THE_ZONE},
    },
}

# The egress VPC's tables where it has no firewall.
UNINSPECTED_EGRESS = {
    "transit": {EVERYWHERE: NAT_OF_THE_ZONE},
    "public": {EVERYWHERE: INTERNET_GATEWAY, WORKLOADS_RANGE: TRANSIT_GATEWAY},
}

# Networks: the account that owns them and the blueprint's name.
INGRESS, EGRESS = ("networking", "ingress"), ("networking", "egress")
NETWORKS = {INGRESS, EGRESS} | {(account, "container") for account in WORKLOADS}

BLACKHOLE = "blackhole"
BLACKHOLES = dict.fromkeys(("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10"), BLACKHOLE)


def containers(accounts):
    return {(account, "container") for account in accounts}


def table(associated, propagates, static):
    return {"associated": associated, "propagates": propagates, "static": static}


# Route tables of the transit gateway, by topology and name.
TRANSIT_GATEWAY_TABLES = {
    "segmented": {
        "spokes-prod": table(containers(SEGMENTS["prod"]), {INGRESS}, {EVERYWHERE: EGRESS, **BLACKHOLES}),
        "spokes-dev": table(containers(SEGMENTS["dev"]), {INGRESS}, {EVERYWHERE: EGRESS, **BLACKHOLES}),
        "egress": table({EGRESS}, containers(WORKLOADS), {}),
        "ingress": table({INGRESS}, containers(WORKLOADS), {}),
    },
    "flat": {
        "main": table(NETWORKS, NETWORKS, {EVERYWHERE: EGRESS}),
    },
}
