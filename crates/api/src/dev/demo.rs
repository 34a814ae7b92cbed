//! The demo tenant: made on the first run, completed on every other, never changed where it is there.

use super::files::DataDir;
use crate::{app::App, embed};
use anyhow::{Context, bail};
use hufu_core::{
    Instant,
    change::{Audited, Change, Changed},
    client::{
        Client, ClientAuthMethod, ClientAuthentication, ClientDetails, ClientId, GrantType, RedirectUri,
        WebUrl,
    },
    event::{Actor, EventKind},
    id::{EventId, OperatorId, TenantId},
    scope::Scope,
    settings::{EnvVersion, ScanSettings, Settings},
    signing_key::SigningAlgorithm,
    sms::{AliyunSms, SmsVendor, TemplateValue},
    store::{self, Audit, KeptSmsVendor, TenantStore, WechatAppClaim, WechatAppClaimed},
    tenant::{DisplayName, Tenant, TenantSlug},
    token::{self, OpaqueToken, SecretHash, TokenKind},
    wechat_app::{AppId, UnionScope, WechatApp, WechatAppKind, WechatCredential},
};
use hufu_oauth::keys;
use hufu_wxsim::{SmsAccountSpec, SmsTemplate, WxSim};
use secrecy::{ExposeSecret, SecretString};
use std::sync::Arc;

/// The demo's WeChat apps with the mini-program clients that use them.
pub(super) const APPS: [(&str, &str, &str); 2] = [
    ("wxde30000000000001", "demo-shop", "Demo Shop"),
    ("wxde30000000000002", "demo-cafe", "Demo Café"),
];

/// The open-platform account that both apps are bound to.
const OPEN_ACCOUNT: &str = "demo-account";

/// What the simulator's review let pass for the demo.
const SMS_SIGN_NAME: &str = "虎符演示";
const SMS_TEMPLATE: &str = "SMS_100000001";

/// Makes what is missing: the simulator's apps, the operator's token, the tenant with its apps and clients and a way to
/// send codes.
pub(super) async fn ensure(app: &Arc<App>, sim: &WxSim, dir: &DataDir) -> anyhow::Result<()> {
    let demo = Demo {
        app,
        dir,
        now: app.clock.now(),
    };
    demo.operator_token().await?;
    let tenant = demo.tenant().await?;
    let rows = app.store.tenant(tenant);
    let account = sim.open_account_named(OPEN_ACCOUNT)?;
    for (appid, client, name) in APPS {
        let secret = sim.app(appid).bound_to(&account).create()?.secret().to_owned();
        demo.wechat_app(tenant, rows.as_ref(), appid, secret.into())
            .await?;
        demo.client(rows.as_ref(), demo.mini_program(client, name, appid)?)
            .await?;
    }
    demo.web_client(rows.as_ref()).await?;
    let account = sim.sms_account(sms_account())?;
    demo.sms_vendor(rows.as_ref(), &account.id, account.secret.into())
        .await
}

/// The demo's account at the simulator's Alibaba Cloud. Its secret comes of the simulator's seed, which is kept.
fn sms_account() -> SmsAccountSpec {
    SmsAccountSpec {
        sign_names: vec![SMS_SIGN_NAME.to_owned()],
        templates: vec![SmsTemplate {
            id: SMS_TEMPLATE.to_owned(),
            params: vec!["code".to_owned()],
        }],
        ..SmsAccountSpec::new(hufu_wxsim::SmsVendor::Aliyun, "demo")
    }
}

struct Demo<'a> {
    app: &'a Arc<App>,
    dir: &'a DataDir,
    now: Instant,
}

