// Beside the page of the door: keeps its frame (no name, no list) so that it opens without a network.
// The list and what was registered are in IndexedDB and never pass through here.
(function () {
  "use strict";
  const { page, assets, later, prefix, version } = self.DOOR;
  const NAME = prefix + version, PATIENCE = 4000;

  async function keep(box, url) {
    // A redirect would be the page for signing in: without the frame the door is not kept.
    const answer = await fetch(url, { cache: url === page ? "reload" : "default", redirect: "error" });
    if (!answer.ok) throw new Error(url + ": " + answer.status);
    await box.put(url, answer);
  }
  self.addEventListener("install", function (event) {
    self.skipWaiting();
    event.waitUntil(caches.open(NAME).then((box) => Promise.all([page].concat(assets).map((url) => keep(box, url)))));
  });
  self.addEventListener("activate", function (event) {
    event.waitUntil((async function () {
      for (const name of await caches.keys()) if (name.startsWith(prefix) && name !== NAME) await caches.delete(name);
      await self.clients.claim();
    })());
  });

  async function frame(request) {
    const stop = new AbortController(), timer = setTimeout(() => stop.abort(), PATIENCE);
    try {
      return await fetch(request, { signal: stop.signal });
    } catch (error) {
      const kept = await caches.match(page);
      if (kept) return kept;
      throw error;
    } finally {
      clearTimeout(timer);
    }
  }
  async function held(request, path) {
    const kept = await caches.match(path);
    if (kept) return kept;
    const answer = await fetch(request);
    // Only into a cache that is there: after "cerrar turno" nothing is made again.
    if (answer.ok && await caches.has(NAME)) await (await caches.open(NAME)).put(path, answer.clone());
    return answer;
  }
  self.addEventListener("fetch", function (event) {
    const url = new URL(event.request.url), path = url.pathname;
    if (event.request.method !== "GET" || url.origin !== self.location.origin) return;
    if (event.request.mode === "navigate") {
      if (path === page) event.respondWith(frame(event.request));
    } else if (assets.includes(path) || later.includes(path)) {
      event.respondWith(held(event.request, path));
    }
  });
})();
