/// <reference types="miniprogram-api-typings" />

export interface WxOptions {
  /** Where wxsim listens: `http://127.0.0.1:8090` with `hufu dev`. */
  sim: string
  /** What wxsim wants in `x-wxsim-token`, if it wants any. */
  simToken?: string
  /** The mini-program. wxsim must know it. */
  appid: string
  /** Whose phone it is: any name; wxsim makes up who is new to it. */
  user: string
  /** JSON by key. Give two apps the same to let one go on where the other ended. */
  storage?: Map<string, string>
  /** For timeouts. The computer's by default. */
  clock?: Clock
  /** `needed`: WeChat will ask, and the person agrees; `refused`: the person does not. A listener of the app is asked first. */
  privacy?: PrivacyState
  /** `Retry-After` or `retry-after`: phones differ. */
  headerCase?: 'title' | 'lower'
  /** `https://id.example.com`: other hosts fail as "url not in domain list". All are let through by default. */
  requestDomains?: string[]
  envVersion?: 'develop' | 'trial' | 'release'
  version?: string
  /** `zh_CN`, `en`, … */
  language?: string
  platform?: 'devtools' | 'ios' | 'android' | 'ohos' | 'windows' | 'mac'
  /** What wx.getLaunchOptionsSync says. */
  launch?: { path?: string; query?: Record<string, string>; scene?: number }
}

export type PrivacyState = 'agreed' | 'needed' | 'refused'

export interface Clock {
  /** Milliseconds since 1970. */
  now(): number
  setTimeout(run: () => void, milliseconds: number): unknown
  clearTimeout(timer: unknown): void
}

export interface ManualClock extends Clock {
  /** Goes forward and runs what is due, in order. */
  advance(milliseconds: number): void
}

export interface PhoneNumberTap {
  /** The person says no. */
  deny?: boolean
  /** 1400001: the tenant's quota is used up; 104: the privacy guide was not agreed to. */
  errno?: number
  /** `+8613800138000`; the user's first number by default. */
  phone?: string
  /** The button was `getRealtimePhoneNumber`. */
  realtime?: boolean
}

export interface PhoneNumberEvent {
  type: string
  detail: { errMsg: string; errno?: number; code?: string }
}

export interface SentRequest {
  method: string
  url: string
  /** Lower-case names. */
  header: Record<string, string>
  data?: string | ArrayBuffer
  /** Absent until there is an answer. */
  statusCode?: number
}

/** What a server would say. */
export interface Answer {
  statusCode?: number
  header?: Record<string, string>
  /** Becomes JSON. */
  data?: unknown
}

export interface Sms {
  to: string
  code?: string
  [member: string]: unknown
}

/** What is outside of the app: the person, the phone, the network. */
export interface Fake {
  /** Change `user` here to hand the phone to somebody else. */
  phone: { appid: string; user: string }
  storage: Map<string, string>
  clock: Clock

  /** The system ends the app: nobody who waits for wx hears anything any more. Requests that were sent are sent, storage stays. */
  kill(): void
  /** When nothing is under way outside of the app. */
  idle(): Promise<void>
  /** Lets the next call of an API fail, by a number or by what WeChat says of it. `url`: only a request to this. */
  failNext(api: string, how?: number | { errno?: number; errMsg?: string; url?: string; times?: number }): void

  /** All that were sent, the oldest first. */
  readonly requests: SentRequest[]
  /** WeChat lets ten be open. */
  readonly connections: { open: number; waiting: number; most: number }
  setOffline(isOffline: boolean): void
  /** The next request of a URL with this in it gets this answer, and the server does not hear of it. */
  answerNext(url: string, answer: Answer): void
  /** Keeps answers of URLs with this in them from the app, until release. */
  holdAnswers(url: string): { arrived: Promise<unknown>; release(): void }

  /** Lets wx.checkSession fail until the next wx.login. */
  expireSession(): void
  /** The event that the button gives to `bindgetphonenumber`. */
  tapGetPhoneNumber(tap?: PhoneNumberTap): Promise<PhoneNumberEvent>
  /** `<button open-type="agreePrivacyAuthorization">` */
  tapAgreePrivacy(buttonId?: string): { type: string; detail: { buttonId: string } }
  /** Reads a mini-program code: what is in it (`wxsim://…`), or its scene. The code is as of wx.login. */
  scan(code: string | { scene: string }): Promise<{ page: string; query: Record<string, string>; code: string }>
  /** What arrived on phones, the oldest first. */
  readSms(selection?: { to?: string; since?: number }): Promise<Sms[]>
  /** `POST /__sim/v1/faults` */
  addFault(fault: object): Promise<unknown>

  screen: {
    modals: WechatMiniprogram.ShowModalOption[]
    toasts: WechatMiniprogram.ShowToastOption[]
    loading: boolean
    navigations: { api: string; url?: string; delta?: number }[]
    clipboard: string
    title: string
  }
  /** How the person answers wx.showModal; by default with "cancel". */
  onModal(answer: (modal: WechatMiniprogram.ShowModalOption) => { confirm: boolean; content?: string }): void
  /** The app comes to the front, or goes to the back. */
  show(launch?: { path?: string; query?: Record<string, string>; scene?: number }): void
  hide(): void
  /** After installWx only: puts back what was there. */
  uninstall?(): void
}

export type WxApi =
  | 'login' | 'checkSession' | 'request'
  | 'setStorage' | 'getStorage' | 'removeStorage' | 'clearStorage' | 'getStorageInfo'
  | 'setStorageSync' | 'getStorageSync' | 'removeStorageSync' | 'clearStorageSync' | 'getStorageInfoSync'
  | 'getPrivacySetting' | 'requirePrivacyAuthorize' | 'openPrivacyContract' | 'onNeedPrivacyAuthorization'
  | 'getAccountInfoSync' | 'getAppBaseInfo' | 'getDeviceInfo' | 'getWindowInfo'
  | 'getSystemInfo' | 'getSystemInfoAsync' | 'getSystemInfoSync' | 'getLaunchOptionsSync' | 'getEnterOptionsSync'
  | 'getRandomValues' | 'getUserCryptoManager' | 'base64ToArrayBuffer' | 'arrayBufferToBase64' | 'nextTick' | 'canIUse'
  | 'showModal' | 'showToast' | 'hideToast' | 'showLoading' | 'hideLoading' | 'setNavigationBarTitle' | 'setClipboardData'
  | 'navigateTo' | 'navigateBack' | 'redirectTo' | 'switchTab' | 'reLaunch' | 'stopPullDownRefresh'
  | 'onAppShow' | 'offAppShow' | 'onAppHide' | 'offAppHide'

export type Wx = Pick<WechatMiniprogram.Wx, Exclude<WxApi, 'onNeedPrivacyAuthorization'>> & {
  /** The typings of WeChat lack what the listener gets. */
  onNeedPrivacyAuthorization(listener: (resolve: (answer: PrivacyAnswer) => void, info: { referrer: string }) => void): void
  fake: Fake
}

export type PrivacyAnswer = { event: 'agree'; buttonId: string } | { event: 'disagree' } | { event: 'exposureAuthorization' }

export function createWx(options: WxOptions): Wx
/** As createWx, and puts it on globalThis. */
export function installWx(options: WxOptions): Wx
/** A clock that stands still until it is moved. */
export function manualClock(start?: number): ManualClock
