//! Traces as text and as a document.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::palette::Palette;
use crate::reach::{Effect, Hop, HopKind, Network, ObjectId, Protocol, Reason, Trace, Verdict, Way, worst_verdict};
use crate::text::{Piece, Text, escape, text};

/// How many columns a line has at most. Terminals that are told nothing else have more, and so has a page of a ticket.
pub(super) const WIDTH: usize = 110;

/// Longer names have a line of their own, so that they don't push what decides off the line.
const WIDEST_NAME: usize = 48;

/// How many lines a hop has at most: what stops a packet is told in full among the reasons.
const LINES_PER_HOP: usize = 2;

/// Traces for people: first the verdict of each Availability Zone; then for each every hop with the route or rule that decided
/// there, and all that is in the way. `from` and `to` are what was asked for.
#[must_use]
pub fn trace_text(from: &str, to: &str, traces: &[Trace], network: &Network, palette: Palette) -> Text {
    let mut text = heading(from, to, traces, palette);
    for trace in traces {
        text.push(Text::own("\n"));
        if let (Some(zone), true) = (&trace.zone, traces.len() > 1) {
            text.push(text!("{}\n", palette.heading(text!("{}: {}", zone, trace.verdict.as_str()))));
        }
        text.push(way("forward", Way::Forward, &trace.forward, &trace.reasons, network, palette));
        text.push(way("return", Way::Return, &trace.answer, &trace.reasons, network, palette));
        text.push(reasons(&trace.reasons, network, palette));
    }
    let caveats: BTreeSet<&String> = traces.iter().flat_map(|trace| &trace.caveats).collect();
    if !caveats.is_empty() {
        text.push(Text::own("\n"));
    }
    for caveat in caveats {
        let lines = wrapped(&shortened(caveat, network), WIDTH - "caveat: ".len());
        text.push(text!("{} {}\n", palette.attention("caveat:"), Text::joined(lines, "\n        ")));
    }
    text
}

/// The question and its answer; where there are several Availability Zones, each one's.
fn heading(from: &str, to: &str, traces: &[Trace], palette: Palette) -> Text {
    let protocol = traces.first().map(|trace| match trace.packet.protocol {
        Protocol::Tcp => text!(", tcp {}", trace.packet.port),
        Protocol::Udp => text!(", udp {}", trace.packet.port),
        Protocol::Icmp => Text::own(", icmp echo"),
    });
    let place = match traces {
        [only] => only.zone.as_ref().map(|zone| text!(", {}", zone)),
        _ => None,
    };
    let question = text!("{} → {}{}{}", from, to, protocol.unwrap_or_default(), place.unwrap_or_default());
    let mut text = text!("{}: {}\n", palette.heading(question), verdict(worst_verdict(traces), palette));
    if traces.len() > 1 {
        for trace in traces {
            let zone = trace.zone.as_ref().map(ToString::to_string).unwrap_or_default();
            let codes: BTreeSet<&str> = trace.reasons.iter().map(|reason| reason.code.as_str()).collect();
            let codes: Vec<&str> = codes.into_iter().collect();
            let line = text!("  {}  {}  {}", zone, verdict(trace.verdict, palette), codes.join(", "));
            text.push(text!("{}\n", line.trimmed()));
        }
    }
    text
}

fn verdict(verdict: Verdict, palette: Palette) -> Text {
    match verdict {
        Verdict::Delivered => palette.good(verdict.as_str()),
        Verdict::Inspected => palette.attention(verdict.as_str()),
        Verdict::Asymmetric | Verdict::Loop | Verdict::Dropped => palette.bad(verdict.as_str()),
    }
}

fn kind_text(kind: HopKind) -> &'static str {
    match kind {
        HopKind::Subnet => "subnet",
        HopKind::NetworkInterface => "interface",
        HopKind::Internet => "internet",
        HopKind::RouteTable => "route table",
        HopKind::NetworkAcl => "network ACL",
        HopKind::SecurityGroup => "security group",
        HopKind::TransitGatewayAttachment => "TGW attachment",
        HopKind::TransitGatewayRouteTable => "TGW route table",
        HopKind::FirewallEndpoint => "firewall endpoint",
        HopKind::NatGateway => "NAT gateway",
        HopKind::InternetGateway => "internet gateway",
        HopKind::VpcEndpoint => "VPC endpoint",
        HopKind::PeeringConnection => "VPC peering",
        HopKind::VirtualPrivateGateway => "VPN gateway",
    }
}

