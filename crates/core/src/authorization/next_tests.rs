//! What comes next, case by case.

use super::*;
use crate::{
    authorization::ClaimsRequest,
    client::{ClientId, RedirectUri, ResponseMode},
    id::{SessionId, UserId},
    session::Method,
};
use uuid::Uuid;

const ASKED: i64 = 1_000_000;

fn at(seconds: i64) -> Instant {
    Instant::from_timestamp(ASKED + seconds, 0).unwrap()
}

fn request() -> AuthorizationRequest {
    AuthorizationRequest {
        client_id: ClientId::parse("web").unwrap(),
        redirect_uri: RedirectUri::parse("https://rp.example/cb").unwrap(),
        response_mode: ResponseMode::Query,
        state: None,
        nonce: None,
        scope: Scope::parse("openid profile").unwrap(),
        challenge: None,
        prompts: Vec::new(),
        max_age: None,
        subject: None,
        login_hint: None,
        ui_locales: None,
        acr_values: Vec::new(),
        essential_acr: Vec::new(),
        claims: ClaimsRequest::default(),
        resources: Vec::new(),
        dpop_jkt: None,
    }
}

fn session(auth_time: i64) -> Session {
    Session {
        id: SessionId::from_uuid(Uuid::from_u128(1)),
        user_id: UserId::from_uuid(Uuid::from_u128(2)),
        amr: vec![Method::Password],
        auth_time: at(auth_time),
        expires_at: at(1_000_000),
        ended_at: None,
        browser: None,
    }
}

fn standing<'a>(session: Option<&'a Session>, consented: Option<&'a Scope>) -> Standing<'a> {
    Standing {
        session,
        may_step_up: false,
        asked_at: at(0),
        consented,
        is_first_party: false,
        is_unproven: false,
        just_consented: false,
    }
}

#[test]
fn who_could_give_a_second_proof_that_is_wanted_signs_in_once_more() {
    let wide = Scope::parse("openid phone profile").unwrap();
    for (auth_time, expected) in [(-100, Next::SignIn), (0, Next::Code)] {
        let session = session(auth_time);
        let standing = Standing {
            may_step_up: true,
            ..standing(Some(&session), Some(&wide))
        };
        assert_eq!(next(&request(), &standing, at(1)), expected);
    }
}

#[test]
fn who_is_not_signed_in_signs_in_and_who_has_consented_is_not_asked_again() {
    let (wide, narrow) = (
        Scope::parse("openid phone profile").unwrap(),
        Scope::parse("openid").unwrap(),
    );
    let signed_in = session(-100);
    let cases = [
        (None, None, Next::SignIn),
        (Some(&signed_in), None, Next::Consent),
        (Some(&signed_in), Some(&narrow), Next::Consent),
        (Some(&signed_in), Some(&wide), Next::Code),
    ];
    for (session, consented, expected) in cases {
        assert_eq!(next(&request(), &standing(session, consented), at(1)), expected);
    }
}

#[test]
fn core_3_1_2_1_prompt_login_wants_a_proof_that_is_younger_than_the_request() {
    let request = AuthorizationRequest {
        prompts: vec![Prompt::Login],
        ..request()
    };
    let scope = request.scope.clone();
    let (old, new) = (session(-1), session(5));
    assert_eq!(
        next(&request, &standing(Some(&old), Some(&scope)), at(6)),
        Next::SignIn
    );
    assert_eq!(
        next(&request, &standing(Some(&new), Some(&scope)), at(6)),
        Next::Code
    );
}

#[test]
fn core_3_1_2_1_max_age_counts_from_the_proof_and_one_second_works() {
    let request = AuthorizationRequest {
        max_age: Some(1),
        ..request()
    };
    let scope = request.scope.clone();
    for (auth_time, now, expected) in [(-1, 0, Next::Code), (-2, 0, Next::SignIn), (3, 30, Next::Code)] {
        let session = session(auth_time);
        let found = next(&request, &standing(Some(&session), Some(&scope)), at(now));
        assert_eq!(found, expected, "{auth_time}");
    }
}

#[test]
fn another_user_than_the_hinted_one_signs_in() {
    let request = AuthorizationRequest {
        subject: Some(UserId::from_uuid(Uuid::from_u128(9))),
        ..request()
    };
    let scope = request.scope.clone();
    let session = session(5);
    assert_eq!(
        next(&request, &standing(Some(&session), Some(&scope)), at(6)),
        Next::SignIn
    );
}

#[test]
fn r38_whoever_could_be_anybody_is_asked_about_each_time_and_a_tenants_own_client_never() {
    let scope = request().scope;
    let session = session(-5);
    let known = standing(Some(&session), Some(&scope));
    let unproven = Standing {
        is_unproven: true,
        ..known
    };
    assert_eq!(next(&request(), &unproven, at(1)), Next::Consent);
    let yes = Standing {
        just_consented: true,
        ..unproven
    };
    assert_eq!(next(&request(), &yes, at(1)), Next::Code);
    let own = Standing {
        is_first_party: true,
        consented: None,
        ..known
    };
    assert_eq!(next(&request(), &own, at(1)), Next::Code);
    let asked = AuthorizationRequest {
        prompts: vec![Prompt::Consent],
        ..request()
    };
    assert_eq!(next(&asked, &own, at(1)), Next::Consent);
}

#[test]
fn r8_claims_by_name_are_asked_about_as_their_scope_is() {
    let asked = ClaimsRequest::parse(r#"{"userinfo":{"phone_number":null}}"#).unwrap();
    let request = AuthorizationRequest {
        claims: asked.claims,
        ..request()
    };
    let session = session(-5);
    let narrow = request.scope.clone();
    let wide = request.asked_scope();
    assert!(wide.contains("phone") && !narrow.contains("phone"));
    assert_eq!(
        next(&request, &standing(Some(&session), Some(&narrow)), at(1)),
        Next::Consent
    );
    assert_eq!(
        next(&request, &standing(Some(&session), Some(&wide)), at(1)),
        Next::Code
    );
}
