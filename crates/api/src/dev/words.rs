//! What `hufu dev` says: its progress, and then lines that work when they are pasted.

use hufu_core::sms::SmsMessage;
use secrecy::ExposeSecret;
use std::path::Path;

/// One line of progress.
pub(super) fn progress(line: &str) {
    say(&format!("  {line}"));
}

/// A message of a tenant whose SMS vendor is the console.
pub(super) fn sms(message: &SmsMessage) {
    let (to, code) = (message.to.as_str(), message.code.expose_secret());
    progress(&format!("SMS to {to}: {code}"));
}

/// What to do next. Every indented line works in a POSIX shell with curl, in order, in one go.
pub(super) fn welcome(base: &str, sim: &str, data_dir: &Path) {
    let data_dir = data_dir.display();
    let secret = "0123456789abcdef0123456789abcdef";
    // The pair of RFC 7636 appendix B. An application draws a verifier for each login.
    let verifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
    let challenge = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";
    say(&format!(
        r#"
Hufu runs at {base}, its API documentation at {base}/docs. Stop it with Ctrl-C.
The issuer of the demo tenant is {base}/t/demo: any OIDC library finds the rest.

Sign in as the mini-program does: wx.login (here: the simulator) gives a code, the token endpoint takes it.

  CODE=$(curl -s {sim}/__sim/v1/codes --json '{{"appid":"wxde30000000000001","user":"alice"}}' | sed 's/.*"code":"\([^"]*\)".*/\1/')
  TOKENS=$(curl -s {base}/t/demo/token -d grant_type=urn:hufu:grant-type:wechat-code -d client_id=demo-shop -d "js_code=$CODE"); echo "$TOKENS"
  ACCESS=$(echo "$TOKENS" | sed 's/.*"access_token":"\([^"]*\)".*/\1/'); REFRESH=$(echo "$TOKENS" | sed 's/.*"refresh_token":"\([^"]*\)".*/\1/')
  curl -s {base}/t/demo/userinfo -H "Authorization: Bearer $ACCESS"; echo
  curl -s {base}/t/demo/token -d grant_type=refresh_token -d client_id=demo-shop -d "refresh_token=$REFRESH"; echo
  curl -s {base}/t/demo/introspect -u "demo-web:$(cat {data_dir}/demo-web-secret)" -d "token=$ACCESS"; echo

Sign in with phone and code: the first answer says that a code was sent, the second has an authorization code for tokens.

  challenge() {{ curl -s {base}/t/demo/authorize-challenge -d response_type=code -d client_id=demo-shop -d code_challenge={challenge} -d code_challenge_method=S256 "$@"; }}
  redeem() {{ curl -s {base}/t/demo/token -d grant_type=authorization_code -d client_id=demo-shop -d code_verifier={verifier} -d "code=$(echo "$1" | sed 's/.*"authorization_code":"\([^"]*\)".*/\1/')"; }}
  STEP=$(challenge --data-urlencode "scope=openid offline_access phone account" --data-urlencode phone=+8613800138000); echo "$STEP"
  SESSION=$(echo "$STEP" | sed 's/.*"auth_session":"\([^"]*\)".*/\1/'); OTP=$(curl -s {sim}/__sim/v1/sms | sed 's/.*"code":"\([0-9]*\)".*/\1/')
  STEP=$(challenge -d "auth_session=$SESSION" -d "otp=$OTP"); echo "$STEP"
  redeem "$STEP"; echo

Register with username and password; without prompt=create, the same signs in.

  PASSWORD="password=teapot violin 42 harbour"
  STEP=$(challenge --data-urlencode "scope=openid profile account" -d prompt=create -d username=li.ming --data-urlencode "$PASSWORD"); echo "$STEP"
  redeem "$STEP"; echo
  STEP=$(challenge --data-urlencode "scope=openid profile" -d username=li.ming --data-urlencode "$PASSWORD"); echo "$STEP"
  redeem "$STEP"; echo

Onboard a tenant of your own: the tenant, a WeChat app (proven with WeChat before it is kept), a mini-program client.

  OPERATOR="Authorization: Bearer $(cat {data_dir}/operator-token)"
  curl -s {sim}/__sim/v1/apps --json '{{"appid":"wx0000000000000abc","secret":"{secret}"}}'; echo
  curl -s -X PUT {base}/admin/v1/tenants/teahouse -H "$OPERATOR" --json '{{"display_name":"Tea House"}}'; echo
  curl -s -X PUT {base}/admin/v1/tenants/teahouse/wechat-apps/wx0000000000000abc -H "$OPERATOR" --json '{{"kind":"mini_program","secret":"{secret}"}}'; echo
  curl -s -X PUT {base}/admin/v1/tenants/teahouse/clients/tea -H "$OPERATOR" --json '{{"token_endpoint_auth_method":"none","grant_types":["urn:hufu:grant-type:wechat-code","refresh_token"],"scope":"openid offline_access","first_party":true,"wechat_appid":"wx0000000000000abc"}}'; echo
  CODE=$(curl -s {sim}/__sim/v1/codes --json '{{"appid":"wx0000000000000abc","user":"bob"}}' | sed 's/.*"code":"\([^"]*\)".*/\1/')
  curl -s {base}/t/teahouse/token -d grant_type=urn:hufu:grant-type:wechat-code -d client_id=tea -d "js_code=$CODE"; echo
"#
    ));
}

fn say(text: &str) {
    #[expect(clippy::print_stdout, reason = "it is what the person at the terminal reads")]
    {
        println!("{text}");
    }
}
