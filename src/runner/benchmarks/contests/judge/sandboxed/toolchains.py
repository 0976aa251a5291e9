# C++ and Java: how a program is compiled, and how what came out is run. Supervisor and zygote both know it.
import re

MIB = 1024 * 1024

# The compilers' own limits. One that meets them says so, and the program counts as not compiled.
COMPILE_LIMITS = {
    'cpuS': 30,
    'wallS': 60,
    'memoryBytes': 2048 * MIB,
    'processes': 64,
}
# The largest file that a compiler may write.
COMPILED_BYTES = 128 * MIB
# The first error is the one that matters, so the beginning is kept.
MESSAGE_BYTES = 16 * 1024


class Cpp:
    """GNU C++17, optimized, as contest sites compile it: many programs ask for ONLINE_JUDGE before they open files."""

    # Whether the address space is limited, for the compiler and for the program.
    compiler_address_space = True
    address_space = True
    # What comes on top of a problem's limits for the language's own needs.
    extra_bytes = 0
    extra_processes = 0
    compile_argv = [
        'g++', '-std=gnu++17', '-O2', '-pipe', '-DONLINE_JUDGE', '-w', '-fdiagnostics-color=never', '-fmax-errors=20',
        '-o', 'program', 'main.cpp',
    ]

    def __init__(self, source):
        self.files = {'main.cpp': source}

    def run_argv(self, folder, memory):
        return [folder + '/program']

    @staticmethod
    def out_of_memory(stderr):
        """Whether a program that failed said that it got no more memory, as its runtime words it."""
        return b'std::bad_alloc' in stderr


class Java:
    """Java as contest sites run it; the class that is run is the one that has `main`."""

    # A JVM reserves far more addresses than it uses; its heap is what is limited.
    compiler_address_space = False
    address_space = False
    # A JVM's own code and tables, compiled code, the stacks of its threads.
    extra_bytes = 256 * MIB
    extra_processes = 32

    def __init__(self, source):
        """`source`: bytes."""
        package, file, main = java_names(source.decode('utf-8', 'replace'))
        self.main = main if package is None else package + '.' + main
        self.files = {file + '.java': source}
        self.compile_argv = [
            'javac', '-J-Xmx768m', '-J-Xss16m', '-J-XX:+UseSerialGC', '-J-XX:TieredStopAtLevel=1', '-J-XX:-UsePerfData',
            '-encoding', 'UTF-8', '-proc:none', '-nowarn', '-Xmaxerrs', '20', '-d', '.', file + '.java',
        ]

    def run_argv(self, folder, memory):
        heap = max(16, memory // MIB)
        return [
            'java', '-Xmx%dm' % heap, '-Xss64m', '-XX:+UseSerialGC', '-XX:-UsePerfData', '-XX:ErrorFile=/dev/null',
            '-DONLINE_JUDGE=true', '-Dfile.encoding=UTF-8', '-Duser.language=en', '-Duser.region=US',
            '-cp', folder, self.main,
        ]

    @staticmethod
    def out_of_memory(stderr):
        return b'java.lang.OutOfMemoryError' in stderr


# By the number that the host and jobs have for a language.
TOOLCHAINS = {4: Cpp, 5: Java}


def compiler_message(said, cause):
    """What a compiler said, cut; `cause` is why it was stopped, where it was."""
    text = said.decode('utf-8', 'replace')
    more = len(text) - MESSAGE_BYTES
    if more > 0:
        text = '%s\n[%d characters more]' % (text[:MESSAGE_BYTES], more)
    return '\n'.join(part for part in (text.rstrip(), cause) if part)


JAVA_HIDDEN = re.compile(
    r'//[^\n]*|/\*.*?\*/|"""(?:\\.|[^\\])*?"""|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])+\'', re.S)
JAVA_PACKAGE = re.compile(r'^\s*package\s+([\w.]+)\s*;', re.M)
JAVA_TYPE = re.compile(
    r'\b((?:(?:public|final|abstract|strictfp|sealed)\s+)*)(?:class|enum|interface|record)\s+(\w+)')
JAVA_MAIN = re.compile(r'\bvoid\s+main\s*\(\s*(?:final\s+)?(?:java\.lang\.)?String\b')


def java_names(source):
    """(package or None, name that the file must have, class that has `main`)"""
    text = JAVA_HIDDEN.sub(' ', source)
    package = JAVA_PACKAGE.search(text)
    types = java_types(text)
    public = next((name for name, is_public, _ in types if is_public), None)
    mains = [name for name, _, body in types if JAVA_MAIN.search(body)]
    usual = public or (types[0][0] if types else 'Main')
    main = public if public in mains or not mains else mains[0]
    return (package.group(1) if package else None, public or main or usual, main or usual)


def java_types(text):
    """The types that stand in no other: (name, whether public, body)."""
    types = []
    at = 0
    while True:
        found = JAVA_TYPE.search(text, at)
        if found is None:
            return types
        end = closing_brace(text, found.end())
        types.append((found.group(2), 'public' in found.group(1).split(), text[found.end():end]))
        at = end


def closing_brace(text, start):
    """Where the first block after `start` ends; the end of the text where none does."""
    depth = 0
    for brace in re.compile('[{}]').finditer(text, start):
        depth += 1 if brace.group() == '{' else -1
        if depth == 0:
            return brace.end()
    return len(text)
