// As much of a browser as the sign-in by scan needs: cookies, redirects, one form.

export class Browser {
  private readonly cookies = new Map<string, string>()

  async open(url: string, form?: Record<string, string>): Promise<{ url: string; html: string }> {
    const answer = await fetch(url, {
      redirect: 'manual',
      headers: { cookie: [...this.cookies].map(([name, value]) => `${name}=${value}`).join('; '), accept: 'text/html', origin: new URL(url).origin },
      ...(form && { method: 'POST', body: new URLSearchParams(form) }),
    })
    for (const cookie of answer.headers.getSetCookie()) {
      const [name, value] = cookie.split(';')[0]!.split(/=(.*)/s) as [string, string]
      this.cookies.set(name, value)
    }
    const to = answer.headers.get('location')
    if (answer.status === 303 && to) return this.open(new URL(to, url).href)
    return { url, html: await answer.text() }
  }

  /** Sends the form of a page whose action ends so. */
  submit(page: { url: string; html: string }, action: RegExp): Promise<{ url: string; html: string }> {
    const form = [...page.html.matchAll(/<form[^>]*action="([^"]*)"[\s\S]*?<\/form>/g)].find(([, to]) => action.test(to!.replace(/\?.*/, '')))
    if (!form) throw new Error(`no such form: ${page.html}`)
    const fields = [...form[0].matchAll(/<input[^>]*>/g)].map(([input]) => [/name="([^"]*)"/.exec(input)?.[1], /value="([^"]*)"/.exec(input)?.[1] ?? ''])
    return this.open(new URL(form[1]!.replaceAll('&amp;', '&'), page.url).href, Object.fromEntries(fields.filter(([name]) => name)))
  }
}
