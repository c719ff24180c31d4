//! Customers of the sandbox.

use devhub_domain::id::WorkspaceId;
use devhub_domain::store::StoreError;
use devhub_domain::time::Timestamp;
use devhub_sandbox::{Customer, CustomerId, CustomerName, CustomerTx, Email, Numbered, PageNumber, Phone};
use diesel::prelude::*;

use crate::row::{Row, written};
use crate::sandbox_page::{COUNT_MAX, Counted, Part};
use crate::sandbox_row::own_workspace;
use crate::sandbox_schema::sandbox_customers::{self, dsl};
use crate::tx::both;

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = sandbox_customers, treat_none_as_default_value = false)]
struct CustomerRow {
    workspace_id: Vec<u8>,
    number: i64,
    id: Vec<u8>,
    name: String,
    email: Option<String>,
    email_key: Option<String>,
    phone: Option<String>,
    phone_key: Option<String>,
    created_at_us: i64,
    updated_at_us: i64,
    revision: i64,
}

impl From<&Customer> for CustomerRow {
    fn from(customer: &Customer) -> Self {
        Self {
            workspace_id: customer.workspace_id.as_bytes().to_vec(),
            number: customer.number,
            id: customer.id.as_bytes().to_vec(),
            name: customer.name.as_str().to_owned(),
            email: customer.email.as_ref().map(|email| email.as_str().to_owned()),
            email_key: customer.email.as_ref().map(Email::normalised),
            phone: customer.phone.as_ref().map(|phone| phone.as_str().to_owned()),
            phone_key: customer.phone.as_ref().map(Phone::normalised),
            created_at_us: customer.created_at.as_micros(),
            updated_at_us: customer.updated_at.as_micros(),
            revision: customer.revision,
        }
    }
}

impl CustomerRow {
    fn into_customer(self) -> Result<Customer, StoreError> {
        let workspace_id = own_workspace("sandbox_customers", &self.workspace_id)?;
        let row = Row { table: "sandbox_customers", id: &format_args!("{workspace_id}/{}", self.number) };
        Ok(Customer {
            workspace_id,
            number: self.number,
            id: CustomerId::from_bytes(row.bytes("id", &self.id)?),
            name: row.value("name", CustomerName::cut(&self.name))?,
            email: self.email.map(|text| row.value("email", Email::new(&text).ok())).transpose()?,
            phone: self.phone.map(|text| row.value("phone", Phone::cut(&text))).transpose()?,
            created_at: Timestamp::from_micros(self.created_at_us),
            updated_at: Timestamp::from_micros(self.updated_at_us),
            revision: self.revision,
        })
    }
}

/// Numbers of the customers of a workspace.
macro_rules! numbers_of {
    ($workspace_id:expr) => {
        dsl::sandbox_customers.filter(dsl::workspace_id.eq(&$workspace_id.as_bytes()[..])).select(dsl::number)
    };
}

both! {
    impl CustomerTx {
        /// A mail address that another transaction is adding is waited for by `sandbox_customers_by_email`.
        fn insert_customer(&mut self, customer: &Customer) -> Result<bool, StoreError> {
            let insert = diesel::insert_into(dsl::sandbox_customers)
                .values(CustomerRow::from(customer))
                .on_conflict((dsl::workspace_id, dsl::email_key))
                .do_nothing();
            Ok(self.state.note(insert.execute(&mut *self.conn))? == 1)
        }

        fn update_customer(&mut self, customer: &Customer) -> Result<(), StoreError> {
            let earlier = dsl::sandbox_customers
                .filter(dsl::workspace_id.eq(&customer.workspace_id.as_bytes()[..]))
                .filter(dsl::number.eq(customer.number))
                .filter(dsl::revision.eq(customer.revision - 1));
            let update = diesel::update(earlier).set((
                dsl::name.eq(customer.name.as_str()),
                dsl::phone.eq(customer.phone.as_ref().map(Phone::as_str)),
                dsl::phone_key.eq(customer.phone.as_ref().map(Phone::normalised)),
                dsl::updated_at_us.eq(customer.updated_at.as_micros()),
                dsl::revision.eq(customer.revision),
            ));
            written(self.state.note(update.execute(&mut *self.conn))?, 1, "sandbox_customers.revision")
        }

        /// Served by the primary key.
        fn find_customer(&mut self, workspace_id: WorkspaceId, number: i64) -> Result<Option<Customer>, StoreError> {
            let query = dsl::sandbox_customers
                .filter(dsl::workspace_id.eq(&workspace_id.as_bytes()[..]))
                .filter(dsl::number.eq(number))
                .select(CustomerRow::as_select());
            self.state.note(query.first(&mut *self.conn).optional())?.map(CustomerRow::into_customer).transpose()
        }

        /// Served by `sandbox_customers_by_id`.
        fn find_customer_by_id(
            &mut self,
            workspace_id: WorkspaceId,
            id: CustomerId,
        ) -> Result<Option<Customer>, StoreError> {
            let query = dsl::sandbox_customers
                .filter(dsl::id.eq(&id.as_bytes()[..]))
                .filter(dsl::workspace_id.eq(&workspace_id.as_bytes()[..]))
                .select(CustomerRow::as_select());
            self.state.note(query.first(&mut *self.conn).optional())?.map(CustomerRow::into_customer).transpose()
        }

        /// Served by `sandbox_customers_by_email`.
        fn find_customer_by_email(
            &mut self,
            workspace_id: WorkspaceId,
            normalised: &str,
        ) -> Result<Option<Customer>, StoreError> {
            let query = dsl::sandbox_customers
                .filter(dsl::workspace_id.eq(&workspace_id.as_bytes()[..]))
                .filter(dsl::email_key.eq(normalised))
                .select(CustomerRow::as_select());
            self.state.note(query.first(&mut *self.conn).optional())?.map(CustomerRow::into_customer).transpose()
        }

        /// Served by `sandbox_customers_by_phone`.
        fn find_customer_by_phone(
            &mut self,
            workspace_id: WorkspaceId,
            normalised: &str,
        ) -> Result<Option<Customer>, StoreError> {
            let query = dsl::sandbox_customers
                .filter(dsl::workspace_id.eq(&workspace_id.as_bytes()[..]))
                .filter(dsl::phone_key.eq(normalised))
                .order(dsl::number.desc())
                .limit(1)
                .select(CustomerRow::as_select());
            self.state.note(query.first(&mut *self.conn).optional())?.map(CustomerRow::into_customer).transpose()
        }

        /// Served by the primary key.
        fn list_customers(
            &mut self,
            workspace_id: WorkspaceId,
            page: PageNumber,
        ) -> Result<Numbered<Customer>, StoreError> {
            let counted = Counted(numbers_of!(workspace_id).limit(COUNT_MAX));
            let part = Part::of(page, self.state.note(counted.get_result(&mut *self.conn))?);
            let shown = numbers_of!(workspace_id).order(dsl::number.desc()).limit(part.count).offset(part.before);
            let numbers: Vec<i64> = self.state.note(shown.load(&mut *self.conn))?;
            let query = dsl::sandbox_customers
                .filter(dsl::workspace_id.eq(&workspace_id.as_bytes()[..]))
                .filter(dsl::number.eq_any(numbers))
                .select(CustomerRow::as_select());
            let rows: Vec<CustomerRow> = self.state.note(query.load(&mut *self.conn))?;
            part.show(rows.into_iter().map(CustomerRow::into_customer), |customer| customer.number)
        }
    }
}
