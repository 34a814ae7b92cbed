//! Between a tenant's settings and what stands for them on the wire, member by member.

use super::{
    AccountBody, AttemptsBody, BrandingBody, BudgetBody, PasswordBody, RegistrationBody, SecondFactorBody,
    SessionsBody, SettingsBody, SmsBody, TokensBody, WechatBody,
};
use hufu_core::{
    attempts::AttemptLimits,
    branding::Branding,
    password::PasswordSettings,
    settings::{
        AccountSettings, Registration, SecondFactor, SessionSettings, Settings, SmsSettings, TokenLifetimes,
        WechatSettings,
    },
    sms::{CallingCode, budget::Budget},
};

impl From<SettingsBody> for Settings {
    fn from(body: SettingsBody) -> Self {
        Self {
            registration: match body.registration {
                RegistrationBody::Open => Registration::Open,
                RegistrationBody::Phone => Registration::Phone,
                RegistrationBody::Wechat => Registration::Wechat,
                RegistrationBody::Closed => Registration::Closed,
            },
            tokens: TokenLifetimes {
                access_token_ttl: body.tokens.access_token_ttl,
                id_token_ttl: body.tokens.id_token_ttl,
                refresh_token_ttl: body.tokens.refresh_token_ttl,
                refresh_token_idle_ttl: body.tokens.refresh_token_idle_ttl,
            },
            link_by_wechat_phone: body.link_by_wechat_phone,
            wechat: WechatSettings {
                keep_session_key: body.wechat.keep_session_key,
            },
            require: body.require,
            second_factor: match body.second_factor {
                SecondFactorBody::Never => SecondFactor::Never,
                SecondFactorBody::Always => SecondFactor::Always,
            },
            redirect_to_web: body.redirect_to_web,
            require_consent_before_exchange: body.require_consent_before_exchange,
            password: PasswordSettings {
                min_length: body.password.min_length,
            },
            attempts: AttemptLimits {
                address_per_hour: body.attempts.address_per_hour,
                tenant_per_hour: body.attempts.tenant_per_hour,
                begun_per_hour: body.attempts.begun_per_hour,
            },
            sms: SmsSettings {
                countries: body.sms.countries.into_iter().map(CallingCode).collect(),
                budget: body.sms.budget.into(),
            },
            sessions: SessionSettings {
                most_per_user: body.sessions.most_per_user,
                browser_ttl: body.sessions.browser_ttl,
                browser_idle_ttl: body.sessions.browser_idle_ttl,
            },
            account: AccountSettings {
                cooling_off: body.account.cooling_off,
            },
            branding: body.branding.into(),
            keys: body.keys.into(),
            dynamic_registration: body.dynamic_registration.into(),
            dynamic_registration_scope: body.dynamic_registration_scope.into(),
            scan: body.scan.map(Into::into),
        }
    }
}

impl From<Settings> for SettingsBody {
    fn from(settings: Settings) -> Self {
        // Taken apart in full, so that a new setting cannot be left out here.
        let Settings {
            registration,
            tokens,
            link_by_wechat_phone,
            wechat: WechatSettings { keep_session_key },
            require,
            second_factor,
            redirect_to_web,
            require_consent_before_exchange,
            password,
            attempts,
            sms: SmsSettings { countries, budget },
            sessions,
            account,
            branding,
            keys,
            dynamic_registration,
            dynamic_registration_scope,
            scan,
        } = settings;
        Self {
            registration: match registration {
                Registration::Open => RegistrationBody::Open,
                Registration::Phone => RegistrationBody::Phone,
                Registration::Wechat => RegistrationBody::Wechat,
                Registration::Closed => RegistrationBody::Closed,
            },
            tokens: tokens.into(),
            link_by_wechat_phone,
            wechat: WechatBody { keep_session_key },
            require,
            second_factor: match second_factor {
                SecondFactor::Never => SecondFactorBody::Never,
                SecondFactor::Always => SecondFactorBody::Always,
            },
            redirect_to_web,
            require_consent_before_exchange,
            password: password.into(),
            attempts: attempts.into(),
            sms: SmsBody {
                countries: countries.into_iter().map(|CallingCode(code)| code).collect(),
                budget: budget.into(),
            },
            sessions: sessions.into(),
            account: account.into(),
            branding: branding.into(),
            keys: keys.into(),
            dynamic_registration: dynamic_registration.into(),
            dynamic_registration_scope: dynamic_registration_scope.into(),
            scan: scan.map(Into::into),
        }
    }
}

impl From<PasswordSettings> for PasswordBody {
    fn from(PasswordSettings { min_length }: PasswordSettings) -> Self {
        Self { min_length }
    }
}

impl From<AttemptLimits> for AttemptsBody {
    fn from(limits: AttemptLimits) -> Self {
        let AttemptLimits {
            address_per_hour,
            tenant_per_hour,
            begun_per_hour,
        } = limits;
        Self {
            address_per_hour,
            tenant_per_hour,
            begun_per_hour,
        }
    }
}

