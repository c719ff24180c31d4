use std::collections::HashMap;
use std::net::Ipv4Addr;
use std::path::PathBuf;
use std::time::Duration;

use devhub_domain::rate::{DEFAULT_PER_MINUTE, FAILED_AUTHENTICATIONS_PER_MINUTE, OnBackendError, Policy, Quota};
use devhub_domain::webhooks::address::EndpointHost;
use devhub_domain::webhooks::{CircuitRule, RetrySchedule};
use devhub_storage::Options;
use devhub_web::RateLimitFields;

use super::{ConfigError, Override, Settings};

fn load(file: &str, variables: &[(&str, &str)], flags: &[(&str, &str)]) -> Result<Settings, ConfigError> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("devhub.toml");
    std::fs::write(&path, file).unwrap();
    let variables = variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    let set =
        |(key, value): &(&str, &str)| Override { key: (*key).to_owned(), value: (*value).to_owned(), flag: "--set" };
    Settings::load(Some(path), variables, &flags.iter().map(set).collect::<Vec<_>>())
}

fn problems(result: Result<Settings, ConfigError>) -> Vec<String> {
    match result {
        Err(ConfigError::Invalid { problems }) => {
            problems.iter().map(|problem| format!("{}: {}", problem.key, problem.message)).collect()
        }
        other => panic!("expected problems, got {other:?}"),
    }
}

#[test]
fn the_defaults_are_a_valid_configuration_and_say_what_the_code_says() {
    let settings = Settings::load(None, HashMap::new(), &[]).unwrap();
    assert_eq!(settings.server.listen.to_string(), "127.0.0.1:8780");
    assert_eq!(settings.webhooks.schedule, RetrySchedule::DEFAULT);
    assert_eq!(settings.webhooks.circuit, CircuitRule::DEFAULT);
    assert_eq!(settings.webhooks.payload_bytes_max, devhub_domain::events::PAYLOAD_BYTES_DEFAULT_MAX);
    assert_eq!(settings.token_prefix, devhub_domain::api_keys::TokenPrefix::default());
    let (options, defaults) = (settings.database.options, Options::default());
    assert_eq!(
        (options.readers, options.writers, options.queue_max, options.allow_plaintext),
        (defaults.readers, defaults.writers, defaults.queue_max, defaults.allow_plaintext)
    );
    assert!(settings.mail.is_none());
    assert_eq!(settings.metrics_listen, None);
    assert_eq!(settings.limits.rules.default, Policy::default());
    assert_eq!(settings.limits.rules.failed_authentications, Quota::per_minute(FAILED_AUTHENTICATIONS_PER_MINUTE));
    assert_eq!(settings.limits.fields, RateLimitFields::default());
}

#[test]
fn every_key_of_the_defaults_is_explained() {
    let text = include_str!("../../../../config/default.toml");
    let blocks =
        text.split("\n\n").filter(|block| block.lines().any(|line| line.contains(" = ") && !line.starts_with('#')));
    let unexplained: Vec<_> = blocks.filter(|block| !block.trim_start().contains('#')).collect();
    assert_eq!(unexplained, Vec::<&str>::new());
}

#[test]
fn a_longest_pause_is_not_shorter_than_the_first() {
    let file = "[webhooks]\ncircuit_pause_s = 60\ncircuit_pause_max_s = 59\ndisable_failures = 0";
    assert_eq!(
        problems(load(file, &[], &[])),
        [
            "webhooks.circuit_pause_max_s: must be at least webhooks.circuit_pause_s, which is 60, got 59",
            "webhooks.disable_failures: must be a whole number from 1 to 1000000, got 0",
        ]
    );
}

#[test]
fn later_sources_win_file_environment_flags() {
    let file = "[server]\nworkers = 1\nshutdown_grace_s = 1\nlisten = \"127.0.0.1:1\"\n";
    let variables = [("DEVHUB__SERVER__WORKERS", "2"), ("DEVHUB__SERVER__SHUTDOWN_GRACE_S", "2")];
    let settings = load(file, &variables, &[("server.workers", "3")]).unwrap();
    assert_eq!(settings.server.workers, Some(3));
    assert_eq!(settings.server.shutdown_grace, Duration::from_secs(2));
    assert_eq!(settings.server.listen.port(), 1);
}

