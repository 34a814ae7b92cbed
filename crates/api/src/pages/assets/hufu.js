// What makes the pages smoother. None of it is needed: without it every form has its button and every state its link.
"use strict";

// A form that only carries something on: the answer to a client, the end of a scan.
for (const form of document.querySelectorAll("form[data-submit]")) {
    HTMLFormElement.prototype.submit.call(form);
}

// Times in the person's own time zone.
for (const time of document.querySelectorAll("time[datetime]")) {
    const at = new Date(time.dateTime);
    if (!Number.isNaN(at.valueOf())) {
        const style = { dateStyle: "medium", timeStyle: "short" };
        time.textContent = new Intl.DateTimeFormat(document.documentElement.lang, style).format(at);
    }
}

// A password that can be looked at while it is typed.
for (const button of document.querySelectorAll("button[data-toggle]")) {
    const input = document.getElementById(button.dataset.toggle);
    button.hidden = false;
    button.addEventListener("click", () => {
        const shown = input.type === "text";
        input.type = shown ? "password" : "text";
        button.setAttribute("aria-pressed", String(!shown));
        input.focus();
    });
    // What is sent, and what the browser offers to keep, is a password again.
    input.form.addEventListener("submit", () => {
        input.type = "password";
    });
}

// No form is sent twice by an impatient thumb.
for (const form of document.querySelectorAll("form[method=post]")) {
    form.addEventListener("submit", (event) => {
        if (form.dataset.sent) {
            event.preventDefault();
        }
        form.dataset.sent = "yes";
    });
}
// A page that comes back from the browser's memory is fresh.
window.addEventListener("pageshow", () => {
    for (const form of document.querySelectorAll("form[data-sent]")) {
        delete form.dataset.sent;
    }
});

// A scan that is waited for: when its state is another one, the page is asked for anew.
const scan = document.querySelector("[data-poll]");
if (scan) {
    const ask = async () => {
        try {
            const answer = await fetch(scan.dataset.poll, { headers: { accept: "application/json" } });
            if (!answer.ok || (await answer.json()).state !== scan.dataset.state) {
                window.location.reload();
                return;
            }
        } catch {
            // The network is away: it is asked again.
        }
        window.setTimeout(ask, 2000);
    };
    window.setTimeout(ask, 2000);
}
