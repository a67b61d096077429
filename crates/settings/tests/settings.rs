//! Flags, a file and defaults in layers; what is refused, in one sentence; what is never told.

#![expect(
    clippy::unwrap_used,
    reason = "helpers of tests fail like tests; clippy sees only functions marked #[test]"
)]

use std::{fs, path::PathBuf};

use alloy_primitives::{Address, U256};
use clap::{Args, Command, CommandFactory, Parser};
use opml_node::{
    Config, Identity,
    signer::{DerivationPath, KeySource},
};
use opml_settings::{
    File, KeyFile, ModelName, Role, Secrets, Settings, SettingsError, Wallet, render,
};
use tempfile::TempDir;

const KEY: &str = "0xac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80";

#[derive(Debug, Parser)]
struct Plain {
    #[command(flatten)]
    settings: opml_settings::Flags<Settings>,
    #[command(flatten)]
    wallet: Wallet,
}

#[derive(Debug, Parser)]
struct Prefixed {
    /// What another program may have for itself.
    #[arg(long)]
    workers: Option<u8>,
    #[command(flatten)]
    settings: opml_settings::Flags<Settings, true>,
    #[command(flatten)]
    wallet: Wallet<true>,
}

fn plain(args: &[&str]) -> Plain {
    Plain::try_parse_from([&["node"], args].concat()).unwrap()
}

/// A file with these lines.
fn file(lines: &str) -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("opml.toml");
    fs::write(&path, lines).unwrap();
    (folder, path)
}

/// What holds with these lines below these flags.
fn layered(lines: &str, flags: &[&str]) -> Result<(Settings, KeyFile), SettingsError> {
    let (_folder, path) = file(lines);
    let line = plain(flags);
    let mut file = File::read(&path)?;
    let settings = file.layer(&line.settings)?;
    let (keys, _) = line.wallet.layered(&mut file)?;
    file.finish()?;
    Ok((settings, keys))
}

/// The one sentence that refuses these lines, which names the file.
fn refusal(lines: &str, flags: &[&str]) -> String {
    let sentence = layered(lines, flags).unwrap_err().to_string();
    assert!(sentence.contains("opml.toml") && sentence.lines().count() == 1, "{sentence}");
    sentence
}

#[test]
fn flags_win_over_the_file_and_the_file_over_defaults() {
    let lines = "role = [\"challenger\"]\nworkers = 5\nmin-fee-gwei = 7\nmodel = [\"digits\", \"a/b.opml\"]\n";
    let (settings, _) = layered(lines, &["--workers", "9", "--role=submitter"]).unwrap();
    assert_eq!((settings.workers, settings.min_fee_gwei), (9, 7));
    assert_eq!(settings.role, [Role::Submitter]);
    assert_eq!(settings.model, [ModelName::Digits, ModelName::File("a/b.opml".into())]);
    let defaults = plain(&[]).settings.values().clone();
    assert_eq!(settings.max_bond_gwei, defaults.max_bond_gwei);
    // A flag wins that says what the default is, too.
    assert_eq!(layered(lines, &["--workers", "2"]).unwrap().0.workers, 2);
}

#[test]
fn the_defaults_of_flags_are_those_of_the_node() {
    let identity = Identity { chain_id: 1, contract: Address::repeat_byte(1) };
    let (ours, nodes) = (plain(&[]).settings.values().config(identity), Config::new(identity));
    assert_eq!((&ours.policy, ours.roles), (&nodes.policy, nodes.roles));
    assert_eq!((ours.fees, ours.workers), (nodes.fees, nodes.workers));
}

