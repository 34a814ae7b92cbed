// Where a person goes next.

const PAGES = { wechat: 'login', phone: 'phone', account: 'password', otp: 'sms' }
const STEPS = Object.values(PAGES).map(page => `pages/${page}/index`)

/** Back to what was open before the login began. */
exports.signedIn = () => {
  const open = getCurrentPages().map(page => page.route)
  let steps = 0
  while (steps < open.length && STEPS.includes(open[open.length - 1 - steps])) steps++
  back(steps)
}

/** One page back, and nothing done. */
exports.leave = () => back(1)

/** The tenant wants another proof: `next` of an error names what it takes. */
exports.goOn = next => {
  const proof = next.find(name => PAGES[name])
  if (proof) wx.redirectTo({ url: `/pages/${PAGES[proof]}/index` })
}

function back(delta) {
  if (delta < getCurrentPages().length) wx.navigateBack({ delta })
  else wx.reLaunch({ url: '/pages/home/index' })
}
