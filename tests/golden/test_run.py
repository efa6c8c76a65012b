#!/usr/bin/env python3
"""The golden runner against a stub program: it must notice every difference, and only differences."""

import io
import os
import sys
import tempfile
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import run  # noqa: E402

STUB = """#!/bin/sh
case "$1" in
  say) shift; echo "$@";;
  fail) echo "stub: bad" >&2; exit 4;;
  where) echo "$PWD and $SOURCE at 2024-05-06T07:08:09Z in 12.3 s";;
  base) python3 -c "import sqlite3; b = sqlite3.connect('claimaudit.db'); b.execute('create table t(a, b)');
b.execute(\\"insert into t values(1, null), (2, 'x')\\"); b.commit()";;
  leave) touch claimaudit.db.work.1;;
esac
"""


class Runner(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.root = self.folder.name
        self.program = os.path.join(self.root, "stub")
        self.write("stub", STUB)
        os.chmod(self.program, 0o755)

    def tearDown(self):
        self.folder.cleanup()

    def write(self, path, text):
        path = os.path.join(self.root, path)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)

    def run_cases(self, *chosen, update=False, prefix=""):
        self.out = io.StringIO()
        return run.run_all(self.root, self.program, "/source", chosen, update, prefix, out=self.out)

    def test_same_is_ok(self):
        self.write("a/cmd", '"$CLAIMAUDIT" say hello\n')
        self.write("a/stdout", "hello\n")
        self.assertEqual(self.run_cases(), [])
        self.assertEqual(self.out.getvalue(), "1..1\nok 1 - a\n")

    def test_each_difference_is_seen(self):
        self.write("out/cmd", '"$CLAIMAUDIT" say hello\n')
        self.write("out/stdout", "hullo\n")
        self.write("silence/cmd", '"$CLAIMAUDIT" say hello\n')
        self.write("err/cmd", '"$CLAIMAUDIT" fail\n')
        self.write("err/exit", "4\n")
        self.write("exit/cmd", '"$CLAIMAUDIT" fail\n')
        self.write("exit/stderr", "stub: bad\n")
        self.write("sql/cmd", '"$CLAIMAUDIT" base\n')
        self.write("sql/sql", "SELECT a FROM t;\n")
        self.write("sql/sql.expected", "a\n1\n")
        self.write("left/cmd", '"$CLAIMAUDIT" leave\n')
        self.assertEqual(self.run_cases(), ["err", "exit", "left", "out", "silence", "sql"])
        self.assertIn("# -hullo\n# +hello\n", self.out.getvalue())
        self.assertIn("# left behind: claimaudit.db.work.1", self.out.getvalue())

    def test_update_records(self):
        self.write("a/cmd", '"$CLAIMAUDIT" where; "$CLAIMAUDIT" base; cat input; "$CLAIMAUDIT" fail\n')
        self.write("a/input", "given\n")
        self.write("a/sql", "SELECT a, b FROM t;\nSELECT count(*) AS n FROM t;\n")
        self.assertEqual(self.run_cases(update=True), [])
        self.assertEqual(self.run_cases(), [])
        texts = run.Case(os.path.join(self.root, "a"), "", "").expected()
        self.assertEqual(texts["stdout"], "@DIR@ and @SOURCE@ at @TIME@ in @TIME@\ngiven\n")
        self.assertEqual(texts["stderr"], "stub: bad\n")
        self.assertEqual(texts["exit"], "4")
        self.assertEqual(texts["sql.expected"], "a|b\n1|NULL\n2|x\n\nn\n2\n")
        self.write("a/cmd", "true\n")
        os.remove(os.path.join(self.root, "a/sql"))
        self.assertEqual(self.run_cases(update=True), [])
        self.assertEqual(sorted(os.listdir(os.path.join(self.root, "a"))), ["cmd", "input"])

    def test_todo(self):
        self.write("a/cmd", '"$CLAIMAUDIT" say hello\n')
        self.write("a/stdout", "good day\n")
        self.write("a/todo", "greets\nbadly\n")
        self.assertEqual(self.run_cases(update=True), [])
        self.assertIn("not ok 1 - a # TODO greets badly\n", self.out.getvalue())
        self.write("a/stdout", "hello\n")
        self.assertEqual(self.run_cases(), ["a"])
        self.assertIn("\nok 1 - a # TODO greets badly\n", self.out.getvalue())

    def test_functions(self):
        self.write("a/cmd", "ca say hello\nca fail\n")
        self.write("a/stdout", "$ claimaudit say hello\nhello\n[exit 0]\n$ claimaudit fail\nstub: bad\n[exit 4]\n")
        self.write("a/exit", "4\n")
        self.write("b/cmd", "give something\n")
        self.assertEqual(self.run_cases(), ["b"])
        self.assertIn("ok 1 - a\n", self.out.getvalue())

    def test_broken_sql_is_seen(self):
        self.write("a/cmd", '"$CLAIMAUDIT" base\n')
        self.write("a/sql", "SELECT missing FROM t;\n")
        self.assertEqual(self.run_cases(), ["a"])
        self.assertIn("no such column", self.out.getvalue())

    def test_prefix_and_choice(self):
        self.write("a/cmd", '"$CLAIMAUDIT" say hello\n')
        self.write("a/stdout", "before\nhello\n")
        self.write("b/cmd", "false\n")
        self.write("before", '#!/bin/sh\necho before\nexec "$@"\n')
        os.chmod(os.path.join(self.root, "before"), 0o755)
        self.assertEqual(self.run_cases("a", prefix=os.path.join(self.root, "before")), [])
        self.assertEqual(self.run_cases("c"), ["c"])

    def test_cases_do_not_see_each_other(self):
        self.write("a/cmd", "touch seen\nls\n")
        self.write("a/stdout", "seen\n")
        self.write("b/cmd", "ls\n")
        self.assertEqual(self.run_cases(), [])
        self.assertFalse(os.path.exists(os.path.join(self.root, "a/seen")))


if __name__ == "__main__":
    unittest.main()
