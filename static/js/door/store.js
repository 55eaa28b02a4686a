// What a phone keeps of a shift at the door: the list as the server last told it, the queue of what was registered
// here, and what the server refused. All of it in one IndexedDB per session, all of it gone with "cerrar turno".
(function () {
  "use strict";
  const Door = window.Door = window.Door || {};
  const NAME = "minga-door-", DAY = 24 * 3600 * 1000, RECENT = 12, CAME = ["present", "substitute"];

  function asked(request) {
    return new Promise(function (done, failed) {
      request.onsuccess = () => done(request.result);
      request.onerror = () => failed(request.error);
    });
  }
  function ended(transaction) {
    return new Promise(function (done, failed) {
      transaction.oncomplete = () => done();
      transaction.onerror = transaction.onabort = () => failed(transaction.error);
    });
  }
  function connect(name) {
    const request = indexedDB.open(name, 1);
    request.onupgradeneeded = function () {
      const base = request.result;
      base.createObjectStore("kept").put({ opened: Date.now(), listed: 0, offset: 0, block: null }, "meta");
      base.createObjectStore("queue", { keyPath: "seq", autoIncrement: true });
      base.createObjectStore("refused", { keyPath: "seq", autoIncrement: true });
    };
    return asked(request);
  }
  function drop(name) {
    // Another tab that still holds it lets go when it hears of it; what is asked for happens then at the latest.
    return new Promise(function (done) {
      const request = indexedDB.deleteDatabase(name);
      request.onsuccess = request.onerror = request.onblocked = () => done();
    });
  }

  // A register in which an entry of this phone is written, as the server would: for the screen, until the server tells.
  function write(list, entry, hour, id) {
    if (!list) return;
    const person = list.people.find((one) => one.id === entry.delegate);
    const walkIn = list.walk_ins.findIndex((one) => one.client_id === id);
    if (entry.kind === "mark" && person) {
      const mark = person.marks[entry.block];
      if (mark && mark.status === entry.status && !mark.left) return;
      person.marks[entry.block] = { status: entry.status, at: hour };
    } else if (entry.kind === "undo") {
      if (person) delete person.marks[entry.block];
      else if (walkIn >= 0) list.walk_ins.splice(walkIn, 1);
    } else if (entry.kind === "left") {
      const mark = person ? person.marks[entry.block] : list.walk_ins.find(
        (one) => one.block === entry.block && one.slug === entry.organization && one.name === entry.name);
      if (mark) mark.left = hour;
    } else if (entry.kind === "walk_in" && walkIn < 0) {
      const from = list.organizations.find((one) => one.slug === entry.organization);
      list.walk_ins.push({
        client_id: id, name: entry.name, slug: entry.organization, organization: from ? from.name : "",
        block: entry.block, status: entry.status, at: hour
      });
    }
  }

  class Store {
    constructor(session, base) {
      this.session = session;
      this.base = base;
      this.lost = () => {};
      // Another tab closed the shift: nothing may be written any more.
      base.onversionchange = () => { base.close(); this.lost(); };
    }
    static async open(session) {
      return new Store(session, await connect(NAME + session));
    }
    // One transaction; `work` gets the three stores, and what it returns is told once everything is on the disk.
    async within(mode, work) {
      const stores = ["kept", "queue", "refused"];
      const transaction = this.base.transaction(stores, mode);
      const end = ended(transaction);
      try {
        const told = await work(Object.fromEntries(stores.map((name) => [name, transaction.objectStore(name)])));
        await end;
        return told;
      } catch (error) {
        end.catch(() => {});
        throw error;
      }
    }
    read() {
      return this.within("readonly", async function (at) {
        const found = await Promise.all([
          asked(at.kept.get("list")), asked(at.kept.get("meta")), asked(at.queue.getAll()), asked(at.refused.getAll()),
          asked(at.kept.get("recent"))
        ]);
        return { list: found[0] || null, meta: found[1], queue: found[2], refused: found[3], recent: found[4] || [] };
      });
    }
    async keepList(list, offset) {
      return this.within("readwrite", async function (at) {
        const meta = await asked(at.kept.get("meta"));
        at.kept.put(list, "list");
        at.kept.put(Object.assign(meta, { listed: Date.now(), offset: offset }), "meta");
      });
    }
    forgetList() {
      return this.within("readwrite", async (at) => { at.kept.delete("list"); at.kept.delete("recent"); });
    }
    chooseBlock(block) {
      return this.within("readwrite", async function (at) {
        const meta = await asked(at.kept.get("meta"));
        at.kept.put(Object.assign(meta, { block: block }), "meta");
      });
    }
    // Into the queue, and on top of the latest of this phone, which can be taken back.
    add(row) {
      return this.within("readwrite", async function (at) {
        await asked(at.queue.add(Object.assign({ tries: 0 }, row)));
        const before = (await asked(at.kept.get("recent")) || []).filter((one) => one.id !== row.entry.client_id);
        const undone = row.entry.kind === "undo";
        const latest = { id: row.entry.client_id, entry: Object.assign({}, row.entry, { pass: null }), told: row.told, hour: row.hour };
        at.kept.put((undone ? before : [latest].concat(before)).slice(0, RECENT), "recent");
      });
    }
    // The first so many, marked as under way before they are: what may have arrived is not simply taken out again.
    take(most) {
      return this.within("readwrite", async function (at) {
        const rows = await asked(at.queue.getAll(null, most));
        rows.forEach(function (row) { row.tries += 1; at.queue.put(row); });
        return rows;
      });
    }
    // True when the entry had never left this phone: then nobody else needs to hear of it.
    withdraw(id) {
      return this.within("readwrite", async function (at) {
        const rows = (await asked(at.queue.getAll())).filter((row) => row.entry.client_id === id);
        if (rows.length !== 1 || rows[0].tries) return false;
        at.queue.delete(rows[0].seq);
        at.kept.put((await asked(at.kept.get("recent")) || []).filter((one) => one.id !== id), "recent");
        return true;
      });
    }
    // How many the server answered: done ones leave the queue and stand in the list, refused ones wait for a person.
    settle(rows, results) {
      return this.within("readwrite", async function (at) {
        const list = await asked(at.kept.get("list"));
        let settled = 0;
        rows.forEach(function (row, place) {
          const result = results[place];
          if (!result || result.client_id !== row.entry.client_id) return;
          settled += 1;
          at.queue.delete(row.seq);
          if (result.result === "refused") {
            at.refused.add({
              id: row.entry.client_id, entry: Object.assign({}, row.entry, { pass: null }), hour: row.hour, told: row.told, 
              reason: result.reason, message: result.message
            });
          } else {
            write(list, row.entry, result.at || row.hour, row.entry.client_id);
          }
        });
        if (list) at.kept.put(list, "list");
        return settled;
      });
    }
    // Back into the queue, as the same entry: somebody made room for it.
    retry(seq) {
      return this.within("readwrite", async function (at) {
        const row = await asked(at.refused.get(seq));
        if (!row) return;
        at.queue.add({ tries: 1, entry: row.entry, hour: row.hour, told: row.told });
        at.refused.delete(seq);
      });
    }
    dismiss(seq) {
      return this.within("readwrite", async (at) => { at.refused.delete(seq); });
    }
    // Everything of this session on this phone. Throws while something is unsent or waits for a person.
    async wipe() {
      await this.within("readonly", async function (at) {
        if (await asked(at.queue.count()) + await asked(at.refused.count())) throw new Error("unsent");
      });
      this.base.close();
      await forget(this.session);
    }
  }

  async function forget(session) {
    await drop(NAME + session);
    if (window.caches) {
      for (const name of await caches.keys()) if (name.startsWith(NAME + session)) await caches.delete(name);
    }
    if (navigator.serviceWorker) {
      for (const one of await navigator.serviceWorker.getRegistrations()) {
        if (one.scope.includes(session)) await one.unregister();
      }
    }
  }

  // Shifts that nobody closed: a day after the server last gave their list they go, unless something is unsent. Of the
  // session that is being opened the frame stays: it says nothing.
  async function sweep(opening) {
    const found = indexedDB.databases ? await indexedDB.databases() : [];
    for (const { name } of found.filter((one) => one.name.startsWith(NAME))) {
      const store = new Store(name.slice(NAME.length), await connect(name));
      const { meta, queue, refused } = await store.read();
      store.base.close();
      if (Date.now() - Math.max(meta.opened, meta.listed) < DAY || queue.length || refused.length) continue;
      await (store.session === opening ? drop(name) : forget(store.session));
    }
  }

  Object.assign(Door, { Store: Store, sweep: sweep, write: write, CAME: CAME, NAME: NAME });
})();
