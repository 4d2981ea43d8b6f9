// The words that agents send often, in the visitor's language, behind a button or a "/" in an empty reply.
import { h, icon } from "./dom.js";
import { page, words } from "./page.js";

/** insert(text) puts the chosen words into the reply. Returns {button, menu, open, close}. */
export function cannedReplies(insert, language) {
  const filter = h("input", {
    type: "search",
    class: "desk-canned-filter",
    placeholder: words.canned_filter,
    "aria-label": words.canned_filter,
    role: "combobox",
    "aria-expanded": "true",
    "aria-controls": "desk-canned-list",
    autocomplete: "off",
  });
  const list = h("ul", {
    id: "desk-canned-list",
    class: "desk-canned-list",
    role: "listbox",
    "aria-label": words.canned,
  });
  const menu = h("div", { class: "desk-canned", hidden: true }, filter, list);
  const button = h(
    "button",
    {
      type: "button",
      class: "desk-icon-button",
      "aria-label": words.canned,
      title: `${words.canned} (/)`,
      "aria-expanded": "false",
      onclick: () => (menu.hidden ? open() : close()),
    },
    icon("quickreply"),
  );
  let current = 0;

  const body = (reply) => reply[`body_${language()}`] || reply.body_en || reply.body_bn;

  function fitting() {
    const query = filter.value.trim().toLocaleLowerCase();
    return page.canned.filter((reply) => `${reply.title} ${body(reply)}`.toLocaleLowerCase().includes(query));
  }

  function show() {
    const replies = fitting();
    current = Math.max(0, Math.min(current, replies.length - 1));
    list.replaceChildren(
      ...replies.map((reply, index) =>
        h(
          "li",
          {
            role: "option",
            id: `desk-canned-${index}`,
            "aria-selected": String(index === current),
            onclick: () => choose(reply),
          },
          h("strong", {}, reply.title),
          h("span", { dir: "auto" }, body(reply)),
        ),
      ),
    );
    if (!replies.length) list.append(h("li", { class: "desk-canned-none" }, words.canned_none));
    filter.setAttribute("aria-activedescendant", replies.length ? `desk-canned-${current}` : "");
    list.children[current]?.scrollIntoView({ block: "nearest" });
  }

  function choose(reply) {
    close();
    insert(body(reply));
  }

  function open() {
    menu.hidden = false;
    button.setAttribute("aria-expanded", "true");
    filter.value = "";
    current = 0;
    show();
    filter.focus();
  }

  function close() {
    menu.hidden = true;
    button.setAttribute("aria-expanded", "false");
  }

  filter.addEventListener("input", () => ((current = 0), show()));
  filter.addEventListener("keydown", (event) => {
    if (event.isComposing) return;
    if (event.key === "Escape") return (close(), insert(""));
    if (event.key === "Enter" && fitting()[current]) choose(fitting()[current]);
    else if (event.key === "ArrowDown") current += 1;
    else if (event.key === "ArrowUp") current -= 1;
    else return;
    event.preventDefault();
    show();
  });
  document.addEventListener(
    "pointerdown",
    ({ target }) => !menu.contains(target) && !button.contains(target) && close(),
  );
  return { button, menu, open };
}
