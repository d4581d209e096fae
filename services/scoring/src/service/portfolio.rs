//! Owns planning a portfolio: who may be chosen, at what price. Never the choice.

use std::collections::HashMap;

use creatorscope_domain::CreatorId;
use creatorscope_kit::fault::{Violation, Violations};
use creatorscope_proto::{
    common::v1::{Interval, MetricFlag, MetricValue, Provenance, Unit, metric_value},
    scoring::v1::{self as pb, fit::Decision},
};

use super::{
    Service,
    facts::Facts,
    fit::{away_of, brand, creators},
    rank::total,
};
use crate::{
    error::ScoringError,
    fit::{brief, by_id, number},
    grpc::peer::METRICS,
    portfolio::{Candidate, Limits, Plan, plan},
};

/// Creators that one plan looks at.
const MOST: usize = 200;
/// Those that are taken from a ranking, and of how many candidates.
const RANKED: (usize, usize) = (100, 300);

/// A creator with what the plan needs of it.
struct Offer {
    id: CreatorId,
    candidate: Candidate,
    basis: String,
    fit: Option<pb::Fit>,
}

fn expected_views(facts: &Facts) -> Option<f64> {
    let values = &facts.metrics.as_ref()?.values;
    let known = |id| by_id(values, id).and_then(number);
    known("views.median").or_else(|| known("views.mean")).filter(|views| *views > 0.0)
}

/// What a creator costs and how that is known. Errors: why it is not.
fn price(facts: &Facts, given: Option<i64>, currency: &str) -> Result<(i64, String), String> {
    if let Some(price) = given {
        return Ok((price, "given".to_owned()));
    }
    let values = facts.metrics.as_ref().map(|metrics| &metrics.values[..]).unwrap_or_default();
    let modelled = by_id(values, "price.per_post").ok_or("its price is not known")?;
    let price = number(modelled).ok_or("its price is not known")?;
    if modelled.currency_code != currency {
        return Err(format!("its price is known in {} and not in {currency}", modelled.currency_code));
    }
    Ok(((price.ceil() as i64).max(1), modelled.definition.clone()))
}

impl Service {
    /// Chooses creators under a budget. Errors: what is wrong with the request, a budget below every price; a peer's.
    pub(crate) async fn plan_portfolio(
        &self,
        request: &pb::PlanPortfolioRequest,
    ) -> Result<pb::PlanPortfolioResponse, ScoringError> {
        let mut problems = Violations::default();
        let names = request.candidates.iter().enumerate();
        let field = |place: usize| format!("candidates[{place}].creator");
        let mut ids = creators(&mut problems, names.map(|(place, one)| (field(place), one.creator.as_str())));
        check(&mut problems, request);
        let currency = brief::currency(&mut problems, "currency_code", &request.currency_code);
        let is_needed = request.brand.is_some() || ids.is_empty();
        let brief = if is_needed { brand(&mut problems, request.brand.as_ref()) } else { None };
        problems.check()?;
        let given: HashMap<&str, i64> =
            request.candidates.iter().filter_map(|one| Some((one.creator.as_str(), one.price_minor?))).collect();
        let mut fits: HashMap<String, pb::Fit> = HashMap::new();
        if let (true, Some(brief)) = (ids.is_empty(), &brief) {
            let ranked = self.best(brief, &request.filter, RANKED.0, RANKED.1, &[]).await?.fits;
            ids = ranked.iter().filter_map(|fit| CreatorId::parse_name(&fit.creator).ok()).collect();
            fits.extend(ranked.into_iter().map(|fit| (fit.creator.clone(), fit)));
        }
        let mut facts = self.outline(brief.as_ref(), &ids, None).await?;
        if let Some(brief) = brief.as_ref().filter(|_| fits.is_empty()) {
            facts = self.complete(facts).await?;
            fits.extend(facts.iter().map(|facts| (facts.name.clone(), self.fit_of(brief, facts))));
        }
        let away = away_of(&facts);
        let notes: Vec<String> = away.notes().collect();
        if away.lacks(METRICS) {
            // Expected views stand nowhere else, and a plan without reach is none.
            away.nothing::<()>()?;
        }
        let mut offers = Vec::new();
        let mut left_out = Vec::new();
        for (id, facts) in ids.into_iter().zip(&facts) {
            let fit = fits.remove(&facts.name);
            match offer(request, &currency, facts, given.get(facts.name.as_str()).copied(), fit.as_ref()) {
                Ok((candidate, basis)) => offers.push(Offer { id, candidate, basis, fit }),
                Err(reason) => left_out.push(pb::portfolio::LeftOut { creator: facts.name.clone(), reason }),
            }
        }
        if let Some(cheapest) =
            offers.iter().map(|offer| offer.candidate.cost).min().filter(|cost| *cost > request.budget_minor)
        {
            let description = format!("{} is below every price; the lowest is {cheapest}", request.budget_minor);
            return Err(Violation::new("budget_minor", "BELOW_EVERY_PRICE", description).into());
        }
        let mut answer = self.chosen(request, currency, offers, left_out).await?;
        answer.notes.extend(notes);
        Ok(answer)
    }

