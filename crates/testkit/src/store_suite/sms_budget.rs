//! What is counted before a code is sent, and what becomes of it.

use super::{
    accounts::house,
    bench::Home,
    parallel::at_once,
    sms_codes::{ask, sender},
};
use crate::builders::phone_number;
use hufu_core::{
    Instant,
    client::ClientId,
    event::EventKind,
    reason::Reason,
    settings::SmsSettings,
    sms::{
        budget::{Budget, Conversion, Count, Counted, Limit},
        send::Sending,
    },
    store::{SmsConversion, SmsCounted, Store},
    time,
};
use std::{
    net::{IpAddr, Ipv4Addr},
    sync::Arc,
};

const MINUTE: u32 = 60;
const HOUR: u32 = 3_600;
const DAY: u32 = 86_400;

async fn send(home: &Home, number: &str, address: Option<IpAddr>) -> SmsCounted {
    let message = home.mint().sms(number, address);
    home.write(message.clone(), |unit, message| unit.count_sms(message))
        .await
        .unwrap();
    message
}

async fn came_back(home: &Home, message: &SmsCounted) {
    home.write(message.id, |unit, id| unit.sms_came_back(*id))
        .await
        .unwrap();
}

/// What is counted now for a message like this, within one limit.
async fn counted(
    home: &Home,
    number: &str,
    address: Option<IpAddr>,
    counted: Counted,
    window: u32,
) -> (u32, Option<Instant>) {
    let limit = Limit {
        counted,
        window,
        most: 1_000,
    };
    let count = within(home, number, address, &[limit]).await.remove(0);
    assert_eq!((count.counted, count.window), (counted, window));
    (count.sent, count.oldest_at)
}

async fn within(home: &Home, number: &str, address: Option<IpAddr>, limits: &[Limit]) -> Vec<Count> {
    let given = (home.mint().sms(number, address), limits.to_vec());
    home.write(given, |unit, (message, limits)| unit.sms_counts(message, limits))
        .await
        .unwrap()
}

async fn conversions(home: &Home, number: &str) -> Vec<SmsConversion> {
    home.write((phone_number(number), home.now()), |unit, (phone, now)| {
        unit.sms_conversions(phone, *now)
    })
    .await
    .unwrap()
}

/// Messages of the number's block and of its country that are old enough, and how many of them came back.
async fn converted(home: &Home, number: &str) -> [(u32, u32); 2] {
    let found = conversions(home, number).await;
    assert_eq!(found.len(), 2);
    let [Counted::Prefix, Counted::Country] = [found[0].counted, found[1].counted] else {
        panic!("{found:?}")
    };
    [0, 1].map(|i| {
        let Conversion { sent, verified } = found[i].conversion;
        (sent, verified)
    })
}

pub async fn messages_are_counted_in_windows_that_slide(store: Arc<dyn Store>) {
    let (home, _) = house(store, "tea").await;
    let one: IpAddr = [203, 0, 113, 1].into();
    let first = send(&home, "+8613800138000", Some(one)).await.sent_at;
    let number = "+8613800138000";
    for (counted_as, window) in [
        (Counted::Phone, MINUTE),
        (Counted::Phone, HOUR),
        (Counted::Address, HOUR),
        (Counted::Address, DAY),
        (Counted::Prefix, HOUR),
    ] {
        let found = counted(&home, number, Some(one), counted_as, window).await;
        assert_eq!(found, (1, Some(first)), "{counted_as:?}");
    }
    home.mint().later(59);
    let phone = async |window| counted(&home, number, Some(one), Counted::Phone, window).await;
    assert_eq!(phone(MINUTE).await, (1, Some(first)));
    let second = home.mint().later(1);
    assert_eq!(phone(MINUTE).await, (0, None));
    send(&home, number, Some(one)).await;
    assert_eq!(phone(MINUTE).await, (1, Some(second)));
    assert_eq!(phone(HOUR).await, (2, Some(first)));
    // What is not like it does not count.
    for (number, address, counted_as) in [
        ("+8613800138001", Some(one), Counted::Phone),
        (number, Some([203, 0, 113, 2].into()), Counted::Address),
        (number, None, Counted::Address),
        ("+8613800148000", Some(one), Counted::Prefix),
        ("+14155552671", Some(one), Counted::Country),
    ] {
        let found = counted(&home, number, address, counted_as, HOUR).await;
        assert_eq!(found, (0, None), "{counted_as:?}");
    }
    let block = counted(&home, "+8613800139999", None, Counted::Prefix, HOUR).await;
    assert_eq!(block, (2, Some(first)));
    home.mint().later(3_540);
    assert_eq!(phone(HOUR).await, (1, Some(second)));
}

