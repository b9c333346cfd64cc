//! Any bytes as an answer to a token request with a password.
#![no_main]

use emis_credentials::{TokenErrorKind, fuzzing};

/// The statuses, of which the first byte of an input chooses one.
const STATUSES: [u16; 12] = [200, 201, 204, 302, 400, 401, 403, 404, 429, 500, 502, 503];

libfuzzer_sys::fuzz_target!(|input: &[u8]| {
    let Some((first, body)) = input.split_first() else {
        return;
    };
    let status = STATUSES[usize::from(*first) % STATUSES.len()];
    match fuzzing::token_answer(status, body) {
        Ok(token) => {
            assert!((200..300).contains(&status), "a token with a {status}");
            let bearer = token.expose();
            assert!(!bearer.is_empty() && bearer.bytes().all(|byte| byte.is_ascii_graphic()));
            assert!(token.expires_at().as_second() >= 0);
        }
        Err(error) => {
            // An answer without a refusal leaves the password in doubt: it is one of these kinds.
            let text = format!("{} {error:?}", error.report());
            let word = body.windows(13).any(|part| part.eq_ignore_ascii_case(b"invalid_grant"));
            if error.kind() == TokenErrorKind::InvalidUserCredentials {
                // Escapes and codes can stand for the word.
                let escaped = body.contains(&b'\\') || body.windows(4).any(|part| part == b"AADB");
                let utf16 = body.starts_with(&[0xff, 0xfe]) || body.starts_with(&[0xfe, 0xff]);
                let denied = body.windows(13).any(|p| p.eq_ignore_ascii_case(b"access_denied"));
                let entra = body.windows(6).any(|part| part == b"AADSTS");
                assert!(word || escaped || utf16 || denied || entra, "{text}");
            }
            // Nothing of the answer is in the text, except a code of the service.
            if let Ok(body) = std::str::from_utf8(body)
                && body.len() > 40
            {
                assert!(!text.contains(body), "{text}");
            }
        }
    }
});
