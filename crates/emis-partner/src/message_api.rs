//! Messages of a practice.

use emis_messaging::{
    AttemptOutcome, DeliveryReceipt, DoubtReport, Message, MessageRecord, MessageReference,
    SendOutcome,
};
use emis_types::Clock;

use crate::{Action, EmisPartner, Error, ErrorKind, Practice};

/// The messages of a practice: [`Practice::messages`].
#[derive(Debug, Clone, Copy)]
pub struct MessageApi<'a>(pub(crate) &'a Practice);

impl Practice {
    /// Returns the operations of the practice's messages.
    pub fn messages(&self) -> MessageApi<'_> {
        MessageApi(self)
    }
}

impl<'a> MessageApi<'a> {
    /// Sends a message of the practice, once, however often it is called and from however many
    /// workers. See [`Messenger::send`](emis_messaging::Messenger::send).
    ///
    /// # Errors
    /// [`InvalidRequest`](ErrorKind::InvalidRequest) if it is a message of another practice, and if
    /// the store fails.
    ///
    /// # Examples
    /// ```
    /// use emis_partner::messaging::{Contact, Message, MessageBody, MessageKind, MessageReference};
    /// use emis_partner::Practice;
    ///
    /// # async fn example(practice: Practice, to: Contact) -> Result<(), Box<dyn std::error::Error>> {
    /// let body = MessageBody::text("Your appointment on Tuesday 2 June is cancelled. Call us.");
    /// let reference = MessageReference::derive(["session-gone", "A20047", "4711"]);
    /// let kind = MessageKind::BookingCancelled;
    /// let message = Message::new("A20047".parse()?, kind, to, body, reference);
    /// practice.messages().send(&message).await?; // sent once for the reference
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Cancel safety
    /// Safe to drop: the message is in doubt then until its lease ends.
    pub async fn send(self, message: &Message) -> Result<SendOutcome, Error> {
        let Practice { parts, ods_code } = self.0;
        if message.practice() != ods_code {
            let kind = ErrorKind::InvalidRequest;
            return Err(Error::new(kind, "the message is another practice's"));
        }
        Ok(parts.messenger.send(message).await?)
    }

    /// Returns a message as the ledger has it: its state and its receipts, without its text.
    ///
    /// # Errors
    /// If the store fails.
    pub async fn find(self, reference: MessageReference) -> Result<Option<MessageRecord>, Error> {
        let Practice { parts, ods_code } = self.0;
        Ok(parts.messages.message(ods_code, reference).await?)
    }

    /// Returns the messages that are queued, being sent, or in doubt, oldest first.
    ///
    /// # Errors
    /// If the store fails.
    pub async fn open(self) -> Result<Vec<MessageRecord>, Error> {
        let Practice { parts, ods_code } = self.0;
        Ok(parts.messages.open_messages(ods_code).await?)
    }

    /// Returns the messages that may or may not have been sent, oldest first: reminders and all
    /// others.
    ///
    /// # Errors
    /// If the store fails.
    pub async fn in_doubt(self) -> Result<Vec<MessageRecord>, Error> {
        let mut open = self.open().await?;
        open.retain(MessageRecord::is_in_doubt);
        Ok(open)
    }

    /// Settles doubts about messages as the sender allows. Run it every few minutes. See
    /// [`Messenger::settle_doubts`](emis_messaging::Messenger::settle_doubts).
    ///
    /// # Errors
    /// If the store fails.
    ///
    /// # Cancel safety
    /// Safe to drop: each doubt is settled in one step.
    pub async fn settle_doubts(self) -> Result<DoubtReport, Error> {
        let Practice { parts, ods_code } = self.0;
        Ok(parts.messenger.settle_doubts(ods_code).await?)
    }

    /// Settles the doubt about a message as a person found out with the sender. Returns `false` if
    /// it is not in doubt. A reminder that was not sent is sent by the next run in which it is due.
    ///
    /// # Errors
    /// If the store fails.
    ///
    /// # Examples
    /// ```
    /// use emis_partner::messaging::AttemptOutcome;
    /// # use emis_partner::{Error, Practice};
    ///
    /// # async fn example(practice: Practice) -> Result<(), Error> {
    /// for message in practice.messages().in_doubt().await? {
    ///     // The gateway's own pages say that it never had it.
    ///     let reference = message.entry.reference;
    ///     practice.messages().settle_by_hand(reference, AttemptOutcome::NotSent).await?;
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Cancel safety
    /// Safe to drop: the message is settled or stays in doubt.
    pub fn settle_by_hand(
        self,
        reference: MessageReference,
        found: AttemptOutcome,
    ) -> Action<'a, bool> {
        let Practice { parts, ods_code } = self.0;
        Action::new(async move |author| {
            let messenger = &parts.messenger;
            let settled = messenger.settle_by_hand(ods_code, reference, &found, &author);
            Ok(settled.await?)
        })
    }
}

impl EmisPartner {
    /// Records a receipt of the sender, which does not say whose message it is about. Receipts may
    /// come late, twice and out of order. Returns `false` if it changed nothing. See
    /// [`record_receipt`](emis_reminders::record_receipt): another contact is tried for a reminder
    /// that failed.
    ///
    /// # Errors
    /// If the store fails: answer the sender with an error, so that it repeats the receipt.
    ///
    /// # Examples
    /// ```
    /// use emis_partner::messaging::{DeliveryReceipt, MessageState};
    /// # use emis_partner::{EmisPartner, Error};
    ///
    /// # async fn example(partner: EmisPartner, id: String) -> Result<(), Error> {
    /// let receipt = DeliveryReceipt::of_sender_id(id, MessageState::Delivered);
    /// partner.record_receipt(&receipt).await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Cancel safety
    /// Safe to drop: the receipt is recorded, with its task, or not.
    pub async fn record_receipt(&self, receipt: &DeliveryReceipt) -> Result<bool, Error> {
        let (parts, now) = (self.parts(), self.parts().clock.now());
        let store = parts.reminders.as_ref();
        let recorded = emis_reminders::record_receipt(&parts.messenger, store, receipt, now);
        Ok(recorded.await?)
    }
}