fn way(name: &str, way: Way, hops: &[Hop], reasons: &[Reason], network: &Network, palette: Palette) -> Text {
    if hops.is_empty() {
        return Text::default();
    }
    let kind_width = hops.iter().map(|hop| kind_text(hop.kind).len()).max().unwrap_or_default();
    let names: Vec<String> = hops.iter().map(|hop| escape(&distinct_name(&hop.id, network)).into_owned()).collect();
    let widths = names.iter().map(|name| name.chars().count());
    let name_width = widths.filter(|width| *width <= WIDEST_NAME).max().unwrap_or_default();
    // What decides stands beside the name where it fits, and below it where not; everywhere below where that is the rule.
    let (beside, below) = (4 + kind_width + 2 + name_width + 2, 4 + kind_width + 4);
    let bys: Vec<String> = hops.iter().map(|hop| escape(&shortened(&hop.by, network)).into_owned()).collect();
    let fits = |name: &str, by: &str| name.chars().count() <= name_width && beside + by.chars().count() <= WIDTH;
    let fitting = names.iter().zip(&bys).filter(|(name, by)| fits(name, by)).count();
    let is_table = fitting * 2 > hops.len();
    let mut text = text!("  {}\n", name);
    for ((hop, name), by) in hops.iter().zip(&names).zip(&bys) {
        let is_stopped = |reason: &&Reason| reason.way == way && reason.id == hop.id && reason.by == hop.by;
        let reason = reasons.iter().find(is_stopped);
        let paint = |line: &str| match reason {
            Some(reason) => effect_text(reason.effect, line, palette),
            None => text!("{}", line),
        };
        text.push(text!("    {}  ", palette.faint(Text::padded(kind_text(hop.kind), kind_width))));
        if is_table && fits(name, by) {
            text.push(text!("{}  {}\n", Text::padded(name, name_width), paint(by)));
            continue;
        }
        text.push(text!("{}\n", name));
        let most = if reason.is_some() { 1 } else { LINES_PER_HOP };
        for line in cut(wrapped(by, WIDTH - below - 2), most) {
            text.push(text!("{}{}\n", Text::padded("", below), paint(&line)));
        }
    }
    text
}

fn effect_text(effect: Effect, text: impl Piece, palette: Palette) -> Text {
    match effect {
        Effect::Blocks | Effect::Asymmetric => palette.bad(text),
        Effect::Doubt => palette.attention(text),
    }
}

fn reasons(reasons: &[Reason], network: &Network, palette: Palette) -> Text {
    if reasons.is_empty() {
        return Text::default();
    }
    let mut text = Text::own("  reasons\n");
    for Reason { code, effect, way, id, by } in reasons {
        let way = match way {
            Way::Forward => "",
            Way::Return => "on the way back, ",
        };
        text.push(text!("    {}  {}{}\n", effect_text(*effect, code.as_str(), palette), way, network.label(id)));
        for line in wrapped(&shortened(by, network), WIDTH - 6) {
            text.push(text!("      {}\n", line));
        }
    }
    text
}

/// An object's name; with its id where another object has the name too, as tags named `Name` often have.
fn distinct_name(id: &ObjectId, network: &Network) -> String {
    let name = network.name(id);
    let others = network.names.iter().filter(|(other, one)| *other != id && one.as_str() == name).count();
    if others == 0 { name.to_owned() } else { network.label(id) }
}

/// A text without the ids that stand in parentheses behind the names of their objects.
fn shortened(text: &str, network: &Network) -> String {
    let mut short = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(start) = rest.find(" (") {
        let (before, id_and_more) = (&rest[..start], &rest[start + 2..]);
        short.push_str(before);
        let id = id_and_more.find(')').map(|end| &id_and_more[..end]);
        let named = id.filter(|id| network.names.get(&ObjectId::from(*id)).is_some_and(|name| short.ends_with(name)));
        match named {
            Some(id) => rest = &id_and_more[id.len() + 1..],
            None => {
                short.push_str(" (");
                rest = id_and_more;
            }
        }
    }
    short + rest
}

