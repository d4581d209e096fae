//! Owns the page of a dossier. Never a number of it.

use std::fmt::Write;

use creatorscope_proto::{
    common::v1::{MetricValue, MissingReason, Unit, metric_value},
    scoring::v1 as pb,
};
use jiff::Timestamp;

const STYLE: &str = "<style>:root{color-scheme:light dark;--ink:#1d2330;--dim:#667085;--paper:#fff;--line:#e4e7ec;--bar:#3867d6}\
@media(prefers-color-scheme:dark){:root{--ink:#e6e8ee;--dim:#98a2b3;--paper:#14171f;--line:#2b3140;--bar:#7c9cff}}\
body{font:15px/1.5 system-ui,sans-serif;color:var(--ink);background:var(--paper);max-width:62rem;margin:2rem auto;padding:0 1rem}\
h1{margin:0}h2{margin:2rem 0 .5rem;border-bottom:1px solid var(--line)}p{margin:.3rem 0}.dim{color:var(--dim)}\
table{border-collapse:collapse;width:100%}td,th{text-align:left;padding:.3rem .6rem .3rem 0;border-bottom:1px solid var(--line);vertical-align:top}\
td.n{font-variant-numeric:tabular-nums;white-space:nowrap}svg{display:block}rect{fill:var(--bar)}rect.t{fill:var(--line)}</style>";

/// Text as HTML shows it, in elements and in quoted attributes.
fn escaped(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            '\'' => safe.push_str("&#39;"),
            letter => safe.push(letter),
        }
    }
    safe
}

/// The word of an enum's value, e.g. `TOO_FEW_POSTS` as `too few posts`.
fn plain(name: &str, prefix: &str) -> String {
    name.trim_start_matches(prefix).to_lowercase().replace('_', " ")
}

fn time(time: Option<prost_types::Timestamp>) -> String {
    let read = time.and_then(|time| Timestamp::new(time.seconds, time.nanos).ok());
    read.map_or("not known".to_owned(), |time| time.strftime("%Y-%m-%d %H:%M UTC").to_string())
}

fn figure(number: f64, unit: i32, currency: &str) -> String {
    match Unit::try_from(unit) {
        Ok(Unit::Fraction) => format!("{:.2} %", 100.0 * number),
        Ok(Unit::Count) => format!("{number:.0}"),
        Ok(Unit::MoneyMinor) => format!("{:.2} {currency}", number / 100.0),
        Ok(Unit::Score) => format!("{number:.1} of 100"),
        _ => format!("{number:.2}"),
    }
}

/// A bar of 0 to 1.
fn bar(share: f64) -> String {
    let width = 120.0 * share.clamp(0.0, 1.0);
    format!(
        "<svg width=\"120\" height=\"10\" role=\"img\" aria-label=\"{:.0} of 100\"><rect class=\"t\" width=\"120\" height=\"10\" \
         rx=\"3\"/><rect width=\"{width:.1}\" height=\"10\" rx=\"3\"/></svg>",
        100.0 * share
    )
}

fn row(value: &MetricValue) -> String {
    let shown = match value.result {
        Some(metric_value::Result::Value(number)) => figure(number, value.unit, &value.currency_code),
        Some(metric_value::Result::Missing(reason)) => {
            let reason = MissingReason::try_from(reason).unwrap_or_default();
            format!("none: {}", plain(reason.as_str_name(), "MISSING_REASON_"))
        }
        None => "none".to_owned(),
    };
    let range = value.interval.as_ref().map_or(String::new(), |range| {
        let end = |number| figure(number, value.unit, &value.currency_code);
        format!("{} to {} ({})", end(range.low), end(range.high), range.method)
    });
    let standing = value.standing.as_ref();
    let place = standing.map_or(String::new(), |found| bar(found.percentile / 100.0));
    let cohort = standing.map_or(String::new(), |found| format!("above {:.0} % of {}", found.percentile, found.cohort));
    format!(
        "<tr><td>{}</td><td class=\"n\">{}</td><td>{}</td><td>{place}{}</td><td class=\"n\">{}</td><td>{}</td></tr>",
        escaped(&value.definition),
        escaped(&shown),
        escaped(&range),
        escaped(&cohort),
        value.sample_size,
        escaped(&time(value.as_of)),
    )
}

