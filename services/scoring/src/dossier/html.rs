//! Owns pieces of HTML: escaping, tables, bars, the frame of the page. Never what they show.

use std::fmt::Write;

const STYLE: &str = "
:root{color-scheme:light dark;--ink:#1c1e21;--soft:#5d6470;--line:#dde1e6;--ground:#fff;--card:#f6f7f9;--good:#1a7f4b;--bad:#b3312c;--mid:#9a6b00;--bar:#4065d8}
@media(prefers-color-scheme:dark){:root{--ink:#e8eaed;--soft:#a0a7b1;--line:#363b43;--ground:#15181c;--card:#1e2228;--good:#5cc98f;--bad:#f0837d;--mid:#e0b252;--bar:#86a2ff}}
*{box-sizing:border-box}body{margin:0 auto;max-width:64rem;padding:2rem 1.25rem 4rem;background:var(--ground);color:var(--ink);font:16px/1.5 system-ui,sans-serif}
h1{font-size:1.9rem;margin:0}h2{font-size:1.25rem;margin:2.5rem 0 .75rem;border-bottom:1px solid var(--line);padding-bottom:.3rem}
p{margin:.4rem 0}.soft{color:var(--soft)}.note{font-size:.9rem;color:var(--soft)}
.cards{display:grid;grid-template-columns:repeat(auto-fit,minmax(13rem,1fr));gap:.75rem;margin:1.25rem 0}
.card{background:var(--card);border-radius:.6rem;padding:.8rem 1rem}.card b{display:block;font-size:1.3rem;line-height:1.3}
.good{color:var(--good)}.bad{color:var(--bad)}.mid{color:var(--mid)}
.scroll{overflow-x:auto}table{border-collapse:collapse;width:100%;font-size:.93rem}th,td{text-align:left;vertical-align:top;padding:.4rem .7rem .4rem 0;border-bottom:1px solid var(--line)}
th{color:var(--soft);font-weight:600;white-space:nowrap}td:nth-child(2){font-variant-numeric:tabular-nums}td code{white-space:nowrap}
.tag{display:inline-block;background:var(--card);border-radius:.4rem;padding:.05rem .5rem;margin:.1rem .25rem .1rem 0;font-size:.85rem}
ul{margin:.4rem 0;padding-left:1.2rem}svg{display:block}code{font-size:.88em;overflow-wrap:anywhere}
@media print{body{max-width:none;padding:0}h2{break-after:avoid}tr{break-inside:avoid}}
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

/// A page that grows from its head to its end.
pub(super) struct Page(String);

impl Page {
    pub(super) fn new() -> Self {
        Self(String::new())
    }

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
        let head: String = heads.iter().map(|head| format!("<th scope=\"col\">{head}</th>")).collect();
        self.add(&format!("<div class=\"scroll\"><table><thead><tr>{head}</tr></thead><tbody>"));
        for row in rows {
            let cells: String = row.iter().map(|cell| format!("<td>{cell}</td>")).collect();
            self.add(&format!("<tr>{cells}</tr>"));
        }
        self.add("</tbody></table></div>");
    }

    /// Adds a list of texts, escaped here. Nothing when there is none.
    pub(super) fn list(&mut self, texts: &[String]) {
        if texts.is_empty() {
            return;
        }
        let items: String = texts.iter().map(|text| format!("<li>{}</li>", escaped(text))).collect();
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

/// A bar of the length `share`, 0 to 1, in the colour of a class of the style.
pub(super) fn bar(share: f64, class: &str) -> String {
    stacked(&[(share, class)])
}

/// Parts of a bar side by side, each with its share, 0 to 1, and class.
pub(super) fn stacked(parts: &[(f64, &str)]) -> String {
    let mut out = String::from("<svg width=\"140\" height=\"10\" role=\"img\" aria-hidden=\"true\">");
    out.push_str("<rect width=\"140\" height=\"10\" rx=\"3\" fill=\"var(--line)\"/>");
    let mut left = 0.0;
    for (share, class) in parts {
        let width = share.clamp(0.0, 1.0) * 140.0;
        let written =
            write!(out, "<rect x=\"{left:.1}\" width=\"{width:.1}\" height=\"10\" rx=\"3\" fill=\"var(--{class})\"/>");
        debug_assert!(written.is_ok(), "a text takes everything");
        left += width;
    }
    out.push_str("</svg>");
    out
}

/// Short texts side by side, escaped here.
pub(super) fn tags(texts: &[String]) -> String {
    texts.iter().map(|text| format!("<span class=\"tag\">{}</span>", escaped(text))).collect()
}
