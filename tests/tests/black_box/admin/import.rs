//! Users that come from another product.

use super::{broken, count, each, kinds, list, pointers};
use hufu_tests::{Reply, Server, Tenant, Tokens, on_both_databases};
use serde_json::{Value, json};

const APP: &str = "wx0000000000000001";
const PHONE: &str = "+8613800138000";

const PASSWORD: &str = "correct 虎符 staple";
/// Of [`PASSWORD`], by Python's bcrypt, argon2-cffi, passlib and Django.
const HASHES: [&str; 4] = [
    "$2b$08$fZgCIOZwuNdJCXfMzcH5xOpXDmQ0w/0kFAXhcsNXrB.cKWNVHQk7W",
    "$argon2id$v=19$m=8192,t=2,p=2$3Pgy7m5AEzRGhY5xUSRfpg$Ge4/3raH9NRbmxN4ji+fV/QsHCkj2J3tb+4qRyOfeSc",
    "$scrypt$ln=13,r=8,p=1$3htjzLlXSun9f+89p9T6vw$kSomIwwlLAeXU4mzFkw96zAHfwaFJOeNgN1BJQVW6IQ",
    "pbkdf2_sha256$10000$Xk2pQ7vLr9sT0aBc3dEf4g$A3Ye1yHQEj5INAdhktu6So7t4ZX6NKrg/05/k0+uJeg=",
];

async fn import(tenant: &Tenant<'_>, body: Value) -> Reply {
    tenant.admin("POST", "/users", Some(body)).await
}

fn named(username: &str) -> Value {
    json!({"username": username, "password_hash": HASHES[1]})
}

async fn identities(tenant: &Tenant<'_>, id: &str) -> Vec<Value> {
    let reply = tenant
        .admin("GET", &format!("/users/{id}/identities"), None)
        .await;
    list(&reply.expect(200))
}

fn of_kind<'a>(identities: &'a [Value], kind: &str) -> &'a Value {
    let mut of_kind = identities.iter().filter(|identity| identity["kind"] == kind);
    of_kind
        .next()
        .unwrap_or_else(|| panic!("no {kind} in {identities:?}"))
}

