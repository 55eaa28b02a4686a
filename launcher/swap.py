"""A restored database and its files take the place of what was there: both, even when somebody pulls the plug."""

import shutil
from pathlib import Path

from launcher.clients import Cluster
from launcher.home import Home

RESTORING, REPLACED = "restoring", "replaced"


def folder(home: Home, what: str) -> Path:
    return home.path / f"media.{what}"


def name(cluster: Cluster, what: str) -> str:
    return f"{cluster.database}_{what}"


def is_pending(home: Home) -> bool:
    """Says whether a restore left something to finish; its folder is made before anything and goes last."""
    return folder(home, RESTORING).exists() or folder(home, REPLACED).exists()


def finish(home: Home, cluster: Cluster) -> None:
    """Completes a restore or takes it back: what counts is whether the databases had changed names."""
    if not is_pending(home):
        return
    fresh, replaced, media = folder(home, RESTORING), folder(home, REPLACED), home.path / "media"
    if cluster.has(name(cluster, REPLACED)):
        if fresh.exists():
            if media.exists() and not replaced.exists():
                media.rename(replaced)
            replaced.mkdir(mode=0o700, exist_ok=True)  # the sign that the old database is still to be dropped
            shutil.rmtree(media, ignore_errors=True)
            fresh.rename(media)
        cluster.drop(name(cluster, REPLACED))
    else:
        cluster.drop(name(cluster, RESTORING))
        shutil.rmtree(fresh, ignore_errors=True)
    shutil.rmtree(replaced, ignore_errors=True)
