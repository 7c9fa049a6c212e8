"""The child's side of aside, for Python 3.8 and later.

    python3 -I python.py ACTION ARGS…        (python.py or its compiled .pyc)

stdin holds two lines of JSON: the secrets, then the parameters. This file reads
both, becomes the module `aside`, and then runs the action as Python itself would:

* an action that defines `run` at its top level (`def run(params)` or `async def`)
  is loaded first and then called; what `run` returns is the result. Its `__name__`
  is `__mp_main__`, the name that the standard library gives to a main file that is
  loaded and not run. So `if __name__ == "__main__": run(…)` doesn't run it twice,
  and what it defines can still be pickled.
* any other file runs as `__main__`.

Start-up time decides the style: only modules that the interpreter has already
loaded, or that are compiled into it, are imported. `json` alone would cost as much
as a start of the interpreter.
"""
import gc
import io
import os
import sys

try:
    import _json
except ImportError:  # not CPython
    _json = None

__all__ = [
    "MissingSecret",
    "get_param",
    "get_secret",
    "get_secret_bytes",
    "params",
    "require_secret",
    "secret_names",
    "set_result",
]


class MissingSecret(KeyError):
    """The action asked for a secret that it wasn't given."""

    __module__ = "aside"

    def __str__(self):
        return "no secret is named %r; add it to the action's secrets" % self.args


def get_secret(name, default=None):
    """The secret's value, or `default` if the action has no secret of this name.

    Bytes that aren't UTF-8 are surrogate escapes, as in `os.environ`.
    """
    return _secrets.get(name, default)


def get_secret_bytes(name, default=None):
    """The secret's exact bytes; for a value that isn't a string its JSON text."""
    if name not in _secrets:
        return default
    value = _secrets[name]
    if isinstance(value, str):
        return value.encode("utf-8", "surrogateescape")
    return _json_text(name).encode("utf-8")


def require_secret(name):
    """The secret's value. Raises `MissingSecret` if there is none."""
    if name not in _secrets:
        raise MissingSecret(name)
    return _secrets[name]


def secret_names():
    """The names of all secrets the action was given."""
    return list(_secrets)


def get_param(name, default=None):
    """A parameter of the action. Secrets are never looked up here."""
    return params.get(name, default)


def set_result(value):
    """Writes `value` as the action's result. The last result counts."""
    text = _encode(value).encode("ascii") + b"\n"
    while text:
        text = text[os.write(_result_fd, text) :]


# --- The frame -------------------------------------------------------------


class _Plain:
    """The settings of a plain JSON scanner."""

    strict = True
    object_hook = object_pairs_hook = parse_constant = None
    parse_float = float
    parse_int = int
    memo = {}


def _make_scanner():
    if _json and hasattr(_json, "make_scanner"):
        return _json.make_scanner(_Plain)
    import json

    return json.JSONDecoder().raw_decode


def _encode(value):
    if not (_json and hasattr(_json, "make_encoder")):
        import json

        return json.dumps(value, allow_nan=False)
    # The markers detect cycles. No NaN: it isn't JSON.
    encoder = _json.make_encoder(
        {}, _refuse, _json.encode_basestring_ascii, None, ":", ",", False, False, False
    )
    return "".join(encoder(value, 0))


def _refuse(value):
    raise TypeError("a result can't hold an object of type %s" % type(value).__name__)


def _json_text(name):
    """The JSON text of one secret, exactly as it was sent."""
    scan = _make_scanner()
    at = 1
    while True:
        key, colon = scan(_line, at)
        start = colon + 1
        _, at = scan(_line, start)
        if key == name:
            return _line[start:at]
        at += 1


def _read_frame():
    """Both lines of stdin, parsed; an error here must never show their text."""
    with open(0, "rb", buffering=0, closefd=False) as stdin:
        secrets, _, rest = stdin.readall().partition(b"\n")
    try:
        scan = _make_scanner()
        line = secrets.decode("utf-8")
        return line, scan(line, 0)[0], scan(rest.decode("utf-8"), 0)[0]
    except Exception:
        _give_up(125, "failed to read the secrets: stdin must hold aside's two lines of JSON")


def _give_up(status, message):
    sys.stderr.write("aside: %s\n" % message)
    sys.stderr.flush()
    os._exit(status)


# --- The action's code -----------------------------------------------------


def _read_source(path):
    """The action's source, and whether it came from the descriptor."""
    fd = os.environ.pop("ASIDE_CODE_FD", None)
    try:
        # Leaving the block closes the descriptor, before any of the author's code.
        with open(path if fd is None else int(fd), "rb", buffering=0) as file:
            return file.readall(), fd is not None
    except OSError as error:
        status = 127 if isinstance(error, FileNotFoundError) else 126
        _give_up(status, "failed to read the action %s: %s" % (path, error.strerror))


