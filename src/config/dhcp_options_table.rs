//! The table `[dhcp_options]` of a VPC's blueprint: what hosts learn with their addresses.

use std::net::Ipv4Addr;

use super::findings::{Findings, Read};
use super::keys::dhcp_options as keys;
use super::read::{Sourced, Table};
use crate::values::{DomainName, InvalidValue};
use crate::zone::{DhcpOptions, NameServers};

/// A name server.
pub(super) enum NameServer {
    Amazon,
    Other(Ipv4Addr),
}

impl std::str::FromStr for NameServer {
    type Err = InvalidValue;
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            AMAZON => Ok(Self::Amazon),
            _ => text.parse().map(|Server(address)| Self::Other(address)),
        }
    }
}

/// The address of a server.
pub(super) struct Server(Ipv4Addr);

impl std::str::FromStr for Server {
    type Err = InvalidValue;
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        text.parse().map(Self).map_err(|_| InvalidValue {
            text: text.to_owned(),
            problem: "is not the address of a server; one looks like 10.16.0.10".to_owned(),
        })
    }
}

/// The word for Amazon's own name servers.
pub(super) const AMAZON: &str = "AmazonProvidedDNS";

/// The most servers of one sort (EC2 API reference, CreateDhcpOptions).
const SERVERS: usize = 4;

/// Reads the table.
pub(super) fn read(table: Table<'_>, findings: &Findings) -> Read<DhcpOptions> {
    let origin = table.origin();
    let given = [table.has(&keys::DOMAIN_NAME), table.has(&keys::DOMAIN_NAME_SERVERS), table.has(&keys::NTP_SERVERS)];
    let domain_name = table.optional(&keys::DOMAIN_NAME).and_then(|name| one_domain(name, findings));
    let name_servers = table.defaulted(&keys::DOMAIN_NAME_SERVERS).and_then(|list| name_servers(list, findings));
    let ntp_servers = table.optional(&keys::NTP_SERVERS).and_then(|list| match list {
        Some(list) => Ok(few(list, findings)?.into_iter().map(|server| server.value.0).collect()),
        None => Ok(Vec::new()),
    });
    table.finish();
    if given == [false; 3] {
        return Err(findings.refuse(origin.error("this table sets no option", "set one, or remove the table")));
    }
    Ok(DhcpOptions { domain_name: domain_name?, domain_name_servers: name_servers?, ntp_servers: ntp_servers? })
}

fn one_domain(name: Option<Sourced<DomainName>>, findings: &Findings) -> Read<Option<DomainName>> {
    match name {
        Some(below) if below.value.includes_subdomains() => {
            let name = below.value.name();
            Err(findings.refuse(below.origin.error(format!("`.{name}` is not one domain"), format!("write `{name}`"))))
        }
        name => Ok(name.map(|name| name.value)),
    }
}

fn name_servers(list: Sourced<Vec<Sourced<NameServer>>>, findings: &Findings) -> Read<NameServers> {
    let mut others = Vec::new();
    let mut amazon = None;
    for server in few(list, findings)? {
        match server.value {
            NameServer::Amazon => amazon = Some(server.origin),
            NameServer::Other(address) => others.push(address),
        }
    }
    match amazon {
        None => Ok(NameServers::Others(others)),
        Some(_) if others.is_empty() => Ok(NameServers::Amazon),
        Some(origin) => {
            let problem = format!("`{AMAZON}` stands beside other name servers");
            Err(findings.refuse(origin.error(problem, "give up to four addresses, or this word alone")))
        }
    }
}

/// One to four servers.
fn few<T>(list: Sourced<Vec<T>>, findings: &Findings) -> Read<Vec<T>> {
    let count = list.value.len();
    if (1..=SERVERS).contains(&count) {
        return Ok(list.value);
    }
    let hint = format!("AWS takes 1 to {SERVERS}");
    Err(findings.refuse(list.origin.error(format!("{count} servers are given"), hint)))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use crate::config::{Files, resolve_files, starter_zone};
    use crate::values::Label;
    use crate::zone::{DhcpOptions, NameServers, NetworkName};

    const CONTAINER: &str = "blueprints.container.dhcp_options";

    /// What a workload's VPC of the starter zone comes to with these options, or what is wrong.
    fn read(options: &[(&str, &str)]) -> Result<Option<DhcpOptions>, String> {
        let files = Files::from_texts(starter_zone().iter().copied());
        let set: Vec<_> =
            options.iter().map(|(key, value)| (format!("{CONTAINER}.{key}"), (*value).to_owned())).collect();
        let loaded =
            resolve_files(&files, &BTreeMap::new(), &set).map_err(|invalid| invalid.diagnostics[0].problem.clone())?;
        let name = |text| Label::parse(text).unwrap();
        let network = NetworkName { account: name("payments-prod"), network: name("container") };
        Ok(loaded.zone.networks[&network].dhcp_options.clone())
    }

    #[test]
    fn a_vpc_without_the_table_says_nothing() {
        assert_eq!(read(&[]), Ok(None));
    }

    #[test]
    fn options_that_are_left_out_are_as_aws_has_them() {
        let options = read(&[("domain_name", "corp.example.com")]).unwrap().unwrap();
        assert_eq!(options.domain_name_servers, NameServers::Amazon);
        assert_eq!(options.ntp_servers, [] as [std::net::Ipv4Addr; 0]);
        let options = read(&[("domain_name_servers", "10.16.0.11,10.16.0.10")]).unwrap().unwrap();
        let servers = ["10.16.0.11", "10.16.0.10"].map(|one| one.parse().unwrap());
        assert_eq!(options.domain_name_servers, NameServers::Others(servers.to_vec()));
    }

    #[test]
    fn what_aws_would_refuse_is_refused() {
        for (options, problem) in [
            (&[("domain_name", ".example.com")], "`.example.com` is not one domain"),
            (
                &[("domain_name_servers", "AmazonProvidedDNS,10.16.0.10")],
                "`AmazonProvidedDNS` stands beside other name servers",
            ),
            (&[("domain_name_servers", "10.0.0.1,10.0.0.2,10.0.0.3,10.0.0.4,10.0.0.5")], "5 servers are given"),
            (&[("ntp_servers", "time.example.com")], "`time.example.com` is not the address of a server"),
            (&[("ntp_servers", "[]")], "0 servers are given"),
            (&[("name_servers", "10.0.0.1")], "unknown key `name_servers`"),
        ] {
            assert_eq!(read(options), Err(problem.to_owned()));
        }
    }
}
