// The foot of the conversation: a reply to write, a ticket to claim, or why neither can be.
import { byId, h, icon } from "./dom.js";
import { cannedReplies } from "./canned.js";
import { draft, keepDraft } from "./outbox.js";
import { fill, number, page, words } from "./page.js";

const root = byId("desk-composer");
const TYPING_EVERY = 3000; // ms
const NEARLY_FULL = 300; // characters left from which they are counted

let ticket = {};
let shown = "";
let maxBody = Infinity;

/** actions: {send(body), claim(), typing()} */
export function composer(actions) {
  const text = h("textarea", { class: "desk-text", rows: "1", dir: "auto", enterkeyhint: "send" });
  const send = h(
    "button",
    { type: "submit", class: "desk-button desk-button-main" },
    icon("send"),
    h("span", {}, words.send),
  );
  const left = h("span", { class: "desk-left", role: "status" });
  const canned = cannedReplies(insert, () => ticket.reply_in);
  const form = h(
    "form",
    { class: "desk-reply", onsubmit: submit },
    canned.menu,
    text,
    h("div", { class: "desk-reply-tools" }, page.canned.length ? canned.button : null, left, send),
  );
  let told = 0;
  text.value = draft();

  function insert(words) {
    if (words) {
      const space = text.value && !/\s$/.test(text.value) ? " " : "";
      text.setRangeText(space + words, text.selectionStart, text.selectionEnd, "end");
      changed();
    }
    text.focus();
  }

  function changed() {
    keepDraft(text.value);
    const room = maxBody - text.value.length;
    left.textContent = room < NEARLY_FULL ? fill(words.characters_left, { count: number(room) }) : "";
    send.disabled = !text.value.trim() || room < 0;
    text.style.height = "auto";
    text.style.height = `${text.scrollHeight}px`;
  }

  function submit(event) {
    event?.preventDefault();
    const body = text.value.trim();
    if (!body || body.length > maxBody) return;
    actions.send(body);
    text.value = "";
    told = 0;
    changed();
    text.focus();
  }

  text.addEventListener("input", () => {
    changed();
    if (text.value.trim() && Date.now() - told > TYPING_EVERY) {
      told = Date.now();
      actions.typing();
    }
  });
  text.addEventListener("keydown", (event) => {
    if (event.isComposing || event.keyCode === 229) return; // Enter chooses a word of the input method
    if (event.key === "Enter" && !event.shiftKey) submit(event);
    if (event.key === "/" && !text.value && page.canned.length) {
      event.preventDefault();
      canned.open();
    }
  });

  const bars = {
    write: () => {
      const label = fill(words.reply, { name: page.head, language: words.languages[ticket.reply_in] });
      text.placeholder = label;
      text.setAttribute("aria-label", label);
      return form;
    },
    claim: () =>
      bar(
        "back_hand",
        words.claim_hint,
        h(
          "button",
          { type: "button", class: "desk-button desk-button-main", onclick: actions.claim },
          ticket.agent && !ticket.mine ? fill(words.claim_from, { name: ticket.agent }) : words.claim,
        ),
      ),
    held: () => bar("lock", fill(words.held_by, { name: ticket.agent })),
    watch: () => bar("visibility", words.watching),
    done: () =>
      bar(
        "task_alt",
        ticket.agent ? fill(words.resolved_by, { name: ticket.mine ? words.you : ticket.agent }) : words.resolved_note,
        h("span", { id: "desk-next" }),
      ),
  };

  function show(state, isAgent) {
    ticket = state;
    const kind = which(state, isAgent);
    const now = `${kind} ${state.agent} ${state.reply_in}`;
    if (now === shown) return;
    shown = now;
    root.replaceChildren(bars[kind]());
    if (kind === "write") {
      changed();
      if (matchMedia("(pointer: fine)").matches) text.focus();
    }
  }

  return {
    show,
    insert,
    hasDraft: () => text.value.trim() !== "",
    limit: (value) => (maxBody = value),
    restore: (body) => !text.value && insert(body),
  };
}

function which(state, isAgent) {
  if (state.status === "resolved") return "done";
  if (!isAgent) return "watch";
  if (state.status !== "claimed") return "claim";
  return state.mine ? "write" : "held";
}

const bar = (symbol, text, ...more) => h("div", { class: "desk-foot" }, icon(symbol), h("p", {}, text), ...more);
