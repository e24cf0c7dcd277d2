//! The models of lifetime value against the published fits of real data, and against their formulas in fifty digits.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test that cannot go on fails")]
#![expect(clippy::cast_possible_truncation, reason = "the numbers of these tests are small")]

use std::collections::BTreeMap;

use jiff::civil::Date;
use rapport_views::stats::{
    bg_nbd::BgNbd,
    gamma_gamma::{GammaGamma, Spent},
    pareto_nbd::ParetoNbd,
    purchasing::{Fit, Group, Observed},
    search::NoFit,
};

/// The numbers of a file's lines, without its comments.
fn numbers(file: &str) -> Vec<Vec<f64>> {
    let lines = file.lines().filter(|line| !line.starts_with('#'));
    lines.map(|line| line.split_whitespace().map(|one| one.parse().unwrap()).collect()).collect()
}

fn observed(x: f64, last: f64, until: f64) -> Observed {
    Observed { repeats: x as u32, last, until }
}

/// What the customers of CDNOW did until 1997-09-30 who first bought in the first quarter of 1997, every tenth of them
/// (P. S. Fader, B. G. S. Hardie, brucehardie.com/datasets): when they came back, in weeks, and what they spent then, in
/// dollars. `None`, with a message, where the data set is not there.
fn cdnow() -> Option<(Vec<Group>, Vec<Spent>)> {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/data/cdnow_sample/CDNOW_sample.txt");
    let Ok(file) = std::fs::read_to_string(path) else {
        eprintln!("skipped: there is no {path}");
        return None;
    };
    let end = jiff::civil::date(1997, 9, 30);
    let mut days: BTreeMap<&str, BTreeMap<Date, i64>> = BTreeMap::new();
    for line in file.lines() {
        let cells: Vec<&str> = line.split_whitespace().collect();
        let day = Date::strptime("%Y%m%d", cells[2]).unwrap();
        if day <= end {
            let cents = cells[4].parse::<f64>().unwrap() * 100.0;
            *days.entry(cells[1]).or_default().entry(day).or_default() += cents.round() as i64;
        }
    }
    let weeks = |from: Date, to: Date| f64::from((to - from).get_days()) / 7.0;
    let (mut groups, mut spent) = (Vec::new(), Vec::new());
    for of in days.values() {
        let (first, last) = (*of.keys().next().unwrap(), *of.keys().next_back().unwrap());
        let repeats = of.len() as u32 - 1;
        let observed = Observed { repeats, last: weeks(first, last), until: weeks(first, end) };
        groups.push(Group { observed, customers: 1 });
        if repeats > 0 {
            let cents: i64 = of.values().skip(1).sum();
            let mean = cents as f64 / 100.0 / f64::from(repeats);
            spent.push(Spent { purchases: repeats, mean, customers: 1 });
        }
    }
    Some((groups, spent))
}

/// Every parameter is that number to as many digits as are printed, but for so many units of the last one: programs stop their
/// search at different places near the maximum.
fn assert_printed<M>(fit: &Fit<M>, printed: &[(&str, &str)], units: f64) {
    let decimals = |text: &str| text.split_once('.').map_or(0, |(_, decimals)| decimals.len() as i32);
    for (name, text) in printed {
        let value = fit.parameters.iter().find(|one| one.name == *name).unwrap().value;
        let unit = 0.1_f64.powi(decimals(text));
        assert!(
            (value - text.parse::<f64>().unwrap()).abs() <= (units + 0.5) * unit,
            "{name}: {value}, {text}"
        );
    }
}

/// The log-likelihood of all customers.
fn log_likelihood(groups: &[Group], of_one: impl Fn(&Observed) -> f64) -> f64 {
    groups.iter().map(|group| group.customers as f64 * of_one(&group.observed)).sum()
}