#[test]
fn all_problems_are_told_at_once_each_with_what_to_write() {
    let file = "[server]\nlisten = \"8780\"\nworkers = \"many\"\n[webhooks]\nalow_http = true\nretry_delays_s = [0, 90000]\n\
                [log]\nformat = \"xml\"\n[keys]\ntoken_prefix = \"OP\"\n";
    let found = problems(load(file, &[("DEVHUB__DATABASE__READERS", "0")], &[("database.url", "mysql://x")]));
    assert_eq!(
        found,
        [
            "database.readers: must be a whole number from 1 to 64, got \"0\"",
            "database.url: database url must start with sqlite: or postgres://, got \"mysql\"",
            "keys.token_prefix: token prefix must be a lower-case letter, 1 to 7 lower-case letters or digits, and \"_\", such \
             as \"op_\", and not one of wsp_ key_ evt_ whe_ whs_ dlv_ opr_ oss_ ses_ job_ rlp_ rlo_, got \"OP\"",
            "log.format: must be \"text\" or \"json\", got \"xml\"",
            "server.listen: must be an address and port, such as 127.0.0.1:8780, got \"8780\"",
            "server.workers: must be a whole number from 0 to 64, got \"many\"",
            "webhooks.alow_http: there is no such key: did you mean webhooks.allow_http?",
            "webhooks.retry_delays_s: retry delay before attempt 2 must be at most 86400 seconds, got 90000",
        ]
    );
}

#[test]
fn events_are_kept_for_days_or_for_ever() {
    let day = Duration::from_hours(24);
    assert_eq!(load("", &[], &[]).unwrap().webhooks.kept_for, Some(day * 30));
    assert_eq!(load("[webhooks]\nretention_days = 0\n", &[], &[]).unwrap().webhooks.kept_for, None);
    assert_eq!(
        problems(load("[webhooks]\nretention_days = 3651\n", &[], &[])),
        ["webhooks.retention_days: must be a whole number from 0 to 3650, got 3651"]
    );
}

#[test]
fn a_key_in_the_wrong_section_is_found_by_its_name() {
    assert_eq!(
        problems(load("[log]\nworkers = 1\n", &[], &[])),
        ["log.workers: there is no such key: did you mean server.workers?"]
    );
}

#[test]
fn a_key_like_nothing_there_is_gets_no_suggestion() {
    assert_eq!(
        problems(load("", &[("DEVHUB__TELEPORT__DISTANCE", "9")], &[])),
        ["teleport.distance: there is no such key: config/default.toml lists all"]
    );
}

#[test]
fn a_list_is_written_with_commas_where_there_are_no_brackets() {
    let settings = load("", &[("DEVHUB__WEBHOOKS__ALLOW_NETWORKS", "127.0.0.0/8, ::1/128")], &[]).unwrap();
    assert_eq!(settings.webhooks.rules.policy.allow().len(), 2);
    let settings = load("", &[("DEVHUB__WEBHOOKS__RETRY_DELAYS_S", "0,1")], &[]).unwrap();
    assert_eq!(settings.webhooks.schedule.delays(), [Duration::ZERO, Duration::from_secs(1)]);
}

#[test]
fn hosts_are_allowed_each_at_its_port() {
    let hosts = |list: &str| {
        let settings = load("", &[], &[("webhooks.allow_hosts", list)]).unwrap();
        settings.webhooks.rules.policy.hosts().iter().map(ToString::to_string).collect::<Vec<_>>()
    };
    assert!(hosts("").is_empty());
    assert_eq!(hosts("Hooks.Internal:8443, 10.0.0.7:9000"), ["hooks.internal:8443", "10.0.0.7:9000"]);
}

