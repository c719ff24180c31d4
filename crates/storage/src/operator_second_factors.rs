//! Second factors of operators, as rows.

use devhub_domain::id::OperatorId;
use devhub_domain::operators::{RecoveryCodes, RecoveryDigest, SecondFactor, TotpStep};
use devhub_domain::sealing::Sealed;
use devhub_domain::store::StoreError;
use devhub_domain::time::Timestamp;
use diesel::prelude::*;

use crate::row::{Row, own_id};
use crate::schema::operator_second_factors;

const TABLE: &str = "operator_second_factors";

#[derive(Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = operator_second_factors)]
pub(crate) struct SecondFactorRow {
    operator_id: Vec<u8>,
    sealed: Vec<u8>,
    last_step: i64,
    recovery: Vec<u8>,
    added_at_us: i64,
}

impl From<&SecondFactor> for SecondFactorRow {
    fn from(factor: &SecondFactor) -> Self {
        Self {
            operator_id: factor.operator_id.as_bytes().to_vec(),
            sealed: factor.sealed.as_bytes().to_vec(),
            last_step: factor.last_step.0,
            recovery: factor.recovery.digests().iter().flat_map(|digest| digest.0).collect(),
            added_at_us: factor.added_at.as_micros(),
        }
    }
}

impl SecondFactorRow {
    pub(crate) fn into_factor(self) -> Result<SecondFactor, StoreError> {
        let operator_id = OperatorId::from_bytes(own_id(TABLE, &self.operator_id)?);
        let row = Row { table: TABLE, id: &operator_id };
        let (digests, rest) = self.recovery.as_chunks::<32>();
        if !rest.is_empty() {
            return Err(row.corrupt("recovery"));
        }
        Ok(SecondFactor {
            operator_id,
            recovery: RecoveryCodes::from_digests(digests.iter().copied().map(RecoveryDigest)),
            sealed: Sealed::from_bytes(self.sealed),
            last_step: TotpStep(self.last_step),
            added_at: Timestamp::from_micros(self.added_at_us),
        })
    }
}
