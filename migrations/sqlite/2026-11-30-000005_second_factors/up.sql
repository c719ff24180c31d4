-- The second factor of an operator: the sealed secret of its codes, the step whose code was accepted last, and what is kept of the
-- recovery codes that are left: 32 bytes for each, one after the other.
--
-- The release before this one goes on beside it: it does not know the table, and lets operators in by their password alone. Where it
-- removes an operator, the second factor goes with it.
CREATE TABLE operator_second_factors (
    operator_id BLOB NOT NULL PRIMARY KEY REFERENCES operators (id) ON DELETE CASCADE,
    sealed BLOB NOT NULL,
    last_step INTEGER NOT NULL,
    recovery BLOB NOT NULL,
    added_at_us INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
