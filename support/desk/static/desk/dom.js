// What stands on the page: elements, and icons.
import { h } from "../wire/dom.js";

export { byId, h } from "../wire/dom.js";

/** A Material symbol, which unfold's pages carry as a font. */
export const icon = (name) => h("span", { class: "material-symbols-outlined", "aria-hidden": "true" }, name);
