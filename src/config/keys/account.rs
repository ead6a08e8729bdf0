//! The keys of `accounts/NAME.toml`.

use super::{CIDR, LABEL, NAME, PREFIX_LENGTH, UNIT, parsed, stack, vpc};
use crate::config::account_file::{NetworkKeys, PurposeWord};
use crate::config::declaration::{Defaulted, Fallback, Key, Keys, Optional, REQUIRED, Required, Sometimes, default};
use crate::config::egress_table::{PROTOCOLS, ProtocolWord};
use crate::config::shape::{List, Named, Nested, Number, Parsed, Ports, Tables, Words};
use crate::values::{Cidr, DomainName, Email, Label};
use crate::zone::UnitPath;

/// The whole file.
pub(in crate::config) static ACCOUNT: Keys = Keys::of(&[
    &EMAIL,
    &UNIT_OF_ACCOUNT,
    &PURPOSE,
    &SEGMENT,
    &BLUEPRINT,
    &CIDR_AT_TOP,
    &PREFIX_LENGTH_AT_TOP,
    &NETWORKS,
    &EGRESS,
    &stack::STACKS,
]);

pub(in crate::config) static EMAIL: Key<Optional, Parsed<Email>> = Key {
    name: "email",
    presence: Optional("required in an organization"),
    shape: parsed("e-mail address", Some("^[^@ ]+@[^@ ]+[.][^@ ]+$")),
    example: r#"email = "aws+payments@example.com""#,
    line: "the address of the account's root user, 6 to 64 characters; of no other account, without regard to case",
    rule: "It is how lz finds the account. A reserved domain (`example.com`, `example.net`, `example.org`, `.test`, \
           `.example`, `.invalid`, `.localhost`) is a warning of `validate`, and is refused before the real AWS is called; \
           `--twin` and an endpoint on the loopback interface take it",
};

pub(in crate::config) static UNIT_OF_ACCOUNT: Key<Optional, Parsed<UnitPath>> = Key {
    name: "unit",
    presence: Optional("none: the root"),
    shape: UNIT,
    example: r#"unit = "Workloads/Prod""#,
    line: "the organizational unit, listed or implied in `organization.units`",
    rule: "",
};

pub(in crate::config) static PURPOSE: Key<Defaulted, Words<PurposeWord>> = Key {
    name: "purpose",
    presence: default(Fallback::Text("workload")),
    shape: Words {
        words: &[("workload", PurposeWord::Workload), ("networking", PurposeWord::Networking)],
        refused: &[],
    },
    example: r#"purpose = "networking""#,
    line: "exactly one account of the zone is `networking`: it owns the transit gateway and the hub's VPCs",
    rule: "",
};

pub(in crate::config) static SEGMENT: Key<Sometimes, Parsed<Label>> = Key {
    name: "segment",
    presence: Sometimes("required for a workload with a network"),
    shape: LABEL,
    example: r#"segment = "prod""#,
    line: "in `segments`; not for the networking account",
    rule: "",
};

pub(in crate::config) static BLUEPRINT: Key<Sometimes, Parsed<Label>> = Key {
    name: "blueprint",
    presence: Sometimes("none"),
    shape: LABEL,
    example: r#"blueprint = "container""#,
    line: "the short form: one VPC, named like its blueprint",
    rule: "",
};

pub(in crate::config) static CIDR_AT_TOP: Key<Optional, Parsed<Cidr>> = Key {
    name: "cidr",
    presence: Optional("allocated"),
    shape: CIDR,
    example: r#"cidr = "10.32.0.0/22""#,
    line: "with the short form; as below",
    rule: "",
};

pub(in crate::config) static PREFIX_LENGTH_AT_TOP: Key<Optional, Number<u8>> = Key {
    name: "prefix_length",
    presence: Optional("the blueprint's"),
    shape: PREFIX_LENGTH,
    example: "prefix_length = 22",
    line: "with the short form; as below",
    rule: "",
};

/// The keys of a network at the top of the file.
pub(in crate::config) static SHORT_FORM: NetworkKeys =
    NetworkKeys { blueprint: &BLUEPRINT, cidr: &CIDR_AT_TOP, prefix_length: &PREFIX_LENGTH_AT_TOP };

/// The keys of a network in its table.
pub(in crate::config) static LONG_FORM: NetworkKeys =
    NetworkKeys { blueprint: &BLUEPRINT_OF_NETWORK, cidr: &CIDR_OF_NETWORK, prefix_length: &PREFIX_LENGTH_OF_NETWORK };

