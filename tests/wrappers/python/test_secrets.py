"""What an action gets to see of its secrets and parameters."""
import unittest

import host


class Values(unittest.TestCase):
    def test_every_value_arrives_exactly(self):
        values = {
            "plain": "hunter2",
            "empty": "",
            "newlines": "a\nb\n\n",
            "quotes": "it's \"so\" '''",
            "backslash": "\\n \\u0041 \\",
            "spaces": "  x  ",
            "option": "-n",
            "nul": "a\0b",
            "controls": "".join(map(chr, range(32))) + "\x7f",
            "unicode": "é€😀\u2028",
            "name with ] and $(touch /tmp/pwned)": "v",
            "": "nameless",
            "a\"b\n": "odd",
        }
        code = (
            "from aside import *\n"
            "set_result([[n, get_secret(n), get_secret_bytes(n).hex()] for n in secret_names()])\n"
        )
        ended = host.run_code(code, secrets=values)
        self.assertEqual(ended.err, "")
        self.assertEqual(
            ended.result, [[n, v, v.encode().hex()] for n, v in values.items()]
        )

    def test_bytes_that_are_no_utf8(self):
        everything = bytes(range(256)) * 2 + b"\xed\xa0\x80 \xf0\x9f\x98\x80 \xc3"
        code = (
            "import os\n"
            "assert os.fsencode(get_secret('b')) == get_secret_bytes('b')\n"
            "set_result(get_secret_bytes('b').hex())\n"
        )
        ended = host.run_code(code, secrets={"b": everything})
        self.assertEqual(ended.result, everything.hex(), ended.err)

    def test_json_values_are_objects(self):
        value = {"user": "x\"{", "list": [1, 2.5, None, True, {}], "big": 10**18}
        code = "set_result([get_secret('v'), get_secret_bytes('v').decode(), get_secret_bytes('n').decode()])\n"
        ended = host.run_code(code, secrets={"a": [1], "v": value, "n": 1.0})
        self.assertEqual(ended.result, [value, host.text(value), "1.0"])

    def test_sixteen_mebibytes(self):
        big = "é\"x\\" * (4 << 20)
        code = "import hashlib\nset_result(hashlib.sha256(get_secret_bytes('b')).hexdigest())\n"
        ended = host.run_code(code, secrets={"b": big})
        import hashlib

        self.assertEqual(ended.result, hashlib.sha256(big.encode()).hexdigest())


class Missing(unittest.TestCase):
    def test_get_secret_answers_none_or_the_default(self):
        code = "set_result([get_secret('x'), get_secret('x', 7), get_secret('x', default=8), get_secret_bytes('x')])"
        self.assertEqual(host.run_code(code).result, [None, 7, 8, None])

    def test_require_secret_names_it(self):
        ended = host.run_code("def f():\n    require_secret('tok\"en')\nf()\n")
        self.assertEqual(ended.status, 1)
        self.assertIn("MissingSecret: no secret is named 'tok\"en'", ended.err)
        self.assertIn("line 2, in f", ended.err)
        self.assertNotIn("<aside>", ended.err)
        self.assertNotIn("wrapper", ended.err)

    def test_it_is_a_key_error(self):
        code = "try:\n    require_secret('x')\nexcept KeyError as e:\n    set_result(type(e) is MissingSecret)"
        self.assertIs(host.run_code(code).result, True)


class Parameters(unittest.TestCase):
    def test_a_secret_never_overrides_a_parameter(self):
        code = "set_result([params, get_param('user'), get_param('only'), get_param('x', 1), get_secret('user')])"
        ended = host.run_code(code, secrets={"user": "s", "only": "s"}, params={"user": "p"})
        self.assertEqual(ended.result, [{"user": "p"}, "p", None, 1, "s"])

    def test_text_in_a_parameter_is_no_code(self):
        evil = "''' + __import__('os').system('echo pwned') + '''\n\"\"\""
        ended = host.run_code("set_result(params)", params={"x": evil})
        self.assertEqual((ended.result, ended.out), ({"x": evil}, ""))


