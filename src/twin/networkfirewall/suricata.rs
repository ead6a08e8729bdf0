//! Rules in Suricata's language, read far enough to refuse what AWS refuses.
//!
//! <https://docs.aws.amazon.com/network-firewall/latest/developerguide/suricata-limitations-caveats.html>

use std::collections::BTreeSet;
use std::net::IpAddr;

/// The most characters that a rule may have.
const LENGTH: usize = 8_192;
/// What a rule may do.
const ACTIONS: &[&str] = &["alert", "drop", "pass", "reject"];
/// The protocols that a rule may name.
const PROTOCOLS: &[&str] = &[
    "dcerpc",
    "dhcp",
    "dnp3",
    "dns",
    "ftp",
    "ftp-data",
    "http",
    "http1",
    "http2",
    "icmp",
    "ike",
    "ikev2",
    "imap",
    "ip",
    "krb5",
    "mqtt",
    "msn",
    "nfs",
    "ntp",
    "quic",
    "rdp",
    "rfb",
    "sip",
    "smb",
    "smtp",
    "snmp",
    "ssh",
    "tcp",
    "tcp-pkt",
    "tcp-stream",
    "telnet",
    "tftp",
    "tls",
    "udp",
];
/// Keywords that Network Firewall does not have.
const UNSUPPORTED: &[&str] =
    &["cip_service", "datarep", "dataset", "enip_command", "filemagic", "filestore", "iprep", "lua", "luajit"];

/// The variables that rules may use, and whether the rules' order is their own.
#[derive(Debug)]
pub(super) struct Context {
    /// Address variables, without the dollar sign.
    pub(super) addresses: BTreeSet<String>,
    /// Port variables.
    pub(super) ports: BTreeSet<String>,
    /// True for `STRICT_ORDER`.
    pub(super) strict: bool,
}

/// The rules of a text, one a line. Comments and blank lines are left out: what AWS does with them is not documented.
///
/// # Errors
/// What is wrong, in words.
pub(super) fn read(text: &str, context: &Context) -> Result<Vec<String>, String> {
    let rules: Vec<&str> =
        text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#')).collect();
    let mut sids = BTreeSet::new();
    for rule in &rules {
        let sid = check_rule(rule, context).map_err(|problem| format!("{problem}, rule: [{rule}]"))?;
        if !sids.insert(sid) {
            return Err(format!("duplicate sid {sid}, rule: [{rule}]"));
        }
    }
    Ok(rules.into_iter().map(str::to_owned).collect())
}

fn check_rule(rule: &str, context: &Context) -> Result<u32, String> {
    if rule.chars().count() > LENGTH {
        return Err(format!("a rule can have at most {LENGTH} characters"));
    }
    let (header, options) = rule.split_once('(').ok_or("the rule has no options in parentheses")?;
    let options = options.strip_suffix(')').ok_or("the rule does not end with a closing parenthesis")?;
    let parts = header_parts(header)?;
    let [action, protocol, source, source_port, direction, destination, destination_port] = parts.as_slice() else {
        return Err(format!("the rule's header has {} parts instead of 7", parts.len()));
    };
    if !ACTIONS.contains(&action.as_str()) {
        return Err(format!("unknown action {action}"));
    }
    if !PROTOCOLS.contains(&protocol.to_lowercase().as_str()) {
        return Err(format!("unknown protocol {protocol}"));
    }
    if !matches!(direction.as_str(), "->" | "<>") {
        return Err(format!("unknown direction {direction}"));
    }
    check_flow([source, source_port, destination, destination_port], context)?;
    sid(&keywords(options)?, context.strict)
}

/// Checks source, source port, destination and destination port.
pub(super) fn check_flow([from, from_port, to, to_port]: [&str; 4], context: &Context) -> Result<(), String> {
    for address in [from, to] {
        check_group(address, "address", &context.addresses, is_address)?;
    }
    for port in [from_port, to_port] {
        check_group(port, "port", &context.ports, is_port)?;
    }
    Ok(())
}