#[test]
fn the_bg_nbd_fit_of_cdnow_is_the_published_one() {
    let Some((cdnow, _)) = cdnow() else { return };
    let fit = BgNbd::fit(&cdnow).unwrap();
    // Fader, Hardie, Lee 2005, with the digits of the correctness tests of CLVTools.
    let printed = BgNbd { r: 0.242_594_5, alpha: 4.413_601_9, a: 0.792_919_9, b: 2.425_888_1 };
    assert_printed(
        &fit,
        &[("r", "0.2425945"), ("alpha", "4.413602"), ("a", "0.79292"), ("b", "2.4259")],
        0.0,
    );
    // Where that program stopped, it is less likely by a hundred-millionth.
    let less = fit.log_likelihood - log_likelihood(&cdnow, |one| printed.log_likelihood(one));
    assert!((0.0..1e-8).contains(&less), "{less:e}");
    assert_eq!((format!("{:.3}", fit.log_likelihood).as_str(), fit.customers), ("-9582.429", 2_357));
    let paper = BgNbd { r: 0.243, alpha: 4.414, a: 0.793, b: 2.426 };
    // Expectations and chances as the tests of lifetimes have them, from Hardie's spreadsheet.
    let expected =
        [(0.1429, 0.0078), (1.0, 0.0532), (3.0, 0.1506), (31.8571, 1.0405), (32.0, 1.0437), (78.0, 1.8576)];
    for (ahead, printed) in expected {
        let found = fit.model.expected_of_any(ahead);
        assert!((found - printed).abs() < 5e-5 + 2e-4 * printed, "{ahead}: {found}, {printed}");
    }
    assert_eq!(format!("{:.5e}", paper.chance(10, 2.0)), "1.07869e-7");
    assert_eq!(format!("{:.7}", paper.chance(0, 39.0)), "0.5737864");
    let whole: f64 = (0..400).map(|x| paper.chance(x, 39.0)).sum();
    assert!((whole - 1.0).abs() < 1e-9, "{whole}");
    let one = observed(2.0, 30.43, 38.86);
    assert_eq!(format!("{:.3} {:.4}", paper.expected(&one, 39.0), paper.alive(&one)), "1.226 0.7266");
}

#[test]
fn the_pareto_nbd_fit_of_cdnow_is_the_published_one() {
    let Some((cdnow, _)) = cdnow() else { return };
    let fit = ParetoNbd::fit(&cdnow).unwrap();
    // Fader, Hardie 2005; the same to all of its digits.
    assert_printed(&fit, &[("r", "0.553"), ("alpha", "10.578"), ("s", "0.606"), ("beta", "11.669")], 0.0);
    // The correctness tests of CLVTools stop where it is less likely by 5 millionths.
    let printed = ParetoNbd { r: 0.553_15, alpha: 10.576_33, s: 0.606_25, beta: 11.671_5 };
    let wide = [("r", "0.5532"), ("alpha", "10.576"), ("s", "0.60625"), ("beta", "11.671")];
    assert_printed(&fit, &wide, 2.0);
    let less = fit.log_likelihood - log_likelihood(&cdnow, |one| printed.log_likelihood(one));
    assert!((0.0..1e-5).contains(&less), "{less:e}");
    assert_eq!(format!("{:.3}", fit.log_likelihood), "-9594.976");
    let errors = [0.047_626_4, 0.842_722_2, 0.187_259_4, 6.210_544_8];
    for (parameter, error) in fit.parameters.iter().zip(errors) {
        assert!((parameter.standard_error / error - 1.0).abs() < 2e-4, "{parameter:?}, expected {error}");
    }
    // The walkthrough of BTYD.
    let one = observed(26.0, 30.86, 31.0);
    assert!((fit.model.expected(&one, 52.0) - 25.46).abs() < 0.01);
    assert_eq!(format!("{:.4}", fit.model.alive(&one)), "0.9979");
    // The reference of BTYD, with its parameters.
    let rounded = ParetoNbd { r: 0.55, alpha: 10.56, s: 0.61, beta: 11.64 };
    let of_any = [1.0, 9.0].map(|ahead| format!("{:.8}", rounded.expected_of_any(ahead)));
    assert_eq!(of_any, ["0.05077821", "0.38909211"]);
}

