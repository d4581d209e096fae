//! Owns pieces of HTML: escaping, tables, bars, the frame of the page. Never what they show.

use std::fmt::Write as _;

const STYLE: &str = "
:root{color-scheme:light dark;--ink:#1c1e21;--soft:#5d6470;--line:#dde1e6;--ground:#fff;--card:#f6f7f9;--good:#1a7f4b;--bad:#b3312c;--mid:#9a6b00;--bar:#4065d8;--band:#4065d833}
@media(prefers-color-scheme:dark){:root{--ink:#e8eaed;--soft:#a0a7b1;--line:#363b43;--ground:#15181c;--card:#1e2228;--good:#5cc98f;--bad:#f0837d;--mid:#e0b252;--bar:#86a2ff;--band:#86a2ff40}}
*{box-sizing:border-box}body{margin:0 auto;max-width:72rem;padding:2rem 1.25rem 4rem;background:var(--ground);color:var(--ink);font:15px/1.5 system-ui,sans-serif}
h1{font-size:1.9rem;line-height:1.2;margin:0}h2{font-size:1.2rem;margin:2.2rem 0 .7rem;border-bottom:1px solid var(--line);padding-bottom:.3rem}h3{font-size:1rem;margin:0}.scroll+h3{margin-top:1rem}
p{margin:.35rem 0}.soft,.why{color:var(--soft)}.why{font-size:.85em}.note{font-size:.9rem;color:var(--soft)}
.good{color:var(--good)}.bad{color:var(--bad)}.mid{color:var(--mid)}
.cards{display:grid;grid-template-columns:repeat(auto-fit,minmax(11rem,1fr));gap:.75rem;margin:1.1rem 0}
.card,.goal,.alert{background:var(--card);border-radius:.6rem;padding:.8rem 1rem}.card b{display:block;font-size:1.25rem;line-height:1.3}
.goals{display:grid;grid-template-columns:repeat(auto-fit,minmax(20rem,1fr));gap:.75rem}.goal b{font-size:1.25rem}.alert{margin:.6rem 0;border-left:.3rem solid var(--line)}.alert.open{border-left-color:var(--bad)}
dl{display:grid;grid-template-columns:max-content 1fr;gap:.15rem 1rem;margin:.6rem 0 0}dt{color:var(--soft)}dd{margin:0;font-variant-numeric:tabular-nums}
.scroll{overflow-x:auto}table{border-collapse:collapse;width:100%;font-size:.9rem;font-variant-numeric:tabular-nums}
th,td{text-align:start;vertical-align:top;padding:.4rem .8rem .4rem 0;border-bottom:1px solid var(--line)}th{color:var(--soft);font-weight:600}
.tag{display:inline-block;white-space:nowrap;border:1px solid var(--line);border-radius:.4rem;padding:0 .45rem;margin:.1rem .25rem .1rem 0;font-size:.85rem}
ul{margin:.4rem 0;padding-inline-start:1.2rem}figure{margin:1rem 0}figcaption{font-weight:600;margin-bottom:.3rem}
svg{display:block;width:100%;height:auto}svg.bar{height:.7rem;margin-top:.3rem}time{white-space:nowrap}b .soft,b .why{font-size:.95rem;font-weight:400}svg text{fill:var(--soft);font-size:12px}.key{display:inline-block;width:1.4rem;height:.55rem;margin:0 .4rem 0 1rem;vertical-align:middle}.key:first-child{margin-inline-start:0}
code{font-size:.88em;overflow-wrap:anywhere}details{margin:.5rem 0}summary{cursor:pointer;color:var(--soft)}
@media print{:root{color-scheme:light}@page{margin:12mm}body{max-width:none;padding:0;font-size:11px}.scroll{overflow:visible}table{font-size:9.5px}h2{break-after:avoid}tr,.card,.goal,.alert,figure{break-inside:avoid}.bar,.key{print-color-adjust:exact}}
";

/// The text with everything escaped that HTML reads as its own.
pub(super) fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            letter => out.push(letter),
        }
    }
    out
}

/// A text that people wrote, in the direction of its own script, escaped here.
pub(super) fn given(text: &str) -> String {
    format!("<span dir=\"auto\">{}</span>", escaped(text))
}

/// What stands where something is not known, with the reason, escaped here.
pub(super) fn not_known(reason: &str) -> String {
    format!("<span class=\"soft\">not known</span> <span class=\"why\">({})</span>", escaped(reason))
}

/// A word that stands out, escaped here, in the colour of a class of the style.
pub(super) fn tag(text: &str, class: &str) -> String {
    format!("<span class=\"tag {class}\">{}</span>", escaped(text))
}

/// The name of an enum's value as words: `NO_POSTS_IN_WINDOW` is `no posts in window`.
pub(super) fn words(name: &str, prefix: &str) -> String {
    name.strip_prefix(prefix).unwrap_or(name).to_lowercase().replace('_', " ")
}

/// A bar of the length `share`, 0 to 1, in the colour of a class of the style.
pub(super) fn bar(share: f64, class: &str) -> String {
    let width = if share.is_finite() { share.clamp(0.0, 1.0) * 300.0 } else { 0.0 };
    format!(
        "<svg class=\"bar\" viewBox=\"0 0 300 12\" preserveAspectRatio=\"none\" aria-hidden=\"true\"><rect width=\"300\" height=\"12\" \
         rx=\"4\" fill=\"var(--line)\"/><rect width=\"{width:.1}\" height=\"12\" rx=\"4\" fill=\"var(--{class})\"/></svg>"
    )
}

/// A page that grows from its head to its end.
#[derive(Default)]
pub(super) struct Page(String);

impl Page {
    /// Adds HTML as it is; everything from outside in it is escaped already.
    pub(super) fn add(&mut self, html: &str) {
        self.0.push_str(html);
        self.0.push('\n');
    }

    /// Adds a heading of a section.
    pub(super) fn section(&mut self, title: &str) {
        self.add(&format!("<h2>{title}</h2>"));
    }

    /// Adds a table; cells are HTML. Nothing when it has no row.
    pub(super) fn table(&mut self, heads: &[&str], rows: &[Vec<String>]) {
        if rows.is_empty() {
            return;
        }
        let mut out = String::from("<div class=\"scroll\"><table><thead><tr>");
        for head in heads {
            _ = write!(out, "<th scope=\"col\">{head}</th>");
        }
        out.push_str("</tr></thead><tbody>\n");
        for row in rows {
            let cells: String = row.iter().map(|cell| format!("<td>{cell}</td>")).collect();
            _ = writeln!(out, "<tr>{cells}</tr>");
        }
        out.push_str("</tbody></table></div>");
        self.add(&out);
    }

    /// Adds a list of texts, escaped here. Nothing when there is none.
    pub(super) fn list(&mut self, texts: &[String]) {
        if texts.is_empty() {
            return;
        }
        let items: String = texts.iter().map(|text| format!("<li dir=\"auto\">{}</li>", escaped(text))).collect();
        self.add(&format!("<ul>{items}</ul>"));
    }

    /// The whole page; the title is escaped already.
    pub(super) fn finish(self, title: &str) -> String {
        format!(
            "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<meta name=\"viewport\" content=\"width=device-width, \
             initial-scale=1\">\n<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\n\
             <meta name=\"referrer\" content=\"no-referrer\">\n<title>{title}</title>\n<style>{STYLE}</style>\n</head>\n<body>\n{}</body>\n</html>\n",
            self.0
        )
    }
}
