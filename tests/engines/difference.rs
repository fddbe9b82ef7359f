//! Two texts side by side, line by line.

use std::fmt::Write;

/// Lines of which every pair is compared.
const COMPARED: usize = 2000;

/// The lines of both, those that only `expected` has marked with -, those that only `found` has with +.
pub(crate) fn difference(expected: &str, found: &str) -> String {
    let (left, right): (Vec<&str>, Vec<&str>) = (expected.lines().collect(), found.lines().collect());
    if left.len().max(right.len()) > COMPARED {
        return first_difference(&left, &right);
    }
    // longest[i][j]: the longest common subsequence of what follows left[i] and right[j].
    let mut longest = vec![vec![0; right.len() + 1]; left.len() + 1];
    for i in (0..left.len()).rev() {
        for j in (0..right.len()).rev() {
            longest[i][j] = match left[i] == right[j] {
                true => longest[i + 1][j + 1] + 1,
                false => longest[i + 1][j].max(longest[i][j + 1]),
            };
        }
    }
    let (mut i, mut j, mut out) = (0, 0, String::new());
    while i < left.len() || j < right.len() {
        let (mark, line) = if i < left.len() && j < right.len() && left[i] == right[j] {
            (i, j) = (i + 1, j + 1);
            (' ', left[i - 1])
        } else if j == right.len() || i < left.len() && longest[i + 1][j] >= longest[i][j + 1] {
            i += 1;
            ('-', left[i - 1])
        } else {
            j += 1;
            ('+', right[j - 1])
        };
        writeln!(out, "    {mark} {line}").unwrap();
    }
    out
}

/// Where two long texts begin to differ.
fn first_difference(left: &[&str], right: &[&str]) -> String {
    let same = left.iter().zip(right).take_while(|(left, right)| left == right).count();
    let line = |lines: &[&str]| lines.get(same).copied().unwrap_or("(nothing)").to_owned();
    format!(
        "    line {} of {} and {}:\n    - {}\n    + {}\n",
        same + 1,
        left.len(),
        right.len(),
        line(left),
        line(right)
    )
}

#[test]
fn a_difference_shows_the_lines_of_both() {
    assert_eq!(difference("a\nb\nc\n", "a\nc\nd\n"), "      a\n    - b\n      c\n    + d\n");
    assert_eq!(difference("", "x\n"), "    + x\n");
}

#[test]
fn of_long_texts_the_first_difference_is_shown() {
    let long = "a\n".repeat(COMPARED + 1);
    assert!(difference(&long, &format!("{long}b\n")).contains("- (nothing)\n    + b"));
}
