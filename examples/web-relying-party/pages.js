// What people see. Whatever is put into a template is escaped.

/** A template whose values are escaped, those that are templates themselves excepted. */
class Html {
  constructor(text) {
    this.text = text;
  }
}

function html(parts, ...values) {
  const shown = values.map((value) => (value instanceof Html ? value.text : escaped(String(value ?? ""))));
  return new Html(String.raw({ raw: parts }, ...shown));
}

function escaped(text) {
  const entities = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;" };
  return text.replace(/[&<>"']/g, (character) => entities[character]);
}

function page(title, body) {
  return html`<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>${title}</title></head>
<body><h1>${title}</h1>${body}</body>
</html>`.text;
}

export function welcome() {
  return page("A web application", html`<p>Nobody is signed in here.</p><p><a href="/sign-in">Sign in</a></p>`);
}

export function home({ user, sub, csrf, tokens }) {
  const name = user.nickname ?? user.preferred_username ?? sub;
  const button = (path, text) =>
    html`<form method="post" action="${path}"><input type="hidden" name="csrf" value="${csrf}"><button>${text}</button></form>`;
  return page(
    `Hello, ${name}`,
    html`<pre>${JSON.stringify(user, null, 2)}</pre>
<p>The access token, which stays on the server, is good until ${new Date(tokens.expiresAt).toISOString()}.</p>
<p><a href="/call">Call the API</a></p>${button("/refresh", "Refresh")}${button("/sign-out", "Sign out")}`,
  );
}

export function answer(status, text) {
  return page("The API answered", html`<p>${status}</p><pre>${text}</pre><p><a href="/">Back</a></p>`);
}

export function trouble(text) {
  return page("That did not work", html`<p>${text}</p><p><a href="/">Back</a></p>`);
}