#[test]
fn a_host_that_cannot_be_allowed_is_told_with_what_to_write() {
    let key = "webhooks.allow_hosts";
    let many = vec!["a.internal:1"; 201].join(",");
    let cases = [
        ("hooks.internal", "must end with a port from 1 to 65535, such as hooks.internal:8443, got \"hooks.internal\""),
        (
            "a.internal:1,10.0.0.0/8",
            "must end with a port from 1 to 65535, such as hooks.internal:8443, got \"10.0.0.0/8\"",
        ),
        (
            "fd00::7:9000",
            "must name a host, such as hooks.internal:8443, 10.0.0.7:9000 or [fd00::7]:9000, got \"fd00::7:9000\"",
        ),
        (
            "*.internal:443",
            "must name one host, a star is not expanded: list each, or allow its network, got \"*.internal:443\"",
        ),
        (many.as_str(), "must hold at most 200 hosts, got 201: allow their network"),
    ];
    for (list, message) in cases {
        assert_eq!(problems(load("", &[], &[(key, list)])), [format!("{key}: {message}")]);
    }
}

#[test]
fn case_21_the_hub_knows_where_it_is_found_itself() {
    let refused = |flags: &[(&str, &str)], host: EndpointHost<'_>, port| {
        let flags = [flags, &[("webhooks.allow_networks", "127.0.0.0/8")]].concat();
        let policy = load("", &[], &flags).unwrap().webhooks.rules.policy;
        policy.check_all(host, port, &[Ipv4Addr::LOCALHOST.into()]).is_err()
    };
    let (here, name) = (EndpointHost::Address(Ipv4Addr::LOCALHOST.into()), EndpointHost::Name("hub.example.com"));
    assert!(refused(&[], here, 8780));
    assert!(refused(&[("server.listen", "0.0.0.0:80")], here, 80));
    assert!(refused(&[("server.public_url", "https://hub.example.com")], name, 443));
    assert!(!refused(&[("server.public_url", "https://hub.example.com")], name, 8443));
    assert!(!refused(&[("webhooks.allow_hosts", "127.0.0.1:8780")], here, 8780));
}

#[test]
fn the_server_is_patient_within_bounds_and_has_both_tls_files_or_none() {
    let file = "[server]\nconnections_max = 63\nheader_timeout_s = 0\nbody_timeout_s = 601\nidle_timeout_s = 3601\n\
                tls_certificate_file = \"hub.pem\"\ntrusted_proxies = [\"10.0.0.0/8\", \"::/0\"]\n";
    assert_eq!(
        problems(load(file, &[], &[])),
        [
            "server.body_timeout_s: must be a whole number from 1 to 600, got 601",
            "server.connections_max: must be a whole number from 64 to 1000000, got 63",
            "server.header_timeout_s: must be a whole number from 1 to 120, got 0",
            "server.idle_timeout_s: must be a whole number from 1 to 3600, got 3601",
            "server.tls_key_file: must be set when server.tls_certificate_file is",
            "server.trusted_proxies: must not hold every address: anybody could claim to be anybody, got [\"10.0.0.0/8\", \"::/0\"]",
        ]
    );
}

#[test]
fn keys_are_in_the_clear_only_where_neither_the_hub_nor_a_proxy_encrypts() {
    let is_in_the_clear = |flags: &[(&str, &str)]| load("", &[], flags).unwrap().server.is_in_the_clear();
    let open = ("server.listen", "0.0.0.0:8780");
    assert!(!is_in_the_clear(&[]));
    assert!(is_in_the_clear(&[open]));
    assert!(is_in_the_clear(&[open, ("server.public_url", "http://hub.example.com")]));
    assert!(!is_in_the_clear(&[open, ("server.public_url", "https://hub.example.com")]));
    assert!(!is_in_the_clear(&[open, ("server.tls_certificate_file", "a"), ("server.tls_key_file", "b")]));
}