/// Splits at blanks that do not stand in brackets.
fn header_parts(header: &str) -> Result<Vec<String>, String> {
    let (mut parts, mut part, mut depth) = (Vec::new(), String::new(), 0_usize);
    for letter in header.chars() {
        match letter {
            '[' => depth += 1,
            ']' => depth = depth.checked_sub(1).ok_or("unbalanced brackets")?,
            _ => {}
        }
        if !letter.is_whitespace() {
            part.push(letter);
        } else if depth == 0 && !part.is_empty() {
            parts.push(std::mem::take(&mut part));
        }
    }
    if depth > 0 {
        return Err(String::from("unbalanced brackets"));
    }
    parts.extend(Some(part).filter(|part| !part.is_empty()));
    Ok(parts)
}

/// Checks `any`, a variable, something simple, a list of these in brackets, and what is negated of them.
fn check_group(
    text: &str,
    noun: &str,
    variables: &BTreeSet<String>,
    is_simple: fn(&str) -> bool,
) -> Result<(), String> {
    let text = text.trim();
    if let Some(list) = text.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
        return elements(list).into_iter().try_for_each(|one| check_group(one, noun, variables, is_simple));
    }
    if let Some(variable) = text.strip_prefix('$') {
        let known = variables.contains(variable);
        return if known { Ok(()) } else { Err(format!("undefined {noun} variable ${variable}")) };
    }
    match text.strip_prefix('!') {
        Some("any") => Err(format!("the {noun} !any matches nothing")),
        Some(negated) => check_group(negated, noun, variables, is_simple),
        None if text == "any" || is_simple(text) => Ok(()),
        None => Err(format!("invalid {noun} {text}")),
    }
}

/// The elements of a list, split at commas that do not stand in brackets.
fn elements(list: &str) -> Vec<&str> {
    let mut depth = 0_usize;
    list.split(|letter| {
        match letter {
            '[' => depth += 1,
            ']' => depth = depth.saturating_sub(1),
            _ => {}
        }
        letter == ',' && depth == 0
    })
    .collect()
}

/// True for an address, a range in CIDR notation, or two addresses with a hyphen.
pub(super) fn is_address(text: &str) -> bool {
    let is_single = |text: &str| text.parse::<IpAddr>().is_ok();
    let is_range = || text.split_once('-').is_some_and(|(first, last)| is_single(first) && is_single(last));
    text.parse::<ipnet::IpNet>().is_ok() || is_single(text) || is_range()
}

/// True for a port or a range such as `1024:65535`, `1024:` and `:1023`.
pub(super) fn is_port(text: &str) -> bool {
    let is_single = |text: &str| text.parse::<u16>().is_ok();
    match text.split_once(':') {
        None => is_single(text),
        Some((first, "")) => is_single(first),
        Some(("", last)) => is_single(last),
        Some((first, last)) => match (first.parse::<u16>(), last.parse::<u16>()) {
            (Ok(first), Ok(last)) => first <= last,
            _ => false,
        },
    }
}

/// The options between the parentheses, each with its value. A semicolon ends each; one in quotes does not.
fn keywords(options: &str) -> Result<Vec<(String, String)>, String> {
    let (mut all, mut option) = (Vec::new(), String::new());
    let (mut quoted, mut escaped) = (false, false);
    for letter in options.chars() {
        let ends = letter == ';' && !quoted && !escaped;
        quoted ^= letter == '"' && !escaped;
        escaped = letter == '\\' && !escaped;
        if !ends {
            option.push(letter);
            continue;
        }
        let text = std::mem::take(&mut option);
        let (keyword, value) = text.split_once(':').unwrap_or((&text, ""));
        if keyword.trim().is_empty() {
            return Err(String::from("an empty option"));
        }
        all.push((keyword.trim().to_lowercase(), value.trim().to_owned()));
    }
    if quoted {
        return Err(String::from("unbalanced quotes"));
    }
    if !option.trim().is_empty() {
        return Err(format!("the option {} does not end with a semicolon", option.trim()));
    }
    Ok(all)
}

