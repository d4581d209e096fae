//! Owns which numbers a request asks for: definitions by windows by forms of post. Never their values.

use std::collections::HashSet;

use creatorscope_domain::{PostFormat, Window};
use creatorscope_kit::fault::Violations;

use crate::definitions::{self, DEFINITIONS, Definition};

/// The most definitions that one request names.
pub const MAX_DEFINITIONS: usize = 100;
/// The most windows that one request names.
pub const MAX_WINDOWS: usize = 6;
/// The most forms of post that one request names.
pub const MAX_FORMATS: usize = 8;

/// One number that is asked for.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Pick {
    /// What it means.
    pub definition: &'static Definition,
    /// Which posts or which time.
    pub window: Window,
    /// Which form of post; none for all together.
    pub format: Option<PostFormat>,
}

/// The numbers that are asked for, in order, none twice.
#[derive(Debug, Clone, PartialEq)]
pub struct Selection {
    picks: Vec<Pick>,
    everything: bool,
}

impl Selection {
    /// Every definition in its default window, all posts together.
    pub fn everything() -> Self {
        let picks = DEFINITIONS.iter();
        let picks = picks.map(|definition| Pick { definition, window: definition.default_window(), format: None });
        Self { picks: picks.collect(), everything: true }
    }

    /// Reads a selection. Empty lists stand for every definition, for each definition's default window and for all posts
    /// together; so do `None` among windows and formats for the latter two. What a definition does not have is left out when
    /// there are several definitions. Errors: `TOO_MANY`, `UNKNOWN_DEFINITION`, `WINDOW_NOT_AVAILABLE`,
    /// `FORMAT_NOT_AVAILABLE`, `NOTHING_SELECTED`, with paths below `path`.
    pub fn new(
        names: &[String],
        windows: &[Option<Window>],
        formats: &[Option<PostFormat>],
        path: &str,
    ) -> Result<Self, Violations> {
        if names.is_empty() && windows.is_empty() && formats.is_empty() {
            return Ok(Self::everything());
        }
        let mut problems = Violations::default();
        let limits = [
            ("definitions", names.len(), MAX_DEFINITIONS),
            ("windows", windows.len(), MAX_WINDOWS),
            ("formats", formats.len(), MAX_FORMATS),
        ];
        for (field, found, limit) in limits {
            if found > limit {
                problems.add(
                    format!("{path}.{field}"),
                    "TOO_MANY",
                    format!("{found} entries; up to {limit} are accepted"),
                );
            }
        }
        let definitions = find_all(names, path, &mut problems);
        if let [definition] = definitions[..] {
            refuse_unavailable(definition, windows, formats, path, &mut problems);
        }
        problems.check()?;
        let picks = combine(&definitions, &or_default(windows), &or_default(formats));
        if picks.is_empty() {
            let mut problems = Violations::default();
            problems.add(path, "NOTHING_SELECTED", "none of the definitions has any of these windows and formats");
            return Err(problems);
        }
        Ok(Self { picks, everything: false })
    }

    /// These numbers and behind them those of another selection that are not among them.
    pub fn and(mut self, other: Self) -> Self {
        let key = |pick: &Pick| (pick.definition.id, pick.definition.version, pick.window, pick.format);
        let known: HashSet<_> = self.picks.iter().map(key).collect();
        let more: Vec<Pick> = other.picks.into_iter().filter(|pick| !known.contains(&key(pick))).collect();
        self.everything &= more.is_empty();
        self.picks.extend(more);
        self
    }

    /// Text that is the same for the same numbers in the same order, and only for them.
    pub fn key(&self) -> String {
        let write = |pick: &Pick| {
            let Pick { definition, window, format } = pick;
            format!("{}@{} {window} {}", definition.id, definition.version, format.map_or(0, PostFormat::number))
        };
        self.picks.iter().map(write).collect::<Vec<_>>().join(",")
    }

    /// The numbers, in the order asked for.
    pub fn picks(&self) -> &[Pick] {
        &self.picks
    }

    /// Whether nothing was chosen: every definition in its default window.
    pub fn is_everything(&self) -> bool {
        self.everything
    }
}

/// Finds a definition that stands in `field`. Errors: `UNKNOWN_DEFINITION`.
pub fn find_definition(name: &str, field: String, problems: &mut Violations) -> Option<&'static Definition> {
    let found = definitions::find(name);
    if found.is_none() {
        let shown: String = name.chars().take(80).collect();
        let accepted: Vec<&str> = DEFINITIONS.iter().map(|definition| definition.id).collect();
        problems.add(
            field,
            "UNKNOWN_DEFINITION",
            format!("`{shown}` is not a definition; accepted are {}", accepted.join(", ")),
        );
    }
    found
}

