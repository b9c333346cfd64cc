//! The user group: members of staff one by one.

use emis_types::StaffId;

use crate::client::Client;
use crate::codec;
use crate::error::Error;
use crate::model::medical_record::Person;
use crate::model::{Listing, Staff};
use crate::operation::Operation;
use crate::request::Request;

/// Operations on staff: [`Client::user`].
#[derive(Debug, Clone, Copy)]
pub struct UserGroup<'a>(&'a Client);

impl<'a> UserGroup<'a> {
    pub(crate) fn new(client: &'a Client) -> Self {
        Self(client)
    }

    /// A member of staff by the id that [`Organisation::users`](crate::model::Organisation) has
    /// (`GetUserById`). EMIS answers with a list. Needs `papi-config.read`.
    ///
    /// # Errors
    /// Any [`ErrorKind`](crate::ErrorKind) of a read.
    pub async fn get_user_by_id(self, id: StaffId) -> Result<Listing<Staff>, Error> {
        self.0.call(user(id), codec::staff).await
    }

    /// The same with all that EMIS says of them (`GetUserById`).
    ///
    /// # Errors
    /// Any [`ErrorKind`](crate::ErrorKind) of a read.
    pub async fn get_user_by_id_in_full(self, id: StaffId) -> Result<Listing<Person>, Error> {
        self.0.call(user(id), codec::staff_in_full).await
    }
}

fn user(id: StaffId) -> Request {
    Request::new(Operation::GetUserById).with("userInRoleId", id)
}
