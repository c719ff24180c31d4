//! Where the events of an endpoint are chosen: by group, and with a search where there are scripts.

use askama::Template;
use askama::filters::HtmlSafe;

use super::catalog::Offered;
use crate::admin::form_errors::Refusable;

/// What the form sends each chosen type as. The first box has it as its id, so that a summary of errors leads there.
const NAME: &str = "event_types";

/// The fieldsets. Without scripts they are lists of boxes; with them there is a search, and a button for each group.
#[derive(Template)]
#[template(path = "admin/webhooks/picker.html")]
pub(in crate::admin) struct EventPicker {
    name: &'static str,
    /// Where it stands what each of them is.
    catalog: &'static str,
    groups: Vec<Group>,
    help: Option<&'static str>,
    error: Option<String>,
}

/// Types whose names begin with the same word.
struct Group {
    word: String,
    options: Vec<Choice>,
}

struct Choice {
    id: String,
    /// That of its description; none of the whole, which the first box shares its id with.
    help_id: String,
    value: String,
    about: String,
    is_checked: bool,
}

impl HtmlSafe for EventPicker {}

impl Refusable for EventPicker {
    fn name(&self) -> &'static str {
        self.name
    }

    fn error(&mut self) -> &mut Option<String> {
        &mut self.error
    }
}

impl EventPicker {
    /// What is offered, with what is chosen of it.
    pub(super) fn new(offered: &[Offered], chosen: &[String]) -> Self {
        let mut groups: Vec<Group> = Vec::new();
        for (position, offered) in offered.iter().enumerate() {
            let word = group_of(&offered.name);
            if !groups.iter().any(|group| group.word == word) {
                groups.push(Group { word: word.to_owned(), options: Vec::new() });
            }
            let choice = Choice {
                id: if position == 0 { NAME.to_owned() } else { format!("{NAME}-{}", position + 1) },
                help_id: format!("{NAME}-{}-help", position + 1),
                value: offered.name.clone(),
                about: offered.description.clone(),
                is_checked: chosen.contains(&offered.name),
            };
            if let Some(group) = groups.iter_mut().find(|group| group.word == word) {
                group.options.push(choice);
            }
        }
        let help = Some("What it is told of. Choose no more than its program uses.");
        Self { name: NAME, catalog: crate::admin::event_types::PATH, groups, help, error: None }
    }
}

/// The word that a type shares with those that are told beside it: `payment` of `payment.completed`.
pub(in crate::admin) fn group_of(name: &str) -> &str {
    name.split('.').next().unwrap_or(name)
}

#[cfg(test)]
impl crate::admin::components::Sample for EventPicker {
    const TEMPLATE: &'static str = "admin/webhooks/picker.html";

    fn samples() -> Vec<Self> {
        let offered = ["payment.completed", "order.placed", "payment.failed"]
            .map(|name| Offered { name: name.to_owned(), description: "<script>alert(1)</script>".to_owned() });
        let wrong = Self { error: Some("Choose one.".to_owned()), ..Self::new(&offered, &["order.placed".to_owned()]) };
        vec![Self::new(&offered, &[]), wrong]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::admin::components::Sample as _;

    #[test]
    fn no_two_elements_have_one_id() {
        let html = EventPicker::samples().remove(0).render().unwrap();
        let mut ids: Vec<_> =
            html.split(" id=\"").skip(1).map(|rest| rest.split('"').next().unwrap_or_default()).collect();
        let count = ids.len();
        ids.sort_unstable();
        ids.dedup();
        assert_eq!(ids.len(), count, "{ids:?}");
        assert!(
            html.split("aria-describedby=\"").skip(1).all(|rest| {
                rest.split('"').next().unwrap_or_default().split_whitespace().all(|id| ids.contains(&id))
            })
        );
    }

    #[test]
    fn types_of_one_word_stand_together_in_the_order_of_the_catalogue() {
        let offered = ["payment.completed", "refund.created", "payment.failed"]
            .map(|name| Offered { name: name.to_owned(), description: String::new() });
        let picker = EventPicker::new(&offered, &["payment.failed".to_owned()]);
        let of_group = |group: &Group| {
            let options = group.options.iter().map(|choice| (choice.id.clone(), choice.is_checked)).collect();
            (group.word.clone(), options)
        };
        let found: Vec<(String, Vec<(String, bool)>)> = picker.groups.iter().map(of_group).collect();
        let payment = vec![("event_types".to_owned(), false), ("event_types-3".to_owned(), true)];
        let refund = vec![("event_types-2".to_owned(), false)];
        assert_eq!(found, [("payment".to_owned(), payment), ("refund".to_owned(), refund)]);
    }
}
