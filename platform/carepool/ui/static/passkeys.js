// Passkeys: asks the server what is to be signed, has the authenticator do it, and sends the answer as a plain form.
"use strict";

(() => {
  const bytes = (text) => Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (one) => one.charCodeAt(0));
  const text = (buffer) =>
    btoa(String.fromCharCode(...new Uint8Array(buffer))).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
  const keys = (list) => (list ?? []).map((one) => ({ ...one, id: bytes(one.id) }));

  const asked = (options) => {
    const own = { ...options, challenge: bytes(options.challenge) };
    if (options.user) own.user = { ...options.user, id: bytes(options.user.id) };
    if (options.excludeCredentials) own.excludeCredentials = keys(options.excludeCredentials);
    if (options.allowCredentials) own.allowCredentials = keys(options.allowCredentials);
    return { publicKey: own };
  };

  const answered = (credential) => {
    const response = {};
    for (const name of ["clientDataJSON", "attestationObject", "authenticatorData", "signature", "userHandle"]) {
      if (credential.response[name]) response[name] = text(credential.response[name]);
    }
    return JSON.stringify({ id: credential.id, rawId: text(credential.rawId), type: credential.type, response });
  };

  const say = (form, word) => {
    const place = form.querySelector("[data-passkey-said]");
    place.replaceChildren(...(word ? [form.querySelector(`[data-passkey-word=${word}]`).content.cloneNode(true)] : []));
  };

  const use = async (form) => {
    const headers = { "X-CSRFToken": form.elements.csrf_token.value };
    const answer = await fetch(form.dataset.options, { method: "POST", headers, credentials: "same-origin" });
    // what must be proved or signed in first is asked for on its own page
    if (answer.redirected) return void location.assign(answer.url);
    if (!answer.ok) throw new Error(answer.statusText);
    const credential = await navigator.credentials[form.dataset.passkey](asked(await answer.json()));
    form.elements.answer.value = answered(credential);
    form.submit();
  };

  // before what carepool.js does with a form that is sent
  window.addEventListener("submit", (event) => {
    const form = event.target;
    if (!form.dataset.passkey) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    if (form.dataset.busy) return;
    if (!window.PublicKeyCredential) return say(form, "unknown");
    form.dataset.busy = "true";
    say(form, "");
    use(form).catch((error) => {
      delete form.dataset.busy;
      say(form, error.name === "InvalidStateError" ? "known" : "failed");
    });
  }, true);
})();
