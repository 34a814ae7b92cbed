//! Clients: registration, replacement, secrets, removal.

use super::{
    bench::{Bench, Home},
    paging::assert_seven_in_order,
    parallel::{MANY, at_once, count},
};
use crate::builders::{ClientChanges, appid, client_id, person, scope};
use hufu_core::{
    change::{Change, Changed},
    client::{Client, ClientAuthMethod, ClientAuthentication, ClientId, GrantType, RedirectUri},
    event::EventKind,
    signing_key::SigningAlgorithm,
    store::Store,
    time,
    token::SecretHash,
};
use std::sync::Arc;

async fn client(home: &Home, id: &ClientId) -> Client {
    home.rows
        .client(id)
        .await
        .unwrap()
        .expect("the client is registered")
}

fn hash(client: &Client) -> Option<SecretHash> {
    match client.authentication {
        ClientAuthentication::None | ClientAuthentication::PrivateKeyJwt(_) => None,
        ClientAuthentication::Secret { hash, .. } => Some(hash),
    }
}

fn rotate(id: &ClientId, secret: &str) -> Change {
    Change::ClientSecret {
        id: id.clone(),
        hash: SecretHash::of(secret.as_bytes()),
    }
}

pub async fn a_client_comes_back_as_it_was_registered(store: Arc<dyn Store>) {
    let bench = Bench::new(store);
    let home = bench.tenant("tea").await;
    let (of_app, _) = home.mini_program(1).await;
    let uris = [
        "https://z.example/cb?x=1&y=%20",
        "com.example.app:/cb",
        "http://[::1]/",
    ];
    let full = Client {
        name: Some("小店 'quoted' \"twice\"".into()),
        authentication: ClientAuthentication::Secret {
            method: ClientAuthMethod::ClientSecretPost,
            hash: SecretHash::of(b"secret"),
        },
        grant_types: GrantType::ALL.to_vec(),
        redirect_uris: uris.map(|uri| RedirectUri::parse(uri).unwrap()).to_vec(),
        scope: scope("account address email openid phone"),
        id_token_signed_response_alg: SigningAlgorithm::Rs256,
        first_party: false,
        updated_at: bench.mint.later(1),
        ..bench.mint.client("Full.client_1-x")
    }
    .of_app(&of_app);
    let bare = Client {
        grant_types: vec![],
        scope: scope(""),
        ..bench.mint.client("bare")
    };
    for registered in [full, bare] {
        assert_eq!(home.put(&registered).await, Changed::Created);
        assert_eq!(client(&home, &registered.id).await, registered);
        let inside = home
            .write(registered.id.clone(), |unit, id| unit.client(id))
            .await
            .unwrap();
        assert_eq!(inside, Some(registered));
    }
    assert_eq!(home.rows.client(&client_id("unknown")).await.unwrap(), None);
    assert_eq!(
        home.rows.client(&client_id("BARE")).await.unwrap(),
        None,
        "an id is its bytes"
    );
}

pub async fn a_registration_is_recorded(store: Arc<dyn Store>) {
    let home = Bench::new(store).tenant("tea").await;
    home.mint().later(1);
    home.register("shop", None).await;
    home.assert_recorded(EventKind::ClientCreated, "shop").await;
}

pub async fn a_replaced_client_keeps_its_secret_and_its_age(store: Arc<dyn Store>) {
    let bench = Bench::new(store);
    let home = bench.tenant("tea").await;
    let first = bench.mint.client("web").with_secret("first");
    let bystander = bench.mint.client("bystander").with_secret("its own");
    home.put(&first).await;
    home.put(&bystander).await;
    bench.mint.later(5);
    let second = Client {
        name: Some("renamed".into()),
        ..bench.mint.client("web").with_secret("second")
    };
    let change = Change::Client {
        client: second.clone(),
        based_on: Some(first.updated_at),
        key: None,
    };
    assert_eq!(home.change(change).await, Changed::Updated);
    home.assert_recorded(EventKind::ClientUpdated, "web").await;
    let kept = Client {
        created_at: first.created_at,
        authentication: first.authentication,
        ..second
    };
    assert_eq!(client(&home, &kept.id).await, kept);
    assert_eq!(client(&home, &bystander.id).await, bystander);
}

