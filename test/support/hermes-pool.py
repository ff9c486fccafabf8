"""Long-lived Hermes pools, one for each home that a line of standard input names.

Follows Hermes' rules, not gormes' code: the lock is flock(2) on auth.lock, polled every 50 ms for
15 s (pool-store section 3); a write goes through a temporary file, fsync and rename (section 4); a
pool writes its own copy of the rows that it loaded, and keeps rows on disk that it never saw
(section 7), so it brings back what was removed and undoes what was changed meanwhile.

Each line is an object with `home`, `provider` and `op`; each is answered by a line `ok`:
  load            forget everything, and read the pool as a Hermes that starts
  persist         write the copy, as after a cooldown or a rotation
  add, label, key add a row, and write
"""
import fcntl, json, os, sys, time, uuid

pools = {}


def load(path):
    try:
        with open(path, encoding="utf-8") as file:
            return json.load(file)
    except FileNotFoundError:
        return {"version": 1, "providers": {}}


def save(path, store):
    temp = "%s.tmp.%d.%s" % (path, os.getpid(), uuid.uuid4().hex)
    fd = os.open(temp, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(fd, "w", encoding="utf-8") as file:
        json.dump(store, file, indent=2)
        file.write("\n")
        file.flush()
        os.fsync(file.fileno())
    os.replace(temp, path)


def locked(home):
    lock = open(os.path.join(home, "auth.lock"), "a+")
    start = time.monotonic()
    while True:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return lock
        except BlockingIOError:
            if time.monotonic() - start > 15:
                sys.exit("Timed out waiting for auth store lock")
            time.sleep(0.05)


def rows_of(store, provider):
    return store.setdefault("credential_pool", {}).get(provider, [])


def persist(home, provider, copy):
    path = os.path.join(home, "auth.json")
    with locked(home):
        store = load(path)
        known = {row["id"] for row in copy}
        unseen = [row for row in rows_of(store, provider) if row["id"] not in known]
        store["credential_pool"][provider] = copy + unseen
        save(path, store)


for line in sys.stdin:
    task = json.loads(line)
    home, provider = task["home"], task["provider"]
    if task["op"] == "load":
        pools[home] = rows_of(load(os.path.join(home, "auth.json")), provider)
    copy = pools[home]
    if task["op"] == "add":
        copy.append({"id": uuid.uuid4().hex[:6], "label": task["label"], "auth_type": "api_key",
                     "priority": len(copy), "source": "manual", "access_token": task["key"],
                     "request_count": 0})
    if task["op"] == "persist":
        for row in copy:
            row["request_count"] = row.get("request_count", 0) + 1
    if task["op"] != "load":
        persist(home, provider, copy)
    print("ok", flush=True)
