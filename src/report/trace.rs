//! Traces as text and as a document.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::palette::Palette;
use crate::reach::{Effect, Hop, Network, Protocol, Reason, Trace, Verdict, Way, worst_verdict};

/// Traces for people: the verdict of each Availability Zone, every hop with the route or rule that decided there, and all
/// that is in the way. `from` and `to` are what was asked for.
#[must_use]
pub fn trace_text(from: &str, to: &str, traces: &[Trace], network: &Network, palette: Palette) -> String {
    let mut text = String::new();
    for trace in traces {
        text.push_str(&heading(from, to, trace, palette));
        text.push_str(&hops("forward", &trace.forward, network, palette));
        text.push_str(&hops("return", &trace.answer, network, palette));
        text.push_str(&reasons(&trace.reasons, network, palette));
        text.push('\n');
    }
    let caveats: BTreeSet<&String> = traces.iter().flat_map(|trace| &trace.caveats).collect();
    for caveat in caveats {
        text.push_str(&format!("{} {caveat}\n", palette.attention("caveat:")));
    }
    text.push_str(&format!("{from} → {to}: {}\n", verdict(worst_verdict(traces), palette)));
    text
}

fn heading(from: &str, to: &str, trace: &Trace, palette: Palette) -> String {
    let protocol = match trace.packet.protocol {
        Protocol::Tcp => format!("tcp {}", trace.packet.port),
        Protocol::Udp => format!("udp {}", trace.packet.port),
        Protocol::Icmp => "icmp echo".to_owned(),
    };
    let place = trace.zone.as_ref().map(|zone| format!(", {zone}")).unwrap_or_default();
    let heading = palette.heading(format!("{from} → {to}, {protocol}{place}"));
    format!("{heading}: {}\n", verdict(trace.verdict, palette))
}

fn verdict(verdict: Verdict, palette: Palette) -> String {
    match verdict {
        Verdict::Delivered => palette.good(verdict.as_str()),
        Verdict::Inspected => palette.attention(verdict.as_str()),
        Verdict::Asymmetric | Verdict::Loop | Verdict::Dropped => palette.bad(verdict.as_str()),
    }
}

fn hops(way: &str, hops: &[Hop], network: &Network, palette: Palette) -> String {
    if hops.is_empty() {
        return String::new();
    }
    let widest = |of: &dyn Fn(&Hop) -> usize| hops.iter().map(of).max().unwrap_or_default();
    let kind_width = widest(&|hop| hop.kind.as_str().len());
    let name_width = widest(&|hop| network.label(&hop.id).chars().count());
    let mut text = format!("  {way}\n");
    for hop in hops {
        let kind = palette.faint(format!("{:<kind_width$}", hop.kind.as_str()));
        text.push_str(&format!("    {kind}  {:<name_width$}  {}\n", network.label(&hop.id), hop.by));
    }
    text
}

fn reasons(reasons: &[Reason], network: &Network, palette: Palette) -> String {
    if reasons.is_empty() {
        return String::new();
    }
    let mut text = "  reasons\n".to_owned();
    for Reason { code, effect, way, id, by } in reasons {
        let code = match effect {
            Effect::Blocks | Effect::Asymmetric => palette.bad(code),
            Effect::Doubt => palette.attention(code),
        };
        let way = match way {
            Way::Forward => "",
            Way::Return => "on the way back, ",
        };
        text.push_str(&format!("    {code}  {way}{}: {by}\n", network.label(id)));
    }
    text
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
        let text = trace_text("payments", "example.com", &traces, network, Palette::new(false));
        insta::assert_snapshot!(text);
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
