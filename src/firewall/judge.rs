//! What a policy does with flows: one by one, and in sets.
//!
//! Suricata asks the rules anew for each packet, and what a rule passes or drops is decided for the whole flow. So a flow
//! is judged at four steps: its first packet, the first answer, then data in both directions. On TCP a rule that looks at
//! what is spoken (TLS, HTTP, a domain) is for data only; an earlier step decides first, wherever its rule stands. That is
//! why `aws:drop_strict` defeats rules on domains, and why `pass tcp` undoes each of them (Network Firewall guide, "Managing
//! evaluation order for Suricata compatible rules", and Suricata's on rule types). On UDP the first packet speaks already:
//! `pass dns` may pass it, and whether a flow is DNS, lz can't tell.

use super::flow::{Flow, FlowBox, FlowProtocol, FlowSet};
use super::index::SourceIndex;
use super::resolve::{Certainty, ResolvedRule, Spoken, Step, resolve};
use super::{Action, DefaultAction, DomainPlace, Policy, RuleOrder, StatelessDefault};
use crate::values::PortSet;

/// What becomes of a flow.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Judgement {
    /// Whether it passes.
    pub decision: Decision,
    /// What decided. Where the decision is `Inspected`, everything that may decide, in the order in which it is asked;
    /// otherwise what is asked first of it. Never empty.
    pub by: Vec<Decider>,
}

/// Whether flows pass.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Decision {
    /// They do.
    Passed,
    /// They don't.
    Dropped,
    /// It depends on what lz can't tell: a rule that it can't judge, or the host that the client asks for.
    Inspected,
}

/// What decides about a flow.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Decider {
    /// A rule.
    Rule {
        /// Its group's name.
        group: String,
        /// Its signature id.
        sid: u32,
        /// The line that it stands on, from 1.
        line: usize,
        /// The rule as text.
        text: String,
    },
    /// A default action of the policy.
    Default(DefaultAction),
    /// No rule is for it, and no default action drops it.
    NoRule,
    /// The stateless default, before any rule is asked: AWS's word for it, or what lz can't judge about it.
    Stateless(String),
}

/// A set of flows by what becomes of them; the three don't overlap and are the whole.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Partition {
    /// What passes.
    pub passed: FlowSet,
    /// What is dropped.
    pub dropped: FlowSet,
    /// What depends on what lz can't tell.
    pub inspected: FlowSet,
}

/// A policy with its variables looked up, to be asked many times.
#[derive(Debug)]
pub struct Judge<'policy> {
    policy: &'policy Policy,
    rules: Vec<ResolvedRule<'policy>>,
    by_source: SourceIndex,
}

impl Policy {
    /// What becomes of a flow. Who asks many times makes a [`Judge`] once.
    #[must_use]
    pub fn judge(&self, flow: &Flow<'_>) -> Judgement {
        Judge::new(self).judge(flow)
    }
}

/// What a rule, or none, does to flows at one step.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Verdict {
    Pass,
    Drop,
    /// The next step decides.
    GoOn,
}

/// One way that a flow may go at a step.
struct Outcome<'judge, 'policy> {
    verdict: Verdict,
    by: Source<'judge, 'policy>,
}

/// What an outcome comes from.
#[derive(Clone, Copy)]
enum Source<'judge, 'policy> {
    Rule(&'judge ResolvedRule<'policy>),
    Default(DefaultAction),
    None,
}

impl<'policy> Judge<'policy> {
    /// Looks a policy's variables up.
    #[must_use]
    pub fn new(policy: &'policy Policy) -> Self {
        let rules = resolve(policy);
        Self { policy, by_source: SourceIndex::new(&rules), rules }
    }

    /// What becomes of a flow.
    #[must_use]
    pub fn judge(&self, flow: &Flow<'_>) -> Judgement {
        if let Some(judgement) = self.stateless() {
            return judgement;
        }
        let flows = FlowBox::one(flow);
        let rules = self.rules_for(&flows);
        let mut ends: Vec<(Decision, Decider)> = Vec::new();
        for step in Step::ALL {
            let outcomes = self.outcomes(&rules, &flows, step, &spoken(flow.domain, flow.protocol, flow.port));
            let goes_on = outcomes.iter().any(|outcome| outcome.verdict == Verdict::GoOn);
            ends.extend(outcomes.iter().filter_map(|outcome| {
                let decision = match outcome.verdict {
                    Verdict::Pass => Decision::Passed,
                    Verdict::Drop => Decision::Dropped,
                    Verdict::GoOn => return None,
                };
                Some((decision, outcome.by.decider()))
            }));
            if !goes_on {
                return judgement(ends);
            }
        }
        ends.push((Decision::Passed, Decider::NoRule));
        judgement(ends)
    }

