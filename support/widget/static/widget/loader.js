// The one script on a customer's page: a button, and the chat in a frame of its own. It shares no style and no global with
// the page: everything stands in a shadow root, and the frame is loaded when it is first opened.
(() => {
  const script = document.currentScript;
  const { site, language, name } = script.dataset;
  const server = new URL(script.src).origin;
  if (!site) return console.error('cxbot: the script tag needs data-site="…", the key of your site.');
  const words = {
    bn: { open: "চ্যাট খুলুন", close: "চ্যাট বন্ধ করুন", title: "চ্যাট", unread: "নতুন বার্তা" },
    en: { open: "Open chat", close: "Close chat", title: "Chat", unread: "new messages" },
  }[(language || document.documentElement.lang || "bn").startsWith("en") ? "en" : "bn"];

  const STYLE = `
    :host { all: initial; }
    button { position: fixed; z-index: 2147483000; right: max(20px, env(safe-area-inset-right));
      bottom: max(20px, env(safe-area-inset-bottom)); width: 60px; height: 60px; padding: 0; border: 0; border-radius: 50%;
      background: #0f766e; color: #fff; cursor: pointer; box-shadow: 0 6px 24px rgb(0 0 0 / .28); }
    button:hover { background: #115e59; }
    button:focus-visible { outline: 3px solid #0f766e; outline-offset: 3px; }
    svg { width: 28px; height: 28px; display: block; margin: auto; }
    .badge { position: absolute; top: -4px; right: -4px; min-width: 22px; height: 22px; border-radius: 11px; background: #b91c1c;
      font: 700 13px/22px system-ui, sans-serif; text-align: center; }
    .badge[hidden] { display: none; }
    iframe { position: fixed; z-index: 2147483001; border: 0; background: #fff; color-scheme: normal; inset: 0;
      width: 100%; height: 100%; }
    iframe[hidden] { display: none; }
    @media (min-width: 600px) {
      iframe { inset: auto max(20px, env(safe-area-inset-right)) 92px auto; width: 390px; height: min(640px, calc(100vh - 112px));
        border-radius: 16px; box-shadow: 0 12px 48px rgb(0 0 0 / .3); }
    }`;
  const ICON =
    '<svg viewBox="0 0 24 24" fill="none" stroke="currentColor" stroke-width="2" stroke-linejoin="round" aria-hidden="true">' +
    '<path d="M21 12a8 8 0 0 1-11.6 7.1L4 20.5l1.4-4.6A8 8 0 1 1 21 12Z"/></svg>';

  const host = document.createElement("div");
  const shadow = host.attachShadow({ mode: "open" });
  const style = document.createElement("style");
  style.textContent = STYLE;
  const button = document.createElement("button");
  button.type = "button";
  button.innerHTML = ICON;
  const badge = document.createElement("span");
  badge.className = "badge";
  badge.hidden = true;
  button.append(badge);
  shadow.append(style, button);
  let frame = null;
  let open = false;

  function makeFrame() {
    frame = document.createElement("iframe");
    frame.title = words.title;
    const chosen = language ? `?language=${encodeURIComponent(language)}` : "";
    frame.src = `${server}/widget/${encodeURIComponent(site)}/${chosen}#${encodeURIComponent(name || "")}`;
    frame.addEventListener("load", tell);
    shadow.append(frame);
  }

  const tell = () => frame.contentWindow.postMessage({ cxbot: open ? "opened" : "closed" }, server);

  function show(now) {
    open = now;
    const isNew = !frame;
    if (isNew) makeFrame();
    frame.hidden = !open;
    button.setAttribute("aria-label", open ? words.close : words.open);
    button.setAttribute("aria-expanded", String(open));
    if (open) {
      unread(0);
      frame.focus();
    } else button.focus();
    if (!isNew) tell(); // a new one is told when it has loaded: before that nobody is there to hear
  }

  function unread(count) {
    badge.hidden = !count;
    badge.textContent = count;
    if (count) button.setAttribute("aria-label", `${words.open} (${count} ${words.unread})`);
  }

  button.setAttribute("aria-label", words.open);
  button.setAttribute("aria-expanded", "false");
  button.addEventListener("click", () => show(!open));
  addEventListener("keydown", (event) => event.key === "Escape" && open && show(false));
  addEventListener("message", ({ origin, source, data }) => {
    if (!frame || origin !== server || source !== frame.contentWindow) return;
    if (data?.cxbot === "close") show(false);
    if (data?.cxbot === "unread" && !open) unread(Number(data.count) || 0);
  });
  const start = () => document.body.append(host);
  if (document.body) start();
  else addEventListener("DOMContentLoaded", start);
})();
