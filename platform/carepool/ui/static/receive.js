// Counts at the door: kept on this device until they are sent, each once, whatever becomes of the connection.
"use strict";

(() => {
  const CACHE = "carepool-receive";
  const place = document.querySelector("[data-counts]");
  const form = document.querySelector("form[data-count]");
  const words = (name) => document.querySelector(`[data-count-words=${name}]`).content.cloneNode(true);
  let asksSignIn = false;

  // The queue: one record a count, in the order in which they were made.
  const opened = new Promise((resolve, reject) => {
    const asked = indexedDB.open("carepool-counts", 1);
    asked.onupgradeneeded = () => asked.result.createObjectStore("counts", { keyPath: "place", autoIncrement: true });
    asked.onsuccess = () => resolve(asked.result);
    asked.onerror = () => reject(asked.error);
  });
  const inStore = async (mode, work) => {
    const transaction = (await opened).transaction("counts", mode);
    const asked = work(transaction.objectStore("counts"));
    return new Promise((resolve, reject) => {
      transaction.oncomplete = () => resolve(asked.result);
      transaction.onerror = transaction.onabort = () => reject(transaction.error);
    });
  };
  const all = () => inStore("readonly", (store) => store.getAll());
  const keep = (record) => inStore("readwrite", (store) => store.put(record));
  const drop = (record) => inStore("readwrite", (store) => store.delete(record.place));

  const newKey = () =>
    crypto.randomUUID?.() ?? [...crypto.getRandomValues(new Uint8Array(16))].map((one) => one.toString(16).padStart(2, "0")).join("");

  const show = async () => {
    const records = await all();
    const waiting = records.filter((one) => !one.refused).length;
    const parts = records.filter((one) => one.refused).map((one) => {
      const part = words("refused");
      const link = part.querySelector("[data-count-order]");
      link.href = one.url;
      link.textContent = one.number;
      part.querySelector("[data-count-message]").textContent = one.refused;
      part.querySelector("[data-count-drop]").addEventListener("click", () => drop(one).then(show));
      return part;
    });
    if (waiting) {
      const part = words(waiting === 1 ? "waiting" : "waiting-many");
      const text = part.querySelector(".usa-alert__text");
      text.lastChild.textContent = text.lastChild.textContent.replace("{count}", String(waiting));
      parts.push(part);
    }
    if (waiting && asksSignIn) parts.push(words("sign-in"));
    place.replaceChildren(...parts);
  };

  let token = document.querySelector('meta[name="csrf-token"]')?.content;
  // a page that was kept holds an old form token: the newest page has a good one
  const freshToken = async () => {
    const page = new DOMParser().parseFromString(await (await fetch(place.dataset.start, { cache: "no-store" })).text(), "text/html");
    token = page.querySelector('meta[name="csrf-token"]')?.content;
  };
  const sent = (record) => {
    const body = new FormData();
    for (const [name, value, file] of record.fields) {
      if (file) body.append(name, value, file);
      else body.append(name, value);
    }
    const headers = { "X-CSRFToken": token ?? "", "X-Count": "1" };
    return fetch(record.url, { method: "POST", body, headers, credentials: "same-origin" });
  };

  // Sends what waits, one after another; returns the places of those that were taken. Stops where no answer comes.
  const sendAll = async () => {
    const taken = new Set();
    for (const record of await all()) {
      if (record.refused) continue;
      let answer;
      try {
        answer = await sent(record);
        if (answer.status === 400) {
          await freshToken();
          answer = await sent(record);
        }
      } catch {
        break;
      }
      asksSignIn = answer.status === 401 || answer.status === 403 || answer.status === 400 || answer.redirected;
      if (answer.status === 204) {
        taken.add(record.place);
        await drop(record);
      } else if (!asksSignIn && answer.status >= 400 && answer.status < 500) {
        const told = await answer.json().catch(() => ({ message: String(answer.status) }));
        await keep({ ...record, refused: told.message });
      } else break;
    }
    await show();
    return taken;
  };
  // two open pages do not send the same count at once; the server would know it again
  let sending = Promise.resolve(new Set());
  const drain = () => {
    const turn = () => (navigator.locks ? navigator.locks.request("carepool-counts", sendAll) : sendAll());
    sending = sending.then(turn, turn);
    return sending;
  };

  const record = (submitter) => {
    form.elements.counted_at.value = new Date().toISOString();
    const fields = [...new FormData(form)]
      .filter(([name, value]) => name !== "csrf_token" && !(value instanceof File && !value.size))
      .map(([name, value]) => (value instanceof File ? [name, value, value.name] : [name, value]));
    if (submitter?.name) fields.push([submitter.name, submitter.value]);
    return { url: form.action, number: form.dataset.count, fields };
  };

  const onSubmit = async (submitter) => {
    let own;
    try {
      own = await keep(record(submitter));
    } catch {
      // a device that keeps nothing sends the form as any other
      if (navigator.onLine) return void HTMLFormElement.prototype.submit.call(form);
      return void place.replaceChildren(words("unkept"));
    }
    if ((await drain()).has(own)) return void location.assign(form.action);
    form.reset();
    form.elements.key.value = newKey();
    delete form.dataset.busy;
    place.scrollIntoView({ block: "center" });
  };

  // before what carepool.js does with a form that is sent
  window.addEventListener("submit", (event) => {
    if (event.target !== form) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    if (form.dataset.busy) return;
    form.dataset.busy = "true";
    onSubmit(event.submitter).finally(() => delete form.dataset.busy);
  }, true);

  // This page, its parts and the orders that it lists open later without a connection, too.
  const keepPages = async () => {
    if (!navigator.serviceWorker || !window.caches) return;
    await navigator.serviceWorker.register(place.dataset.worker, { scope: "/receive" });
    const parts = [...document.querySelectorAll("link[rel=stylesheet], link[rel=icon], script[src]")].map((one) => one.href || one.src);
    const orders = [...document.querySelectorAll("[data-keep]")].map((one) => one.dataset.keep);
    const cache = await caches.open(CACHE);
    for (const address of [...parts, location.href, ...orders]) await cache.add(address).catch(() => {});
  };

  opened.then(() => drain(), () => {});
  window.addEventListener("online", () => drain());
  setInterval(async () => (await all()).some((one) => !one.refused) && drain(), 5000);
  if (navigator.onLine) keepPages().catch(() => {});
})();