/// The signature id among a rule's options, which every rule has once.
pub(super) fn sid(keywords: &[(String, String)], strict: bool) -> Result<u32, String> {
    let number = |value: &str| value.parse::<u32>().ok().filter(|number| *number > 0);
    for (keyword, value) in keywords {
        if UNSUPPORTED.contains(&keyword.as_str()) {
            return Err(format!("unsupported keyword {keyword}"));
        }
        if strict && keyword == "priority" {
            return Err(String::from("the keyword priority is not allowed in strict order"));
        }
        if keyword == "rev" && number(value).is_none() {
            return Err(format!("invalid rev {value}"));
        }
    }
    let sids: Vec<&String> = keywords.iter().filter(|(keyword, _)| keyword == "sid").map(|(_, value)| value).collect();
    match sids.as_slice() {
        [] => Err(String::from("the rule has no sid")),
        [sid] => number(sid).ok_or_else(|| format!("invalid sid {sid}")),
        _ => Err(String::from("the rule has more than one sid")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn problem(text: &str, strict: bool) -> String {
        let addresses = BTreeSet::from([String::from("HOME_NET"), String::from("EXTERNAL_NET")]);
        read(text, &Context { addresses, ports: BTreeSet::new(), strict }).err().unwrap_or_default()
    }

    #[test]
    fn rules_that_aws_takes_are_taken() {
        for rule in [
            r#"pass tls 10.1.0.0/16 any -> $EXTERNAL_NET 443 (msg:"a; (b)"; tls.sni; content:"x.com"; endswith; sid:1; rev:1;)"#,
            "drop tcp [10.0.0.0/8, !10.1.0.0/16] [1024:, !2000] <> any [80,443] (flow:to_server, established; sid:2;)",
            "alert icmp any any -> !$HOME_NET any (metadata: lz payments.container; sid:3; priority:1;)",
            r#"reject http any any -> any any (pcre:"/a\"b\;/"; sid:4;)"#,
        ] {
            assert_eq!(problem(rule, false), "", "{rule}");
        }
    }

    #[test]
    fn rules_that_aws_refuses_are_refused() {
        let cases = [
            ("pass ip any any -> any any", "no options"),
            ("pass ip any any -> any any (sid:1;", "closing parenthesis"),
            ("pass ip any any -> any any (sid:1)", "semicolon"),
            ("pass ip any any -> any any (msg:\"x;)", "quotes"),
            ("pass ip any any -> any (sid:1;)", "6 parts"),
            ("pass ip [10.0.0.0/8 any -> any any (sid:1;)", "brackets"),
            ("permit ip any any -> any any (sid:1;)", "unknown action"),
            ("pass gopher any any -> any any (sid:1;)", "unknown protocol"),
            ("pass ip any any <- any any (sid:1;)", "unknown direction"),
            ("pass ip 10.0.0.0/33 any -> any any (sid:1;)", "invalid address"),
            ("pass ip !any any -> any any (sid:1;)", "matches nothing"),
            ("pass tcp any 443:80 -> any any (sid:1;)", "invalid port"),
            ("pass ip $OTHER any -> any any (sid:1;)", "undefined address variable"),
            ("pass tcp any any -> any $HTTP_PORTS (sid:1;)", "undefined port variable"),
            ("pass ip any any -> any any (msg:\"x\";)", "no sid"),
            ("pass ip any any -> any any (sid:0;)", "invalid sid"),
            ("pass ip any any -> any any (sid:1; sid:2;)", "more than one sid"),
            ("pass ip any any -> any any (sid:1; rev:x;)", "invalid rev"),
            ("pass ip any any -> any any (iprep:src,x,>,1; sid:1;)", "unsupported keyword"),
            ("pass ip any any -> any any (priority:1; sid:1;)", "priority"),
            ("pass ip any any -> any any (sid:1;)\ndrop ip any any -> any any (sid:1;)", "duplicate sid"),
        ];
        for (rule, expected) in cases {
            let problem = problem(rule, true);
            assert!(problem.contains(expected), "{rule}: {problem}");
        }
    }
}
