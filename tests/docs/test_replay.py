#!/usr/bin/env python3
"""Tests of replay.py: that it would notice."""
import os
import subprocess
import sys
import tempfile
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import replay  # noqa: E402

RUNNER = os.path.join(os.path.dirname(os.path.abspath(__file__)), "replay.py")


class Replay(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)
        self.document = os.path.join(self.folder.name, "a.md")

    def run_on(self, text, *more):
        with open(self.document, "w") as file:
            file.write(text)
        done = subprocess.run([sys.executable, RUNNER, self.document, "--program", "/bin/true", "--source",
                               self.folder.name, *more], capture_output=True, text=True)
        return done.returncode

    def test_equal_output_passes(self):
        self.assertEqual(self.run_on("```console\n$ echo a; echo b >&2\na\nb\n```\n"), 0)

    def test_other_output_fails(self):
        self.assertEqual(self.run_on("```console\n$ echo a\nb\n```\n"), 1)

    def test_missing_output_fails(self):
        self.assertEqual(self.run_on("```console\n$ true\na\n```\n"), 1)

    def test_more_output_fails(self):
        self.assertEqual(self.run_on("```console\n$ echo a; echo b\na\n```\n"), 1)

    def test_a_document_without_commands_fails(self):
        self.assertEqual(self.run_on("nothing\n"), 1)

    def test_the_folder_the_variables_and_the_status_are_kept(self):
        self.assertEqual(self.run_on("```console\n$ mkdir x; cd x; export A=7; false\n$ echo $? $A ${PWD##*/}\n1 7 x\n```\n"), 0)

    def test_files_are_written(self):
        self.assertEqual(self.run_on("```yaml file=x/y\na\n```\n```yaml append=x/y\nb\n```\n```console\n$ cat x/y\na\nb\n```\n"), 0)

    def test_dots_stand_for_any_lines(self):
        self.assertTrue(replay.matches(["a", "...", "d"], ["a", "b", "c", "d"]))
        self.assertTrue(replay.matches(["a", "...", "d"], ["a", "d"]))
        self.assertFalse(replay.matches(["a", "...", "d"], ["a", "b"]))

    def test_times_may_differ(self):
        self.assertEqual(self.run_on("```console\n$ echo done in 12.3 s\ndone in 0.1 s\n```\n"), 0)

    def test_update_writes_what_was_printed(self):
        self.run_on("a\n```console\n$ echo a\nb\n$ echo c\n...\n```\nz\n", "--update")
        with open(self.document) as file:
            self.assertEqual(file.read(), "a\n```console\n$ echo a\na\n$ echo c\n...\n```\nz\n")


if __name__ == "__main__":
    unittest.main()