class Result(unittest.TestCase):
    def test_more_than_a_pipe_holds(self):
        ended = host.run_code("def run(params):\n    return 'x' * 300000\n")
        self.assertEqual(ended.result, "x" * 300000)

    def test_what_no_json_can_hold(self):
        for value in ("object()", "{1, 2}", "float('nan')"):
            ended = host.run_code("def run(params):\n    return %s\n" % value)
            self.assertEqual(ended.status, 1, value)
            self.assertIn("Error", ended.err)
            self.assertEqual(ended.raw, b"")

    def test_a_cycle_is_an_error(self):
        ended = host.run_code("a = []\na.append(a)\nset_result(a)")
        self.assertIn("Circular", ended.err)


class Frame(unittest.TestCase):
    def test_nonsense_ends_it_without_showing_it(self):
        for stdin in (b"", b"hunter2", b'{"a":"hunter2"\n{}\n', b'{"a":"hunter2"}', b"\xff\n"):
            ended = host.run_code("print('ran')", stdin=stdin)
            self.assertEqual((ended.status, ended.out), (125, ""), stdin)
            self.assertIn("failed to read the secrets", ended.err)
            self.assertNotIn("hunter2", ended.err)

    def test_stdin_is_at_its_end(self):
        self.assertEqual(host.run_code("import sys\nset_result(sys.stdin.read())").result, "")

    def test_nothing_else_shows_the_secret(self):
        look = (
            "import os\n"
            "found = [n for n in ('cmdline', 'environ') if b'hunter2-hunter2' in open('/proc/self/' + n, 'rb').read()]\n"
            "set_result([found, [k for k in os.environ if 'hunter2' in os.environ[k]]])\n"
        )
        self.assertEqual(host.run_code(look, secrets={"k": "hunter2-hunter2"}).result, [[], []])
        # The check can see a leak.
        leak = host.run_code(look, "hunter2-hunter2", env={"LEAK": "hunter2-hunter2"})
        self.assertEqual(leak.result, [["cmdline", "environ"], ["LEAK"]])


class OldNames(unittest.TestCase):
    SECRETS = {"api-key": "hunter2", "db": {"u": 1}, "a.b": "1", "a-b": "2", "é": "accent"}

    def test_they_answer_in_this_process_only(self):
        code = (
            "import os, subprocess, sys\n"
            "child = 'import os; print([k for k in os.environ if k.startswith(\"SECRET\")])'\n"
            "set_result([os.environ['SECRET_API_KEY'], os.getenv('SECRET_API_KEY'),\n"
            "  os.environ.get('SECRET_DB'), 'SECRET_API_KEY' in os.environ, os.environ['SECRET__'],\n"
            "  [k for k in os.environ if 'SECRET' in k], [k for k in os.environ.copy() if 'SECRET' in k],\n"
            "  [k for k, v in os.environ.items() if 'hunter2' in v],\n"
            "  subprocess.run([sys.executable, '-c', child], stdout=-1).stdout.decode(),\n"
            "  os.popen('env | grep -c SECRET').read(), os.getenv('SECRET_NOPE'), os.environ.pop('SECRET_API_KEY'),\n"
            "  'SECRET_API_KEY' in os.environ])\n"
        )
        ended = host.run_code(code, secrets=self.SECRETS, compat=True)
        self.assertEqual(
            ended.result,
            ["hunter2", "hunter2", '{"u":1}', True, "accent", [], [], [], "[]\n", "0\n", None, "hunter2", False],
            ended.err,
        )
        self.assertEqual(ended.err.count("SECRET_API_KEY is no variable any more; use get_secret('api-key')"), 1)

    def test_the_check_of_children_can_see_a_leak(self):
        code = "import os\nos.environ['SECRET_X'] = 'v'\nset_result(os.popen('env | grep -c SECRET').read())"
        self.assertEqual(host.run_code(code, compat=True).result, "1\n")

    def test_two_secrets_of_one_name_answer_to_neither(self):
        ended = host.run_code("import os\nset_result(os.getenv('SECRET_A_B'))", secrets=self.SECRETS, compat=True)
        self.assertIsNone(ended.result)
        self.assertIn("get_secret('a.b') or get_secret('a-b')", ended.err)

    def test_they_are_off_unless_asked_for(self):
        ended = host.run_code("import os\nset_result(os.getenv('SECRET_API_KEY'))", secrets=self.SECRETS)
        self.assertIsNone(ended.result)


if __name__ == "__main__":
    unittest.main()
