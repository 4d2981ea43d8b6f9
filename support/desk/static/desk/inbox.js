// The inbox: who waits for a person, who longest, and who has whom.
import { byId, h, icon } from "./dom.js";
import { connect } from "./link.js";
import { ago, fill, keepTime, number, page, severalSites, site, visitorOf, words } from "./page.js";

const SECTIONS = ["assigned", "mine", "open", "others", "resolved"];
const root = byId("desk-inbox");
const title = document.title;
const REASON_ICONS = {
  asked: "record_voice_over",
  upset: "mood_bad",
  not_found: "search_off",
  article: "assignment_ind",
  error: "error",
};

function show({ tickets = [] }) {
  const focused = document.activeElement?.dataset?.ticket;
  const unresolved = tickets.filter((ticket) => ticket.section !== "resolved");
  root.replaceChildren(
    ...(unresolved.length ? [] : [nobody()]),
    ...SECTIONS.map((name) =>
      section(
        name,
        tickets.filter((ticket) => ticket.section === name),
      ),
    ).filter(Boolean),
  );
  root.removeAttribute("aria-busy");
  if (focused) root.querySelector(`[data-ticket="${focused}"]`)?.focus();
  announce(tickets.filter((ticket) => ticket.section === "open" || ticket.section === "assigned").length);
}

function section(name, tickets) {
  if (!tickets.length) return null;
  const heading = h(
    "h2",
    { id: `desk-${name}`, class: "desk-heading" },
    words.sections[name],
    " ",
    h("span", { class: "desk-count" }, number(tickets.length)),
  );
  const list = h(
    "ul",
    { class: "desk-list", "aria-labelledby": `desk-${name}` },
    tickets.map((ticket) => h("li", {}, row(ticket))),
  );
  return h("section", { class: `desk-section desk-section-${name}` }, heading, list);
}

function row(ticket) {
  return h(
    "a",
    { class: "desk-row", href: `${page.inbox}${ticket.id}/`, "data-ticket": ticket.id },
    h(
      "span",
      { class: "desk-avatar", "aria-hidden": "true" },
      ticket.visitor ? initial(ticket.visitor) : icon("person"),
    ),
    h(
      "span",
      { class: "desk-row-main" },
      h(
        "span",
        { class: "desk-row-top" },
        h("span", { class: "desk-name" }, visitorOf(ticket)),
        ticket.unanswered && ticket.section === "mine" && h("span", { class: "desk-chip desk-chip-hot" }, words.unread),
        ticket.upset && h("span", { class: "desk-chip desk-chip-bad" }, icon("priority_high"), words.upset),
      ),
      h("span", { class: "desk-words", dir: "auto" }, ticket.words),
      h(
        "span",
        { class: "desk-row-chips" },
        ticket.upset && ticket.reason === "upset"
          ? null
          : h(
              "span",
              { class: "desk-chip" },
              icon(REASON_ICONS[ticket.reason] ?? "help"),
              words.reasons[ticket.reason] ?? ticket.reason,
            ),
        h("span", { class: "desk-chip" }, icon("translate"), words.languages[ticket.language] ?? ticket.language),
        severalSites && h("span", { class: "desk-chip" }, icon("public"), site(ticket.site)),
        owner(ticket),
      ),
    ),
    h(
      "span",
      { class: "desk-row-side" },
      h("time", { datetime: ticket.since, "data-since": "" }, ago(ticket.since)),
      h("span", { class: "desk-row-number" }, `#${number(ticket.id)}`),
    ),
  );
}

function owner(ticket) {
  if (ticket.section !== "others" && ticket.section !== "resolved") return null;
  return ticket.agent && h("span", { class: "desk-chip desk-chip-plain" }, icon("support_agent"), ticket.agent);
}

const nobody = () =>
  h("div", { class: "desk-empty" }, icon("check_circle"), h("h2", {}, words.empty_title), h("p", {}, words.empty_text));
const initial = (name) => [...new Intl.Segmenter().segment(name)][0]?.segment.toUpperCase() ?? "?";

/** For who listens instead of looking, and for who has another tab open. */
function announce(waiting) {
  for (const badge of document.querySelectorAll("[data-desk-waiting]"))
    badge.textContent = waiting ? number(waiting) : "";
  document.title = waiting ? `(${number(waiting)}) ${title}` : title;
  const text = fill(words.waiting_count, { count: number(waiting) });
  if (byId("desk-news").textContent !== text) byId("desk-news").textContent = text;
}

addEventListener("keydown", (event) => {
  const step = { ArrowDown: 1, j: 1, ArrowUp: -1, k: -1 }[event.key];
  if (
    !step ||
    event.ctrlKey ||
    event.altKey ||
    event.metaKey ||
    ![document.body, ...root.querySelectorAll("a")].includes(document.activeElement)
  )
    return;
  const rows = [...root.querySelectorAll(".desk-row")];
  rows[rows.indexOf(document.activeElement) + step]?.focus();
  event.preventDefault();
});

keepTime();
connect({ hello: () => ({}), listeners: { inbox: show } });
