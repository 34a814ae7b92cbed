// A person's way through the pages of `hufu dev`, in a real browser: registering, consent, the account, signing out, signing in
// again by password and by a code to the phone; in both languages, on a phone and a desktop, with JavaScript and without.
//
// HUFU_ISSUER and HUFU_SIM say where the server and the simulator are, HUFU_DEMO_WEB_SECRET_FILE where the client's secret is.
// Every page on the way is held to what `browser.js` says, and kept as a picture below target/screenshots/walk.
import assert from "node:assert/strict";
import { createHash, randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { after, before, test } from "node:test";
import { join } from "node:path";
import { desktop, findings, keep, launch, overflow, phone, smallTargets } from "./browser.js";

const issuer = process.env.HUFU_ISSUER;
const sim = process.env.HUFU_SIM;
const secret = readFileSync(process.env.HUFU_DEMO_WEB_SECRET_FILE, "utf8").trim();
const callback = "http://127.0.0.1:3000/callback";
const password = "teapot violin 42 harbour";

// The client's page: it says no more than that the browser is there.
const client = createServer((_, response) => response.writeHead(200, { "content-type": "text/plain" }).end("the client"));

let browser;
before(async () => {
    const { hostname, port } = new URL(callback);
    await new Promise((resolve, reject) => client.once("error", reject).listen(Number(port), hostname, resolve));
    browser = await launch();
});
after(async () => {
    await browser?.close();
    client.close();
});

const looks = [
    { folder: "phone-zh", viewport: phone, locale: "zh-CN", javaScriptEnabled: true },
    { folder: "phone-en-no-script", viewport: phone, locale: "en-US", javaScriptEnabled: false },
    { folder: "desktop-en", viewport: desktop, locale: "en-US", javaScriptEnabled: true },
    { folder: "desktop-zh-no-script", viewport: desktop, locale: "zh-CN", javaScriptEnabled: false },
];

/** One person with a browser of their own. */
class Walk {
    constructor(look, context, page) {
        Object.assign(this, { look, context, page, steps: 0, wrong: [], arrived: undefined });
        page.on("request", (request) => {
            if (request.isNavigationRequest() && request.url().startsWith(callback)) {
                this.arrived = request.url();
            }
        });
        page.on("console", (message) => {
            if (message.type() === "error" && !/status of 4\d\d/.test(message.text())) {
                this.wrong.push(message.text());
            }
        });
    }

    static async start(look) {
        const { folder: _, ...options } = look;
        const context = await browser.newContext({
            ...options,
            timezoneId: "Asia/Shanghai",
        });
        return new Walk(look, context, await context.newPage());
    }

    /** Looks at the page as it is now. */
    async look_at(name) {
        this.steps += 1;
        const number = String(this.steps).padStart(2, "0");
        await keep(this.page, join("walk", this.look.folder), `${number}-${name}`);
        const { found, lang } = await this.findings();
        this.wrong.push(...found.map((one) => `${name}: ${one}`));
        assert.equal(lang, this.look.locale.startsWith("zh") ? "zh-CN" : "en", name);
    }

    /** What is wrong with the page as it is. Without scripts a page may renew itself under the look, which then begins again. */
    async findings() {
        for (let renewed = 0; ; renewed += 1) {
            try {
                const found = this.look.javaScriptEnabled ? await findings(this.page) : [];
                found.push(...(await overflow(this.page)), ...(await smallTargets(this.page)));
                return { found, lang: await this.page.getAttribute("html", "lang") };
            } catch (error) {
                const isRenewed = !this.look.javaScriptEnabled && /context was destroyed|navigat/i.test(error.message);
                if (!isRenewed || renewed === 20) throw error;
                await this.page.waitForLoadState();
            }
        }
    }

    async press(id) {
        await this.page.click(`#${id}`);
        await this.page.waitForLoadState();
    }

    /** Goes to the authorization endpoint as a client sends people there. */
    async authorize(more = {}) {
        this.verifier = randomBytes(32).toString("base64url");
        this.state = randomBytes(8).toString("hex");
        const parameters = {
            client_id: "demo-web",
            redirect_uri: callback,
            response_type: "code",
            scope: "openid profile phone offline_access",
            state: this.state,
            code_challenge: createHash("sha256").update(this.verifier).digest("base64url"),
            code_challenge_method: "S256",
            ...more,
        };
        this.arrived = undefined;
        await this.page.goto(`${issuer}/authorize?${new URLSearchParams(parameters)}`);
    }

    /** What the client was sent. */
    answer() {
        assert.ok(this.arrived, `the browser came back to the client; it is at ${this.page.url()}`);
        const { searchParams } = new URL(this.arrived);
        assert.equal(searchParams.get("state"), this.state);
        assert.equal(searchParams.get("iss"), issuer);
        return searchParams;
    }

    /** Redeems the code that the client was sent. */
    async redeem() {
        const answer = await fetch(`${issuer}/token`, {
            method: "POST",
            headers: { authorization: `Basic ${Buffer.from(`demo-web:${secret}`).toString("base64")}` },
            body: new URLSearchParams({
                grant_type: "authorization_code",
                code: this.answer().get("code"),
                redirect_uri: callback,
                code_verifier: this.verifier,
            }),
        });
        const tokens = await answer.json();
        assert.equal(answer.status, 200, JSON.stringify(tokens));
        return tokens;
    }

    async end() {
        await this.context.close();
        assert.deepEqual(this.wrong, []);
    }
}

async function smsCode(number) {
    const answer = await (await fetch(`${sim}/__sim/v1/sms`)).json();
    const messages = (answer.messages ?? answer).filter((message) => (message.to ?? message.phone) === number);
    return messages.at(-1).code;
}

const appid = "wxde30000000000001";

async function posted(url, body, headers = {}) {
    const answer = await fetch(url, {
        method: "POST",
        headers: { "content-type": "application/json", ...headers },
        body: JSON.stringify(body),
    });
    assert.ok(answer.ok, `${url} answers ${answer.status}`);
    return answer.status === 204 ? undefined : answer.json();
}

/** What somebody's phone does who scans the code that was drawn last: it opens the mini-program and signs in there. */
async function scanned(user) {
    const drawn = await (await fetch(`${sim}/__sim/v1/requests?path=/wxa/getwxacodeunlimit&secrets=true`)).json();
    const { scene } = drawn.at(-1).body;
    const { page, code } = await posted(`${sim}/__sim/v1/scan`, { appid, scene, user });
    assert.equal(page, "pages/scan/index");
    const grant = { grant_type: "urn:hufu:grant-type:wechat-code", client_id: "demo-shop", js_code: code };
    const answer = await fetch(`${issuer}/token`, { method: "POST", body: new URLSearchParams(grant) });
    const { access_token } = await answer.json();
    const api = (path, body) => posted(`${issuer}${path}`, { scene, ...body }, { authorization: `Bearer ${access_token}` });
    const asked = await api("/scan");
    return { asked, decide: (decision) => api("/scan/confirm", { decision }) };
}

let people = 0;

for (const look of looks) {
    test(`a person registers, allows, manages and leaves: ${look.folder}`, async () => {
        people += 1;
        const name = `walker${people}.${randomBytes(4).toString("hex")}`;
        const walk = await Walk.start(look);
        const { page } = walk;

        // Signing in is where a stranger lands; a wrong password is told at its input.
        await walk.authorize();
        await walk.look_at("login");
        await page.fill("#username", name);
        await page.fill("#password", "wrong, of course");
        await walk.press("login-submit");
        await walk.look_at("login-refused");
        assert.equal(await page.inputValue("#username"), name);
        assert.equal(await page.getAttribute("#password", "aria-invalid"), "true");

        // Registering.
        await walk.press("register-link");
        await walk.look_at("register");
        await page.fill("#username", name);
        await page.fill("#password", "short");
        await walk.press("register-submit");
        await walk.look_at("register-refused");
        await page.fill("#password", password);
        await walk.press("register-submit");

        // Consent: no, then yes.
        await page.waitForSelector("#consent-allow");
        await walk.look_at("consent");
        await walk.press("consent-deny");
        assert.equal(walk.answer().get("error"), "access_denied");
        await walk.authorize();
        await walk.press("consent-allow");
        const tokens = await walk.redeem();
        assert.ok(tokens.refresh_token && tokens.id_token);

        // Remembered: the next time nobody is asked.
        await walk.authorize();
        assert.ok(walk.answer().get("code"));
        await walk.authorize({ prompt: "none" });
        assert.ok(walk.answer().get("code"));

        // An answer by form.
        await walk.authorize({ response_mode: "form_post" });
        if (!look.javaScriptEnabled) {
            await walk.look_at("form-post");
            await walk.press("form-post-submit");
        }
        await page.waitForURL(`${callback}**`);

        // The account.
        await page.goto(`${issuer}/me`);
        await walk.look_at("account");
        await page.fill("#nickname", "竹子 Bamboo");
        await page.fill("#picture", "http://not-https.example/");
        await walk.press("profile-save");
        await walk.look_at("account-refused");
        assert.equal(await page.inputValue("#nickname"), "竹子 Bamboo", "what was typed is not lost");
        await page.fill("#picture", "");
        await walk.press("profile-save");
        await walk.look_at("account-saved");
        assert.equal(await page.inputValue("#nickname"), "竹子 Bamboo");
        const [file] = await Promise.all([page.waitForEvent("download"), page.click("#export")]);
        assert.equal(file.suggestedFilename(), "account.json");
        await page.click('button[value="revoke"]');
        await page.waitForLoadState();
        await walk.look_at("account-revoked");
        assert.equal(await page.locator('button[value="revoke"]').count(), 0);
        await walk.authorize({ prompt: "none" });
        assert.equal(walk.answer().get("error"), "consent_required");

        // Signing out by the client's ID token, and from nowhere.
        await page.goto(`${issuer}/logout?client_id=demo-web`);
        await walk.look_at("logout");
        await walk.press("logout-confirm");
        await walk.look_at("signed-out");
        await walk.authorize({ prompt: "none" });
        assert.equal(walk.answer().get("error"), "login_required");

        // By password again; then the account is closed.
        await page.goto(`${issuer}/me`);
        await page.fill("#username", name);
        await page.fill("#password", password);
        await walk.press("login-submit");
        await page.waitForURL(`${issuer}/me**`);
        await walk.press("close");
        await walk.look_at("close");
        await page.check("#understood");
        await walk.press("close-submit");
        await walk.look_at("closed");
        await walk.end();
    });

    test(`a person signs in with a phone: ${look.folder}`, async () => {
        people += 1;
        const number = `+86138${String(Date.now() % 10_000_000).padStart(7, "0")}${people}`.slice(0, 14);
        const walk = await Walk.start(look);
        const { page } = walk;
        await walk.authorize({ login_hint: number });
        await walk.look_at("login-phone");
        assert.equal(await page.inputValue("#phone"), number);
        await page.fill("#phone", "12345");
        await walk.press("phone-submit");
        await walk.look_at("login-phone-refused");
        await page.fill("#phone", number);
        await walk.press("phone-submit");
        await page.waitForSelector("#otp");
        await walk.look_at("code");
        await walk.press("otp-resend");
        assert.equal(await page.locator("#problem").count(), 1, "another one so soon is refused, and that is said");
        await walk.look_at("code-resent-too-soon");
        const code = await smsCode(number);
        await page.fill("#otp", code === "000000" ? "111111" : "000000");
        await walk.press("otp-submit");
        await walk.look_at("code-refused");
        await page.fill("#otp", code);
        await walk.press("otp-submit");
        await page.waitForSelector("#consent-allow");
        await walk.look_at("consent");
        await walk.press("consent-allow");
        await walk.redeem();
        await walk.end();
    });
}

for (const look of looks) {
    test(`a person signs in by scan: ${look.folder}`, async () => {
        people += 1;
        const walk = await Walk.start(look);
        const { page } = walk;
        await walk.authorize();
        await page.click('a[href*="method=scan"]');
        await walk.press("scan-start");
        await page.waitForSelector("img.qr");
        await page.waitForFunction(() => document.querySelector("img.qr")?.naturalWidth > 0);
        await walk.look_at("scan");
        const digits = await page.textContent("#match-code");
        // Without scripts the page renews itself, and who does not want to wait follows a link.
        if (!look.javaScriptEnabled) await walk.press("scan-refresh");
        const denying = await scanned(`scanner${people}`);
        await page.waitForSelector('[data-state="scanned"]');
        await walk.look_at("scan-scanned");
        assert.equal(denying.asked.match_code, digits.trim());
        await denying.decide("deny");
        await page.waitForSelector("#scan-again");
        await walk.look_at("scan-denied");
        await walk.press("scan-again");
        await page.waitForSelector("img.qr");
        const confirming = await scanned(`scanner${people}`);
        await confirming.decide("confirm");
        if (look.javaScriptEnabled) {
            await page.waitForSelector("#consent-allow");
        } else {
            await page.waitForSelector("#scan-submit");
            await walk.look_at("scan-confirmed");
            await walk.press("scan-submit");
        }
        await walk.press("consent-allow");
        const tokens = await walk.redeem();
        const [, claims] = tokens.id_token.split(".");
        assert.deepEqual(JSON.parse(Buffer.from(claims, "base64url")).amr, ["wechat"]);
        await walk.end();
    });
}

for (const look of looks) {
    test(`a person lets a device in: ${look.folder}`, async () => {
        people += 1;
        const operator = readFileSync(process.env.HUFU_OPERATOR_TOKEN_FILE, "utf8").trim();
        const grant = "urn:ietf:params:oauth:grant-type:device_code";
        const client = {
            client_name: "Demo TV",
            token_endpoint_auth_method: "none",
            grant_types: [grant, "refresh_token"],
            scope: "openid profile offline_access",
        };
        const registered = await fetch(issuer.replace("/t/demo", "/admin/v1/tenants/demo/clients/demo-tv"), {
            method: "PUT",
            headers: { authorization: `Bearer ${operator}`, "content-type": "application/json" },
            body: JSON.stringify(client),
        });
        assert.ok(registered.ok, await registered.text());
        const post = async (path, form) => {
            const body = new URLSearchParams({ client_id: "demo-tv", ...form });
            return (await fetch(`${issuer}${path}`, { method: "POST", body })).json();
        };
        const device = await post("/device_authorization", { scope: client.scope });

        // The person types the address into a browser where nobody is signed in.
        const walk = await Walk.start(look);
        const { page } = walk;
        await page.goto(device.verification_uri);
        await page.click("#register-link");
        await page.fill("#username", `tv${people}.${randomBytes(4).toString("hex")}`);
        await page.fill("#password", password);
        await walk.press("register-submit");
        await page.waitForSelector("#device-submit");
        await walk.look_at("device");
        await page.fill("#user_code", "BBBB-BBBB");
        await walk.press("device-submit");
        await walk.look_at("device-refused");
        assert.equal(await page.getAttribute("#user_code", "aria-invalid"), "true");
        await page.fill("#user_code", device.user_code.toLowerCase().replace("-", " "));
        await walk.press("device-submit");
        await page.waitForSelector("#device-allow");
        await walk.look_at("device-confirm");
        assert.match(await page.textContent("main"), new RegExp(device.user_code));
        await walk.press("device-allow");
        await walk.look_at("device-allowed");
        const tokens = await post("/token", { grant_type: grant, device_code: device.device_code });
        assert.ok(tokens.refresh_token, JSON.stringify(tokens));

        // A link that has the code still waits for a person's word.
        const other = await post("/device_authorization", { scope: client.scope });
        await page.goto(other.verification_uri_complete);
        assert.equal(await page.inputValue("#user_code"), other.user_code);
        await walk.press("device-submit");
        await walk.press("device-deny");
        await walk.look_at("device-denied");
        const denied = await post("/token", { grant_type: grant, device_code: other.device_code });
        assert.equal(denied.error, "access_denied");
        await walk.end();
    });
}

test("the language of the page is the person's choice, and stays", async () => {
    const walk = await Walk.start({ folder: "languages", viewport: phone, locale: "zh-CN", javaScriptEnabled: false });
    const { page } = walk;
    await walk.authorize({ ui_locales: "fr en" });
    assert.equal(await page.getAttribute("html", "lang"), "en");
    await page.click('a[hreflang="zh-CN"]');
    assert.equal(await page.getAttribute("html", "lang"), "zh-CN");
    await page.click("#register-link");
    assert.equal(await page.getAttribute("html", "lang"), "zh-CN");
    await walk.authorize({ ui_locales: "en" });
    assert.equal(await page.getAttribute("html", "lang"), "zh-CN", "what the person chose counts before what the client says");
    await walk.end();
});

test("a request that cannot be answered by redirect is answered by a page", async () => {
    const walk = await Walk.start({ folder: "errors", viewport: phone, locale: "en-US", javaScriptEnabled: true });
    const { page } = walk;
    await walk.authorize({ redirect_uri: "https://elsewhere.example/callback" });
    await walk.look_at("invalid-redirect-uri");
    assert.match(await page.textContent("main"), /Invalid redirect_uri/);
    await walk.authorize({ client_id: "nobody" });
    await walk.look_at("unknown-client");
    assert.match(await page.textContent("main"), /Unknown client/);
    await page.goto(`${issuer}/login?request=req_00000000000000000000000000000000`);
    await walk.look_at("expired");
    await page.goto(`${issuer}/login/nothing`);
    await walk.look_at("not-found");
    await walk.end();
});
