//! Invitations and links, with their history.

use async_trait::async_trait;
use emis_audit::{AuditEvent, AuditEventKind, Digest, Provenance};
use emis_booking::{
    Invitation, InvitationDraft, InvitationId, InvitationStore, LinkChange, LinkEvent, LinkPurpose,
    LinkState, StoredInvitations,
};
use emis_settings::StoreError;
use emis_types::{OdsCode, PatientNumber};
use jiff::Timestamp;
use serde::de::DeserializeOwned;

use super::chain_lock::{ChainLock, signed};
use super::handle::Store;
use crate::sql::tables::{INVITATION_EVENTS, INVITATIONS};
use crate::sql::{Fault, Row, Statement, Value, Write, values};

const INVITE: (&str, &str) = ("invite", "the invitations can't be stored");
const CHANGE: (&str, &str) = ("change_invitation", "the invitation can't be changed");
const READ: (&str, &str) = ("read_invitations", "the invitations can't be read");

const BY_ID: &str = "practice = $1 AND id = $2";
const BY_TOKEN: &str = "practice = $1 AND token = $2";
const OPEN: &str = "practice = $1 AND state = 'open' AND books = 1 AND expires_at > $2 \
     ORDER BY expires_at, id";
const OF_PATIENT: &str = "practice = $1 AND patient = $2 ORDER BY changed_at, id";
const OVERDUE: &str = "practice = $1 AND state = 'open' AND expires_at <= $2";
const HISTORY: &str = "practice = $1 AND invitation = $2 ORDER BY number";
const EVENTS: &str = "practice = $1 AND invitation = $2";

#[async_trait]
impl<D> InvitationStore for Store<D> {
    async fn invite(
        &self,
        practice: &OdsCode,
        drafts: &[InvitationDraft],
        most_open: Option<u64>,
        author: &Provenance,
    ) -> Result<StoredInvitations, StoreError> {
        self.run(INVITE, practice.as_str(), async {
            let mut write = self.database.write().await?;
            let mut lock = ChainLock::acquire(&mut write, practice.clone()).await?;
            let now = self.present_in(&mut write).await?;
            if let Some(most) = most_open {
                let rows = write.records(&INVITATIONS, OPEN, values![practice, now]);
                let mut open = 0_u64;
                for row in rows.await? {
                    let link = read(&row)?;
                    let competes =
                        |draft: &InvitationDraft| draft.allowance.overlaps(&link.allowance);
                    open += u64::from(drafts.iter().any(competes));
                }
                if open.saturating_add(count(drafts.len())) > most {
                    return Ok(StoredInvitations::TooManyOpen(open));
                }
            }
            let made: Vec<_> = drafts.iter().map(|it| it.made(practice, now)).collect();
            for link in &made {
                let kind = AuditEventKind::INVITATION_MADE;
                let event = event(kind, link, now, author)
                    .detail("patient", link.patient.get())
                    .detail("books", link.purpose == LinkPurpose::Book);
                let insert = vec![INVITATIONS.insert(row(link)?)];
                lock.append_with(&mut write, &event, insert).await?;
            }
            write.commit().await?;
            Ok(StoredInvitations::Stored(made))
        })
        .await
    }

    async fn find(
        &self,
        practice: &OdsCode,
        digest: &Digest,
    ) -> Result<Option<(Invitation, Timestamp)>, StoreError> {
        self.read_one(practice, BY_TOKEN, digest.to_string()).await
    }

    async fn invitation(
        &self,
        practice: &OdsCode,
        id: &InvitationId,
    ) -> Result<Option<(Invitation, Timestamp)>, StoreError> {
        self.read_one(practice, BY_ID, id.to_string()).await
    }

    async fn links_of_patient(
        &self,
        practice: &OdsCode,
        patient: PatientNumber,
    ) -> Result<Vec<Invitation>, StoreError> {
        self.run(READ, practice.as_str(), async {
            let values = values![practice, patient.get()];
            let links = self.database.records(&INVITATIONS, OF_PATIENT, values);
            links.await?.iter().map(read).collect()
        })
        .await
    }

    async fn open_invitations(&self, practice: &OdsCode) -> Result<Vec<Invitation>, StoreError> {
        self.run(READ, practice.as_str(), async {
            let now = self.present().await?;
            let open = self
                .database
                .records(&INVITATIONS, OPEN, values![practice, now]);
            open.await?.iter().map(read).collect()
        })
        .await
    }

    async fn change(
        &self,
        practice: &OdsCode,
        id: &InvitationId,
        change: &LinkChange,
        author: &Provenance,
    ) -> Result<Option<(Invitation, bool)>, StoreError> {
        self.run(CHANGE, practice.as_str(), async {
            let mut write = self.database.write().await?;
            let mut lock = ChainLock::acquire(&mut write, practice.clone()).await?;
            let values = values![practice, id.to_string()];
            let Some(row) = write.record(&INVITATIONS, BY_ID, values).await? else {
                return Ok(None);
            };
            let now = self.present_in(&mut write).await?;
            let link = read(&row)?;
            let Some(changed) = link.changed(change, now) else {
                return Ok(Some((link, false)));
            };
            write_change(&mut write, &mut lock, &row, &changed, change, author).await?;
            write.commit().await?;
            Ok(Some((changed, true)))
        })
        .await
    }

