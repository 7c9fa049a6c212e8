"""The action runs as the interpreter alone would run it."""
import os
import signal
import time
import unittest

import host

GUARDED = "def run(params):\n    set_result(__name__)\nif __name__ == '__main__':\n    run({})\n    print('guard')\n"


class Running(unittest.TestCase):
    def test_a_script_is_main(self):
        ended = host.run_code("import sys\nset_result([__name__, __file__, sys.argv, sys.path[0]])", "a", "-b")
        name, file, argv, first = ended.result
        self.assertEqual((name, argv), ("__main__", [file, "a", "-b"]))
        self.assertEqual(first, os.path.dirname(os.path.realpath(file)))

    def test_run_returns_the_result(self):
        self.assertEqual(host.run_code("def run(params):\n    return params", params={"a": [1]}).result, {"a": [1]})
        self.assertEqual(host.run_code("async def run(params):\n    return 5").result, 5)
        self.assertEqual(host.run_code("def run(params):\n    pass").raw, b"")

    def test_run_runs_once_though_the_author_guards_it(self):
        ended = host.run_code(GUARDED)
        self.assertEqual((ended.result, ended.out), ("__mp_main__", ""))

    def test_a_run_from_elsewhere_is_not_called(self):
        ended = host.run_code("from subprocess import run\nfrom asyncio import run as r\nprint('x')\n")
        self.assertEqual((ended.status, ended.out), (0, "x\n"), ended.err)
        ended = host.run_code("class A:\n    def run(self, p):\n        print('no')\nprint('x')\n")
        self.assertEqual(ended.out, "x\n")

    def test_helpers_beside_the_action(self):
        path = host.action("import helper\nset_result(helper.value())")
        host.action("from aside import get_secret\ndef value():\n    return get_secret('k')", "helper.py", path.parent)
        self.assertEqual(host.run(path, secrets={"k": "v"}).result, "v")

    def test_the_source_form_works_too(self):
        path = host.action("set_result(get_secret('k'))")
        self.assertEqual(host.run(path, secrets={"k": "v"}, wrapper=host.SOURCE).result, "v")

    def test_future_imports_cookies_and_marks(self):
        code = "from __future__ import annotations\ndef f(x: undefined): pass\nset_result(f.__annotations__)"
        self.assertEqual(host.run_code(code).result, {"x": "undefined"})
        code = "# -*- coding: latin-1 -*-\nset_result('\xe9')".encode("latin-1")
        self.assertEqual(host.run_code(code).result, "\xe9")
        self.assertEqual(host.run_code(b"\xef\xbb\xbfset_result(1)\r\n").result, 1)
        self.assertEqual(host.run_code("").status, 0)

    def test_nothing_traces_the_action(self):
        code = "import sys, gc\nset_result([sys.gettrace() is None, sys._getframe().f_trace is None, gc.isenabled()])"
        self.assertEqual(host.run_code(code).result, [True, True, True])

    def test_the_wrapper_gives_no_futures_away(self):
        self.assertEqual(host.run_code("def f(x: int): pass\nset_result(f.__annotations__['x'] is int)").result, True)

    def test_pickle_finds_what_the_action_defines(self):
        code = "import pickle\nclass A: pass\n%spickle.loads(pickle.dumps(A()))\nprint('ok')\n"
        self.assertEqual(host.run_code(code % "").out, "ok\n")
        code = "import pickle\nclass A: pass\ndef run(params):\n    pickle.loads(pickle.dumps(A()))\n    return 'ok'"
        self.assertEqual(host.run_code(code).result, "ok")


class Inline(unittest.TestCase):
    CODE = "import os, sys\nset_result([sys.argv, os.environ.get('ASIDE_CODE_FD'), os.path.exists('/proc/self/fd/4')])\n"

    def test_the_descriptor_is_gone(self):
        ended = host.run("<inline>", "a", code=self.CODE)
        self.assertEqual(ended.result, [["<inline>", "a"], None, False], ended.err)

    def test_tracebacks_show_its_lines(self):
        ended = host.run("<inline>", code="x = 1\ndef f():\n    raise ValueError(x)  # here\nf()\n")
        self.assertIn('File "<inline>", line 3, in f\n    raise ValueError(x)  # here', ended.err)
        code = "import traceback\ntry:\n    1 / 0  # here\nexcept ZeroDivisionError:\n    traceback.print_exc()\n"
        self.assertIn("1 / 0  # here", host.run("<inline>", code=code).err)

    def test_a_file_that_only_the_host_can_read(self):
        ended = host.run("/nowhere/pack/act.py", code="set_result([__file__, __name__])\nboom  # here\n")
        self.assertEqual(ended.result, ["/nowhere/pack/act.py", "__main__"])
        self.assertIn('File "/nowhere/pack/act.py", line 2', ended.err)
        self.assertIn("boom  # here", ended.err)


