#!/usr/bin/env python3
"""Some functions belong to one file, some to none: files, memory, time, output, and what the C library does badly."""

import re

import source

# (why, files or folders that may, names of functions)
CALLS = [
    ("files go through base/disk.h", ["src/base/disk_real.c"],
     "open openat creat fopen freopen fdopen fclose close fread read pread readv write pwrite writev lseek fseek ftell"
     " rename renameat renameat2 fsync fdatasync sync syncfs unlink unlinkat remove rmdir mkdir mkdirat mkdtemp mkstemp"
     " tmpfile tmpnam tempnam truncate ftruncate stat lstat fstat fstatat access faccessat opendir fdopendir readdir"
     " closedir scandir ftw nftw link symlink chmod fchmod chown umask flock lockf fcntl mmap munmap"
     " posix_fallocate posix_fadvise realpath getcwd chdir statvfs fstatvfs statfs fchown lchown fchownat fchmodat"),
    ("nothing ever opens a network connection", [],
     "socket socketpair connect accept listen recv recvfrom recvmsg send sendto sendmsg getaddrinfo getnameinfo"
     " gethostbyname gethostbyaddr inet_pton"),
    ("groups are looked up in base/group.c", ["src/base/group.c"], "getgrnam getgrnam_r getgrgid getgrgid_r getgroups"),
    ("only one file asks where the program lies", ["src/cli/place.c"], "readlink readlinkat"),
    ("memory comes from base/alloc.h or an arena", ["src/base/alloc.c"],
     "malloc calloc realloc reallocarray free aligned_alloc memalign posix_memalign valloc strdup strndup asprintf"
     " vasprintf getline getdelim open_memstream fmemopen alloca malloc_usable_size"),
    ("time is injected: base/clock.h", ["src/base/clock.c"],
     "time clock gettimeofday clock_gettime nanosleep clock_nanosleep sleep usleep ftime times"),
    ("it depends on the time zone or hidden state; see base/date.h", [],
     "localtime localtime_r gmtime mktime ctime ctime_r asctime asctime_r strftime strptime tzset"),
    ("ISO time is printed by base/clock.c", ["src/base/clock.c"], "gmtime_r timegm"),
    ("the environment is read by the command line only", ["src/cli/"], "getenv secure_getenv setenv putenv unsetenv"),
    ("only cli prints", ["src/cli/"],
     "printf vprintf puts putchar perror psignal fprintf vfprintf fputs fputc putc fwrite fflush dprintf vdprintf"),
    ("only main ends the program", ["src/cli/main.c"], "exit _exit _Exit quick_exit atexit at_quick_exit"),
    ("a failure is returned, with words", [], "abort raise longjmp setjmp siglongjmp sigsetjmp"),
    ("it does not know the size of its target; see base/text.h", [],
     "strcpy strcat strncpy strncat stpcpy stpncpy sprintf vsprintf gets bcopy"),
    ("it cannot report an error or follows the locale; see base/text.h and base/decimal.h", [],
     "atoi atol atoll atof strtod strtof strtold strtok strtok_r scanf fscanf vscanf setlocale isalpha isdigit isalnum"
     " isspace isupper islower ispunct isprint toupper tolower strcoll strcasecmp strncasecmp wcscoll"),
    ("results must not depend on chance", [], "rand srand rand_r random srandom drand48 lrand48 getrandom getentropy"),
    ("no other programs are started", [], "system popen fork vfork execl execlp execle execv execvp execve posix_spawn"),
]

# Scores are made in score; who carries them to auditors holds them, but calculates nothing with them.
FLOATING = ["src/score/", "src/claim/score.h",
            "src/report/store_score.c", "include/claimaudit.h",    # as REAL, and as it is
            "src/cli/model_verbs.c",    # as words
            "src/run/score_tables.c",    # from exact fractions into tables
            "src/run/network_tell.c", "src/run/score_words.c", "src/run/score_words.h", "src/run/score_evidence.c",    # as words and JSON
            "src/run/scoring_model.c", "src/run/scoring_tell.c",    # out of score, to be told
            "src/run/score_lines.c", "src/run/score_lines_columns.c", "src/run/score_lines_inside.h",    # of claim lines
            "src/report/export_xlsx.c"]    # cells of a workbook are nothing else

