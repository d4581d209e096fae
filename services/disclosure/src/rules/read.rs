//! Owns the reading of a rule file: every mistake with its place, all of them at once. Never a judgement on a post.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use super::{
    format::{Basis, Jurisdiction, Rule, RuleFile, Source},
    tree::Tree,
};

const FORMAT: &str = "creatorscope.disclosure/1";

/// A mistake in a rule file and where it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mistake {
    /// The path from the root of the file, e.g. `jurisdictions.DE.labels[2]`, or a line and column.
    pub place: String,
    /// What is wrong.
    pub what: String,
}

/// Reads a rule file.
///
/// # Errors
/// All mistakes; a file that is no JSON has one, with line and column.
pub(super) fn read(text: &str) -> Result<RuleFile, Vec<Mistake>> {
    let root = match serde_json::from_str::<Tree>(text) {
        Ok(Tree(Value::Object(root))) => root,
        Ok(_) => return Err(vec![Mistake { place: "line 1".into(), what: "not an object".into() }]),
        Err(error) => {
            let place = format!("line {}, column {}", error.line(), error.column());
            return Err(vec![Mistake { place, what: error.to_string() }]);
        }
    };
    let mut reader = Reader::default();
    let file = reader.file(root);
    match file {
        Some(file) if reader.mistakes.is_empty() => Ok(file),
        _ => Err(reader.mistakes),
    }
}

#[derive(Default)]
struct Reader {
    mistakes: Vec<Mistake>,
    sources: BTreeMap<String, Source>,
    cited: BTreeSet<String>,
    ids: BTreeSet<String>,
}

impl Reader {
    fn wrong(&mut self, place: &str, what: impl Into<String>) {
        self.mistakes.push(Mistake { place: place.to_owned(), what: what.into() });
    }

    /// Takes a value out of an object and reads it.
    fn take<T: DeserializeOwned>(&mut self, from: &mut Map<String, Value>, place: &str, key: &str) -> Option<T> {
        let Some(value) = from.remove(key) else {
            self.wrong(place, format!("`{key}` is missing"));
            return None;
        };
        match serde_json::from_value(value) {
            Ok(read) => Some(read),
            Err(error) => {
                self.wrong(&join(place, key), error.to_string());
                None
            }
        }
    }

    fn nothing_left(&mut self, from: &Map<String, Value>, place: &str) {
        for key in from.keys() {
            self.wrong(&join(place, key), "unknown key");
        }
    }

    fn unique(&mut self, place: &str, id: &str) {
        if id.is_empty() {
            self.wrong(place, "empty id");
        } else if !self.ids.insert(id.to_owned()) {
            self.wrong(place, format!("the id `{id}` is used twice"));
        }
    }

