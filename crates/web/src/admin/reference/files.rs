//! The reference as text, for programs that read it and for people who keep it beside their code.

use std::fmt::Write as _;
use std::sync::Arc;

use actix_web::http::header::CONTENT_TYPE;
use actix_web::web::Bytes;
use actix_web::{HttpRequest, HttpResponse};
use devhub_domain::reference::{KeptReference, WrittenMarkdown, markdown_line};
use devhub_domain::store::StoreError;

use super::site::Site;
use crate::admin::turns::Turns;
use crate::admin::visit::Visit;
use crate::blocking;
use crate::problem_body::Problem;

/// The type of what is answered.
pub(super) const MARKDOWN: &str = "text/markdown; charset=utf-8";

/// Answers with the whole of a source.
pub(super) async fn markdown_of(req: &HttpRequest, visit: &Visit, site: &Site) -> Result<HttpResponse, Problem> {
    let source = site.find(req.match_info().get("source").unwrap_or_default())?;
    let reference = Arc::clone(&source.reference);
    let markdown = match reference.written_markdown() {
        Some(markdown) => markdown,
        None => written(visit, reference).await?,
    };
    Ok(HttpResponse::Ok().insert_header((CONTENT_TYPE, MARKDOWN)).body(Bytes::from_owner(markdown.text)))
}

/// A document of the largest kind is written for longer than others shall wait: with a turn, and once.
async fn written(visit: &Visit, reference: Arc<KeptReference>) -> Result<WrittenMarkdown, StoreError> {
    let turn = Turns::of_uploads(&visit.services).take().await?;
    let write = move || {
        let text = reference.markdown();
        drop(turn);
        Ok(text)
    };
    blocking::run(write).await
}

/// Where everything is, for programs that look for it. *Source:* llmstxt.org.
pub(super) fn llms(site: &Site) -> String {
    let mut text =
        "# Endpoint Reference\n\n> What can be asked of this installation, and how it is proved who asks.\n\n\
                    ## References\n\n"
            .to_owned();
    for source in &site.sources {
        let (name, href) = (markdown_line(&source.name), site.markdown_href(source));
        let line = writeln!(text, "- [{name}]({}{href}): {}", site.hub_url, source.about);
        line.expect("a text can be written to");
    }
    text.push_str("\n## Guides\n\n");
    for (name, page, about) in GUIDES {
        let line = writeln!(text, "- [{name}]({}{}): {about}", site.hub_url, site.href(page));
        line.expect("a text can be written to");
    }
    text
}

const GUIDES: [(&str, &str, &str); 3] = [
    ("Authentication", "authentication", "How requests carry their key, and what refuses them."),
    ("Events", "events", "What webhook endpoints are told, with samples."),
    ("Errors", "errors", "Every code, what it means and what to do."),
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::admin::reference::samples::site;

    #[test]
    fn the_index_leads_to_every_source_whatever_it_is_called() {
        let text = llms(&site());
        let href = "https://hub.example/admin/developer/reference/payments.md";
        assert!(text.contains(&format!("- [Payments API]({href}): Payments.\n")), "{text}");
        assert!(text.contains("platform.md") && !text.contains("<b>"), "{text}");
    }
}