pub async fn messages_for_nobody_known_are_of_one_address(store: Arc<dyn Store>) {
    let (home, _) = house(store, "tea").await;
    for number in ["+8613800138000", "+14155552671"] {
        send(&home, number, None).await;
    }
    let found = counted(&home, "+3531234567", None, Counted::Address, DAY).await;
    assert_eq!(found.0, 2);
}

pub async fn the_windows_of_a_day_begin_a_quarter_early_at_most(store: Arc<dyn Store>) {
    let (home, _) = house(store, "tea").await;
    let china = "+8613800138000";
    let first = send(&home, china, None).await.sent_at;
    home.mint().later(7_200);
    send(&home, china, None).await;
    send(&home, "+14155552671", None).await;
    let day = async |counted_as| counted(&home, china, None, counted_as, DAY).await;
    let (sent, oldest) = day(Counted::Country).await;
    assert_eq!(sent, 2);
    let oldest = oldest.unwrap();
    assert!(first <= oldest && oldest <= time::after(first, 900), "{oldest}");
    assert_eq!(day(Counted::Tenant).await, (3, Some(oldest)));
    // It says truly when there is room again.
    home.mint()
        .later(u32::try_from((oldest - home.now()).num_seconds() + i64::from(DAY)).unwrap() - 1);
    assert_eq!(day(Counted::Country).await.0, 2);
    home.mint().later(1);
    assert_eq!(day(Counted::Country).await.0, 1);
    assert_eq!(day(Counted::Tenant).await.0, 2);
    home.mint().later(7_200);
    assert_eq!(day(Counted::Tenant).await, (0, None));
}

pub async fn every_limit_is_counted_and_no_further_than_it_matters(store: Arc<dyn Store>) {
    let (home, _) = house(store, "tea").await;
    let budget = Budget {
        phone_per_hour: 3,
        prefix_per_hour: 0,
        ..Budget::default()
    };
    for _ in 0..9 {
        send(&home, "+8613800138000", None).await;
    }
    let counts = within(&home, "+8613800138000", None, &budget.limits()).await;
    let of: Vec<_> = counts.iter().map(|count| (count.counted, count.window)).collect();
    let limits = budget.limits();
    let limits: Vec<_> = limits.iter().map(|limit| (limit.counted, limit.window)).collect();
    assert_eq!(of, limits);
    let sent: Vec<_> = counts.iter().map(|count| count.sent).collect();
    assert_eq!(
        sent,
        [2, 4, 9, 9, 9, 1, 9, 9],
        "one more than is allowed is enough"
    );
}

pub async fn codes_that_came_back_are_told_from_those_that_did_not(store: Arc<dyn Store>) {
    let (home, _) = house(store, "tea").await;
    let number = "+8613800138000";
    assert_eq!(converted(&home, number).await, [(0, 0); 2]);
    let back = send(&home, number, None).await;
    came_back(&home, &back).await;
    came_back(&home, &back).await;
    let lost = send(&home, "+8613800131111", None).await;
    let elsewhere = send(&home, "+8613900131111", None).await;
    came_back(&home, &elsewhere).await;
    send(&home, "+14155552671", None).await;
    home.mint().later(299);
    assert_eq!(
        converted(&home, number).await,
        [(0, 0); 2],
        "it may yet come back"
    );
    home.mint().later(1);
    assert_eq!(converted(&home, number).await, [(2, 1), (3, 2)]);
    send(&home, number, None).await;
    assert_eq!(converted(&home, number).await, [(2, 1), (3, 2)]);
    home.mint().later(3_300);
    assert_eq!(
        converted(&home, number).await,
        [(1, 0), (4, 2)],
        "a block is of an hour"
    );
    home.mint().later(DAY);
    assert_eq!(converted(&home, number).await, [(0, 0); 2]);
    came_back(&home, &lost).await;
}