    /// What becomes of each flow of a box whose clients may ask for any host.
    #[must_use]
    pub fn partition(&self, flows: &FlowBox) -> Partition {
        self.partition_with(flows, None)
    }

    /// What becomes of each flow of a box whose clients ask for a host, where one is given: they speak what [`Flow::domain`]
    /// says, by the port.
    #[must_use]
    pub fn partition_with(&self, flows: &FlowBox, domain: Option<&str>) -> Partition {
        let mut partition = Partition::default();
        match &self.policy.stateless {
            StatelessDefault::Forward => {}
            StatelessDefault::Pass => return Partition { passed: flows.clone().into(), ..partition },
            StatelessDefault::Drop => return Partition { dropped: flows.clone().into(), ..partition },
            StatelessDefault::Unsupported(_) => return Partition { inspected: flows.clone().into(), ..partition },
        }
        let rules = self.rules_for(flows);
        let by_speech = domain.map_or_else(|| vec![flows.clone()], |_| by_speech(flows));
        for region in by_speech.iter().flat_map(|flows| regions(&rules, flows)) {
            let port = region.ports.first().unwrap_or_default();
            let ends = self.ends(&rules, &region, &spoken(domain, region.protocol, port));
            let part = match (ends.passes, ends.drops) {
                (true, false) => &mut partition.passed,
                (false, true) => &mut partition.dropped,
                _ => &mut partition.inspected,
            };
            part.add_disjoint(region);
        }
        partition
    }

    fn stateless(&self) -> Option<Judgement> {
        let (decision, word) = match &self.policy.stateless {
            StatelessDefault::Forward => return None,
            StatelessDefault::Pass => (Decision::Passed, "aws:pass"),
            StatelessDefault::Drop => (Decision::Dropped, "aws:drop"),
            StatelessDefault::Unsupported(sentence) => (Decision::Inspected, sentence.as_str()),
        };
        Some(Judgement { decision, by: vec![Decider::Stateless(word.to_owned())] })
    }

    /// The rules that may decide about a flow of a box, in the order in which they are asked.
    fn rules_for(&self, flows: &FlowBox) -> Vec<&ResolvedRule<'policy>> {
        let concerns = |rule: &&ResolvedRule<'_>| {
            verdict(rule).is_some()
                && Step::ALL.into_iter().any(|step| rule.flows(step).iter().any(|one| one.overlaps(flows)))
        };
        self.by_source
            .places(&flows.sources)
            .into_iter()
            .filter_map(|place| self.rules.get(place))
            .filter(concerns)
            .collect()
    }

    /// What may become of flows at a step, in the order in which the rules are asked. All flows of the box must lie in the
    /// same rules' sets.
    fn outcomes<'judge>(
        &self,
        rules: &[&'judge ResolvedRule<'policy>],
        flows: &FlowBox,
        step: Step,
        spoken: &Spoken<'_>,
    ) -> Vec<Outcome<'judge, 'policy>> {
        let mut outcomes = Vec::new();
        for &rule in rules {
            let Some(verdict) = verdict(rule) else { continue };
            if !rule.flows(step).iter().any(|one| one.overlaps(flows)) {
                continue;
            }
            let Some(certainty) = rule.certainty(spoken) else { continue };
            outcomes.push(Outcome { verdict, by: Source::Rule(rule) });
            if certainty == Certainty::Certain {
                return outcomes;
            }
        }
        outcomes.push(self.default_outcome(flows.protocol, step));
        outcomes
    }

    /// `aws:drop_established` lets TCP's handshake through, so that a rule on a domain can be asked first. UDP and ICMP
    /// have none, and need a rule that passes them (Network Firewall guide, "Managing evaluation order").
    fn default_outcome<'judge>(&self, protocol: FlowProtocol, step: Step) -> Outcome<'judge, 'policy> {
        let defaults = &self.policy.defaults;
        let applies = |action: &&DefaultAction| match action {
            DefaultAction::DropStrict => true,
            DefaultAction::DropEstablished => protocol != FlowProtocol::Tcp || step.is_established(),
            DefaultAction::AlertStrict | DefaultAction::AlertEstablished => false,
        };
        let dropping = defaults.iter().filter(|_| self.policy.order == RuleOrder::Strict).find(applies);
        match dropping {
            Some(action) => Outcome { verdict: Verdict::Drop, by: Source::Default(*action) },
            None => Outcome { verdict: Verdict::GoOn, by: Source::None },
        }
    }

    fn ends(&self, rules: &[&ResolvedRule<'policy>], region: &FlowBox, spoken: &Spoken<'_>) -> Ends {
        let mut ends = Ends { passes: false, drops: false };
        for step in Step::ALL {
            let outcomes = self.outcomes(rules, region, step, spoken);
            ends.passes |= outcomes.iter().any(|outcome| outcome.verdict == Verdict::Pass);
            ends.drops |= outcomes.iter().any(|outcome| outcome.verdict == Verdict::Drop);
            if outcomes.iter().all(|outcome| outcome.verdict != Verdict::GoOn) {
                return ends;
            }
        }
        Ends { passes: true, ..ends }
    }
}

