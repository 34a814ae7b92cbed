//! The hosted pages as a browser gets them: headers, forms that are refused, branding, the account.

use hufu_tests::{Reply, Server, on_both_databases};
use serde_json::json;

const PASSWORD: &str = "teapot violin 42 harbour";
const MING: (&str, &str) = ("ming", PASSWORD);

/// Asserts what every page is sent with.
#[track_caller]
fn is_a_page(reply: &Reply) {
    let header = |name: &str| reply.header(name).unwrap_or_default().to_owned();
    assert_eq!(header("content-type"), "text/html; charset=utf-8", "{reply}");
    assert_eq!(header("x-frame-options"), "DENY");
    assert_eq!(header("referrer-policy"), "no-referrer");
    assert_eq!(header("cache-control"), "no-store");
    assert_eq!(header("x-content-type-options"), "nosniff");
    assert!(header("vary").contains("accept-language"));
    let policy = header("content-security-policy");
    for directive in [
        "default-src 'none'",
        "script-src 'self';",
        "frame-ancestors 'none'",
        "base-uri 'none'",
    ] {
        assert!(policy.contains(directive), "{policy}");
    }
    assert!(!policy.contains("unsafe") && !policy.contains('*'), "{policy}");
}

on_both_databases! {
    async fn r11_every_page_is_sent_with_its_policy(server: Server) {
        let tenant = server.tenant("acme").await.with_members().await;
        tenant.register(MING.0, PASSWORD).await;
        tenant.web_client("web", json!({})).await;
        let browser = server.browser();
        let login = browser.open(&tenant.authorize_url(&[])).await.expect(200);
        is_a_page(&login.reply);
        assert_eq!(login.reply.header("content-language"), Some("en"));
        let refused = login.submit(&[("username", "ming"), ("password", "wrong")]).await.expect(400);
        is_a_page(&refused.reply);
        let consent = refused.submit(&[("username", "ming"), ("password", PASSWORD)]).await.expect(200);
        is_a_page(&consent.reply);
        for page in [&login, &consent] {
            let policy = page.reply.header("content-security-policy").unwrap_or_default();
            assert!(policy.contains("form-action 'self' https://rp.example;"), "{policy}");
        }
        for path in ["me", "logout?client_id=web", "login?request=req_1", "login/nothing", "consent"] {
            let page = browser.open(&format!("{}/{path}", tenant.issuer())).await;
            is_a_page(&page.reply);
        }
        let stranger = server.browser();
        let lost = stranger.open(&format!("{}/t/nobody/login", server.base)).await.expect(404);
        is_a_page(&lost.reply);
    }

    async fn a_form_that_is_not_of_this_browsers_page_does_nothing(server: Server) {
        let tenant = server.tenant("acme").await.with_members().await;
        tenant.register(MING.0, PASSWORD).await;
        tenant.web_client("web", json!({})).await;
        let browser = server.browser();
        let login = browser.open(&tenant.authorize_url(&[])).await.expect(200);
        let (_, form) = login.form(&[("username", "ming"), ("password", PASSWORD)]);
        let cookie = format!("hufu-browser-acme={}", browser.cookie("hufu-browser").unwrap_or_default());
        let post = async |cookie: &str, site: &str, form: &[(String, String)]| {
            let request = server.http.request("POST", login.url.as_str());
            let request = request.header("cookie", cookie).header("sec-fetch-site", site).form(form);
            server.http.send(request).await
        };
        let other = server.browser();
        let _ = other.open(&tenant.authorize_url(&[])).await.expect(200);
        let foreign_cookie = format!("hufu-browser-acme={}", other.cookie("hufu-browser").unwrap_or_default());
        let without: Vec<_> = form.iter().filter(|(name, _)| name != "csrf").cloned().collect();
        assert_eq!(post(&cookie, "same-origin", &without).await.status, 403);
        assert_eq!(post(&cookie, "cross-site", &form).await.status, 403);
        // Another browser does not even find the request.
        assert_eq!(post(&foreign_cookie, "same-origin", &form).await.status, 400);
        assert!(browser.cookie("hufu-session").is_none());
        assert_eq!(post(&cookie, "same-origin", &form).await.status, 303);
    }

    async fn what_a_person_or_a_client_sends_is_shown_as_text(server: Server) {
        let tenant = server.tenant("acme").await.with_members().await;
        tenant.web_client("web", json!({"client_name": "<b>\"Web\"</b>"})).await;
        let browser = server.browser();
        let login = browser.open(&tenant.authorize_url(&[("login_hint", "\"><script>alert(1)</script>")])).await;
        let login = login.expect(200).says("&quot;&gt;&lt;script&gt;alert(1)&lt;/script&gt;").says("&lt;b&gt;&quot;Web&quot;");
        assert!(!login.reply.text.contains("<script>alert") && !login.reply.text.contains("<b>"));
    }

    async fn core_3_1_2_1_a_hint_fills_in_the_name_and_a_client_shows_who_it_is(server: Server) {
        let tenant = server.tenant("acme").await.with_members().await;
        tenant.sms_account().await;
        let pages = json!({
            "logo_uri": "https://rp.example/logo.png", "policy_uri": "https://rp.example/privacy", "tos_uri": "https://rp.example/terms",
        });
        tenant.web_client("web", pages).await;
        let browser = server.browser();
        let shown = async |hint: &str| {
            let login = browser.open(&tenant.authorize_url(&[("login_hint", hint)])).await.expect(200);
            let csp = login.reply.header("content-security-policy").unwrap().to_owned();
            (login.reply.text.replace("&#x2f;", "/"), csp)
        };
        let (login, csp) = shown("li.ming").await;
        for part in [
            "name=\"username\" value=\"li.ming\"", "src=\"https://rp.example/logo.png\"", "href=\"https://rp.example/privacy\"",
            "href=\"https://rp.example/terms\"",
        ] {
            assert!(login.contains(part), "{part}: {login}");
        }
        assert!(csp.contains("https://rp.example"), "{csp}");
        let (login, _) = shown("+86 138 0013 8000").await;
        assert!(login.contains("name=\"phone\" value=\"+86 138 0013 8000\""), "{login}");
    }

    async fn a_tenants_look_is_data_that_its_pages_obey(server: Server) {
        let tenant = server.tenant("acme").await.with_members().await;
        tenant.web_client("web", json!({})).await;
        let branding = json!({
            "display_name": "竹里馆", "color": "#FFD500", "logo_uri": "https://static.example/logo.png",
            "policy_uri": "https://tea.example/privacy",
        });
        let patch = json!({"settings": {"branding": branding}});
        server.admin("PATCH", "/tenants/acme", Some(patch)).await.expect(200);
        let bad = json!({"settings": {"branding": {"color": "red;}"}}});
        server.admin("PATCH", "/tenants/acme", Some(bad)).await.expect(422);
        let browser = server.browser();
        let login = browser.open(&tenant.authorize_url(&[])).await.expect(200);
        let login = login.says("竹里馆").says("/t/acme/brand.css?v=ffd500").says("https://tea.example/privacy");
        let policy = login.reply.header("content-security-policy").unwrap_or_default();
        assert!(policy.contains("img-src 'self' data: https://static.example;"), "{policy}");
        let css = server.http.get(&format!("{}/brand.css?v=ffd500", tenant.issuer())).await.expect(200);
        assert!(css.text.contains("--brand:#ffd500;--on-brand:#000000"), "{css}");
        assert!(css.header("cache-control").unwrap_or_default().contains("immutable"));
        let css = server.http.get(&format!("{}/brand.css?v=old", tenant.issuer())).await.expect(200);
        assert_eq!(css.header("cache-control"), Some("no-cache"));
        // Whoever becomes a user is asked to accept the documents.
        let signup = browser.open(&tenant.authorize_url(&[("prompt", "create")])).await.expect(200);
        let fields = [("username", "lin"), ("password", "teapot violin 42 harbour")];
        let refused = signup.submit(&fields).await.expect(400).says("id=\"problem\"");
        assert!(browser.cookie("hufu-session").is_none());
        let _ = refused.submit(&[fields[0], fields[1], ("accept", "yes")]).await.expect(200);
        assert!(browser.cookie("hufu-session").is_some());
    }

    async fn what_all_pages_share_is_kept_by_browsers_for_good(server: Server) {
        let tenant = server.tenant("acme").await;
        let browser = server.browser();
        let page = browser.open(&format!("{}/login", tenant.issuer())).await.expect(400);
        let mut found = 0;
        for name in page.reply.text.split('"').filter(|text| text.starts_with("/assets/")) {
            let asset = server.http.get(&format!("{}{name}", server.base)).await.expect(200);
            assert_eq!(asset.header("cache-control"), Some("public, max-age=31536000, immutable"));
            found += 1;
        }
        assert_eq!(found, 2);
        server.http.get(&format!("{}/assets/hufu.0.css", server.base)).await.expect(404);
    }

    async fn r23_a_person_sees_and_ends_what_is_theirs_and_nobody_elses(server: Server) {
        let tenant = server.tenant("acme").await.with_members().await;
        tenant.register(MING.0, PASSWORD).await;
        tenant.register("lin", PASSWORD).await;
        tenant.web_client("web", json!({})).await;
        let (here, there, other) = (server.browser(), server.browser(), server.browser());
        tenant.enter(&here, MING, &[]).await;
        // The newest is the first of the list.
        server.advance(2);
        tenant.enter(&there, MING, &[]).await;
        tenant.enter(&other, ("lin", PASSWORD), &[]).await;
        let me = format!("{}/me", tenant.issuer());
        // Lin names Ming's session, with a form that is Lin's own.
        let mine = here.open(&me).await.expect(200).says("Tea &amp; &lt;Web&gt;");
        let lins = other.open(&me).await.expect(200);
        let (_, form) = mine.form(&[("session", "x"), ("change", "end")]);
        let session = mine.reply.text.split("name=\"session\" value=\"").nth(1);
        let session = session.and_then(|rest| rest.split('"').next()).unwrap_or_default().to_owned();
        assert!(form.iter().any(|(name, _)| name == "csrf") && session.starts_with("ses_"));
        let (_, lins_form) = lins.form(&[("nickname", "Lin")]);
        let csrf = lins_form.iter().find(|(name, _)| name == "csrf").map(|(_, value)| value.clone());
        let cookies = ["hufu-browser", "hufu-session"]
            .map(|name| format!("{name}-acme={}", other.cookie(name).unwrap_or_default()))
            .join("; ");
        let csrf = csrf.unwrap_or_default();
        let form = [("csrf", csrf.as_str()), ("change", "end"), ("session", session.as_str())];
        let request = server.http.request("POST", &me).header("cookie", cookies).form(&form);
        server.http.send(request).await.expect(303);
        let _ = there.open(&me).await.expect(200).says("This device");
        // Ming ends it, and takes back what the client may.
        let mine = mine.submit(&[("session", &session), ("change", "end")]).await.expect(200);
        let mine = mine.submit(&[("client", "web"), ("change", "revoke")]).await.expect(200);
        assert!(!mine.reply.text.contains("Tea &amp;"));
        assert_eq!(there.open(&me).await.place(), "login");
        let back = here.open(&tenant.authorize_url(&[("prompt", "none")])).await.to_client();
        assert_eq!(back["error"], "consent_required");
    }

    async fn r59_what_matters_most_wants_a_fresh_proof(server: Server) {
        let tenant = server.tenant("acme").await.with_members().await;
        tenant.register(MING.0, PASSWORD).await;
        tenant.web_client("web", json!({})).await;
        let browser = server.browser();
        tenant.enter(&browser, MING, &[]).await;
        let me = format!("{}/me", tenant.issuer());
        let page = browser.open(&me).await.expect(200);
        let export = page.submit(&[("change", "export")]).await.expect(200);
        assert_eq!(export.reply.header("content-disposition"), Some("attachment; filename=\"account.json\""));
        assert!(export.reply.text.contains("\"ming\""));
        server.advance(301);
        let login = browser.open(&me).await.submit(&[("change", "export")]).await.expect(200);
        assert_eq!(login.place(), "login");
        let again = login.submit(&[("username", "ming"), ("password", PASSWORD)]).await.expect(200);
        assert_eq!(again.place(), "me");
        let close = browser.open(&format!("{me}/close")).await.expect(200);
        let gone = close.submit(&[("understood", "yes")]).await.expect(200).says("You are signed out");
        assert_eq!(gone.place(), "logout");
        assert_eq!(browser.open(&me).await.place(), "login");
    }
}
