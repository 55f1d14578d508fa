# SPDX-License-Identifier: MIT
"""gdb commands for programs on libotp: live ones and core files.

    (gdb) source /usr/local/share/supertester/gdb/otp.py
    (gdb) otp worlds            worlds, their systems and schedulers
    (gdb) otp processes         every process: pid, what it is, where it waits, messages
    (gdb) otp backtrace PID     the frames of a process that is parked on its own stack
    (gdb) otp term EXPRESSION   a term (otp_term, otp_pid or a number) as text

PID is a number as `otp processes` prints it (<0.5.1>), or a registered name. Needs the debug
information of libotp. Worlds are found through their scheduler threads; a simulated world while its
thread is inside of it. Backtraces: x86-64.
"""

import struct

import gdb
import gdb.unwinder

IDLE, CLOSED = 1, 2
DEPTH_MAX, ITEMS_MAX = 20, 200


# ---- Memory ----


def value(expression):
    return gdb.parse_and_eval(expression)


def words(address, count):
    data = gdb.selected_inferior().read_memory(address, 8 * count)
    return struct.unpack("<%dQ" % count, bytes(data))


def text_at(pointer):
    return pointer.string("utf-8", "replace") if int(pointer) else None


def at(address, type_name):
    return gdb.Value(address).cast(gdb.lookup_type(type_name).pointer())


# ---- Terms ----