    fn file(&mut self, mut root: Map<String, Value>) -> Option<RuleFile> {
        let format: Option<String> = self.take(&mut root, "", "format");
        if format.as_deref().is_some_and(|format| format != FORMAT) {
            self.wrong("format", format!("must be `{FORMAT}`"));
        }
        let version: Option<String> = self.take(&mut root, "", "version");
        if version.as_deref() == Some("") {
            self.wrong("version", "must not be empty");
        }
        let compiled: Option<String> = self.take(&mut root, "", "compiled");
        self.date(compiled, "compiled");
        let hashtag_pile = self.take(&mut root, "", "hashtag_pile");
        let categories: Option<Vec<String>> = self.take(&mut root, "", "categories");
        let baselines: Option<BTreeMap<String, Vec<String>>> = self.take(&mut root, "", "baselines");
        for (id, value) in self.take::<Map<String, Value>>(&mut root, "", "sources").unwrap_or_default() {
            let place = format!("sources.{id}");
            let Value::Object(mut source) = value else {
                self.wrong(&place, "not an object");
                continue;
            };
            let uri: Option<String> = self.take(&mut source, &place, "uri");
            let kind: Option<String> = self.take(&mut source, &place, "kind");
            let _about: Option<String> = self.take(&mut source, &place, "about");
            self.nothing_left(&source, &place);
            if let (Some(uri), Some(kind)) = (uri, kind) {
                self.sources.insert(id.clone(), Source { id, uri, kind });
            }
        }
        let mut platforms = BTreeMap::new();
        for (name, value) in self.take::<Map<String, Value>>(&mut root, "", "platforms").unwrap_or_default() {
            if let Some(rule) = self.rule(value, &format!("platforms.{name}")) {
                platforms.insert(name, rule);
            }
        }
        let mut negations = Vec::new();
        for (n, value) in
            self.take::<Vec<Value>>(&mut root, "", "negations").unwrap_or_default().into_iter().enumerate()
        {
            let place = format!("negations[{n}]");
            match serde_json::from_value::<super::format::Negation>(value) {
                Ok(negation) => {
                    self.unique(&place, &negation.id);
                    self.text(&place, &negation.text);
                    negations.push(negation);
                }
                Err(error) => self.wrong(&place, error.to_string()),
            }
        }
        let mut jurisdictions = Vec::new();
        for (code, value) in self.take::<Map<String, Value>>(&mut root, "", "jurisdictions").unwrap_or_default() {
            let place = format!("jurisdictions.{code}");
            if code.len() != 2 || !code.bytes().all(|byte| byte.is_ascii_uppercase()) {
                self.wrong(&place, "a code is two upper-case letters");
            }
            if let Value::Object(object) = value {
                jurisdictions.extend(self.jurisdiction(code, object, &place));
            } else {
                self.wrong(&place, "not an object");
            }
        }
        self.nothing_left(&root, "");
        for id in self.sources.keys().filter(|id| !self.cited.contains(*id)).cloned().collect::<Vec<_>>() {
            self.wrong(&format!("sources.{id}"), "no rule cites it");
        }
        let file = RuleFile {
            version: version?,
            hashtag_pile: hashtag_pile?,
            categories: categories?,
            baselines: baselines?,
            platforms,
            negations,
            jurisdictions,
        };
        self.references(&file);
        Some(file)
    }

    /// Checks what points to other parts of the file.
    fn references(&mut self, file: &RuleFile) {
        let known = |code: &str| file.jurisdictions.iter().any(|one| one.code == code);
        for code in file.baselines.keys().filter(|code| !known(code)) {
            self.wrong(&format!("baselines.{code}"), "no such jurisdiction");
        }
        for one in &file.jurisdictions {
            let place = format!("jurisdictions.{}", one.code);
            if let Some(baseline) = &one.baseline
                && !file.baselines.get(baseline).is_some_and(|members| members.contains(&one.code))
            {
                self.wrong(
                    &format!("{place}.baseline"),
                    format!("`{baseline}` does not count `{}` among its members", one.code),
                );
            }
            let duties = one.duties.iter().map(|rule| (&rule.basis.id, &rule.says.categories));
            for (id, categories) in duties.chain(one.bans.iter().map(|rule| (&rule.basis.id, &rule.says.categories))) {
                for category in categories.iter().filter(|category| !file.categories.contains(category)) {
                    self.wrong(&format!("{place} ({id})"), format!("unknown category `{category}`"));
                }
            }
        }
    }

    fn jurisdiction(&mut self, code: String, mut object: Map<String, Value>, place: &str) -> Option<Jurisdiction> {
        let name = self.take(&mut object, place, "name");
        let baseline = self.take(&mut object, place, "baseline");
        let known_from: Option<Option<String>> = self.take(&mut object, place, "known_from");
        let known_from = self.date(known_from.flatten(), &join(place, "known_from"));
        let instruments = self.rules(&mut object, place, "instruments");
        let triggers: Vec<Rule<super::format::Trigger>> = self.rules(&mut object, place, "triggers");
        let labels: Vec<Rule<super::format::Label>> = self.rules(&mut object, place, "labels");
        let refused: Vec<Rule<super::format::Refused>> = self.rules(&mut object, place, "refused");
        for label in &labels {
            let place = format!("{place}.labels ({})", label.basis.id);
            for text in label.says.spellings.iter().chain([&label.says.text]) {
                self.text(&place, text);
            }
            if label.says.scope.is_empty() {
                self.wrong(&place, "a label without scope is for nothing");
            }
        }
        for label in &refused {
            self.text(&format!("{place}.refused ({})", label.basis.id), &label.says.text);
        }
        let closed_list = self.one(&mut object, place, "closed_list");
        let language = self.one(&mut object, place, "language");
        let caption: Vec<Rule<super::format::CaptionPlace>> = self.rules(&mut object, place, "caption");
        if caption.is_empty() {
            self.wrong(&join(place, "caption"), "at least one rule is needed");
        }
        let media = self.rules(&mut object, place, "media");
        let elsewhere = self.one(&mut object, place, "elsewhere");
        let flag = self.one(&mut object, place, "flag");
        let brand_name = self.one(&mut object, place, "brand_name");
        let duties = self.rules(&mut object, place, "duties");
        let bans = self.rules(&mut object, place, "bans");
        self.nothing_left(&object, place);
        Some(Jurisdiction {
            code,
            name: name?,
            baseline: baseline?,
            known_from,
            instruments,
            triggers,
            labels,
            refused,
            closed_list: closed_list?,
            language: language?,
            caption,
            media,
            elsewhere: elsewhere?,
            flag: flag?,
            brand_name: brand_name?,
            duties,
            bans,
        })
    }

