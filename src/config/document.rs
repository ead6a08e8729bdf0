//! A document: what all layers together say below one or more roots, and where each value came from.

use figment::value::{Dict, Map, Tag, Value};
use figment::{Figment, Metadata, Profile, Provider};

use super::diagnostic::Origin;
use super::layer::{KeyPath, Layer, LayerKind, Part, written_path};

/// The layered settings below some roots, the later root over the earlier, and in each the later layer over the earlier.
pub(super) struct Document<'a> {
    pub(super) values: Dict,
    figment: Figment,
    levels: Vec<Level<'a>>,
    overlay: bool,
}

/// One layer's part in a document.
struct Level<'a> {
    layer: &'a Layer,
    prefix: KeyPath,
}

/// A level as figment takes it. Its name is its index, by which a value's tag leads back to the level.
struct LevelProvider<'a> {
    index: usize,
    values: &'a Dict,
}

impl Provider for LevelProvider<'_> {
    fn metadata(&self) -> Metadata {
        Metadata::named(self.index.to_string())
    }

    fn data(&self) -> Result<Map<Profile, Dict>, figment::Error> {
        Ok(Map::from([(Profile::Default, self.values.clone())]))
    }
}

impl<'a> Document<'a> {
    /// Merges what the layers say below the roots.
    pub(super) fn new(layers: &'a [Layer], roots: &[&[&str]]) -> Self {
        let mut figment = Figment::new();
        let mut levels = Vec::new();
        for root in roots {
            let root: KeyPath = root.iter().map(|&key| key.to_owned()).collect();
            for layer in layers {
                if let Some((values, prefix)) = layer.below(&root) {
                    figment = figment.merge(LevelProvider { index: levels.len(), values });
                    levels.push(Level { layer, prefix });
                }
            }
        }
        // An empty path finds the whole, which is a table even where no layer says anything.
        let values = figment.find_value("").ok().and_then(Value::into_dict).unwrap_or_default();
        Self { values, figment, levels, overlay: roots.len() > 1 }
    }

    /// True where the document has more than one root.
    pub(super) fn is_overlay(&self) -> bool {
        self.overlay
    }

    fn level(&self, tag: Tag) -> Option<&Level<'a>> {
        self.levels.get(self.figment.get_metadata(tag)?.name.parse::<usize>().ok()?)
    }

    /// True where a value was given as text and is to be read as the type that its key wants.
    pub(super) fn is_text(&self, tag: Tag) -> bool {
        self.level(tag).is_some_and(|level| level.layer.kind == LayerKind::Text)
    }

    /// Where a value came from; `path` is below the root.
    pub(super) fn origin(&self, path: &[String], tag: Tag, part: Part) -> Origin {
        // A default is in no layer: nobody can edit its place.
        let level = self.level(tag);
        // A list that was given as one text has no places for its elements: the list's own place stands for them.
        let nearest = (0..=path.len()).rev().find_map(|length| level?.origin(&path[..length], part));
        nearest.unwrap_or_else(|| Origin { key: written_path(path), ..self.home(path) })
    }

    /// Where a table is written down: the first file that names it, since a layer above may merely touch one of its keys.
    pub(super) fn home(&self, path: &[String]) -> Origin {
        let files = || self.levels.iter().filter(|level| level.layer.kind == LayerKind::File);
        let by_name = files().find_map(|level| level.origin(path, Part::Value));
        let by_parent = || path.split_last().filter(|_| !path.is_empty()).map(|(_, parent)| self.home(parent));
        let root = || files().chain(&self.levels).next().map(|level| level.layer.whole());
        by_name.or_else(by_parent).or_else(root).unwrap_or_else(|| {
            let source = super::diagnostic::SourceText { name: String::new(), text: String::new() };
            Origin { source: std::sync::Arc::new(source), span: 0..0, key: String::new() }
        })
    }
}

impl Level<'_> {
    fn origin(&self, path: &[String], part: Part) -> Option<Origin> {
        let inside: KeyPath = self.prefix.iter().chain(path).cloned().collect();
        self.layer.origin(&inside, part)
    }
}
