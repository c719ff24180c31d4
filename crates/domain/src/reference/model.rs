//! What a reference consists of: groups of operations, each with all that is shown of it.

use super::{Example, Schema};

/// The reference of one API.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Reference {
    /// What the API is called.
    pub title: String,
    /// Which version of the API it tells of; empty when the document does not say.
    pub version: String,
    /// What the API is for, as its author wrote it (Markdown, to be shown as text); may be empty.
    pub description: String,
    /// Where the API is reached, the first by default. None when the document names no server.
    pub base_urls: Vec<BaseUrl>,
    /// The operations by their first tag, in the order of the document's tags; groups without operations are left out.
    pub groups: Vec<Group>,
}

/// An address under which the API is reached.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BaseUrl {
    /// The address with the defaults of its variables filled in; may be relative (`/`). No slash at its end but for `/` alone.
    pub url: String,
    /// What it is for; may be empty.
    pub description: String,
}

/// Operations that belong together.
#[derive(Clone, Debug, PartialEq)]
pub struct Group {
    /// What it is called, as the tag is written.
    pub name: String,
    /// Its name in addresses: lower-case letters, digits and hyphens, unique among the groups.
    pub slug: String,
    /// What belongs to it; may be empty.
    pub description: String,
    /// By path and then method.
    pub operations: Vec<Operation>,
}

/// One method on one path.
#[derive(Clone, Debug, PartialEq)]
pub struct Operation {
    /// Its name in addresses: letters, digits, `-` and `_`, at most 100, unique in the reference; the same as long as the document
    /// keeps its `operationId`, or without one its method and path.
    pub slug: String,
    /// In capitals: `GET`, `POST` …
    pub method: String,
    /// As the document writes it, with parameters in braces: `/payments/{id}`. Begins with a slash.
    pub path: String,
    /// One line; may be empty.
    pub summary: String,
    /// Markdown, to be shown as text; may be empty.
    pub description: String,
    /// Whether nobody should begin to use it.
    pub deprecated: bool,
    /// The ways to prove who asks, one of which is enough. Empty when none is needed.
    pub security: Vec<Security>,
    /// Of the path and of the operation: in the path, the query, the headers, the cookies.
    pub parameters: Vec<Parameter>,
    /// What is sent with it.
    pub body: Option<Body>,
    /// By status, `default` last.
    pub responses: Vec<Response>,
    /// Where this operation is reached when that is elsewhere than the rest of the API.
    pub base_urls: Vec<BaseUrl>,
}

/// One way to prove who asks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Security {
    /// How the document calls it.
    pub name: String,
    /// How it is sent.
    pub kind: SecurityKind,
    /// What whoever asks must be allowed to do; in the document's order.
    pub scopes: Vec<String>,
    /// What the document says of it; may be empty.
    pub description: String,
}

/// How it is sent who asks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SecurityKind {
    /// `Authorization: Bearer <token>`, by whatever means the token was had.
    Bearer,
    /// `Authorization: Basic <name and password>`.
    Basic,
    /// `Authorization` with another scheme, which is named.
    Scheme(String),
    /// A header of this name.
    Header(String),
    /// A parameter of this name in the query.
    Query(String),
    /// A cookie of this name.
    Cookie(String),
    /// A certificate of the caller.
    Certificate,
}

/// Where a parameter is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum ParameterPlace {
    /// In the path, always.
    Path,
    /// Behind the question mark.
    Query,
    /// As a header.
    Header,
    /// As a cookie.
    Cookie,
}

/// Something that a caller fills in.
#[derive(Clone, Debug, PartialEq)]
pub struct Parameter {
    /// As it is sent.
    pub name: String,
    /// Where it is sent.
    pub place: ParameterPlace,
    /// Whether nothing works without it.
    pub required: bool,
    /// Whether nobody should begin to send it.
    pub deprecated: bool,
    /// Which values it takes.
    pub schema: Schema,
    /// What it is for; may be empty.
    pub description: String,
    /// A value as it is written into the request, before any encoding; may be empty.
    pub example: String,
}

/// What is sent with a request.
#[derive(Clone, Debug, PartialEq)]
pub struct Body {
    /// What it is for; may be empty.
    pub description: String,
    /// Whether the request is refused without it.
    pub required: bool,
    /// In which forms it may be sent; JSON first.
    pub media: Vec<MediaType>,
}

/// One form of a body.
#[derive(Clone, Debug, PartialEq)]
pub struct MediaType {
    /// `application/json` …
    pub name: String,
    /// What it consists of.
    pub schema: Schema,
    /// At least one where the schema says anything: the document's own, or else one made from the schema.
    pub examples: Vec<Example>,
}

/// What may be answered.
#[derive(Clone, Debug, PartialEq)]
pub struct Response {
    /// `200`, `4XX` or `default`.
    pub status: String,
    /// What it means.
    pub description: String,
    /// What comes with it; by name.
    pub headers: Vec<Header>,
    /// In which forms its body may come; none when it has none.
    pub media: Vec<MediaType>,
}

/// A header of an answer.
#[derive(Clone, Debug, PartialEq)]
pub struct Header {
    /// As it is sent.
    pub name: String,
    /// What it says; may be empty.
    pub description: String,
    /// Whether it is always there.
    pub required: bool,
    /// Which values it has.
    pub schema: Schema,
    /// A value; may be empty.
    pub example: String,
}

impl Reference {
    /// Every operation, in the order of the groups.
    pub fn operations(&self) -> impl Iterator<Item = &Operation> {
        self.groups.iter().flat_map(|group| &group.operations)
    }

    /// The group and the operation with this slug.
    pub fn find(&self, slug: &str) -> Option<(&Group, &Operation)> {
        let within = |group| Operation::named(group, slug).map(|operation| (group, operation));
        self.groups.iter().find_map(within)
    }

    /// What stands before and after the operation with this slug, for whoever reads on.
    pub fn neighbours(&self, slug: &str) -> (Option<&Operation>, Option<&Operation>) {
        let mut before = None;
        let mut all = self.operations();
        while let Some(operation) = all.next() {
            if operation.slug == slug {
                return (before, all.next());
            }
            before = Some(operation);
        }
        (None, None)
    }

    /// The same reference with those operations alone that `keeps` names; groups that lose all of theirs are left out.
    #[must_use]
    pub fn filtered(mut self, keeps: impl Fn(&Operation) -> bool) -> Self {
        for group in &mut self.groups {
            group.operations.retain(&keeps);
        }
        self.groups.retain(|group| !group.operations.is_empty());
        self
    }
}

impl Operation {
    fn named<'a>(group: &'a Group, slug: &str) -> Option<&'a Self> {
        group.operations.iter().find(|operation| operation.slug == slug)
    }
}

impl ParameterPlace {
    /// The word of OpenAPI: `path`, `query`, `header`, `cookie`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Path => "path",
            Self::Query => "query",
            Self::Header => "header",
            Self::Cookie => "cookie",
        }
    }
}

impl Security {
    /// How it is sent, in a few words: `Authorization: Bearer …`.
    pub fn told(&self) -> String {
        match &self.kind {
            SecurityKind::Bearer => "Authorization: Bearer …".to_owned(),
            SecurityKind::Basic => "Authorization: Basic …".to_owned(),
            SecurityKind::Scheme(scheme) => format!("Authorization: {scheme} …"),
            SecurityKind::Header(name) => format!("header {name}"),
            SecurityKind::Query(name) => format!("query parameter {name}"),
            SecurityKind::Cookie(name) => format!("cookie {name}"),
            SecurityKind::Certificate => "a client certificate".to_owned(),
        }
    }
}
