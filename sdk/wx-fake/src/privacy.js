// The gate before whatever touches personal data, since 2023.
import { Failure } from './failure.js'

/** @typedef {(resolve: (answer: import('../types/index.js').PrivacyAnswer) => void, info: { referrer: string }) => void} Listener */

/**
 * @param {import('./app.js').App} app
 * @param {import('../types/index.js').PrivacyState} state
 */
export function privacy(app, state) {
  let agreed = state === 'agreed'
  /** @type {Set<string>} */
  const tapped = new Set()
  /** @type {Listener | undefined} */
  let listener
  app.onKill(() => {
    listener = undefined
    tapped.clear()
  })

  /**
   * Opens, or throws errno 104.
   * @param {string} referrer
   */
  async function pass(referrer) {
    if (agreed) return
    agreed = listener ? await ask(listener, referrer) : state === 'needed'
    if (!agreed) throw new Failure(104)
  }

  /**
   * @param {Listener} listener
   * @param {string} referrer
   * @returns {Promise<boolean>}
   */
  const ask = (listener, referrer) =>
    new Promise((decide) => {
      listener(
        (answer) => {
          // WeChat believes in an agreement only where its button was tapped.
          if (answer.event === 'agree') decide(tapped.has(answer.buttonId))
          if (answer.event === 'disagree') decide(false)
        },
        { referrer },
      )
    })

  return {
    pass,
    wx: {
      getPrivacySetting: app.api('getPrivacySetting', () => ({
        needAuthorization: !agreed,
        privacyContractName: '《小程序隐私保护指引》',
      })),
      requirePrivacyAuthorize: app.api('requirePrivacyAuthorize', () => pass('requirePrivacyAuthorize')),
      openPrivacyContract: app.api('openPrivacyContract', () => {}),
      /** @param {Listener} callback the last one counts */
      onNeedPrivacyAuthorization(callback) {
        listener = callback
      },
    },
    fake: {
      tapAgreePrivacy(buttonId = 'agree-btn') {
        tapped.add(buttonId)
        agreed = true
        return { type: 'agreeprivacyauthorization', detail: { buttonId } }
      },
    },
  }
}
