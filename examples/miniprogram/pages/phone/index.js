// The phone number that WeChat knows. Each tap costs the tenant money, so the button rests while one is under way.
const hufu = require('@hufu/miniprogram').default
const attempt = require('../../attempt')
const offerMerge = require('../../merging')
const texts = require('../../texts')
const { goOn, leave, signedIn } = require('../../ways')

Page({
  data: { t: {}, busy: false, error: '', isSignedIn: false, consent: null, contract: '', otherWay: false },

  onLoad() {
    const t = texts().phone
    this.setData({ t, isSignedIn: Boolean(hufu.user) })
    wx.setNavigationBarTitle({ title: t.title })
    wx.getPrivacySetting({
      success: ({ needAuthorization, privacyContractName }) => this.setData({ contract: needAuthorization ? privacyContractName : '' }),
    })
  },

  // Where nobody is signed in, the button will need a code of wx.login, which is not to be fetched in its handler.
  onShow() {
    return hufu.preparePhone().catch(({ reason }) => console.warn('no code:', reason))
  },

  agree({ detail }) {
    this.setData({ consent: detail.consent })
  },

  readContract() {
    wx.openPrivacyContract({})
  },

  privacyAgreed() {
    this.setData({ contract: '' })
  },

  bind(event) {
    return attempt(this, async () => {
      await hufu.bindPhone(event)
      await this.bound()
    })
  },

  async bound() {
    for (const entry of this.data.consent || []) {
      const [document, version] = entry.split(':')
      await hufu.recordConsent({ document, version, action: 'accept' })
    }
    wx.showToast({ title: this.data.t.bound })
    signedIn()
  },

  async failed(error) {
    // That code is used up.
    this.onShow()
    // Declined, no quota, no privacy: another way is offered, and nobody is asked twice.
    this.setData({ otherWay: true })
    if (await offerMerge(error)) await this.bound()
    else if (error.next) goOn(error.next)
  },

  useSms() {
    wx.redirectTo({ url: '/pages/sms/index' })
  },

  skip() {
    hufu.cancelLogin()
    leave()
  },
})
