//! The numbers of sweeps in Prometheus' text format (Prometheus documentation, "Exposition formats", version 0.0.4).

use std::fmt::Display;
use std::time::SystemTime;

use crate::sweep::{Figures, Tally};

/// The numbers as a page to scrape, or a file for node_exporter's textfile collector.
///
/// What no sweep has told yet is not there, rather than zero.
#[must_use]
pub fn prometheus(tally: &Tally) -> String {
    let mut page = Page { text: String::new(), zone: tally.zone.as_str() };
    page.head("lz_sweep_sweeps_total", "counter", "Sweeps since lz started, those that failed included.");
    page.sample("lz_sweep_sweeps_total", &[], tally.sweeps);
    page.head("lz_sweep_failed_sweeps_total", "counter", "Sweeps since lz started that could not do their work.");
    page.sample("lz_sweep_failed_sweeps_total", &[], tally.failed);
    if let Some(moment) = tally.last_attempt {
        let name = "lz_sweep_last_attempt_timestamp_seconds";
        page.head(name, "gauge", "When the last sweep began.");
        page.sample(name, &[], seconds(moment));
    }
    if let Some(figures) = &tally.last_success {
        page.figures(figures);
    }
    page.text
}

fn seconds(moment: SystemTime) -> f64 {
    // A clock before 1970 is one that was never set.
    moment.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default().as_secs_f64()
}

struct Page<'a> {
    text: String,
    zone: &'a str,
}

impl Page<'_> {
    fn figures(&mut self, figures: &Figures) {
        let name = "lz_sweep_findings";
        self.head(name, "gauge", "Findings of the last successful sweep that are not suppressed.");
        for ((class, severity), number) in &figures.findings {
            self.sample(name, &[("severity", severity.as_str()), ("class", class.as_str())], number);
        }
        let name = "lz_sweep_aws_calls";
        self.head(name, "gauge", "Requests to AWS of the last successful sweep: all, and those that were throttled.");
        self.sample(name, &[("outcome", "total")], figures.effort.calls);
        self.sample(name, &[("outcome", "throttled")], figures.effort.throttled);
        let gauges = [
            ("suppressed_findings", "Findings of the last successful sweep that are suppressed.", figures.suppressed),
            ("accounts", "Accounts that the last successful sweep has read.", figures.accounts),
            ("accounts_unreachable", "Accounts that the last successful sweep could not read.", figures.unreachable),
            ("conformant_resources", "Resources that were as they were asked for.", figures.conformant),
        ];
        for (name, help, number) in gauges {
            let name = format!("lz_sweep_{name}");
            self.head(&name, "gauge", help);
            self.sample(&name, &[], number);
        }
        let name = "lz_sweep_last_success_timestamp_seconds";
        self.head(name, "gauge", "When the last successful sweep ended.");
        self.sample(name, &[], seconds(figures.ended));
        let name = "lz_sweep_duration_seconds";
        self.head(name, "gauge", "How long the last successful sweep took.");
        self.sample(name, &[], figures.effort.duration.as_secs_f64());
    }

    fn head(&mut self, name: &str, kind: &str, help: &str) {
        let help = help.replace('\\', "\\\\").replace('\n', "\\n");
        self.text.push_str(&format!("# HELP {name} {help}\n# TYPE {name} {kind}\n"));
    }

    fn sample(&mut self, name: &str, labels: &[(&str, &str)], value: impl Display) {
        let all = [("zone", self.zone)].into_iter().chain(labels.iter().copied());
        let labels: Vec<String> = all.map(|(label, text)| format!("{label}=\"{}\"", escaped(text))).collect();
        self.text.push_str(&format!("{name}{{{}}} {value}\n", labels.join(",")));
    }
}

/// A label's value as it stands between quotes.
fn escaped(text: &str) -> String {
    text.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n")
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::super::testing::sweep;
    use super::*;
    use crate::sweep::Effort;

    #[test]
    fn the_page_has_every_pair_of_severity_and_class() {
        let sweep = sweep();
        let mut tally = Tally::new(sweep.zone.clone());
        let effort = Effort { duration: Duration::from_millis(12_500), calls: 96, throttled: 1 };
        tally.count(sweep.at, Ok(Figures::of(&sweep, effort)));
        tally.count(sweep.at + Duration::from_secs(900), Err("AWS can't be reached".to_owned()));
        insta::assert_snapshot!(prometheus(&tally));
    }

    #[test]
    fn what_no_sweep_has_told_is_not_there() {
        let page = prometheus(&Tally::new(sweep().zone));
        assert!(
            !page.contains("lz_sweep_findings") && page.contains("lz_sweep_sweeps_total{zone=\"acme\"} 0"),
            "{page}"
        );
    }

    #[test]
    fn values_of_labels_are_escaped() {
        assert_eq!(escaped("a\\b\"c\nd"), "a\\\\b\\\"c\\nd");
    }
}
