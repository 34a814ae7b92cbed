// What a person reads where the server had no words for it. Hufu's own errors come with a `message` in the language asked for.

import type { OwnReason } from './reasons'

export type Locale = 'zh-CN' | 'en'

type Texts = [chinese: string, english: string]

const TRY_AGAIN: Texts = ['出错了，请稍后再试。', 'Something went wrong. Please try again in a moment.']
const NETWORK: Texts = ['网络不太顺畅，请检查网络后重试。', 'There is no connection. Please check the network and try again.']
const SIGN_IN: Texts = ['请登录后继续。', 'Please sign in to go on.']
const OTHER_WAY: Texts = ['没有取得手机号，请换一种方式。', 'Your phone number could not be read. Please choose another way.']
const BEGIN_AGAIN: Texts = ['登录已过期，请重新开始。', 'This sign-in is over. Please begin again.']
const NOT_SET_UP: Texts = ['此功能暂不可用，请联系客服。', 'This is not available. Please contact support.']

const TEXTS: Partial<Record<string, Texts>> = {
  network: NETWORK,
  timeout: NETWORK,
  domain_not_allowed: NOT_SET_UP,
  not_initialised: NOT_SET_UP,
  invalid_options: NOT_SET_UP,
  wrong_appid: NOT_SET_UP,
  aborted: ['已取消。', 'Cancelled.'],
  wx_login_failed: ['微信登录没有成功，请再试一次。', 'Signing in with WeChat did not work. Please try again.'],
  random_unavailable: ['微信版本过低，请升级微信。', 'This version of WeChat is too old. Please update it.'],
  signed_out: SIGN_IN,
  login_required: SIGN_IN,
  unauthorized: SIGN_IN,
  reauthentication_required: ['为了您的账号安全，请重新登录后再操作。', 'To keep your account safe, please sign in again first.'],
  other_user: ['这是另一个账号，请用当前账号验证。', 'That is another account. Please use the one that is signed in.'],
  no_login: BEGIN_AGAIN,
  nothing_to_merge: BEGIN_AGAIN,
  phone_denied: ['您没有授权手机号，可以换一种方式。', 'You did not share your phone number. You can choose another way.'],
  phone_quota: OTHER_WAY,
  phone_failed: OTHER_WAY,
  privacy_not_declared: NOT_SET_UP,
  not_prepared: ['请再点一次按钮。', 'Please tap the button again.'],
  privacy_not_agreed: ['请先阅读并同意隐私保护指引。', 'Please read and accept the privacy terms first.'],
} satisfies Partial<Record<OwnReason | 'reauthentication_required', Texts>>

export function text(reason: string, locale: Locale): string {
  const [chinese, english] = TEXTS[reason] ?? TRY_AGAIN
  return locale === 'en' ? english : chinese
}

/** WeChat's own language, where it tells it. */
export function preferredLocale(): Locale {
  const language = wx.getAppBaseInfo?.().language ?? 'zh'
  return language.startsWith('zh') ? 'zh-CN' : 'en'
}
