//! Owns what a link in a profile points to: an account of a platform, or a page. Never whether that is true.

use creatorscope_domain::{CreatorId, Platform};

/// Longest target that is kept, in bytes; links beyond are left out.
const LONGEST: usize = 500;
/// Paths of the platforms that are no handles.
const NO_HANDLES: [&str; 22] = [
    "watch", "shorts", "playlist", "feed", "results", "hashtag", "live", "redirect", "premium", "about", "p", "reel",
    "reels", "stories", "explore", "tv", "accounts", "discover", "music", "tag", "foryou", "embed",
];

/// What a link points to, as a key: `{platform}:{id}` is an account by its id, `{platform}@{handle}` one by its handle,
/// `page/{host}/{path}` a page. None for what points to a post, a search or nothing.
///
/// ```
/// use creatorscope_discovery::links::target;
/// assert_eq!(target("https://www.youtube.com/@Ana?sub_confirmation=1").as_deref(), Some("youtube@ana"));
/// assert_eq!(target("linktr.ee/Ana/").as_deref(), Some("page/linktr.ee/ana"));
/// assert_eq!(target("https://www.tiktok.com/@ana/video/7"), None);
/// ```
pub fn target(link: &str) -> Option<String> {
    let (host, path) = parts(link)?;
    let segments: Vec<&str> = path.split('/').filter(|segment| !segment.is_empty()).collect();
    let platform = match host.as_str() {
        "youtube.com" => Some(Platform::Youtube),
        "tiktok.com" => Some(Platform::Tiktok),
        "instagram.com" | "instagr.am" => Some(Platform::Instagram),
        "youtu.be" => return None,
        _ => None,
    };
    let target = match platform {
        Some(platform) => account(platform, &segments)?,
        None => format!("page/{host}/{}", segments.join("/").to_lowercase()),
    };
    (target.len() <= LONGEST).then_some(target)
}

/// The keys under which links find an account: its id and its handle.
pub fn keys(id: &CreatorId, handle: &str) -> Vec<String> {
    let mut keys = vec![id.as_str().to_owned()];
    let mut add = |handle: &str| {
        let platform = id.platform();
        if let Some(key) = by_handle(platform, handle).filter(|key| !keys.contains(key)) {
            keys.push(key);
        }
    };
    add(handle);
    // Files often know an account by its handle only, and that is its id then. YouTube's ids never look like handles, and
    // digits alone are an id.
    let platform_id = id.platform_id();
    if id.platform() != Platform::Youtube && !platform_id.bytes().all(|byte| byte.is_ascii_digit()) {
        add(platform_id);
    }
    keys
}

/// Whether a target is a page and not an account.
pub fn is_page(target: &str) -> bool {
    target.starts_with("page/")
}

/// Host and path: without scheme, `www.`, user, port, query and fragment; the host in lower case.
fn parts(link: &str) -> Option<(String, String)> {
    let link = link.trim();
    let rest = match link.split_once("://") {
        Some((scheme, rest)) if scheme.eq_ignore_ascii_case("http") || scheme.eq_ignore_ascii_case("https") => rest,
        Some(_) => return None,
        // `mailto:ana@example.com` has a scheme, too.
        None if link.split('/').next().is_some_and(|first| first.contains('@')) => return None,
        None => link.trim_start_matches("//"),
    };
    let rest = rest.split(['?', '#']).next().unwrap_or_default();
    let (authority, path) = rest.split_once('/').unwrap_or((rest, ""));
    let host = authority.rsplit('@').next().unwrap_or_default();
    let host = host.split(':').next().unwrap_or_default().trim_end_matches('.').to_lowercase();
    let is_host = host.contains('.')
        && host.split('.').all(|label| !label.is_empty() && label.chars().all(|c| c.is_alphanumeric() || c == '-'));
    if !is_host {
        return None;
    }
    let bare = ["www.", "m.", "mobile."].iter().find_map(|prefix| host.strip_prefix(prefix)).unwrap_or(&host);
    Some((bare.to_owned(), unescaped(path)))
}

/// A path with its `%40` and the like read; what is no text stays as it is.
fn unescaped(path: &str) -> String {
    let mut bytes = Vec::with_capacity(path.len());
    let mut rest = path.as_bytes();
    while let [first, behind @ ..] = rest {
        let escaped = (*first == b'%').then(|| behind.get(..2)).flatten();
        let byte = escaped.and_then(|hex| u8::from_str_radix(std::str::from_utf8(hex).ok()?, 16).ok());
        bytes.push(byte.unwrap_or(*first));
        rest = if byte.is_some() { &behind[2..] } else { behind };
    }
    String::from_utf8(bytes).unwrap_or_else(|_| path.to_owned())
}

