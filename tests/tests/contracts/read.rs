//! Owns reading: walks our packages in the descriptor set, with the comments and options that stand beside each element.
//! Never judges.

use prost_reflect::{
    DescriptorPool, DynamicMessage, EnumDescriptor, FieldDescriptor, FileDescriptor, MessageDescriptor,
    MethodDescriptor, ServiceDescriptor, Value,
};

/// The number of `package` and of `syntax` in `FileDescriptorProto`; a file's comment stands before one of them.
const PACKAGE_PATH: [i32; 1] = [2];
const SYNTAX_PATH: [i32; 1] = [12];

/// The elements of the packages `creatorscope.*`, in the order of the files.
pub(crate) struct Contracts {
    pool: DescriptorPool,
}

impl Contracts {
    /// The contracts that this build has.
    pub(crate) fn ours() -> Self {
        Self::from(creatorscope_proto::pool().clone())
    }

    /// Our files.
    pub(crate) fn files(&self) -> Vec<FileDescriptor> {
        self.pool.files().filter(|file| file.package_name().split('.').next() == Some("creatorscope")).collect()
    }

    /// All messages, those inside others too. Without the entries that the compiler makes for maps.
    pub(crate) fn messages(&self) -> Vec<MessageDescriptor> {
        let mut waiting: Vec<_> = self.files().iter().flat_map(|file| file.messages().collect::<Vec<_>>()).collect();
        let mut found = Vec::new();
        while let Some(message) = waiting.pop() {
            waiting.extend(message.child_messages());
            if !message.is_map_entry() {
                found.push(message);
            }
        }
        found.sort_by(|left, right| left.full_name().cmp(right.full_name()));
        found
    }

    /// The fields of all messages.
    pub(crate) fn fields(&self) -> Vec<FieldDescriptor> {
        self.messages().iter().flat_map(|message| message.fields().collect::<Vec<_>>()).collect()
    }

    /// All enums, those inside messages too.
    pub(crate) fn enums(&self) -> Vec<EnumDescriptor> {
        let mut found: Vec<_> = self.files().iter().flat_map(|file| file.enums().collect::<Vec<_>>()).collect();
        found.extend(self.messages().iter().flat_map(|message| message.child_enums().collect::<Vec<_>>()));
        found
    }

    /// All services.
    pub(crate) fn services(&self) -> Vec<ServiceDescriptor> {
        self.files().iter().flat_map(|file| file.services().collect::<Vec<_>>()).collect()
    }

    /// The methods of all services.
    pub(crate) fn methods(&self) -> Vec<MethodDescriptor> {
        self.services().iter().flat_map(|service| service.methods().collect::<Vec<_>>()).collect()
    }

    /// The value of a custom option, e.g. `google.api.http`; `None` when it is not set.
    pub(crate) fn option(&self, options: &DynamicMessage, name: &str) -> Option<Value> {
        let extension = self.pool.get_extension_by_name(name).expect("the contracts import the option");
        options.has_extension(&extension).then(|| options.get_extension(&extension).into_owned())
    }
}

impl From<DescriptorPool> for Contracts {
    fn from(pool: DescriptorPool) -> Self {
        Self { pool }
    }
}

/// The comment before the element at `path`, without the spaces around it; empty when there is none.
pub(crate) fn comment(file: &FileDescriptor, path: &[i32]) -> String {
    let written = file.file_descriptor_proto().source_code_info.as_ref();
    let location = written.and_then(|written| written.location.iter().find(|location| location.path == path));
    location.map(|location| location.leading_comments().trim().to_owned()).unwrap_or_default()
}

/// The comment at the top of a file.
pub(crate) fn file_comment(file: &FileDescriptor) -> String {
    let before_syntax = comment(file, &SYNTAX_PATH);
    if before_syntax.is_empty() { comment(file, &PACKAGE_PATH) } else { before_syntax }
}

/// The texts of a field of an option's value, e.g. `pattern` of `google.api.resource`; a plain field gives one or none.
pub(crate) fn texts(value: &DynamicMessage, field: &str) -> Vec<String> {
    let Some(value) = value.get_field_by_name(field) else { return Vec::new() };
    let values = match value.as_ref() {
        Value::List(values) => values.clone(),
        single => vec![single.clone()],
    };
    values.iter().filter_map(Value::as_str).filter(|text| !text.is_empty()).map(str::to_owned).collect()
}
