//! Event types that forms offer.

use devhub_domain::events::KnownType;
use devhub_domain::page::{PageRequest, PageSize};

use crate::admin::signed::Signed;
use crate::blocking;
use crate::problem_body::Problem;

/// An event type that can be chosen.
#[derive(Clone, Debug)]
pub(super) struct Offered {
    pub(super) name: String,
    pub(super) description: String,
}

/// What is offered: one page of the catalogue, which is all of it for nearly everybody. Whoever has more names them.
pub(super) async fn offered(signed: &Signed) -> Result<Vec<Offered>, Problem> {
    let (event_types, workspace_id) = (signed.visit.services.event_types.clone(), signed.workspace_id());
    let request = PageRequest { size: PageSize::MAX, after: None };
    let page = blocking::run(move || event_types.list(workspace_id, request)).await?;
    Ok(page.items.iter().filter(|known| !is_over(known)).map(Offered::from).collect())
}

const fn is_over(known: &KnownType) -> bool {
    match known {
        KnownType::BuiltIn(_) => false,
        KnownType::Own(own) => own.is_archived,
    }
}

impl From<&KnownType> for Offered {
    fn from(known: &KnownType) -> Self {
        let (name, description) = match known {
            KnownType::BuiltIn(entry) => (entry.name, entry.description),
            KnownType::Own(own) => (own.name.as_str(), own.description.as_str()),
        };
        Self { name: name.to_owned(), description: description.to_owned() }
    }
}