#[test]
fn a_proxy_that_must_be_there_is_to_be_trusted() {
    let trusts_no_proxy = |flags: &[(&str, &str)]| load("", &[], flags).unwrap().server.trusts_no_proxy();
    let public = ("server.public_url", "https://hub.example.com");
    assert!(!trusts_no_proxy(&[]));
    assert!(trusts_no_proxy(&[public]));
    assert!(!trusts_no_proxy(&[public, ("server.trusted_proxies", "127.0.0.1/32")]));
    assert!(!trusts_no_proxy(&[public, ("server.tls_certificate_file", "a"), ("server.tls_key_file", "b")]));
    assert!(!trusts_no_proxy(&[("server.public_url", "http://hub.example.com")]));
}

#[test]
fn a_burst_of_zero_is_as_many_as_the_limit() {
    let burst = |flags: &[(&str, &str)]| load("", &[], flags).unwrap().limits.rules.default.quota().burst().get();
    assert_eq!(burst(&[]), DEFAULT_PER_MINUTE.get());
    assert_eq!(burst(&[("limits.default_per_minute", "90")]), 90);
    assert_eq!(burst(&[("limits.default_per_minute", "90"), ("limits.default_burst", "10")]), 10);
}

#[test]
fn the_default_lets_requests_pass_without_a_limiter_unless_told_to_deny_them() {
    let answer = |flags: &[(&str, &str)]| load("", &[], flags).unwrap().limits.rules.on_backend_error;
    assert_eq!(answer(&[]), OnBackendError::Allow);
    assert_eq!(answer(&[("limits.on_backend_error", "deny")]), OnBackendError::Deny);
}

#[test]
fn limits_out_of_range_are_refused() {
    let file = "[limits]\ndefault_per_minute = 0\ndefault_burst = -1\nfailed_authentications_per_minute = 10000001\n\
                exempt_networks = [\"10.0.0.0/33\"]\nheaders = \"draft-12\"\non_backend_error = \"maybe\"\nmaximum_per_minute = -1\n";
    assert_eq!(
        problems(load(file, &[], &[])),
        [
            "limits.default_burst: must be a whole number from 0 to 10000000, got -1",
            "limits.default_per_minute: must be a whole number from 1 to 10000000, got 0",
            "limits.exempt_networks: must be a list of networks, such as [\"10.0.0.0/8\", \"::1/128\"], got [\"10.0.0.0/33\"]",
            "limits.failed_authentications_per_minute: must be a whole number from 1 to 10000000, got 10000001",
            "limits.headers: must be \"draft-11\" or \"off\", got \"draft-12\"",
            "limits.maximum_per_minute: must be a whole number from 0 to 10000000, got -1",
            "limits.on_backend_error: must be \"allow\" or \"deny\", got \"maybe\"",
        ]
    );
    assert_eq!(
        problems(load("[limits]\ndefault_per_minute = 1\ndefault_burst = 43201\n", &[], &[])),
        [
            "limits.default_burst: rate limit burst must come back within 30 days, got 43201: lower it or raise the limit"
        ]
    );
}

#[test]
fn a_secret_is_neither_taken_from_a_flag_nor_repeated() {
    let found = problems(load("", &[("DEVHUB__SECURITY__MASTER_KEY", "hunter2")], &[("mail.password", "hunter2")]));
    assert_eq!(
        found,
        [
            "mail.password: secrets are not taken from the command line: use the environment or a file",
            "security.master_key: must be 64 hex digits",
        ]
    );
}

#[test]
fn the_list_masks_every_secret_and_says_where_values_come_from() {
    let url = "postgres://hub:hunter2@127.0.0.1:5432/hub";
    let key = "ab".repeat(32);
    let variables = [("DEVHUB__DATABASE__URL", url), ("DEVHUB__SECURITY__MASTER_KEY", key.as_str())];
    let listing = load("", &variables, &[("log.format", "json")]).unwrap().listing;
    let line = |key: &str| {
        let line = listing.iter().find(|line| line.key == key).unwrap();
        format!("{} ({})", line.value, line.origin)
    };
    assert_eq!(line("security.master_key"), "******** (environment DEVHUB__SECURITY__MASTER_KEY)");
    assert_eq!(
        line("database.url"),
        "\"postgres://hub:********@127.0.0.1:5432/hub\" (environment DEVHUB__DATABASE__URL)"
    );
    assert_eq!(line("log.format"), "\"json\" (flag --set)");
    assert_eq!(line("server.listen"), "\"127.0.0.1:8780\" (default)");
}

