// The app comes to the front and goes to the back.

/**
 * @param {import('./app.js').App} app
 */
export function visibility(app) {
  const shown = new Set()
  const hidden = new Set()
  app.onKill(() => {
    shown.clear()
    hidden.clear()
  })

  return {
    wx: {
      /** @param {(launch: any) => void} listener */
      onAppShow: (listener) => void shown.add(listener),
      /** @param {(launch: any) => void} [listener] */
      offAppShow: (listener) => void (listener ? shown.delete(listener) : shown.clear()),
      /** @param {() => void} listener */
      onAppHide: (listener) => void hidden.add(listener),
      /** @param {() => void} [listener] */
      offAppHide: (listener) => void (listener ? hidden.delete(listener) : hidden.clear()),
    },
    fake: {
      show: (launch = {}) => shown.forEach((listener) => listener({ path: '', query: {}, scene: 1001, ...launch })),
      hide: () => hidden.forEach((listener) => listener()),
    },
  }
}