#[test]
fn every_limit_reaches_the_node() {
    let flags = [
        "--min-fee-gwei=1",
        "--max-stake-gwei=2",
        "--max-bond-gwei=3",
        "--confirm-stake-gwei=4",
        "--gas-reserve-gwei=5",
        "--max-fee-gwei=6",
        "--profile=7",
        "--guest-version=8",
        "--role=challenger",
        "--workers=10",
    ];
    let identity = Identity { chain_id: 1, contract: Address::repeat_byte(1) };
    let config = plain(&flags).settings.values().config(identity);
    let policy = config.policy;
    let limits = [
        policy.min_fee,
        policy.max_stake,
        policy.max_bond,
        policy.confirm_stake,
        policy.gas_reserve,
        U256::from(config.fees.max_fee),
    ];
    assert_eq!(limits, [1, 2, 3, 4, 5, 6].map(|gwei| U256::from(gwei * 1_000_000_000u64)));
    assert_eq!((policy.profiles, policy.guests), (Some([7].into()), Some([8].into())));
    assert!(config.roles.challenger && !config.roles.submitter);
    assert_eq!(config.workers, 10);
}

#[test]
fn a_bad_line_is_refused_with_its_key_and_value_even_below_a_flag() {
    for (line, value) in [
        ("contract = \"0x12\"", "0x12"),
        ("role = [\"liar\"]", "liar"),
        ("workers = \"many\"", "many"),
        ("profile = [256]", "256"),
        ("min-fee-gwei = -1", "-1"),
    ] {
        let key = line.split(' ').next().unwrap();
        let sentence = refusal(line, &[]);
        assert!(sentence.contains(&format!("{key} = ")) && sentence.contains(value), "{sentence}");
    }
    assert!(refusal("workers = \"many\"", &["--workers=3"]).contains("many"));
}

#[test]
fn a_line_that_nobody_knows_is_refused() {
    let sentence = refusal("worker = 3", &[]);
    assert!(sentence.contains("no setting worker;") && sentence.contains("workers"), "{sentence}");
    assert!(refusal("[opml]\nworkers = 3", &[]).contains("no setting opml;"));
    assert!(refusal("workers = 3\nworkers = = 4", &[]).contains("line 2"));
    let missing = File::read("/no/such/opml.toml".as_ref()).unwrap_err().to_string();
    assert!(missing.contains("/no/such/opml.toml"), "{missing}");
}

#[test]
fn no_secret_is_read_from_a_file_or_told() {
    for key in ["private-key", "mnemonic"] {
        let sentence = refusal(&format!("{key} = \"{KEY}\""), &[]);
        assert!(sentence.contains(key) && !sentence.contains(&KEY[2..10]), "{sentence}");
    }
    let misspelt = refusal(&format!("private-kee = \"{KEY}\""), &[]);
    assert!(!misspelt.contains(&KEY[2..10]), "{misspelt}");
    let line = plain(&["--private-key", KEY]);
    assert!(!format!("{line:?}").contains(&KEY[2..10]));
    let mut file = File::default();
    let (keys, source) = line.wallet.layered(&mut file).unwrap();
    let told = render(line.settings.values()).unwrap() + &render(&keys).unwrap();
    assert!(source.is_some() && !told.contains(&KEY[2..10]), "{told}");
}

#[test]
fn what_is_printed_reads_back_as_the_same() {
    let flags = ["--contract=0x0707070707070707070707070707070707070707", "--role=submitter"];
    let line = plain(&[&flags[..], &["--model=digits", "--profile=3", "--keystore=k"]].concat());
    let text = render(line.settings.values()).unwrap();
    let (settings, _) = layered(&text, &[]).unwrap();
    assert_eq!(&settings, line.settings.values());
    // What is not set is there as a comment, to be filled in.
    let empty = render(plain(&[]).settings.values()).unwrap();
    assert!(empty.contains("\n# contract = \"ADDRESS\"\n"), "{empty}");
    assert_eq!(&layered(&empty, &[]).unwrap().0, plain(&[]).settings.values());
}

