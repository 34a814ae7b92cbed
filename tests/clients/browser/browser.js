// The browser, and what every page that it shows is held to.
import { chromium } from "playwright-core";
import { mkdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";
import { join } from "node:path";

export const root = fileURLToPath(new URL("../../../", import.meta.url));
const target = process.env.CARGO_TARGET_DIR ?? join(root, "target");
/** Where screenshots are kept. */
export const screenshots = join(target, "screenshots");
const axe = createRequire(import.meta.url).resolve("axe-core/axe.min.js");

export const phone = { width: 390, height: 844 };
export const desktop = { width: 1280, height: 900 };

/** Starts the browser that is installed; `HUFU_CHROMIUM` names another. */
export async function launch() {
    const executablePath = process.env.HUFU_CHROMIUM ?? "/usr/bin/chromium";
    // The CAs that it trusts beside its own are those of its HOME.
    const tls = process.env.HUFU_TLS_FOLDER;
    const env = tls ? { ...process.env, HOME: join(tls, "home") } : process.env;
    // As root, in a container, there is no sandbox to be had; everything that is opened is on this machine.
    return chromium.launch({ executablePath, env, args: ["--no-sandbox", "--disable-dev-shm-usage"] });
}

/** Keeps a picture of the whole page. */
export async function keep(page, folder, name) {
    const path = join(screenshots, folder);
    mkdirSync(path, { recursive: true });
    await page.screenshot({ path: join(path, `${name}.png`), fullPage: true });
}

/** What is wrong with a page: findings of axe that are serious or critical, in the words of axe. */
export async function findings(page) {
    // Added by the debugger, so that the page's own policy need not allow it.
    await page.evaluate(readAxe());
    const result = await page.evaluate(() =>
        globalThis.axe.run(document, { runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"] }),
    );
    return result.violations
        .filter((violation) => ["serious", "critical"].includes(violation.impact))
        .map((violation) => `${violation.id}: ${violation.help}: ${violation.nodes.map((node) => node.html).join(" | ")}`);
}

let source;
function readAxe() {
    source ??= readFileSync(axe, "utf8");
    return source;
}

/** What sticks out of a page to the right, which a phone cannot show. */
export async function overflow(page) {
    return page.evaluate(() => {
        const width = document.documentElement.clientWidth;
        const out = [...document.querySelectorAll("body *")].filter((element) => {
            const box = element.getBoundingClientRect();
            return box.width > 1 && box.right > width + 1;
        });
        return out.map((element) => element.outerHTML.slice(0, 120));
    });
}

/** Buttons, inputs and links that stand alone but are lower than 44 pixels: too small for a thumb. */
export async function smallTargets(page) {
    return page.evaluate(() => {
        const all = document.querySelectorAll("button, .button, .link, .tabs a, .foot a, input:not([type=hidden]):not([type=checkbox]), select");
        const small = [...all].filter((element) => {
            const box = element.getBoundingClientRect();
            return box.height > 0 && box.height < 43.5;
        });
        return small.map((element) => `${element.getBoundingClientRect().height}: ${element.outerHTML.slice(0, 120)}`);
    });
}
