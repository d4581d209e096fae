//! Owns a post taken apart once for all jurisdictions: its texts with what was found in each. Never a verdict.

use std::cell::OnceCell;

use crate::{
    brand::Brand,
    check::{Field, Span},
    find::{Found, Hit},
    language,
    model::{Content, Context, Medium},
    normalise::comparable,
    place::{self, Visible},
    rules::Rules,
};

/// The texts of a post, comparable and searched.
#[derive(Debug)]
pub(crate) struct Post<'t> {
    pub(crate) content: &'t Content,
    pub(crate) brand: Brand,
    pub(crate) title: Option<Found<'t>>,
    /// The caption with the hashtags that came apart behind it.
    pub(crate) caption: Found<'t>,
    /// Where in the joined caption each hashtag that came apart begins, in code points, and its index.
    apart: Vec<(usize, usize)>,
    /// The first comment and the profile.
    pub(crate) elsewhere: Vec<Found<'t>>,
    pub(crate) flag_text: Option<Found<'t>>,
    pub(crate) transcript: Option<Found<'t>>,
    pub(crate) on_screen: Option<Found<'t>>,
    visible: OnceCell<Visible>,
    /// The language as given, or as the script tells; empty when neither.
    pub(crate) language: String,
    pub(crate) medium: Medium,
}

/// The caption with hashtags that came apart written behind it.
pub(crate) struct Joined {
    text: String,
    apart: Vec<(usize, usize)>,
}

impl Joined {
    pub(crate) fn of(content: &Content) -> Self {
        let mut text = content.caption.clone();
        let mut apart = Vec::new();
        if !content.hashtags.is_empty() {
            let caption = comparable(&content.caption);
            let in_caption: std::collections::HashSet<&str> = crate::tokens::tokens(&caption)
                .iter()
                .filter(|token| token.kind == crate::tokens::Kind::Hashtag)
                .map(|token| &caption[token.start + 1..token.end])
                .collect();
            let mut length = text.chars().count();
            for (n, tag) in content.hashtags.iter().enumerate() {
                let tag = tag.trim().trim_start_matches(['#', '＃']);
                if tag.is_empty() || in_caption.contains(comparable(tag).as_str()) {
                    continue;
                }
                if !text.is_empty() {
                    text.push(' ');
                    length += 1;
                }
                apart.push((length, n));
                text.push('#');
                text.push_str(tag);
                length += 1 + tag.chars().count();
            }
        }
        Self { text, apart }
    }
}

impl<'t> Post<'t> {
    pub(crate) fn of(rules: &Rules, content: &'t Content, joined: &'t Joined, context: &Context) -> Self {
        let brand = Brand::of(context);
        let search = |field, text: &'t str| Found::of(field, text, &rules.patterns, &brand);
        let given = |field, text: &'t str| (!text.is_empty()).then(|| search(field, text));
        let language =
            language::known(&content.language).unwrap_or_else(|| language::of_script(&joined.text)).to_owned();
        Self {
            content,
            title: given(Field::Title, &content.title),
            caption: search(Field::Caption, &joined.text),
            apart: joined.apart.clone(),
            elsewhere: [(Field::FirstComment, &content.first_comment), (Field::Profile, &content.profile_text)]
                .into_iter()
                .filter_map(|(field, text)| given(field, text))
                .collect(),
            flag_text: given(Field::PlatformFlag, &content.platform_flag_text),
            transcript: content.transcript.as_deref().map(|text| search(Field::Transcript, text)),
            on_screen: content.on_screen_text.as_deref().map(|text| search(Field::OnScreenText, text)),
            visible: OnceCell::new(),
            language,
            medium: content.effective_medium(),
            brand,
        }
    }

    /// The visible part of the caption; measured when a label is not obviously in it.
    pub(crate) fn visible(&self, rules: &Rules) -> Visible {
        *self.visible.get_or_init(|| place::visible(&rules.file, &self.content.platform, self.caption.original))
    }

    /// What a viewer sees without doing anything: title and caption.
    pub(crate) fn shown(&self) -> impl Iterator<Item = &Found<'t>> {
        self.title.iter().chain([&self.caption])
    }

    /// Texts inside picture and sound, as far as they are known.
    pub(crate) fn inside(&self) -> impl Iterator<Item = &Found<'t>> {
        self.on_screen.iter().chain(&self.transcript)
    }

    /// Gives a piece of a text as it was sent.
    pub(crate) fn span(&self, found: &Found<'_>, start: usize, end: usize) -> Span {
        let mut span = found.span(start, end);
        let next = self.apart.partition_point(|&(at, _)| at <= span.start);
        if found.field == Field::Caption
            && let Some(&(at, n)) = next.checked_sub(1).and_then(|n| self.apart.get(n))
        {
            // The sign may be ours: count in the hashtag as it was sent.
            let sent = &self.content.hashtags[n];
            let length = sent.chars().count();
            let lead = sent.chars().take_while(|&c| c.is_whitespace() || c == '#' || c == '＃').count();
            let shift = |place: usize| (place - at + lead).saturating_sub(1).min(length);
            let start = if span.start == at { lead.saturating_sub(1) } else { shift(span.start) };
            let end = shift(span.end).max(start);
            let text = sent.chars().skip(start).take(end - start).collect();
            span = Span { field: Field::Hashtag(n), start, end, text };
        } else if found.field == Field::Caption && self.apart.first().is_some_and(|&(at, _)| span.end > at) {
            // A label of the caption whose partner came apart: only its part in the caption can be shown.
            let length = self.content.caption.chars().count();
            span.end = length.max(span.start);
            span.text = self.content.caption.chars().skip(span.start).collect();
        }
        span
    }

    pub(crate) fn span_of(&self, found: &Found<'_>, hit: &Hit) -> Span {
        self.span(found, hit.start, hit.end)
    }

    /// What is worth telling whatever the jurisdiction.
    pub(crate) fn notes(&self) -> Vec<String> {
        let mut notes = Vec::new();
        for found in self.shown() {
            if let Some(hit) = found.hits.iter().find(|hit| found.normal.hides_in(hit.start, hit.end)) {
                let shown = &found.normal.text[hit.start..hit.end];
                notes
                    .push(format!("characters that cannot be seen stand inside `{shown}`; search and readers miss it"));
            }
        }
        if self.content.caption.trim().is_empty() && !self.apart.is_empty() {
            notes.push(
                "the hashtags came without a caption; they are judged as if nothing stood before them".to_owned(),
            );
        }
        if self.medium == Medium::Unknown {
            notes.push("the kind of post is not known; only its caption was judged".to_owned());
        }
        notes
    }
}
