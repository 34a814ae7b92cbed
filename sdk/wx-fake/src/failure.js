// How a call of wx fails: `{ errMsg, errno }`.

/** What WeChat says of the numbers that a login may meet. */
const MEANINGS = new Map([
  [4, 'internal error'],
  [5, 'timeout'],
  [104, 'privacy permission is not authorized'],
  [1001, 'parameter error'],
  [1400001, 'quota of the phone number component is used up'],
  [600000, 'unknown network error'],
  [600001, 'errcode:-102 cronet_error_code:-102 error_msg:net::ERR_CONNECTION_REFUSED'],
  [600002, 'url not in domain list'],
  [600003, 'network interrupted error'],
  [600009, 'invalid URL'],
])

export class Failure {
  /**
   * @param {number | undefined} errno
   * @param {string} [meaning] what follows `login:fail `
   */
  constructor(errno, meaning) {
    this.errno = errno
    this.meaning = meaning ?? (errno !== undefined && MEANINGS.get(errno)) ?? ''
  }

  /** @param {string} api */
  result(api) {
    const errMsg = `${api}:fail ${this.meaning || 'unknown error'}`
    return this.errno === undefined ? { errMsg } : { errMsg, errno: this.errno }
  }
}