fn table<'a>(values: impl Iterator<Item = &'a MetricValue>) -> String {
    let rows: String = values.map(row).collect();
    if rows.is_empty() {
        return "<p class=\"dim\">No values.</p>".to_owned();
    }
    format!(
        "<table><tr><th>Definition</th><th>Value</th><th>Interval</th><th>Standing</th><th>Sample</th><th>As of</th></tr>{rows}</table>"
    )
}

fn items<'a>(texts: impl Iterator<Item = &'a str>) -> String {
    let rows: String = texts.map(|text| format!("<li>{}</li>", escaped(text))).collect();
    if rows.is_empty() { String::new() } else { format!("<ul>{rows}</ul>") }
}

fn section(page: &mut String, title: &str, content: Option<String>) {
    let content = content.unwrap_or_else(|| "<p class=\"dim\">Not known.</p>".to_owned());
    // Writing to a string cannot fail.
    let _ = write!(page, "<section><h2>{}</h2>{content}</section>", escaped(title));
}

fn fit(fit: &pb::Fit) -> String {
    let decision = plain(fit.decision().as_str_name(), "DECISION_");
    let rows: String = fit
        .components
        .iter()
        .map(|found| {
            let name = plain(found.component().as_str_name(), "FIT_COMPONENT_KIND_");
            let missing = plain(found.missing().as_str_name(), "MISSING_REASON_");
            let value = found.value.map_or(escaped(&format!("none: {missing}")), bar);
            format!(
                "<tr><td>{}</td><td>{value}</td><td class=\"n\">{:.1}</td><td>{}</td></tr>",
                escaped(&name),
                found.contribution,
                escaped(&found.description)
            )
        })
        .collect();
    let changes = items(fit.counterfactuals.iter().map(|change| change.description.as_str()));
    let changes = if changes.is_empty() { changes } else { format!("<p>What would change it:</p>{changes}") };
    format!(
        "<p><strong>{}</strong></p>{}<table><tr><th>Component</th><th>Value</th><th>Adds</th><th>Why</th></tr>{rows}</table>{}{changes}",
        escaped(&decision),
        table(fit.score.iter()),
        items(fit.reasons.iter().map(String::as_str)),
    )
}

fn reception(found: &pb::Reception) -> String {
    let verdict = plain(found.verdict().as_str_name(), "RECEPTION_VERDICT_");
    let texts = found.evidence.iter().map(|evidence| evidence.description.as_str());
    let texts = texts.chain(found.caveats.iter().chain(&found.needed).map(String::as_str));
    format!("<p><strong>{}</strong></p>{}{}", escaped(&verdict), table(found.score.iter()), items(texts))
}

fn audience(found: &pb::CommentAudience) -> String {
    let share = |name: &str, share: f64| {
        format!("<tr><td>{}</td><td>{}</td><td class=\"n\">{:.1} %</td></tr>", escaped(name), bar(share), 100.0 * share)
    };
    let mut rows: String =
        found.languages.iter().map(|part| share(&format!("language {}", part.language), part.share)).collect();
    rows.extend(found.commenter_countries.iter().map(|part| share(&format!("country {}", part.country), part.share)));
    let given = found.given.iter().flat_map(|given| given.countries.iter().chain(&given.ages).chain(&given.genders));
    rows.extend(given.map(|part| share(&format!("given: {}", part.key), part.share)));
    format!("{}<table>{rows}</table>", table(found.commenters.iter().chain(&found.returning_commenters)))
}

fn posts(found: &pb::Dossier) -> Option<String> {
    let rows: String = found
        .posts
        .iter()
        .filter_map(|state| {
            let post = state.post.as_ref()?;
            let text: String =
                if post.title.is_empty() { &post.caption } else { &post.title }.chars().take(120).collect();
            Some(format!(
                "<tr><td class=\"n\">{}</td><td>{}</td><td class=\"dim\">{}</td></tr>",
                escaped(&time(post.publish_time)),
                escaped(&text),
                escaped(&post.name)
            ))
        })
        .collect();
    (!rows.is_empty()).then(|| format!("<table>{rows}</table>"))
}