def _compile(source, path):
    """A code object, without the builtin `compile` where possible.

    `compile` builds 200 classes for syntax trees before it does anything, which
    takes longer than all the rest of this file. `exec` doesn't. So `exec` the
    source, and stop it by a trace function before its first instruction.
    """
    try:
        code = _code_of(source)
        import _imp

        _imp._fix_co_filename(code, path)
        return code
    except Exception:
        pass
    # Whatever is wrong, `compile` tells it with the right file and line.
    return compile(source, path, "exec", dont_inherit=True)


class _Captured(Exception):
    pass


def _code_of(source):
    import _warnings

    captured = []

    def trace(frame, _event, _argument):
        captured.append(frame.f_code)
        raise _Captured

    if sys.gettrace() is not None:
        raise RuntimeError("a debugger is at work")
    # A warning would name the wrong file: make it an error, for `compile` to tell.
    _warnings.filters.insert(0, ("error", None, SyntaxWarning, None, 0))
    _warnings._filters_mutated()
    sys.settrace(trace)
    try:
        exec(source, {})
    except _Captured:
        pass
    finally:
        sys.settrace(None)
        del _warnings.filters[0]
        _warnings._filters_mutated()
    return captured[0]


def _defines_run(code):
    names = ("run", "<generic parameters of run>")
    return any(getattr(const, "co_name", None) in names for const in code.co_consts)


class _SourceLines:
    """Shows inline code in tracebacks: fills `linecache` when it is imported."""

    def __init__(self, path, source):
        lines = source.decode("utf-8", "replace").splitlines(True)
        self.path, self.entry = path, (len(source), None, lines, path)
        if "linecache" in sys.modules:
            self.fill(sys.modules["linecache"])
        else:
            sys.meta_path.insert(0, self)

    def fill(self, linecache):
        linecache.cache[self.path] = self.entry

    def find_spec(self, name, path=None, target=None):
        if name != "linecache":
            return None
        from _frozen_importlib_external import PathFinder

        sys.meta_path.remove(self)
        spec = PathFinder.find_spec(name)
        execute = spec.loader.exec_module

        def exec_module(module):
            execute(module)
            self.fill(module)

        spec.loader.exec_module = exec_module
        return spec


def _make_main(path):
    """A fresh main module for the action, as Python makes for a script."""
    from _frozen_importlib_external import SourceFileLoader

    main = type(sys)("__main__")
    if path.startswith("/"):
        main.__file__ = path
        main.__loader__ = SourceFileLoader("__main__", path)
        sys.path.insert(0, os.path.dirname(os.path.realpath(path)))
    main.__cached__ = None
    main.__builtins__ = sys.modules["builtins"]
    main.__annotations__ = {}
    for name in __all__:
        setattr(main, name, globals()[name])
    sys.modules["__main__"] = main
    return main


def _perform(path):
    source, handed_over = _read_source(path)
    if handed_over:
        _SourceLines(path, source)
    code = _compile(source, path)
    main = _make_main(path)
    if not _defines_run(code):
        exec(code, main.__dict__)
        return
    main.__name__ = "__mp_main__"
    sys.modules["__mp_main__"] = main
    exec(code, main.__dict__)
    result = main.run(params)
    if hasattr(result, "__await__"):
        import asyncio

        result = asyncio.run(_await(result))
    if result is not None:
        set_result(result)


async def _await(awaitable):
    return await awaitable


# --- The old way of reading secrets ----------------------------------------


def _serve_old_names():
    """Lets `os.environ["SECRET_NAME"]` answer, in this process only.

    The real environment stays as it is, so children never inherit a secret, and
    neither iteration nor a copy shows one.
    """
    names = {}
    for name in _secrets:
        plain = (c.upper() if c.isascii() and c.isalnum() else "_" for c in name)
        names.setdefault("SECRET_" + "".join(plain), []).append(name)
    warned = set()

    def old_value(variable):
        candidates = names.get(variable, ())
        if not candidates:
            raise KeyError(variable)
        if variable not in warned:
            warned.add(variable)
            both = " or ".join("get_secret(%r)" % name for name in candidates)
            sys.stderr.write("aside: warning: %s is no variable any more; use %s\n" % (variable, both))
        if len(candidates) > 1:
            raise KeyError(variable)
        value = _secrets[candidates[0]]
        return value if isinstance(value, str) else _json_text(candidates[0])

    class Environ(type(os.environ)):
        def __getitem__(self, variable):
            try:
                return super().__getitem__(variable)
            except KeyError:
                return old_value(variable)

        def __delitem__(self, variable):
            if names.pop(variable, None) is None:
                super().__delitem__(variable)

    os.environ.__class__ = Environ


