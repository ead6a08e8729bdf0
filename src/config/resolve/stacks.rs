//! Stacks: each template with what its account's file says its parameters are.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde_json::Value;

use super::Candidate;
use crate::config::account_file::{AccountSpec, PurposeWord};
use crate::config::diagnostic::{Diagnostic, Origin, SourceText};
use crate::config::files::{Layers, TEMPLATE_ENDINGS};
use crate::config::findings::Findings;
use crate::config::read::Sourced;
use crate::config::spelling;
use crate::config::stacks_table::{Parameter, StackSpec};
use crate::config::zone_file::{LayoutWord, ZoneSpec};
use crate::property::{Expression, Property};
use crate::schema::ResourceType;
use crate::template::{Context, Evaluated, Fault, Position, Reference, Template};
use crate::values::Label;
use crate::zone::{AvailabilityZone, Network, NetworkName, Stack, StackDeletion, StackMember, StackName, StackTarget};

/// What stacks may refer to.
pub(super) struct Surroundings<'a> {
    pub(super) layers: &'a Layers,
    pub(super) zone: &'a ZoneSpec,
    pub(super) accounts: &'a BTreeMap<Label, AccountSpec>,
    pub(super) candidates: &'a BTreeMap<NetworkName, Candidate<'a>>,
    /// None of a network that is at fault.
    pub(super) networks: &'a BTreeMap<NetworkName, Option<Network>>,
    pub(super) availability_zones: Option<&'a [AvailabilityZone]>,
    pub(super) findings: &'a Findings,
}

/// A stack that waits for others' outputs.
struct Waiting<'a> {
    spec: &'a StackSpec,
    template: Template,
    source: Arc<SourceText>,
    /// The stacks that it refers to.
    needs: BTreeSet<StackName>,
}

/// The stacks of all accounts, in no particular order; none where one is at fault.
pub(super) fn build(around: &Surroundings<'_>) -> Option<BTreeMap<StackName, Stack>> {
    let types = types(around);
    let templates = templates(around);
    let mut waiting: BTreeMap<StackName, Waiting<'_>> = BTreeMap::new();
    let mut is_whole = types.is_some();
    for (account, spec) in around.accounts {
        for (stack, of) in &spec.stacks {
            let name = StackName { account: account.clone(), stack: stack.clone() };
            match around.wait(&name, of, &templates) {
                Some(one) => {
                    waiting.insert(name, one);
                }
                None => is_whole = false,
            }
        }
    }
    let types = types.unwrap_or_default();
    let mut stacks: BTreeMap<StackName, Stack> = BTreeMap::new();
    let all: BTreeSet<StackName> = waiting.keys().cloned().collect();
    while !waiting.is_empty() {
        let is_ready =
            |one: &Waiting<'_>| one.needs.iter().all(|other| !all.contains(other) || stacks.contains_key(other));
        let Some(name) = waiting.iter().find(|(_, one)| is_ready(one)).map(|(name, _)| name.clone()) else {
            around.refuse_circle(&waiting);
            return None;
        };
        let Some(one) = waiting.remove(&name) else { break };
        match around.evaluate(&name, &one, &types, &stacks) {
            Some(stack) => {
                stacks.insert(name, stack);
            }
            None => {
                is_whole = false;
                // What refers to it is told nothing of it.
                stacks.insert(name.clone(), empty(&name, &one));
            }
        }
    }
    is_whole.then_some(stacks)
}

fn empty(name: &StackName, one: &Waiting<'_>) -> Stack {
    let template = one.spec.template.as_ref().map(|template| template.value.clone()).unwrap_or_default();
    Stack { name: name.clone(), template, workload: None, resources: BTreeMap::new(), outputs: BTreeMap::new() }
}

/// The types that lz does not bring.
fn types(around: &Surroundings<'_>) -> Option<BTreeMap<String, Arc<ResourceType>>> {
    let mut types = BTreeMap::new();
    let mut is_whole = true;
    for source in &around.layers.schemas {
        let told = match serde_json::from_str::<Value>(&source.text) {
            Ok(schema) => ResourceType::from_schema(schema).map_err(|invalid| (invalid.to_string(), 0, 0)),
            Err(error) => Err((format!("this is no JSON: {error}"), error.line(), error.column())),
        };
        match told {
            Ok(found) => {
                types.insert(found.name().to_owned(), Arc::new(found));
            }
            Err((problem, line, column)) => {
                let at = Position { line: line.max(1), column: column.max(1) };
                let hint =
                    "write the schema as `aws cloudformation describe-type --query Schema --output text` gives it";
                around.findings.refuse(place(source, at).error(problem, hint));
                is_whole = false;
            }
        }
    }
    is_whole.then_some(types)
}