/// The box in pieces, each of which lies wholly inside or wholly outside of what every rule is for.
fn regions(rules: &[&ResolvedRule<'_>], flows: &FlowBox) -> Vec<FlowBox> {
    let mut regions = vec![flows.clone()];
    // What a rule's header is for is one of two sets of boxes, whichever the step.
    let cuts = rules.iter().flat_map(|rule| rule.headers());
    for cut in cuts.filter(|cut| cut.overlaps(flows)) {
        let pieces = |region: FlowBox| match region.intersection(cut) {
            Some(inside) => {
                let mut pieces = region.difference(cut);
                pieces.push(inside);
                pieces
            }
            None => vec![region],
        };
        regions = regions.into_iter().flat_map(pieces).collect();
    }
    regions
}

/// The port on which a host is asked for by TLS.
const TLS: u16 = 443;

/// The port on which a host is asked for by HTTP.
const HTTP: u16 = 80;

/// How flows may end.
struct Ends {
    passes: bool,
    drops: bool,
}

impl Source<'_, '_> {
    fn decider(self) -> Decider {
        match self {
            Self::Rule(resolved) => Decider::Rule {
                group: resolved.group.to_owned(),
                sid: resolved.rule.sid,
                line: resolved.rule.line,
                text: resolved.rule.to_string(),
            },
            Self::Default(action) => Decider::Default(action),
            Self::None => Decider::NoRule,
        }
    }
}

fn verdict(rule: &ResolvedRule<'_>) -> Option<Verdict> {
    match rule.rule.action {
        Action::Pass if rule.passes_packets_only() => Some(Verdict::GoOn),
        Action::Pass => Some(Verdict::Pass),
        Action::Drop | Action::Reject => Some(Verdict::Drop),
        Action::Alert => None,
    }
}

/// What is spoken to a port by clients that ask for a host.
fn spoken(domain: Option<&str>, protocol: FlowProtocol, port: u16) -> Spoken<'_> {
    match (domain, protocol, port) {
        (Some(host), FlowProtocol::Tcp, TLS) => Spoken::Known(DomainPlace::TlsServerName, host),
        (Some(host), FlowProtocol::Tcp, HTTP) => Spoken::Known(DomainPlace::HttpHost, host),
        (Some(host), ..) => Spoken::Host(host),
        (None, ..) => Spoken::Unknown,
    }
}

/// The box in pieces in which the same is spoken.
fn by_speech(flows: &FlowBox) -> Vec<FlowBox> {
    let [tls, http] = [TLS, HTTP].map(|port| FlowBox { ports: PortSet::one(port), ..FlowBox::all(flows.protocol) });
    let known = [&tls, &http].into_iter().filter_map(|one| flows.intersection(one));
    let others = flows.difference(&tls).into_iter().flat_map(|one| one.difference(&http));
    known.chain(others).collect()
}

/// The judgement over all ends that a flow may take.
fn judgement(ends: Vec<(Decision, Decider)>) -> Judgement {
    let all = |wanted| ends.iter().all(|(decision, _)| *decision == wanted);
    let decision = match (all(Decision::Passed), all(Decision::Dropped)) {
        (true, _) => Decision::Passed,
        (_, true) => Decision::Dropped,
        _ => Decision::Inspected,
    };
    let mut by: Vec<Decider> = Vec::new();
    for (_, decider) in ends {
        // A rule may decide at one step or, failing that, at the next.
        if !by.contains(&decider) {
            by.push(decider);
        }
    }
    if decision != Decision::Inspected {
        by.truncate(1);
    }
    Judgement { decision, by }
}