pub async fn a_public_client_made_confidential_gets_the_new_secret(store: Arc<dyn Store>) {
    let bench = Bench::new(store);
    let home = bench.tenant("tea").await;
    let public = bench.mint.client("web");
    home.put(&public).await;
    let confidential = Client {
        updated_at: bench.mint.later(1),
        ..public.clone().with_secret("one")
    };
    assert_eq!(home.put(&confidential).await, Changed::UpdatedWithSecret);
    assert_eq!(client(&home, &public.id).await, confidential);
    // And back: the secret is forgotten, so that it does not count again later.
    assert_eq!(home.put(&public).await, Changed::Updated);
    assert_eq!(hash(&client(&home, &public.id).await), None);
    let again = public.clone().with_secret("two");
    assert_eq!(home.put(&again).await, Changed::UpdatedWithSecret);
    assert_eq!(
        hash(&client(&home, &public.id).await),
        Some(SecretHash::of(b"two"))
    );
}

pub async fn a_stale_or_unfounded_replacement_changes_nothing(store: Arc<dyn Store>) {
    let bench = Bench::new(store);
    let home = bench.tenant("tea").await;
    let first = bench.mint.client("web");
    home.put(&first).await;
    bench.mint.later(1);
    let late = Client {
        name: Some("late".into()),
        ..bench.mint.client("web")
    };
    let unknown = bench.mint.client("unknown");
    let based_on = Some(time::after(first.updated_at, 1));
    home.assert_nothing_changes(
        Change::Client {
            client: late,
            based_on,
            key: None,
        },
        Changed::Stale,
    )
    .await;
    home.assert_nothing_changes(
        Change::Client {
            client: unknown.clone(),
            based_on,
            key: None,
        },
        Changed::Missing,
    )
    .await;
    assert_eq!(client(&home, &first.id).await, first);
    assert_eq!(home.rows.client(&unknown.id).await.unwrap(), None);
}

/// Both build on the same reading; the clock need not have moved for the second to be stale.
pub async fn two_changes_within_a_millisecond_are_told_apart(store: Arc<dyn Store>) {
    let bench = Bench::new(store);
    let home = bench.tenant("tea").await;
    let first = bench.mint.client("web");
    home.put(&first).await;
    let replace = |name: &str| Change::Client {
        client: Client {
            name: Some(name.into()),
            ..first.clone()
        },
        based_on: Some(first.updated_at),
        key: None,
    };
    assert_eq!(home.change(replace("second")).await, Changed::Updated);
    home.assert_nothing_changes(replace("third"), Changed::Stale)
        .await;
    let now = client(&home, &first.id).await;
    assert_eq!(now.name.as_deref(), Some("second"));
    assert!(now.updated_at > first.updated_at);
}

pub async fn a_new_secret_replaces_the_old_one(store: Arc<dyn Store>) {
    let bench = Bench::new(store);
    let home = bench.tenant("tea").await;
    let first = bench.mint.client("web").with_secret("old");
    let bystander = bench.mint.client("bystander").with_secret("its own");
    home.put(&first).await;
    home.put(&bystander).await;
    bench.mint.later(1);
    assert_eq!(home.change(rotate(&first.id, "new")).await, Changed::Updated);
    home.assert_recorded(EventKind::ClientSecretRotated, "web").await;
    let now = client(&home, &first.id).await;
    assert_eq!(hash(&now), Some(SecretHash::of(b"new")));
    assert_eq!(now.authentication.method(), first.authentication.method());
    assert_eq!(client(&home, &bystander.id).await, bystander);
}

pub async fn a_client_without_a_secret_gets_none_by_rotation(store: Arc<dyn Store>) {
    let bench = Bench::new(store);
    let home = bench.tenant("tea").await;
    let public = home.register("mini", None).await;
    home.assert_nothing_changes(rotate(&public, "new"), Changed::Missing)
        .await;
    home.assert_nothing_changes(rotate(&client_id("unknown"), "new"), Changed::Missing)
        .await;
    assert_eq!(hash(&client(&home, &public).await), None);
}

pub async fn r58_removing_a_client_revokes_its_grants(store: Arc<dyn Store>) {
    let bench = Bench::new(store);
    let home = bench.tenant("tea").await;
    let (shop, cafe) = (
        home.register("shop", None).await,
        home.register("cafe", None).await,
    );
    let ming = person(&appid(1), "ming");
    let (gone, kept) = (home.sign_in(&ming, &shop).await, home.sign_in(&ming, &cafe).await);
    bench.mint.later(1);
    assert_eq!(
        home.change(Change::DeleteClient(shop.clone())).await,
        Changed::Updated
    );
    home.assert_recorded(EventKind::ClientDeleted, "shop").await;
    assert_eq!(home.rows.client(&shop).await.unwrap(), None);
    assert!(!home.is_alive(gone.grant).await);
    assert_eq!(home.refresh(&gone.token).await, super::acts::Refreshed::Refused);
    home.assert_alive(&kept).await;
    home.refresh(&kept.token).await.rotated();

    home.register("shop", None).await;
    assert!(
        !home.is_alive(gone.grant).await,
        "a client of the same id does not inherit grants"
    );
    assert_eq!(home.refresh(&gone.token).await, super::acts::Refreshed::Refused);
    home.assert_nothing_changes(Change::DeleteClient(client_id("unknown")), Changed::Missing)
        .await;
}

