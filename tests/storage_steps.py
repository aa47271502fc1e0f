"""What the tests of storage do in processes of their own: each prepares, and returns the step itself."""

from pathlib import Path

from mande.storage import FolderStore, locked

OLD = ({"a.parquet": b"old a", "manifest.json": b"old"}, {"a.parquet": b"old identities"})
NEW = ({"a.parquet": b"new a" * 10_000, "manifest.json": b"new"}, {"a.parquet": b"new identities"})


def publish_second(root):
    """Add the second revision of a wave."""
    store = FolderStore(Path(root))

    def step():
        with store.lock("2023"):
            store.publish("2023", 2, *NEW)

    return step


def hold_and_die(root):
    """Take the lock; dying with it is the caller's wish."""

    def step():
        with locked(Path(root) / "lock"):
            (Path(root) / "held").write_text("x", encoding="utf-8")
            (Path(root) / "never").mkdir()

    return step
