// Sends the queue and fetches the list. Whether there is a connection is told by what happens to requests, nothing else.
(function () {
  "use strict";
  const Door = window.Door = window.Door || {};
  const PATIENCE = 15000, EVERY = 20000, BATCH = 100, LONGEST = 60000, SOON = 3000;

  class Trouble extends Error {
    constructor(kind, told) { super(kind); this.kind = kind; this.told = told || {}; }
  }
  function cookie(name) {
    const found = document.cookie.split("; ").find((one) => one.startsWith(name + "="));
    return found ? decodeURIComponent(found.slice(name.length + 1)) : "";
  }
  // An answer of ours, or Trouble: "offline" (nothing came, or not from us), "sign_in", "gone", "large", "bad".
  async function ask(url, options, patience) {
    const stop = new AbortController(), timer = setTimeout(() => stop.abort(), patience || PATIENCE);
    try {
      const headers = Object.assign({ Accept: "application/json" }, options && options.headers);
      const answer = await fetch(url, Object.assign({ cache: "no-store", signal: stop.signal }, options, { headers: headers }));
      // A hotel's page, a proxy's 404: only what carries our policy is our answer.
      if (!(answer.headers.get("Content-Security-Policy") || "").includes("default-src 'none'")) throw new Trouble("offline");
      const json = (answer.headers.get("Content-Type") || "").includes("json");
      const told = json ? await answer.json() : {};
      if (answer.ok && json) return told;
      if (answer.status === 401 || answer.redirected) throw new Trouble("sign_in", told);
      if (answer.status === 403 || answer.status === 404) throw new Trouble("gone", told);
      if (answer.status === 413) throw new Trouble("large", told);
      if (answer.status === 400 || answer.status === 422) throw new Trouble("bad", told);
      throw new Trouble("offline", told); // a server that is down
    } catch (error) {
      throw error instanceof Trouble ? error : new Trouble("offline");
    } finally {
      clearTimeout(timer);
    }
  }

  class Sender {
    // `changed` is called whenever what is kept or known has changed.
    constructor(store, urls, changed) {
      Object.assign(this, { store: store, urls: urls, changed: changed });
      this.state = { online: null, trouble: "", signIn: "", busy: false };
      this.failures = this.listed = this.started = 0;
      this.batch = BATCH;
      this.running = this.again = this.closed = false;
      const now = () => { this.failures = 0; this.run(Date.now() - this.listed > SOON); };
      addEventListener("online", now);
      addEventListener("focus", now);
      document.addEventListener("visibilitychange", () => { if (!document.hidden) now(); });
    }
    // New entries go at once; the list comes every 20 seconds, or when it is wanted.
    run(wanted) {
      if (this.closed) return Promise.resolve();
      if (this.running) this.again = true;
      else this.current = this.once(wanted);
      return this.current;
    }
    // Whatever waits now has been tried when this is done.
    async flush() {
      while (this.running) await this.current;
      await this.run();
    }
    async once(wanted) {
      this.running = true;
      clearTimeout(this.timer);
      let wait = EVERY;
      try {
        // One tab at a time; where there are no locks two may send, and the server knows the entries by their ids.
        const turn = () => this.turn(wanted);
        const held = navigator.locks
          ? await navigator.locks.request(Door.NAME + this.store.session, { ifAvailable: true }, (lock) => lock ? turn() : "busy")
          : await turn();
        if (held === "busy") wait = 2000;
        else Object.assign(this.state, { online: true, trouble: "", signIn: "" });
        this.failures = 0;
      } catch (error) {
        if (!(error instanceof Trouble)) { if (this.closed) return; throw error; }
        this.failures += 1;
        wait = Math.min(LONGEST, 1000 * Math.pow(2, this.failures));
        this.state.online = error.kind !== "offline";
        this.state.trouble = error.kind;
        this.state.signIn = error.told.sign_in || "";
        if (error.kind === "gone") await this.store.forgetList();
      } finally {
        this.running = false;
        if (!this.closed) {
          if (this.again) { this.again = false; wait = this.failures ? wait : 0; }
          this.timer = setTimeout(() => this.run(), wait);
          this.changed();
        }
      }
    }
    async turn(wanted) {
      await this.send();
      if (wanted || Date.now() - this.listed >= EVERY - 500) await this.fetchList();
    }
    async send() {
      let renewed = false;
      for (;;) {
        const rows = await this.store.take(this.batch);
        if (!rows.length) return;
        let answer;
        try {
          answer = await this.post(rows.map((row) => row.entry));
        } catch (error) {
          if (error.kind === "gone" && !renewed) {
            // Who signed in anew has another key against forgery. Whoever may read the list may send.
            renewed = true;
            await this.fetchList();
            await fetch(this.urls.page, { cache: "no-store" }).catch(() => {});
            continue;
          }
          if (error.kind !== "large" && error.kind !== "bad") throw error;
          if (rows.length > 1) { this.batch = Math.ceil(rows.length / 2); continue; }
          // One alone that the server cannot read would hold up all others.
          answer = { results: [{ client_id: rows[0].entry.client_id, result: "refused", reason: "bad", message: "" }] };
        }
        this.batch = BATCH;
        if (!await this.store.settle(rows, answer.results || [])) throw new Trouble("offline");
        this.state.online = true;
        this.changed();
      }
    }
    post(entries, patience) {
      return ask(this.urls.sync, {
        method: "POST", body: JSON.stringify({ sent_at: new Date().toISOString(), entries: entries }),
        headers: { "Content-Type": "application/json", "X-CSRFToken": cookie("csrftoken") }
      }, patience);
    }
    async fetchList() {
      const before = Date.now(), list = await ask(this.urls.list), after = Date.now();
      await this.store.keepList(list, Date.parse(list.server_now) - (before + after) / 2);
      this.listed = after;
    }
    close() { this.closed = true; clearTimeout(this.timer); }
  }
  Object.assign(Door, { Sender: Sender, Trouble: Trouble });
})();
