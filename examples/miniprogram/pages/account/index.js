// 我的账号: who the person is, how they sign in, where they are signed in, and the ways out.
const hufu = require('@hufu/miniprogram').default
const attempt = require('../../attempt')
const offerMerge = require('../../merging')
const texts = require('../../texts')
const when = require('../../when')

const KINDS = ['wechat', 'phone', 'account']
const PAGES = { phone: 'phone', account: 'password' }

Page({
  data: { t: {}, busy: false, error: '', isSignedIn: false, nickname: '', identities: [], missing: [], sessions: [] },

  onLoad() {
    const t = texts().account
    this.setData({ t })
    wx.setNavigationBarTitle({ title: t.title })
  },

  onShow() {
    this.setData({ isSignedIn: Boolean(hufu.user) })
    if (hufu.user) return attempt(this, () => this.load())
  },

  async load() {
    const [{ nickname = '' }, identities, sessions] = await Promise.all([hufu.profile(), hufu.identities(), hufu.sessions()])
    const missing = KINDS.filter(kind => !identities.some(identity => identity.kind === kind))
    this.setData({ nickname, identities, missing, sessions: sessions.map(session => ({ ...session, since: when(session.auth_time) })) })
  },

  async failed(error) {
    if (!hufu.user) return this.setData({ isSignedIn: false })
    if (error.reason === 'reauthentication_required') return this.signIn()
    if (await offerMerge(error)) await this.load()
  },

  signIn() {
    wx.navigateTo({ url: '/pages/login/index' })
  },

  typed({ detail }) {
    this.setData({ nickname: detail.value })
  },

  save() {
    const { nickname, t } = this.data
    return attempt(this, async () => {
      await hufu.updateProfile({ nickname: nickname || null })
      wx.showToast({ title: t.saved })
    })
  },

  link({ currentTarget }) {
    const { kind } = currentTarget.dataset
    if (PAGES[kind]) return wx.navigateTo({ url: `/pages/${PAGES[kind]}/index` })
    return attempt(this, async () => {
      await hufu.link({ wechat: true })
      await this.load()
    })
  },

  unlink({ currentTarget }) {
    return attempt(this, async () => {
      const { t } = this.data
      const { confirm } = await wx.showModal({ title: t.unlink, content: t.unlinkAsk, confirmText: t.unlinkYes, cancelText: t.unlinkNo })
      if (!confirm) return
      await hufu.unlink(currentTarget.dataset.id)
      await this.load()
    })
  },

  endSession({ currentTarget }) {
    return this.end(currentTarget.dataset.id)
  },

  endOthers() {
    return this.end()
  },

  end(id) {
    return attempt(this, async () => {
      await hufu.endSession(id)
      await this.load()
    })
  },

  export() {
    return attempt(this, async () => {
      const data = await hufu.exportData()
      await wx.setClipboardData({ data: JSON.stringify(data, null, 2) })
      wx.showToast({ title: this.data.t.exported })
    })
  },

  logout() {
    return attempt(this, async () => {
      await hufu.logout()
      this.setData({ isSignedIn: false })
      wx.showToast({ title: this.data.t.loggedOut })
    })
  },

  close() {
    wx.navigateTo({ url: '/pages/close/index' })
  },
})
