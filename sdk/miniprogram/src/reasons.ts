// What went wrong, by name. The server's are those of `Reason` in openapi.json; a test compares.

/** Found out here, on the phone. */
export type OwnReason =
  | 'network' | 'timeout' | 'domain_not_allowed' | 'bad_answer' | 'server_error' | 'aborted' | 'not_initialised' | 'invalid_options'
  | 'wx_login_failed' | 'wrong_appid' | 'random_unavailable' | 'signed_out' | 'login_required' | 'unauthorized' | 'other_user' | 'no_login'
  | 'nothing_to_merge' | 'phone_denied' | 'phone_quota' | 'privacy_not_agreed' | 'privacy_not_declared'
  | 'phone_failed' | 'not_prepared'

/** Told by Hufu. */
export type ServerReason =
  | 'wx_code_invalid' | 'wx_code_used' | 'wx_phone_code_invalid' | 'phone_taken' | 'open_data_invalid' | 'session_key_missing'
  | 'session_keys_not_kept' | 'reauthentication_required' | 'wx_user_blocked' | 'wx_unavailable' | 'wx_rate_limited'
  | 'wx_app_misconfigured' | 'password_wrong' | 'password_throttled' | 'password_unacceptable' | 'username_invalid'
  | 'username_taken' | 'account_exists' | 'phone_invalid' | 'phone_country_refused' | 'phone_unreachable' | 'otp_wrong'
  | 'otp_expired' | 'otp_burnt' | 'otp_resend_too_soon' | 'sms_limited' | 'sms_unavailable' | 'sms_misconfigured'
  | 'phone_required' | 'wechat_required' | 'account_required' | 'second_factor_required' | 'consent_required' | 'wechat_taken'
  | 'wechat_exists' | 'account_taken' | 'merge_conflict' | 'last_identity' | 'identity_required' | 'scan_expired' | 'scan_taken'
  | 'scan_decided' | 'user_disabled' | 'registration_closed'

/** One of these, or the `error` of an answer that has no reason. */
export type Reason = OwnReason | ServerReason | (string & {})