    fn one<T: DeserializeOwned>(&mut self, from: &mut Map<String, Value>, place: &str, key: &str) -> Option<Rule<T>> {
        let value: Value = self.take(from, place, key)?;
        self.rule(value, &join(place, key))
    }

    fn rules<T: DeserializeOwned>(&mut self, from: &mut Map<String, Value>, place: &str, key: &str) -> Vec<Rule<T>> {
        let values: Vec<Value> = self.take(from, place, key).unwrap_or_default();
        let place = join(place, key);
        values.into_iter().enumerate().filter_map(|(n, value)| self.rule(value, &format!("{place}[{n}]"))).collect()
    }

    fn rule<T: DeserializeOwned>(&mut self, value: Value, place: &str) -> Option<Rule<T>> {
        let Value::Object(mut object) = value else {
            self.wrong(place, "not an object");
            return None;
        };
        let basis = self.basis(&mut object, place);
        match serde_json::from_value(Value::Object(object)) {
            Ok(says) => Some(Rule { basis: basis?, says }),
            Err(error) => {
                self.wrong(place, error.to_string());
                None
            }
        }
    }

    fn basis(&mut self, object: &mut Map<String, Value>, place: &str) -> Option<Basis> {
        let id: Option<String> = self.take(object, place, "id");
        let place = id.as_ref().map_or_else(|| place.to_owned(), |id| format!("{place} ({id})"));
        if let Some(id) = &id {
            self.unique(&place, id);
        }
        let confidence = self.take(object, &place, "confidence");
        let cited: Vec<String> = self.take(object, &place, "sources").unwrap_or_default();
        let mut sources = Vec::new();
        for source in cited {
            match self.sources.get(&source) {
                Some(known) => sources.push(known.clone()),
                None => self.wrong(&place, format!("unknown source `{source}`")),
            }
            self.cited.insert(source);
        }
        let mut optional = |reader: &mut Self, key: &str| -> Option<String> {
            if object.contains_key(key) { reader.take(object, &place, key) } else { None }
        };
        let note = optional(self, "note").unwrap_or_default();
        let from = optional(self, "from");
        let until = optional(self, "until");
        let from = self.date(from, &join(&place, "from"));
        let until = self.date(until, &join(&place, "until"));
        if from.zip(until).is_some_and(|(from, until)| until <= from) {
            self.wrong(&place, "ends before it begins");
        }
        Some(Basis { id: id?, confidence: confidence?, sources, note, from, until })
    }

    fn date(&mut self, text: Option<String>, place: &str) -> Option<Date> {
        let text = text?;
        match text.parse() {
            Ok(date) if text.len() == 10 => Some(date),
            _ => {
                self.wrong(place, format!("`{text}` is no day; write YYYY-MM-DD"));
                None
            }
        }
    }

    fn text(&mut self, place: &str, text: &str) {
        if !text.chars().any(char::is_alphanumeric) {
            self.wrong(place, format!("the label `{text}` has no letter"));
        }
        if text.replace("{brand}", "").contains(['{', '}']) {
            self.wrong(place, format!("`{text}`: only {{brand}} may stand in braces"));
        }
        if text.matches("{brand}").count() > 1 {
            self.wrong(place, format!("`{text}`: {{brand}} stands there twice"));
        }
    }
}

fn join(place: &str, key: &str) -> String {
    if place.is_empty() { key.to_owned() } else { format!("{place}.{key}") }
}
