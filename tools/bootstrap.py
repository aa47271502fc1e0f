"""Make a virtual environment holding exactly what a lock file says, and mande itself.

    python3 tools/bootstrap.py runtime      what `make evaluate` needs
    python3 tools/bootstrap.py dev          what `make test` needs
    python3 tools/bootstrap.py notebook     what `make notebook` needs, in its own environment

Standard library only. Parses on Python 2.7 and later, so that a Python that is too old can be
told so (hence no f-strings and no annotations).
"""

import hashlib
import io
import json
import os
import re
import subprocess
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
NEEDED = (3, 11)
# The dev lock holds the runtime lock. JupyterLab lives apart: what it brings makes every report
# a second slower.
VENVS = {"runtime": ".venv", "dev": ".venv", "notebook": ".venv-notebook"}
COVERED_BY = {"runtime": ("runtime", "dev"), "dev": ("dev",), "notebook": ("notebook",)}


class Stop(Exception):
    """Something the user has to mend; its text says how."""


def main(arguments):
    names = [a for a in arguments if not a.startswith("--")]
    if len(names) != 1 or names[0] not in VENVS:
        raise Stop("usage: python3 tools/bootstrap.py [--with-this-python] runtime|dev|notebook")
    name = names[0]
    venv = os.path.join(ROOT, VENVS[name])
    with io.open(venv + ".lock", "w") as lock:
        wait_for(lock)
        prepare(venv, name, arguments)


def wait_for(lock):
    """Wait while another run works on the same environment; two at once would break it."""
    try:
        import fcntl
    except ImportError:  # Windows, which has no make of its own either
        return
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except (OSError, IOError):
        say("another command is setting up the same environment; waiting for it")
        fcntl.flock(lock, fcntl.LOCK_EX)


def prepare(venv, name, arguments):
    stamp = read_stamp(venv)
    if "--with-this-python" in arguments and stamp.get("python") != this_python():
        stamp = {}
    usable = bool(stamp) and runs(venv, stamp)
    if usable and stamp["installed"] in [wanted(lock) for lock in COVERED_BY[name]]:
        return
    if not usable:
        create(venv)
    install(venv, name)


# --- the stamp: written last, so that an interrupted installation leaves none


def stamp_path(venv):
    return os.path.join(venv, "mande-installed.json")


def read_stamp(venv):
    """What was installed, or {} where nothing was, or another folder's copy lies here."""
    try:
        with io.open(stamp_path(venv), encoding="utf-8") as file:
            stamp = json.load(file)
    except (OSError, IOError, ValueError):
        return {}
    return stamp if stamp.get("folder") == venv else {}


def write_stamp(venv, name):
    stamp = {"folder": venv, "python": venv_python_version(venv), "installed": wanted(name)}
    with io.open(stamp_path(venv), "w", encoding="utf-8") as file:
        json.dump(stamp, file)


def wanted(name):
    """A name that changes with the lock file or with pyproject.toml."""
    digest = hashlib.sha256()
    for path in (lock_path(name), os.path.join(ROOT, "pyproject.toml")):
        with open(path, "rb") as file:
            digest.update(file.read())
    return name + " " + digest.hexdigest()


def lock_path(name):
    return os.path.join(ROOT, "requirements", name + ".txt")


# --- Python


def this_python():
    return "{0}.{1}".format(*sys.version_info)


def venv_python(venv):
    folder, file = ("Scripts", "python.exe") if os.name == "nt" else ("bin", "python")
    return os.path.join(venv, folder, file)


def venv_python_version(venv):
    """Version as '3.11', or '' where the environment's Python is gone."""
    code = "import sys; print('{0}.{1}'.format(*sys.version_info))"
    try:
        return subprocess.check_output([venv_python(venv), "-I", "-c", code]).decode().strip()
    except (OSError, subprocess.CalledProcessError):
        return ""


def runs(venv, stamp):
    """False once the system's Python went away or moved on to the next version."""
    return venv_python_version(venv) == stamp["python"]


def can_import(module):
    import importlib.util

    spec = importlib.util.find_spec(module)
    return spec is not None and spec.origin is not None  # an empty folder left behind has none


