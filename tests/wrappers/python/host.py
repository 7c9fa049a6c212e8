"""Starts actions as the host does: two lines on stdin, fd 3 for the result."""
import json
import os
import pathlib
import py_compile
import subprocess
import sys
import tempfile
import threading

SOURCE = pathlib.Path(__file__).resolve().parents[3] / "src/wrappers/python.py"
_folder = tempfile.TemporaryDirectory()
FOLDER = pathlib.Path(_folder.name)
WRAPPER = FOLDER / "wrapper.pyc"
py_compile.compile(str(SOURCE), str(WRAPPER), "<aside>", doraise=True)


def text(value):
    """Canonical JSON: the frame's only escapes are \\uXXXX."""
    if isinstance(value, bytes):
        value = value.decode("utf-8", "surrogateescape")
    if isinstance(value, str):
        escaped = (
            "\\u%04x" % ord(c) if c in '"\\' or c < " " or "\udc80" <= c <= "\udcff" else c
            for c in value
        )
        return '"' + "".join(escaped) + '"'
    if isinstance(value, dict):
        return "{" + ",".join(text(k) + ":" + text(v) for k, v in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ",".join(map(text, value)) + "]"
    return json.dumps(value)


def frame(secrets, params=(), compat=False):
    line = {
        "parameters": dict(params),
        "execution": {"id": "e1", "action": "pack.name", "attempt": 1},
    }
    if compat:
        line["compat"] = {"env_secrets": True}
    return (text(secrets) + "\n" + text(line) + "\n").encode()


class Ended:
    def __init__(self, status, out, err, result):
        self.status, self.out, self.err = status, out.decode("utf-8", "surrogateescape"), err.decode()
        self.raw = result
        self.result = json.loads(result.splitlines()[-1]) if result else None


def action(code, name="action.py", folder=None):
    folder = pathlib.Path(folder or tempfile.mkdtemp(dir=str(FOLDER)))
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(code if isinstance(code, bytes) else code.encode())
    return path


def start(command, stdin, env=(), code=None):
    """A started process and the read end of its result pipe."""
    result, write = os.pipe()
    env = dict({"PATH": os.environ["PATH"], "LANG": "C.UTF-8", "ASIDE_RESULT_FD": "3"}, **dict(env))
    memfd = None
    if code is not None:
        env["ASIDE_CODE_FD"] = "4"
        memfd = os.memfd_create("code") if hasattr(os, "memfd_create") else os.open(
            str(FOLDER), os.O_TMPFILE | os.O_RDWR
        )
        os.write(memfd, code if isinstance(code, bytes) else code.encode())
        os.lseek(memfd, 0, os.SEEK_SET)

    def descriptors():
        high = 100
        os.dup2(write, high)
        if memfd is not None:
            os.dup2(memfd, high + 1)
            os.dup2(high + 1, 4)
        os.dup2(high, 3)
        os.closerange(5 if memfd is not None else 4, 256)

    child = subprocess.Popen(
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=env,
        preexec_fn=descriptors,
        close_fds=False,
    )
    for fd in (write, memfd):
        if fd is not None:
            os.close(fd)

    pipe, child.stdin = child.stdin, None

    def feed():
        try:
            with pipe:
                pipe.write(stdin)
        except BrokenPipeError:
            pass

    threading.Thread(target=feed, daemon=True).start()
    return child, result


def run(path, *args, secrets=None, params=(), compat=False, code=None, wrapper=None, stdin=None, env=()):
    """Runs an action to its end."""
    if stdin is None:
        stdin = frame(secrets or {}, params, compat)
    command = [sys.executable, "-I", str(wrapper or WRAPPER), str(path), *args]
    child, result = start(command, stdin, env, code)
    received = []

    def read():
        with open(result, "rb") as file:
            received.append(file.read())

    reader = threading.Thread(target=read)
    reader.start()
    out, err = child.communicate(timeout=30)
    reader.join()
    return Ended(child.returncode, out, err, received[0])


def run_code(source, *args, **more):
    """Runs a source text as an action file."""
    return run(action(source), *args, **more)


def plain(path, *args):
    """The same file under the interpreter alone."""
    done = subprocess.run(
        [sys.executable, "-I", str(path), *args],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        timeout=30,
    )
    return Ended(done.returncode, done.stdout, done.stderr, b"")
