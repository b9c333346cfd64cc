//! The standing of a registration, code by code.

use emis_client::model::{Registration, Standing};

fn registration(status_code: Option<i32>, practice_registered: Option<bool>) -> Registration {
    let mut registration = Registration::default();
    registration.status_code = status_code;
    registration.practice_registered = practice_registered;
    registration
}

#[test]
fn every_code_has_a_standing_and_outweighs_the_flag() {
    let codes = |standing| {
        let of = move |code: &i32| {
            let by_code = [None, Some(false), Some(true)]
                .map(|flag| registration(Some(*code), flag).standing());
            assert!(by_code.iter().all(|found| *found == by_code[0]));
            by_code[0] == standing
        };
        (-1..=50).filter(of).collect::<Vec<_>>()
    };
    assert_eq!(codes(Standing::PreRegistered), [1, 2, 3]);
    assert_eq!(codes(Standing::Registered), [4, 5, 6, 7, 8, 20, 23, 34]);
    assert_eq!(codes(Standing::Temporary), [9, 10]);
    assert_eq!(codes(Standing::Died), [11, 12, 47, 48]);
    let unclear = [-1, 0, 39, 40, 41, 42, 43, 44, 45, 46, 49, 50];
    assert_eq!(codes(Standing::Unclear), unclear);
    assert_eq!(codes(Standing::Left).len(), 52 - 8 - 3 - 2 - 4 - 12);
}

#[test]
fn without_a_code_the_flag_decides() {
    assert_eq!(registration(None, Some(false)).standing(), Standing::Left);
    for flag in [None, Some(true)] {
        assert_eq!(registration(None, flag).standing(), Standing::Registered);
    }
}
