//! The rules, as data. To allow something new, change a row here and say in the commit what it buys.

/// Which members of the workspace a member may depend on.
pub(super) struct Arrows {
    /// The member.
    pub(super) member: &'static str,
    /// What its normal and build dependencies may name.
    pub(super) normal: &'static [&'static str],
    /// What its dev-dependencies may name besides.
    pub(super) dev: &'static [&'static str],
}

/// Where an external crate may stand. A crate without a row may stand anywhere.
pub(super) struct Placement {
    /// Names of crates; a final `*` stands for any ending.
    pub(super) crates: &'static [&'static str],
    /// Members that may have it among their normal and build dependencies.
    pub(super) normal: &'static [&'static str],
    /// Members that may have it among their dev-dependencies besides.
    pub(super) dev: &'static [&'static str],
}

/// A member that takes from outside only what is listed here.
pub(super) struct AllowList {
    /// The member.
    pub(super) member: &'static str,
    /// Its normal and build dependencies.
    pub(super) normal: &'static [&'static str],
    /// Its dev-dependencies besides.
    pub(super) dev: &'static [&'static str],
}

/// What is already in the tree under another name.
pub(super) struct Forbidden {
    /// The crate.
    pub(super) name: &'static str,
    /// What to do instead.
    pub(super) instead: &'static str,
}

/// Arrows point inwards: the application knows the adapters, they know the domain, and never each other.
pub(super) const ARROWS: &[Arrows] = &[
    Arrows { member: "devhub-domain", normal: &[], dev: &[] },
    Arrows { member: "devhub-sandbox", normal: &["devhub-domain"], dev: &[] },
    Arrows { member: "devhub-storage", normal: &["devhub-domain", "devhub-sandbox"], dev: &[] },
    Arrows { member: "devhub-delivery", normal: &["devhub-domain"], dev: &[] },
    Arrows { member: "devhub-notify", normal: &["devhub-domain"], dev: &[] },
    Arrows { member: "devhub-limiter", normal: &["devhub-domain"], dev: &[] },
    Arrows { member: "devhub-tower", normal: &["devhub-domain"], dev: &[] },
    Arrows { member: "devhub-web", normal: &["devhub-domain", "devhub-sandbox"], dev: &[] },
    Arrows {
        member: "devhub",
        normal: &[
            "devhub-domain",
            "devhub-sandbox",
            "devhub-storage",
            "devhub-delivery",
            "devhub-notify",
            "devhub-limiter",
            "devhub-web",
        ],
        dev: &["devhub-tower"],
    },
    Arrows { member: "xtask", normal: &[], dev: &[] },
];

/// The one technology of each adapter stays inside it, so that swapping it is a change of one crate.
pub(super) const PLACEMENTS: &[Placement] = &[
    Placement {
        crates: &["diesel*", "libsqlite3-sys", "pq-sys", "pq-src", "r2d2*"],
        normal: &["devhub-storage"],
        dev: &[],
    },
    Placement { crates: &["actix-*"], normal: &["devhub-web", "devhub"], dev: &[] },
    Placement {
        crates: &["h2", "hyper*", "http-body*"],
        // The demo of `devhub` calls its own API as a client.
        normal: &["devhub-delivery", "devhub"],
        // Tests there send requests to a running server; the example of the layer is one.
        dev: &["devhub-web", "devhub-tower"],
    },
    // What requests are to tower, whoever serves them.
    Placement { crates: &["http"], normal: &["devhub-delivery", "devhub", "devhub-tower"], dev: &["devhub-web"] },
    // The parts of a form come as a stream.
    Placement { crates: &["futures-*"], normal: &["devhub-web"], dev: &[] },
    // Describes the API; what it describes stays free of it.
    Placement { crates: &["utoipa*"], normal: &["devhub-web"], dev: &[] },
    // Writes what people open in a spreadsheet.
    Placement { crates: &["csv", "csv-core"], normal: &["devhub-web"], dev: &[] },
    // Draws the pages.
    // While it is built, and in its tests: not in the program.
    Placement { crates: &["brotli"], normal: &["devhub-web"], dev: &[] },
    Placement { crates: &["askama*"], normal: &["devhub-web"], dev: &[] },
    // Draws what a phone scans.
    Placement { crates: &["qrcode"], normal: &["devhub-web"], dev: &[] },
    // Who encrypts: webhooks on their way out, the listener of the application on the way in.
    Placement { crates: &["rustls", "rustls-webpki"], normal: &["devhub-delivery", "devhub"], dev: &[] },
    Placement { crates: &["hickory-*"], normal: &["devhub-delivery"], dev: &[] },
    Placement { crates: &["lettre"], normal: &["devhub-notify"], dev: &[] },
    Placement { crates: &["governor"], normal: &["devhub-limiter", "devhub-delivery"], dev: &[] },
    Placement {
        crates: &["tokio", "tokio-*"],
        normal: &["devhub-delivery", "devhub-web", "devhub-notify", "devhub"],
        // Its example and its tests need a runtime; the layer takes any.
        dev: &["devhub-tower"],
    },
    // Domain, storage and limiter keep counts of their own, for whoever embeds them without a registry.
    Placement { crates: &["prometheus-client"], normal: &["devhub-web", "devhub-delivery", "devhub"], dev: &[] },
    // The limit on open files, and the end of a socket that only its server may hold: system calls without `unsafe`, by a crate that
    // tempfile brings along.
    Placement { crates: &["rustix"], normal: &["devhub"], dev: &[] },
    // A program chooses its allocator, a library never.
    Placement { crates: &["mimalloc"], normal: &["devhub"], dev: &[] },
    Placement { crates: &["clap", "config", "tracing-subscriber"], normal: &["devhub"], dev: &[] },
    Placement { crates: &["anyhow"], normal: &["devhub", "xtask"], dev: &[] },
];

/// Who embeds the domain takes all of this with it; who runs xtask compiles all of it first.
pub(super) const ALLOW_LISTS: &[AllowList] = &[
    AllowList {
        member: "devhub-domain",
        normal: &[
            "argon2",
            "blake3",
            "crc32fast",
            "data-encoding",
            "form_urlencoded",
            "ipnet",
            "jiff",
            "papaya",
            "passwords",
            "percent-encoding",
            "regex-automata",
            "ring",
            "saphyr-parser",
            "serde_json",
            "thiserror",
            "url",
            "zeroize",
        ],
        dev: &["proptest"],
    },
    AllowList {
        member: "devhub-sandbox",
        normal: &["data-encoding", "iso_currency", "serde_json", "thiserror", "url", "uuid"],
        dev: &["proptest"],
    },
    // Who puts a layer around a service takes no runtime and no server with it.
    AllowList {
        member: "devhub-tower",
        normal: &["http", "ipnet", "tower-layer", "tower-service"],
        dev: &["hyper", "hyper-util", "tokio"],
    },
    AllowList { member: "xtask", normal: &["anyhow", "serde_json"], dev: &[] },
];

/// One TLS stack (rustls on ring): a second one doubles what must be patched and brings a C build.
pub(super) const FORBIDDEN: &[Forbidden] = &[
    Forbidden {
        name: "aws-lc-rs",
        instead: "switch off the default features of the crate that asks for it, choose its feature `ring`",
    },
    Forbidden {
        name: "aws-lc-sys",
        instead: "switch off the default features of the crate that asks for it, choose its feature `ring`",
    },
    Forbidden { name: "native-tls", instead: "choose the feature `rustls` of the crate that asks for it" },
    Forbidden {
        name: "openssl-sys",
        instead: "choose the feature `rustls`, or put it behind a feature that is off by default",
    },
];