pub async fn an_alarm_stands_until_it_is_ended(store: Arc<dyn Store>) {
    let (home, _) = house(store, "tea").await;
    let number = "+8613800138000";
    let raised = async || {
        let found = conversions(&home, number).await;
        let keys: Vec<_> = found.iter().map(|found| found.key.as_str()).collect();
        assert_eq!(keys, ["+861380013", "86"]);
        [found[0].is_raised, found[1].is_raised]
    };
    let set = async |counted, key: &str, at| {
        home.write((counted, key.to_owned(), at), |unit, (counted, key, at)| {
            unit.set_sms_alarm(*counted, key, *at)
        })
        .await
        .unwrap();
    };
    assert_eq!(raised().await, [false, false]);
    for _ in 0..2 {
        set(Counted::Country, "86", Some(home.now())).await;
        assert_eq!(raised().await, [false, true]);
    }
    set(Counted::Prefix, "+861380013", Some(home.now())).await;
    set(Counted::Prefix, "+861380014", Some(home.now())).await;
    assert_eq!(raised().await, [true, true]);
    for _ in 0..2 {
        set(Counted::Country, "86", None).await;
        assert_eq!(raised().await, [true, false]);
    }
}

pub async fn one_tenants_messages_are_not_anothers(store: Arc<dyn Store>) {
    let (ours, _) = house(store, "ours").await;
    let theirs = ours.bench.tenant("theirs").await;
    let number = "+8613800138000";
    let message = send(&ours, number, None).await;
    came_back(&theirs, &message).await;
    theirs
        .write(ours.now(), |unit, now| {
            unit.set_sms_alarm(Counted::Country, "86", Some(*now))
        })
        .await
        .unwrap();
    ours.mint().later(300);
    for count in within(&theirs, number, None, &Budget::default().limits()).await {
        assert_eq!((count.sent, count.oldest_at), (0, None), "{:?}", count.counted);
    }
    assert_eq!(converted(&theirs, number).await, [(0, 0); 2]);
    assert_eq!(converted(&ours, number).await, [(1, 0); 2]);
    assert!(!conversions(&ours, number).await[1].is_raised);
}

/// A thousand addresses ask for a code each, fifty at a time. Gives how many got one.
async fn pump(home: &Home, client: &ClientId, budget: Budget, number: fn(usize) -> String) -> usize {
    let settings = SmsSettings {
        budget,
        ..SmsSettings::default()
    };
    let mut sent = 0;
    for round in 0..20 {
        let outputs = at_once(50, |i| {
            let (home, client, settings) = (home.clone(), client.clone(), settings.clone());
            async move {
                let i = round * 50 + i;
                let ip = IpAddr::from(Ipv4Addr::from_bits((10 << 24) + u32::try_from(i).unwrap()));
                match ask(&home, &client, &number(i), Some(ip), &settings).await.0 {
                    Sending::Send(_) => true,
                    Sending::Refused(refusal) => {
                        assert_eq!(refusal.reason, Reason::SmsLimited);
                        assert!(refusal.retry_after.is_some_and(|seconds| seconds > 0));
                        false
                    }
                    Sending::InvalidSession => panic!("it presented none"),
                }
            }
        })
        .await;
        sent += outputs.into_iter().filter(|sent| *sent).count();
    }
    sent
}

pub async fn a_thousand_addresses_get_no_more_codes_for_a_block_than_its_budget(store: Arc<dyn Store>) {
    let (home, client) = sender(store).await;
    let sent = pump(&home, &client, Budget::default(), |i| format!("+861380013{i:04}")).await;
    assert_eq!(sent, 20);
}

pub async fn a_thousand_addresses_get_no_more_codes_for_a_country_than_its_budget(store: Arc<dyn Store>) {
    let (home, client) = sender(store).await;
    let budget = Budget {
        country_per_day: 50,
        ..Budget::default()
    };
    let sent = pump(&home, &client, budget, |i| format!("+86138{i:04}0000")).await;
    assert_eq!(sent, 50);
    let told = home.events_of(EventKind::SmsBudgetExhausted).await;
    assert_eq!(told.len(), 1, "once");
}