#[test]
fn a_key_of_the_flags_excludes_that_of_the_file() {
    let lines = "keystore = \"k.json\"\npassword-file = \"p\"\n";
    let keys = layered(lines, &[]).unwrap().1;
    assert_eq!(keys.keystore, Some("k.json".into()));
    assert_eq!(layered(lines, &["--private-key", KEY]).unwrap().1.keystore, None);
    let both = layered("", &["--private-key", KEY, "--keystore=k", "--password-file=p"]);
    let sentence = both.unwrap_err().to_string();
    let all = "--keystore, --mnemonic, --kms-key-id, --ledger, --private-key, not several";
    assert!(sentence.contains(all), "{sentence}");
    let bare = layered("keystore = \"k.json\"", &[]).unwrap_err().to_string();
    assert_eq!(bare, "keystore k.json needs --password-file");
}

#[test]
fn one_key_is_named_wherever_it_is() {
    let source = |flags: &[&str]| plain(flags).wallet.source();
    let kms = source(&["--kms-key-id", "alias/opml"]).unwrap();
    assert!(matches!(kms, Some(KeySource::AwsKms { key_id }) if key_id == "alias/opml"));
    let ledger = |flags: &[&str]| match source(flags).unwrap() {
        Some(KeySource::Ledger { path }) => path.to_string(),
        other => panic!("{other:?}"),
    };
    assert_eq!(ledger(&["--ledger"]), "m/44'/60'/0'/0/0");
    assert_eq!(ledger(&["--ledger=m/44'/60'/3'/0/0"]), "m/44'/60'/3'/0/0");
    let wrong = Plain::try_parse_from(["node", "--ledger=44'/60'"]).unwrap_err().to_string();
    assert!(wrong.contains("44'/60' is no derivation path"), "{wrong}");
    let places = [
        &["--kms-key-id=k"][..],
        &["--ledger"],
        &["--private-key", KEY],
        &["--keystore=k", "--password-file=p"],
        &["--mnemonic", "a b"],
    ];
    for (index, place) in places.iter().enumerate() {
        for other in &places[index + 1..] {
            let error = source(&[*place, *other].concat()).unwrap_err();
            assert!(matches!(error, SettingsError::SeveralKeys(_)), "{place:?} {other:?}: {error}");
        }
    }
}

#[test]
fn a_place_of_the_flags_excludes_those_of_the_file() {
    let keys = |lines: &str, flags: &[&str]| layered(lines, flags).unwrap().1;
    let file = "kms-key-id = \"k\"\n";
    assert_eq!(keys(file, &[]).kms_key_id.as_deref(), Some("k"));
    let ledger = keys(file, &["--ledger"]);
    assert_eq!((ledger.kms_key_id, ledger.ledger), (None, Some(DerivationPath::default())));
    assert_eq!(keys("ledger = \"m/0\"", &["--kms-key-id=k"]).ledger, None);
    let stored = keys("keystore = \"k\"\npassword-file = \"p\"", &["--kms-key-id=k"]);
    assert_eq!((stored.keystore, stored.password_file), (None, None));
    // A password of the file is for a keystore of the flags, too.
    let stored = keys("password-file = \"p\"", &["--keystore=k"]);
    assert_eq!(stored.password_file, Some("p".into()));
    let both = layered("ledger = \"m/0\"\nkms-key-id = \"k\"", &[]).unwrap_err();
    assert!(matches!(both, SettingsError::SeveralKeys(_)), "{both}");
    let wrong = refusal("ledger = \"44'/60'\"", &[]);
    assert!(wrong.contains("44'/60' is no derivation path"), "{wrong}");
    let told = render(&keys("ledger = \"m/44'/60'/1'/0/0\"", &[])).unwrap();
    assert!(told.contains("\nledger = \"m/44'/60'/1'/0/0\"\n"), "{told}");
}

