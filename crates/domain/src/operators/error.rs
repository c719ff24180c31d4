//! What can go wrong with operators.

use std::time::Duration;

use super::{Busy, PasswordError, Role};
use crate::id::{OperatorId, OperatorSessionId};
use crate::store::StoreError;

/// What a use case of operators can fail with.
#[derive(Debug, thiserror::Error)]
pub enum OperatorError {
    /// The workspace has no such operator.
    #[error("no operator {0} in this workspace")]
    NotFound(OperatorId),
    /// The operator has no such session.
    #[error("no session {0} of this operator")]
    SessionNotFound(OperatorSessionId),
    /// Somebody has this address already, or works in the workspace already.
    #[error("an operator with this email exists already")]
    EmailTaken,
    /// Nobody of the hub has this address.
    #[error("no operator of this hub has this email")]
    EmailUnknown,
    /// Whoever asks does not manage the operator wherever it works.
    #[error("this operator works in other workspaces too: only who manages it in each of them may do this")]
    WorksElsewhere,
    /// The workspace has as many operators as it may.
    #[error("a workspace must not have more than {} operators", super::OPERATORS_MAX)]
    TooMany,
    /// Somebody must be able to do everything.
    #[error("a workspace must keep one owner who can sign in: make another operator an owner first")]
    LastOwner,
    /// The asker's own second factor is turned off with a code of it.
    #[error("your own second factor is turned off on the page of your account, with a code of it")]
    OwnSecondFactor,
    /// Whoever leaves it would work nowhere.
    #[error("this is the only workspace that the operator works in")]
    OnlyWorkspace,
    /// Whoever asks may not do this.
    #[error("this needs the role {}", required.as_str())]
    RoleTooLow {
        /// The least role that may.
        required: Role,
    },
    /// The password must be given again first.
    #[error("this needs the password again: it was given more than 10 minutes ago")]
    StepUpNeeded,
    /// The store failed.
    #[error("the operator store failed")]
    Store(#[from] StoreError),
}

impl OperatorError {
    /// A stable word for answers, logs and metrics.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::NotFound(_) => "operator_not_found",
            Self::SessionNotFound(_) => "session_not_found",
            Self::EmailTaken => "email_taken",
            Self::EmailUnknown => "email_unknown",
            Self::WorksElsewhere => "operator_works_elsewhere",
            Self::TooMany => "operators_too_many",
            Self::LastOwner => "last_owner",
            Self::OwnSecondFactor => "own_second_factor",
            Self::OnlyWorkspace => "only_workspace",
            Self::RoleTooLow { .. } => "role_too_low",
            Self::StepUpNeeded => "step_up_needed",
            Self::Store(error) => error.code(),
        }
    }
}

/// Why nobody is signed in.
#[derive(Debug, thiserror::Error)]
pub enum SignInError {
    /// No such operator, another password, or none set: the answer does not say which.
    #[error("email or password is wrong")]
    Wrong,
    /// The session that was to be renewed was ended, or has gone to another workspace, since the password was compared.
    #[error("this session has ended meanwhile: nothing was changed")]
    SessionEnded,
    /// Too many attempts have failed.
    #[error("too many attempts have failed: wait {} s", wait.as_secs().saturating_add(1))]
    Throttled {
        /// How long to wait.
        wait: Duration,
    },
    /// Too many passwords are being checked.
    #[error(transparent)]
    Busy(#[from] Busy),
    /// The store failed.
    #[error("the operator store failed")]
    Store(#[from] StoreError),
}

impl SignInError {
    /// A stable word for answers, logs and metrics.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Wrong => "sign_in_wrong",
            Self::SessionEnded => "session_ended",
            Self::Throttled { .. } => "sign_in_throttled",
            Self::Busy(_) => "sign_in_busy",
            Self::Store(error) => error.code(),
        }
    }
}

/// Why a code signs nobody in.
#[derive(Debug, thiserror::Error)]
pub enum SecondStepError {
    /// The password was given too long ago, or counts no more.
    #[error("the password was given too long ago: sign in again")]
    Expired,
    /// Neither a code of now nor a recovery code that is left, or one that was used before.
    #[error("the code is wrong, or was used before")]
    WrongCode,
    /// As for the password.
    #[error(transparent)]
    SignIn(#[from] SignInError),
}

impl SecondStepError {
    /// A stable word for answers, logs and metrics.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Expired => "password_given_expired",
            Self::WrongCode => "sign_in_code_wrong",
            Self::SignIn(error) => error.code(),
        }
    }
}

impl From<StoreError> for SecondStepError {
    fn from(error: StoreError) -> Self {
        Self::SignIn(error.into())
    }
}

/// Why a second factor is not changed.
#[derive(Debug, thiserror::Error)]
pub enum SecondFactorError {
    /// The operator has one.
    #[error("the second factor is on already")]
    On,
    /// The operator has none.
    #[error("there is no second factor")]
    Off,
    /// No code of now, nor a recovery code that is left, or one that was used before.
    #[error("the code is wrong, or was used before: type the one that the application shows now")]
    WrongCode,
    /// Too many codes or passwords have failed.
    #[error("too many attempts have failed: wait {} s", wait.as_secs().saturating_add(1))]
    Throttled {
        /// How long to wait.
        wait: Duration,
    },
    /// As for every change of operators.
    #[error(transparent)]
    Operator(#[from] OperatorError),
}

impl From<StoreError> for SecondFactorError {
    fn from(error: StoreError) -> Self {
        Self::Operator(error.into())
    }
}

/// Why an operator's password is not changed.
#[derive(Debug, thiserror::Error)]
pub enum ChangePasswordError {
    /// The new password may not be set.
    #[error(transparent)]
    Password(#[from] PasswordError),
    /// The current one is not right, or cannot be compared now.
    #[error(transparent)]
    SignIn(#[from] SignInError),
}

impl From<Busy> for ChangePasswordError {
    fn from(busy: Busy) -> Self {
        Self::SignIn(busy.into())
    }
}

impl From<StoreError> for ChangePasswordError {
    fn from(error: StoreError) -> Self {
        Self::SignIn(error.into())
    }
}

impl ChangePasswordError {
    /// A stable word for answers, logs and metrics.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Password(error) => error.code(),
            Self::SignIn(error) => error.code(),
        }
    }
}

/// Why a hub does not get its first owner.
#[derive(Debug, thiserror::Error)]
pub enum SetupError {
    /// Another token than the one that this start has shown.
    #[error("the setup token is wrong: use the one that the hub printed at its last start")]
    WrongToken,
    /// There is an owner already.
    #[error("this hub is set up already: sign in, or have an owner add you")]
    Done,
    /// The password may not be set.
    #[error(transparent)]
    Password(#[from] PasswordError),
    /// An operator with this address exists, though it is no owner, or one without a password.
    #[error("an operator with this email exists already")]
    EmailTaken,
    /// Too many passwords are being hashed.
    #[error(transparent)]
    Busy(#[from] Busy),
    /// The store failed.
    #[error("the operator store failed")]
    Store(#[from] StoreError),
}

impl SetupError {
    /// A stable word for answers, logs and metrics.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::WrongToken => "setup_token_wrong",
            Self::Done => "setup_done",
            Self::Password(error) => error.code(),
            Self::EmailTaken => "email_taken",
            Self::Busy(_) => "sign_in_busy",
            Self::Store(error) => error.code(),
        }
    }
}