def check_this_python():
    if sys.version_info < NEEDED:
        raise Stop(
            "mande needs Python {0}.{1} or later; '{2}' is Python {3}.{4}.\n"
            "If a later one is installed under another name, say so, for example\n"
            "    make PYTHON=python3.12 evaluate".format(
                NEEDED[0], NEEDED[1], sys.executable, *sys.version_info[:2]
            )
        )


# --- environment and packages


def create(venv):
    check_this_python()
    say("creating {0} with Python {1} ({2})".format(os.path.basename(venv), this_python(), sys.executable))
    command = [sys.executable, "-m", "venv", "--clear"]
    if not can_import("ensurepip"):  # Debian and Ubuntu ship it apart; the host's pip serves instead
        check_host_pip()
        command.append("--without-pip")
    if subprocess.call(command + [venv]) != 0:
        raise Stop("Python could not create {0} (see above).".format(venv))


def check_host_pip():
    remedy = "On Debian or Ubuntu: sudo apt install python3-venv"
    if not can_import("pip"):
        raise Stop(
            "this Python ({0}) comes without ensurepip and without pip, so nothing can be installed.\n"
            "{1}  (or python3-pip)".format(sys.executable, remedy)
        )
    import pip

    if tuple(int(n) for n in re.findall(r"\d+", pip.__version__)[:2]) < (22, 3):
        raise Stop(
            "this Python ({0}) comes without ensurepip, and its pip is {1}; 22.3 or later is needed.\n"
            "{2}".format(sys.executable, pip.__version__, remedy)
        )


def pip_command(venv):
    """The environment's own pip, or the host's working on it from outside."""
    own = [venv_python(venv), "-m", "pip"]
    with open(os.devnull, "wb") as nowhere:
        if subprocess.call(own + ["--version"], stdout=nowhere, stderr=nowhere) == 0:
            return own
    check_host_pip()
    return [sys.executable, "-m", "pip", "--python", venv_python(venv)]


def install(venv, name):
    if os.path.exists(stamp_path(venv)):
        os.remove(stamp_path(venv))
    pip = pip_command(venv) + ["--disable-pip-version-check", "install"]
    with io.open(lock_path(name), encoding="utf-8") as file:
        total = len(re.findall(r"^[a-z0-9][^;\n]*==[^;\n]*$", file.read(), re.MULTILINE))
    say("installing about {0} packages, a minute or two the first time".format(total))
    run_pip(pip + ["--require-hashes", "--only-binary", ":all:", "-r", lock_path(name)])
    say("installing mande from this folder")
    run_pip(pip + ["--no-deps", "--no-build-isolation", "--no-index", "--editable", ROOT])
    write_stamp(venv, name)


# "Downloading https://.../numpy-2.4.6-cp311-...whl (16.8 MB)" and its variants
FETCHED = re.compile(
    r" *(?:Downloading|Using cached|Processing) (?:\S*/)?([^/\s-]+)-([^/\s-]+)-\S+\.whl(?: |$)(\(\d.*\))?"
)


def run_pip(command):
    """Run pip with a line for each file it fetches; its full text only when it fails."""
    # PIP_USER=1 in someone's shell would send everything past the environment.
    process = subprocess.Popen(
        command,
        env=dict(os.environ, PIP_USER="0"),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        universal_newlines=True,
    )
    lines = []
    n_files = 0
    for line in process.stdout:
        lines.append(line)
        found = FETCHED.match(line)
        if found:
            n_files += 1
            say("{0:4d} {1} {2} {3}".format(n_files, *found.groups("")).rstrip())
        elif "Retrying" in line:
            say(line.rstrip())
        elif line.startswith("Installing collected packages") and n_files > 1:
            say("unpacking {0} packages (half a minute or more)".format(n_files))
    if process.wait() != 0:
        sys.stderr.write("".join(line for line in lines[-30:] if not line.startswith("WARNING")))
        raise Stop(
            "pip did not finish (see above). Often the network: run the same command again,\n"
            "what was fetched is kept."
        )


def say(text):
    print(text)
    sys.stdout.flush()


if __name__ == "__main__":
    try:
        main(sys.argv[1:])
    except Stop as stop:
        sys.exit("\n" + str(stop))
    except KeyboardInterrupt:
        sys.exit("\nInterrupted. Run the same command again; what was fetched is kept.")