#[test]
fn prefixed_flags_leave_those_of_the_other_program_alone() {
    let flags = ["reth", "--opml.workers=3", "--workers=4", "--opml.private-key", KEY];
    let line = Prefixed::try_parse_from(flags).unwrap();
    assert_eq!((line.settings.values().workers, line.workers), (3, Some(4)));
    assert!(line.settings.is_given("workers") && !line.settings.is_given("role"));
    assert!(line.wallet.source().unwrap().is_some());
    assert!(Prefixed::try_parse_from(["reth", "--min-fee-gwei=3"]).is_err());
    let several = ["reth", "--opml.private-key", KEY, "--opml.mnemonic", "a b"];
    let error = Prefixed::try_parse_from(several).unwrap().wallet.source().unwrap_err();
    assert!(error.to_string().contains("--opml.keystore"), "{error}");
    let help = Prefixed::command().render_long_help().to_string();
    let (_, ours) = help.split_once("\nopML:\n").unwrap();
    assert_eq!(ours.matches("--opml.").count(), 25, "{ours}");
    assert!(ours.contains("[default: observer]") && ours.contains("OPML_CONTRACT"), "{ours}");
}

#[test]
fn every_id_is_the_prefixed_name_of_its_flag() {
    fn check<T: Args>() {
        for argument in T::augment_args(Command::new("")).get_arguments() {
            let long = argument.get_long().unwrap();
            assert_eq!(argument.get_id().as_str(), format!("opml.{long}"));
            assert!(argument.get_help().is_some(), "{long}");
        }
    }
    check::<Settings>();
    check::<KeyFile>();
    check::<Secrets>();
}

#[test]
fn who_risks_money_needs_a_model() {
    let library = |flags: &[&str]| plain(flags).settings.values().library();
    assert_eq!(library(&[]).unwrap().model_ids().len(), 0);
    assert_eq!(library(&["--role=challenger", "--model=digits"]).unwrap().model_ids().len(), 1);
    let error = library(&["--role=challenger"]).unwrap_err().to_string();
    assert!(error.contains("challenger"), "{error}");
    let error = library(&["--model=/no/such/model"]).unwrap_err().to_string();
    assert!(error.contains("/no/such/model"), "{error}");
    let error = library(&["--guest=/no/such/guest"]).unwrap_err().to_string();
    assert!(error.contains("/no/such/guest"), "{error}");
}

#[test]
fn a_validator_says_what_it_watches_and_needs_a_model() {
    let watched = Address::repeat_byte(7);
    let lines =
        format!("attention = \"{watched}\"\nrole = [\"validator\"]\nmodel = [\"digits\"]\n");
    let (settings, _) = layered(&lines, &["--min-bounty-gwei", "5"]).unwrap();
    let config = settings.config(Identity { chain_id: 1, contract: Address::ZERO });
    assert!(config.roles.validator && !config.roles.challenger);
    assert_eq!(config.attention, Some(watched));
    assert_eq!(config.policy.min_bounty, U256::from(5_000_000_000u64));
    assert_eq!(settings.library().unwrap().model_ids().len(), 1);

    let refusal =
        |flags: &[&str]| plain(flags).settings.values().library().unwrap_err().to_string();
    let attention = format!("--attention={watched}");
    assert!(refusal(&["--role=validator", &attention]).contains("validator needs a model"));
    let blind = refusal(&["--role=validator", "--model=digits"]);
    assert_eq!(blind, "the role of validator needs an attention contract: give it one");
}

#[test]
fn an_operator_says_for_whom_it_plays_and_needs_a_model() {
    let party = Address::repeat_byte(7);
    let lines = format!("operator-of = [\"{party}\"]\nmodel = [\"digits\"]\n");
    let (settings, _) = layered(&lines, &["--operator-patience", "25"]).unwrap();
    let identity = Identity { chain_id: 1, contract: Address::ZERO };
    let config = settings.config(identity);
    assert_eq!(config.operator_of, [party].into());
    assert_eq!(config.policy.operator_patience, 25);
    assert!(plain(&[]).settings.values().config(identity).operator_of.is_empty());

    let alone = plain(&["--operator-of", &party.to_string()]);
    let refused = alone.settings.values().library().unwrap_err();
    assert_eq!(refused.to_string(), "the role of operator needs a model to compute: give it one");
    // It would wait until nothing is left to play with.
    assert!(Plain::try_parse_from(["node", "--operator-patience", "51"]).is_err());
}