/// The templates by their names, without the ending. A template whose text can't be read is told once, and is none.
fn templates(around: &Surroundings<'_>) -> BTreeMap<String, Option<(Template, Arc<SourceText>)>> {
    let mut templates = BTreeMap::new();
    for (file, source) in &around.layers.templates {
        let name = TEMPLATE_ENDINGS.iter().find_map(|ending| file.strip_suffix(ending)).unwrap_or(file);
        let read = match Template::parse(&source.text) {
            Ok(template) => Some((template, Arc::clone(source))),
            Err(faults) => {
                faults.iter().for_each(|fault| tell(around.findings, source, fault));
                None
            }
        };
        if templates.contains_key(name) {
            around.findings.refuse(Diagnostic::about_file(
                &source.name,
                format!("the template `{name}` is there twice"),
                "keep one of the files, or give one another name",
            ));
        }
        templates.insert(name.to_owned(), read);
    }
    templates
}

fn place(source: &Arc<SourceText>, at: Position) -> Origin {
    let line = source.text.split_inclusive('\n').take(at.line.saturating_sub(1)).map(str::len).sum::<usize>();
    let rest = source.text.get(line..).unwrap_or_default();
    let column = rest.char_indices().nth(at.column.saturating_sub(1)).map_or(rest.len(), |(index, _)| index);
    let start = (line + column).min(source.text.len());
    let word = source.text.get(start..).unwrap_or_default();
    let length = word.find(|one: char| one.is_whitespace() || matches!(one, ',' | ']' | '}')).unwrap_or(word.len());
    Origin { source: Arc::clone(source), span: start..start + length, key: String::new() }
}

fn tell(findings: &Findings, source: &Arc<SourceText>, fault: &Fault) {
    findings.refuse(place(source, fault.at).error(fault.problem.clone(), fault.hint.clone()));
}