fn find_all(names: &[String], path: &str, problems: &mut Violations) -> Vec<&'static Definition> {
    if names.is_empty() {
        return DEFINITIONS.iter().collect();
    }
    let numbered = names.iter().take(MAX_DEFINITIONS).enumerate();
    numbered
        .filter_map(|(place, name)| find_definition(name, format!("{path}.definitions[{place}]"), problems))
        .collect()
}

fn refuse_unavailable(
    definition: &Definition,
    windows: &[Option<Window>],
    formats: &[Option<PostFormat>],
    path: &str,
    problems: &mut Violations,
) {
    for (place, window) in windows.iter().enumerate() {
        if let Some(window) = window.filter(|window| !definition.windows.contains(window)) {
            let accepted: Vec<&str> = definition.windows.iter().map(|window| window.word()).collect();
            problems.add(
                format!("{path}.windows[{place}]"),
                "WINDOW_NOT_AVAILABLE",
                format!("{} has no window {window}; accepted are {}", definition.name(), accepted.join(", ")),
            );
        }
    }
    for (place, format) in formats.iter().enumerate() {
        if let Some(format) = format.filter(|_| !definition.formula.is_about_posts()) {
            problems.add(
                format!("{path}.formats[{place}]"),
                "FORMAT_NOT_AVAILABLE",
                format!("{} is not about posts and has no format {format}", definition.name()),
            );
        }
    }
}

fn or_default<T: Copy>(given: &[Option<T>]) -> Vec<Option<T>> {
    if given.is_empty() { vec![None] } else { given.to_vec() }
}

fn combine(
    definitions: &[&'static Definition],
    windows: &[Option<Window>],
    formats: &[Option<PostFormat>],
) -> Vec<Pick> {
    let mut picks: Vec<Pick> = Vec::new();
    for definition in definitions {
        let own = windows.iter().map(|window| window.unwrap_or(definition.default_window()));
        for window in own.filter(|window| definition.windows.contains(window)) {
            for format in formats.iter().filter(|format| format.is_none() || definition.formula.is_about_posts()) {
                let pick = Pick { definition, window, format: *format };
                if !picks.contains(&pick) {
                    picks.push(pick);
                }
            }
        }
    }
    picks
}

#[cfg(test)]
mod tests {
    use super::*;

    fn select(
        names: &[&str],
        windows: &[Option<Window>],
        formats: &[Option<PostFormat>],
    ) -> Result<Vec<String>, Vec<String>> {
        let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
        let shown = |pick: &Pick| {
            format!("{} {} {}", pick.definition.id, pick.window, pick.format.map_or("ALL", PostFormat::word))
        };
        match Selection::new(&names, windows, formats, "selection") {
            Ok(selection) => Ok(selection.picks().iter().map(shown).collect()),
            Err(problems) => {
                Err(problems.into_vec().into_iter().map(|found| format!("{} {}", found.field, found.reason)).collect())
            }
        }
    }

    #[test]
    fn nothing_asked_for_is_everything_in_its_default_window() {
        let selection = Selection::new(&[], &[], &[], "selection").expect("valid");
        assert!(selection.is_everything());
        assert_eq!(selection.picks().len(), DEFINITIONS.len());
    }

    #[test]
    fn what_one_of_several_definitions_lacks_is_left_out() {
        let picked = select(&["followers", "views.mean@1"], &[Some(Window::Window7d), None], &[None]);
        assert_eq!(
            picked,
            Ok(vec!["followers LIFETIME ALL".into(), "views.mean 7D ALL".into(), "views.mean 90D ALL".into()])
        );
    }

    #[test]
    fn what_the_only_definition_lacks_is_an_error() {
        let picked = select(&["followers"], &[Some(Window::Window7d)], &[Some(PostFormat::Short)]);
        let expected = ["selection.windows[0] WINDOW_NOT_AVAILABLE", "selection.formats[0] FORMAT_NOT_AVAILABLE"];
        assert_eq!(picked, Err(expected.map(str::to_owned).to_vec()));
    }

    #[test]
    fn all_unknown_definitions_are_told_at_once() {
        let picked = select(&["er", "er.views@9", "posts"], &[], &[]);
        let expected = ["selection.definitions[0] UNKNOWN_DEFINITION", "selection.definitions[1] UNKNOWN_DEFINITION"];
        assert_eq!(picked, Err(expected.map(str::to_owned).to_vec()));
    }
}
