//! Owns the comments of the contracts, found by descriptor. Never an edit of them.

use std::{cell::RefCell, collections::HashMap};

use prost_reflect::{
    EnumDescriptor, EnumValueDescriptor, FieldDescriptor, FileDescriptor, MessageDescriptor, MethodDescriptor,
    ServiceDescriptor,
};

type ByPath = HashMap<Vec<i32>, String>;

/// The comments, read file by file when they are first asked for.
#[derive(Default)]
pub(crate) struct Comments {
    files: RefCell<HashMap<String, ByPath>>,
}

impl Comments {
    pub(crate) fn of_service(&self, service: &ServiceDescriptor) -> String {
        self.find(&service.parent_file(), service.path())
    }

    pub(crate) fn of_method(&self, method: &MethodDescriptor) -> String {
        self.find(&method.parent_service().parent_file(), method.path())
    }

    pub(crate) fn of_message(&self, message: &MessageDescriptor) -> String {
        self.find(&message.parent_file(), message.path())
    }

    pub(crate) fn of_field(&self, field: &FieldDescriptor) -> String {
        self.find(&field.parent_message().parent_file(), field.path())
    }

    pub(crate) fn of_enum(&self, kind: &EnumDescriptor) -> String {
        self.find(&kind.parent_file(), kind.path())
    }

    pub(crate) fn of_value(&self, value: &EnumValueDescriptor) -> String {
        self.find(&value.parent_enum().parent_file(), value.path())
    }

    fn find(&self, file: &FileDescriptor, path: &[i32]) -> String {
        let mut files = self.files.borrow_mut();
        let comments = files.entry(file.name().to_owned()).or_insert_with(|| read(file));
        comments.get(path).cloned().unwrap_or_default()
    }
}

fn read(file: &FileDescriptor) -> ByPath {
    let locations = file.file_descriptor_proto().source_code_info.iter().flat_map(|info| &info.location);
    locations.filter_map(|place| Some((place.path.clone(), plain(place.leading_comments.as_deref()?)))).collect()
}

/// A comment without the space before each of its lines, a line a paragraph: where the source breaks a line says nothing.
fn plain(comment: &str) -> String {
    let mut text = String::new();
    for line in comment.lines().map(str::trim) {
        let begins = line.is_empty() || is_item(line) || text.is_empty() || text.ends_with('\n');
        text.push_str(if begins && !line.is_empty() && !text.is_empty() && !text.ends_with('\n') { "\n" } else { "" });
        text.push_str(if begins { "" } else { " " });
        text.push_str(line);
        text.push_str(if line.is_empty() { "\n\n" } else { "" });
    }
    text.trim().to_owned()
}

/// Whether a line begins an item of a list: `1. …` or `* …`.
fn is_item(line: &str) -> bool {
    let rest = line.trim_start_matches(|letter: char| letter.is_ascii_digit());
    line.starts_with("* ") || (rest.len() < line.len() && rest.starts_with(". "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_of_a_paragraph_are_one_and_items_stay_apart() {
        let comment = " What is\n found:\n\n 1. names\n    and handles;\n 2. words.\n\n End.\n";
        assert_eq!(plain(comment), "What is found:\n\n1. names and handles;\n2. words.\n\nEnd.");
    }
}