impl Surroundings<'_> {
    /// A stack before it is evaluated: its template, and which others it needs.
    fn wait<'s>(
        &self,
        name: &StackName,
        spec: &'s StackSpec,
        templates: &BTreeMap<String, Option<(Template, Arc<SourceText>)>>,
    ) -> Option<Waiting<'s>> {
        let written = spec.template.as_ref().ok()?;
        let Some(found) = templates.get(&written.value) else {
            let known: Vec<String> = templates.keys().cloned().collect();
            let otherwise = format!("write blueprints/{}.yaml", written.value);
            let hint = spelling::suggestion(&written.value, &known, &otherwise);
            self.findings.refuse(written.origin.error(format!("there is no template `{}`", written.value), hint));
            return None;
        };
        self.check_workload(name, spec)?;
        let (template, source) = found.as_ref()?.clone();
        let given = spec.parameters.values().filter_map(|given| given.as_ref().ok());
        let references = given.flat_map(|given| texts(&given.value.value)).filter_map(|text| {
            let (stack, _) = text.strip_prefix("stack:")?.split_once('.')?;
            self.stack_named(name, stack)
        });
        Some(Waiting { spec, template, source, needs: references.collect() })
    }

    /// A stack of the networking account may be of a workload's scope.
    fn check_workload(&self, name: &StackName, spec: &StackSpec) -> Option<()> {
        let Some(workload) = spec.workload.as_ref().ok()? else { return Some(()) };
        let is_networking = self.purpose(&name.account).is_some_and(|purpose| purpose == PurposeWord::Networking);
        if !is_networking {
            let hint = "remove the line: the stack is of its own account's scope";
            self.findings
                .refuse(workload.origin.error("only a stack of the networking account is for a workload", hint));
            return None;
        }
        if self.purpose(&workload.value) != Some(PurposeWord::Workload) {
            let problem = format!("there is no workload `{}`", workload.value);
            let known: Vec<String> = self.accounts.keys().map(Label::to_string).collect();
            let hint = spelling::suggestion(workload.value.as_str(), &known, "name an account that is a workload");
            self.findings.refuse(workload.origin.error(problem, hint));
            return None;
        }
        Some(())
    }

    fn purpose(&self, account: &Label) -> Option<PurposeWord> {
        Some(self.accounts.get(account)?.purpose.as_ref().ok()?.value)
    }

    /// The stack of a name, as another one writes it: `queues`, or `payments-prod/queues`.
    fn stack_named(&self, by: &StackName, name: &str) -> Option<StackName> {
        let (account, stack) = match name.split_once('/') {
            Some((account, stack)) => (Label::parse(account).ok()?, stack),
            None => (by.account.clone(), name),
        };
        Some(StackName { account, stack: Label::parse(stack).ok()? })
    }

    fn refuse_circle(&self, waiting: &BTreeMap<StackName, Waiting<'_>>) {
        let names: Vec<String> = waiting.keys().map(StackName::to_string).collect();
        if let Some(one) = waiting.values().next() {
            self.findings.refuse(one.spec.origin.error(
                format!("these stacks wait for each other's outputs: {}", names.join(", ")),
                "take one reference out",
            ));
        }
    }

    fn evaluate(
        &self,
        name: &StackName,
        one: &Waiting<'_>,
        types: &BTreeMap<String, Arc<ResourceType>>,
        stacks: &BTreeMap<StackName, Stack>,
    ) -> Option<Stack> {
        let mut is_whole = true;
        let mut arguments = BTreeMap::new();
        for (parameter, given) in &one.spec.parameters {
            let Ok(given) = given else {
                is_whole = false;
                continue;
            };
            match self.argument(name, one, parameter, given, stacks) {
                Some(value) => {
                    arguments.insert(parameter.clone(), value);
                }
                None => is_whole = false,
            }
        }
        let zone = self.zone.name.as_ref().ok()?.value.to_string();
        let organized = self.zone.layout.as_ref().ok()?.value == LayoutWord::Organization;
        let account = StackTarget::Account(name.account.clone());
        let context = Context {
            arguments,
            account_id: match organized {
                true => Property::Expression(Box::new(Expression::Id(account))),
                // The account that calls is not known before AWS is asked.
                false => Property::Expression(Box::new(Expression::Id(StackTarget::Caller))),
            },
            region: self.zone.region.as_ref().ok()?.value.to_string(),
            stack_name: format!("{zone}-{}-{}", name.account, name.stack),
            types,
        };
        let evaluated = match one.template.evaluate(&context) {
            Ok(evaluated) => evaluated,
            Err(faults) => {
                faults.iter().for_each(|fault| tell(self.findings, &one.source, fault));
                return None;
            }
        };
        for warning in &evaluated.warnings {
            self.findings.warn(place(&one.source, warning.at).warning(warning.problem.clone(), warning.hint.clone()));
        }
        is_whole.then(|| stack(name, one, evaluated))
    }

    /// What a parameter is given.
    fn argument(
        &self,
        name: &StackName,
        one: &Waiting<'_>,
        parameter: &str,
        given: &Parameter,
        stacks: &BTreeMap<StackName, Stack>,
    ) -> Option<Property<StackTarget>> {
        let Some(declared) = one.template.parameters().get(parameter) else {
            let known: Vec<String> = one.template.parameters().keys().cloned().collect();
            let hint = spelling::suggestion(parameter, &known, "remove it, or declare it in the template");
            let problem = format!("the template has no parameter `{parameter}`");
            self.findings.refuse(given.name.error(problem, hint));
            return None;
        };
        let written = &given.value;
        let value = match &written.value {
            Value::String(text) => self.known(name, one.spec, text, written, stacks)?,
            Value::Array(items) => {
                let items = items.iter().map(|item| match item {
                    Value::String(text) => self.known(name, one.spec, text, written, stacks),
                    other => Some(Property::from(other.clone())),
                });
                Property::List(items.collect::<Option<_>>()?)
            }
            other => Property::from(other.clone()),
        };
        match declared.value(&value) {
            Ok(value) => Some(value),
            Err(problem) => {
                let hint = format!("give a value that `{parameter}` takes: it is a {}", declared.parameter_type);
                self.findings.refuse(written.origin.error(format!("`{parameter}` {problem}"), hint));
                None
            }
        }
    }

    /// A text, or what lz knows by it.
    fn known(
        &self,
        name: &StackName,
        spec: &StackSpec,
        text: &str,
        written: &Sourced<Value>,
        stacks: &BTreeMap<StackName, Stack>,
    ) -> Option<Property<StackTarget>> {
        if let Some(reference) = text.strip_prefix("stack:") {
            return self.output(name, spec, reference, written, stacks);
        }
        if let Some(reference) = text.strip_prefix("network:") {
            return self.network(name, reference, written);
        }
        if let Some(word) = text.strip_prefix("zone:") {
            return self.of_zone(word, written);
        }
        Some(Property::Text(text.to_owned()))
    }

    fn refuse<T>(&self, written: &Sourced<Value>, problem: String, hint: impl Into<String>) -> Option<T> {
        self.findings.refuse(written.origin.error(problem, hint.into()));
        None
    }

    /// Another stack's output: of the same account, or of the workload that a stack of the networking account is for.
    fn output(
        &self,
        name: &StackName,
        spec: &StackSpec,
        reference: &str,
        written: &Sourced<Value>,
        stacks: &BTreeMap<StackName, Stack>,
    ) -> Option<Property<StackTarget>> {
        let form = "write `stack:NAME.OUTPUT`, or `stack:ACCOUNT/NAME.OUTPUT` of the workload that the stack is for";
        let parts =
            reference.split_once('.').and_then(|(stack, output)| Some((self.stack_named(name, stack)?, output)));
        let Some((of, output)) = parts else {
            return self.refuse(written, format!("`stack:{reference}` names no output"), form);
        };
        let workload = spec.workload.as_ref().ok().and_then(Option::as_ref).map(|workload| &workload.value);
        if of.account != name.account && workload != Some(&of.account) {
            let problem = format!("the stack `{name}` can't refer to `{of}`");
            let hint = match self.purpose(&name.account) {
                Some(PurposeWord::Networking) => format!(
                    "add `workload = \"{}\"` to it: the hub is built before any workload, and a stack for one with that",
                    of.account
                ),
                _ => "refer to stacks of the same account alone".to_owned(),
            };
            return self.refuse(written, problem, hint);
        }
        let Some(stack) = stacks.get(&of) else {
            let known: Vec<String> = self
                .accounts
                .get(&of.account)
                .into_iter()
                .flat_map(|account| account.stacks.keys())
                .map(Label::to_string)
                .collect();
            let hint = spelling::suggestion(of.stack.as_str(), &known, &format!("add [stacks.{}]", of.stack));
            return self.refuse(written, format!("there is no stack `{of}`"), hint);
        };
        match stack.outputs.get(output) {
            Some(value) => Some(value.clone()),
            // It is at fault itself.
            None if stack.resources.is_empty() => None,
            None => {
                let known: Vec<String> = stack.outputs.keys().cloned().collect();
                let hint = spelling::suggestion(output, &known, "add it to the template");
                self.refuse(written, format!("the stack `{of}` has no output `{output}`"), hint)
            }
        }
    }

    /// A part of a network of the account: `network:NAME.PART`.
    fn network(&self, name: &StackName, reference: &str, written: &Sourced<Value>) -> Option<Property<StackTarget>> {
        let form =
            "write `network:NAME.vpc`, `.cidr`, `.zones`, `.endpoint-security-group`, `.TIER.subnets` or `.TIER.cidrs`";
        let mut parts = reference.split('.');
        let network = parts.next().and_then(|network| Label::parse(network).ok());
        let Some(network) = network.map(|network| NetworkName { account: name.account.clone(), network }) else {
            return self.refuse(written, format!("`network:{reference}` names no network"), form);
        };
        if !self.candidates.contains_key(&network) {
            let known: Vec<String> = self
                .candidates
                .keys()
                .filter(|other| other.account == name.account)
                .map(|other| other.network.to_string())
                .collect();
            let hint = spelling::suggestion(network.network.as_str(), &known, "add it to the account's file");
            return self.refuse(written, format!("the account has no network `{}`", network.network), hint);
        }
        // One that is at fault is told of where it is written.
        let built = self.networks.get(&network)?.as_ref()?;
        let parts: Vec<&str> = parts.collect();
        let id = |target| Property::Expression(Box::new(Expression::Id(target)));
        match parts.as_slice() {
            ["vpc"] => Some(id(StackTarget::Vpc(network))),
            ["cidr"] => Some(Property::Text(built.cidr.to_string())),
            ["zones"] => {
                let zones = self.availability_zones?.iter().map(|zone| Property::Text(zone.id.to_string()));
                Some(Property::List(zones.collect()))
            }
            ["endpoint-security-group"] if built.endpoints.is_empty() => {
                let problem = format!("the network `{}` has no endpoints", network.network);
                self.refuse(written, problem, "give its blueprint one, or leave the parameter out")
            }
            ["endpoint-security-group"] => Some(id(StackTarget::EndpointGroup(network))),
            [tier, what @ ("subnets" | "cidrs")] => {
                let found = Label::parse(tier).ok().and_then(|tier| built.tiers.get(&tier));
                let Some(tier) = found else {
                    let known: Vec<String> = built.tiers.keys().map(Label::to_string).collect();
                    let hint = spelling::suggestion(tier, &known, "add it to the blueprint");
                    return self.refuse(written, format!("the network has no tier `{tier}`"), hint);
                };
                let subnets = tier.subnets.iter().map(|subnet| match *what {
                    "cidrs" => Property::Text(subnet.cidr.to_string()),
                    _ => id(StackTarget::Subnet {
                        network: network.clone(),
                        tier: tier.name.clone(),
                        zone: subnet.availability_zone.clone(),
                    }),
                });
                Some(Property::List(subnets.collect()))
            }
            _ => self.refuse(written, format!("`network:{reference}` names no part of a network"), form),
        }
    }

    /// What is true of the whole zone.
    fn of_zone(&self, word: &str, written: &Sourced<Value>) -> Option<Property<StackTarget>> {
        match word {
            "name" => Some(Property::Text(self.zone.name.as_ref().ok()?.value.to_string())),
            "hub" => Some(Property::Text(self.zone.hub.as_ref().ok()?.value.to_string())),
            "workloads" => Some(Property::Text(self.zone.workloads.as_ref().ok()?.value.to_string())),
            _ => self.refuse(
                written,
                format!("`zone:{word}` is nothing that lz knows"),
                "write `zone:name`, `zone:hub` or `zone:workloads`",
            ),
        }
    }
}

