// Comfort on top of pages that work without it: countdowns, keyboard, drag and drop, counters.
// Every act is the same POST that the buttons make. No eval, no inline handlers (CSP).
"use strict";
(() => {
  const KEYS = "newsdigest-keys";
  let chosen = "";      // placement id under the keyboard, kept over swaps
  let dragged = null;

  const edition = () => document.getElementById("edition");
  const rows = () => [...document.querySelectorAll("#acts .story[data-p]")].filter((row) => row.offsetParent !== null);
  const row = (id) => rows().find((one) => one.dataset.p === id);
  const keysOn = () => localStorage.getItem(KEYS) !== "off";
  const isOpen = () => edition() && edition().dataset.open === "1";

  function post(path, values) {
    const place = edition();
    const panel = document.querySelector("#acts [name=edit]");
    const common = {
      version: place.dataset.version, lang: place.dataset.lang, view: place.dataset.view,
      approved: place.dataset.approved, edit: panel ? panel.value : "",
    };
    htmx.ajax("POST", `/newsroom/editions/${place.dataset.edition}/${path}`, {
      source: place, target: "#edition", select: "#edition", swap: "outerHTML show:none", values: { ...common, ...values },
    });
  }
  const act = (what, id, more = {}) => post("placements", { act: `${what} ${id}`, ...more });

  function choose(one) {
    document.querySelectorAll(".story.chosen").forEach((other) => other.classList.remove("chosen"));
    if (!one) return;
    chosen = one.dataset.p;
    one.classList.add("chosen");
    one.focus({ preventScroll: true });
    one.scrollIntoView({ block: "nearest" });
    look(one);
  }
  // The preview goes where the editor is: to the story, or the next one that is sent.
  function look(one) {
    const frame = document.querySelector("#preview iframe");
    while (one && one.classList.contains("dropped")) one = one.nextElementSibling;
    // By replacing, as the way back should not lead through every story that was looked at.
    if (frame && one) frame.contentWindow.location.replace(`${frame.src.split("#")[0]}#${one.id}`);
  }
  function step(by) {
    const all = rows();
    const here = all.findIndex((one) => one.dataset.p === chosen);
    choose(all[Math.min(Math.max(here + by, 0), all.length - 1)]);
  }
  function view(by) {
    const tabs = [...document.querySelectorAll("#preview .tabs a")];
    const here = tabs.findIndex((tab) => tab.hasAttribute("aria-current"));
    if (tabs.length) tabs[(here + by + tabs.length) % tabs.length].click();
  }

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || !edition() || !keysOn()) return;
    if (event.target.closest("input, textarea, select, dialog[open], [contenteditable]")) {
      if (event.key === "Escape") { const back = document.querySelector("[data-cancel]"); if (back) back.click(); }
      return;
    }
    const one = chosen && row(chosen);
    const on = {
      j: () => step(1), k: () => step(-1), v: () => view(1), "?": () => document.getElementById("keys").showModal(),
      z: () => { const undo = document.getElementById("undo-button"); if (undo) undo.click(); },
    };
    if (one && isOpen()) {
      const dropped = one.classList.contains("dropped") || one.classList.contains("waits");
      Object.assign(on, {
        x: () => act(dropped ? "keep" : "drop", chosen), J: () => act("down", chosen), K: () => act("up", chosen),
        p: () => act(one.classList.contains("lead-story") ? "unpin" : "pin", chosen),
        e: () => { const link = one.querySelector("[data-edit]"); if (link) link.click(); },
        Enter: () => { if (event.target === one) on.e(); else return true; },
      });
    }
    const run = on[event.key];
    if (run && run() !== true) event.preventDefault();
  });

  // Clicking a headline swaps in the edit panel instead of loading the page.
  document.addEventListener("click", (event) => {
    const near = event.target.closest("#acts .story[data-p]");
    if (near) chosen = near.dataset.p;
    const jump = event.target.closest('.jumps a, .check-list a[href*="#"]');
    if (jump && goTo(jump.hash.slice(1))) event.preventDefault();
    const link = event.target.closest("a[data-edit], a[data-cancel]");
    if (link && edition() && !event.ctrlKey && !event.metaKey && !event.shiftKey) {
      event.preventDefault();
      chosen = link.closest(".story").dataset.p;
      htmx.ajax("GET", link.getAttribute("href").split("#")[0], { source: edition(), target: "#edition", select: "#edition", swap: "outerHTML show:none" });
    }
    const menu = document.querySelector(".more[open]");
    if (menu && !menu.contains(event.target)) menu.open = false;
  });

  // A link to what this page holds needs no new page, only an open fold.
  function goTo(id) {
    const target = document.getElementById(id);
    if (!target) return false;
    if (target.tagName === "DETAILS") target.open = true;
    target.scrollIntoView({ block: target.dataset.p ? "center" : "start" });
    if (target.dataset.p) choose(target); else (target.querySelector("summary, h2") || target).focus();
    return true;
  }

  // Drag: before another story, or to the end of a section.
  document.addEventListener("dragstart", (event) => {
    const one = event.target.closest && event.target.closest(".story[draggable]");
    if (!one) return;
    dragged = one.dataset.p;
    one.classList.add("dragged");
    event.dataTransfer.effectAllowed = "move";
    event.dataTransfer.setData("text/plain", dragged);
  });
  const clear = () => document.querySelectorAll(".over, .over-end").forEach((one) => one.classList.remove("over", "over-end"));
  const spot = (event) => {
    const section = event.target.closest && event.target.closest(".section");
    if (!dragged || !section || section.dataset.section.startsWith("in-")) return null;
    const one = event.target.closest(".story");
    if (!one) return { section, before: null };
    const box = one.getBoundingClientRect();
    return { section, before: event.clientY < box.top + box.height / 2 ? one : one.nextElementSibling };
  };
  document.addEventListener("dragover", (event) => {
    const found = spot(event);
    clear();
    if (!found) return;
    event.preventDefault();
    if (found.before) found.before.classList.add("over");
    else { const list = found.section.querySelector(".stories"); if (list) list.classList.add("over-end"); }
  });
  document.addEventListener("drop", (event) => {
    const found = spot(event);
    clear();
    if (!found) return;
    event.preventDefault();
    const before = found.before ? found.before.dataset.p : "";
    if (before !== dragged) act("move", dragged, { section: found.section.dataset.section, before });
    dragged = null;
  });
  document.addEventListener("dragend", () => { dragged = null; clear(); document.querySelectorAll(".dragged").forEach((one) => one.classList.remove("dragged")); });

  // How many characters are left where a length reads well.
  function count(field) {
    const label = field.closest("label");
    let said = label.querySelector(".left-count");
    if (!said) { said = document.createElement("span"); said.className = "left-count"; label.insertBefore(said, field); }
    said.textContent = `${field.value.length} / ${field.dataset.limit}`;
    said.classList.toggle("over", field.value.length > Number(field.dataset.limit));
  }
  document.addEventListener("input", (event) => { if (event.target.dataset && event.target.dataset.limit) count(event.target); });

  // Countdowns, once a second in the last hour, else as the server said.
  function tick() {
    document.querySelectorAll("[data-until]").forEach((one) => {
      const left = Math.round((new Date(one.dataset.until) - Date.now()) / 1000);
      if (left <= 0 || left > 3600) return;
      const minutes = String(Math.floor(left / 60)).padStart(2, "0");
      one.textContent = `${minutes}:${String(left % 60).padStart(2, "0")}`;
    });
  }
  setInterval(tick, 1000);

  function settle() {
    tick();
    document.querySelectorAll("[data-limit]").forEach(count);
    const button = document.getElementById("keys-button");
    if (button) { button.hidden = false; button.onclick = () => document.getElementById("keys").showModal(); }
    const box = document.getElementById("keys-on");
    if (box) { box.checked = keysOn(); box.onchange = () => localStorage.setItem(KEYS, box.checked ? "on" : "off"); }
    const one = chosen && row(chosen);
    // Whoever is typing elsewhere stays there.
    if (!one || (document.activeElement.matches("input, textarea, select") && !one.contains(document.activeElement))) return;
    one.classList.add("chosen");
    const first = one.querySelector(".edit-panel input");
    if (first) first.focus(); else one.focus({ preventScroll: true });
    look(one);
  }
  // The check list takes a moment longer than the page: what it said stands until it is there, as open as it was.
  let checks = { html: "", isOpen: false, top: 0 };
  document.addEventListener("htmx:beforeSwap", () => {
    const list = document.getElementById("checks");
    if (!list || !list.querySelector(".check-fold")) return;
    const scroll = list.querySelector(".check-scroll");
    checks = { html: list.innerHTML, isOpen: list.querySelector(".check-fold").open, top: scroll ? scroll.scrollTop : 0 };
  });
  document.addEventListener("htmx:afterSwap", (event) => {
    const list = document.getElementById("checks");
    if (!list || !checks.html) return;
    if (event.detail.target.id === "edition" && !list.querySelector(".check-fold")) list.innerHTML = checks.html;
    const fold = list.querySelector(".check-fold");
    if (fold && checks.isOpen) { fold.open = true; list.querySelector(".check-scroll").scrollTop = checks.top; }
  });
  document.addEventListener("htmx:afterSettle", settle);
  document.addEventListener("DOMContentLoaded", settle);
  // A refused or failed request must not leave a silent screen.
  document.addEventListener("htmx:sendError", () => location.reload());
  document.addEventListener("htmx:responseError", () => location.reload());
})();
