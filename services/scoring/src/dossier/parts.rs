//! Owns the sections of the page, in their order. Never how HTML is written.

use creatorscope_proto::{
    common::v1::{MetricValue, MissingReason},
    discovery::v1::{Audience, AudienceShare},
    metrics::v1::{CreatorMetrics, PostState},
    scoring::v1 as pb,
};
use pb::{ReceptionVerdict, fit::Decision};

use super::{
    html::{Page, bar, escaped, stacked, tags},
    value,
};

/// The share up to which a suspicion is as usual.
const USUAL: f64 = 0.3;

pub(super) fn head(page: &mut Page, dossier: &pb::Dossier, name: &str) {
    page.add(&format!("<h1>{}</h1>", escaped(name)));
    let made = value::day(dossier.create_time.as_ref());
    if let Some(creator) = &dossier.creator {
        let mut facts = vec![format!("<code>{}</code>", escaped(&creator.name))];
        let handle = (!creator.handle.is_empty()).then(|| format!("@{}", creator.handle));
        let followers = creator.followers.map(|followers| format!("{} followers", value::grouped(followers as f64)));
        let country = (!creator.country.is_empty()).then(|| creator.country.clone());
        facts.extend([handle, followers, country].into_iter().flatten().map(|fact| escaped(&fact)));
        page.add(&format!("<p class=\"soft\">{}</p>", facts.join(" · ")));
        if creator.synthetic {
            page.add("<p class=\"mid\"><b>This account is generated, not real.</b></p>");
        }
        let mut traits = creator.niches.clone();
        traits.extend(creator.languages.iter().cloned());
        page.add(&format!("<p>{}</p>", tags(&traits)));
        if !creator.bio.is_empty() {
            page.add(&format!("<p>{}</p>", escaped(&creator.bio)));
        }
    }
    page.add(&format!(
        "<p class=\"note\">Made on {made}. What is not known is said so; it counts neither for nor against.</p>"
    ));
}

pub(super) fn summary(page: &mut Page, dossier: &pb::Dossier) {
    page.add("<div class=\"cards\">");
    if let Some(fit) = &dossier.fit {
        let class = decision_class(fit.decision());
        card(page, "Fit", &value::words(fit.decision().as_str_name(), "DECISION_"), class, fit.score.as_ref());
    }
    if let Some(reception) = &dossier.reception {
        let class = match reception.verdict() {
            ReceptionVerdict::Loved => "good",
            ReceptionVerdict::HateWatched | ReceptionVerdict::Backlash => "bad",
            ReceptionVerdict::ContestedTopic => "mid",
            _ => "soft",
        };
        let verdict = value::words(reception.verdict().as_str_name(), "RECEPTION_VERDICT_");
        card(page, "Reception", &verdict, class, None);
    }
    if let Some(authenticity) = &dossier.authenticity {
        let score = value::number(authenticity.score.as_ref());
        let class = match score {
            Some(score) if score >= 70.0 => "good",
            Some(score) if score < 40.0 => "bad",
            Some(_) => "mid",
            None => "soft",
        };
        let shown = authenticity.score.as_ref().map(value::text).unwrap_or_default();
        page.add(&format!(
            "<div class=\"card\"><span class=\"soft\">Authenticity</span><b class=\"{class}\">{shown}</b></div>"
        ));
    }
    let net = dossier.sentiment.as_ref().and_then(|sentiment| {
        let aggregate = sentiment.windows.first()?.aggregate.as_ref()?;
        aggregate.values.iter().find(|value| value.definition.starts_with("sentiment.net@"))
    });
    if let Some(net) = net {
        page.add(&format!(
            "<div class=\"card\"><span class=\"soft\">Net sentiment (-1 to 1)</span><b>{}</b></div>",
            value::text(net)
        ));
    }
    page.add("</div>");
}

fn card(page: &mut Page, title: &str, text: &str, class: &str, score: Option<&MetricValue>) {
    let score = score.filter(|score| value::is_known(Some(score))).map(value::text).unwrap_or_default();
    page.add(&format!(
        "<div class=\"card\"><span class=\"soft\">{title}</span><b class=\"{class}\">{}</b>{score}</div>",
        escaped(text)
    ));
}

fn decision_class(decision: Decision) -> &'static str {
    match decision {
        Decision::Good => "good",
        Decision::Avoid => "bad",
        Decision::Neutral => "mid",
        Decision::InsufficientData | Decision::Unspecified => "soft",
    }
}

