//! The keys of the table `[dhcp_options]` of a VPC's blueprint.

use std::marker::PhantomData;

use super::parsed;
use crate::config::declaration::{Defaulted, Fallback, Key, Keys, Optional, default};
use crate::config::dhcp_options_table::{AMAZON, NameServer, Server};
use crate::config::shape::{List, Parsed};
use crate::values::DomainName;

/// The table.
pub(in crate::config) static DHCP_OPTIONS: Keys = Keys::of(&[&DOMAIN_NAME, &DOMAIN_NAME_SERVERS, &NTP_SERVERS]);

/// The form of an address.
const ADDRESS: &str = "^[0-9]{1,3}([.][0-9]{1,3}){3}$";

pub(in crate::config) static DOMAIN_NAME: Key<Optional, Parsed<DomainName>> = Key {
    name: "domain_name",
    presence: Optional("none"),
    shape: parsed("domain", Some("^[a-z0-9-]{1,63}([.][a-z0-9-]{1,63})+$")),
    example: r#"domain_name = "corp.example.com""#,
    line: "completes unqualified names, such as `corp.example.com`",
    rule: "",
};

pub(in crate::config) static DOMAIN_NAME_SERVERS: Key<Defaulted, List<Parsed<NameServer>>> = Key {
    name: "domain_name_servers",
    presence: default(Fallback::Texts(&[AMAZON])),
    shape: List {
        noun: "list of addresses, or `[\"AmazonProvidedDNS\"]`",
        of: Parsed { noun: "address", pattern: Some(ADDRESS), words: || vec![AMAZON], marker: PhantomData },
    },
    example: r#"domain_name_servers = ["10.16.0.10", "10.16.1.10"]"#,
    line: "1 to 4",
    rule: "Others than Amazon's have to know the private names of endpoints, and have to be reached: neither is proved",
};

pub(in crate::config) static NTP_SERVERS: Key<Optional, List<Parsed<Server>>> = Key {
    name: "ntp_servers",
    presence: Optional("none"),
    shape: List { noun: "list of addresses", of: parsed("address", Some(ADDRESS)) },
    example: r#"ntp_servers = ["169.254.169.123"]"#,
    line: "1 to 4",
    rule: "",
};
