//! Operators: the people who administer the hub, what they may do, and how they sign in.

mod authorise_service;
mod begin_service;
mod error;
mod leaked;
mod membership_service;
mod operator;
mod password;
mod password_hash;
mod ports;
mod predictable;
mod recovery_code;
mod role;
mod second_factor;
mod second_factor_service;
mod service;
mod session;
mod session_service;
mod session_token;
mod setup_service;
mod sign_in_service;
mod throttle;
mod totp;
mod typed_code_service;

pub(crate) use authorise_service::manages;
pub use error::{ChangePasswordError, OperatorError, SecondFactorError, SecondStepError, SetupError, SignInError};
pub use operator::{EmailAddress, EmailAddressError, Membership, Operator};
pub use password::{PASSWORD_CHARS_MAX, PASSWORD_CHARS_MIN, Password, PasswordError};
pub use password_hash::{AT_ONCE_MAX, Busy, PasswordHash, PasswordHashError, Passwords};
pub use ports::{FailedSignIns, OperatorTx};
pub use recovery_code::{RECOVERY_CODES, RecoveryCode, RecoveryCodes, RecoveryDigest};
pub use role::{Role, RoleError};
pub use second_factor::{PasswordGiven, SecondFactor, SecondFactorState};
pub use second_factor_service::{Offer, SecondFactors, SecondStep};
pub use service::{NewOperator, OPERATORS_MAX, Operators};
pub use session::{
    Client, OperatorSession, SEEN_EVERY, SESSION_AGE_MAX, SESSION_IDLE_MAX, SESSIONS_MAX, SignedIn,
    USER_AGENT_CHARS_MAX, UserAgent,
};
pub use session_service::OperatorSessions;
pub use session_token::{SessionDigest, SessionToken};
pub use setup_service::{FirstOwner, Setup};
pub use sign_in_service::{FirstStep, SignInAttempt, SignIns};
pub use throttle::{AccountDigest, account_quota, address_quota};
pub use totp::{TOTP_DIGITS, TOTP_SECRET_BYTES, TOTP_STEP_SECONDS, TotpCode, TotpSecret, TotpStep};