    async fn chosen(
        &self,
        request: &pb::PlanPortfolioRequest,
        currency: String,
        offers: Vec<Offer>,
        mut left_out: Vec<pb::portfolio::LeftOut>,
    ) -> Result<pb::PlanPortfolioResponse, ScoringError> {
        let mut candidates: Vec<Candidate> = Vec::with_capacity(offers.len());
        for offer in &offers {
            let known = self.store.commenters(&offer.id).await?;
            let complete = usize::try_from(known.authors).is_ok_and(|authors| authors <= known.smallest.len());
            candidates.push(Candidate { commenters: known.smallest, complete, ..offer.candidate.clone() });
        }
        let most = usize::try_from(request.max_creators).ok().filter(|most| *most > 0).unwrap_or(MOST);
        let plan = plan(&candidates, Limits { budget: request.budget_minor, creators: most });
        let chosen: Vec<usize> = plan.picks.iter().map(|pick| pick.0).collect();
        let unknown = plan.without_audience;
        for (place, offer) in offers.iter().enumerate().filter(|(place, _)| !chosen.contains(place)) {
            let over = candidates[place].cost > request.budget_minor;
            let reason = if over { "it costs more than the budget" } else { "others reach more for the money" };
            left_out.push(pb::portfolio::LeftOut { creator: offer.id.name(), reason: reason.to_owned() });
        }
        let picks = plan.picks.iter().map(|(place, added)| pb::portfolio::Pick {
            creator: offers[*place].id.name(),
            cost_minor: candidates[*place].cost,
            cost_basis: offers[*place].basis.clone(),
            expected_reach: candidates[*place].reach,
            added_reach: *added,
            fit: offers[*place].fit.clone(),
        });
        let mut notes = vec![
            "expected views of one post stand for people; overlap of commenters stands for that of viewers".to_owned(),
        ];
        if unknown > 0 {
            notes.push(format!("of {unknown} of those chosen no commenters are known: their overlap counts as none"));
        }
        let portfolio = pb::Portfolio {
            picks: picks.collect(),
            total_cost_minor: chosen.iter().map(|place| candidates[*place].cost).sum(),
            currency_code: currency,
            reach: Some(self.reach_value(&plan, &candidates, unknown)),
            reach_upper_bound: plan.upper_bound,
            left_out,
        };
        Ok(pb::PlanPortfolioResponse { portfolio: Some(portfolio), notes })
    }

    fn reach_value(&self, plan: &Plan, candidates: &[Candidate], unknown: usize) -> MetricValue {
        let largest = plan.picks.iter().map(|pick| candidates[pick.0].reach).fold(0.0, f64::max);
        MetricValue {
            definition: "portfolio.reach@1".to_owned(),
            result: Some(metric_value::Result::Value(plan.reach)),
            unit: Unit::Count as i32,
            sample_size: i32::try_from(plan.picks.len()).unwrap_or(i32::MAX),
            provenance: Provenance::Modelled as i32,
            as_of: Some(self.now()),
            interval: (unknown > 0).then(|| Interval {
                low: largest.min(plan.reach),
                high: plan.reach,
                confidence: 0.0,
                method: "complete overlap to none where it is not known".to_owned(),
            }),
            flags: if unknown > 0 { vec![MetricFlag::PartialEvidence as i32] } else { Vec::new() },
            ..Default::default()
        }
    }
}

/// Whether a creator may be chosen, and what it costs and reaches. Errors: why it may not.
fn offer(
    request: &pb::PlanPortfolioRequest,
    currency: &str,
    facts: &Facts,
    given: Option<i64>,
    fit: Option<&pb::Fit>,
) -> Result<(Candidate, String), String> {
    if let Some(fit) = fit {
        if fit.decision() == Decision::Avoid {
            return Err(format!("it is to be avoided: {}", fit.reasons.first().map_or("", String::as_str)));
        }
        if total(fit) < request.min_fit {
            return Err(format!("its fit is below {}", request.min_fit));
        }
    }
    let reach = expected_views(facts).ok_or("its expected views are not known")?;
    let (cost, basis) = price(facts, given, currency)?;
    Ok((Candidate { cost, reach, commenters: Vec::new(), complete: false }, basis))
}

fn check(problems: &mut Violations, request: &pb::PlanPortfolioRequest) {
    if request.candidates.len() > MOST {
        problems.add(
            "candidates",
            "TOO_MANY",
            format!("{} candidates; at most {MOST} are accepted", request.candidates.len()),
        );
    }
    for (place, _) in
        request.candidates.iter().enumerate().filter(|(_, one)| one.price_minor.is_some_and(|price| price <= 0))
    {
        problems.add(
            format!("candidates[{place}].price_minor"),
            "OUT_OF_RANGE",
            "accepted are prices above 0, in minor units",
        );
    }
    if request.budget_minor <= 0 {
        problems.add("budget_minor", "OUT_OF_RANGE", "accepted are budgets above 0, in minor units");
    }
    if !(0..=MOST).contains(&usize::try_from(request.max_creators).unwrap_or(usize::MAX)) {
        problems.add("max_creators", "OUT_OF_RANGE", format!("accepted are 1 to {MOST}, or 0 for no limit"));
    }
    if !(0.0..=100.0).contains(&request.min_fit) {
        problems.add("min_fit", "OUT_OF_RANGE", "accepted are 0 to 100");
    } else if request.min_fit > 0.0 && request.brand.is_none() {
        problems.add("min_fit", "NEEDS_BRAND", "a lowest fit needs a brand");
    }
}
