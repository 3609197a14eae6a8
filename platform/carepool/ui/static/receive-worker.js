// Keeps the pages of the door at hand: they come from the network, and from this device where no answer comes.
"use strict";

const CACHE = "carepool-receive";
const isPage = (address) => address.pathname === "/receive" || address.pathname.startsWith("/receive/");
const isPart = (address) => address.pathname.startsWith("/assets/") || address.pathname.startsWith("/brand/");

const fromNetwork = async (request) => {
  const cache = await caches.open(CACHE);
  let answer;
  try {
    answer = await fetch(request);
  } catch {
    const kept = await cache.match(request, { ignoreVary: true });
    return kept ?? (await cache.match(request, { ignoreVary: true, ignoreSearch: true })) ?? Response.error();
  }
  if (answer.ok && !answer.redirected && answer.type === "basic") await cache.put(request, answer.clone());
  // whoever is signed out leaves no page behind for the next reader of this device
  else if (answer.redirected || answer.type === "opaqueredirect" || [401, 403].includes(answer.status)) await caches.delete(CACHE);
  return answer;
};
const fromHere = async (request) => {
  const cache = await caches.open(CACHE);
  const kept = await cache.match(request, { ignoreVary: true });
  if (kept) return kept;
  const answer = await fetch(request);
  if (answer.ok) await cache.put(request, answer.clone());
  return answer;
};

self.addEventListener("install", () => self.skipWaiting());
self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));
self.addEventListener("fetch", (event) => {
  const address = new URL(event.request.url);
  if (event.request.method !== "GET" || address.origin !== self.location.origin) return;
  if (isPart(address)) event.respondWith(fromHere(event.request));
  else if (isPage(address)) event.respondWith(fromNetwork(event.request));
});