class Errors(unittest.TestCase):
    def assert_like_plain(self, code, *args):
        path = host.action(code)
        mine, bare = host.run(path, *args), host.plain(path, *args)
        self.assertEqual((mine.status, mine.out, mine.err), (bare.status, bare.out, bare.err))
        return mine

    def test_they_look_as_under_the_interpreter_alone(self):
        for code in (
            "def f():\n    1 / 0\nf()\n",
            "def f():\nreturn 1\n",
            "print('a'\nprint('b')\n",
            "try:\n    1 / 0\nexcept Exception as e:\n    raise KeyError('x') from e\n",
            "import json\njson.loads('{')\n",
            "raise Exception('\\udcff')\n",
            "import warnings\nwarnings.warn('w')\nx = 1 is 1\n",
            "import sys\nsys.excepthook = lambda *a: print('hook', a[0])\n1 / 0\n",
            "import sys\ndef hook(*a):\n    raise OSError('hook')\nsys.excepthook = hook\n1 / 0\n",
            "import threading\nt = threading.Thread(target=lambda: 1 / 0, name='t')\nt.start()\nt.join()\n",
        ):
            with self.subTest(code=code):
                ended = self.assert_like_plain(code)
                self.assertNotIn("aside", ended.err)

    def test_exit_statuses(self):
        for code in ("", "None", "0", "3", "256", "-1", "True", "'words'", "1.5", "(1, 2)"):
            with self.subTest(code=code):
                self.assert_like_plain("import sys\nprint('x')\nsys.exit(%s)\n" % code)
        self.assert_like_plain("raise SystemExit(4)")
        self.assert_like_plain("import os\nos._exit(9)")
        self.assert_like_plain("quit(2)")

    def test_an_exit_from_run(self):
        self.assertEqual(host.run_code("import sys\ndef run(params):\n    sys.exit(7)").status, 7)

    def test_an_action_that_is_not_there(self):
        self.assertEqual(host.run("/nowhere/act.py").status, 127)
        self.assertEqual(host.run(host.FOLDER).status, 126)

    def test_signals_do_what_they_do(self):
        for number in (signal.SIGTERM, signal.SIGINT):
            path = host.action("import time\nprint('up', end='\\n')\ntime.sleep(20)")
            child, result = host.start([host.sys.executable, "-I", str(host.WRAPPER), str(path)], host.frame({}))
            self.assertEqual(child.stdout.readline(), b"up\n")  # shown before it ends
            child.send_signal(number)
            _, err = child.communicate(timeout=10)
            os.close(result)
            self.assertEqual(child.returncode, -number)
            if number == signal.SIGINT:
                self.assertIn(b"KeyboardInterrupt", err)
                self.assertEqual(err.count(b"Traceback"), 1)
                self.assertNotIn(b"aside", err)


