//! What happens at once, and leaves nothing half done.

use super::{ALICE, identity, link, rows_are_whole, with_wechat_and_phone};
use crate::t::challenge::app::{
    PASSWORD, appid_of, by_wechat, code_of, is_overload, kinds, redeem, register, step, users, with_app, wx,
};
use hufu_tests::{Reply, Server, Tokens, on_both_databases};
use serde_json::json;
use std::sync::atomic::{AtomicUsize, Ordering};

on_both_databases! {
    async fn r53_of_two_unlinks_at_once_of_the_last_two_one_stays(server: Server) {
        let tenant = with_app(&server, "acme").await;
        for round in 0..5 {
            let person = format!("person-{round}");
            let user = register(&tenant, &person).await;
            link(&tenant, &user, json!({"js_code": wx(&tenant, &person)})).await.expect(201);
            let sub = tenant.sub(&user.access).await;
            let both = [identity(&tenant, &user, "account").await, identity(&tenant, &user, "wechat").await];
            let turn = AtomicUsize::new(0);
            let replies = server
                .in_parallel(2, || {
                    let path = format!("/identities/{}", both[turn.fetch_add(1, Ordering::SeqCst)]);
                    let (tenant, access) = (&tenant, &user.access);
                    async move { tenant.account("DELETE", &path, access, None).await }
                })
                .await;
            assert_eq!(replies.iter().filter(|reply| reply.status == 204).count(), 1, "{replies:?}");
            for reply in replies {
                // The session may have ended with what it was proven by.
                assert!(matches!(reply.status, 204 | 400 | 401), "{reply}");
            }
            assert_eq!(kinds(&tenant, &sub).await.len(), 1);
        }
        rows_are_whole(&tenant);
    }

    async fn r53_an_unlink_beside_logins_leaves_no_session_that_it_should_have_ended(server: Server) {
        let tenant = with_app(&server, "acme").await;
        for round in 0..3 {
            let person = format!("person-{round}");
            let user = register(&tenant, &person).await;
            link(&tenant, &user, json!({"js_code": wx(&tenant, &person)})).await.expect(201);
            let sub = tenant.sub(&user.access).await;
            let own = by_wechat(&tenant, &person).await;
            let path = format!("/identities/{}", identity(&tenant, &own, "account").await);
            let turn = AtomicUsize::new(0);
            let replies: Vec<Reply> = server
                .in_parallel(12, || {
                    let is_unlink = turn.fetch_add(1, Ordering::SeqCst) == 4;
                    let (tenant, path, access, person) = (&tenant, &path, &own.access, &person);
                    async move {
                        if is_unlink {
                            return tenant.account("DELETE", path, access, None).await;
                        }
                        let reply = step(tenant, &[("username", person), ("password", PASSWORD)]).await;
                        match reply.status {
                            200 => redeem(tenant, &code_of(reply)).await,
                            _ => reply,
                        }
                    }
                })
                .await;
            assert_eq!(replies.iter().filter(|reply| reply.status == 204).count(), 1);
            for reply in replies {
                match reply.status {
                    200 => {
                        let tokens = Tokens::of(reply);
                        tenant.userinfo(&tokens.access).await.expect_error(401, "invalid_token", None);
                    }
                    204 => {}
                    // Too late: the name is nobody's, or the code's session ended before it began.
                    400 => assert_eq!(reply.str("/error"), "invalid_grant", "{reply}"),
                    _ => drop(reply.expect_error(429, "slow_down", Some("password_throttled"))),
                }
            }
            assert_eq!(kinds(&tenant, &sub).await, ["wechat"]);
            tenant.userinfo(&own.access).await.expect(200);
        }
        rows_are_whole(&tenant);
    }

    async fn of_two_users_who_link_one_phone_at_once_one_has_it(server: Server) {
        let tenant = with_app(&server, "acme").await;
        let phone = "+8613700137000";
        let mut people = Vec::new();
        for n in 0..10 {
            let person = format!("person-{n}");
            people.push((by_wechat(&tenant, &person).await, server.sim.phone_code_for(appid_of("acme"), &person, phone).unwrap()));
        }
        let turn = AtomicUsize::new(0);
        let replies = server
            .in_parallel(10, || {
                let (user, code) = &people[turn.fetch_add(1, Ordering::SeqCst)];
                link(&tenant, user, json!({"phone_code": code}))
            })
            .await;
        assert_eq!(replies.iter().filter(|reply| reply.status == 201).count(), 1, "{replies:?}");
        for reply in replies {
            if reply.status != 201 {
                reply.expect_error(400, "access_denied", Some("phone_taken"));
            }
        }
        assert_eq!(server.number("SELECT count(*) FROM identities WHERE kind = 'phone'"), 1);
        rows_are_whole(&tenant);
    }

    async fn of_phones_that_one_user_links_at_once_one_stays(server: Server) {
        let tenant = with_app(&server, "acme").await;
        let alice = by_wechat(&tenant, "alice").await;
        let turn = AtomicUsize::new(0);
        let replies = server
            .in_parallel(10, || {
                let phone = format!("+861370013700{}", turn.fetch_add(1, Ordering::SeqCst));
                let code = server.sim.phone_code_for(appid_of("acme"), "alice", &phone).unwrap();
                let (tenant, alice) = (&tenant, &alice);
                async move { link(tenant, alice, json!({"phone_code": code})).await }
            })
            .await;
        for reply in replies {
            reply.expect(201);
        }
        assert_eq!(server.number("SELECT count(*) FROM identities WHERE kind = 'phone'"), 1);
    }

    async fn of_two_names_that_one_user_chooses_at_once_one_stays(server: Server) {
        let tenant = with_app(&server, "acme").await;
        let alice = by_wechat(&tenant, "alice").await;
        let turn = AtomicUsize::new(0);
        let replies = server
            .in_parallel(10, || {
                let name = format!("alice.{}", turn.fetch_add(1, Ordering::SeqCst));
                let (tenant, alice) = (&tenant, &alice);
                async move { link(tenant, alice, json!({"username": name, "password": PASSWORD})).await }
            })
            .await;
        assert_eq!(replies.iter().filter(|reply| reply.status == 201).count(), 1, "{replies:?}");
        for reply in replies {
            if reply.status != 201 {
                reply.expect_error(400, "access_denied", Some("account_exists"));
            }
        }
        rows_are_whole(&tenant);
    }

    async fn a_merge_beside_logins_of_both_leaves_one_user(server: Server) {
        let tenant = with_app(&server, "acme").await;
        for round in 0..3 {
            let (person, name) = (format!("person-{round}"), format!("name-{round}"));
            let other = register(&tenant, &name).await;
            let user = by_wechat(&tenant, &person).await;
            let gone = tenant.sub(&other.access).await;
            let sub = tenant.sub(&user.access).await;
            let turn = AtomicUsize::new(0);
            let replies: Vec<Reply> = server
                .in_parallel(12, || {
                    let nth = turn.fetch_add(1, Ordering::SeqCst);
                    let (tenant, user, person, name) = (&tenant, &user, &person, &name);
                    async move {
                        if nth == 4 {
                            // Where the two users are never both free, it is told to come again, and does.
                            let body = json!({"username": name, "password": PASSWORD, "merge": true});
                            let mut reply = link(tenant, user, body.clone()).await;
                            for _ in 0..20 {
                                if is_overload(&reply) {
                                    reply = link(tenant, user, body.clone()).await;
                                }
                            }
                            return reply;
                        }
                        if nth.is_multiple_of(2) {
                            return tenant.exchange("app", &wx(tenant, person)).await;
                        }
                        let reply = step(tenant, &[("username", name), ("password", PASSWORD)]).await;
                        match reply.status {
                            200 => redeem(tenant, &code_of(reply)).await,
                            _ => reply,
                        }
                    }
                })
                .await;
            let mut merged = 0;
            for reply in replies {
                assert!(matches!(reply.status, 200 | 400), "{reply}");
                if reply.body["merged"] == gone {
                    merged += 1;
                } else if reply.status == 200 {
                    // Whoever holds a token is the one that remains, or nobody.
                    let told = tenant.userinfo(&Tokens::of(reply).access).await;
                    assert!(told.status == 401 || told.body["sub"] == sub, "{told}");
                }
            }
            assert_eq!(merged, 1);
            assert_eq!(kinds(&tenant, &sub).await, ["account", "wechat"]);
        }
        rows_are_whole(&tenant);
    }

    async fn an_unlink_beside_a_link_of_the_same_phone_leaves_it_whole(server: Server) {
        let tenant = with_app(&server, "acme").await;
        let alice = with_wechat_and_phone(&tenant, "alice", ALICE).await;
        let path = format!("/identities/{}", identity(&tenant, &alice, "phone").await);
        let own = by_wechat(&tenant, "alice").await;
        let bob = by_wechat(&tenant, "bob").await;
        server.advance(60);
        link(&tenant, &bob, json!({"phone": ALICE})).await.expect(202);
        let otp = server.sms_code(ALICE);
        let turn = AtomicUsize::new(0);
        let replies = server
            .in_parallel(2, || {
                let is_unlink = turn.fetch_add(1, Ordering::SeqCst) == 0;
                let (tenant, path, own, bob, otp) = (&tenant, &path, &own, &bob, &otp);
                async move {
                    if is_unlink {
                        tenant.account("DELETE", path, &own.access, None).await
                    } else {
                        link(tenant, bob, json!({"phone": ALICE, "otp": otp})).await
                    }
                }
            })
            .await;
        for reply in replies {
            assert!(matches!(reply.status, 204 | 201 | 400), "{reply}");
        }
        rows_are_whole(&tenant);
        assert_eq!(users(&tenant).await.len(), 2);
    }
}
