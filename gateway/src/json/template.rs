//! Owns path templates of `google.api.http` and the request paths that they meet. Never which method a path stands for.
//!
//! A template is `/` segments `[:verb]`; a segment is a literal, `*` (one segment), `**` (the rest) or a variable
//! `{field.path=segments}`. Names of ours hold colons (`creators/youtube:UC1`), so a verb is one only where a template says so; a
//! name that ends like a verb is written with `%3A`.

use std::{borrow::Cow, cmp::Ordering};

use percent_encoding::percent_decode_str;

/// One part of a template between slashes.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Segment {
    /// Exactly this text.
    Literal(String),
    /// Any one segment.
    One,
    /// All that is left, also nothing.
    Rest,
}

/// A request field that a part of the path fills.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Variable {
    /// Names of fields with dots between, e.g. `contact.name`.
    pub(crate) field: String,
    from: usize,
    to: usize,
}

/// A path template.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Template {
    pub(crate) segments: Vec<Segment>,
    pub(crate) verb: Option<String>,
    pub(crate) variables: Vec<Variable>,
}

impl Template {
    /// Reads a template. Errors: what is wrong with it.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let inner = text.strip_prefix('/').ok_or_else(|| format!("{text} does not begin with a slash"))?;
        let mut template = Self { segments: Vec::new(), verb: None, variables: Vec::new() };
        let mut rest = inner;
        loop {
            rest = template.part(rest).map_err(|problem| format!("{text} {problem}"))?;
            if let Some(next) = rest.strip_prefix('/') {
                rest = next;
            } else {
                break;
            }
        }
        if let Some(verb) = rest.strip_prefix(':') {
            if verb.is_empty() || verb.contains(['/', ':', '{', '}', '*']) {
                return Err(format!("{text} has a bad verb"));
            }
            template.verb = Some(verb.to_owned());
        } else if !rest.is_empty() {
            return Err(format!("{text} goes on with `{rest}` where a slash or a verb is expected"));
        }
        let last = template.segments.len() - 1;
        if template.segments[..last].contains(&Segment::Rest) {
            return Err(format!("{text} has ** before its end"));
        }
        Ok(template)
    }

    /// Reads one variable or plain segment; answers with what follows.
    fn part<'a>(&mut self, text: &'a str) -> Result<&'a str, &'static str> {
        let Some(inside) = text.strip_prefix('{') else {
            let end = text.find(['/', ':', '{', '}']).unwrap_or(text.len());
            self.segment(&text[..end])?;
            return Ok(&text[end..]);
        };
        let (inside, rest) = inside.split_once('}').ok_or("has a { without }")?;
        let (field, pattern) = inside.split_once('=').unwrap_or((inside, "*"));
        if field.is_empty() || inside.contains('{') {
            return Err("has a variable that cannot be read");
        }
        let from = self.segments.len();
        for segment in pattern.split('/') {
            self.segment(segment)?;
        }
        self.variables.push(Variable { field: field.to_owned(), from, to: self.segments.len() });
        Ok(rest)
    }

    fn segment(&mut self, text: &str) -> Result<(), &'static str> {
        self.segments.push(match text {
            "" => return Err("has an empty segment"),
            "*" => Segment::One,
            "**" => Segment::Rest,
            literal if literal.contains('*') => return Err("has a * inside a segment"),
            literal => Segment::Literal(literal.to_owned()),
        });
        Ok(())
    }

    /// The values of the variables when the path has this form; none when it has another.
    pub(crate) fn bind(&self, path: &Path<'_>) -> Option<Vec<(&Variable, String)>> {
        let open = self.segments.last() == Some(&Segment::Rest);
        let fixed = self.segments.len() - usize::from(open);
        if path.parts.len() < fixed || (!open && path.parts.len() > fixed) {
            return None;
        }
        let parts = match &self.verb {
            None => Cow::Borrowed(path.parts.as_slice()),
            Some(verb) => {
                let (last, before) = path.parts.split_last()?;
                let name = last.raw.strip_suffix(verb.as_str())?.strip_suffix(':').filter(|name| !name.is_empty())?;
                let mut parts = before.to_vec();
                // The whole segment was readable, so a part of it that ends at a colon is too.
                parts.push(Part::read(name).ok()?);
                Cow::Owned(parts)
            }
        };
        let fits = self.segments.iter().zip(parts.iter()).all(|(segment, part)| match segment {
            Segment::Literal(text) => part.text == *text,
            // An encoded slash would make one segment two.
            Segment::One => !part.has_slash,
            Segment::Rest => true,
        });
        fits.then(|| self.variables.iter().map(|variable| (variable, self.value(variable, &parts))).collect())
    }

    fn value(&self, variable: &Variable, parts: &[Part<'_>]) -> String {
        let to = if self.segments[variable.to - 1] == Segment::Rest { parts.len() } else { variable.to };
        parts[variable.from..to].iter().map(|part| part.text.as_str()).collect::<Vec<_>>().join("/")
    }

    /// Which of two templates is tried first: the one with a verb, then the one with a literal where the other has none,
    /// then the longer one. Equal when both let the same paths through.
    pub(crate) fn precedence(&self, other: &Self) -> Ordering {
        let verbs = other.verb.is_some().cmp(&self.verb.is_some()).then_with(|| self.verb.cmp(&other.verb));
        let longer = other.segments.len().cmp(&self.segments.len());
        verbs.then(longer).then_with(|| self.segments.cmp(&other.segments))
    }
}

