//! The figures of docs/economics.md are what the simulator gives, and they are as good as they must be.

#![expect(clippy::unwrap_used, reason = "helpers of tests")]

use std::{fs, path::Path};

use opml_game::{GuestVersion, Preset, Profile, Terms};
use opml_sim::{
    Config, ConfigError, Gas, Report, agents::Kind, attention::BOUNTY, dispute::Line, figures, page,
};

fn docs(name: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs").join(name);
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn report() -> (Config, Report) {
    let config = Config::checked_in().unwrap();
    let report = Report::simulate(&config, &Gas::committed()).unwrap();
    (config, report)
}

#[test]
fn the_page_has_the_figures_of_the_simulator() {
    let (config, report) = report();
    let committed = docs("economics.md");
    let fresh = page::replace(&committed, &report.markdown()).unwrap();
    assert!(committed == fresh, "cargo xtask sim economics --write");
    for (name, svg) in figures::all(&config, &Gas::committed()).unwrap() {
        assert!(
            docs(&format!("figures/{name}")) == svg,
            "{name}: cargo xtask sim economics --write"
        );
        assert!(committed.contains(&format!("figures/{name}")), "{name} is not shown");
    }
}

#[test]
fn griefing_costs_the_attacker_more_than_the_bars_and_the_honest_side_nothing() {
    let (config, report) = report();
    assert_eq!(config.gas_gwei, [1.0, 10.0, 100.0]);
    for (row, bar) in report.griefing.iter().zip([100.0, 15.0, 3.0]) {
        assert!(row.factor >= bar, "{row:?}, bar {bar}");
        assert!(row.net >= 0.0, "{row:?}");
    }
}

#[test]
fn only_honesty_pays() {
    let (_, report) = report();
    for account in report.market.iter().flat_map(|market| &market.accounts) {
        assert!(account.acts > 1000, "{account:?}");
        assert_eq!(account.per_act > 0.0, account.kind == Kind::Honest, "{account:?}");
    }
    for row in &report.cheating {
        assert!(row.raced >= 0.65 && row.challenger > 0.0, "{row:?}");
    }
}

/// The simulated means are those of the formula, and computing pays exactly from the threshold on.
#[test]
fn laziness_stops_paying_where_the_formula_says() {
    let (config, report) = report();
    let threshold = report.thresholds[1].diligence;
    for row in &report.attention {
        let difference = row.diligent - row.lazy;
        let gain = (row.formula + 1e-5) / row.called;
        let deviation =
            gain * (row.called * (1.0 - row.called) / f64::from(config.requests)).sqrt();
        assert!((difference - row.formula).abs() <= 5.0 * deviation, "{row:?}");
        assert_eq!(row.formula > 0.0, row.called > threshold, "{row:?}, threshold {threshold}");
    }
}

/// Losing capital doubles with every round, and the honest party's next stake is about what was lost.
#[test]
fn delay_costs_twice_as_much_each_round() {
    let (config, report) = report();
    let profile: Profile = config.profile();
    for rows in report.delay.windows(2) {
        let burned = rows[1].lost - rows[0].lost;
        let half = opml_sim::outcome::ether(profile.stake(rows[0].rounds)) / 2.0;
        assert!((burned - half).abs() < 1e-9, "{rows:?}");
        assert!(rows[1].hours > rows[0].hours);
    }
}

#[test]
fn a_file_that_makes_no_sense_is_refused_in_one_sentence() {
    let text = include_str!("../economics.toml");
    for (line, wrong, sentence) in [
        (
            "requests = 400_000",
            "requests = 0",
            "requests is 0, but 1 to 10,000,000 can be simulated",
        ),
        (
            "arity = 32",
            "arity = 33",
            "profile.arity is 33, but it must be a power of two from 2 to 64",
        ),
        (
            "stake_gwei = 1_300_000_000",
            "stake_gwei = 1_299_999_999",
            "profile.stake_gwei is 1299999999, but a stake is at least ten bonds",
        ),
        (
            "watched = 0.95",
            "watched = 1.5",
            "request.watched is 1.5, but a probability is from 0 to 1",
        ),
        (
            "called = 0.1",
            "called = nan",
            "attention.called is NaN, but a probability is from 0 to 1",
        ),
        (
            "gas_gwei = [1, 10, 100]",
            "gas_gwei = [0]",
            "gas_gwei is 0, but a price is above 0 and at most 10,000",
        ),
        (
            "honest = 12",
            "honest = -1",
            "x.toml, line 44: invalid value: integer `-1`, expected u32",
        ),
        ("seed = 20261129", "sead = 1", "x.toml, line 3: unknown field `sead`"),
    ] {
        assert!(text.contains(line), "{line}");
        let error: ConfigError = Config::parse("x.toml", &text.replace(line, wrong)).unwrap_err();
        let error = error.to_string();
        assert!(error.starts_with(sentence) && !error.contains('\n'), "{error}");
    }
}

#[test]
fn a_court_whose_gas_was_not_measured_is_refused() {
    let text = include_str!("../economics.toml").replace("arity = 32", "arity = 4");
    let config = Config::parse("x.toml", &text).unwrap();
    let error = Report::simulate(&config, &Gas::committed()).unwrap_err().to_string();
    assert!(error.contains("k = 4"), "{error}");
}

/// The table of constants says what the contracts say, and has all that is about money.
#[test]
fn the_constants_are_those_of_the_contracts() {
    let page = docs("economics.md");
    let rows: Vec<[&str; 3]> = page
        .lines()
        .filter_map(|line| {
            let cells: Vec<&str> = line.strip_prefix("| `")?.split(" | ").collect();
            let (name, value) = (cells[0].strip_suffix('`')?, cells.get(1)?);
            Some([name, value, cells.get(2)?.trim_matches('`')])
        })
        .collect();
    let source = |file: &str| docs(&format!("../contracts/src/{file}"));
    for [name, value, file] in &rows {
        let line = format!(" constant {name} = {value};");
        assert!(source(file).contains(&line), "{file} has no `{line}`");
    }
    let money = source("lib/Money.sol");
    let names = money.lines().filter_map(|line| line.split(" constant ").nth(1)?.split(' ').next());
    for name in names {
        assert!(rows.iter().any(|row| row[0] == name), "{name} is not in the table");
    }
    let delay = rows.iter().find(|row| row[0] == "REVEAL_DELAY").unwrap();
    assert_eq!(delay[1], opml_game::life::REVEAL_DELAY.to_string());
    let margin = rows.iter().find(|row| row[0] == "MARGIN_BLOCKS").unwrap();
    assert_eq!(margin[1], opml_game::attention::MARGIN_BLOCKS.to_string());
}

/// The tables of named profiles say what is registered under the names, and what it is worth by the stake.
#[test]
fn the_named_profiles_are_those_of_the_page() {
    let (page, config) = (docs("economics.md"), Config::checked_in().unwrap());
    assert_eq!(config.profile(), Preset::FAST.profile);
    let guest = GuestVersion { max_steps_bits: 30, ..config.guest() };
    let grouped = |number: u64| {
        let text = number.to_string();
        let split = text.len().saturating_sub(3);
        if split == 0 { text } else { format!("{},{}", &text[..split], &text[split..]) }
    };
    for Preset { name, profile, carries_gwei } in Preset::ALL {
        let [stake, carries] = [profile.stake_gwei, carries_gwei].map(|gwei| gwei as f64 / 1e9);
        let row = page
            .lines()
            .find(|line| line.starts_with(&format!("| *{name}* |")) && line.contains(" ether | "));
        let row = row.unwrap_or_else(|| panic!("no row of {name}"));
        assert!(row.contains(&format!(" | {stake} ether | {carries} ether | ")), "{row}");
        // Where one claim in twenty is not looked at, an author that overthrows itself when somebody comes gains nothing.
        assert!(carries <= 19.0 * stake / 2.0, "{name} carries {carries} ether on {stake}");
        let longest = Terms { profile: &profile, guest: &guest }.verdict_within(1 << 24);
        let [window, longest] = [u64::from(profile.window), longest].map(grouped);
        let line = format!("| *{name}* | {window} s | {} s | 11 | {longest} s", profile.increment);
        assert!(page.contains(&line), "no `{line}`");
        assert_eq!((profile.window, profile.bond_gwei), (profile.clock, 130_000_000), "{name}");
    }
}

/// A list is repaid at the price that the page says: ρ over the gas of the dearest list at k = 32.
#[test]
fn a_list_is_repaid_at_the_gas_price_of_the_page() {
    let (gas, profile) = (Gas::committed(), Preset::FAST.profile);
    let cases = ["phase 1, full list", "phase 2, full list", "opens phase 2"];
    let price = |case: &str| gas.of_call("move", &format!("k = 32, {case}")).unwrap();
    let dearest = cases.map(price).into_iter().max().unwrap();
    assert!(dearest <= 87_000, "{dearest}");
    // ρ = b·a / (80 + 5a), a = 5.
    let rho = profile.bond_gwei * 5 / (80 + 5 * 5);
    assert!(rho / 87_000 >= 71, "{rho} gwei for {dearest} gas");
    assert!(docs("economics.md").contains("With 87,000 gas for the dearest list at k = 32"));
}

/// Lost by proof, from the opening to the collection, at the sizes of the page: below the bar of 900,000 gas for both sides.
#[test]
fn a_whole_dispute_of_a_large_run_stays_below_its_bar() {
    let (config, gas) = (Config::checked_in().unwrap(), Gas::committed());
    assert_eq!((config.run.large_steps, config.run.small_steps_bits), (1 << 16, 24));
    let line = Line::longest(&config, &gas).unwrap();
    // The dearest window of 16 steps that there is, of a model of 7.2 GB.
    let (bars, proof) = (docs("gas.md"), 158_600);
    assert!(bars.contains("| 145,000 / 178,000 | 144,100 / 158,600 |"));
    let collect = gas.dearest_of("collect", "").unwrap();
    let whole = line.submitter + line.challenger + proof + collect;
    let rounded = (whole + 500) / 1000;
    let said = format!(" / {rounded},000 |");
    assert!(whole <= 900_000, "{whole}");
    let row = bars.lines().find(|line| line.contains("| 620,000 / 900,000 |")).unwrap();
    assert!(row.contains(&said), "{row}: {whole}");
}

/// The part of a slash that is not burned is the contract's.
#[test]
fn a_bounty_is_what_the_contract_pays() {
    let contract = docs("../contracts/src/attention/Judgement.sol");
    let divisor = format!(" constant BOUNTY_DIVISOR = {};", 1.0 / BOUNTY);
    assert!(contract.contains(&divisor), "no `{divisor}`");
}
