//! How it stands with the second factors of operators, as those read it who manage them: to everybody else it would name the accounts
//! that a password alone opens.

use devhub_domain::id::OperatorId;
use devhub_domain::operators::SecondFactorState;

use crate::admin::components::{Badge, Tone};
use crate::admin::signed::Signed;
use crate::blocking;
use crate::problem_body::Problem;

/// How it stands with one operator of the workspace.
pub(super) async fn state_of(signed: &Signed, id: OperatorId) -> Result<SecondFactorState, Problem> {
    let (pages, workspace_id) = (signed.visit.services.pages.clone(), signed.workspace_id());
    blocking::run(move || {
        let holders = pages.operators.second_factor_holders(workspace_id)?;
        Ok(SecondFactorState::of(holders.contains(&id), pages.is_second_factor_required))
    })
    .await
}

/// In the list.
pub(super) fn badge(state: SecondFactorState) -> Badge {
    let (tone, text) = match state {
        SecondFactorState::On => (Tone::Good, "On"),
        SecondFactorState::Off => (Tone::Neutral, "Off"),
        SecondFactorState::Missing => (Tone::Warn, "Not set up yet"),
    };
    Badge { tone, text: text.to_owned() }
}

/// On the page of one operator.
pub(super) const fn sentence(state: SecondFactorState) -> &'static str {
    match state {
        SecondFactorState::On => "Second factor: on. A sign-in needs a code as well as the password.",
        SecondFactorState::Off => "Second factor: off. The password alone signs in.",
        SecondFactorState::Missing => {
            "Second factor: not set up yet. This hub asks everybody for one, and no other page opens to this operator before."
        }
    }
}

/// Above the list, where everybody is asked for one.
pub(super) fn asked_of_everybody(missing: usize) -> String {
    let rest = match missing {
        0 => ", and everybody here has one.".to_owned(),
        1 => ". One operator has not set it up yet: no other page opens to that one before.".to_owned(),
        _ => format!(". {missing} operators have not set it up yet: no other page opens to them before."),
    };
    format!("This hub asks everybody for a second factor{rest}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn how_many_have_none_yet_is_told_where_everybody_is_asked() {
        let told = [0, 1, 12].map(asked_of_everybody);
        assert_eq!(told[0], "This hub asks everybody for a second factor, and everybody here has one.");
        assert!(told[1].contains(". One operator has not set it up yet:"), "{}", told[1]);
        assert!(told[2].contains(". 12 operators have not set it up yet:"), "{}", told[2]);
    }
}
