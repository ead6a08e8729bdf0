//! Where a person sees a resource in AWS's console.

use crate::kinds::{ConsolePage, Observed, Spec};
use crate::values::Region;

/// The console's address of a resource's page; none for kinds that have none.
pub(super) fn link(observed: &Observed<Spec>, region: &Region) -> Option<String> {
    let domain = domain(region);
    Some(match observed.spec.console(&observed.id)? {
        ConsolePage::Vpc(fragment) => format!("https://{region}.{domain}/vpcconsole/home?region={region}#{fragment}"),
        ConsolePage::Account(id) => format!("https://us-east-1.{domain}/organizations/v2/home/accounts/{id}"),
    })
}

/// Each of AWS's partitions has a console of its own.
fn domain(region: &Region) -> &'static str {
    let name = region.as_str();
    if name.starts_with("cn-") {
        "console.amazonaws.cn"
    } else if name.starts_with("us-gov-") {
        "console.amazonaws-us-gov.com"
    } else {
        "console.aws.amazon.com"
    }
}