pub(super) fn fit(page: &mut Page, fit: &pb::Fit) {
    page.section("Fit");
    if let Some(score) = &fit.score {
        page.add(&format!("<p>{} · {}</p>", value::text(score), value::interval(score)));
    }
    page.list(&fit.reasons);
    let rows: Vec<_> = fit.components.iter().map(component).collect();
    page.table(&["Component", "Value", "Weight", "Adds", "Why"], &rows);
    let changes: Vec<String> = fit.counterfactuals.iter().map(|change| change.description.clone()).collect();
    if !changes.is_empty() {
        page.add("<p class=\"soft\">What would change the decision:</p>");
        page.list(&changes);
    }
}

fn component(component: &pb::FitComponent) -> Vec<String> {
    let shown = match component.value {
        Some(share) => format!("{:.2}{}", share, bar(share, "bar")),
        None => not_known(component.missing()),
    };
    vec![
        value::words(component.component().as_str_name(), "FIT_COMPONENT_KIND_"),
        shown,
        format!("{:.0} %", component.weight * 100.0),
        format!("{:.1}", component.contribution),
        escaped(&component.description),
    ]
}

fn not_known(reason: MissingReason) -> String {
    format!("<span class=\"soft\">{}</span>", value::missing(reason))
}

pub(super) fn reception(page: &mut Page, reception: &pb::Reception) {
    page.section("How the audience receives the creator");
    if let Some(score) = &reception.score {
        page.add(&format!(
            "<p>Hate-watching {} · {} · {}</p>",
            value::text(score),
            value::interval(score),
            value::basis(score)
        ));
    }
    let optional = |number: Option<f64>| number.map_or_else(String::new, |number| format!("{number:.3}"));
    let evidence = reception.evidence.iter().map(|sign| {
        vec![
            value::words(&sign.signal, ""),
            optional(sign.value),
            optional(sign.usual),
            escaped(&sign.against),
            optional(sign.deviation),
            sign.sample_size.to_string(),
            escaped(&sign.description),
        ]
    });
    let rows: Vec<_> = evidence.collect();
    page.table(&["Sign", "Found", "Usual", "Against", "Deviation", "n", "In words"], &rows);
    let comments: Vec<_> = reception.comments.iter().map(|comment| comment.comment.clone()).collect();
    if !comments.is_empty() {
        page.add(&format!("<p class=\"soft\">Comments that show it: {}</p>", tags(&comments)));
    }
    page.list(&reception.needed);
    page.list(&reception.caveats);
}

pub(super) fn sentiment(page: &mut Page, sentiment: &pb::CreatorSentiment) {
    page.section("What comments say");
    for window in &sentiment.windows {
        let Some(aggregate) = &window.aggregate else { continue };
        page.add(&format!(
            "<p><b>{}</b> · {} comments, {} with a sentiment, {} authors</p>",
            value::words(window.window().as_str_name(), "WINDOW_"),
            aggregate.comment_count,
            aggregate.scored_count,
            aggregate.author_count
        ));
        let share = |id: &str| {
            let found = aggregate.values.iter().find(|value| value.definition.starts_with(id));
            value::number(found).unwrap_or_default()
        };
        let parts = [
            (share("sentiment.negative@"), "bad"),
            (share("sentiment.neutral@"), "soft"),
            (share("sentiment.positive@"), "good"),
        ];
        if parts.iter().any(|(share, _)| *share > 0.0) {
            page.add(&stacked(&parts));
        }
        values(page, &aggregate.values);
        let languages = window.languages.iter().map(|language| {
            let name = if language.language.is_empty() { "not told" } else { &language.language };
            format!("{name} {:.0} %", language.share * 100.0)
        });
        page.add(&format!("<p>{}</p>", tags(&languages.collect::<Vec<_>>())));
    }
}

pub(super) fn audience(page: &mut Page, audience: &pb::CommentAudience) {
    page.section("Who comments");
    let counted = [&audience.commenters, &audience.returning_commenters];
    values(page, &counted.into_iter().flatten().cloned().collect::<Vec<_>>());
    let languages =
        audience.languages.iter().map(|language| format!("{} {:.0} %", language.language, language.share * 100.0));
    page.add(&format!("<p>{}</p>", tags(&languages.collect::<Vec<_>>())));
    let interest = |interest: &pb::AudienceInterest| {
        vec![escaped(&interest.niche), format!("{:.1} times", interest.lift), interest.sample_size.to_string()]
    };
    let rows: Vec<_> = audience.interests.iter().map(interest).collect();
    page.table(&["They also comment on", "As often as usual", "n"], &rows);
    if let Some(given) = &audience.given {
        page.add("<p class=\"soft\">Audience as an import gave it:</p>");
        shares(page, given);
    }
}

