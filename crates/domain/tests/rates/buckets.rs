//! The live view of buckets, and how one is filled.

use devhub_domain::access::Asker;
use devhub_domain::page::PageSize;
use devhub_domain::rate::{PolicyRef, PolicyRule, RateRequest, Subject, SubjectKind};

use crate::hub::{Hub, address, get, key, rule, workspace};

fn shown(hub: &Hub, number: u8) -> Vec<(String, String, u32, u32)> {
    let (buckets, _) = hub.buckets.list(workspace(number), 0, PageSize::MAX).unwrap();
    let row = |bucket: &devhub_domain::rate::ShownBucket| {
        (bucket.policy.name().to_string(), bucket.owner.to_string(), bucket.used, bucket.remaining)
    };
    buckets.iter().map(row).collect()
}

#[test]
fn every_bucket_is_shown_with_what_is_used_and_what_remains() {
    let hub = Hub::new();
    hub.make(PolicyRule { subject: SubjectKind::Address, ..rule("address", 10) });
    hub.passed(&get(1, "/a"), 4);
    let expected =
        [("address".to_owned(), "203.0.113.7/32".to_owned(), 4, 6), ("default".to_owned(), key(1).to_string(), 4, 596)];
    assert_eq!(shown(&hub, 1), expected);
    let (buckets, _) = hub.buckets.list(workspace(1), 0, PageSize::MAX).unwrap();
    assert_eq!(buckets[0].full_at.since(devhub_domain::time::Clock::now(&*hub.clock)).as_secs(), 24);
    hub.wait(60);
    assert_eq!(shown(&hub, 1), []);
}

#[test]
fn nothing_of_another_workspace_is_shown_or_filled() {
    let hub = Hub::new();
    hub.make(rule("ours", 10));
    hub.passed(&get(1, "/a"), 4);
    hub.passed(&get(3, "/a"), 2);
    assert_eq!(shown(&hub, 2), [("default".to_owned(), key(3).to_string(), 2, 598)]);
    assert_eq!(shown(&hub, 1), [("ours".to_owned(), key(1).to_string(), 4, 6)]);
    let foreign = hub.buckets.reset(Asker::COMMAND_LINE, workspace(1), PolicyRef::Default, Subject::Key(key(3)));
    assert_eq!(foreign.unwrap().commit().unwrap_err().code(), "key_not_found");
    assert_eq!(shown(&hub, 2).len(), 1);
}

#[test]
fn a_view_has_pages() {
    let hub = Hub::new();
    hub.make(PolicyRule { subject: SubjectKind::Address, ..rule("address", 10) });
    for last in 1..=5 {
        let request = RateRequest { address: address(&format!("203.0.113.{last}")), ..get(1, "/a") };
        hub.passed(&request, last);
    }
    let page = |skip| hub.buckets.list(workspace(1), skip, PageSize::new(4).unwrap()).unwrap();
    let (first, next) = page(0);
    assert_eq!((first.len(), next), (4, Some(4)));
    let (second, next) = page(4);
    assert_eq!((second.len(), next), (2, None));
}

#[test]
fn a_bucket_is_filled_at_once() {
    let hub = Hub::new();
    let policy = hub.make(rule("strict", 2));
    hub.passed(&get(1, "/a"), 9);
    let of = PolicyRef::Of(policy.id);
    hub.buckets.reset(Asker::COMMAND_LINE, workspace(1), of, Subject::Key(key(1))).unwrap().commit().unwrap();
    assert_eq!(hub.passed(&get(1, "/a"), 9), 2);
}
