//! The user group: single members of staff.

use emis_types::StaffId;

use crate::client::Client;
use crate::codec;
use crate::error::ClientError;
use crate::model::{Listing, Staff};
use crate::operation::Operation;
use crate::transport::message::Request;

/// The operations on single members of staff: [`Client::user`]. They need the scope
/// `papi-config.read`.
///
/// # Examples
///
/// ```no_run
/// # async fn example(client: emis_client::Client) -> Result<(), Box<dyn std::error::Error>> {
/// let found = client.user().get_user_by_id("5".parse()?).await?;
/// for member in &found.items {
///     println!("{}", member.id);
/// }
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone, Copy)]
pub struct UserApi<'a>(pub(super) &'a Client);

impl Client {
    /// Returns the operations on single members of staff.
    pub fn user(&self) -> UserApi<'_> {
        UserApi(self)
    }
}

impl UserApi<'_> {
    /// Returns a member of staff by the id from
    /// [`Organisation::users`](crate::model::Organisation) (`GetUserById`). EMIS responds with a
    /// list.
    ///
    /// # Errors
    /// Fails with any [`ClientErrorKind`](crate::ClientErrorKind) of a read.
    pub async fn get_user_by_id(self, id: StaffId) -> Result<Listing<Staff>, ClientError> {
        self.0.call(user(id), codec::staff).await
    }
}

pub(super) fn user(id: StaffId) -> Request {
    Request::new(Operation::GetUserById).with("userInRoleId", id)
}