impl Demo<'_> {
    fn audit(&self) -> Audit {
        let event = EventId::generate(self.now, self.app.random.as_ref());
        Audit {
            event,
            actor: Actor::System,
            ip: None,
            now: self.now,
        }
    }

    async fn operator_token(&self) -> anyhow::Result<()> {
        const FILE: &str = "operator-token";
        if let Some(text) = self.dir.read(FILE)?
            && let Ok(token) = OpaqueToken::parse(TokenKind::Operator, &text)
            && let Some(operator) = self.app.store.operator(OperatorId::from_uuid(token.id())).await?
            && operator.hash == token.hash()
            && operator.revoked_at.is_none()
        {
            return Ok(());
        }
        let token = embed::create_operator(self.app, "hufu dev").await?;
        self.dir.write(FILE, token.expose_secret())
    }

    async fn tenant(&self) -> anyhow::Result<TenantId> {
        let slug = TenantSlug::parse("demo")?;
        if let Some(tenant) = self.app.store.tenant_by_slug(&slug).await? {
            return Ok(tenant.id);
        }
        let tenant = Tenant {
            id: TenantId::generate(self.now, self.app.random.as_ref()),
            slug: slug.clone(),
            display_name: DisplayName::parse("Demo")?,
            settings: Settings {
                scan: Some(ScanSettings {
                    appid: APPS[0].0.to_owned(),
                    page: "pages/scan/index".to_owned(),
                    env_version: EnvVersion::Release,
                    check_path: true,
                }),
                ..Settings::default()
            },
            created_at: self.now,
            updated_at: self.now,
        };
        let period = tenant.settings.keys.rotation_period;
        let keys = keys::first(self.now, period, self.app.random.as_ref())?;
        let event = self
            .audit()
            .event(EventKind::TenantCreated, slug.as_str(), serde_json::Value::Null);
        self.app.store.create_tenant(&tenant, &keys, &event).await?;
        Ok(tenant.id)
    }

    async fn wechat_app(
        &self,
        tenant: TenantId,
        rows: &dyn TenantStore,
        appid: &str,
        secret: SecretString,
    ) -> anyhow::Result<()> {
        let credential = WechatCredential::new(AppId::parse(appid)?, secret);
        if let Some(known) = rows.wechat_app(&credential.appid).await?
            && known.credential.secret.expose_secret() == credential.secret.expose_secret()
        {
            return Ok(());
        }
        self.app
            .wechat
            .prove(&credential)
            .await
            .context("the simulator does not know its own app")?;
        let app = WechatApp {
            credential,
            kind: WechatAppKind::MiniProgram,
            union_scope: Some(UnionScope::parse(OPEN_ACCOUNT)?),
            push: None,
            created_at: self.now,
            updated_at: self.now,
        };
        let claim = WechatAppClaim {
            tenant,
            app,
            transfer: false,
            based_on: None,
            audit: self.audit(),
        };
        match self.app.store.claim_wechat_app(&claim).await? {
            WechatAppClaimed::HeldByAnother => {
                bail!("the demo's WeChat app {appid} was given to another tenant")
            }
            _ => Ok(()),
        }
    }

    fn mini_program(&self, id: &str, name: &str, appid: &str) -> anyhow::Result<Client> {
        Ok(Client {
            id: ClientId::parse(id)?,
            name: Some(name.to_owned()),
            authentication: ClientAuthentication::None,
            // The code comes of `POST /authorize-challenge`, where nobody is sent anywhere.
            grant_types: vec![
                GrantType::AuthorizationCode,
                GrantType::RefreshToken,
                GrantType::WechatCode,
            ],
            redirect_uris: vec![],
            scope: Scope::parse("account offline_access openid phone profile wechat")?,
            id_token_signed_response_alg: SigningAlgorithm::Es256,
            first_party: true,
            wechat_appid: Some(AppId::parse(appid)?),
            details: ClientDetails::default(),
            registration_token: None,
            created_at: self.now,
            updated_at: self.now,
        })
    }

    /// Registers a client that is missing, and lets one of an earlier version sign people in by steps.
    async fn client(&self, rows: &dyn TenantStore, client: Client) -> anyhow::Result<()> {
        let (client, based_on) = match rows.client(&client.id).await? {
            None => (client, None),
            Some(known) if known.may_use(GrantType::AuthorizationCode) => return Ok(()),
            Some(known) => {
                let based_on = Some(known.updated_at);
                let mut grant_types = known.grant_types.clone();
                grant_types.push(GrantType::AuthorizationCode);
                grant_types.sort_unstable();
                let client = Client {
                    grant_types,
                    updated_at: self.now,
                    ..known
                };
                (client, based_on)
            }
        };
        self.change(
            rows,
            Change::Client {
                client,
                based_on,
                key: None,
            },
        )
        .await
    }

    /// Gives the tenant the account at the simulator, where it has no vendor or another secret of this account. A vendor of
    /// the developer's own choice stays.
    async fn sms_vendor(&self, rows: &dyn TenantStore, id: &str, secret: SecretString) -> anyhow::Result<()> {
        match rows.sms_vendor().await?.map(|kept| kept.vendor) {
            None => {}
            Some(SmsVendor::Aliyun(known))
                if known.access_key_id == id
                    && known.access_key_secret.expose_secret() != secret.expose_secret() => {}
            Some(_) => return Ok(()),
        }
        let vendor = SmsVendor::Aliyun(AliyunSms {
            access_key_id: id.to_owned(),
            access_key_secret: secret,
            sign_name: SMS_SIGN_NAME.to_owned(),
            template_code: SMS_TEMPLATE.to_owned(),
            template_params: [("code".to_owned(), TemplateValue::Code)].into(),
        });
        let kept = KeptSmsVendor {
            vendor,
            created_at: self.now,
            updated_at: self.now,
        };
        self.change(rows, Change::SmsVendor(kept)).await
    }

    /// A confidential web client. Its secret stands in a file; where that is lost, it gets a new one.
    async fn web_client(&self, rows: &dyn TenantStore) -> anyhow::Result<()> {
        const FILE: &str = "demo-web-secret";
        let id = ClientId::parse("demo-web")?;
        let known = rows.client(&id).await?;
        let kept = self.dir.read(FILE)?;
        if let (Some(client), Some(secret)) = (&known, &kept)
            && let ClientAuthentication::Secret { hash, .. } = client.authentication
            && hash == SecretHash::of(secret.as_bytes())
        {
            return Ok(());
        }
        let secret = token::client_secret(self.app.random.as_ref());
        let hash = SecretHash::of(secret.expose_secret().as_bytes());
        let change = match known {
            Some(_) => Change::ClientSecret { id, hash },
            None => Change::Client {
                client: self.web(id, hash)?,
                based_on: None,
                key: None,
            },
        };
        self.change(rows, change).await?;
        self.dir.write(FILE, secret.expose_secret())
    }

    fn web(&self, id: ClientId, hash: SecretHash) -> anyhow::Result<Client> {
        Ok(Client {
            id,
            name: Some("Demo Web".to_owned()),
            authentication: ClientAuthentication::Secret {
                method: ClientAuthMethod::ClientSecretBasic,
                hash,
            },
            grant_types: vec![
                GrantType::AuthorizationCode,
                GrantType::RefreshToken,
                GrantType::ClientCredentials,
            ],
            redirect_uris: vec![RedirectUri::parse("http://127.0.0.1:3000/callback")?],
            scope: Scope::parse("offline_access openid phone profile")?,
            id_token_signed_response_alg: SigningAlgorithm::Rs256,
            first_party: false,
            wechat_appid: None,
            details: ClientDetails {
                post_logout_redirect_uris: vec![RedirectUri::parse("http://127.0.0.1:3000/")?],
                backchannel_logout_uri: Some(WebUrl::parse("http://127.0.0.1:3000/backchannel-logout")?),
                ..ClientDetails::default()
            },
            registration_token: None,
            created_at: self.now,
            updated_at: self.now,
        })
    }

    async fn change(&self, rows: &dyn TenantStore, change: Change) -> anyhow::Result<()> {
        match store::write(
            rows,
            Audited {
                change,
                audit: self.audit(),
            },
        )
        .await?
        {
            Changed::Missing
            | Changed::Stale
            | Changed::InUse
            | Changed::Waiting
            | Changed::TooLate
            | Changed::TooEarly => {
                bail!("the demo tenant was changed meanwhile")
            }
            Changed::Created | Changed::Updated | Changed::UpdatedWithSecret => Ok(()),
        }
    }
}
