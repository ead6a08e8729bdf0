//! What was found of a journal as text and as a document.

use serde_json::{Value, json};

use crate::journal::repair::{Damaged, Survey};
use crate::text::{Text, text};

/// What a journal holds, and what is wrong with it.
#[must_use]
pub fn survey_text(survey: &Survey) -> Text {
    let mut told = Text::default();
    for Damaged { part, problem } in &survey.damaged {
        told.push(text!("{}: {}\n", part, problem));
    }
    let kept = text!("{} records of {} runs can be read", survey.kept(), survey.runs());
    told.push(match survey.is_whole() {
        true => text!("The journal is whole: {}.\n", kept),
        false => text!(
            "{}; {} are lost at least, and {} mean nothing without them and are left out.\n",
            kept,
            survey.lost,
            survey.left_out
        ),
    });
    told
}

/// The same as data.
#[must_use]
pub fn survey_document(survey: &Survey) -> Value {
    let damaged = survey.damaged.iter().map(|one| json!({ "part": one.part.to_string(), "problem": one.problem }));
    json!({
        "whole": survey.is_whole(),
        "damaged": damaged.collect::<Vec<Value>>(),
        "records": survey.kept(),
        "runs": survey.runs(),
        "lost": survey.lost,
        "left_out": survey.left_out,
    })
}
