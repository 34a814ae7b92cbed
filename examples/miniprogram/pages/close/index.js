// 注销: what it means is said first, and it is as easy as registering was. Nobody is signed in again afterwards without asking for it.
const hufu = require('@hufu/miniprogram').default
const attempt = require('../../attempt')
const texts = require('../../texts')
const { leave } = require('../../ways')
const when = require('../../when')

Page({
  data: { t: {}, done: '', busy: false, error: '', isUnderstood: false, proof: '', secret: '', closesAt: '' },

  onLoad() {
    const { close: t, done } = texts()
    this.setData({ t, done })
    wx.setNavigationBarTitle({ title: t.title })
  },

  understand({ detail }) {
    this.setData({ isUnderstood: detail.value.length > 0 })
  },

  typed({ detail }) {
    this.setData({ secret: detail.value })
  },

  send() {
    return attempt(this, () => hufu.sendSms({ phone: this.phone }))
  },

  close() {
    if (!this.data.isUnderstood) return
    return attempt(this, async () => {
      const { closes_at } = await hufu.closeAccount(this.proof())
      this.setData({ closesAt: when(closes_at) })
    })
  },

  proof() {
    const { proof, secret } = this.data
    if (proof === 'password') return { username: this.username, password: secret }
    if (proof === 'otp') return { otp: secret }
  },

  async failed({ reason }) {
    if (reason !== 'reauthentication_required') return
    const { phone_number, username } = await hufu.profile()
    this.phone = phone_number
    this.username = username
    this.setData({ proof: username ? 'password' : 'otp' })
  },

  leave() {
    if (this.data.closesAt) wx.reLaunch({ url: '/pages/home/index' })
    else leave()
  },
})