#[test]
fn the_gamma_gamma_fit_of_cdnow_is_the_published_one() {
    let Some((_, spent)) = cdnow() else { return };
    let fit = GammaGamma::fit(&spent).unwrap();
    // Note 25.
    assert_printed(&fit, &[("p", "6.25"), ("q", "3.74"), ("v", "15.44")], 0.0);
    assert_eq!(fit.customers, 946);
    // The first ten customers, as the guide of lifetimes prints them with more digits (24.65 is 24.658619 there).
    let first_ten = [
        (2, 22.35, 24.658_619),
        (1, 11.77, 18.911_489),
        (0, 0.0, 35.170_981),
        (0, 0.0, 35.170_981),
        (0, 0.0, 35.170_981),
        (7, 73.741_428_571_428_57, 71.462_843),
        (1, 11.77, 18.911_489),
        (0, 0.0, 35.170_981),
        (2, 25.55, 27.282_408),
        (0, 0.0, 35.170_981),
    ];
    for (purchases, mean, printed) in first_ten {
        let expected = fit.model.expected(purchases, mean).unwrap();
        assert!(off(expected, printed) < 1e-4, "{purchases} of {mean}: {expected}, {printed}");
    }
    let endless = GammaGamma { q: 0.9, ..fit.model };
    assert_eq!((endless.expected(0, 0.0), endless.expected(1, 1.0).is_some()), (None, true));
}

/// How far a number is from what it should be, in parts of it.
fn off(value: f64, expected: f64) -> f64 {
    ((value - expected) / expected).abs()
}

#[test]
fn formulas_are_what_the_papers_say_in_fifty_digits() {
    // `lifetime/grid.py` prints the grid.
    let mut rows = 0;
    for line in include_str!("lifetime/grid.txt").lines() {
        let (model, rest) = line.split_once(' ').unwrap();
        let row = &numbers(rest)[0];
        let (one, ahead) = (observed(row[4], row[5], row[6]), row[7]);
        let (likelihood, alive, expected) = if model == "bg_nbd" {
            let model = BgNbd { r: row[0], alpha: row[1], a: row[2], b: row[3] };
            (model.log_likelihood(&one), model.alive(&one), model.expected(&one, ahead))
        } else {
            let model = ParetoNbd { r: row[0], alpha: row[1], s: row[2], beta: row[3] };
            (model.log_likelihood(&one), model.alive(&one), model.expected(&one, ahead))
        };
        let found = [off(likelihood, row[8]), off(alive, row[9]), off(expected, row[10])];
        assert!(found.iter().all(|off| *off < 1e-8), "{line}: {found:?}");
        rows += 1;
    }
    assert_eq!(rows, 360);
}

#[test]
fn many_purchases_overflow_nothing() {
    // Where powers of ratios overflow: issue 60 of lifetimes.
    let bg = BgNbd { r: 0.243, alpha: 4.414, a: 0.793, b: 2.426 };
    let pareto = ParetoNbd { r: 0.553, alpha: 10.578, s: 0.606, beta: 11.669 };
    for (x, last) in [(221, 38.0), (254, 30.0), (161, 10.0), (204, 0.1), (36_000, 38.8)] {
        let one = Observed { repeats: x, last, until: 38.86 };
        let all = [
            bg.log_likelihood(&one),
            bg.alive(&one),
            bg.expected(&one, 52.0),
            pareto.log_likelihood(&one),
            pareto.alive(&one),
            pareto.expected(&one, 52.0),
        ];
        assert!(all.iter().all(|number| number.is_finite()), "{x}: {all:?}");
        assert!((0.0..=1.0).contains(&all[1]) && (0.0..=1.0).contains(&all[4]), "{x}: {all:?}");
        assert!(all[2] >= 0.0 && all[5] >= 0.0, "{x}: {all:?}");
    }
}

