"""A long-lived Hermes that adds credentials: argv is home, provider, count. Prints its longest wait.

Follows Hermes' rules, not gormes' code: the lock is flock(2) on auth.lock, polled every 50 ms for
15 s (pool-store section 3); a write goes through a temporary file, fsync and rename (section 4);
it writes its own copy of the rows that it knows, and keeps rows that others added (section 7).
"""
import fcntl, json, os, sys, time, uuid

home, provider, count = sys.argv[1], sys.argv[2], int(sys.argv[3])
path = os.path.join(home, "auth.json")
mine = {}
longest = 0.0


def load():
    try:
        with open(path, encoding="utf-8") as file:
            return json.load(file)
    except FileNotFoundError:
        return {"version": 1, "providers": {}}


def save(store):
    temp = "%s.tmp.%d.%s" % (path, os.getpid(), uuid.uuid4().hex)
    fd = os.open(temp, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(fd, "w", encoding="utf-8") as file:
        json.dump(store, file, indent=2)
        file.write("\n")
        file.flush()
        os.fsync(file.fileno())
    os.replace(temp, path)


for number in range(count):
    with open(os.path.join(home, "auth.lock"), "a+") as lock:
        start = time.monotonic()
        while True:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if time.monotonic() - start > 15:
                    sys.exit("Timed out waiting for auth store lock")
                time.sleep(0.05)
        longest = max(longest, time.monotonic() - start)
        store = load()
        on_disk = store.setdefault("credential_pool", {}).get(provider, [])
        row = {"id": uuid.uuid4().hex[:6], "label": "hermes-%d" % number, "auth_type": "api_key",
               "priority": len(on_disk), "source": "manual", "access_token": "k%d" % number,
               "request_count": 0}
        kept = [mine.get(other["id"], other) for other in on_disk]
        store["credential_pool"][provider] = kept + [row]
        for known in kept + [row]:
            mine.setdefault(known["id"], known)
        time.sleep(0.01)
        save(store)

print("%.3f" % longest)
