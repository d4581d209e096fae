//! Owns what the words of the wire about audiences and kinds of accounts mean here, and the other way round. Never I/O.

use creatorscope_kit::fault::Violations;
use creatorscope_proto::{common::v1 as common, discovery::v1 as pb};

use crate::model::{AccountType, Audience, AudienceDraft, AudiencePart, Provenance};

/// A kind of account; none when it is not given.
pub(super) fn account_type(number: i32, problems: &mut Violations) -> Option<AccountType> {
    match pb::AccountType::try_from(number) {
        Ok(pb::AccountType::Unspecified) => None,
        Ok(pb::AccountType::Personal) => Some(AccountType::Personal),
        Ok(pb::AccountType::Creator) => Some(AccountType::Creator),
        Ok(pb::AccountType::Business) => Some(AccountType::Business),
        Err(_) => {
            let found = format!("{number} is not the number of a kind of account");
            problems.add("account_type", "UNKNOWN_VALUE", found);
            None
        }
    }
}

/// The number of a kind of account.
pub(super) fn account_type_number(account_type: Option<AccountType>) -> i32 {
    let wire = match account_type {
        None => pb::AccountType::Unspecified,
        Some(AccountType::Personal) => pb::AccountType::Personal,
        Some(AccountType::Creator) => pb::AccountType::Creator,
        Some(AccountType::Business) => pb::AccountType::Business,
    };
    wire.into()
}

/// An audience before it is looked at.
pub(super) fn draft(audience: pb::Audience, problems: &mut Violations) -> AudienceDraft {
    let provenance = match common::Provenance::try_from(audience.provenance) {
        Ok(common::Provenance::Unspecified) => None,
        Ok(common::Provenance::Source) => Some(Provenance::Source),
        Ok(common::Provenance::Derived) => Some(Provenance::Derived),
        Ok(common::Provenance::Modelled) => Some(Provenance::Modelled),
        Err(_) => {
            let found = format!("{} is not the number of a provenance", audience.provenance);
            problems.add("audience.provenance", "UNKNOWN_VALUE", found);
            None
        }
    };
    let shares = |list: Vec<pb::AudienceShare>| list.into_iter().map(|share| (share.key, share.share)).collect();
    let parts = vec![
        (AudiencePart::Country, shares(audience.countries)),
        (AudiencePart::Language, shares(audience.languages)),
        (AudiencePart::Age, shares(audience.ages)),
        (AudiencePart::Gender, shares(audience.genders)),
        (AudiencePart::Interest, shares(audience.interests)),
    ];
    (parts, provenance)
}

/// An audience for the wire.
pub(super) fn wire(audience: &Audience) -> pb::Audience {
    let shares = |part: AudiencePart| {
        let shares = audience.part(part).iter();
        shares.map(|(key, share)| pb::AudienceShare { key: key.clone(), share: share.value() }).collect()
    };
    let provenance = match audience.provenance {
        None => common::Provenance::Unspecified,
        Some(Provenance::Source) => common::Provenance::Source,
        Some(Provenance::Derived) => common::Provenance::Derived,
        Some(Provenance::Modelled) => common::Provenance::Modelled,
    };
    pb::Audience {
        countries: shares(AudiencePart::Country),
        languages: shares(AudiencePart::Language),
        ages: shares(AudiencePart::Age),
        genders: shares(AudiencePart::Gender),
        interests: shares(AudiencePart::Interest),
        provenance: provenance.into(),
    }
}