    async fn expire(&self, practice: &OdsCode) -> Result<Vec<Invitation>, StoreError> {
        self.run(CHANGE, practice.as_str(), async {
            let mut write = self.database.write().await?;
            let mut lock = ChainLock::acquire(&mut write, practice.clone()).await?;
            let now = self.present_in(&mut write).await?;
            let (change, author) = (LinkChange::Expired, Provenance::product());
            let overdue = write.records(&INVITATIONS, OVERDUE, values![practice, now]);
            let mut expired = Vec::new();
            for row in overdue.await? {
                if let Some(changed) = read(&row)?.changed(&change, now) {
                    write_change(&mut write, &mut lock, &row, &changed, &change, &author).await?;
                    expired.push(changed);
                }
            }
            if !expired.is_empty() {
                write.commit().await?;
            }
            Ok(expired)
        })
        .await
    }

    async fn link_history(
        &self,
        practice: &OdsCode,
        id: &InvitationId,
    ) -> Result<Vec<LinkEvent>, StoreError> {
        self.run(READ, practice.as_str(), async {
            let values = values![practice, id.to_string()];
            let rows = self.database.records(&INVITATION_EVENTS, HISTORY, values);
            let events = rows.await?;
            let event = |row: &Row| Ok(LinkEvent::new(parsed(&row.text(3)?)?, row.parsed(4)?));
            events.iter().map(event).collect()
        })
        .await
    }
}

impl<D> Store<D> {
    async fn read_one(
        &self,
        practice: &OdsCode,
        condition: &'static str,
        value: String,
    ) -> Result<Option<(Invitation, Timestamp)>, StoreError> {
        self.run(READ, practice.as_str(), async {
            let found = self
                .database
                .record(&INVITATIONS, condition, values![practice, value]);
            match found.await? {
                Some(row) => Ok(Some((read(&row)?, self.present().await?))),
                None => Ok(None),
            }
        })
        .await
    }
}

/// Writes a changed link, the row of its history, and the event.
async fn write_change(
    write: &mut Write,
    lock: &mut ChainLock,
    row: &Row,
    link: &Invitation,
    change: &LinkChange,
    author: &Provenance,
) -> Result<(), Fault> {
    let id = link.id.to_string();
    let at = link.changed_at;
    let update = INVITATIONS.update(
        row,
        vec![
            ("state", link.state.word().into()),
            ("changed_at", at.into()),
            ("document", Value::json(link)?),
        ],
    )?;
    let mut statements = vec![update];
    // A claim becomes history when its booking is confirmed, and never if it is not made.
    if !matches!(
        change,
        LinkChange::Claimed { .. } | LinkChange::Released { .. }
    ) {
        let earlier = write.records(&INVITATION_EVENTS, EVENTS, values![&link.practice, &id]);
        let number = signed(count(earlier.await?.len()))? + 1;
        let values = values![id, number, &link.practice, Value::json(change)?, at];
        statements.insert(0, INVITATION_EVENTS.insert(values));
    }
    let mut event =
        event(AuditEventKind::INVITATION_CHANGED, link, at, author).detail("change", change.word());
    if let LinkState::Used(booking) = link.state {
        event = event.detail("booking", booking.to_string());
    }
    lock.append_with(write, &event, statements).await?;
    Ok(())
}

fn event(
    kind: AuditEventKind,
    link: &Invitation,
    at: Timestamp,
    author: &Provenance,
) -> AuditEvent {
    AuditEvent::new(kind, at, author.clone()).detail("invitation", link.id.to_string())
}

fn row(link: &Invitation) -> Result<Vec<Value>, Fault> {
    Ok(values![
        link.id.to_string(),
        &link.practice,
        link.patient.get(),
        link.digest.to_string(),
        i64::from(link.purpose == LinkPurpose::Book),
        link.state.word(),
        link.expires_at,
        link.changed_at,
        Value::json(link)?,
    ])
}

fn read(row: &Row) -> Result<Invitation, Fault> {
    parsed(&row.text(8)?)
}

fn parsed<T: DeserializeOwned>(text: &str) -> Result<T, Fault> {
    serde_json::from_str(text).map_err(|_| Fault::Damaged("an invitation can't be read"))
}

fn count(rows: usize) -> u64 {
    u64::try_from(rows).unwrap_or(u64::MAX)
}

/// Deletes links with their history: those of a patient, or those that were last changed before
/// `$2`, and returns the number of links.
pub(super) async fn delete_links(
    write: &mut Write,
    condition: &'static str,
    values: Vec<Value>,
) -> Result<u64, Fault> {
    let links = write
        .records(&INVITATIONS, condition, values.clone())
        .await?;
    for row in &links {
        let practice = Value::Text(Some(row.text(1)?));
        let of_link = vec![practice, Value::Text(Some(row.text(0)?))];
        write.delete(&INVITATION_EVENTS, EVENTS, of_link).await?;
    }
    let sql = format!("DELETE FROM invitations WHERE {condition}");
    write.execute_all(vec![Statement::new(sql, values)]).await?;
    Ok(count(links.len()))
}
