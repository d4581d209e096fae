//! Owns ids and names of brands, campaigns, participants and deliverables. Never whether they exist.

use creatorscope_domain::PostName;
use creatorscope_kit::fault::Violation;

use super::parts::cut;

/// The longest id, in characters.
pub const LONGEST_ID: usize = 63;

/// Whether an id is accepted: 1 to 63 of `a` to `z`, `0` to `9` and `-`, beginning with a letter.
pub fn is_id(id: &str) -> bool {
    let bytes = id.as_bytes();
    bytes.first().is_some_and(u8::is_ascii_lowercase)
        && bytes.len() <= LONGEST_ID
        && bytes.iter().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || *byte == b'-')
}

/// Errs with what would be accepted when an id is not: `INVALID_ID`.
pub fn id(field: &str, id: &str) -> Result<(), Violation> {
    if is_id(id) {
        return Ok(());
    }
    let description = format!(
        "`{}` is not an id; accepted are 1 to {LONGEST_ID} of a to z, 0 to 9 and -, beginning with a letter",
        cut(id)
    );
    Err(Violation::new(field, "INVALID_ID", description))
}

/// Reads `brands/{brand}`. Errors: `INVALID_NAME`.
pub fn brand<'a>(field: &str, name: &'a str) -> Result<&'a str, Violation> {
    let [id] = read(field, name, ["brands"], "brands/{brand}")?;
    Ok(id)
}

/// Reads `campaigns/{campaign}`. Errors: `INVALID_NAME`.
pub fn campaign<'a>(field: &str, name: &'a str) -> Result<&'a str, Violation> {
    let [id] = read(field, name, ["campaigns"], "campaigns/{campaign}")?;
    Ok(id)
}

/// Reads `campaigns/{campaign}/participants/{participant}`: both ids. Errors: `INVALID_NAME`.
pub fn participant<'a>(field: &str, name: &'a str) -> Result<(&'a str, &'a str), Violation> {
    const FORM: &str = "campaigns/{campaign}/participants/{participant}";
    let [campaign, id] = read(field, name, ["campaigns", "participants"], FORM)?;
    Ok((campaign, id))
}

/// Reads `campaigns/{campaign}/deliverables/{deliverable}`: both ids. Errors: `INVALID_NAME`.
pub fn deliverable<'a>(field: &str, name: &'a str) -> Result<(&'a str, &'a str), Violation> {
    const FORM: &str = "campaigns/{campaign}/deliverables/{deliverable}";
    let [campaign, id] = read(field, name, ["campaigns", "deliverables"], FORM)?;
    Ok((campaign, id))
}

/// Reads `creators/{creator}/posts/{post}` of the creator `creators/{creator}`. Errors: those of names, and `OTHER_CREATOR` for a
/// post of another creator.
pub fn post_of(field: &str, name: &str, creator: &str) -> Result<PostName, Violation> {
    let post = PostName::parse(name).map_err(|problem| Violation::new(field, problem.reason(), problem.to_string()))?;
    if post.creator.name() == creator {
        return Ok(post);
    }
    let shown: String = name.chars().take(80).collect();
    let description =
        format!("`{shown}` is a post of another creator; accepted are posts of the participant's, `{creator}`");
    Err(Violation::new(field, "OTHER_CREATOR", description))
}

/// Reads the ids of a name of these collections; `form` is shown when it is another one.
fn read<'a, const N: usize>(
    field: &str,
    name: &'a str,
    collections: [&str; N],
    form: &str,
) -> Result<[&'a str; N], Violation> {
    let mut ids = [""; N];
    let mut parts = name.split('/');
    let well_made = collections.iter().zip(&mut ids).all(|(collection, id)| {
        let fits = parts.next() == Some(collection);
        *id = parts.next().unwrap_or_default();
        fits && is_id(id)
    });
    if well_made && parts.next().is_none() {
        return Ok(ids);
    }
    let shown: String = name.chars().take(80).collect();
    let description = format!(
        "`{shown}` is not a name of the form `{form}`, ids being 1 to {LONGEST_ID} of a to z, 0 to 9 and -, beginning with a letter"
    );
    Err(Violation::new(field, "INVALID_NAME", description))
}
