//! Owns the ids of comments: the source's own where they can stand in a name, else one made of what the comment says. Never a
//! comment's words.

use std::collections::HashMap;

use jiff::Timestamp;

/// Longest id of a comment, in bytes.
const LONGEST: usize = 200;
/// Hexadecimal digits of a made id.
const DIGITS: usize = 24;

/// The ids of the comments of one row. Comments of one row that say the same in all that is known of them are different ones.
#[derive(Debug, Default)]
pub(super) struct CommentIds {
    made: HashMap<String, u32>,
}

impl CommentIds {
    /// The id of a comment. Without an own one it is the hash of post, author, time and text, and of how many comments of the row
    /// said the same before: the same row gives the same ids again.
    pub(super) fn of(&mut self, post: &str, own: &str, author: &str, time: Option<Timestamp>, text: &str) -> String {
        if !own.is_empty() {
            return comment_id(post, own);
        }
        let time = time.map(|time| time.to_string()).unwrap_or_default();
        let mut said = format!("{post}\0{author}\0{time}\0{text}");
        let before = self.made.entry(said.clone()).or_default();
        if *before > 0 {
            said.push_str(&format!("\0{before}"));
        }
        *before += 1;
        made(&said)
    }
}

/// An id as it can stand in a name: one that cannot is replaced by its hash, under its post.
pub(super) fn comment_id(post: &str, own: &str) -> String {
    let fits = own.len() <= LONGEST && own.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._-~".contains(&byte));
    if fits { own.to_owned() } else { made(&format!("{post}\0{own}")) }
}

fn made(text: &str) -> String {
    format!("~{}", &blake3::hash(text.as_bytes()).to_hex()[..DIGITS])
}

#[cfg(test)]
mod tests {
    use super::*;

    const POST: &str = "creators/youtube:UCsBjURrPoezykLs9EqgamOA/posts/8PhdfcX9tG0";

    #[test]
    fn a_comment_without_an_id_gets_the_same_one_each_time_and_another_when_something_about_it_differs() {
        let id = |author, time: Option<&str>, text| {
            let time = time.map(|time| time.parse().expect("valid"));
            CommentIds::default().of(POST, "", author, time, text)
        };
        let time = Some("2024-05-01T12:00:00Z");
        let ids = [
            id("", None, "so good"),
            id("bob", None, "so good"),
            id("bob", time, "so good"),
            id("bob", time, "so bad"),
            CommentIds::default().of("creators/youtube:x/posts/y", "", "", None, "so good"),
        ];
        let different: std::collections::HashSet<&String> = ids.iter().collect();
        assert_eq!(different.len(), ids.len());
        assert!(ids.iter().all(|id| id.starts_with('~') && id.len() == 1 + DIGITS), "{ids:?}");
        assert_eq!(id("bob", time, "so good"), ids[2]);
    }

    #[test]
    fn comments_of_one_list_that_say_the_same_are_counted_apart_and_alike_in_a_second_reading() {
        let read = || {
            let mut ids = CommentIds::default();
            ["yes", "no", "yes", "yes"].map(|text| ids.of(POST, "", "", None, text))
        };
        let first = read();
        let different: std::collections::HashSet<&String> = first.iter().collect();
        assert_eq!(different.len(), 4);
        assert_eq!(read(), first);
    }

    #[test]
    fn an_id_that_cannot_stand_in_a_name_is_replaced_by_one_that_can() {
        assert_eq!(comment_id(POST, "UgzX.9a-b_c~"), "UgzX.9a-b_c~");
        for own in ["a/b", "a b", "é", &"x".repeat(LONGEST + 1)] {
            let id = comment_id(POST, own);
            assert!(id.starts_with('~') && id == comment_id(POST, own), "{id}");
        }
    }
}