class Leaving(unittest.TestCase):
    """The fast way out must do all that the slow one does."""

    def written(self, code, name="out"):
        path = host.action(code)
        target = path.parent / name
        ended = host.run(path, str(target))
        self.assertEqual((ended.status, ended.err), (0, ""))
        return target.read_text() if target.exists() else None

    def test_open_files_are_written_out(self):
        module = "import sys\nf = open(sys.argv[1], 'w')\nf.write('data')\n"
        holders = {
            "a global": module,
            "a cycle": module + "def g(): return f\n",
            "run": "import sys\nf = open(sys.argv[1], 'w')\ndef run(params):\n    f.write('data')\n",
            "a hook": module + "sys.excepthook = lambda *a: f\n",
            "a builtin": module + "import builtins\nbuiltins.f = f\ndel f\n",
            "a module": module + "import json\njson.f = f\ndel f\n",
            "sys": module + "sys.f = f\n",
            "stdout": module + "sys.stdout = f\n",
            "a default": module + "def g(x=f): pass\nimport atexit\natexit.register(g)\n",
        }
        for name, code in holders.items():
            with self.subTest(name):
                self.assertEqual(self.written(code), "data")

    def test_gzip_and_generators_are_finished(self):
        code = "import gzip, sys\nf = gzip.open(sys.argv[1], 'wb')\nf.write(b'data')\n"
        path = host.action(code)
        host.run(path, str(path.parent / "out"))
        import gzip

        self.assertEqual(gzip.open(str(path.parent / "out")).read(), b"data")
        code = "import sys\ndef g():\n    try:\n        yield\n    finally:\n        print('closed')\nx = g()\nnext(x)\n"
        self.assertEqual(host.run_code(code).out, "closed\n")

    def test_destructors_see_their_module(self):
        code = "WORD = 'bye'\nclass A:\n    def __del__(self):\n        print(WORD)\na = A()\n"
        self.assertEqual(host.run_code(code).out, "bye\n")

    def test_the_standard_library_says_goodbye(self):
        code = (
            "import atexit, logging, logging.handlers, sys, tempfile, threading, time, weakref\n"
            "atexit.register(print, 'atexit')\n"
            "class A: pass\n"
            "a = A()\n"
            "weakref.finalize(a, print, 'finalize')\n"
            "target = logging.StreamHandler(sys.stdout)\n"
            "handler = logging.handlers.MemoryHandler(100, target=target)\n"
            "logging.getLogger().addHandler(handler)\n"
            "logging.warning('memory')\n"
            "def late():\n"
            "    time.sleep(0.2)\n"
            "    print('thread')\n"
            "threading.Thread(target=late).start()\n"
            "d = tempfile.TemporaryDirectory()\n"
            "print(d.name)\n"
        )
        path = host.action(code)
        mine, bare = host.run(path), host.plain(path)
        self.assertEqual(mine.out.splitlines()[1:], bare.out.splitlines()[1:], mine.err)
        self.assertEqual(sorted(mine.out.split()[1:]), ["atexit", "finalize", "memory", "thread"])
        self.assertFalse(os.path.exists(mine.out.splitlines()[0]))

    def test_pools_and_loops(self):
        code = (
            "from concurrent.futures import ThreadPoolExecutor\n"
            "import asyncio, multiprocessing, time\n"
            "def f(x):\n"
            "    return x * 2\n"
            "if __name__ == '__main__':\n"
            "    pool = multiprocessing.get_context('fork').Pool(2)\n"
            "    print(pool.map(f, [1, 2]))\n"
            "    e = ThreadPoolExecutor(1)\n"
            "    e.submit(lambda: (time.sleep(0.2), print('executor')))\n"
            "    async def main():\n"
            "        await asyncio.sleep(0)\n"
            "        print('loop')\n"
            "    asyncio.run(main())\n"
        )
        ended = host.run_code(code)
        self.assertEqual((ended.status, ended.out), (0, "[2, 4]\nloop\nexecutor\n"), ended.err)

    def test_spawned_children_find_the_action(self):
        code = (
            "import multiprocessing\n"
            "def f(x):\n    return x * 2\n"
            "def run(params):\n"
            "    with multiprocessing.get_context('spawn').Pool(1) as pool:\n"
            "        return pool.map(f, [1, 2])\n"
        )
        ended = host.run_code(code)
        self.assertEqual(ended.result, [2, 4], ended.err)

    def test_daemon_threads_do_not_hold_it(self):
        code = "import threading, time\nthreading.Thread(target=time.sleep, args=(60,), daemon=True).start()\nprint('x')"
        begun = time.time()
        self.assertEqual(host.run_code(code).out, "x\n")
        self.assertLess(time.time() - begun, 10)

    def test_a_failing_exit_function_is_shown(self):
        ended = host.run_code("import atexit\natexit.register(lambda: 1 / 0)\natexit.register(print, 'second')\n")
        self.assertEqual((ended.status, ended.out), (0, "second\n"))
        self.assertEqual(ended.err.count("ZeroDivisionError"), 1)

    def test_a_closed_stdout(self):
        path = host.action("import os, sys\nos.close(1)\nprint('lost', end='')\n")
        self.assertEqual((host.run(path).status, host.plain(path).status), (120, 120))

    def test_a_forked_child(self):
        code = "import os\npid = os.fork()\nif pid: print(os.waitpid(pid, 0)[1] >> 8)\nelse: raise SystemExit(5)\n"
        self.assertEqual(host.run_code(code).out, "5\n")


if __name__ == "__main__":
    unittest.main()