#[test]
fn events_of_keys_are_mailed_where_somebody_said_so_and_there_is_a_server() {
    assert_eq!(
        problems(load("[mail]\nkey_events = true\n", &[], &[])),
        ["mail.key_events: needs mail.server: without one there is nobody to send it"]
    );
    let file = "[mail]\nserver = \"smtp.example.com\"\nfrom = \"hub@example.com\"\nto = [\"ops@example.com\"]\n";
    assert!(!load(file, &[], &[]).unwrap().mails_key_events);
    assert!(load(&format!("{file}key_events = true\n"), &[], &[]).unwrap().mails_key_events);
}

#[test]
fn a_spray_begins_at_100_unknown_keys_or_never() {
    let threshold = |file: &str| load(file, &[], &[]).unwrap().spray_threshold.map(std::num::NonZeroU64::get);
    assert_eq!(threshold(""), Some(100));
    assert_eq!(threshold("[keys]\nspray_threshold = 5\n"), Some(5));
    assert_eq!(threshold("[keys]\nspray_threshold = 0\n"), None);
}

#[test]
fn mail_is_checked_only_once_a_server_is_set() {
    assert_eq!(
        problems(load("[mail]\nserver = \"smtp.example.com\"\nto = [\"ops@example.com\"]\n", &[], &[])),
        ["mail.from: mail sender must be an address, such as Developer Hub <hub@example.org>"]
    );
    let file = "[mail]\nserver = \"smtp.example.com\"\nfrom = \"hub@example.com\"\nto = [\"ops@example.com\"]\n\
                username = \"hub\"\n";
    assert_eq!(problems(load(file, &[], &[])), ["mail.password: must be set when mail.username is"]);
    let settings = load(file, &[("DEVHUB__MAIL__PASSWORD", "hunter2")], &[]).unwrap();
    assert_eq!(settings.mail.unwrap().login.unwrap().username, "hub");
}

#[test]
fn a_master_key_has_one_place() {
    let key = "ab".repeat(32);
    let variables = [
        ("DEVHUB__SECURITY__MASTER_KEY", key.as_str()),
        ("DEVHUB__SECURITY__MASTER_KEY_FILE", "/run/secrets/master.key"),
    ];
    assert_eq!(
        problems(load("", &variables, &[])),
        ["security.master_key: set either security.master_key or security.master_key_file: two keys may disagree"]
    );
}

#[test]
fn a_file_that_is_not_there_or_not_toml_is_named() {
    let missing = Settings::load(Some(PathBuf::from("/nowhere/devhub.toml")), HashMap::new(), &[]).unwrap_err();
    assert_eq!(missing.to_string(), "the configuration file /nowhere/devhub.toml cannot be read");
    let broken = load("listen = ", &[], &[]).unwrap_err();
    assert!(broken.to_string().contains("devhub.toml is not valid TOML: line 1, column "), "{broken}");
}

#[test]
fn a_line_that_is_not_toml_is_not_repeated_because_it_may_hold_a_secret() {
    let broken = load("[security]\nmaster_key = \"hunter2\n", &[], &[]).unwrap_err();
    assert!(broken.to_string().contains("line 2, column "), "{broken}");
    let said = format!("{:?}", anyhow::Error::from(broken));
    assert!(!said.contains("hunter2"), "{said}");
}

#[test]
fn a_database_password_is_not_taken_from_a_flag() {
    let refused = "database.url: a password is not taken from the command line: use the environment or a file";
    let url = "postgres://hub:hunter2@127.0.0.1/hub";
    assert_eq!(problems(load("", &[], &[("database.url", url)])), [refused]);
    assert!(load("", &[("DEVHUB__DATABASE__URL", url)], &[]).is_ok());
    assert!(load("", &[], &[("database.url", "postgres://hub@127.0.0.1/hub")]).is_ok());
}