pub(in crate::config) static NETWORKS: Key<Optional, Named<Nested>> = Key {
    name: "networks",
    presence: Optional(""),
    shape: Named {
        placeholder: "NAME",
        noun: "",
        example: "[networks.container]",
        pattern: NAME,
        of: Nested(&NETWORK),
    },
    example: "[networks.container]",
    line: "a VPC; the long form, or more about the one of the short form",
    rule: "Not named `all`, `segment`, `workloads`, `hub`, `transit-gateway` or `stacks`",
};

/// A network's table: its own keys, and those of the blueprint that it lies over.
pub(in crate::config) static NETWORK: Keys = Keys {
    own: &[&BLUEPRINT_OF_NETWORK, &CIDR_OF_NETWORK, &PREFIX_LENGTH_OF_NETWORK],
    over: Some(&vpc::VPC),
    elsewhere: &[],
};

pub(in crate::config) static BLUEPRINT_OF_NETWORK: Key<Sometimes, Parsed<Label>> = Key {
    name: "blueprint",
    presence: Sometimes("required, but for the VPC of the short form"),
    shape: LABEL,
    example: r#"blueprint = "container""#,
    line: "a blueprint with `kind = \"vpc\"`",
    rule: "",
};

pub(in crate::config) static CIDR_OF_NETWORK: Key<Optional, Parsed<Cidr>> = Key {
    name: "cidr",
    presence: Optional("allocated"),
    shape: CIDR,
    example: r#"cidr = "10.32.0.0/22""#,
    line: "/16 to /28, inside the supernet (`hub` for the networking account, else `workloads`), overlapping no other VPC",
    rule: "",
};

pub(in crate::config) static PREFIX_LENGTH_OF_NETWORK: Key<Optional, Number<u8>> = Key {
    name: "prefix_length",
    presence: Optional("the blueprint's"),
    shape: PREFIX_LENGTH,
    example: "prefix_length = 22",
    line: "the size to allocate; agrees with `cidr` if both are given",
    rule: "",
};

pub(in crate::config) static EGRESS: Key<Optional, Nested> = Key {
    name: "egress",
    presence: Optional("nothing"),
    shape: Nested(&Keys::of(&[&DOMAINS, &ADDRESSES])),
    example: "[egress]",
    line: "what the workload may reach on the internet, where the zone has a firewall; the firewall drops everything else",
    rule: "",
};

pub(in crate::config) static DOMAINS: Key<Defaulted, List<Parsed<DomainName>>> = Key {
    name: "domains",
    presence: default(Fallback::Texts(&[])),
    shape: List { noun: "list of domains", of: parsed("domain", Some("^[.]?[a-z0-9-]{1,63}([.][a-z0-9-]{1,63})+$")) },
    example: r#"domains = ["api.example.com"]"#,
    line: "`\"api.example.com\"`, or with a leading dot the domain and all below it; lower case, each once",
    rule: "By TLS on port 443 and by HTTP on port 80",
};

pub(in crate::config) static ADDRESSES: Key<Defaulted, Tables> = Key {
    name: "addresses",
    presence: default(Fallback::Texts(&[])),
    shape: Tables { noun: "list of `{ to, protocol, port }`", keys: &ADDRESS },
    example: r#"addresses = [{ to = "203.0.113.10/32", protocol = "tcp", port = 443 }]"#,
    line: "`to`: a block outside private space; `protocol`: `\"tcp\"`, `\"udp\"`, `\"icmp\"`; for the first two \
           `port = 443` or `ports = [443, \"8000-8100\"]`",
    rule: "",
};

/// An address of the list.
pub(in crate::config) static ADDRESS: Keys = Keys::of(&[&TO, &PROTOCOL, &PORT, &PORTS]);

pub(in crate::config) static TO: Key<Required, Parsed<Cidr>> = Key {
    name: "to",
    presence: REQUIRED,
    shape: CIDR,
    example: r#"to = "203.0.113.10/32""#,
    line: "a block outside private space",
    rule: "",
};

pub(in crate::config) static PROTOCOL: Key<Required, Words<ProtocolWord>> = Key {
    name: "protocol",
    presence: REQUIRED,
    shape: Words { words: &PROTOCOLS, refused: &[] },
    example: r#"protocol = "tcp""#,
    line: "of TCP and UDP the port is to be named too",
    rule: "",
};

pub(in crate::config) static PORT: Key<Optional, Ports> = Key {
    name: "port",
    presence: Optional(""),
    shape: Ports,
    example: "port = 443",
    line: "the destination port, of TCP and UDP",
    rule: "",
};

pub(in crate::config) static PORTS: Key<Optional, List<Ports>> = Key {
    name: "ports",
    presence: Optional(""),
    shape: List { noun: "list of ports", of: Ports },
    example: r#"ports = [443, "8000-8100"]"#,
    line: "the destination ports, of TCP and UDP: `[443, \"8000-8100\"]`",
    rule: "",
};
