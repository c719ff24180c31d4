//! What is kept of an operator's second factor, and what is sealed on its way through a browser.

use data_encoding::BASE64URL_NOPAD;
use zeroize::Zeroizing;

use super::{Operator, RecoveryCode, RecoveryCodes, TOTP_SECRET_BYTES, TotpCode, TotpSecret, TotpStep};
use crate::entropy::Entropy;
use crate::id::{OperatorId, WorkspaceId};
use crate::sealing::{Place, Sealed, Sealer};
use crate::secret::Secret;
use crate::store::StoreError;
use crate::time::Timestamp;

const TABLE: &str = "operator_second_factors";
const GIVEN_CONTEXT: &str = "devhub 2026-11-30 password given before a code";

/// The longest sealed text that is looked at.
const TEXT_BYTES_MAX: usize = 256;

/// The second factor of an operator.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SecondFactor {
    /// Whose it is.
    pub operator_id: OperatorId,
    /// The secret of its codes.
    pub sealed: Sealed,
    /// The step whose code was accepted last; neither it nor one before it is accepted again.
    pub last_step: TotpStep,
    /// The recovery codes that are left.
    pub recovery: RecoveryCodes,
    /// Since when it is asked for.
    pub added_at: Timestamp,
}

/// How it stands with the second factor of an operator.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SecondFactorState {
    /// A sign-in needs a code.
    On,
    /// The password alone signs in.
    Off,
    /// The hub asks everybody for one, and this operator has not set it up yet.
    Missing,
}

impl SecondFactorState {
    /// How it stands with one who has a second factor or not, where everybody is asked for one or not.
    pub const fn of(is_on: bool, is_required: bool) -> Self {
        match (is_on, is_required) {
            (true, _) => Self::On,
            (false, true) => Self::Missing,
            (false, false) => Self::Off,
        }
    }

    /// As programs read it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::On => "on",
            Self::Off => "off",
            Self::Missing => "missing",
        }
    }
}

/// What the second factor is once a code was accepted.
pub(super) struct Accepted {
    pub(super) factor: SecondFactor,
    pub(super) by_recovery_code: bool,
}

impl SecondFactor {
    /// Seals the secret for its row.
    pub(super) fn seal(secret: &TotpSecret, operator_id: OperatorId, sealer: &Sealer, entropy: &dyn Entropy) -> Sealed {
        sealer.seal(secret.expose(), place("sealed", operator_id.as_bytes()), entropy)
    }

    /// The second factor as it is to be kept once this was typed; `None` when it is neither a code of now nor a recovery code.
    pub(super) fn accept(&self, typed: &str, sealer: &Sealer, now: Timestamp) -> Result<Option<Accepted>, StoreError> {
        if let Some(code) = TotpCode::parse(typed) {
            let step = self.secret(sealer)?.accept(&code, now, Some(self.last_step));
            return Ok(
                step.map(|last_step| Accepted { factor: Self { last_step, ..self.clone() }, by_recovery_code: false })
            );
        }
        let rest = RecoveryCode::parse(typed).and_then(|code| self.recovery.spend(&code, self.operator_id));
        Ok(rest.map(|recovery| Accepted { factor: Self { recovery, ..self.clone() }, by_recovery_code: true }))
    }

    fn secret(&self, sealer: &Sealer) -> Result<TotpSecret, StoreError> {
        let corrupt = || StoreError::Corrupt { table: TABLE, column: "sealed", id: self.operator_id.to_string() };
        let opened = sealer.open(&self.sealed, place("sealed", self.operator_id.as_bytes())).ok();
        let opened = opened.ok_or_else(corrupt)?;
        let bytes: [u8; TOTP_SECRET_BYTES] = opened.as_slice().try_into().ok().ok_or_else(corrupt)?;
        Ok(TotpSecret::from_bytes(bytes))
    }
}

/// Seals a secret that was offered to an operator, together with when.
pub(super) fn seal_offer(
    secret: &TotpSecret,
    (operator_id, at): (OperatorId, Timestamp),
    sealer: &Sealer,
    entropy: &dyn Entropy,
) -> Secret {
    let plain = Zeroizing::new([&at.as_micros().to_be_bytes()[..], &secret.expose()[..]].concat());
    to_text(&sealer.seal(&plain, place("offered", operator_id.as_bytes()), entropy))
}

/// What was offered to this operator, and when.
pub(super) fn open_offer(text: &str, operator_id: OperatorId, sealer: &Sealer) -> Option<(TotpSecret, Timestamp)> {
    let plain = sealer.open(&from_text(text)?, place("offered", operator_id.as_bytes())).ok()?;
    let (at, secret) = plain.split_first_chunk::<8>()?;
    let secret: [u8; TOTP_SECRET_BYTES] = secret.try_into().ok()?;
    Some((TotpSecret::from_bytes(secret), Timestamp::from_micros(i64::from_be_bytes(*at))))
}

/// That an operator has given its password, and its code is still missing. Only the comparison of the password makes one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PasswordGiven {
    pub(super) operator_id: OperatorId,
    pub(super) at: Timestamp,
    /// What tells the password from another: after a change of it, this opens nothing.
    password: [u8; 32],
}

impl PasswordGiven {
    /// This operator has just given its password.
    pub(super) fn new(operator: &Operator, at: Timestamp) -> Self {
        Self { operator_id: operator.id, at, password: password_digest(operator) }
    }

    /// Whether the operator has the password still.
    pub(super) fn is_of(&self, operator: &Operator) -> bool {
        self.password == password_digest(operator)
    }

    /// Seals it for the cookie of a browser.
    pub(super) fn seal(&self, workspace_id: WorkspaceId, sealer: &Sealer, entropy: &dyn Entropy) -> Secret {
        let at = self.at.as_micros().to_be_bytes();
        let plain = Zeroizing::new([&at[..], &self.operator_id.as_bytes()[..], &self.password[..]].concat());
        to_text(&sealer.seal(&plain, place("password_given", workspace_id.as_bytes()), entropy))
    }

    /// Opens what a browser shows.
    pub(super) fn open(text: &str, workspace_id: WorkspaceId, sealer: &Sealer) -> Option<Self> {
        let plain = sealer.open(&from_text(text)?, place("password_given", workspace_id.as_bytes())).ok()?;
        let (at, rest) = plain.split_first_chunk::<8>()?;
        let (operator_id, password) = rest.split_first_chunk::<16>()?;
        Some(Self {
            operator_id: OperatorId::from_bytes(*operator_id),
            at: Timestamp::from_micros(i64::from_be_bytes(*at)),
            password: password.try_into().ok()?,
        })
    }
}

fn password_digest(operator: &Operator) -> [u8; 32] {
    let hash = operator.password.as_ref().map_or("", |hash| hash.as_str());
    blake3::derive_key(GIVEN_CONTEXT, hash.as_bytes())
}

const fn place<'a>(column: &'a str, row: &'a [u8]) -> Place<'a> {
    Place { table: TABLE, column, row }
}

fn to_text(sealed: &Sealed) -> Secret {
    Secret::new(BASE64URL_NOPAD.encode(sealed.as_bytes()))
}

fn from_text(text: &str) -> Option<Sealed> {
    let bytes = text.as_bytes();
    (bytes.len() <= TEXT_BYTES_MAX).then(|| BASE64URL_NOPAD.decode(bytes).ok()).flatten().map(Sealed::from_bytes)
}
