// Every page as it is committed below crates/api/src/pages/snapshots: both languages, a phone and a desktop, light and dark, with
// JavaScript and without. No server is needed: a small one here serves the files under the policy that the real one sends.
import assert from "node:assert/strict";
import { createServer } from "node:http";
import { existsSync, readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { desktop, findings, keep, launch, overflow, phone, root, smallTargets } from "./browser.js";

const pages = join(root, "crates/api/src/pages");
const snapshots = join(pages, "snapshots");
const names = readdirSync(snapshots).filter((name) => name.endsWith(".html"));
// A code to scan, and logos: any picture.
const picture = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 40 40"><rect width="40" height="40" rx="9" fill="#2e7d32"/>
<path d="M13 30V12m7 18V9m7 21V14" stroke="#fff" stroke-width="3" stroke-linecap="round"/></svg>`;
const policy =
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data: https://tea.example https://shop.example; " +
    "form-action 'self'; frame-ancestors 'none'; base-uri 'none'; connect-src 'self'";

const files = {
    "/assets/hufu.css": ["text/css", () => ["hufu.css", "parts.css"].map((name) => read(join(pages, "assets", name))).join("\n")],
    "/assets/hufu.js": ["text/javascript", () => read(join(pages, "assets/hufu.js"))],
    "/t/demo/brand.css": ["text/css", () => read(join(snapshots, "brand.css"))],
    "/t/demo/scan/picture": ["image/svg+xml", () => picture],
};

function read(path) {
    return readFileSync(path, "utf8");
}

const server = createServer((request, response) => {
    const { pathname } = new URL(request.url, "http://localhost");
    const [type, content] = files[pathname] ?? [];
    const snapshot = join(snapshots, pathname.slice(1));
    if (content) {
        response.writeHead(200, { "content-type": type }).end(content());
    } else if (names.includes(pathname.slice(1)) && existsSync(snapshot)) {
        const headers = { "content-type": "text/html; charset=utf-8", "content-security-policy": policy };
        response.writeHead(200, headers).end(read(snapshot));
    } else {
        response.writeHead(404).end();
    }
});

let browser;
let base;
before(async () => {
    browser = await launch();
    await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
    base = `http://127.0.0.1:${server.address().port}`;
});
after(async () => {
    await browser?.close();
    server.close();
});

const looks = [
    { folder: "phone", viewport: phone, colorScheme: "light", javaScriptEnabled: true },
    { folder: "phone-dark", viewport: phone, colorScheme: "dark", javaScriptEnabled: true },
    { folder: "phone-no-script", viewport: phone, colorScheme: "light", javaScriptEnabled: false },
    { folder: "desktop", viewport: desktop, colorScheme: "light", javaScriptEnabled: true },
];

for (const { folder, ...options } of looks) {
    test(`every page can be read and used: ${folder}`, async () => {
        const context = await browser.newContext({ ...options, locale: "zh-CN", timezoneId: "Asia/Shanghai" });
        // Nothing leaves this machine; logos are drawn here.
        await context.route(/^https:/, (route) => route.fulfill({ contentType: "image/svg+xml", body: picture }));
        // A form that posts itself, or a page that renews itself, would be gone before it is looked at.
        await context.route(/\/(form_post|scan_).*\.html$/, async (route) => {
            const answer = await route.fetch();
            const still = [/data-submit="yes"/, /data-poll="[^"]*"/, /<meta http-equiv="refresh"[^>]*>/];
            const body = still.reduce((text, moving) => text.replace(moving, ""), await answer.text());
            await route.fulfill({ response: answer, body });
        });
        const page = await context.newPage();
        const errors = [];
        page.on("console", (message) => message.type() === "error" && errors.push(message.text()));
        page.on("pageerror", (error) => errors.push(String(error)));
        const wrong = [];
        for (const name of names) {
            await page.goto(`${base}/${name}`, { waitUntil: "load" });
            await keep(page, join("samples", folder), name.replace(/\.html$/, ""));
            // Without JavaScript axe cannot run either; what it looks at is the same document.
            const found = options.javaScriptEnabled ? await findings(page) : [];
            found.push(...(await overflow(page)).map((element) => `sticks out: ${element}`));
            found.push(...(await smallTargets(page)).map((element) => `too low: ${element}`));
            found.push(...errors.splice(0));
            wrong.push(...found.map((one) => `${name}: ${one}`));
        }
        await context.close();
        assert.deepEqual(wrong, []);
    });
}