/// A dossier as one page of HTML that loads nothing from elsewhere.
pub fn html(dossier: &pb::Dossier) -> String {
    let profile = dossier.creator.as_ref();
    let title =
        profile.map_or(
            "Creator",
            |profile| if profile.display_name.is_empty() { &profile.name } else { &profile.display_name },
        );
    let mut page = format!(
        "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\"><meta http-equiv=\"Content-Security-Policy\" \
         content=\"default-src 'none'; style-src 'unsafe-inline'\"><meta name=\"viewport\" content=\"width=device-width\">\
         <title>{0}</title>{STYLE}</head><body><h1>{0}</h1><p class=\"dim\">made {1}</p>",
        escaped(title),
        escaped(&time(dossier.create_time))
    );
    let about = profile.map(|profile| {
        let followers = profile.followers.map_or("not known".to_owned(), |followers| followers.to_string());
        let lines = [
            ("Account", &profile.name),
            ("Bio", &profile.bio),
            ("Country", &profile.country),
            ("Followers", &followers),
        ];
        let rows: String =
            lines.iter().map(|(name, text)| format!("<tr><th>{name}</th><td>{}</td></tr>", escaped(text))).collect();
        format!("<table>{rows}<tr><th>Niches</th><td>{}</td></tr></table>", escaped(&profile.niches.join(", ")))
    });
    section(&mut page, "Profile", about);
    section(&mut page, "Fit", dossier.fit.as_ref().map(fit));
    section(&mut page, "Metrics", dossier.metrics.as_ref().map(|found| table(found.values.iter())));
    let windows = dossier.sentiment.as_ref().map(|found| {
        found
            .windows
            .iter()
            .map(|window| {
                let name = plain(window.window().as_str_name(), "WINDOW_");
                let values = window.aggregate.iter().flat_map(|aggregate| &aggregate.values);
                format!("<h3>{}</h3>{}", escaped(&name), table(values))
            })
            .collect()
    });
    section(&mut page, "Sentiment", windows);
    section(&mut page, "Reception", dossier.reception.as_ref().map(reception));
    section(&mut page, "Audience", dossier.audience.as_ref().map(audience));
    let earned = dossier.authenticity.as_ref().map(|found| {
        format!(
            "{}{}",
            table(found.score.iter()),
            items(found.signals.iter().map(|signal| signal.description.as_str()))
        )
    });
    section(&mut page, "Authenticity", earned);
    section(&mut page, "Recent posts", posts(dossier));
    let missing: Vec<String> =
        dossier.missing_parts.iter().map(|part| format!("{}: {}", part.part, part.reason)).collect();
    section(
        &mut page,
        "What could not be had",
        (!missing.is_empty()).then(|| items(missing.iter().map(String::as_str))),
    );
    let meant: Vec<String> = dossier
        .definitions
        .iter()
        .map(|found| {
            format!(
                "{}@{}: {} Formula: {}. Limits: {}.",
                found.id, found.version, found.description, found.formula, found.limits
            )
        })
        .collect();
    section(&mut page, "Definitions", Some(items(meant.iter().map(String::as_str))));
    page.push_str("</body></html>");
    page
}

#[cfg(test)]
mod tests {
    use creatorscope_proto::discovery::v1::Creator;

    use super::*;

    #[test]
    fn what_creators_write_is_never_markup_and_nothing_is_loaded() {
        let creator = Creator { bio: "<script src='//x.example'>&\"".into(), ..Default::default() };
        let page = html(&pb::Dossier { creator: Some(creator), ..Default::default() });
        assert!(page.contains("&lt;script src=&#39;//x.example&#39;&gt;&amp;&quot;"));
        assert!(!page.contains("<script") && !page.contains("src=\"") && !page.contains("href="));
        assert!(page.contains("default-src 'none'"));
    }

    #[test]
    fn a_missing_value_is_told_in_words() {
        let missing = Some(metric_value::Result::Missing(MissingReason::TooFewPosts as i32));
        assert!(row(&MetricValue { result: missing, ..Default::default() }).contains("none: too few posts"));
    }
}
