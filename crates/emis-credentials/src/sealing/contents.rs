//! What is inside the seal: the practice, to whom it was sealed, the username, the password.

use std::collections::BTreeSet;

use secrecy::ExposeSecret;
use zeroize::Zeroizing;

use super::{RecipientId, SealContext, SealError, SealErrorKind, SealedApiUser};
use crate::ApiUser;

/// The contents always have this size, so that it does not tell how long the password is. The
/// longest username, the longest password and the most recipients fit in.
const SIZE: usize = 2048;
/// The first line. The practice, the recipients and the username follow, a line each; the password
/// comes last because it may hold anything, except a space at its end. All but the password stand
/// outside as well, where they can be changed; here they can't.
const FORMAT: &str = "emis-api-user 2";
/// The same without a line of recipients: what earlier releases sealed to the one they had.
const FORMAT_WITHOUT_RECIPIENTS: &str = "emis-api-user 1";

pub(super) fn write(
    user: &ApiUser,
    context: &SealContext,
    recipients: &BTreeSet<RecipientId>,
) -> Result<Zeroizing<String>, SealError> {
    // Of the right size from the start: a text that grows leaves copies behind.
    let mut plain = Zeroizing::new(String::with_capacity(SIZE));
    let recipients: Vec<_> = recipients.iter().map(RecipientId::to_string).collect();
    let lines = [
        FORMAT,
        context.ods_code().as_str(),
        context.organisation_id().as_str(),
        &recipients.join(" "),
        user.username(),
    ];
    let password = user.password().expose_secret();
    let length = lines.iter().map(|line| line.len() + 1).sum::<usize>() + password.len();
    if length > SIZE {
        return Err(SealError::new(SealErrorKind::Failed));
    }
    for line in lines {
        plain.push_str(line);
        plain.push('\n');
    }
    plain.push_str(password);
    while plain.len() < SIZE {
        plain.push(' ');
    }
    Ok(plain)
}

/// The user, if the contents agree with what stands outside and with the practice.
pub(super) fn read(
    plain: &[u8],
    sealed: &SealedApiUser,
    context: &SealContext,
) -> Result<ApiUser, SealError> {
    let plain = std::str::from_utf8(plain).map_err(|_| SealError::damaged())?;
    let mut rest = plain;
    let mut line = || {
        let (line, after) = rest.split_once('\n').ok_or_else(SealError::damaged)?;
        rest = after;
        Ok::<_, SealError>(line)
    };
    let (format, ods_code, organisation_id) = (line()?, line()?, line()?);
    let recipients = match format {
        FORMAT => line()?,
        FORMAT_WITHOUT_RECIPIENTS => "",
        _ => return Err(SealError::damaged()),
    };
    let username = line()?;
    let password = rest.trim_end_matches(' ');

    let listed = sealed.recipients().iter().map(RecipientId::to_string);
    if username != sealed.username() || !recipients.split_whitespace().eq(listed) {
        return Err(SealError::damaged());
    }
    if ods_code.parse().as_ref() != Ok(context.ods_code())
        || organisation_id.parse().as_ref() != Ok(context.organisation_id())
    {
        return Err(SealError::new(SealErrorKind::WrongPractice));
    }
    ApiUser::new(username, password.into()).map_err(|_| SealError::damaged())
}
