//! Calls that answer in pages.

use std::future::Future;

use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_runtime_api::http::Response;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;

use super::{AccountCloud, CallError, Operation};

/// All items of a paged call: `send` asks for the page that a token names, `split` takes a page apart into its items and
/// the next page's token. A page may be empty although more follow (Organizations API reference, ListRoots), and its
/// token may then be the one that asked for it.
///
/// # Errors
/// The first call that failed, or a page that is said to be followed by itself.
pub async fn pages<Item, Page, E, Sent>(
    cloud: &AccountCloud,
    operation: Operation,
    send: impl Fn(Option<String>) -> Sent,
    split: impl Fn(Page) -> (Option<Vec<Item>>, Option<String>),
) -> Result<Vec<Item>, CallError>
where
    E: ProvideErrorMetadata + std::error::Error + 'static,
    Sent: Future<Output = Result<Page, SdkError<E, Response>>>,
{
    let mut all = Vec::new();
    let mut token: Option<String> = None;
    loop {
        let page = cloud.call(operation, || send(token.clone())).await?;
        let (items, next) = split(page);
        let items = items.unwrap_or_default();
        let stuck = !items.is_empty() && next == token;
        all.extend(items);
        let next = next.filter(|next| !next.is_empty());
        if next.is_none() {
            return Ok(all);
        }
        if stuck {
            let message = "AWS says that a page is followed by itself";
            return Err(CallError::told(operation, cloud.id().as_str(), None, message));
        }
        token = next;
    }
}