/// One segment of a request path.
#[derive(Debug, Clone)]
struct Part<'a> {
    raw: &'a str,
    /// Decoded but for `%2F`, as the rule for variables of several segments wants it.
    text: String,
    has_slash: bool,
}

impl<'a> Part<'a> {
    fn read(raw: &'a str) -> Result<Self, &'static str> {
        let plain = |text: &str| {
            let bytes: Vec<u8> = percent_decode_str(text).collect();
            String::from_utf8(bytes).map_err(|_| "is not UTF-8")
        };
        let whole = plain(raw)?;
        if whole.is_empty() {
            return Err("has an empty segment");
        }
        if whole.split('/').any(|piece| [".", ".."].contains(&piece)) {
            return Err("has a segment `.` or `..`");
        }
        if whole.contains(char::is_control) {
            return Err("has a control character");
        }
        let pieces: Vec<&str> = split_encoded_slash(raw);
        let decoded: Result<Vec<String>, _> = pieces.iter().map(|piece| plain(piece)).collect();
        Ok(Self { raw, text: decoded?.join("%2F"), has_slash: pieces.len() > 1 })
    }
}

fn split_encoded_slash(raw: &str) -> Vec<&str> {
    raw.split("%2F").flat_map(|piece| piece.split("%2f")).collect()
}

/// A request path that can be read.
#[derive(Debug, Clone)]
pub(crate) struct Path<'a> {
    parts: Vec<Part<'a>>,
}

