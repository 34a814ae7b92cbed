// A phone and a code by SMS: to sign in, or to add to the account that is signed in.
const hufu = require('@hufu/miniprogram').default
const attempt = require('../../attempt')
const offerMerge = require('../../merging')
const texts = require('../../texts')
const { goOn, leave, signedIn } = require('../../ways')

const RESEND_AFTER = 60

Page({
  data: { t: {}, cancel: '', busy: false, error: '', isSignedIn: false, isSent: false, phone: '', otp: '', wait: 0, consent: null },

  onLoad() {
    const { sms: t, cancel } = texts()
    this.setData({ t, cancel, isSignedIn: Boolean(hufu.user) })
    wx.setNavigationBarTitle({ title: t.title })
  },

  onUnload() {
    clearInterval(this.timer)
  },

  typed({ currentTarget, detail }) {
    this.setData({ [currentTarget.dataset.name]: detail.value })
  },

  agree({ detail }) {
    this.setData({ consent: detail.consent, error: '' })
  },

  send() {
    const { phone, consent, isSignedIn, wait } = this.data
    if (wait > 0) return
    if (!isSignedIn && !consent) return this.setData({ error: texts().consent.first })
    return attempt(this, async () => {
      if (isSignedIn) await hufu.link({ phone })
      else await hufu.sendSms({ phone, consent })
      this.setData({ isSent: true, otp: '' })
      this.countDown(RESEND_AFTER)
    })
  },

  go() {
    const { phone, otp, isSignedIn } = this.data
    return attempt(this, async () => {
      if (isSignedIn) await hufu.link({ phone, otp })
      else await hufu.loginWithSms({ otp })
      signedIn()
    })
  },

  async failed(error) {
    if (error.reason === 'otp_resend_too_soon') this.countDown(error.retryAfter)
    if (await offerMerge(error)) signedIn()
    else if (error.next) goOn(error.next)
  },

  countDown(seconds) {
    clearInterval(this.timer)
    this.setData({ wait: seconds })
    this.timer = setInterval(() => {
      this.setData({ wait: this.data.wait - 1 })
      if (this.data.wait <= 0) clearInterval(this.timer)
    }, 1000)
  },

  notNow() {
    hufu.cancelLogin()
    leave()
  },
})
