//! Guessing what a misspelt word was meant to be.

/// The known word nearest to a misspelt one, if any is near enough to be what was meant.
pub(super) fn nearest<'a>(word: &str, known: &[&'a str]) -> Option<&'a str> {
    let tolerance = (word.chars().count() / 3).clamp(1, 3);
    let scored = known.iter().map(|&candidate| (distance(word, candidate), candidate));
    scored.filter(|(distance, _)| *distance <= tolerance).min().map(|(_, candidate)| candidate)
}

/// The way out for a name that is not known: the one that was probably meant, or those that there are.
pub(super) fn suggestion(word: &str, known: &[String], otherwise: &str) -> String {
    let names: Vec<&str> = known.iter().map(String::as_str).collect();
    match nearest(word, &names) {
        Some(meant) => format!("did you mean `{meant}`? Otherwise {otherwise}"),
        None if names.is_empty() => otherwise.to_owned(),
        None => format!("there are: {}; or {otherwise}", names.join(", ")),
    }
}

/// The Levenshtein distance: how many letters must be put in, taken out or changed.
fn distance(one: &str, other: &str) -> usize {
    let other: Vec<char> = other.chars().collect();
    let mut row: Vec<usize> = (0..=other.len()).collect();
    for (index, letter) in one.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = index + 1;
        for (column, &candidate) in other.iter().enumerate() {
            let changed = diagonal + usize::from(letter != candidate);
            diagonal = row[column + 1];
            row[column + 1] = changed.min(diagonal + 1).min(row[column] + 1);
        }
    }
    row[other.len()]
}

#[cfg(test)]
mod tests {
    use super::nearest;

    #[test]
    fn a_slip_finds_its_word_and_a_stranger_none() {
        let known = ["prefix_length", "nat_gateway", "routes"];
        assert_eq!(nearest("prefix_lenght", &known), Some("prefix_length"));
        assert_eq!(nearest("route", &known), Some("routes"));
        assert_eq!(nearest("availability", &known), None);
        assert_eq!(nearest("", &known), None);
    }
}
