// What pages do beyond plain HTML. Every flow works without this file.
"use strict";

(() => {
  const all = (root, selector) => root.querySelectorAll(selector);

  // Steppers: buttons beside a number of pieces. The box stays the truth; the buttons write into it.
  const step = (button) => {
    const box = document.getElementById(button.dataset.stepFor);
    const typed = Number.parseInt(box.value, 10);
    const least = Number(box.dataset.least ?? 0);
    const most = box.dataset.most === undefined ? Infinity : Number(box.dataset.most);
    const wanted = (Number.isNaN(typed) ? 0 : typed) + Number(button.dataset.step);
    box.value = String(Math.min(most, Math.max(least, wanted)));
    box.dispatchEvent(new Event("input", { bubbles: true }));
    box.dispatchEvent(new Event("change", { bubbles: true }));
  };

  const arrowStep = (event) => {
    const direction = { ArrowUp: "1", ArrowDown: "-1" }[event.key];
    if (!direction || !event.target.matches?.(".cp-stepper__box")) return;
    const buttons = [...all(document, `[data-step-for="${CSS.escape(event.target.id)}"]`)];
    const chosen = buttons.find((one) => Math.sign(Number(one.dataset.step)) === Number(direction));
    if (chosen) {
      event.preventDefault();
      step(chosen);
    }
  };

  // A form is sent once: its button says that it is busy, and a second press does nothing.
  const markBusy = (form, button) => {
    form.dataset.busy = "true";
    if (!button) return;
    button.setAttribute("aria-disabled", "true");
    if (button.dataset.busyText) {
      button.dataset.calmText = button.textContent;
      button.textContent = button.dataset.busyText;
    }
  };

  const markCalm = (form) => {
    delete form.dataset.busy;
    for (const button of all(form, "[aria-disabled=true]")) {
      button.removeAttribute("aria-disabled");
      if (button.dataset.calmText) button.textContent = button.dataset.calmText;
    }
  };

  const onSubmit = (event) => {
    const form = event.target;
    if (form.dataset.busy) {
      event.preventDefault();
      event.stopImmediatePropagation();
      return;
    }
    // after the form's data are collected, so that the button's own name and value go along
    if (form.method !== "post") return;
    setTimeout(() => markBusy(form, event.submitter));
    // a form that answers with a file leaves the page where it is
    setTimeout(() => markCalm(form), 15000);
  };

  // The list of errors takes the focus, on a new page and in a part that was swapped in.
  const focusErrors = (root) => root.querySelector("[data-takes-focus]")?.focus();

  const closeMenus = (except) => {
    for (const menu of all(document, "details.cp-menu[open]")) {
      if (!menu.contains(except)) menu.open = false;
    }
  };

  const onKey = (event) => {
    arrowStep(event);
    if (event.key !== "Escape") return;
    const menu = document.querySelector("details.cp-menu[open]");
    if (!menu) return;
    menu.open = false;
    menu.querySelector("summary").focus();
  };

  // htmx: the form token goes along; a lost connection is said where everyone hears it.
  const token = document.querySelector('meta[name="csrf-token"]')?.content;
  const onRequest = (event) => {
    if (token) event.detail.ctx.request.headers["X-CSRFToken"] = token;
  };
  const onLost = () => {
    const place = document.getElementById("connection");
    place.replaceChildren(document.getElementById("connection-lost").content.cloneNode(true));
  };
  const onAnswer = () => document.getElementById("connection").replaceChildren();

  document.addEventListener("click", (event) => {
    closeMenus(event.target);
    const target = event.target.closest?.("[data-step], [data-print]");
    if (target?.dataset.step) step(target);
    else if (target) window.print();
  });
  document.addEventListener("submit", onSubmit, true);
  document.addEventListener("keydown", onKey);
  window.addEventListener("pageshow", () => all(document, "form[data-busy]").forEach(markCalm));
  document.addEventListener("htmx:config:request", onRequest);
  document.addEventListener("htmx:error", onLost);
  document.addEventListener("htmx:after:request", onAnswer);
  document.addEventListener("htmx:finally:request", (event) => {
    const form = event.target.closest?.("form[data-busy]");
    if (form) markCalm(form);
  });
  document.addEventListener("htmx:after:swap", () => focusErrors(document));
  focusErrors(document);
})();
