//! Audit events: what is recorded comes back, newest first, in the log where it belongs.

use super::{
    bench::{Bench, Home},
    paging::{assert_seven_in_order, pages},
};
use hufu_core::{
    event::{Actor, Event, EventKind},
    store::Store,
};
use serde_json::{Value, json};
use std::{collections::BTreeSet, sync::Arc};

async fn record(home: &Home, event: &Event) {
    home.write(event.clone(), |unit, event| unit.record(event))
        .await
        .unwrap();
}

pub async fn an_event_comes_back_as_it_was_recorded(store: Arc<dyn Store>) {
    let bench = Bench::new(store);
    let home = bench.tenant("tea").await;
    let plain = || bench.mint.event(EventKind::SessionEnded, "ses_1");
    let events = [
        Event {
            actor: Actor::System,
            ip: None,
            detail: json!({"中文": ["\"quoted\"", 1, -2.5, null, true, {"deep": {}}], "'; --": "\u{1F42F}"}),
            ..plain()
        },
        Event {
            actor: Actor::Client("demo-shop".into()),
            ip: Some("2001:db8::1".parse().unwrap()),
            detail: json!({}),
            ..plain()
        },
        Event {
            actor: Actor::Wechat("wxde30000000000001".into()),
            ..plain()
        },
        Event {
            actor: Actor::Operator("opr_1".into()),
            ip: Some("192.0.2.1".parse().unwrap()),
            detail: Value::Null,
            target: String::new(),
            ..plain()
        },
    ];
    for event in events {
        record(&home, &event).await;
        let found = home.events().await;
        assert_eq!(found.iter().find(|found| found.id == event.id), Some(&event));
    }
}

pub async fn every_kind_of_event_can_be_recorded(store: Arc<dyn Store>) {
    let bench = Bench::new(store);
    let home = bench.tenant("tea").await;
    for kind in EventKind::ALL {
        bench.mint.later(1);
        record(&home, &bench.mint.event(*kind, kind.as_str())).await;
    }
    let mut found: Vec<_> = home.events().await.iter().map(|event| event.kind).collect();
    found.pop();
    found.reverse();
    assert_eq!(found, EventKind::ALL, "after the tenant's creation");
}

pub async fn events_are_listed_newest_first(store: Arc<dyn Store>) {
    let bench = Bench::new(store);
    let home = bench.tenant("tea").await;
    let mut events = home.events().await;
    for i in 0..6 {
        bench.mint.later(1);
        let event = bench.mint.event(EventKind::SessionEnded, &i.to_string());
        record(&home, &event).await;
        events.insert(0, event);
    }
    assert_seven_in_order(&events, async |page| home.rows.events(&page).await).await;
}

pub async fn the_platforms_events_are_listed_newest_first(store: Arc<dyn Store>) {
    let bench = Bench::new(store);
    let mut events = vec![];
    for i in 0..7 {
        bench.mint.later(1);
        let tenant = bench.mint.tenant(&format!("tenant-{i}"));
        let event = bench.mint.event(EventKind::TenantCreated, tenant.slug.as_str());
        assert_eq!(bench.store.create_tenant(&tenant, &[], &event).await, Ok(true));
        events.insert(0, event);
    }
    assert_seven_in_order(&events, async |page| bench.store.platform_events(&page).await).await;
}

pub async fn events_of_one_instant_are_all_listed_once(store: Arc<dyn Store>) {
    let bench = Bench::new(store);
    let home = bench.tenant("tea").await;
    let mut ids = BTreeSet::from([home.events().await[0].id]);
    for _ in 0..6 {
        let event = bench.mint.event(EventKind::SessionEnded, "at once");
        record(&home, &event).await;
        ids.insert(event.id);
    }
    let pages = pages(3, async |page| home.rows.events(&page).await).await;
    assert_eq!(pages.iter().map(Vec::len).collect::<Vec<_>>(), [3, 3, 1]);
    let found: BTreeSet<_> = pages.concat().iter().map(|event| event.id).collect();
    assert_eq!(found, ids);
}

pub async fn one_tenants_events_are_not_anothers_nor_the_platforms(store: Arc<dyn Store>) {
    let bench = Bench::new(store);
    let (ours, theirs) = (bench.tenant("ours").await, bench.tenant("theirs").await);
    let (before, platform) = (theirs.events().await, bench.platform_events().await);
    let event = bench.mint.event(EventKind::WechatAppMisconfigured, "wx");
    record(&ours, &event).await;
    assert_eq!(theirs.events().await, before);
    assert_eq!(bench.platform_events().await, platform);
    // Equal ids in two logs are two events.
    record(&theirs, &event).await;
    assert_eq!(theirs.events().await.len(), before.len() + 1);
    assert_eq!(ours.events().await.len(), 2);
}
