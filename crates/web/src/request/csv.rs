//! Tables as answers; how a line is written, and kept from being a formula, stands in [`crate::csv`].

use actix_web::HttpResponse;
use actix_web::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};

use crate::csv::{CONTENT, lines};

/// A table that grows line by line.
pub(crate) struct Csv(Vec<Vec<String>>);

impl Csv {
    /// A table with these columns.
    pub(crate) fn new<'a>(columns: impl IntoIterator<Item = &'a str>) -> Self {
        Self(vec![columns.into_iter().map(str::to_owned).collect()])
    }

    /// Adds a line.
    pub(crate) fn line(&mut self, cells: impl IntoIterator<Item = String>) {
        self.0.push(cells.into_iter().collect());
    }

    /// The answer, which browsers save under this name.
    pub(crate) fn into_response(self, file_name: &str) -> HttpResponse {
        HttpResponse::Ok()
            .insert_header((CONTENT_TYPE, CONTENT))
            .insert_header((CONTENT_DISPOSITION, format!("attachment; filename=\"{file_name}\"")))
            .body(lines(self.0.iter().map(|row| row.iter().map(String::as_str))))
    }
}