on_both_databases! {
    async fn a_user_is_imported_with_all_identities_and_signs_in_by_each(server: Server) {
        let tenant = server.tenant("acme").await.with_members().await;
        tenant.sms_account().await;
        let openid = server.sim.openid(APP, "alice");
        let body = json!({
            "username": "Li.Ming", "password_hash": HASHES[0], "phone_number": PHONE, "wechat": [{"appid": APP, "openid": openid}],
            "profile": {"nickname": "小明", "picture": "https://img.example/1.png", "locale": "zh-CN", "name": "李明", "email": "ming@e.example", "email_verified": true},
        });
        let user = import(&tenant, body).await.expect(201);
        let id = user.str("/id").to_owned();
        assert_eq!(user.header("location"), Some(format!("{}/admin/v1/tenants/acme/users/{id}", server.base).as_str()));
        assert_eq!(user.str("/status"), "active");
        assert_eq!(tenant.admin("GET", &format!("/users/{id}"), None).await.expect(200).body, user.body);
        let identities = identities(&tenant, &id).await;
        assert_eq!(identities.len(), 3);
        assert_eq!(of_kind(&identities, "account")["username"], "li.ming");
        let phone = of_kind(&identities, "phone");
        assert_eq!((&phone["phone_number"], &phone["verified_by"], phone.get("wechat_appid")), (&json!(PHONE), &json!("operator"), None));
        assert_eq!(of_kind(&identities, "wechat")["wechat_openid"], openid);

        let wechat = tenant.login("alice").await.access;
        let userinfo = tenant.userinfo(&wechat).await.expect(200);
        for (claim, value) in [
            ("sub", json!(id)), ("nickname", json!("小明")), ("picture", json!("https://img.example/1.png")), ("locale", json!("zh-CN")),
            ("phone_number", json!(PHONE)),
        ] {
            assert_eq!(userinfo.body[claim], value, "{claim}");
        }
        tenant.mini_program_for("mail", APP, "openid email").await;
        let mail = Tokens::of(tenant.exchange("mail", &tenant.code(APP, "alice")).await);
        let told = tenant.userinfo(&mail.access).await.expect(200).body;
        assert_eq!(told, json!({"sub": id, "email": "ming@e.example", "email_verified": true}));
        let by_phone = tenant.sign_in_by_phone(PHONE).await;
        assert_eq!(tenant.sub(by_phone["access_token"].as_str().unwrap()).await, id);
        let step = tenant.sign_in_by_password("li.ming", PASSWORD).await.expect(200);
        let by_password = Tokens::of(tenant.redeem(step.str("/authorization_code")).await);
        assert_eq!(tenant.sub(&by_password.access).await, id);
    }

    async fn r48_a_password_of_another_product_signs_in_and_its_hash_is_replaced(server: Server) {
        let tenant = server.tenant("acme").await.with_members().await;
        for (index, hash) in HASHES.iter().enumerate() {
            let name = format!("user-{index}");
            let body = json!({"username": name, "password_hash": hash});
            let id = import(&tenant, body).await.expect(201).str("/id").to_owned();
            tenant.sign_in_by_password(&name, "another 虎符 staple").await.expect_error(400, "invalid_grant", Some("password_wrong"));
            for _ in 0..2 {
                let step = tenant.sign_in_by_password(&name, PASSWORD).await.expect(200);
                let tokens = Tokens::of(tenant.redeem(step.str("/authorization_code")).await);
                assert_eq!(tenant.sub(&tokens.access).await, id, "{hash}");
            }
        }
        let ours = server.number("SELECT count(*) FROM passwords WHERE hash LIKE '$argon2id$v=19$m=7168,t=5,p=1$%'");
        assert_eq!(ours, i64::try_from(HASHES.len()).unwrap());
    }

    async fn r48_what_is_no_hash_is_refused_and_not_repeated(server: Server) {
        let tenant = server.tenant("acme").await;
        for hash in ["", "hunter2hunter2hunter2", "$2b$31$fZgCIOZwuNdJCXfMzcH5xOpXDmQ0w/0kFAXhcsNXrB.cKWNVHQk7W", "5f4dcc3b5aa765d61d8327deb882cf99"] {
            let refused = import(&tenant, json!({"username": "li.ming", "password_hash": hash})).await;
            assert!(hash.is_empty() || !refused.text.contains(hash), "{refused}");
            assert_eq!(broken(refused), pointers(["#/password_hash"]), "{hash}");
        }
        let plain = import(&tenant, json!({"username": "li.ming", "password": "hunter2hunter2hunter2"})).await;
        assert!(!plain.text.contains("hunter2"), "{plain}");
        assert_eq!(broken(plain), pointers(["#/password"]));
        assert!(list(&tenant.admin("GET", "/users", None).await.expect(200)).is_empty());
    }

    async fn all_that_is_wrong_with_an_import_is_told_at_once_and_nothing_is_written(server: Server) {
        let tenant = server.tenant("acme").await.with_members().await;
        let person = |appid: &str, openid: &str| json!({"appid": appid, "openid": openid});
        let body = json!({
            "username": "a", "password_hash": "x", "phone_number": "13800138000",
            "wechat": [person("wx1", "o"), person("wx0000000000000002", "o"), person(APP, ""), person(APP, "o")],
            "profile": {"nickname": " ", "picture": "http://img.example/", "locale": "Chinese, please"},
        });
        assert_eq!(broken(import(&tenant, body).await), pointers([
            "#/username", "#/password_hash", "#/phone_number", "#/wechat/0/appid", "#/wechat/1/appid", "#/wechat/2/openid", "#/wechat/3/appid",
            "#/profile/nickname", "#/profile/picture", "#/profile/locale",
        ]));
        for (body, pointer) in [
            (json!({}), "#"),
            (json!({"profile": {"nickname": "小明"}}), "#"),
            (json!({"username": "li.ming"}), "#/password_hash"),
            (json!({"password_hash": HASHES[0], "phone_number": PHONE}), "#/username"),
            (json!({"phone_number": PHONE, "email": "a@b.c"}), "#/email"),
            (json!({"phone_number": PHONE, "profile": {"gender": 1}}), "#/profile/gender"),
            (json!({"phone_number": PHONE, "profile": {"email_verified": true}}), "#/profile/email_verified"),
            (json!({"phone_number": PHONE, "profile": {"sub": "usr_1"}}), "#/profile/sub"),
            (json!({"phone_number": PHONE, "profile": []}), "#/profile"),
            (json!({"wechat": vec![person(APP, "o"); 33]}), "#/wechat"),
        ] {
            assert_eq!(broken(import(&tenant, body.clone()).await), pointers([pointer]), "{body}");
        }
        assert!(list(&tenant.admin("GET", "/users", None).await.expect(200)).is_empty());
    }

    async fn an_identity_that_somebody_has_refuses_the_whole_import(server: Server) {
        let tenant = server.tenant("acme").await;
        tenant.wechat_app_in(APP, "acme-open").await;
        let person = |openid: &str| json!([{"appid": APP, "openid": openid, "unionid": "u1"}]);
        import(&tenant, json!({"username": "li.ming", "password_hash": HASHES[0], "phone_number": PHONE, "wechat": person("o1")})).await.expect(201);
        let before = tenant.events().await;
        for taken in [
            named("LI.MING"),
            json!({"username": "wang.fang", "password_hash": HASHES[0], "phone_number": PHONE}),
            json!({"phone_number": "+8613800138001", "wechat": [{"appid": APP, "openid": "o1"}]}),
            json!({"phone_number": "+8613800138001", "wechat": person("o2")}),
        ] {
            import(&tenant, taken).await.expect_problem(409, "identity-taken");
        }
        assert_eq!(list(&tenant.admin("GET", "/users", None).await.expect(200)).len(), 1);
        assert_eq!(tenant.events().await, before);
        import(&tenant, json!({"username": "wang.fang", "password_hash": HASHES[0], "phone_number": "+8613800138001"})).await.expect(201);
    }

    async fn r43_of_parallel_imports_of_one_name_one_is_made(server: Server) {
        let tenant = server.tenant("acme").await;
        let replies = server.in_parallel(20, || import(&tenant, named("li.ming"))).await;
        assert_eq!((count(&replies, 201), count(&replies, 409)), (1, 19), "{replies:?}");
        assert_eq!(list(&tenant.admin("GET", "/users", None).await.expect(200)).len(), 1);
        assert_eq!(kinds(&tenant).await.iter().filter(|kind| *kind == "user.imported").count(), 1);
    }

    async fn r54_an_import_is_an_event_that_tells_kinds_and_nothing_personal(server: Server) {
        let tenant = server.tenant("acme").await;
        let body = json!({"username": "li.ming", "password_hash": HASHES[0], "phone_number": PHONE, "profile": {"nickname": "小明"}});
        // What comes in one millisecond has no order.
        server.advance(1);
        let user = import(&tenant, body).await.expect(201);
        let events = tenant.admin("GET", "/events", None).await.expect(200);
        let event = list(&events)[0].clone();
        assert_eq!((&event["kind"], &event["target"], &event["actor"]["kind"]), (&json!("user.imported"), &user.body["id"], &json!("operator")));
        let mut kinds: Vec<_> = event["detail"]["identities"].as_array().unwrap().iter().map(|kind| kind.as_str().unwrap()).collect();
        kinds.sort_unstable();
        assert_eq!(kinds, ["account", "phone"]);
        let listed = tenant.admin("GET", "/users", None).await.expect(200);
        for reply in [user, events, listed] {
            for personal in ["$2b$", "li.ming", "13800138000", "小明"] {
                assert!(!reply.text.contains(personal), "{personal}: {reply}");
            }
        }
    }

    async fn r24_an_import_is_of_one_tenant(server: Server) {
        let (acme, other) = (server.tenant("acme").await.with_members().await, server.tenant("other").await);
        let body = json!({"username": "li.ming", "password_hash": HASHES[0], "phone_number": PHONE});
        let id = import(&acme, body.clone()).await.expect(201).str("/id").to_owned();
        other.admin("GET", &format!("/users/{id}"), None).await.expect_problem(404, "not-found");
        let theirs = import(&other, body).await.expect(201);
        assert_ne!(theirs.str("/id"), id, "the same person is another user elsewhere");
        let foreign = json!({"wechat": [{"appid": APP, "openid": "o1"}]});
        assert_eq!(broken(import(&other, foreign).await), pointers(["#/wechat/0/appid"]));

        let own = server.admin("POST", "/operators", Some(json!({"name": "own", "tenant": "other"}))).await.expect(201);
        let ask = async |path: &str| server.admin_as(own.str("/token"), "POST", path, Some(named("wang.fang"))).await;
        ask("/tenants/acme/users").await.expect_problem(404, "not-found");
        ask("/tenants/other/users").await.expect(201);
        assert_eq!(each(&list(&acme.admin("GET", "/users", None).await.expect(200)), "id"), [id.as_str()]);
    }
}