fn shares(page: &mut Page, audience: &Audience) {
    let row = |title: &str, shares: &[AudienceShare]| {
        let texts: Vec<_> = shares.iter().map(|share| format!("{} {:.0} %", share.key, share.share * 100.0)).collect();
        vec![title.to_owned(), tags(&texts)]
    };
    let all = [
        row("Countries", &audience.countries),
        row("Languages", &audience.languages),
        row("Ages", &audience.ages),
        row("Genders", &audience.genders),
        row("Interests", &audience.interests),
    ];
    let rows: Vec<_> = all.into_iter().filter(|row| row.iter().all(|cell| !cell.is_empty())).collect();
    page.table(&["", "Shares"], &rows);
}

pub(super) fn authenticity(page: &mut Page, authenticity: &pb::Authenticity) {
    page.section("Is the engagement earned");
    if let Some(score) = &authenticity.score {
        page.add(&format!("<p>{} · {}</p>", value::text(score), value::interval(score)));
    }
    let rows = authenticity.signals.iter().map(|signal| {
        let shown = match signal.suspicion {
            Some(share) => format!("{share:.2}{}", bar(share, if share > USUAL { "bad" } else { "good" })),
            None => not_known(signal.missing()),
        };
        vec![
            value::words(signal.kind().as_str_name(), "KIND_"),
            shown,
            signal.sample_size.to_string(),
            escaped(&signal.description),
        ]
    });
    page.table(&["Sign", "Suspicion", "n", "In words"], &rows.collect::<Vec<_>>());
}

pub(super) fn metrics(page: &mut Page, metrics: &CreatorMetrics) {
    page.section("Numbers");
    values(page, &metrics.values);
}

fn values(page: &mut Page, values: &[MetricValue]) {
    let row = |one: &MetricValue| {
        vec![
            format!("<code>{}</code>", escaped(&one.definition)),
            value::text(one),
            value::interval(one),
            value::standing(one),
            value::basis(one),
            tags(&value::flags(one)),
        ]
    };
    let rows: Vec<_> = values.iter().map(row).collect();
    page.table(&["Definition", "Value", "Interval", "Standing", "Basis", "Know before use"], &rows);
}

pub(super) fn posts(page: &mut Page, posts: &[PostState]) {
    if posts.is_empty() {
        return;
    }
    page.section("Recent posts");
    let count = |number: Option<i64>| {
        number.map_or_else(|| "<span class=\"soft\">not told</span>".into(), |n| value::grouped(n as f64))
    };
    let rows = posts.iter().map(|state| {
        let post = state.post.clone().unwrap_or_default();
        let counts = state.counts.clone().unwrap_or_default();
        let sponsored = state.sponsorship.as_ref().and_then(|sponsorship| sponsorship.sponsored);
        let title = if post.title.is_empty() { &post.name } else { &post.title };
        vec![
            value::day(post.publish_time.as_ref()),
            escaped(title),
            count(counts.views),
            count(counts.likes),
            count(counts.comments),
            sponsored.map_or("not known", |sponsored| if sponsored { "yes" } else { "no" }).to_owned(),
        ]
    });
    page.table(&["Published", "Title", "Views", "Likes", "Comments", "Sponsored"], &rows.collect::<Vec<_>>());
}

pub(super) fn definitions(page: &mut Page, definitions: &[pb::ScoreDefinition]) {
    if definitions.is_empty() {
        return;
    }
    page.section("What the numbers mean");
    let rows = definitions.iter().map(|definition| {
        let id = format!("<code>{}@{}</code>", escaped(&definition.id), definition.version);
        vec![id, escaped(&definition.description), escaped(&definition.formula), escaped(&definition.limits)]
    });
    page.table(&["Definition", "Tells", "Formula", "Limits"], &rows.collect::<Vec<_>>());
}

pub(super) fn missing(page: &mut Page, parts: &[pb::dossier::MissingPart]) {
    if parts.is_empty() {
        return;
    }
    page.section("What could not be had");
    page.list(&parts.iter().map(|part| format!("{}: {}", part.part, part.reason)).collect::<Vec<_>>());
}
