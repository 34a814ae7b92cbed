// Who is signed in, in memory and in the phone's storage: one key for each issuer and client, written in one go, so that whenever
// the process is killed either the old tokens are there or the new ones.

import { textOfBase64url } from './bytes'

/** The storage of `wx`, or something like it. */
export interface Storage {
  getStorageSync(key: string): unknown
  setStorageSync(key: string, value: string): void
  removeStorageSync(key: string): void
}

/** Claims of an ID token (OpenID Connect Core §2). */
export interface User {
  sub: string
  amr?: string[]
  auth_time?: number
  sid?: string
  [claim: string]: unknown
}

/** What the token endpoint gives. */
export interface TokenAnswer {
  access_token: string
  expires_in: number
  refresh_token?: string
  id_token?: string
  scope?: string
}

export interface Kept {
  accessToken: string
  refreshToken?: string | undefined
  /** By the phone's clock, in milliseconds. */
  expiresAt: number
  /** Seconds. */
  lifetime: number
  scope: string
  user: User | null
  /** Whether `wx.login` on this phone is known to lead to the same user. */
  wechat: boolean
}

/** Why nobody is signed in, where that must not change without being asked. */
export type Ended = 'signed_out' | 'login_required'

interface Saved {
  kept?: Kept
  ended?: Ended | undefined
}

export class Tokens {
  private _saved: Saved
  /** Counts sign-outs: what began before one must not end in a sign-in. */
  endings = 0
  /** Counts sign-outs and sign-ins that were asked for: what went on by itself gives way to them. */
  turns = 0

  constructor(private readonly _storage: Storage, private readonly _key: string) {
    this._saved = this._read()
  }

  get kept(): Kept | undefined {
    return this._saved.kept
  }

  get ended(): Ended | undefined {
    return this._saved.ended
  }

  keep(answer: TokenAnswer, wechat: boolean, before?: Kept): Kept {
    const kept: Kept = {
      accessToken: answer.access_token,
      refreshToken: answer.refresh_token ?? before?.refreshToken,
      expiresAt: Date.now() + answer.expires_in * 1000,
      lifetime: answer.expires_in,
      scope: answer.scope ?? before?.scope ?? '',
      user: claims(answer.id_token) ?? before?.user ?? null,
      wechat,
    }
    this._write({ kept })
    return kept
  }

  /** From now on `wx.login` leads to this user, or to nobody knows whom. */
  knowWechat(wechat: boolean): void {
    if (this._saved.kept) this._write({ kept: Object.assign({}, this._saved.kept, { wechat }) })
  }

  /** The session is over by itself. */
  drop(): undefined {
    this._write({ ended: this._saved.kept?.wechat ? undefined : 'login_required' })
  }

  signOut(): void {
    this.endings++
    this.turns++
    this._write({ ended: 'signed_out' })
  }

  private _read(): Saved {
    try {
      const saved = JSON.parse(this._storage.getStorageSync(this._key) as string)
      if (saved.ended || (typeof saved.kept.accessToken === 'string' && saved.kept.expiresAt > 0)) return saved
    } catch {
      // Nothing is there, or nothing that can be read: nobody is signed in.
    }
    return {}
  }

  /** A storage that is full or broken must not keep anybody from signing in: what is in memory counts. */
  private _write(saved: Saved): void {
    this._saved = saved
    const text = JSON.stringify(saved)
    try {
      this._storage.setStorageSync(this._key, text)
    } catch {
      try {
        // What stands there is of no use any more, and its room may be all that is missing.
        this._storage.removeStorageSync(this._key)
        this._storage.setStorageSync(this._key, text)
      } catch {
        // The next start signs in anew.
      }
    }
  }
}

/** Seconds left by the phone's clock; none where the clock was put back, since then nothing is known. */
export function secondsLeft(kept: Kept): number {
  const left = (kept.expiresAt - Date.now()) / 1000
  return left > kept.lifetime ? 0 : Math.max(0, left)
}

/** Only reads: the token came from the server itself, and nothing is decided by what it says. */
export function claims(idToken: string | undefined): User | null {
  try {
    return JSON.parse(textOfBase64url(idToken!.split('.')[1]!))
  } catch {
    return null
  }
}