def atom_text(index):
    first = value("sizeof('atom.c'::first_segment) / sizeof('atom.c'::first_segment[0])")
    segment = (index // int(first) + 1).bit_length() - 1
    base = value("'atom.c'::segments")[segment]
    entry = base[index - ((int(first) << segment) - int(first))]
    return entry["text"].string("utf-8", "replace", int(entry["length"]))


def atom_show(name):
    plain = name[:1].islower() and all(c.isalnum() or c in "_@" for c in name)
    return name if plain else "'%s'" % name.replace("\\", "\\\\").replace("'", "\\'")


def bytes_show(data):
    if all(32 <= byte < 127 for byte in data):
        return '<<"%s">>' % data.decode().replace("\\", "\\\\").replace('"', '\\"')
    return "<<%s>>" % ",".join(str(byte) for byte in data)


def list_show(word, depth):
    items = []
    while word & 3 == 1 and len(items) < ITEMS_MAX:
        head, word = words(word - 1, 2)
        items.append(term_show(head, depth))
    if word & 3 == 1:
        return "[%s|...]" % ",".join(items)
    if word & 63 != 0x3B:
        items[-1] += "|" + term_show(word, depth)
    return "[%s]" % ",".join(items)


def map_show(payload, depth):
    half = len(payload) // 2
    pairs = zip(payload[:half], payload[half:])
    return "#{%s}" % ",".join(
        "%s => %s" % (term_show(key, depth), term_show(of, depth)) for key, of in pairs
    )


def boxed_show(word, depth):
    header = words(word - 2, 1)[0]
    tag, size = header >> 2 & 63, header >> 8
    kinds = {int(value(name)): name[len("OTPI_BOXED_"):] for name in (
        "OTPI_BOXED_TUPLE", "OTPI_BOXED_MAP", "OTPI_BOXED_BIG_POSITIVE",
        "OTPI_BOXED_BIG_NEGATIVE", "OTPI_BOXED_FLOAT", "OTPI_BOXED_REFERENCE",
        "OTPI_BOXED_BINARY", "OTPI_BOXED_SHARED")}
    kind = kinds.get(tag, "?")
    payload = words(word - 2 + 8, min(size, ITEMS_MAX)) if size else ()
    if kind == "TUPLE":
        return "{%s}" % ",".join(term_show(each, depth) for each in payload)
    if kind == "MAP":
        return map_show(payload, depth)
    if kind in ("BIG_POSITIVE", "BIG_NEGATIVE"):
        number = sum(each << 64 * i for i, each in enumerate(payload))
        return str(number if kind == "BIG_POSITIVE" else -number)
    if kind == "FLOAT":
        return repr(struct.unpack("<d", struct.pack("<Q", payload[0]))[0])
    if kind == "REFERENCE":
        return "#Ref<%s>" % ".".join(str(each) for each in payload)
    if kind == "BINARY":
        length = (payload[0] + 7) // 8
        return bytes_show(bytes(gdb.selected_inferior().read_memory(word - 2 + 16, length)))
    if kind == "SHARED":
        return "<<%d bits>>" % payload[3]
    return "#Boxed<%d>" % tag


def pid_show(word):
    return "<%d.%d.%d>" % (0, word >> 4 & 0xFFFFFFF, word >> 32 & 0xFFFFF)


def term_show(word, depth=0):
    if depth > DEPTH_MAX:
        return "..."
    if word & 3 == 1:
        return list_show(word, depth + 1)
    if word & 3 == 2:
        return boxed_show(word, depth + 1)
    if word & 15 == 15:
        return str((word - (1 << 64) if word >> 63 else word) >> 4)
    if word & 15 == 3:
        return pid_show(word)
    if word & 15 == 7:
        return "#Port" + pid_show(word)
    if word & 63 == 0x0B:
        return atom_show(atom_text(word >> 6))
    return "[]" if word & 63 == 0x3B else "#none" if word == 0 else "#Word<%x>" % word


# ---- Worlds, systems, processes ----


def worlds():
    """Each world with the threads that work for it, by address."""
    found = {}
    before = gdb.selected_thread()
    for thread in gdb.selected_inferior().threads():
        thread.switch()
        try:
            worker = value("otpi_worker_now")
            if int(worker):
                found.setdefault(int(worker["world"]), []).append((thread, worker))
        except gdb.error:
            pass  # a thread that has no such variable yet
    if before:
        before.switch()
    return [(at(address, "otp_world").dereference(), found[address]) for address in sorted(found)]


def systems(world):
    for slot in range(int(world["node_slots"])):
        system = world["nodes"][slot]
        if int(system):
            yield system.dereference()


def processes(system):
    table = system["pids"]
    first = int(value("OTPI_PID_FIRST_CHUNK"))
    for index in range(int(table["places"])):
        chunk = (index // first + 1).bit_length() - 1
        base = table["chunks"][chunk]
        if int(base):
            process = base[index - ((first << chunk) - first)]["process"]
            if int(process):
                yield process.dereference()


def name_of(process):
    extra = process["extra"]
    name = int(extra["name"]["word"]) if int(extra) else 0
    return term_show(name) if name else None


def label_of(process):
    return text_at(process["extra"]["label"]) if int(process["extra"]) else None


def state_of(process, running):
    stack = process["runnable"]["stack"]
    if int(process.address) in running:
        return "running on thread %d" % running[int(process.address)]
    if int(stack):
        return "parked: %s" % (text_at(stack["label"]) or "?")
    return "idle" if int(process["inbox"]) == IDLE else "runnable"


def running_now(threads):
    return {int(worker["current"]): thread.num for thread, worker in threads
            if int(worker["current"])}


def all_processes():
    for world, threads in worlds():
        running = running_now(threads)
        for system in systems(world):
            for process in processes(system):
                yield world, system, process, running


def find_process(text):
    for _, _, process, running in all_processes():
        if text in (pid_show(int(process["pid"]["word"])), name_of(process)):
            return process, running
    raise gdb.GdbError("there is no process %s: see `otp processes`" % text)


# ---- Backtraces of parked processes ----

SAVED = ("r15", "r14", "r13", "r12", "rbx", "rbp", "rip")  # from sp upwards: context_x86_64.S


class Parked(gdb.unwinder.Unwinder):
    """The newest frame of the selected thread pretends to be called by the parked process."""

    def __init__(self):
        super().__init__("otp-parked")
        self.sp = None  # of the parked process; None = no pretence
        self.newest = None  # sp and pc of the frame that pretends

    def __call__(self, frame):
        if self.sp is None:
            return None
        here = int(frame.read_register("rsp")), int(frame.read_register("rip"))
        if here != self.newest:
            return None
        saved = dict(zip(SAVED, words(self.sp, len(SAVED))), rsp=self.sp + 8 * len(SAVED))
        info = frame.create_unwind_info(FrameId(*here))
        for register, word in saved.items():
            number = gdb.Value(word).cast(frame.read_register(register).type)
            info.add_saved_register(register, number)
        return info


class FrameId:
    def __init__(self, sp, pc):
        self.sp, self.pc = gdb.Value(sp), gdb.Value(pc)


PARKED = Parked()
gdb.unwinder.register_unwinder(None, PARKED, replace=True)


def frames_of(stack):
    """(function, where) of each frame of a parked stack."""
    newest = gdb.newest_frame()
    newest.select()
    PARKED.newest = int(newest.read_register("rsp")), int(newest.read_register("rip"))
    PARKED.sp = int(stack["context"]["sp"])
    gdb.invalidate_cached_frames()
    try:
        frames = []
        frame = gdb.newest_frame().older()
        while frame is not None and frame.is_valid():
            line = frame.find_sal()
            where = "%s:%d" % (line.symtab.filename, line.line) if line.symtab else hex(frame.pc())
            frames.append((frame.name() or "?", where))
            frame = frame.older()
        return frames
    finally:
        PARKED.sp = None
        gdb.invalidate_cached_frames()


# ---- Commands ----


class Otp(gdb.Command):
    """Commands for programs on libotp: otp worlds, processes, backtrace PID, term EXPRESSION."""

    def __init__(self):
        super().__init__("otp", gdb.COMMAND_USER, prefix=True)


class Worlds(gdb.Command):
    """Worlds, their systems and schedulers."""

    def __init__(self):
        super().__init__("otp worlds", gdb.COMMAND_USER)

    def invoke(self, argument, from_tty):
        for world, threads in worlds():
            mode = "simulated" if int(world["simulator"]) else "parallel"
            print("world %#x, %s, %d workers" % (int(world.address), mode, len(threads)))
            for thread, worker in sorted(threads, key=lambda each: int(each[1]["index"])):
                current = worker["current"]
                process = at(int(current), "otpi_process") if int(current) else None
                what = pid_show(int(process["pid"]["word"])) if process else "nothing"
                print("  worker %d on thread %d runs %s" % (int(worker["index"]), thread.num, what))
            for system in systems(world):
                print("  system %s, %d processes" % (system["name_text"].string(),
                                                     int(system["process_count"])))


class Processes(gdb.Command):
    """Every process: pid, name, behaviour, label, state, messages in its mailbox."""

    def __init__(self):
        super().__init__("otp processes", gdb.COMMAND_USER)

    def invoke(self, argument, from_tty):
        for _, system, process, running in all_processes():
            behaviour = text_at(process["behaviour"].dereference()["kind"])
            words_of = [system["name_text"].string(), pid_show(int(process["pid"]["word"])),
                        behaviour, name_of(process), label_of(process)]
            print("%s; %s; messages %d" % (" ".join(each for each in words_of if each),
                                           state_of(process, running),
                                           int(process["mailbox_length"])))


class Backtrace(gdb.Command):
    """The frames of a parked process: otp backtrace <0.5.1>, or a registered name."""

    def __init__(self):
        super().__init__("otp backtrace", gdb.COMMAND_USER)

    def invoke(self, argument, from_tty):
        process, running = find_process(argument.strip())
        stack = process["runnable"]["stack"]
        if int(process.address) in running:
            print("it runs: thread apply %d backtrace" % running[int(process.address)])
        elif not int(stack):
            print("it holds no stack: it waits for its next message")
        elif "x86-64" not in gdb.newest_frame().architecture().name():
            raise gdb.GdbError("backtraces of parked processes are for x86-64 only")
        else:
            for level, (function, where) in enumerate(frames_of(stack.dereference())):
                print("#%-2d %s at %s" % (level, function, where))


class Term(gdb.Command):
    """A term as text: otp term EXPRESSION (an otp_term, an otp_pid or a number)."""

    def __init__(self):
        super().__init__("otp term", gdb.COMMAND_USER)

    def invoke(self, argument, from_tty):
        of = value(argument)
        is_struct = of.type.strip_typedefs().code == gdb.TYPE_CODE_STRUCT
        print(term_show(int(of["word"] if is_struct else of) & (1 << 64) - 1))


Otp()
Worlds()
Processes()
Backtrace()
Term()
