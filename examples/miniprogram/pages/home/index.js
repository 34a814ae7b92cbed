// Everything is here to be looked at without signing in. Only an order needs to know who orders.
const hufu = require('@hufu/miniprogram').default
const attempt = require('../../attempt')
const { issuer } = require('../../config')
const texts = require('../../texts')

Page({
  data: { t: {}, busy: false, error: '' },

  onLoad() {
    const t = texts().home
    this.setData({ t })
    wx.setNavigationBarTitle({ title: t.title })
  },

  order() {
    if (!hufu.user) return wx.navigateTo({ url: '/pages/login/index' })
    return attempt(this, async () => {
      // In a real shop: a request to the shop's own server, which checks the access token.
      await hufu.request({ url: `${issuer}/userinfo` })
      wx.showToast({ title: this.data.t.ordered })
    })
  },

  failed({ reason }) {
    if (reason === 'login_required' || reason === 'signed_out') wx.navigateTo({ url: '/pages/login/index' })
  },

  openAccount() {
    wx.navigateTo({ url: '/pages/account/index' })
  },
})
