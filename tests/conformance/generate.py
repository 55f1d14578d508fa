# SPDX-License-Identifier: MIT
"""Random scenarios: a main script, two children, a server and a table, each doing a few steps.

The same seed gives the same scenario. A scenario knows the ones that are smaller by one step.
"""

import random

REASONS = ["normal", "bye", "shutdown", "kill", "{shutdown, late}"]
NAMES = ["n", "k"]
SERVER = """#{s => #{
    init => [{val, ok}],
    call => [{get, [{val, {reply, got}}]},
             {later, [{branch, {val, 'F'}, [{'L', []}, {'_', []}]}, {val, noreply}]},
             {stop, [{val, {stop, bye, stopped}}]},
             {crash, [{val, {stop, oops}}]},
             {idle, [{val, {reply, idle, 20}}]},
             {next, [{val, {reply, next, {continue, more}}}]},
             {'_', [{val, bad}]}],
    cast => [{answer, [{reply, 'L', late}, {val, noreply}]},
             {stop, [{val, {stop, normal}}]},
             {trap, [{trap_exit, true}, {val, noreply}]},
             {'_', [{val, noreply}]}],
    info => [{{'EXIT', '_', '_'}, [{see, {val, exit}}, {val, noreply}]},
             {timeout, [{see, {val, timeout}}, {val, noreply}]},
             {'_', [{see, {val, info}}, {val, noreply}]}],
    continue => [{more, [{see, {val, more}}, {val, noreply}]}],
    terminate => [{'_', [{see, {val, terminate}}]}]}}"""
SUPERVISOR = """#{{u => #{{strategy => {strategy}, intensity => {intensity}, children => [
    #{{id => x, name => n, start => {{server, s}}, restart => {first}, shutdown => {shutdown}}},
    #{{id => y, name => k, start => {{server, s}}, restart => {second}}}]}}}}"""


class Scenario:
    """Scripts of step texts, and what else the file holds."""

    def __init__(self, scripts, rest):
        self.scripts, self.rest = scripts, rest
        self.lines = []

    def text(self):
        scripts = ",\n    ".join(f"{name} => [{', '.join(steps)}]"
                                 for name, steps in self.scripts.items())
        rest = "".join(f",\n  {key} => {value}" for key, value in self.rest.items())
        return f"#{{names => [n, k],\n  scripts => #{{\n    {scripts}}}{rest}}}.\n"

    def smaller(self):
        for name in reversed(self.scripts):
            for i in reversed(range(len(self.scripts[name]))):
                steps = self.scripts[name][:i] + self.scripts[name][i + 1:]
                yield Scenario({**self.scripts, name: steps}, self.rest)
        for key in self.rest:
            yield Scenario(self.scripts, {k: v for k, v in self.rest.items() if k != key})