/// Lines of at most so many columns, but for a word that is longer. What can't be seen is escaped first, since it has a width then.
pub(super) fn wrapped(text: &str, width: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in escape(text).split_whitespace() {
        match lines.last_mut() {
            Some(line) if line.chars().count() + 1 + word.chars().count() <= width => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(word.to_owned()),
        }
    }
    lines
}

/// At most so many lines; an ellipsis stands for the rest.
fn cut(mut lines: Vec<String>, most: usize) -> Vec<String> {
    if lines.len() > most {
        lines.truncate(most);
        if let Some(last) = lines.last_mut() {
            last.push_str(" …");
        }
    }
    lines
}

/// Traces for programs: at the top the trace with the worst verdict, in `zones` each one.
#[must_use]
pub fn trace_document(from: &str, to: &str, traces: &[Trace]) -> Value {
    let worst = worst_verdict(traces);
    let decisive = traces.iter().find(|trace| trace.verdict == worst);
    let zones: Vec<Value> = traces
        .iter()
        .map(|trace| {
            json!({
                "zone": trace.zone,
                "verdict": trace.verdict,
                "packet": packet(trace),
                "forward": trace.forward,
                "return": trace.answer,
                "reasons": trace.reasons,
            })
        })
        .collect();
    json!({
        "from": from,
        "to": to,
        "verdict": worst,
        "forward": decisive.map(|trace| &trace.forward),
        "return": decisive.map(|trace| &trace.answer),
        "reasons": decisive.map(|trace| &trace.reasons),
        "zones": zones,
        "caveats": traces.iter().flat_map(|trace| &trace.caveats).collect::<BTreeSet<_>>(),
    })
}

fn packet(trace: &Trace) -> Value {
    let packet = trace.packet;
    let ports = (packet.protocol != Protocol::Icmp).then_some((packet.source_port, packet.port));
    json!({
        "source": packet.source,
        "destination": packet.destination,
        "protocol": packet.protocol,
        "source_port": ports.map(|(source, _)| source),
        "port": ports.map(|(_, port)| port),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::reach::testing::{id, policy_that_passes, reference};
    use crate::reach::{Endpoint, trace};

    #[test]
    fn a_trace_is_told_in_words_and_as_data() {
        let mut builder = reference(policy_that_passes(&[]));
        builder.network.names.insert(id("vpce-1"), "networking/egress/firewall/endpoints/az1".into());
        builder.network.caveats.insert("describe-vpn-connections was not recorded".into());
        let network = &builder.network;
        let from = Endpoint::Subnet(id("payments-private-1"));
        let traces = trace(network, &from, &Endpoint::Domain("example.com".into()), Protocol::Tcp, 443).unwrap();
        let text = trace_text("payments", "example.com", &traces, network, Palette::new(false)).to_write();
        assert!(text.lines().all(|line| line.chars().count() <= WIDTH), "{text}");
        let heading = text.lines().next().unwrap();
        assert!(heading.starts_with("payments → example.com, tcp 443, ") && heading.ends_with(": dropped"), "{text}");
        let reason = "FIREWALL_RULES_RESTRICTION  networking/egress/firewall/endpoints/az1 (vpce-1)\n";
        assert!(text.contains(reason), "{text}");
        assert!(text.ends_with("\ncaveat: describe-vpn-connections was not recorded\n"), "{text}");
        let document = trace_document("payments", "example.com", &traces);
        assert_eq!(document["verdict"], "dropped");
        assert_eq!(document["reasons"][0]["code"], "FIREWALL_RULES_RESTRICTION");
        assert_eq!(
            document["forward"][1],
            json!({ "hop": "route-table", "id": "rtb-payments-private-1", "by": "0.0.0.0/0 → tgw-1" })
        );
        assert_eq!(document["zones"][0]["return"], document["return"]);
        assert_eq!(document["zones"][0]["packet"]["port"], 443);
    }
}
