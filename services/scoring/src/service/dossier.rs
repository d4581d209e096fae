//! Owns gathering a dossier. Never its form.

use creatorscope_domain::{CreatorId, Window};
use creatorscope_kit::fault::Violations;
use creatorscope_proto::scoring::v1::{self as pb, DossierFormat, dossier::MissingPart};

use super::{Service, facts::Facts, fit::brand, sentiment::DEFAULT_WINDOW};
use crate::{
    definitions, dossier,
    error::ScoringError,
    grpc::peer::{DISCOVERY, METRICS},
};

/// Posts that a dossier shows.
const POSTS: usize = 50;

impl Service {
    /// Everything known about a creator, in the form asked for. Errors: what is wrong with the request; nothing is known; a peer's.
    pub(crate) async fn dossier(
        &self,
        request: &pb::ExportDossierRequest,
    ) -> Result<pb::ExportDossierResponse, ScoringError> {
        let mut problems = Violations::default();
        let creator = match CreatorId::parse_name(&request.name) {
            Ok(creator) => Some(creator),
            Err(error) => {
                problems.add("name", error.reason(), error.to_string());
                None
            }
        };
        let brief = request.brand.as_ref().and_then(|given| brand(&mut problems, Some(given)));
        let format = DossierFormat::try_from(request.format);
        if format.is_err() {
            problems.add("format", "UNKNOWN_FORMAT", "accepted are those of `DossierFormat`");
        }
        let window = Window::from_number(request.window);
        if window.is_none() && request.window != 0 {
            problems.add("window", "UNKNOWN_VALUE", format!("{} is not a window", request.window));
        }
        problems.check()?;
        let (Some(creator), Ok(format)) = (creator, format) else { return Ok(pb::ExportDossierResponse::default()) };
        let found = self.outline(brief.as_ref(), std::slice::from_ref(&creator), None).await?;
        let facts = self.complete(found).await?.pop().unwrap_or_default();
        if facts.is_empty() {
            facts.away.nothing::<()>()?;
            return Err(ScoringError::NotKnown(creator));
        }
        let fit = brief.as_ref().map(|brief| self.fit_of(brief, &facts));
        let facts = self.in_window(&creator, window, facts).await?;
        let dossier = self.put_together(facts, fit);
        Ok(match format {
            DossierFormat::Unspecified => pb::ExportDossierResponse { dossier: Some(dossier), ..Default::default() },
            DossierFormat::Html => file(dossier::html(&dossier), dossier::HTML),
            DossierFormat::Json => file(dossier::json(&dossier), dossier::JSON),
        })
    }

    /// The facts with every metric, and with sentiment and reception of the window that was asked for.
    async fn in_window(
        &self,
        creator: &CreatorId,
        window: Option<Window>,
        mut facts: Facts,
    ) -> Result<Facts, ScoringError> {
        let (windows, ids) = (window.as_slice(), std::slice::from_ref(creator));
        let metrics = facts.away.ask(METRICS, self.metrics.creator_metrics(ids, &[], windows, true)).await?;
        facts.metrics = metrics.into_iter().next().flatten();
        facts.heard.sentiment = self.sentiment(creator, windows, true, true).await?;
        if let Some(window) = window.filter(|window| *window != DEFAULT_WINDOW) {
            facts.heard.reception = self.reception_of(creator, window, &mut facts.away).await?;
        }
        Ok(facts)
    }

    fn put_together(&self, facts: Facts, fit: Option<pb::Fit>) -> pb::Dossier {
        let heard = facts.heard;
        let parts: [(&str, bool, &str, &[&str]); 8] = [
            ("creator", facts.profile.is_none(), "the profile is not known", &[DISCOVERY]),
            ("metrics", facts.metrics.is_none(), "nothing was observed", &[METRICS]),
            ("sentiment", heard.sentiment.is_none(), "no comment is known", &[]),
            ("reception", heard.reception.is_none(), "too little is known to judge it", &[METRICS]),
            ("audience", heard.audience.is_none(), "neither comments nor an audience are known", &[DISCOVERY]),
            ("authenticity", heard.authenticity.is_none(), "too little is known to judge it", &[DISCOVERY, METRICS]),
            ("fit", fit.is_none(), "no brand was given", &[DISCOVERY, METRICS]),
            ("posts", facts.posts.is_empty(), "no post is known", &[METRICS]),
        ];
        let missing = parts.into_iter().filter_map(|(part, is_missing, reason, sources)| {
            let not_asked = part == "fit" && is_missing;
            let lacks = |source: &&&str| facts.away.lacks(source) && !not_asked;
            let away: Vec<String> = sources.iter().filter(lacks).map(|source| (**source).to_owned()).collect();
            let reason = match (is_missing, away.is_empty()) {
                (false, true) => return None,
                (true, true) => reason.to_owned(),
                (true, false) => format!("the {} service did not answer", away.join(" service and the ")),
                (false, false) => format!("without what the {} service holds", away.join(" service and the ")),
            };
            Some(MissingPart { part: part.to_owned(), reason, away_services: away })
        });
        let missing_parts = missing.collect();
        pb::Dossier {
            creator: facts.profile,
            metrics: facts.metrics,
            sentiment: heard.sentiment,
            reception: heard.reception,
            audience: heard.audience,
            authenticity: heard.authenticity,
            fit,
            posts: facts.posts.into_iter().take(POSTS).collect(),
            definitions: definitions::all(),
            missing_parts,
            create_time: Some(self.now()),
        }
    }
}

fn file(content: Vec<u8>, content_type: &str) -> pb::ExportDossierResponse {
    pb::ExportDossierResponse { dossier: None, content, content_type: content_type.to_owned() }
}
