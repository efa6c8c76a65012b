#!/usr/bin/env python3
"""Nothing ever opens a network connection: the built program and library import no function that could. That no source
calls one is checked in check_forbidden.py, that none is called in a run in tests/server/server.py."""

import argparse
import glob
import os
import re
import shutil
import subprocess
import sys
import tempfile

import source

NETWORK = frozenset("socket socketpair connect bind listen accept accept4 recv recvfrom recvmsg send sendto sendmsg"
                    " getaddrinfo getnameinfo gethostbyname gethostbyname_r gethostbyaddr getservbyname res_query"
                    " res_search ns_initparse inet_pton dlopen".split())
LIBRARIES = re.compile(r"lib(?:curl|ssl|nss3|gnutls|ssh|resolv|nghttp2|ldap|krb5|zmq|pq|mysqlclient)[.-]")


def imports(path):
    done = subprocess.run(["nm", "-D", "--undefined-only", path], check=True, capture_output=True, text=True)
    return {line.split()[-1].partition("@")[0] for line in done.stdout.splitlines() if line.strip()}


def needed(path):
    done = subprocess.run(["readelf", "-d", path], check=True, capture_output=True, text=True)
    return re.findall(r"\(NEEDED\).*\[(.*)\]", done.stdout)


def is_instrumented(names):
    """The sanitizers bring functions of their own."""
    return any(name.startswith(("__asan_", "__ubsan_", "__tsan_", "__sanitizer_")) for name in names)


def check(path):
    names = imports(path)
    if is_instrumented(names):
        return
    for name in sorted(names & NETWORK):
        yield f"{path}: imports {name}"
    for library in needed(path):
        if LIBRARIES.match(library):
            yield f"{path}: needs {library}"


def self_test():
    compiler = os.environ.get("CC", "cc").split()
    with tempfile.TemporaryDirectory() as folder:
        for text, wrong in (("#include <sys/socket.h>\nint main(void) { return socket(AF_INET, SOCK_STREAM, 0); }\n", True),
                            ("#include <stdio.h>\nint main(void) { puts(\"socket\"); }\n", False)):
            with open(os.path.join(folder, "a.c"), "w", encoding="utf-8") as file:
                file.write(text)
            subprocess.run([*compiler, "-o", os.path.join(folder, "a"), os.path.join(folder, "a.c")], check=True)
            found = list(check(os.path.join(folder, "a")))
            if bool(found) != wrong:
                print(f"{text!r}: {found}")
                return 1
    return 0


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--root")
    parser.add_argument("--self-test", action="store_true")
    options = parser.parse_args()
    if not shutil.which("nm") or not shutil.which("readelf"):
        print("nm and readelf are not installed")
        sys.exit(source.SKIPPED)
    if options.self_test:
        sys.exit(self_test())
    program = os.environ["CLAIMAUDIT"]
    messages = []
    for path in [program, *glob.glob(os.path.join(os.path.dirname(program), "include", "libclaimaudit.so"))]:
        messages += check(path)
    print("\n".join(messages) or "0 found")
    sys.exit(1 if messages else 0)


if __name__ == "__main__":
    main()
