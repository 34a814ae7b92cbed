// Read by tsc only: a mini-program that knows WeChat's own typings can use the fake in place of wx.
import { createWx, type Wx } from '../types/index.js'

const fake: Wx = createWx({ sim: 'http://127.0.0.1:8090', appid: 'wxde30000000000001', user: 'alice' })
const wx: Pick<WechatMiniprogram.Wx, 'login' | 'request' | 'getStorageSync' | 'getRandomValues' | 'requirePrivacyAuthorize'> = fake

const login: Promise<WechatMiniprogram.LoginSuccessCallbackResult> = wx.login()
const task: WechatMiniprogram.RequestTask = wx.request({ url: 'https://id.example.com' })
const tap: Promise<{ detail: { code?: string } }> = fake.fake.tapGetPhoneNumber({ deny: true })

// @ts-expect-error a user is needed
createWx({ sim: '', appid: '' })
// @ts-expect-error wx.request has no promise
void task.then
// @ts-expect-error not in the fake
void fake.scanCode

export { login, tap }