#[test]
fn customers_who_leave_alike_are_expected_to_buy_what_the_formula_says() {
    // A large a: SciPy 1.17, `scipy.special.hyp2f1`, and the integral of Euler by `scipy.integrate.quad`.
    let model = BgNbd {
        r: 0.657156593024301,
        alpha: 1.641563210706093,
        a: 228.58469889964576,
        b: 1272.4389720823538,
    };
    for (ahead, expected) in [
        (10.0, 2.302072388462825),
        (30.0, 3.833798865149095),
        (60.0, 4.6706774689087105),
        (520.0, 6.079698631176074),
    ] {
        assert!(off(model.expected_of_any(ahead), expected) < 1e-12, "{ahead}");
    }
    assert!(off(model.expected_alive(&observed(7.0, 20.0, 30.0), 52.0), 5.403159281854074) < 1e-12);
    let other = BgNbd { r: 0.24, alpha: 4.4, a: 30.0, b: 90.0 };
    assert!(off(other.expected_alive(&observed(3.0, 20.0, 35.0), 39.0), 2.071741610305327) < 1e-12);
    // Where one series gives way to the other, nothing jumps.
    for a in [3.2 - 1e-9, 3.2, 3.2 + 1e-9] {
        let model = BgNbd { r: 0.2, alpha: 2.0, a, b: 8.0 };
        let at = model.expected_alive(&observed(2.0, 5.0, 9.0), 400.0);
        assert!(
            off(at, BgNbd { a: 3.2, ..model }.expected_alive(&observed(2.0, 5.0, 9.0), 400.0)) < 1e-8,
            "{at}"
        );
    }
}

#[test]
fn time_and_money_may_be_in_any_unit() {
    let Some((cdnow, spent)) = cdnow() else { return };
    let years: Vec<Group> = cdnow
        .iter()
        .map(|group| {
            let Observed { repeats, last, until } = group.observed;
            Group { observed: Observed { repeats, last: last / 52.0, until: until / 52.0 }, ..*group }
        })
        .collect();
    let (weekly, yearly) = (BgNbd::fit(&cdnow).unwrap(), BgNbd::fit(&years).unwrap());
    assert!(off(yearly.model.alpha * 52.0, weekly.model.alpha) < 1e-6);
    // A density is of a unit: each of 2,457 repeat purchases is 52 times as dense.
    assert!(off(yearly.log_likelihood - weekly.log_likelihood, 2_457.0 * 52.0_f64.ln()) < 1e-9);
    let cents: Vec<Spent> = spent.iter().map(|spent| Spent { mean: spent.mean * 100.0, ..*spent }).collect();
    let (dollars, cents) = (GammaGamma::fit(&spent).unwrap(), GammaGamma::fit(&cents).unwrap());
    assert!(off(cents.model.v / 100.0, dollars.model.v) < 1e-6 && off(cents.model.p, dollars.model.p) < 1e-6);
}

#[test]
fn what_says_nothing_has_no_fit() {
    let all =
        |repeats, last, until| vec![Group { observed: Observed { repeats, last, until }, customers: 500 }];
    // Nobody came back; nobody was observed for any time.
    assert_eq!(BgNbd::fit(&all(0, 0.0, 10.0)).unwrap_err(), NoFit::NotConverged);
    assert_eq!(ParetoNbd::fit(&all(0, 0.0, 0.0)).unwrap_err(), NoFit::NotConverged);
    // All alike: rates that do not vary, and customers who never leave.
    assert_eq!(BgNbd::fit(&all(5, 9.0, 10.0)).unwrap_err(), NoFit::AtBound);
    assert_eq!(ParetoNbd::fit(&all(5, 9.0, 10.0)).unwrap_err(), NoFit::AtBound);
    let same = vec![Spent { purchases: 3, mean: 20.0, customers: 500 }];
    assert_eq!(GammaGamma::fit(&same).unwrap_err(), NoFit::AtBound);
    let free = vec![Spent { purchases: 3, mean: 0.0, customers: 500 }];
    assert_eq!(GammaGamma::fit(&free).unwrap_err(), NoFit::NotConverged);
    assert_eq!(BgNbd::fit(&[]).unwrap_err(), NoFit::NotConverged);
}