fn texts(value: &Value) -> Vec<String> {
    match value {
        Value::String(text) => vec![text.clone()],
        Value::Array(items) => items.iter().flat_map(texts).collect(),
        _ => Vec::new(),
    }
}

fn stack(name: &StackName, one: &Waiting<'_>, evaluated: Evaluated<StackTarget>) -> Stack {
    let target = |reference: Reference<StackTarget>| match reference {
        Reference::Resource(logical_id) => StackTarget::Resource { stack: name.clone(), logical_id },
        Reference::Argument(target) => target,
    };
    let resources = evaluated.resources.into_iter().map(|(logical_id, resource)| {
        let properties =
            resource.properties.into_iter().map(|(property, value)| (property, value.map(&mut { target })));
        let deletion = match resource.deletion.as_deref() {
            Some("Retain") => StackDeletion::Retain,
            Some("RetainExceptOnCreate") => StackDeletion::RetainExceptOnCreate,
            Some("Snapshot") => StackDeletion::Snapshot,
            _ => StackDeletion::Delete,
        };
        let member = StackMember {
            rules: resource.rules,
            properties: properties.collect(),
            after: resource.depends_on,
            deletion,
            keeps_replaced: resource.replacement.as_deref().is_some_and(|policy| policy.starts_with("Retain")),
        };
        (logical_id, member)
    });
    Stack {
        name: name.clone(),
        template: one.spec.template.as_ref().map(|template| template.value.clone()).unwrap_or_default(),
        workload: one.spec.workload.as_ref().ok().and_then(|workload| workload.as_ref().map(|one| one.value.clone())),
        resources: resources.collect(),
        outputs: evaluated.outputs.into_iter().map(|(output, value)| (output, value.map(&mut { target }))).collect(),
    }
}
