// What the app shows and where it goes: recorded, and answered by the test.
import { Failure } from './failure.js'

const BUTTON_TEXT_LIMIT = 4

/**
 * @param {import('./app.js').App} app
 */
export function screen(app) {
  /** @type {any} */
  const seen = { modals: [], toasts: [], loading: false, navigations: [], clipboard: '', title: '' }
  /** @type {(modal: any) => { confirm: boolean, content?: string }} */
  let answerModal = () => ({ confirm: false })

  /** @param {string} api @param {(options: any) => void} run */
  const record = (api, run) => app.api(api, run)
  /** @param {string} api */
  const go = (api) => record(api, ({ url, delta }) => void seen.navigations.push(url === undefined ? { api, delta } : { api, url }))
  /** Whatever a callback needs is not for the record. @param {any} options */
  const plain = ({ success, fail, complete, ...options }) => options

  return {
    wx: {
      showModal: app.api('showModal', (/** @type {any} */ options) => {
        for (const name of ['confirmText', 'cancelText']) {
          if (options[name]?.length > BUTTON_TEXT_LIMIT) throw new Failure(1001, `${name} length should not larger than 4 Chinese characters`)
        }
        seen.modals.push(plain(options))
        const { confirm, content = '' } = answerModal(plain(options))
        return { confirm, cancel: !confirm, content }
      }),
      showToast: record('showToast', (options) => void seen.toasts.push(plain(options))),
      hideToast: record('hideToast', () => {}),
      showLoading: record('showLoading', () => void (seen.loading = true)),
      hideLoading: record('hideLoading', () => void (seen.loading = false)),
      setNavigationBarTitle: record('setNavigationBarTitle', ({ title }) => void (seen.title = title)),
      setClipboardData: record('setClipboardData', ({ data }) => void (seen.clipboard = data)),
      navigateTo: go('navigateTo'),
      navigateBack: go('navigateBack'),
      redirectTo: go('redirectTo'),
      switchTab: go('switchTab'),
      reLaunch: go('reLaunch'),
      stopPullDownRefresh: record('stopPullDownRefresh', () => {}),
    },
    fake: {
      screen: seen,
      /** @param {typeof answerModal} answer */
      onModal(answer) {
        answerModal = answer
      },
    },
  }
}
