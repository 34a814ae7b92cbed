// A phone for tests: the part of `wx` that the SDK uses, with a storage that outlives the process, and a server that is a function.

export interface Reply {
  status: number
  data?: unknown
  header?: Record<string, string>
}

/** What a server function gives: an answer, a failure of the network, or nothing (it stays unanswered). */
export type Outcome = Reply | { fail: string } | undefined

export class Sent {
  aborted = false
  private constructor(
    readonly url: string,
    readonly method: string,
    readonly header: Record<string, string>,
    readonly data: unknown,
    private readonly option: WechatMiniprogram.RequestOption,
  ) {}

  static from(option: WechatMiniprogram.RequestOption): Sent {
    const header = Object.fromEntries(Object.entries(option.header ?? {}).map(([name, value]) => [name.toLowerCase(), String(value)]))
    return new Sent(option.url, option.method ?? 'GET', header, option.data, option)
  }

  get path(): string {
    return new URL(this.url).pathname.replace(/^\/t\/\w+/, '')
  }

  get form(): Record<string, string> {
    return Object.fromEntries(new URLSearchParams(String(this.data)))
  }

  get token(): string | undefined {
    return this.header.authorization?.replace('Bearer ', '')
  }

  settle(outcome: Outcome): void {
    if (!outcome || this.aborted) return
    if ('fail' in outcome) return this.option.fail?.({ errMsg: outcome.fail, errno: 600001 } as never)
    this.option.success?.({ statusCode: outcome.status, data: outcome.data ?? '', header: outcome.header ?? {} } as never)
  }

  abort(): void {
    this.aborted = true
    this.option.fail?.({ errMsg: 'request:fail abort', errno: 600003 } as never)
  }
}

export class Phone {
  /** All requests, in order. */
  readonly sent: Sent[] = []
  /** Calls of wx.login. */
  logins = 0
  /** How many calls of wx.login are yet to fail. */
  failingLogins = 0
  stored = new Map<string, unknown>()
  /** What the storage throws instead of writing. */
  storageFault: Error | undefined
  language = 'zh_CN'
  appid = 'wxde30000000000001'
  private shown: (() => void)[] = []

  constructor(public server: (sent: Sent) => Outcome | Promise<Outcome>) {
    this.install()
  }

  to(path: string): Sent[] {
    return this.sent.filter(sent => sent.path === path)
  }

  /** Puts the app to the front. */
  show(): void {
    this.shown.forEach(listener => listener())
  }

  install(): void {
    const phone = this
    Object.assign(globalThis, {
      wx: {
        login({ success, fail }: WechatMiniprogram.LoginOption) {
          phone.logins++
          const code = `code-${phone.logins}`
          const failing = phone.failingLogins-- > 0
          queueMicrotask(() => (failing ? fail?.({ errMsg: 'login:fail timeout' } as never) : success?.({ code, errMsg: 'login:ok' })))
        },
        request(option: WechatMiniprogram.RequestOption) {
          const sent = Sent.from(option)
          phone.sent.push(sent)
          void Promise.resolve().then(async () => sent.settle(await phone.server(sent)))
          return { abort: () => sent.abort() }
        },
        getRandomValues({ length, success }: WechatMiniprogram.GetRandomValuesOption) {
          const randomValues = crypto.getRandomValues(new Uint8Array(length)).buffer
          queueMicrotask(() => success?.({ randomValues, errMsg: 'getRandomValues:ok' }))
        },
        getStorageSync: (key: string) => phone.stored.get(key) ?? '',
        setStorageSync(key: string, value: unknown) {
          if (phone.storageFault) throw phone.storageFault
          phone.stored.set(key, value)
        },
        removeStorageSync: (key: string) => void phone.stored.delete(key),
        getAppBaseInfo: () => ({ language: phone.language }),
        getAccountInfoSync: () => ({ miniProgram: { appId: phone.appid } }),
        onAppShow: (listener: () => void) => void phone.shown.push(listener),
      },
    })
  }
}

declare const crypto: { getRandomValues(bytes: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> }
