// <button open-type="getPhoneNumber">
import { Failure } from './failure.js'

/**
 * @param {import('./app.js').App} app
 * @param {import('./simulator.js').Simulator} simulator
 * @param {{ appid: string, user: string }} phone
 * @param {(referrer: string) => Promise<void>} passPrivacy
 */
export function phoneNumber(app, simulator, phone, passPrivacy) {
  /** @param {import('../types/index.js').PhoneNumberTap} tap */
  async function outcome({ deny = false, errno, phone: number, realtime = false }) {
    try {
      app.failAsPlanned('getPhoneNumber')
      await passPrivacy('button.getPhoneNumber')
      if (deny) throw new Failure(undefined, 'user deny')
      if (errno !== undefined) throw new Failure(errno)
      const { code } = await simulator.call('phone-codes', { appid: phone.appid, user: phone.user, phone: number, realtime })
      return { errMsg: 'getPhoneNumber:ok', code }
    } catch (error) {
      if (error instanceof Failure) return error.result('getPhoneNumber')
      throw error
    }
  }

  return {
    fake: {
      /** @param {import('../types/index.js').PhoneNumberTap} [tap] */
      async tapGetPhoneNumber(tap = {}) {
        const type = tap.realtime ? 'getrealtimephonenumber' : 'getphonenumber'
        return { type, detail: await outcome(tap) }
      },
    },
  }
}
