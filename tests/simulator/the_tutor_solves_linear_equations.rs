//! Every text gets an answer, and a linear equation in it the right one.

use proptest::prelude::*;

use crate::openai_sim::tutor::answer;

/// The solution at the end of the answer, as numerator and denominator.
fn solution(answer: &str) -> (i128, i128) {
    let (_, value) = answer
        .strip_suffix('.')
        .unwrap()
        .rsplit_once(" = ")
        .unwrap();
    let (numerator, denominator) = value.split_once('/').unwrap_or((value, "1"));
    (numerator.parse().unwrap(), denominator.parse().unwrap())
}

#[test]
fn the_steps_are_explained_in_a_sentence() {
    for (question, expected) in [
        (
            "I need to solve the equation `3x + 11 = 14`. Can you help me?",
            "Subtract 11 from both sides to get 3x = 3, so x = 1.",
        ),
        ("x + 5 = 2", "Subtract 5 from both sides to get x = -3."),
        (
            "2y - 4 = 10",
            "Add 4 to both sides to get 2y = 14, so y = 7.",
        ),
        ("5x = 10", "Divide both sides by 5 to get x = 2."),
        ("x = 4", "The equation already says it: x = 4."),
        (
            "5x + 1 = 2x + 10",
            "Collect the x terms on one side to get 3x = 9, so x = 3.",
        ),
        (
            "14 = 3x + 11",
            "Subtract 11 from both sides to get 3x = 3, so x = 1.",
        ),
        (
            "x/2 + 1 = 3",
            "Subtract 1 from both sides to get (1/2)x = 2, so x = 4.",
        ),
        ("0x + 1 = 1", "Every value of x solves that equation."),
        ("x + 1 = x + 2", "No value of x solves that equation."),
    ] {
        assert_eq!(answer(question), expected, "{question}");
    }
}

#[test]
fn an_equation_is_found_and_solved_however_it_is_written() {
    for (question, expected) in [
        ("3x+11=14", "x = 1"),
        ("And 5x = 10?", "x = 2"),
        ("3*x + 11 = 14.", "x = 1"),
        ("-3x + 11 = 14", "x = -1"),
        ("−3x − 11 = −14", "x = 1"),
        ("-x = 4", "x = -4"),
        ("3x + 11 = -14", "x = -25/3"),
        ("3x + 11 = 12", "x = 1/3"),
        ("2.5x + 1 = 7.25", "x = 2.5"),
        ("0.3x = 0.1", "x = 1/3"),
        (".5x = 3", "x = 6"),
        ("0.1x + 0.2 = 0.3", "x = 1"),
        ("1/2 x = 3", "x = 6"),
        ("2(x + 3) = 10", "x = 2"),
        ("2 (x + 3) - (4 - x) = 11", "x = 3"),
        ("(3x + 11 = 14)", "x = 1"),
        ("Solve **3x + 11 = 14** please", "x = 1"),
        ("$3x + 11 = 14$", "x = 1"),
        ("1. 3x + 11 = 14\n2. x = 5", "x = 1"),
        ("3x + 11 = 14 - can you help?", "x = 1"),
        ("3x + 11 = 14 (I think)", "x = 1"),
        ("3x + 11 = 14 I guess", "x = 1"),
        ("Is a 3x = 6 hard? It's not!", "x = 2"),
        ("What's n if 7n = 49!", "n = 7"),
        ("2 + 2 = 4, so 2x = 8", "x = 4"),
        ("Résous 3x + 11 = 14 s'il te plaît", "x = 1"),
        ("3 x + 11 = 14", "x = 1"),
        ("it's '4 = 2x'", "x = 2"),
    ] {
        let answer = answer(question);
        assert!(
            answer.ends_with(&format!(" {expected}.")),
            "{question}: {answer}"
        );
    }
}

#[test]
fn an_unsolvable_equation_is_answered_as_such() {
    for (question, expected) in [
        ("", "Send me an equation"),
        ("Hello, who are you?", "Send me an equation"),
        ("2 + 2 = 4", "Send me an equation"),
        ("a == b", "Send me an equation"),
        ("2x >= 4", "Send me an equation"),
        ("x =", "Send me an equation"),
        ("= = =", "Send me an equation"),
        ("3x + = 4", "Send me an equation"),
        ("x² + 3x = 5", "I can only solve linear"),
        ("x^2 = 4", "I can only solve linear"),
        ("x * x = 4", "I can only solve linear"),
        ("1/x = 4", "I can only solve linear"),
        ("x / 0 = 4", "I can only solve linear"),
        (
            "y = 2x + 3",
            "I can only solve equations with a single unknown",
        ),
    ] {
        let answer = answer(question);
        assert!(answer.starts_with(expected), "{question}: {answer}");
    }
    let deep = format!("{}x{} = 1", "(".repeat(100_000), ")".repeat(100_000));
    assert_eq!(answer(&deep), "That equation is too large for me.");
    for large in [
        format!("{}x = 0.1", "9".repeat(38)),
        format!("{}x = 1", "9".repeat(1000)),
        format!("x = 0.{}", "3".repeat(1000)),
    ] {
        assert_eq!(answer(&large), "That equation is too large for me.");
    }
}

proptest! {
    #[test]
    fn the_solution_solves_the_equation(
        a in any::<i32>().prop_filter("a linear equation", |a| *a != 0),
        b: i32,
        c: i32,
    ) {
        let sign = if b < 0 { '-' } else { '+' };
        let question = format!("Solve {a}x {sign} {} = {c}", b.unsigned_abs());
        let (numerator, denominator) = solution(&answer(&question));
        let (a, b, c) = (i128::from(a), i128::from(b), i128::from(c));
        prop_assert_eq!(a * numerator + b * denominator, c * denominator);
    }

    #[test]
    fn no_text_is_too_strange(text in "[-+*/=().^²x3a \n`]{0,60}|\\PC*") {
        prop_assert!(!answer(&text).is_empty());
    }
}
