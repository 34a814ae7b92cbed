// Silent login, once the person asked for it: no form, no pop-up. And the other ways, and the way out.
const hufu = require('@hufu/miniprogram').default
const attempt = require('../../attempt')
const texts = require('../../texts')
const { goOn, leave, signedIn } = require('../../ways')

Page({
  data: { t: {}, notNow: '', busy: false, error: '', consent: null },

  onLoad() {
    const { login, notNow } = texts()
    this.setData({ t: login, notNow })
    wx.setNavigationBarTitle({ title: login.title })
  },

  agree({ detail }) {
    this.setData({ consent: detail.consent, error: '' })
  },

  wechat() {
    const { consent } = this.data
    if (!consent) return this.setData({ error: texts().consent.first })
    return attempt(this, async () => {
      await hufu.loginWithWechat({ consent })
      signedIn()
    })
  },

  failed({ next }) {
    if (next) return goOn(next)
  },

  open({ currentTarget }) {
    wx.navigateTo({ url: `/pages/${currentTarget.dataset.page}/index` })
  },

  notNow() {
    hufu.cancelLogin()
    leave()
  },
})
