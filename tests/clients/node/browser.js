// A browser as far as the hosted pages need one: cookies, redirects within the server, forms. No script runs in it.

/** One visitor of the pages at `origin`. */
export class Browser {
  #cookies = new Map();
  #origin;

  constructor(origin) {
    this.#origin = origin;
  }

  /** Goes to `url` and on while the server redirects within itself. `leftFor` is where it sends the browser in the end, if elsewhere. */
  async open(url, form) {
    let body = form && new URLSearchParams(form);
    for (let hop = 0; hop < 10; hop++) {
      const response = await fetch(url, {
        method: body ? "POST" : "GET",
        body,
        redirect: "manual",
        headers: { accept: "text/html", "accept-language": "en", cookie: this.#header() },
      });
      body = undefined;
      for (const cookie of response.headers.getSetCookie()) {
        const [, name, value] = /^([^=]+)=([^;]*)/.exec(cookie);
        if (/Max-Age=0/i.test(cookie)) this.#cookies.delete(name);
        else this.#cookies.set(name, value);
      }
      const to = response.headers.get("location");
      if (to === null) return { url, status: response.status, html: await response.text() };
      const next = new URL(to, url);
      if (next.origin !== this.#origin) return { url, status: response.status, leftFor: next };
      url = next.href;
    }
    throw new Error(`redirected in circles at ${url}`);
  }

  /** Fills in the form of `page` that has all these fields, and posts it. */
  async submit(page, fields) {
    const names = Object.keys(fields);
    const forms = [...page.html.matchAll(/<form[^>]*>.*?<\/form>/gs)].map(([form]) => form);
    const form = forms.find((form) => names.every((name) => form.includes(`name="${name}"`)));
    if (!form) throw new Error(`no form of ${names} at ${page.url}: ${page.html}`);
    const action = unescaped(/<form[^>]*\saction="([^"]*)"/.exec(form)[1]);
    const hidden = [...form.matchAll(/<input[^>]*type="hidden"[^>]*>/g)].map(([input]) => [
      unescaped(/name="([^"]*)"/.exec(input)[1]),
      unescaped(/value="([^"]*)"/.exec(input)[1]),
    ]);
    return this.open(new URL(action, page.url).href, { ...Object.fromEntries(hidden), ...fields });
  }

  #header() {
    return [...this.#cookies].map(([name, value]) => `${name}=${value}`).join("; ");
  }
}

function unescaped(text) {
  const entities = { "&amp;": "&", "&lt;": "<", "&gt;": ">", "&quot;": '"', "&#x27;": "'", "&#39;": "'", "&#x2f;": "/" };
  return text.replace(/&(amp|lt|gt|quot|#x27|#39|#x2f);/g, (entity) => entities[entity]);
}