WORDS = [
    ("no binary floating point; see base/decimal.h and base/ratio.h", FLOATING, r"\b(?:float|double)\b"),
    ("no hidden state of a thread", [], r"\b(?:_Thread_local|__thread|thread_local)\b"),
]

# A static object that is not constant: its declarator is not preceded by const. Functions have a parenthesis.
STATIC = re.compile(r"^[ \t]*static\s+([^;={}()]*?)(\w+)\s*(?:\[[^\]]*\]\s*)*(?=[=;])", re.M)
# The counters that make allocations fail; the one real disk and clock, which are tables of functions.
STATE_MAY = ["src/base/alloc.c", "src/base/disk_real.c", "src/base/clock.c"]


def allowed(path, places):
    return any(path == place or (place.endswith("/") and path.startswith(place)) for place in places)


def check_file(path, code):
    for why, places, names in CALLS:
        if allowed(path, places):
            continue
        pattern = re.compile(r"(?<![\w.>])(" + "|".join(names.split()) + r")[ \t\n]*\(")
        for match in pattern.finditer(code):
            yield match.start(), f"{match.group(1)}(: {why}"
    for why, places, pattern in WORDS:
        if not allowed(path, places):
            for match in re.finditer(pattern, code):
                yield match.start(), f"{match.group(0)}: {why}"
    for match in STATIC.finditer(code):
        before = match.group(1).split()
        if not (before and before[-1].endswith("const")) and not is_constant(match.group(1)) \
                and not allowed(path, STATE_MAY):
            yield match.start(), f"{match.group(2)}: a static that can change is hidden state"


def is_constant(declaration):
    """`const T name` and `T *const name`, but not `const T *name`."""
    after_star = declaration.rpartition("*")
    return bool(re.search(r"\bconst\b", after_star[2] if after_star[1] else declaration))


def check(root):
    messages = []
    for path in source.files_under(root, "src"):
        code = source.code_only(source.read(root, path))
        for position, message in sorted(check_file(path, code)):
            messages.append(f"{path}:{source.line_of(code, position)}: {message}")
    return messages


source.main(check, [
    ("src/base/disk.c", "\nint a(void)\n{\n    return socket(1, 2, 3);\n}\n", "socket(: nothing ever opens"),
    ("src/run/scan.c", "\nint a(void)\n{\n    return open(\"x\", 0);\n}\n", "open(: files go"),
    ("src/base/disk.c", "\nint a(void)\n{\n    return fsync (3);\n}\n", "fsync(: files go"),
    ("src/base/disk.c", "\nint a(void)\n{\n    return rename(\"a\", \"b\");\n}\n", "rename(: files go"),
    ("src/report/open.c", "\nvoid a(void *p)\n{\n    free(p);\n}\n", "free(: memory"),
    ("src/rules/eval.c", "\nvoid *a(void)\n{\n    return calloc(\n1, 1);\n}\n", "calloc(: memory"),
    ("src/run/scan.c", "\nlong a(void)\n{\n    return time(NULL);\n}\n", "time(: time is injected"),
    ("src/map/match.c", "\nvoid a(char *p)\n{\n    strcpy(p, \"x\");\n}\n", "strcpy("),
    ("src/run/scan.c", "\nchar *a(void)\n{\n    return getenv(\"x\");\n}\n", "getenv("),
    ("src/run/scan.c", "\nvoid a(void)\n{\n    printf(\"x\");\n}\n", "printf(: only cli prints"),
    ("src/rules/eval.c", "\nstatic double share;\n", "double: no binary"),
    ("src/rules/eval.c", "\nstatic int counter;\n", "counter: a static"),
    ("src/rules/eval.c", "\nvoid a(void)\n{\n    static const char *last = NULL;\n}\n", "last: a static"),
    ("src/cli/main.c", "\nvoid a(void)\n{\n    printf(\"x\");\n    exit(1);\n}\n", None),
    ("src/rules/eval.c", "\n/* open(, malloc( */\nstatic const char *const a = \"free(x) \\\" time(\";\n"
                         "static const int b[] = {1};\nint c(ca_disk *d)\n{\n    d->open(d);\n    reopen(d);\n"
                         "    return ca_free(d);\n}\nint (*open)(void);\nstatic int e(int f, int g);\n", None),
    ("src/base/disk_real.c", "\nint a(void)\n{\n    return open(\"x\", 0);\n}\n", None),
])
