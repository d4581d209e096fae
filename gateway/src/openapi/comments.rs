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

/// A comment without the space that stands before each of its lines.
fn plain(comment: &str) -> String {
    let lines: Vec<&str> = comment.lines().map(|line| line.strip_prefix(' ').unwrap_or(line).trim_end()).collect();
    lines.join("\n").trim().to_owned()
}
