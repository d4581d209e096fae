//! Owns gathering a dossier. Never its form.

use creatorscope_domain::CreatorId;
use creatorscope_kit::fault::Violations;
use creatorscope_proto::scoring::v1::{self as pb, DossierFormat, dossier::MissingPart};

use super::{Service, facts::Facts, fit::brand};
use crate::{definitions, dossier, error::ScoringError};

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
        problems.check()?;
        let (Some(creator), Ok(format)) = (creator, format) else { return Ok(pb::ExportDossierResponse::default()) };
        let found = self.outline(brief.as_ref(), std::slice::from_ref(&creator), None).await?;
        let facts = self.complete(found).await?.pop().unwrap_or_default();
        if facts.is_empty() {
            return Err(ScoringError::NotKnown(creator));
        }
        let fit = brief.as_ref().map(|brief| self.fit_of(brief, &facts));
        let metrics = self.metrics.creator_metrics(&[creator], &[], true).await?.pop().flatten();
        let dossier = self.put_together(Facts { metrics, ..facts }, fit);
        Ok(match format {
            DossierFormat::Unspecified => pb::ExportDossierResponse { dossier: Some(dossier), ..Default::default() },
            DossierFormat::Html => file(dossier::html(&dossier), dossier::HTML),
            DossierFormat::Json => file(dossier::json(&dossier), dossier::JSON),
        })
    }

    fn put_together(&self, facts: Facts, fit: Option<pb::Fit>) -> pb::Dossier {
        let heard = facts.heard;
        let parts = [
            ("creator", facts.profile.is_none(), "the profile is not known"),
            ("metrics", facts.metrics.is_none(), "nothing was observed"),
            ("sentiment", heard.sentiment.is_none(), "no comment is known"),
            ("reception", heard.reception.is_none(), "too little is known to judge it"),
            ("audience", heard.audience.is_none(), "neither comments nor an audience are known"),
            ("authenticity", heard.authenticity.is_none(), "too little is known to judge it"),
            ("fit", fit.is_none(), "no brand was given"),
            ("posts", facts.posts.is_empty(), "no post is known"),
        ];
        let missing = parts.into_iter().filter(|(_, is_missing, _)| *is_missing);
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
            missing_parts: missing
                .map(|(part, _, reason)| MissingPart { part: part.to_owned(), reason: reason.to_owned() })
                .collect(),
            create_time: Some(self.now()),
        }
    }
}

fn file(content: Vec<u8>, content_type: &str) -> pb::ExportDossierResponse {
    pb::ExportDossierResponse { dossier: None, content, content_type: content_type.to_owned() }
}