impl<'a> Path<'a> {
    /// Takes a path apart. Errors: empty segments, `.` and `..` in any encoding, control characters, bytes that are not UTF-8.
    pub(crate) fn read(path: &'a str) -> Result<Self, &'static str> {
        let inner = path.strip_prefix('/').ok_or("does not begin with a slash")?;
        let parts: Result<Vec<_>, _> = inner.split('/').map(Part::read).collect();
        Ok(Self { parts: parts? })
    }

    /// Whether a segment holds an encoded slash.
    pub(crate) fn has_encoded_slash(&self) -> bool {
        self.parts.iter().any(|part| part.has_slash)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn bound(template: &str, path: &str) -> Option<Vec<String>> {
        let template = Template::parse(template).expect("a template");
        let path = Path::read(path).expect("a path");
        Some(template.bind(&path)?.into_iter().map(|(_, value)| value).collect())
    }

    #[test]
    fn paths_fit_templates() {
        let cases: [(&str, &str, Option<&[&str]>); 17] = [
            ("/v1/{name=creators/*}", "/v1/creators/tiktok:a", Some(&["creators/tiktok:a"])),
            ("/v1/{name=creators/*}", "/v1/creators/tiktok:a/posts", None),
            ("/v1/{name=creators/*}", "/v1/creators", None),
            ("/v1/{name=creators/*}", "/v2/creators/a", None),
            ("/v1/{name=creators/*}:find", "/v1/creators/tiktok:a:find", Some(&["creators/tiktok:a"])),
            ("/v1/{name=creators/*}:find", "/v1/creators/tiktok:a", None),
            ("/v1/{name=creators/*}:find", "/v1/creators/:find", None),
            ("/v1/{name=creators/*}:find", "/v1/creators/a%3Afind", None),
            ("/v1/{name=creators/*}", "/v1/creators/a%3Afind", Some(&["creators/a:find"])),
            ("/v1/creators:watch", "/v1/creators:watch", Some(&[])),
            ("/v1/{name=creators/*/posts/*}", "/v1/creators/a/posts/b", Some(&["creators/a/posts/b"])),
            ("/v1/{a}/x/{b.c=y/*}", "/v1/1/x/y/2", Some(&["1", "y/2"])),
            ("/v1/{name=creators/*}", "/v1/creators/%ED%95%9C+%20b", Some(&["creators/한+ b"])),
            ("/v1/{name=creators/*}", "/v1/creators/a%2Fb", None),
            ("/v1/{name=files/**}", "/v1/files/a/b%2fc", Some(&["files/a/b%2Fc"])),
            ("/v1/{name=files/**}", "/v1/files", Some(&["files"])),
            ("/v1/{name=files/**}:get", "/v1/files/a/b:get", Some(&["files/a/b"])),
        ];
        for (template, path, expected) in cases {
            let expected = expected.map(|values| values.iter().map(|value| (*value).to_owned()).collect());
            assert_eq!(bound(template, path), expected, "{template} {path}");
        }
    }

    #[test]
    fn paths_that_lead_elsewhere_are_refused() {
        for path in ["", "v1", "/v1//a", "/v1/", "/v1/../x", "/v1/%2e%2E/x", "/v1/a%2F..", "/v1/%ff", "/v1/a%00", "/"] {
            assert!(Path::read(path).is_err(), "{path}");
        }
    }

    #[test]
    fn templates_that_cannot_be_read_are_refused() {
        for text in
            ["", "v1", "/", "/v1/{a", "/v1/{=x}", "/v1/**/x", "/v1/a*", "/v1:", "/v1/{a}x", "/v1//x", "/v1/{a={b}}"]
        {
            assert!(Template::parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn the_more_literal_template_goes_first() {
        let template = |text: &str| Template::parse(text).expect("a template");
        let order = ["/v1/a/*:b", "/v1/a/b/c", "/v1/a/b", "/v1/a/*", "/v1/*/b", "/v1/*/*", "/v1/a", "/v1/**"];
        let order = ["/v1/*/b/c"].into_iter().chain(order).map(template).collect::<Vec<_>>();
        let mut sorted = order.clone();
        sorted.sort_by(Template::precedence);
        let expected = [1, 2, 0, 3, 4, 5, 6, 7, 8].map(|place| order[place].clone());
        assert_eq!(sorted, expected);
        assert_eq!(template("/v1/{a}/x").precedence(&template("/v1/{b=*}/x")), Ordering::Equal);
    }

    proptest! {
        #[test]
        fn no_path_makes_reading_panic_and_no_value_leads_upwards(path in "/v1/creators(/|%2[fFeE]|\\.|:|a|é|%|%f0){0,12}") {
            if let Ok(path) = Path::read(&path) {
                for template in ["/v1/{name=creators/*}", "/v1/{name=creators/*}:a", "/v1/{name=creators/**}"] {
                    for (_, value) in Template::parse(template).expect("a template").bind(&path).into_iter().flatten() {
                        prop_assert!(value.split('/').all(|piece| !piece.is_empty() && piece != ".." && piece != "."));
                    }
                }
            }
        }
    }
}