class Writer:
    """Draws the steps of one script; known: the variables that hold pids."""

    # Of each script its own: what has equal deadlines comes in any order on the BEAM.
    TIMES = {"a": {"recv": 12, "timers": [7, 31], "call": 33, "stop": 71},
             "b": {"recv": 19, "timers": [9, 37], "call": 41, "stop": 83},
             "main": {"recv": 26, "timers": [14, 45], "call": 53, "stop": 97}}

    def __init__(self, draw, script, known, theme):
        self.draw, self.known, self.theme = draw, known, theme
        self.times = self.TIMES[script]
        self.refs = []
        self.fresh = 0

    def variable(self, letter):
        self.fresh += 1
        return f"'{letter}{self.fresh}'"

    def pid(self):
        return self.draw.choice(self.known)

    def reason(self):
        return self.draw.choice(REASONS)

    def bound(self, letter, step):
        name = self.variable(letter)
        return name, f"{{bind, {name}, {step}}}"

    def step(self):
        kinds = {"process": self.process, "name": self.name, "timer": self.timer,
                 "server": self.server, "table": self.table, "message": self.message}
        return kinds[self.draw.choice(self.theme)]()

    def process(self):
        kind = self.draw.randrange(9)
        if kind == 0:
            return f"{{link, {self.pid()}}}"
        if kind == 1:
            return f"{{unlink, {self.pid()}}}"
        if kind == 2:
            name, step = self.bound("R", f"{{monitor, {self.pid()}}}")
            self.refs.append(name)
            return step
        if kind == 3 and self.refs:
            options = self.draw.choice(["[]", "[flush]", "[info]", "[flush, info]"])
            return f"{{see, {{demonitor, {self.draw.choice(self.refs)}, {options}}}}}"
        if kind == 4:
            return f"{{exit, {self.pid()}, {self.reason()}}}"
        if kind == 5:
            return f"{{exit, {self.reason()}}}"
        if kind == 6:
            return f"{{trap_exit, {self.draw.choice(['true', 'true', 'false'])}}}"
        if kind == 7:
            return f"{{see, {{is_alive, {self.pid()}}}}}"
        return self.receive()

    def receive(self):
        pattern = self.draw.choice(["'_'", "'_'", "{'DOWN', '_', process, '_', '_'}",
                                    "{'EXIT', '_', '_'}", "m"])
        return f"{{see, {{recv, {pattern}, {self.draw.choice([0, 1, 1]) * self.times['recv']}}}}}"

    def message(self):
        kind = self.draw.randrange(5)
        if kind == 0:
            how = self.draw.choice(["explicit_unalias", "reply"])
            name, step = self.bound("B", f"{{alias, {how}}}")
            self.refs.append(name)
            return step
        if kind == 1 and self.refs:
            return f"{{see, {{unalias, {self.draw.choice(self.refs)}}}}}"
        if kind == 2 and self.refs:
            return f"{{send, {self.pid()}, {{r, {self.draw.choice(self.refs)}}}}}"
        if kind == 3:
            clauses = "[{{r, 'R'}, [{send, 'R', m}]}, {'_', []}]"
            return f"{{branch, {{recv, '_', {self.times['recv']}}}, {clauses}}}"
        return f"{{send, {self.pid()}, {self.draw.choice(['m', 'q', '{m, 1}'])}}}"

    def name(self):
        name = self.draw.choice(NAMES)
        kind = self.draw.randrange(6)
        if kind == 0:
            return f"{{see, {{register, {name}, 'Z'}}}}"
        if kind == 1:
            return f"{{see, {{unregister, {name}}}}}"
        if kind == 2:
            return f"{{see, {{whereis, {name}}}}}"
        if kind == 3:
            return f"{{send, {name}, m}}"
        if kind == 4:
            return f"{{monitor, {name}}}"
        return "{see, {registered}}"

    def timer(self):
        kind = self.draw.randrange(4)
        timers = [r for r in self.refs if r.startswith("'T")]
        if kind == 0 or not timers:
            step = self.draw.choice(["send_after", "start_timer"])
            time = self.draw.choice(self.times['timers'])
            name, text = self.bound("T", f"{{{step}, {time}, {self.pid()}, m}}")
            self.refs.append(name)
            return text
        if kind == 1:
            return f"{{see, {{cancel_timer, {self.draw.choice(timers)}}}}}"
        if kind == 2:
            return f"{{see, {{read_timer, {self.draw.choice(timers)}}}}}"
        return self.receive()

    def server(self):
        dest = self.draw.choice(["n", "'S'"])
        kind = self.draw.randrange(6)
        if kind <= 2:
            request = self.draw.choice(["get", "get", "later", "stop", "crash", "idle", "next",
                                        "bad"])
            return f"{{see, {{call, {dest}, {request}, {self.times['call']}}}}}"
        if kind == 3:
            return f"{{cast, {dest}, {self.draw.choice(['answer', 'stop', 'trap', 'q'])}}}"
        if kind == 4:
            return f"{{see, {{stop, {dest}, {self.reason()}, {self.times['stop']}}}}}"
        return f"{{exit, 'S', {self.reason()}}}"

    def table(self):
        key = self.draw.choice(["a", "1", "1.0"])
        return "{see, " + self.draw.choice([
            f"{{insert, 'T', {{{key}, {self.draw.randrange(3)}}}}}",
            f"{{insert_new, 'T', {{{key}, {self.draw.randrange(3)}}}}}",
            f"{{lookup, 'T', {key}}}",
            f"{{member, 'T', {key}}}",
            f"{{delete_key, 'T', {key}}}",
            f"{{update_counter, 'T', {key}, {{2, 1}}}}",
            f"{{update_counter, 'T', {key}, {{2, 3}}, {{{key}, 0}}}}",
            "{rows, 'T'}", "{table_size, 'T'}", "{table_delete, 'T'}"]) + "}"


THEMES = [["process", "process", "message"], ["process", "name"], ["timer", "message"],
          ["server", "server", "process"], ["table", "process"], ["message"], ["process"],
          ["server"], ["name", "message"]]


def itself(theme):
    """What a script of names begins with: 'Z' is the process."""
    return ["{bind, 'Z', {self}}"] if "name" in theme else []


def setup(draw, theme):
    """The first steps of main, the children it spawns, and what else they need."""
    rest = {}
    steps = []
    if "server" in theme and draw.random() < 0.4:
        rest["servers"] = SERVER
        rest["supervisors"] = SUPERVISOR.format(
            strategy=draw.choice(["one_for_one", "one_for_all", "rest_for_one"]),
            intensity=draw.choice([0, 1, 2]),
            first=draw.choice(["permanent", "transient", "temporary"]),
            second=draw.choice(["permanent", "transient", "temporary"]),
            shutdown=draw.choice(["brutal_kill", "20", "infinity"]))
        steps += ["{trap_exit, true}", "{start_sup, u}", "{bind, 'S', {whereis, n}}"]
    elif "server" in theme:
        rest["servers"] = SERVER
        how = draw.choice(["start", "start_link"])
        steps += [f"{{bind, {{ok, 'S'}}, {{{how}, s, #{{name => n}}}}}}"]
    if "table" in theme:
        protection = draw.choice(["public", "public", "protected"])
        steps += [f"{{bind, 'T', {{table_new, {protection}}}}}"]
    return steps, rest


def scenario(seed):
    draw = random.Random(seed)
    theme = draw.choice(THEMES)
    main, rest = setup(draw, theme)
    main = itself(theme) + main
    known = ["'M'"]
    scripts = {}
    steps_max = 2 if "servers" in rest else 3  # a server takes part in the interleaving as well
    children = ["a"] if "servers" in rest else draw.choice([["a"], ["a", "b"], ["a", "b"]])
    for child in children:
        writer = Writer(draw, child, list(known), theme)
        scripts[child] = itself(theme) + [writer.step() for _ in range(draw.randint(1, steps_max))]
        pid = f"'P{len(known)}'"
        spawn = draw.choice(["spawn", "spawn", "spawn_link", "spawn_monitor"])
        pattern = f"{{{pid}, 'R{len(known)}'}}" if spawn == "spawn_monitor" else pid
        main.append(f"{{bind, {pattern}, {{{spawn}, {child}}}}}")
        known.append(pid)
    writer = Writer(draw, "main", known, theme)
    writer.fresh = 10
    main += [writer.step() for _ in range(draw.randint(1, steps_max))]
    main += ["{see, {recv, '_', 150}}"] * draw.randrange(1, 3)
    return Scenario({"main": main, **scripts}, rest)