pub async fn clients_are_listed_in_the_order_of_their_ids(store: Arc<dyn Store>) {
    let bench = Bench::new(store);
    let (home, other) = (bench.tenant("tea").await, bench.tenant("other").await);
    let mut clients = vec![];
    for id in ["b", "a_b", "ab", "Zebra", "a.b", "a-b", "0"] {
        let client = bench.mint.client(id);
        home.put(&client).await;
        clients.push(client);
    }
    other.register("aa", None).await;
    clients.sort_by(|a, b| a.id.cmp(&b.id));
    assert_seven_in_order(&clients, async |page| home.rows.clients(&page).await).await;
}

pub async fn equal_client_ids_in_two_tenants_are_two_clients(store: Arc<dyn Store>) {
    let bench = Bench::new(store);
    let (ours, theirs) = (bench.tenant("ours").await, bench.tenant("theirs").await);
    let mine = bench.mint.client("shop").with_secret("mine");
    assert_eq!(ours.put(&mine).await, Changed::Created);
    assert_eq!(theirs.rows.client(&mine.id).await.unwrap(), None);
    let other = Client {
        name: Some("theirs".into()),
        ..mine.clone().with_secret("theirs")
    };
    assert_eq!(theirs.put(&other).await, Changed::Created);
    assert_eq!(client(&ours, &mine.id).await, mine);
    assert_eq!(client(&theirs, &mine.id).await, other);

    assert_eq!(theirs.change(rotate(&mine.id, "new")).await, Changed::Updated);
    assert_eq!(client(&ours, &mine.id).await, mine);
    let someone = person(&appid(1), "ming");
    let (here, there) = (
        ours.sign_in(&someone, &mine.id).await,
        theirs.sign_in(&someone, &mine.id).await,
    );
    theirs.change(Change::DeleteClient(mine.id.clone())).await;
    assert_eq!(client(&ours, &mine.id).await, mine);
    ours.assert_alive(&here).await;
    assert!(!theirs.is_alive(there.grant).await);
}

pub async fn one_tenants_client_is_not_anothers(store: Arc<dyn Store>) {
    let bench = Bench::new(store);
    let (ours, theirs) = (bench.tenant("ours").await, bench.tenant("theirs").await);
    let mine = bench.mint.client("shop").with_secret("mine");
    ours.put(&mine).await;
    let login = ours.sign_in(&person(&appid(1), "ming"), &mine.id).await;
    theirs
        .assert_nothing_changes(rotate(&mine.id, "stolen"), Changed::Missing)
        .await;
    theirs
        .assert_nothing_changes(Change::DeleteClient(mine.id.clone()), Changed::Missing)
        .await;
    let based_on = Some(mine.updated_at);
    theirs
        .assert_nothing_changes(
            Change::Client {
                client: mine.clone().with_secret("stolen"),
                based_on,
                key: None,
            },
            Changed::Missing,
        )
        .await;
    let inside = theirs
        .write(mine.id.clone(), |unit, id| unit.client(id))
        .await
        .unwrap();
    assert_eq!(inside, None);
    assert_eq!(client(&ours, &mine.id).await, mine);
    ours.assert_alive(&login).await;
}

pub async fn of_100_parallel_registrations_one_secret_counts(store: Arc<dyn Store>) {
    let bench = Bench::new(store);
    let home = bench.tenant("tea").await;
    let outputs = at_once(MANY, |i| {
        let home = home.clone();
        async move {
            let client = home.mint().client("web").with_secret(&format!("secret {i}"));
            home.put(&client).await
        }
    })
    .await;
    assert_eq!(count(&outputs, &Changed::Created), 1);
    assert_eq!(count(&outputs, &Changed::Updated), MANY - 1);
    let first = outputs
        .iter()
        .position(|changed| *changed == Changed::Created)
        .unwrap();
    let counts = hash(&client(&home, &client_id("web")).await);
    assert_eq!(
        counts,
        Some(SecretHash::of(format!("secret {first}").as_bytes())),
        "whoever was told Created holds the secret"
    );
    assert_eq!(home.events_of(EventKind::ClientCreated).await.len(), 1);
}