impl From<SessionSettings> for SessionsBody {
    fn from(settings: SessionSettings) -> Self {
        let SessionSettings {
            most_per_user,
            browser_ttl,
            browser_idle_ttl,
        } = settings;
        Self {
            most_per_user,
            browser_ttl,
            browser_idle_ttl,
        }
    }
}

impl From<AccountSettings> for AccountBody {
    fn from(AccountSettings { cooling_off }: AccountSettings) -> Self {
        Self { cooling_off }
    }
}

impl From<Budget> for BudgetBody {
    fn from(budget: Budget) -> Self {
        let Budget {
            phone_per_minute,
            phone_per_hour,
            phone_per_day,
            address_per_hour,
            address_per_day,
            prefix_per_hour,
            country_per_day,
            tenant_per_day,
        } = budget;
        Self {
            phone_per_minute,
            phone_per_hour,
            phone_per_day,
            address_per_hour,
            address_per_day,
            prefix_per_hour,
            country_per_day,
            tenant_per_day,
        }
    }
}

impl From<BudgetBody> for Budget {
    fn from(budget: BudgetBody) -> Self {
        let BudgetBody {
            phone_per_minute,
            phone_per_hour,
            phone_per_day,
            address_per_hour,
            address_per_day,
            prefix_per_hour,
            country_per_day,
            tenant_per_day,
        } = budget;
        Self {
            phone_per_minute,
            phone_per_hour,
            phone_per_day,
            address_per_hour,
            address_per_day,
            prefix_per_hour,
            country_per_day,
            tenant_per_day,
        }
    }
}

impl From<TokenLifetimes> for TokensBody {
    fn from(tokens: TokenLifetimes) -> Self {
        let TokenLifetimes {
            access_token_ttl,
            id_token_ttl,
            refresh_token_ttl,
            refresh_token_idle_ttl,
        } = tokens;
        Self {
            access_token_ttl,
            id_token_ttl,
            refresh_token_ttl,
            refresh_token_idle_ttl,
        }
    }
}

impl From<Branding> for BrandingBody {
    fn from(branding: Branding) -> Self {
        let Branding {
            display_name,
            logo_uri,
            color,
            policy_uri,
            tos_uri,
        } = branding;
        Self {
            display_name,
            logo_uri,
            color,
            policy_uri,
            tos_uri,
        }
    }
}

impl From<BrandingBody> for Branding {
    fn from(branding: BrandingBody) -> Self {
        let BrandingBody {
            display_name,
            logo_uri,
            color,
            policy_uri,
            tos_uri,
        } = branding;
        Self {
            display_name,
            logo_uri,
            color,
            policy_uri,
            tos_uri,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use hufu_core::identity::IdentityKind;

    #[test]
    fn settings_are_the_same_there_and_back() {
        let settings = Settings {
            registration: Registration::Closed,
            tokens: TokenLifetimes {
                access_token_ttl: 61,
                id_token_ttl: 62,
                refresh_token_ttl: 3_601,
                refresh_token_idle_ttl: 601,
            },
            link_by_wechat_phone: true,
            wechat: WechatSettings {
                keep_session_key: true,
            },
            require: vec![IdentityKind::Phone, IdentityKind::Account],
            second_factor: SecondFactor::Always,
            redirect_to_web: true,
            require_consent_before_exchange: true,
            password: PasswordSettings { min_length: 9 },
            attempts: AttemptLimits {
                address_per_hour: 6,
                tenant_per_hour: 101,
                begun_per_hour: 19,
            },
            sms: SmsSettings {
                countries: vec![CallingCode(86), CallingCode(852)],
                budget: Budget {
                    phone_per_minute: 11,
                    phone_per_hour: 12,
                    phone_per_day: 13,
                    address_per_hour: 14,
                    address_per_day: 15,
                    prefix_per_hour: 16,
                    country_per_day: 17,
                    tenant_per_day: 18,
                },
            },
            sessions: SessionSettings {
                most_per_user: Some(2),
                browser_ttl: 86_400,
                browser_idle_ttl: 3_600,
            },
            account: AccountSettings { cooling_off: 3 },
            keys: hufu_core::settings::KeySettings {
                rotation_period: 86_401,
            },
            dynamic_registration: hufu_core::registration::DynamicRegistration::InitialAccessToken,
            dynamic_registration_scope: hufu_core::settings::RegistrationScope("openid".to_owned()),
            scan: Some(hufu_core::settings::ScanSettings {
                appid: "f".to_owned(),
                page: "g".to_owned(),
                env_version: hufu_core::settings::EnvVersion::Trial,
                check_path: false,
            }),
            branding: Branding {
                display_name: Some("a".to_owned()),
                logo_uri: Some("b".to_owned()),
                color: Some("c".to_owned()),
                policy_uri: Some("d".to_owned()),
                tos_uri: Some("e".to_owned()),
            },
        };
        assert_eq!(Settings::from(SettingsBody::from(settings.clone())), settings);
        for settings in [settings, Settings::default()] {
            let wire = serde_json::to_value(SettingsBody::from(settings.clone())).unwrap();
            assert_eq!(wire, serde_json::to_value(settings).unwrap());
        }
        assert_eq!(Settings::from(SettingsBody::default()), Settings::default());
    }
}