fn account(platform: Platform, segments: &[&str]) -> Option<String> {
    match (platform, segments) {
        (Platform::Youtube, ["channel", id, ..]) => CreatorId::new(platform, id).ok().map(|id| id.as_str().to_owned()),
        (Platform::Youtube, ["c" | "user", handle, ..]) => by_handle(platform, handle),
        (Platform::Youtube, [handle, ..]) if handle.starts_with('@') => by_handle(platform, handle),
        (Platform::Tiktok, [handle]) if handle.starts_with('@') => by_handle(platform, handle),
        (Platform::Youtube | Platform::Instagram, [handle])
            if !NO_HANDLES.contains(&handle.to_lowercase().as_str()) =>
        {
            by_handle(platform, handle)
        }
        _ => None,
    }
}

fn by_handle(platform: Platform, handle: &str) -> Option<String> {
    let handle = handle.trim().trim_start_matches('@').to_lowercase();
    let plain = |letter: char| letter.is_alphanumeric() || matches!(letter, '.' | '_' | '-' | '·');
    let accepted = !handle.is_empty() && handle.len() <= 200 && handle.chars().all(plain);
    accepted.then(|| format!("{}@{handle}", platform.slug()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_to_accounts_are_read_in_every_form() {
        for (link, found) in [
            ("https://www.youtube.com/@Ana.B", "youtube@ana.b"),
            ("youtube.com/@ana/videos?view=0", "youtube@ana"),
            ("http://m.youtube.com/%40ana#top", "youtube@ana"),
            ("https://youtube.com/channel/UC_x5XG1OV2P6uZZ5FSM9Ttw", "youtube:UC_x5XG1OV2P6uZZ5FSM9Ttw"),
            ("https://www.youtube.com/c/AnaB/featured", "youtube@anab"),
            ("youtube.com/user/ana", "youtube@ana"),
            ("youtube.com/ana", "youtube@ana"),
            ("https://www.instagram.com/ana_b/?hl=de&igshid=xyz", "instagram@ana_b"),
            ("instagr.am/ana", "instagram@ana"),
            ("//tiktok.com/@ana?lang=en", "tiktok@ana"),
            ("HTTPS://WWW.TIKTOK.COM/@ANA", "tiktok@ana"),
            (" https://user:password@tiktok.com:443/@ana ", "tiktok@ana"),
        ] {
            assert_eq!(target(link).as_deref(), Some(found), "{link}");
        }
    }

    #[test]
    fn other_pages_are_the_same_however_they_are_written() {
        for link in
            ["https://linktr.ee/Ana", "linktr.ee/ana/", "http://www.linktr.ee/ana?utm_source=x", "LINKTR.EE/ANA#a"]
        {
            assert_eq!(target(link).as_deref(), Some("page/linktr.ee/ana"), "{link}");
        }
        assert_eq!(target("https://ana.example").as_deref(), Some("page/ana.example/"));
        assert!(is_page("page/ana.example/") && !is_page("tiktok@ana"));
    }

    #[test]
    fn posts_searches_and_rubbish_are_no_targets() {
        for link in [
            "",
            "ana",
            "https://youtu.be/XpVt6Z1Gjjo",
            "https://www.youtube.com/watch?v=XpVt6Z1Gjjo",
            "youtube.com",
            "https://www.tiktok.com/@ana/video/7",
            "https://www.tiktok.com/discover",
            "https://www.instagram.com/p/abc/",
            "https://www.instagram.com/reel/",
            "ftp://ana.example/x",
            "mailto:ana@example.com",
            "https:///x",
            "http://a..b/",
        ] {
            assert_eq!(target(link), None, "{link}");
        }
    }

    #[test]
    fn an_account_is_found_by_its_id_and_its_handle() {
        let id = CreatorId::new(Platform::Youtube, "UC_x5XG1OV2P6uZZ5FSM9Ttw").expect("valid");
        assert_eq!(keys(&id, "@Ana"), ["youtube:UC_x5XG1OV2P6uZZ5FSM9Ttw", "youtube@ana"]);
        let id = CreatorId::new(Platform::Tiktok, "Ana").expect("valid");
        assert_eq!(keys(&id, ""), ["tiktok:Ana", "tiktok@ana"]);
        let id = CreatorId::new(Platform::Instagram, "178414").expect("valid");
        assert_eq!(keys(&id, ""), ["instagram:178414"]);
    }
}
