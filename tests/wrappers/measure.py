"""Measures what a wrapper adds to a bare start, interleaved: measure.py [PAIRS].

Prints the median of each case and its ratio to the interpreter's bare start.
Python is measured in an empty virtual environment, never through a version
manager's shim.
"""
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time

WRAPPERS = pathlib.Path(__file__).resolve().parents[2] / "src/wrappers"
FLAGS = ["--noprofile", "--norc"]


def start(argv, frame, extra):
    """One run in milliseconds: spawn, write the frame, wait for the end."""
    read, write = os.pipe()
    result, result_write = os.pipe()
    null = os.open(os.devnull, os.O_WRONLY)
    actions = [
        (os.POSIX_SPAWN_DUP2, read, 0),
        (os.POSIX_SPAWN_DUP2, null, 1),
        (os.POSIX_SPAWN_DUP2, result_write, 3),
    ]
    env = {"PATH": "/usr/bin:/bin", "LANG": "C.UTF-8", "ASIDE_RESULT_FD": "3", **extra}
    begun = time.perf_counter()
    pid = os.posix_spawn(argv[0], argv, env, file_actions=actions)
    os.close(read)
    try:
        os.write(write, frame)
    except BrokenPipeError:
        pass
    os.close(write)
    _, status = os.waitpid(pid, 0)
    spent = (time.perf_counter() - begun) * 1000
    for fd in (result, result_write, null):
        os.close(fd)
    if status:
        sys.exit("%s ended with status %d" % (argv, status))
    return spent


def compare(title, base, cases, pairs):
    times = {name: [] for name in ["bare", *cases]}
    for _ in range(pairs):
        for name, case in [("bare", base), *cases.items()]:
            times[name].append(start(*case))
    bare = statistics.median(times["bare"])
    print("%s: bare %.2f ms" % (title, bare))
    for name in cases:
        ratio = statistics.median(times[name]) / bare
        print("  %-28s %.2f ms  x %.3f" % (name, statistics.median(times[name]), ratio))


def frame(count, size=20):
    pairs = ('"secret_%d":"%s"' % (n, "v" * size) for n in range(count))
    line = '{"parameters":{"a":1},"execution":{"id":"e","action":"p.a","attempt":1}}'
    return ("{" + ",".join(pairs) + "}\n" + line + "\n").encode()


def main():
    pairs = int(sys.argv[1]) if len(sys.argv) > 1 else 200
    chosen = sys.argv[2:] or ["python", "shell", "node"]
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        if "python" in chosen:
            python(folder, pairs)
        if "shell" in chosen:
            shell(folder, pairs)
        if "node" in chosen:
            node(folder, pairs)


def action(folder, name, text):
    (folder / name).write_text(text)
    return str(folder / name)


def python(folder, pairs):
    real = getattr(sys, "_base_executable", sys.executable)
    subprocess.run([real, "-m", "venv", "--without-pip", folder / "venv"], check=True)
    python = str(folder / "venv/bin/python3")
    compiled = str(folder / "aside.pyc")
    compile_it = "import py_compile,sys; py_compile.compile(sys.argv[1], sys.argv[2], '<aside>', True)"
    subprocess.run([python, "-c", compile_it, WRAPPERS / "python.py", compiled], check=True)
    bare = action(folder, "bare.py", "print('x')\n")
    asks = action(folder, "asks.py", "x = [get_secret('secret_%d' % n) for n in range(3)]\nprint('x')\n")
    runs = action(folder, "runs.py", "def run(params):\n    return get_secret('secret_0')\n")
    heavy = "import json, logging, urllib.request\nprint('x')\n"
    heavy = action(folder, "heavy.py", heavy)
    wrapped = [python, "-I", compiled]
    compare("python " + sys.version.split()[0], ([python, bare], frame(3), {}), {
        "no secret read": (wrapped + [bare], frame(3), {}),
        "3 secrets": (wrapped + [asks], frame(3), {}),
        "run() with a result": (wrapped + [runs], frame(3), {}),
        "wrapper not compiled": ([python, "-I", str(WRAPPERS / "python.py"), asks], frame(3), {}),
    }, pairs)
    compare("python, imports json logging urllib", ([python, heavy], frame(3), {}), {
        "wrapped": (wrapped + [heavy], frame(3), {}),
    }, pairs // 4)


def shell(folder, pairs):
    bare = action(folder, "bare.sh", "echo x\n")
    start_it = '. "$1"; shift; eval "$__aside_main"'

    def wrapped(file):
        return ["/bin/bash", *FLAGS, "-c", start_it, file, str(WRAPPERS / "shell.sh")]

    def asks(count):
        lines = ("get_secret -v v%d secret_%d\n" % (n, n) for n in range(count))
        return wrapped(action(folder, "asks%d.sh" % count, "".join(lines) + "echo x\n"))

    compare("bash", (["/bin/bash", *FLAGS, bare], frame(0), {}), {
        "no secret": (wrapped(bare), frame(0), {}),
        "3 secrets, 3 read": (asks(3), frame(3), {}),
        "10 secrets, 3 read": (asks(3), frame(10), {}),
        "10 secrets, 10 read": (asks(10), frame(10), {}),
        "100 secrets, 3 read": (asks(3), frame(100), {}),
        "100 secrets, 100 read": (asks(100), frame(100), {}),
        "a secret of 60 KiB": (asks(1), frame(1, 60 * 1024), {}),
    }, pairs)


def node(folder, pairs):
    bare = action(folder, "bare.mjs", "console.log('x')\n")
    asks = action(folder, "asks.mjs", "console.log(getSecret('secret_0'))\n")
    runs = action(folder, "runs.mjs", "export default async p => getSecret('secret_0')\n")
    imports = action(folder, "imports.mjs", 'import { getSecret } from "aside";\ngetSecret("secret_0");\n')
    common = action(folder, "common.cjs", "console.log(require('aside').getSecret('secret_0'))\n")
    node = "/usr/bin/node"
    wrapped = [node, str(next(WRAPPERS.glob("node.*js")))]
    compare("node", ([node, bare], frame(3), {}), {
        "global getSecret": (wrapped + [asks], frame(3), {}),
        "default function": (wrapped + [runs], frame(3), {}),
        'import from "aside"': (wrapped + [imports], frame(3), {}),
        "CommonJS": (wrapped + [common], frame(3), {}),
    }, pairs)


if __name__ == "__main__":
    main()
