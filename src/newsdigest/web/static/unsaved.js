// What was typed and not saved survives another act, a refusal, a lost session and the way back.
// Kept in this tab alone, per user and edition, until it is saved, dropped, or the user logs out.
"use strict";
(() => {
  const PREFIX = "newsdigest-typed:";
  let submitted = "";  // what the form under way keeps, "" for none

  const place = () => document.getElementById("edition");
  const shelf = () => `${PREFIX}${document.body.dataset.user}:${place().dataset.edition}`;
  const read = () => JSON.parse(sessionStorage.getItem(shelf()) || "{}");
  function write(kept) {
    if (Object.keys(kept).length) sessionStorage.setItem(shelf(), JSON.stringify(kept));
    else sessionStorage.removeItem(shelf());
    tell(kept);
  }
  const group = (form) => `${form.dataset.keep}|${place().dataset.lang}|`;
  const fields = () => [...document.querySelectorAll("form[data-keep]")].flatMap((form) => [...form.elements].filter(
    (field) => field.name && field.type !== "hidden" && field.type !== "submit"));
  const value = (field) => (field.type === "checkbox" ? String(field.checked) : field.value);
  const stored = (field) => {
    if (field.type === "checkbox") return String(field.defaultChecked);
    if (field.options) return ([...field.options].find((one) => one.defaultSelected) || field.options[0]).value;
    return field.defaultValue;
  };
  const key = (field) => group(field.form) + field.name;

  function tell(kept) {
    const line = document.getElementById("unsaved");
    if (line) line.hidden = !Object.keys(kept).length;
  }
  function drop(start) {
    write(Object.fromEntries(Object.entries(read()).filter(([name]) => !name.startsWith(start))));
  }
  function restore() {
    if (!place()) return;
    const kept = read();
    for (const field of fields()) {
      const typed = kept[key(field)];
      if (typed === undefined) continue;
      if (typed === stored(field)) { delete kept[key(field)]; continue; }
      if (field.type === "checkbox") field.checked = typed === "true"; else field.value = typed;
      const fold = field.closest("details");
      if (fold) fold.open = true;
    }
    write(kept);
  }
  function show() {
    const [what, lang] = Object.keys(read())[0].split("|");
    const here = fields().find((field) => read()[key(field)] !== undefined);
    if (here) { here.scrollIntoView({ block: "center" }); here.focus(); return; }
    const asked = what.startsWith("edit ") ? { edit: what.slice(5) } : { open: what };
    location.assign(`${location.pathname}?${new URLSearchParams({ lang, view: place().dataset.view, ...asked })}`);
  }

  document.addEventListener("input", (event) => {
    const field = event.target;
    if (!place() || !field.form || field.form.dataset.keep === undefined) return;
    const kept = read();
    if (value(field) === stored(field)) delete kept[key(field)]; else kept[key(field)] = value(field);
    write(kept);
  });
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (form.dataset.leave !== undefined) {
      Object.keys(sessionStorage).filter((name) => name.startsWith(PREFIX)).forEach((name) => sessionStorage.removeItem(name));
    } else if (place() && form.dataset.whole !== undefined && Object.keys(read()).length) {
      // Approving would leave out what stands typed before the eyes.
      event.preventDefault();
      document.querySelector("#unsaved [data-unsaved=show]").focus();
      document.getElementById("unsaved").setAttribute("role", "alert");
    } else submitted = place() && form.dataset.keep !== undefined ? group(form) : "";
  }, true);
  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-unsaved], [data-close], a[data-cancel]");
    if (!button) return;
    if (button.dataset.close !== undefined) button.closest(".note").remove();
    else if (button.dataset.unsaved === "show") show();
    else if (button.dataset.unsaved === "drop") { write({}); location.reload(); }
    else { const form = document.getElementById("edit-form"); if (form) drop(group(form)); }
  }, true);
  function settle() {
    if (!place()) return;
    if (submitted && !document.querySelector(".note.refused")) drop(submitted);
    submitted = "";
    document.querySelectorAll("[data-close]").forEach((button) => { button.hidden = false; });
    restore();
  }
  document.addEventListener("htmx:afterSettle", (event) => { if (event.detail.elt.id === "edition") settle(); });
  document.addEventListener("DOMContentLoaded", settle);
})();
