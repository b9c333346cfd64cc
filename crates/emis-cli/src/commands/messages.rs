//! `emis messages`: messages that may or may not have been sent.

use emis_partner::messaging::{
    AttemptOutcome, DeliveryFailure, MessageRecord, MessageState, MessageStore,
};

use crate::arguments::{FoundMessage, MessagesCommand};
use crate::error::CliError;
use crate::output::Output;
use crate::store::with_store;
use crate::workspace::Workspace;

pub(super) async fn run(
    workspace: &Workspace,
    command: MessagesCommand,
) -> Result<Output, CliError> {
    match command {
        MessagesCommand::Doubt { practice } => {
            let mut open = with_store!(&workspace.store, store => {
                MessageStore::open_messages(store.as_ref(), &practice).await
            })?;
            open.retain(MessageRecord::is_in_doubt);
            let line = |record: &MessageRecord| {
                let (entry, since) = (&record.entry, record.changed_at);
                format!("{} {} since {since}", entry.reference, entry.kind)
            };
            let lines: Vec<_> = open.iter().map(line).collect();
            Output::new(lines.join("\n"), open)
        }
        MessagesCommand::Settle {
            practice,
            message,
            found,
        } => {
            let outcome = match found {
                FoundMessage::Sent => AttemptOutcome::HandedOver {
                    sender_id: None,
                    state: MessageState::Accepted,
                },
                FoundMessage::NotSent => AttemptOutcome::NotSent,
                FoundMessage::Failed => AttemptOutcome::Failed(DeliveryFailure::Refused),
            };
            let practice = workspace.practice(Some(practice))?;
            let settled = practice.messages().settle_by_hand(message, outcome);
            if !settled.by(workspace.by.clone()).await? {
                return Err(CliError::new("the message is not in doubt"));
            }
            let record = practice.messages().find(message).await?;
            let state = record.as_ref().map_or("unknown", |it| it.state.code());
            Output::new(format!("{message} {state}"), record)
        }
    }
}