# --- The way out -----------------------------------------------------------


def _hide_ourselves(error):
    """Takes this file's frames out of a traceback and of those chained to it."""
    here = _perform.__code__.co_filename
    group = getattr(sys.modules["builtins"], "BaseExceptionGroup", ())
    todo, seen = [error], set()
    while todo:
        error = todo.pop()
        if error is None or id(error) in seen:
            continue
        seen.add(id(error))
        theirs, entry = [], error.__traceback__
        while entry:
            if entry.tb_frame.f_code.co_filename != here:
                theirs.append(entry)
            entry = entry.tb_next
        for entry, following in zip(theirs, theirs[1:] + [None]):
            entry.tb_next = following
        error.__traceback__ = theirs[0] if theirs else None
        todo += [error.__cause__, error.__context__]
        if isinstance(error, group):
            todo += error.exceptions


def _report(error, path):
    """Prints an uncaught exception as the interpreter would."""
    _hide_ourselves(error)
    hook = sys.excepthook
    if hook is sys.__excepthook__ and not os.path.exists(path):
        # The builtin hook of old versions reads source from files only.
        from traceback import print_exception as hook
    try:
        hook(type(error), error, error.__traceback__)
    except Exception as second:
        _hide_ourselves(second)
        sys.stderr.write("Error in sys.excepthook:\n")
        sys.__excepthook__(type(second), second, second.__traceback__)
        sys.stderr.write("\nOriginal exception was:\n")
        sys.__excepthook__(type(error), error, error.__traceback__)


def _exit_status(code):
    """What the interpreter makes of the argument of `sys.exit`."""
    if code is None:
        return 0
    if isinstance(code, int):
        return code & 0xFF if -(2**63) <= code < 2**63 else 0xFF
    sys.stderr.write(str(code) + "\n")
    return 1


def _leave(status, before):
    """Ends the process at once, after all that an ordinary exit would have done.

    Where something is left that only the interpreter can finalise in the right
    order, such as an open file, it returns, and the ordinary, slower exit follows.
    """
    import _thread

    if _needs_finalising():
        return
    try:
        if "threading" in sys.modules:
            sys.modules["threading"]._shutdown()
            # Were it to return after all: the interpreter must not do it again.
            del sys.modules["threading"]
        if "atexit" in sys.modules:
            _run_exit_functions(sys.modules["atexit"])
        if _thread._count() or _needs_finalising():
            return
        # Drop what the action made: an object may do its work when it is freed.
        for name in [name for name in sys.modules if name not in before]:
            del sys.modules[name]
        del sys.modules["__main__"]
        gc.collect()
        for stream in (sys.stdout, sys.stderr):
            if stream is not None:
                stream.flush()
    except BaseException:
        return
    os._exit(status)


def _needs_finalising():
    """Whether an object is left that has a finaliser, an open file for example.

    Only objects made since `gc.freeze` are looked at.
    """
    for thing in gc.get_objects():
        if hasattr(type(thing), "__del__"):
            return True
    return False


def _run_exit_functions(atexit):
    try:
        atexit._run_exitfuncs()
    except BaseException:
        pass  # already printed
    atexit._clear()


def _attempt(path):
    """Runs the action. Returns what it raised, to be dealt with outside `except`."""
    try:
        _perform(path)
    except BaseException as error:
        return error


def _main():
    del sys.argv[0]
    path = sys.argv[0]
    for stream in (sys.stdout, sys.stderr):
        if stream is not None:
            # An action that is killed has still shown what it printed.
            stream.reconfigure(line_buffering=True)
    before = set(sys.modules)
    before.add("aside")
    gc.freeze()
    error, status = _attempt(path), 0
    if isinstance(error, SystemExit):
        status = _exit_status(error.code)
    elif error is not None:
        _report(error, path)
        status = 1
    if isinstance(error, KeyboardInterrupt):
        # The interpreter knows how to die of an interrupt.
        sys.excepthook = lambda *_: None
        raise error
    del error
    _leave(status, before)
    sys.exit(status)


if __name__ == "__main__":
    # This file is the module `aside` from now on.
    sys.modules["aside"] = sys.modules["__main__"]
    __name__ = "aside"
    _result_fd = int(os.environ.get("ASIDE_RESULT_FD", "3"))
    _line, _secrets, _input = _read_frame()
    params = _input["parameters"]
    if _input.get("compat", {}).get("env_secrets"):
        _serve_old_names()
    _main()
