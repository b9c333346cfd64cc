//! Answers that lie: false answers, and changes to true ones.

mod characters;
mod false_answer;
mod lexical;
mod records;

pub(crate) use false_answer::false_answer;

use bytes::Bytes;

use crate::fault::{Distortion, NumberForm};
use crate::protocol::{Answer, Encoding, HTML};
use crate::world::World;

/// Changes a true answer to a caller that accepts this encoding.
pub(crate) fn distort(
    world: &World,
    answer: Answer,
    encoding: Encoding,
    distortion: Distortion,
) -> Answer {
    match distortion {
        Distortion::MalformedRecord => answer.map_message(records::malform_one),
        Distortion::WrongContentType => answer.with_content_type(HTML),
        Distortion::PascalCase => answer.map_message(records::capitalise_names),
        Distortion::MinValueDates => answer.map_message(lexical::set_min_values),
        Distortion::Lexical(form) => {
            let today = emis_types::uk::today(&world.clock);
            answer.map_message(|message| lexical::rewrite(message, form, today))
        }
        Distortion::Encoding(to) => characters::transcode(answer.encoded(encoding), to),
        Distortion::StrayCharacter(stray) => {
            let marked = answer.map_message(records::add_remark).encoded(encoding);
            characters::replace_mark(marked, encoding, stray)
        }
        Distortion::ExpiresIn(form) => rewrite_expires_in(world, answer.encoded(encoding), form),
    }
}

/// Sends half of an answer as if it were complete.
pub(crate) fn halve(answer: Answer, encoding: Encoding) -> Answer {
    let answer = answer.encoded(encoding);
    let bytes = answer.bytes();
    answer.with_body(bytes.slice(..bytes.len() / 2))
}

fn rewrite_expires_in(world: &World, answer: Answer, form: NumberForm) -> Answer {
    let seconds = world.tokens.lifetime();
    let rewritten = match form {
        NumberForm::Text => format!("\"{seconds}\""),
        NumberForm::Fraction => format!("{seconds}.0"),
        NumberForm::Exponent => format!("{}.{:03}e3", seconds / 1000, seconds % 1000),
    };
    let body = String::from_utf8_lossy(&answer.bytes()).replace(
        &format!("\"expires_in\":{seconds}"),
        &format!("\"expires_in\":{rewritten}"),
    );
    answer.with_body(Bytes::from(body))
}
