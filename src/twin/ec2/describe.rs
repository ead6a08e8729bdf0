//! What the describe actions have in common: resources asked for by ids, by filters, page by page.

use super::State;
use super::filter::Filters;
use super::kind::Kind;
use super::page::{Bounds, Page};
use crate::twin::time::Moment;
use crate::twin::wire::fault::Answer;
use crate::twin::wire::{Fault, Form, Xml};

/// One describe request.
#[derive(Debug)]
pub struct Describe<'a> {
    kind: &'static Kind,
    ids: Vec<&'a str>,
    filters: Filters<'a>,
    page: Page,
}

/// What a describe request asked for, in the order of the ids.
#[derive(Debug)]
pub struct Selection<T> {
    /// This page's resources, each with its id.
    pub items: Vec<(String, T)>,
    /// The token for the next page.
    pub next_token: Option<String>,
}

impl<'a> Describe<'a> {
    /// Reads the ids under `ids_parameter`, the filters called `filters` (`tag` stands for `tag:KEY` and `tag-key`), and
    /// the page. An action that has no pages leaves `bounds` out; then MaxResults and NextToken stay unread. Every
    /// parameter of a describe request is read here, so what is left is refused.
    ///
    /// # Errors
    /// The kind's `….Malformed`, `InvalidParameterValue`, `InvalidParameterCombination`, `InvalidNextToken`,
    /// `UnknownParameter`.
    pub fn read(
        form: &'a Form,
        kind: &'static Kind,
        ids_parameter: &str,
        filters: &[&str],
        bounds: Option<Bounds>,
    ) -> Answer<Self> {
        let ids = form.list(ids_parameter);
        if !ids.is_empty() && form.has("MaxResults") {
            let text = format!("The parameter {ids_parameter} cannot be used with the parameter MaxResults");
            return Err(Fault::new("InvalidParameterCombination", text));
        }
        let filters = Filters::read(form, filters)?;
        let page = match bounds {
            Some(bounds) => Page::read(form, bounds)?,
            None => Page::whole(),
        };
        form.finish()?;
        ids.iter().try_for_each(|id| kind.check(id))?;
        Ok(Self { kind, ids, filters, page })
    }

    /// Picks the resources out of all those of the kind: those that a call at this moment sees, that were asked for,
    /// and that match the filters. `attribute` gives, for a resource's id and the resource, its values for a filter's name.
    ///
    /// # Errors
    /// The kind's `….NotFound` for an id that was asked for and is not seen.
    pub fn select<'s, T>(
        &self,
        state: &'s State,
        now: Moment,
        all: impl IntoIterator<Item = (&'s String, T)>,
        attribute: impl Fn(&str, &T, &str) -> Vec<String>,
    ) -> Answer<Selection<T>> {
        let mut seen: Vec<(&String, T)> = all.into_iter().filter(|(id, _)| state.visibility.sees(id, now)).collect();
        seen.sort_by_key(|(id, _)| *id);
        if let Some(missing) = self.ids.iter().find(|id| !seen.iter().any(|(other, _)| other == *id)) {
            return Err(self.kind.unknown(missing));
        }
        let matching = seen
            .into_iter()
            .filter(|(id, _)| self.ids.is_empty() || self.ids.contains(&id.as_str()))
            .filter(|(id, item)| self.filters.matches(state.tags.of(id), |name| attribute(id, item, name)))
            .map(|(id, item)| (id.clone(), (id.clone(), item)));
        let (items, next_token) = self.page.cut(matching);
        Ok(Selection { items, next_token })
    }
}

impl<T> Selection<T> {
    /// Writes the list under `name`, each resource in an `item` element, and the token for the next page.
    pub fn write(&self, xml: &mut Xml, name: &str, mut write: impl FnMut(&mut Xml, &str, &T)) {
        xml.list(name, &self.items, |item, (id, resource)| write(item, id, resource));
        xml.optional("nextToken", self.next_token.as_deref());
    }
}
